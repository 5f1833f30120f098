"""Every kind is known, and what was written is what is read; what is damaged is named."""

import dataclasses
import inspect
import json
import math
import types
import typing
from types import ModuleType
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.events import codec, kinds
from bench.events.kinds import KINDS, ClockSynced, Event, Marked, ReplyStreamed, TurnEnded, TurnStarted, UsageReported

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)

STRATEGIES: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(st.characters()),
    int: st.integers(-(2**63), 2**63 - 1),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    type(None): st.none(),
    dict[str, Any]: st.dictionaries(st.text(), JSON, max_size=4),
}


def strategy(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a field's type, made independently of the codec's own reading of types."""
    if hint in STRATEGIES:
        return STRATEGIES[hint]
    arguments = typing.get_args(hint)
    if typing.get_origin(hint) is Literal:
        return st.sampled_from(arguments)
    if typing.get_origin(hint) is tuple:
        return st.lists(strategy(arguments[0]), max_size=3).map(tuple)
    assert typing.get_origin(hint) in (typing.Union, types.UnionType), hint
    return st.one_of([strategy(argument) for argument in arguments])


def events(kind: type[Event]) -> st.SearchStrategy[Event]:
    """Events of one kind with every field set."""
    hints = typing.get_type_hints(kind)
    return st.builds(kind, **{field.name: strategy(hints[field.name]) for field in dataclasses.fields(kind)})


def classes(module: ModuleType) -> set[type[Event]]:
    """Every concrete event class that a module defines."""
    found = {value for _, value in inspect.getmembers(module, inspect.isclass) if issubclass(value, Event)}
    return found - {Event}


def test_every_class_is_in_kinds() -> None:
    assert classes(kinds) == set(KINDS)
    assert len(KINDS) == len(set(KINDS)) == len(codec.FORMS)


def test_a_class_missing_in_kinds_would_be_noticed() -> None:
    @dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
    class PhoneRang(Event):
        times: int

    module = ModuleType("kinds_with_one_more")
    vars(module).update(vars(kinds), PhoneRang=PhoneRang)
    assert classes(module) - set(KINDS) == {PhoneRang}
    with pytest.raises(codec.EncodeError):
        codec.encode(PhoneRang(at_ns=1, times=3))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@settings(deadline=None, derandomize=True, max_examples=60)
@given(data=st.data())
def test_round_trip(kind: type[Event], data: st.DataObject) -> None:
    event = data.draw(events(kind))
    line = codec.to_line(event)
    assert "\n" not in line
    assert codec.from_line(line) == event
    assert type(codec.from_line(line.encode("utf-8"))) is kind
    record = codec.encode(event)
    assert list(record)[:2] == ["kind", "v"]
    assert set(record) == {"kind", "v", *(field.name for field in dataclasses.fields(kind))}


def test_half_a_surrogate_pair_survives() -> None:
    event = ReplyStreamed(at_ns=1, text="ok \ud83d")
    assert codec.from_line(codec.to_line(event).encode("utf-8")) == event


def test_a_field_added_later_may_be_missing() -> None:
    record = codec.encode(TurnStarted(at_ns=5, serial=1, input="typed"))
    del record["warm_up"], record["strata"]
    assert codec.decode(record) == TurnStarted(at_ns=5, serial=1, input="typed")


MARK = codec.encode(Marked(at_ns=1, conversation="c", turn="t", name="stt_final", data={"a": 1}))


@pytest.mark.parametrize(
    ("record", "error"),
    [
        ([], codec.LineBrokenError),
        (None, codec.LineBrokenError),
        ({}, codec.KindUnknownError),
        ({**MARK, "kind": "Guessed"}, codec.KindUnknownError),
        ({**MARK, "kind": ["Marked"]}, codec.KindUnknownError),
        ({**MARK, "kind": "Event"}, codec.KindUnknownError),
        ({**MARK, "v": codec.VERSION + 1}, codec.VersionUnknownError),
        ({**MARK, "v": 0}, codec.VersionUnknownError),
        ({**MARK, "v": True}, codec.VersionUnknownError),
        ({name: MARK[name] for name in MARK if name != "v"}, codec.VersionUnknownError),
        ({name: MARK[name] for name in MARK if name != "at_ns"}, codec.FieldMissingError),
        ({**MARK, "colour": "red"}, codec.FieldUnknownError),
        ({**MARK, "at_ns": "1"}, codec.FieldInvalidError),
        ({**MARK, "at_ns": 1.5}, codec.FieldInvalidError),
        ({**MARK, "at_ns": True}, codec.FieldInvalidError),
        ({**MARK, "at_ns": 2**63}, codec.FieldInvalidError),
        ({**MARK, "estimated": 0}, codec.FieldInvalidError),
        ({**MARK, "data": []}, codec.FieldInvalidError),
        ({**MARK, "name": None}, codec.FieldInvalidError),
        ({**codec.encode(TurnEnded(at_ns=1, outcome="silent")), "outcome": "ok"}, codec.FieldInvalidError),
        ({**codec.encode(TurnStarted(at_ns=1, serial=0, input="file")), "strata": "cold"}, codec.FieldInvalidError),
        ({**codec.encode(UsageReported(at_ns=1, stage="llm")), "tokens_in": "7"}, codec.FieldInvalidError),
    ],
)
def test_damaged_records_are_named(record: object, error: type[codec.DecodeError]) -> None:
    with pytest.raises(codec.DecodeError) as caught:
        codec.decode(record)
    assert type(caught.value) is error
    assert caught.value.public_message


@pytest.mark.parametrize(
    "line",
    ["", "null", "[]", '"x"', codec.to_line(TurnEnded(at_ns=1, outcome="silent"))[:-2], "{" * 5000, "[" * 100_000,
     b"\xff\xfe{}", '{"kind":"LoopStalled","v":1,"at_ns":NaN}', '{"a":' + "9" * 5000 + "}", '{"a":1,"a":1}', '{"a":1e999}'],
    ids=lambda line: repr(line[:20]),
)  # fmt: skip
def test_broken_lines_are_named(line: str | bytes) -> None:
    with pytest.raises(codec.LineBrokenError):
        codec.from_line(line)


def deep(levels: int) -> list[Any]:
    nested: list[Any] = []
    for _ in range(levels):
        nested = [nested]
    return nested


@pytest.mark.parametrize(
    "event",
    [
        Marked(at_ns=1, name="x", data={"pair": (1, 2)}),
        Marked(at_ns=1, name="x", data={1: "one"}),  # type: ignore[dict-item]
        Marked(at_ns=1, name="x", data={"value": math.nan}),
        Marked(at_ns=1, name="x", data={"value": {1, 2}}),
        Marked(at_ns=1, name="x", data={"value": 2**64}),
        Marked(at_ns=1, name="x", data={"value": deep(100_000)}),
        Marked(at_ns=1, name="x", data={"value": "x" * codec.MAX_LINE_CHARS}),
        Marked(at_ns=1.5, name="x"),  # type: ignore[arg-type]
        ClockSynced(at_ns=1, page="p", offset_ns=1, error_ns=1, drift_ppm=math.inf),
        TurnEnded(at_ns=1, outcome="fine"),  # type: ignore[arg-type]
        TurnStarted(at_ns=1, serial=0, input="typed", strata=["cold"]),  # type: ignore[arg-type]
        Event(at_ns=1),
    ],
)
def test_what_could_not_be_read_back_is_not_written(event: Event) -> None:
    with pytest.raises(codec.EncodeError):
        codec.to_line(event)


def test_errors_never_quote_what_somebody_said() -> None:
    with pytest.raises(codec.FieldInvalidError) as caught:
        codec.decode({**MARK, "at_ns": "my password"})
    assert "password" not in str(caught.value) + caught.value.public_message
    with pytest.raises(codec.FieldUnknownError) as unknown:
        codec.decode({**MARK, "my password": 1})
    assert "password" not in str(unknown.value) + unknown.value.public_message


def test_unsupported_types_fail_when_the_program_starts() -> None:
    @dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
    class Odd(Event):
        seen: set[int]

    @dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
    class Clashing(Event):
        kind: str

    for kind in (Odd, Clashing):
        with pytest.raises(TypeError):
            codec.form_of(kind)


def test_text_is_readable_and_compact() -> None:
    line = codec.to_line(ReplyStreamed(at_ns=7, conversation="c", turn="t", text="Привет\nвам"))
    assert line == '{"kind":"ReplyStreamed","v":1,"at_ns":7,"conversation":"c","turn":"t","text":"Привет\\nвам"}'
    assert json.loads(line)["text"] == "Привет\nвам"
