import json

import pytest

from bench.charts.glossary import glossary
from bench.charts.summary import summary
from bench.charts.turn_view import turn_view
from bench.metrics.definitions import FIGURES
from tests.unit.metrics.building import TYPED, VOICE, record, without


def test_a_turn_as_the_page_gets_it() -> None:
    view = json.loads(
        json.dumps(turn_view(record(VOICE, serial=4, strata=("first_turn",), input_id="haircut")), allow_nan=False)
    )
    assert set(view) == {
        "turn", "serial", "input", "input_id", "text", "transcript", "reply", "outcome", "stage", "reason", "message", "strata",
        "warm_up", "at_utc", "figures", "waterfall", "facts", "ended_by", "services", "usage", "cost",
    }  # fmt: skip
    assert set(view["figures"]) == {figure.name for figure in FIGURES}
    assert view["figures"]["vad_pause"] == {"ms": 372, "error_ms": 0, "estimated": False, "reason": ""}
    fall = view["waterfall"]
    assert set(fall) == {"from", "until", "total_ms", "error_ms", "complete", "parts"}
    assert all(set(part) == {"owner", "name", "ms", "from_ms", "merged"} for part in fall["parts"])
    assert sum(part["ms"] for part in fall["parts"]) == pytest.approx(fall["total_ms"]) == 560
    assert fall["total_ms"] == view["figures"]["voice_to_voice"]["ms"]


def test_what_is_unknown_is_null_with_a_reason() -> None:
    view = turn_view(record({}, outcome=None))
    assert view["waterfall"] is None
    assert view["outcome"] is None
    assert view["figures"]["ttft"] == {"ms": None, "error_ms": None, "estimated": False, "reason": "no llm_sent yet"}


def test_the_summary() -> None:
    stuck = record(without(VOICE, "playback_started"), outcome="timed_out", ended_ms=31_000)
    found = json.loads(json.dumps(summary({"A": [record(VOICE, serial=k) for k in range(30)] + [stuck], "B": []})))
    a = found["A"]
    assert (a["turns"], a["outcomes"], a["cut_off"]) == (31, {"answered": 30, "timed_out": 1}, None)
    figure = a["figures"]["voice_to_voice"]
    assert (figure["n"], figure["of"], figure["timed_out"]) == (30, 31, 1)
    assert (figure["median_ms"], figure["p90_ms"], figure["p95_ms"], figure["p99_ms"]) == (560, 560, None, None)
    assert figure["values"][:2] == [[0, 560], [1, 560]]
    assert figure["at_least"] == []
    assert "Hyndman" in figure["method"]
    assert found["B"]["turns"] == 0
    assert found["B"]["figures"] == {}


def test_a_quantile_that_timed_out_turns_reach_into_is_marked() -> None:
    stuck = [record(without(VOICE, "playback_started"), outcome="timed_out", ended_ms=31_000)] * 5
    figure = summary({"A": [*[record(VOICE)] * 25, *stuck]})["A"]["figures"]["voice_to_voice"]
    assert (figure["median_ms"], figure["p90_ms"], figure["at_least"]) == (560, 30_000, ["p90_ms"])


def test_the_glossary_explains_every_figure() -> None:
    words = glossary()
    assert set(words) == set(turn_view(record(TYPED, input="typed"))["figures"])
    assert words["ttft"]["from"] == "llm_sent"
    assert all(each["definition"]["ru"] and each["unit"] == "ms" for each in words.values())
