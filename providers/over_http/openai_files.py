"""Puts a file at the service, so that a message can have it as an attachment."""

from typing import Any, Literal, TypeAlias

from providers.base import Attachment, Wire
from providers.errors import ProtocolBroken, RequestRefused
from providers.over_http.openai_link import Link

LARGEST_FILE = 25_000_000
"""Bytes, by default. (The service itself takes 512 MB.)"""
Purpose: TypeAlias = Literal["user_data", "vision", "assistants", "batch", "fine-tune", "evals"]


def media_type_of(data: bytes) -> str:
    """What the bytes are, by their first ones; empty for anything that is not taken."""
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    for beginning, kind in (
        (b"%PDF-", "application/pdf"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF87a", "image/gif"), (b"GIF89a", "image/gif"),
    ):  # fmt: skip
        if data.startswith(beginning):
            return kind
    return ""


async def upload(
    link: Link, data: bytes, filename: str, media_type: str, wire: Wire, *,
    purpose: Purpose | None = None, largest: int = LARGEST_FILE,
) -> Attachment:  # fmt: skip
    """Upload a PDF, PNG, JPEG, WebP or GIF; None as purpose: what suits its kind. Raises `ProviderError`.

    The bytes have to be what `media_type` says: nothing is sent otherwise (`RequestRefused`).
    """
    found = media_type_of(data)
    if not found or found != media_type.partition(";")[0].strip().lower():
        raise RequestRefused(link.provider, link.stage, cause=f"{media_type} was promised, {found or 'something else'} came")
    if len(data) > largest:
        raise RequestRefused(link.provider, link.stage, cause=f"{len(data)} bytes are more than {largest}")
    kind: Literal["image", "file"] = "image" if found.startswith("image/") else "file"
    client, asked = await link.client(), link.asked()
    from providers.over_http.openai_errors import own_errors

    link.exchange(wire, purpose="upload")
    with own_errors(asked):
        made: Any = await client.files.create(
            file=(_name(filename), data, found), purpose=purpose or ("vision" if kind == "image" else "user_data")
        )
    name = getattr(made, "id", None)
    if not isinstance(name, str) or not name:
        raise ProtocolBroken(link.provider, link.stage, cause="a file without an id")
    return Attachment(name, kind)


def _name(filename: str) -> str:
    """Its last part, without anything that a form's header could stumble over."""
    last = filename.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in last if letter.isprintable() and letter not in '"')[:200] or "file"
