"""Money and counts: what is known is added up, what is not stays unknown."""

from typing import Any

import pytest

from bench.events.kinds import UsageReported
from bench.metrics.consumption import consumption, cost, services
from bench.metrics.turn_record import TurnRecord
from tests.unit.metrics.building import TYPED, VOICE, ns, record


def used(stage: str, **counts: Any) -> UsageReported:
    return UsageReported(at_ns=ns(1501), conversation="c", turn="t", stage=stage, **counts)


def paid(*usage: UsageReported, outcome: Any = "answered", **data: Any) -> TurnRecord:
    """A turn of a paid model and a paid voice."""
    sent = {name: (3, {"metered": True, **data}) for name in ("llm_sent", "tts_sent")}
    return record({**TYPED, **sent}, input="typed", outcome=outcome, extra=usage)


def test_the_sum_has_the_oldest_price_date() -> None:
    turn = paid(used("llm", cost_usd=0.002, priced_on="2026-11-21"), used("tts", cost_usd=0.01, priced_on="2026-10-01"))
    assert cost(turn).usd == pytest.approx(0.012)
    assert cost(turn).priced_on == "2026-10-01"
    assert not cost(turn).at_least


@pytest.mark.parametrize("outcome", ["interrupted", "cancelled", "failed", "timed_out"])
def test_a_turn_that_was_ended_may_have_cost_more(outcome: str) -> None:
    assert cost(paid(used("llm", cost_usd=0.002), used("tts", cost_usd=0.01), outcome=outcome)).at_least


def test_why_there_is_no_sum() -> None:
    assert (cost(record(VOICE)).why, cost(record(VOICE)).stage) == ("not_metered", "")
    assert (cost(paid()).why, cost(paid()).stage) == ("not_counted", "llm")
    turn = paid(used("llm", cost_usd=0.1), used("tts", characters=5))
    assert (cost(turn).usd, cost(turn).why, cost(turn).stage) == (None, "no_price", "tts")
    assert cost(paid(used("llm", cost_usd=0.1), used("tts", cost_usd=0.1), simulated="openai")).why == "simulated"


def test_a_free_stage_beside_a_paid_one_costs_nothing() -> None:
    turn = record({**TYPED, "llm_sent": (3, {"metered": True})}, input="typed", extra=[used("llm", cost_usd=0.1), used("stt")])
    assert cost(turn).usd == pytest.approx(0.1)


def test_a_column_adds_up_what_is_known_and_counts_the_rest() -> None:
    whole = paid(used("llm", tokens_in=10, tokens_out=3, cost_usd=0.1), used("tts", characters=7, cost_usd=0.2))
    found = consumption([
        whole, whole, paid(used("llm", tokens_in=5)), record(VOICE, warm_up=True),
        paid(used("llm", tokens_in=1, cost_usd=9.0), simulated="openai"),
    ])  # fmt: skip
    assert (found.tokens_in, found.tokens_out, found.characters, found.audio_ms) == (26, 6, 14, None)
    assert found.cost_usd == pytest.approx(0.6)
    assert (found.priced, found.unpriced, found.simulated) == (2, 1, 1)


def test_nothing_at_all_is_unknown_and_not_zero() -> None:
    found = consumption([record(VOICE)])
    assert (found.cost_usd, found.tokens_in, found.priced, found.unpriced) == (None, None, 0, 0)


def test_only_what_was_told_is_there() -> None:
    assert services(record(VOICE)) == {}
    turn = record({**VOICE, "tts_sent": (1475, {"connection_reused": False})})
    assert list(services(turn)) == ["tts"]


@pytest.mark.parametrize("name", ["stt_final", "llm_sent", "tts_sent"])
def test_any_stage_that_had_to_connect_makes_the_turn_cold(name: str) -> None:
    at = VOICE[name][0] if isinstance(VOICE[name], tuple) else VOICE[name]
    assert "cold" in record({**VOICE, name: (at, {"connection_reused": False})}).strata
    assert "cold" not in record({**VOICE, name: (at, {"connection_reused": True})}).strata
