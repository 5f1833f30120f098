import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.metrics.quantiles import LEAST_N, METHOD, by_outcome, by_stratum, measured, quantile, split, summarise
from bench.metrics.turn_record import TurnRecord
from tests.unit.metrics.building import VOICE, record, without

MS = st.floats(0, 1e5)


def turns(n: int, ttft_ms: float = 31) -> list[TurnRecord]:
    return [record({**VOICE, "llm_first_text": 1383 + ttft_ms + k}, serial=k) for k in range(n)]


def stuck(**fields: object) -> TurnRecord:
    return record(without(VOICE, "llm_first_text"), outcome="timed_out", ended_ms=1383 + 20_000, **fields)  # type: ignore[arg-type]


@given(st.lists(MS, min_size=1, max_size=40), st.floats(0, 1))
def test_the_method_is_the_one_that_is_named(values: list[float], q: float) -> None:
    assert METHOD.startswith("linear")
    found = quantile(values, q)
    assert found.ms == pytest.approx(float(np.quantile(values, q, method="linear")))
    assert not found.at_least


@given(st.lists(MS, min_size=1, max_size=20), st.lists(MS, max_size=10), st.floats(0, 1), st.floats(0, 1e6))
def test_a_bound_is_never_above_what_the_value_turns_out_to_be(
    values: list[float], bounds: list[float], q: float, later: float
) -> None:
    found = quantile(values, q, bounds)
    truth = quantile([*values, *(bound + later for bound in bounds)], q).ms
    assert found.ms <= truth + 1e-6
    if not found.at_least:
        assert found.ms == pytest.approx(truth)


def test_the_thresholds_are_the_smallest_that_bound_at_95_per_cent() -> None:
    for q, least in LEAST_N.items():
        if q > 0.5:
            assert 1 - q**least >= 0.95
            assert 1 - q ** (least - 1) < 0.95


@pytest.mark.parametrize(
    ("n", "expected"), [(1, {0.5}), (28, {0.5}), (29, {0.5, 0.9}), (59, {0.5, 0.9, 0.95}), (299, {0.5, 0.9, 0.95, 0.99})]
)
def test_no_quantile_that_n_cannot_carry(n: int, expected: set[float]) -> None:
    assert set(summarise(turns(n), "ttft").quantiles) == expected
    assert summarise([], "ttft").quantiles == {}


def test_every_turn_with_both_marks_counts_and_every_other_stays_in_the_denominator() -> None:
    mixed = [
        *turns(3),
        record(VOICE, outcome="interrupted", serial=3),
        record(VOICE, outcome="failed"),
        record(without(VOICE, "llm_first_text"), outcome="failed"),
        record(VOICE, outcome="cancelled"),
        record(VOICE, outcome=None),
        record(VOICE, warm_up=True),
        stuck(),
    ]
    found = summarise(mixed, "ttft")
    assert (found.n, found.of, found.timed_out) == (4, 8, 1)
    assert found.by_outcome == {"answered": 3, "interrupted": 1}
    assert found.values == ((0, 31), (1, 32), (2, 33), (3, 31))
    assert len(measured(mixed)) == 8


def test_a_timed_out_turn_counts_as_at_least_its_limit() -> None:
    found = summarise([*turns(2), *([stuck()] * 3)], "ttft")
    assert found.quantiles[0.5].ms == 20_000
    assert found.quantiles[0.5].at_least
    light = summarise([*turns(4), stuck()], "ttft")  # the median of five lies below the one that is not known
    assert (light.quantiles[0.5].ms, light.quantiles[0.5].at_least) == (33, False)
    assert summarise([stuck()], "ttft").quantiles == {}
    assert summarise([record(VOICE, outcome="timed_out")], "ttft").n == 1  # it timed out later, this much is known


def test_split_by_outcome_and_by_stratum() -> None:
    mixed = [*turns(2), record(VOICE, outcome="interrupted", strata=("cold",)), record(VOICE, outcome="failed")]
    assert {key: found.n for key, found in split(mixed, "ttft", by_outcome).items()} == {
        "answered": 2, "interrupted": 1, "failed": 0,
    }  # fmt: skip
    assert {key: found.of for key, found in split(mixed, "ttft", by_stratum).items()} == {"file": 4, "cold": 1}
