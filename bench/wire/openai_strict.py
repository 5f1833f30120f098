"""Strict reading of what clients send: an unknown, missing or mistyped field is refused in the vendor's words."""

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import ErrorDetails

from bench.wire.answer import Complaint, WireRequest
from bench.wire.openai_error import complaint


class Sent(BaseModel):
    """A part of a request. Field types are those of the vendor's own typed parameters; `| None` where null may be sent."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


FunctionName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9_-]{1,64}$")]
Metadata = Annotated[dict[str, Annotated[str, StringConstraints(max_length=512)]], Field(max_length=16)]
Verbosity = Literal["low", "medium", "high"]
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
Tier = Literal["auto", "default", "flex", "scale", "priority", "fast"]
Share = Annotated[float, Field(ge=0, le=1)]
Temperature = Annotated[float, Field(ge=0, le=2)]


class CacheBreakpoint(Sent):
    mode: Literal["explicit"]
    ttl: Literal["30m", "12h"] = "30m"


SentT = TypeVar("SentT", bound=Sent)


def read_json(request: WireRequest, model: type[SentT]) -> SentT:
    """The body as this model. Raises `Complaint`."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise complaint(400, f"Unsupported content type: '{kind}'. This API method only accepts 'application/json' requests.",
                        "unsupported_content_type")  # fmt: skip
    try:
        body: Any = json.loads(request.body)
    except ValueError as error:
        raise complaint(400, f"We could not parse the JSON body of your request: {error}") from error
    return checked(body, model, request.body)


def checked(body: Any, model: type[SentT], text: bytes | None = None) -> SentT:
    """`body` as this model; `text` is its JSON if there is one. Raises `Complaint` for the field that is wrong."""
    try:
        return model.model_validate_json(text if text is not None else json.dumps(body))
    except ValidationError as error:
        found = [(_path(each, body), each) for each in error.errors(include_url=False)]
        path, deepest = max(found, key=lambda pair: len(pair[0]))
        raise _field_complaint(_shown(path), deepest) from error


def checked_query(request: WireRequest, known: Mapping[str, str]) -> dict[str, str]:
    """The query as it came. `known`: name → pattern of the whole value. Raises `Complaint`."""
    for name, value in request.query.items():
        if name not in known:
            raise complaint(400, f"Unknown query parameter: '{name}'.", "unknown_parameter", name)
        if not re.fullmatch(known[name], value):
            raise complaint(400, f"Invalid value for '{name}': '{value}'.", "invalid_value", name)
    return dict(request.query)


def check_schema(schema: Mapping[str, Any], name: str, *, strict: bool, param: str) -> None:
    """A schema for answers or arguments. Raises `Complaint` as the vendor does for one that strict mode cannot hold."""
    if schema.get("type") != "object":
        raise complaint(400, f"Invalid schema for '{name}': schema must be a JSON Schema of 'type: \"object\"', "
                             f"got 'type: {json.dumps(schema.get('type'))}'.", "invalid_json_schema", param)  # fmt: skip
    if strict:
        _check_strict(schema, name, (), param)


def _check_strict(schema: Any, name: str, path: tuple[str, ...], param: str) -> None:
    if not isinstance(schema, dict):
        return  # `true` and `false` are schemas too
    known = cast("dict[str, Any]", schema)
    properties: Any = known.get("properties", {})
    wrong = None
    if not isinstance(properties, dict):
        wrong = "'properties' is not an object."
    elif known.get("type") == "object" or "properties" in known:
        if known.get("additionalProperties") is not False:
            wrong = "'additionalProperties' is required to be supplied and to be false."
        elif set(known.get("required", [])) != set(cast("dict[str, Any]", properties)):
            wrong = "'required' is required to be supplied and to be an array including every key in properties."
    if wrong is not None:
        raise complaint(400, f"Invalid schema for '{name}': In context={path}, {wrong}", "invalid_json_schema", param)
    for word in ("properties", "$defs", "anyOf", "items"):
        inner: Any = known.get(word)
        if isinstance(inner, dict) and word != "items":
            for key, each in cast("dict[str, Any]", inner).items():
                _check_strict(each, name, (*path, word, key), param)
        else:
            members: list[Any] = cast("list[Any]", inner) if isinstance(inner, list) else [cast("Any", inner)]
            for member in members:
                _check_strict(member, name, (*path, word), param)


def check_data_url(url: str, param: str, *, main_type: str = "") -> None:
    """A `data:` URL with base64 that decodes, of this main media type (such as `image`). Raises `Complaint`."""
    head, comma, data = url.partition(",")
    if not comma or not re.fullmatch(r"data:[\w.+-]+/[\w.+-]+;base64", head) or not head.startswith(f"data:{main_type}"):
        raise complaint(400, f"Invalid '{param}'. Expected a base64-encoded data URL, but got a value without the prefix.",
                        "invalid_value", param)  # fmt: skip
    check_base64(data, param)


def check_base64(data: str, param: str) -> None:
    """Raises `Complaint` for what does not decode, or is empty."""
    try:
        empty = not base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        empty = True
    if empty:
        raise complaint(400, f"Invalid '{param}'. Expected base64-encoded data.", "invalid_base64", param)


def _path(error: ErrorDetails, body: Any) -> tuple[str | int, ...]:
    """Where in the body, without the names that the models' unions put in between."""
    path: list[str | int] = []
    here = body
    for place, part in enumerate(error["loc"]):
        try:
            here = here[part]
        except (KeyError, IndexError, TypeError):
            if place < len(error["loc"]) - 1 or error["type"] != "missing":
                continue
        path.append(part)
    return tuple(path)


def _shown(path: Sequence[str | int]) -> str:
    shown = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return shown.removeprefix(".")


def _field_complaint(param: str, error: ErrorDetails) -> Complaint:
    match error["type"]:
        case "extra_forbidden":
            return complaint(400, f"Unknown parameter: '{param}'.", "unknown_parameter", param)
        case "missing":
            return complaint(400, f"Missing required parameter: '{param}'.", "missing_required_parameter", param)
        case "string_too_long":
            return complaint(400, f"Invalid '{param}': string too long. {error['msg']}.", "string_above_max_length", param)
        case kind if kind.endswith("_type"):
            got = type(error["input"]).__name__
            return complaint(400, f"Invalid type for '{param}': {error['msg']}, but got {got} instead.", "invalid_type", param)
        case _:
            return complaint(400, f"Invalid value for '{param}': {error['msg']}.", "invalid_value", param)
