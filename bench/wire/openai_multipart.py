"""Reading of `multipart/form-data`: uploads as the SDKs send them."""

import re
from dataclasses import dataclass
from typing import Literal

from bench.wire.answer import WireRequest
from bench.wire.openai_error import complaint

_QUOTED = re.compile(r'(?:^|;)\s*([\w*-]+)="((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class Part:
    """A field or a file of a form."""

    name: str
    data: bytes
    filename: str | None = None
    content_type: str = ""

    @property
    def text(self) -> str:
        """Raises `Complaint` for bytes that are no text."""
        try:
            return self.data.decode()
        except UnicodeDecodeError as error:
            raise complaint(400, f"Invalid value for '{self.name}': no UTF-8.", "invalid_value", self.name) from error


def read_form(request: WireRequest) -> list[Part]:
    """The parts in their order. Raises `Complaint` for what is no form."""
    kind = request.headers.get("content-type", "")
    found = re.fullmatch(r'multipart/form-data\s*;\s*boundary="?([^";]{1,70})"?', kind.strip(), re.IGNORECASE)
    if found is None:
        raise complaint(400, f"Unsupported content type: '{kind}'. This API method only accepts 'multipart/form-data'.",
                        "unsupported_content_type")  # fmt: skip
    mark = b"--" + found.group(1).encode()
    opening, *pieces = (b"\r\n" + request.body).split(b"\r\n" + mark)
    if opening.strip() or not pieces or pieces[-1].strip() != b"--":
        raise complaint(400, "Could not parse multipart form: the last boundary is missing.", "invalid_multipart")
    return [_part(piece) for piece in pieces[:-1]]


def _part(piece: bytes) -> Part:
    head, gap, data = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    headers: dict[str, str] = {}
    for line in head.decode("utf-8", "replace").split("\r\n"):
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    named = dict(_QUOTED.findall(headers.get("content-disposition", "").partition(";")[2]))
    if not gap or "name" not in named:
        raise complaint(400, "Could not parse multipart form: a part has no name.", "invalid_multipart")
    return Part(named["name"], data, named.get("filename"), headers.get("content-type", ""))


@dataclass(frozen=True, slots=True)
class FormField:
    """What may stand in a field."""

    sort: Literal["text", "number", "switch"] = "text"
    among: tuple[str, ...] = ()
    """Allowed values; empty: any."""
    required: bool = False

    def check(self, name: str, value: str) -> None:
        """Raises `Complaint`."""
        if self.among and value not in self.among:
            known = ", ".join(f"'{each}'" for each in self.among)
            raise complaint(400, f"Invalid value: '{value}'. Supported values are: {known}.", "invalid_value", name)
        if self.sort == "number" and not re.fullmatch(r"-?\d+(\.\d+)?", value):
            raise complaint(400, f"Invalid type for '{name}': expected a number, but got '{value}'.", "invalid_type", name)
        if self.sort == "switch" and value not in ("true", "false"):
            raise complaint(400, f"Invalid type for '{name}': expected a boolean, but got '{value}'.", "invalid_type", name)


def checked_form(parts: list[Part], known: dict[str, FormField]) -> tuple[dict[str, list[str]], Part]:
    """(fields by their names as sent, the file). A name ending in `[]` may come several times. Raises `Complaint`."""
    fields: dict[str, list[str]] = {}
    files = [part for part in parts if part.name == "file"]
    for part in parts:
        if part.name == "file":
            continue
        if part.name not in known:
            raise complaint(400, f"Unknown parameter: '{part.name}'.", "unknown_parameter", part.name)
        if part.name in fields and not part.name.endswith("[]"):
            raise complaint(400, f"Duplicate parameter: '{part.name}'.", "duplicate_parameter", part.name)
        known[part.name].check(part.name, part.text)
        fields.setdefault(part.name, []).append(part.text)
    for name in [
        *(name for name, field in known.items() if field.required and name not in fields),
        *([] if files else ["file"]),
    ]:
        raise complaint(400, f"Missing required parameter: '{name}'.", "missing_required_parameter", name)
    if len(files) > 1 or files[0].filename is None:
        raise complaint(400, "Invalid 'file': expected one file with a name.", "invalid_value", "file")
    return fields, files[0]
