"""Event ↔ JSON object ↔ JSON line (and database row), driven by the types of the fields: no kind has code of its own.

The envelope is flat: `{"kind": "TurnEnded", "v": 1, "at_ns": …, …}`. `v` rises when a field is renamed or changes its
meaning. A field that has a default may be missing when read: it was added after the log was written.

What cannot be read back is not written: types are checked in both directions. Errors name fields, never somebody's words.

    CodecError
    ├── EncodeError               a value does not fit its field, or is no JSON
    └── DecodeError
        ├── LineBrokenError       not one JSON object
        ├── KindUnknownError      no such kind
        ├── VersionUnknownError   written by a newer program, or damaged
        ├── FieldMissingError     a field without default is not there
        ├── FieldUnknownError     a field that the kind does not have
        └── FieldInvalidError     a value of the wrong type
"""

import json
import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import MISSING, dataclass, fields
from types import NoneType, UnionType
from typing import Any, ClassVar, Literal, NoReturn, TypeAlias, Union, cast, get_args, get_origin, get_type_hints

from bench.events.kinds import KINDS, Event

VERSION = 1
"""Version of the envelope that is written."""

MAX_LINE_CHARS = 4 * 1024 * 1024
"""Longest line that is written (characters): far above any turn, far below what a database cell can hold (1 GB)."""

INT_LIMIT = 2**63
"""Integers fit in 64 bits, as in the store: an instant beyond is a fault, and longer digits could not be parsed again."""

RESERVED = frozenset({"kind", "v"})

INSERT = "INSERT INTO events (process, conversation, turn, kind, experiment, page, at_ns, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"

Row: TypeAlias = tuple[str, str, str, str, str, str, int, str]
"""The values of `INSERT`."""


class CodecError(Exception):
    """An event could not be written as JSON, or JSON could not be read as an event."""

    code: ClassVar[str] = "codec_error"
    template: ClassVar[str] = "An event could not be converted."

    def __init__(self, **facts: str) -> None:
        """`facts` fill the public template: names of kinds and fields, never values."""
        self.facts = facts
        super().__init__(f"{self.code}: {self.public_message}")

    @property
    def public_message(self) -> str:
        """What a person reads."""
        return self.template.format_map(self.facts)


class EncodeError(CodecError):
    code = "not_encodable"
    template = "{what} cannot be stored: {expected} was expected."


class DecodeError(CodecError):
    code = "not_decodable"


class LineBrokenError(DecodeError):
    code = "line_broken"
    template = "A line of the log is damaged: it is not one JSON object."


class KindUnknownError(DecodeError):
    code = "kind_unknown"
    template = "The log holds an event of a kind that this program does not know."


class VersionUnknownError(DecodeError):
    code = "version_unknown"
    template = "The log holds an event of a version that this program does not know."


class FieldMissingError(DecodeError):
    code = "field_missing"
    template = "An event of the log is damaged: {kind} has no {field}."


class FieldUnknownError(DecodeError):
    code = "field_unknown"
    template = "An event of the log is damaged: {kind} has a field that does not belong there."


class FieldInvalidError(DecodeError):
    code = "field_invalid"
    template = "An event of the log is damaged: {field} of {kind} is not {expected}."


class MisfitError(Exception):
    """A value does not have its field's type; the text says what was expected."""


Shape: TypeAlias = Callable[[Any, bool], Any]
"""Checks a value and converts it: JSON → Python when the second argument is true, else Python → JSON. Raises `MisfitError`."""


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of one kind."""

    kind: type[Event]
    """The class."""
    shapes: dict[str, Shape]
    """Field name → shape, in the order of the class."""
    required: frozenset[str]
    """Fields without default."""


def _misfit(expected: str) -> NoReturn:
    raise MisfitError(expected)


def _expected(error: MisfitError | RecursionError) -> str:
    return str(error) if isinstance(error, MisfitError) else "less nesting"


def _text(value: Any, reading: bool) -> str:
    return value if isinstance(value, str) else _misfit("text")


def _integer(value: Any, reading: bool) -> int:
    fits = isinstance(value, int) and not isinstance(value, bool) and -INT_LIMIT <= value < INT_LIMIT
    return cast(int, value) if fits else _misfit("a 64-bit integer")


def _number(value: Any, reading: bool) -> float:
    fits = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    return float(cast(float, value)) if fits else _misfit("a finite number")


def _plain(value: Any, reading: bool) -> Any:
    """`value` itself, if it is JSON data that reads back equal: no tuple, no key that is not text, no NaN."""
    if isinstance(value, list):
        for item in cast(list[Any], value):
            _plain(item, reading)
    elif isinstance(value, dict):
        for key, item in cast(dict[Any, Any], value).items():
            _text(key, reading)
            _plain(item, reading)
    elif isinstance(value, float):
        _number(value, reading)
    elif isinstance(value, int) and not isinstance(value, bool):
        _integer(value, reading)
    elif value is not None and not isinstance(value, (str, bool)):
        _misfit("plain JSON data")
    return cast(Any, value)


def _object(value: Any, reading: bool) -> dict[str, Any]:
    return _plain(value, reading) if isinstance(value, dict) else _misfit("an object")


def _tuple_of(hint: Any) -> Shape:
    item = shape_of(hint)

    def shape(value: Any, reading: bool) -> Any:
        if not isinstance(value, list if reading else tuple):
            _misfit("a list")
        return (tuple if reading else list)(item(one, reading) for one in cast(list[Any], value))

    return shape


def _one_of(options: Sequence[Any]) -> Shape:
    def shape(value: Any, reading: bool) -> Any:
        fits = any(type(value) is type(option) and value == option for option in options)
        return value if fits else _misfit("one of " + ", ".join(map(repr, options)))

    return shape


def _any_of(hints: Sequence[Any]) -> Shape:
    shapes = [shape_of(hint) for hint in hints]

    def shape(value: Any, reading: bool) -> Any:
        for option in shapes:
            with suppress(MisfitError):
                return option(value, reading)
        return _misfit("of a type that it may have")

    return shape


SHAPES: dict[Any, Shape] = {
    str: _text, int: _integer, float: _number, dict[str, Any]: _object,
    bool: _one_of((True, False)), NoneType: _one_of((None,)),
}  # fmt: skip


def shape_of(hint: Any) -> Shape:
    """The shape of a type hint. Raises TypeError for a type that events cannot have."""
    if hint in SHAPES:
        return SHAPES[hint]
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return _one_of(arguments)
    if origin in (Union, UnionType):
        return _any_of(arguments)
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        return _tuple_of(arguments[0])
    raise TypeError(f"events cannot have fields of type {hint!r}")


def form_of(kind: type[Event]) -> Form:
    """The fields of a kind with their shapes. Raises TypeError when a field has a reserved name or an unsupported type."""
    hints = get_type_hints(kind)
    if RESERVED.intersection(field.name for field in fields(kind)):
        raise TypeError(f"{kind.__name__} has a field named like a part of the envelope")
    needed = frozenset(f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING)
    return Form(kind, {field.name: shape_of(hints[field.name]) for field in fields(kind)}, needed)


FORMS: dict[str, Form] = {kind.__name__: form_of(kind) for kind in KINDS}


def encode(event: Event) -> dict[str, Any]:
    """The event as a JSON object with `kind` and `v` first. Raises `EncodeError`."""
    name = type(event).__name__
    form = FORMS.get(name)
    if form is None or form.kind is not type(event):
        raise EncodeError(what=name, expected="one of the known kinds")
    record: dict[str, Any] = {"kind": name, "v": VERSION}
    for field, shape in form.shapes.items():
        try:
            record[field] = shape(getattr(event, field), False)
        except (MisfitError, RecursionError) as error:
            raise EncodeError(what=f"{field} of {name}", expected=_expected(error)) from None
    return record


def decode(record: object) -> Event:
    """The event of a JSON object. Raises a `DecodeError`."""
    if not isinstance(record, dict):
        raise LineBrokenError
    content = cast(dict[str, Any], record)
    kind, version = content.get("kind"), content.get("v")
    form = FORMS.get(kind) if isinstance(kind, str) else None
    if form is None:
        raise KindUnknownError
    if type(version) is not int or not 1 <= version <= VERSION:
        raise VersionUnknownError
    name, values = form.kind.__name__, dict[str, Any]()
    for field in content.keys() - RESERVED:
        if field not in form.shapes:
            raise FieldUnknownError(kind=name)
        try:
            values[field] = form.shapes[field](content[field], True)
        except (MisfitError, RecursionError) as error:
            raise FieldInvalidError(kind=name, field=field, expected=_expected(error)) from None
    for field in form.required.difference(values):
        raise FieldMissingError(kind=name, field=field)
    return form.kind(**values)


def dump(value: Any, what: str) -> str:
    """Plain JSON data as compact text on one line. `what` names it in the error. Raises `EncodeError`."""
    try:
        text = json.dumps(_plain(value, False), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        # Half a surrogate pair (a vendor may cut an emoji in two chunks) is no UTF-8; escaped, it survives.
        text.encode()
    except (MisfitError, RecursionError) as error:
        raise EncodeError(what=what, expected=_expected(error)) from None
    except UnicodeEncodeError:
        text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    if len(text) > MAX_LINE_CHARS:
        raise EncodeError(what=what, expected="less text")
    return text


def parse(text: str | bytes) -> Any:
    """JSON text as plain data. Raises `LineBrokenError`, also for NaN, numbers out of range and names that occur twice."""
    try:
        return _plain(json.loads(text, object_pairs_hook=_unique, parse_constant=_misfit), True)
    except (ValueError, RecursionError, MisfitError):
        raise LineBrokenError from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _misfit("each name once")


def to_line(event: Event) -> str:
    """The event as one line of JSON, without the newline. Raises `EncodeError`."""
    return dump(encode(event), type(event).__name__)


def from_line(line: str | bytes) -> Event:
    """The event of one line of JSON. Raises a `DecodeError`."""
    return decode(parse(line))


def row_of(process: str, event: Event) -> Row:
    """The database row of an event. Raises `EncodeError`."""
    kind = type(event).__name__
    body = to_line(event)
    scope = ids(kind, event.conversation, event.turn, kind, getattr(event, "experiment", ""), getattr(event, "page", ""))
    return (process, scope[0], scope[1], scope[2], scope[3], scope[4], event.at_ns, body)


def ids(what: str, *names: str) -> tuple[str, ...]:
    """The names, if a database can hold them as they are. `what` they name is for the error. Raises `EncodeError`."""
    try:
        "".join(names).encode()
    except UnicodeEncodeError:
        raise EncodeError(what=f"an id of {what}", expected="valid Unicode") from None
    return names
