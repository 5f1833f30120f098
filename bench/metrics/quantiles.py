"""Quantiles of a figure over turns, with n and method stated, and none that n cannot carry.

A turn that timed out before the figure's second mark is not dropped: its value is at least what it had waited. Where that
touches a quantile, the quantile is a lower bound and says so.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, inf

from bench.metrics.definitions import at_least_ms, figure
from bench.metrics.turn_record import TurnRecord

METHOD = "linear (Hyndman–Fan 7)"
"""Linear interpolation between order statistics, position (n − 1)·q: numpy's `linear`."""

LEAST_N: Mapping[float, int] = {0.5: 1, 0.9: 29, 0.95: 59, 0.99: 299}
"""From how many turns on a quantile is given: the smallest n with 1 − q^n ≥ 95 %, so that the largest value seen bounds it.
The median is always given, with its n."""

COVERED = frozenset({"answered", "interrupted", "silent"})
"""Outcomes whose turns count in a figure when they have both its marks. Failed and cancelled turns stay in the denominator."""


@dataclass(frozen=True, slots=True)
class Quantile:
    """One quantile."""

    ms: float
    """The value (ms)."""
    at_least: bool
    """True when timed-out turns reach into it: it is no smaller than `ms`."""


@dataclass(frozen=True, slots=True)
class FigureSummary:
    """One figure over many turns."""

    name: str
    """The figure."""
    n: int
    """Turns that have a value."""
    of: int
    """All turns that ended, whatever their outcome; warm-ups excluded."""
    timed_out: int
    """Turns without a value that waited at least until their limit; they count in the quantiles."""
    method: str
    """How quantiles are computed."""
    quantiles: Mapping[float, Quantile]
    """By q, only those that n + timed_out can carry; empty without any value."""
    by_outcome: Mapping[str, int]
    """Of the n, how many per outcome."""
    values: tuple[tuple[int, float], ...]
    """(serial, ms) of each value, in the order of the turns."""


def quantile(values: Sequence[float], q: float, at_least: Sequence[float] = ()) -> Quantile:
    """The q-quantile of values of which some are known only as lower bounds (`at_least`). Raises `ValueError` without any."""
    lower = _linear(sorted([*values, *at_least]), q)
    upper = _linear(sorted([*values, *([inf] * len(at_least))]), q)
    return Quantile(lower, upper != lower)


def _linear(ordered: Sequence[float], q: float) -> float:
    if not ordered:
        raise ValueError("no values")
    position = (len(ordered) - 1) * q
    low, high = ordered[floor(position)], ordered[ceil(position)]
    return low if low == high else low + (high - low) * (position - floor(position))


def measured(records: Iterable[TurnRecord]) -> tuple[TurnRecord, ...]:
    """The turns that count: ended, and no warm-ups."""
    return tuple(record for record in records if record.outcome is not None and not record.warm_up)


def summarise(records: Iterable[TurnRecord], name: str) -> FigureSummary:
    """Summary of figure `name` over the turns that count. Raises `KeyError` for an unknown figure.

    A timed-out turn that got as far as the figure counts with its value, one that did not with 'at least'.
    """
    turns = measured(records)
    values: list[tuple[int, float]] = []
    bounds: list[float] = []
    by_outcome: dict[str, int] = {}
    for turn in turns:
        ms = figure(turn, name).ms
        if turn.outcome is not None and ms is not None and (turn.outcome in COVERED or turn.outcome == "timed_out"):
            values.append((turn.serial, ms))
            by_outcome[turn.outcome] = by_outcome.get(turn.outcome, 0) + 1
        elif (bound := at_least_ms(turn, name)) is not None:
            bounds.append(bound)
    known = [ms for _, ms in values]
    reach = len(known) + len(bounds) if known else 0
    given = {q: quantile(known, q, bounds) for q, least in LEAST_N.items() if reach >= least}
    return FigureSummary(name, len(known), len(turns), len(bounds), METHOD, given, by_outcome, tuple(values))


def split(
    records: Iterable[TurnRecord], name: str, by: Callable[[TurnRecord], str | Iterable[str]]
) -> dict[str, FigureSummary]:
    """A summary for each group that `by` names (a turn may be in several: strata)."""
    groups: dict[str, list[TurnRecord]] = {}
    for turn in measured(records):
        keys = by(turn)
        for key in (keys,) if isinstance(keys, str) else keys:
            groups.setdefault(key, []).append(turn)
    return {key: summarise(turns, name) for key, turns in groups.items()}


def by_outcome(record: TurnRecord) -> str:
    """For `split`: how the turn ended."""
    return record.outcome or "running"


def by_stratum(record: TurnRecord) -> tuple[str, ...]:
    """For `split`: its input, and each stratum it is in."""
    return (record.input, *record.strata)
