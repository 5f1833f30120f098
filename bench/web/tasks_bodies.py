"""What the routes of the task simulation take: strict models, and bodies counted while they arrive.

A body that is too large is refused before it is read to the end, and nothing of what was sent is repeated in an answer.
"""

from typing import Annotated, Any, Literal, TypeVar

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bench.web.tasks_problems import Invalid, NotThatType, TooLarge

SMALL_BYTES = 20_000
"""Of bodies without a text in them."""
ANSWER_BYTES = 700_000
"""100 kB of answer: a character of one byte may be written as `\\u0000` in JSON, which is six."""
PROFESSION_BYTES = 2_000_000
"""The same as JSON, which is larger than its YAML (at most 1 MB)."""

Model = TypeVar("Model", bound=BaseModel)
Language = Literal["en", "ru"]
Instant = Annotated[float, Field(ge=0, lt=2**63, allow_inf_nan=False)]
"""On the server's monotonic clock (ns); a float, because pages have no other numbers."""
Width = Annotated[float, Field(ge=0, le=60e9, allow_inf_nan=False)]
"""Half width of an instant's uncertainty (ns)."""
Name = Annotated[str, Field(max_length=100)]
Key = int | Annotated[str, Field(max_length=64)]
"""A profession: its number, its name, or its number as text."""


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class SentBody(_Body):
    """When the user sent the message, on the server's clock."""

    at_ns: Instant
    error_ns: Width = 0.0


class SubmitBody(_Body):
    """An answer."""

    answer: str
    """At most 100 kB in UTF-8; longer ones are refused by the trial, with their size."""
    submission_id: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    """Made by the sender: the same one again is the same submission. Without it the task alone decides."""
    reason: Literal["user", "expired"] = "user"
    """`expired`: the page's countdown is over."""
    confirm_empty: bool = False
    """An empty answer is meant."""
    profession_id: Key | None = None
    """Taken as a check, when given: the task must belong to it."""
    sent: SentBody | None = None
    """When the user pressed the button, on the server's clock."""


class DraftBody(_Body):
    """The answer so far."""

    text: str
    base_revision: Annotated[int, Field(ge=0, le=2**31)]
    """Of the draft that this window had last seen; 0: none."""
    window: Name = ""
    """Which window writes."""
    trial: Name = ""


class PaintedBody(_Body):
    """The page painted a turn's first text."""

    turn: Annotated[str, Field(min_length=1, max_length=100)]
    at_ns: Instant
    error_ns: Width = 0.0
    estimated: bool = False


class SaveBody(_Body):
    """A changed profession."""

    profession: dict[str, Any]
    revision: Annotated[str, Field(max_length=64)]
    """Of the entry that was edited."""


class NewBody(_Body):
    """A new profession: given whole, or a copy."""

    profession: dict[str, Any] | None = None
    copy_of: Key | None = None


class PreviewBody(_Body):
    """A task as it stands in the editor."""

    profession: dict[str, Any]
    task_id: int | None = None
    """Its number, if it has one …"""
    order: Annotated[int, Field(ge=1, le=1000)] | None = None
    """… or its place, 1, 2, 3 …"""
    language: Language = "en"
    preset: Name = "embedded"


class LaneBody(_Body):
    """One of the configurations that are compared."""

    preset: Name = "embedded"
    streamed: bool = True


class CompareBody(_Body):
    """The same task for several configurations."""

    profession: Key
    task_id: int
    language: Language = "en"
    lanes: Annotated[list[LaneBody], Field(min_length=1, max_length=4)]
    repeats: Annotated[int, Field(ge=1, le=50)] = 5
    seed: Annotated[int, Field(ge=0, lt=2**31)] | None = None
    """The same one gives the same order; None: a new one, which is told."""


async def json_body(request: Request, model: type[Model], most_bytes: int) -> Model:
    """The body as that model. Raises `NotThatType`, `TooLarge`, `Invalid`."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise NotThatType(wanted="JSON: content-type application/json")
    body = await read_body(request, most_bytes)
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        wrong = [f"{'.'.join(map(str, each['loc'])) or 'body'}: {each['msg']}" for each in found[:8]]
        raise Invalid(wrong="; ".join(wrong)) from None


async def read_body(request: Request, most_bytes: int) -> bytes:
    """The whole body. Raises `TooLarge` as soon as it is known to be."""
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared[:20]) > most_bytes:
        raise _too_large(most_bytes)
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > most_bytes:
            raise _too_large(most_bytes)
    return bytes(body)


def _too_large(most_bytes: int) -> TooLarge:
    return TooLarge(most_kb=f"{most_bytes // 1000}")
