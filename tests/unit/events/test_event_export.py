"""What leaves is complete, harmless in a spreadsheet, and holds no key."""

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.events.codec import EncodeError
from bench.events.export import (
    event_rows,
    events_csv,
    events_json,
    first_mark_ns,
    rows_csv,
    rows_json,
    safe_cell,
    without_keys,
)
from bench.events.kinds import Event, LoopStalled, Marked, SpanRecorded, TurnEnded, TurnStarted


def parsed(sheet: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(sheet, newline="")))


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"), ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"), ("-2+3", "'-2+3"), ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"), ("\r=1", "'\r=1"), ("\n=1", "'\n=1"), ("＝1+1", "'＝1+1"), ("-", "'-"), ("=", "'="),
        ("-5", "-5"), ("+5.25", "+5.25"), ("-1e-05", "-1e-05"), ("-3,5", "-3,5"), (-5, "-5"), (-1.5e-7, "-1.5e-07"), (0, "0"),
        ("-5 apples", "'-5 apples"), ("-1\n", "'-1\n"), ("plain", "plain"), ("a=1", "a=1"), ("", ""), (None, ""),
        (True, "true"), ({"a": [1, None]}, '{"a":[1,null]}'), (["=1"], '["=1"]'), ("x\ud83d", "x\ufffd"),
        ("+7 999 123-45-67", "'+7 999 123-45-67"),
    ],
)  # fmt: skip
def test_cells_are_safe(value: Any, cell: str) -> None:
    assert safe_cell(value) == cell


@settings(deadline=None, derandomize=True)
@given(st.lists(st.dictionaries(st.text(), st.none() | st.integers() | st.text(), min_size=1), max_size=5))
def test_no_cell_of_any_sheet_begins_like_a_formula(rows: list[dict[str, Any]]) -> None:
    for line in parsed(rows_csv(rows)):
        for cell in line:
            assert not cell.startswith(("=", "@", "\t", "\r", "\n"))
            assert not cell.startswith(("+", "-")) or float(cell.replace(",", ".")) is not None


def test_the_header_names_everything_once_and_missing_cells_are_empty() -> None:
    sheet = rows_csv([{"turn": "t1", "ttft_ms": 31.5}, {"turn": "t2", "=evil": 'say "hi", twice\n', "ttft_ms": None}])
    assert parsed(sheet) == [["turn", "ttft_ms", "'=evil"], ["t1", "31.5", ""], ["t2", "", 'say "hi", twice\n']]
    assert sheet.startswith("turn,ttft_ms,'=evil\r\n")
    assert parsed(rows_csv([])) == [[]]


EVENTS: list[Event] = [
    TurnStarted(at_ns=1_000_000_000, conversation="c", turn="t1", serial=0, input="typed", text="=HYPERLINK(1)"),
    Marked(at_ns=1_500_000_000, conversation="c", turn="t1", name="turn_released"),
    Marked(at_ns=1_200_000_000, conversation="c", turn="t1", name="speech_ended"),  # came later, happened earlier
    SpanRecorded(at_ns=1_600_000_000, conversation="c", turn="t1", name="connecting", owner="network", from_ns=1_550_000_000),
    TurnEnded(at_ns=9_000_000_000, conversation="c", turn="t2", outcome="failed", reason="process_died"),
    LoopStalled(at_ns=3_000_000_000, from_ns=2_000_000_000),
]


def test_times_are_relative_to_the_first_mark_of_the_turn() -> None:
    assert first_mark_ns(EVENTS) == {"t1": 1_200_000_000}
    rows = event_rows(EVENTS)
    assert [row["at_ms"] for row in rows] == [-200.0, 300.0, 0.0, 400.0, None, None]
    assert [row["at_ms_reason"] for row in rows] == ["", "", "", "", "no mark in this turn", "not in a turn"]
    assert rows[3]["from_ms"] == 350.0
    assert [row["kind"] for row in rows] == [type(event).__name__ for event in EVENTS]
    assert rows[0]["at_ns"] == 1_000_000_000


def test_events_as_json_and_csv() -> None:
    assert json.loads(events_json(EVENTS)) == event_rows(EVENTS)
    header, *lines = parsed(events_csv(EVENTS))
    assert header[:3] == ["kind", "v", "at_ns"]
    assert lines[0][header.index("text")] == "'=HYPERLINK(1)"
    assert lines[0][header.index("at_ms")] == "-200.0"
    assert lines[4][header.index("at_ms")] == ""
    assert len(lines) == len(EVENTS)


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(EncodeError):
        rows_json([{"median_ms": float("nan")}])
    with pytest.raises(EncodeError):
        rows_json([{"median_ms": {1}}])


# Made up; put together here so that no file holds a text that looks like a key.
KEYS = [
    "sk-" + "proj-Ab1_" * 5,
    "AIza" + "SyD0" * 9,
    "AQVN" + "x1Y2" * 9,
    "t1." + "9euelZq" * 3 + "." + "Ab-" * 20,
    "123456789:" + "AAE" * 11 + "xy",
    "eyJ" + "hbGciOiJI" + ".eyJ" + "zdWIiOiIx" + ".c2ln",
    "-----BEGIN PRIVATE " + "KEY-----\nMIIE\n-----END PRIVATE KEY-----",
]


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key[:6])
def test_keys_are_found_by_their_form_wherever_they_stand(key: str) -> None:
    event = Marked(at_ns=1, turn="t", name="x", data={"said": f"it was {key} indeed", "list": [{"deep": key}], key: 1})
    for text in (events_json([event]), events_csv([event]), rows_json([{"a": [key]}]), rows_csv([{"a": key, key: 1}])):
        assert key not in text
        assert json.dumps(key)[1:-1] not in text
        assert "[redacted]" in text


def test_keys_are_found_by_value_and_by_name() -> None:
    secrets = ["hunter2", "hunter2-longer", ""]
    row = {"a": "use hunter2-longer", "b": ["hunter2"], "apiKey": "q", "X-Api-Key": "q", "Authorization": "q", "password": "q",
           "openai_api_key": "q", "session_token": "q", "credentials": {"user": "q"}, "iamToken": ["q"]}  # fmt: skip
    clean = without_keys(row, secrets)
    assert clean["a"] == "use [redacted]"
    assert clean["b"] == ["[redacted]"]
    assert {name for name, value in clean.items() if value == "[redacted]"} == set(row) - {"a", "b"}
    assert "hunter2" not in rows_csv([row], secrets) + rows_json([row], secrets)
    assert row["apiKey"] == "q"  # the original is untouched


def test_what_is_no_key_stays() -> None:
    row = {"tokens_in": 12, "tokens_out": 7, "release": "key", "has_api_key": True, "key_released": "yes", "token": "Hello",
           "at_ns": 123456789012345, "text": "ask for the task-list at risk-free desk-side", "api_key": None}  # fmt: skip
    assert without_keys(row) == row
