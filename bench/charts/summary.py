"""Many turns as the page draws them: the `Summary` shape of docs/page-protocol.md."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from bench.metrics.consumption import consumption
from bench.metrics.ledger import Ledger, ledger
from bench.metrics.quantiles import FigureSummary
from bench.metrics.turn_record import TurnRecord


def summary(columns: Mapping[str, Iterable[TurnRecord]]) -> dict[str, Any]:
    """The `Summary` shape: a ledger for each column."""
    return {column: column_summary(records) for column, records in columns.items()}


def column_summary(records: Iterable[TurnRecord]) -> dict[str, Any]:
    """One column's ledger, and what its turns consumed together."""
    every = tuple(records)
    return {**ledger_view(ledger(every)), "consumption": asdict(consumption(every))}


def ledger_view(found: Ledger) -> dict[str, Any]:
    """A ledger as plain data."""
    return {
        "turns": found.turns, "warm_ups": found.warm_ups, "outcomes": dict(found.outcomes), "strata": dict(found.strata),
        "cut_off": found.cut_off, "figures": {name: figure_summary(each) for name, each in found.figures.items()},
    }  # fmt: skip


def figure_summary(found: FigureSummary) -> dict[str, Any]:
    """Dots and quantiles of one figure. A quantile that n cannot carry is None; `at_least` names those that are lower bounds,
    because turns timed out."""
    names = {0.5: "median_ms", 0.9: "p90_ms", 0.95: "p95_ms", 0.99: "p99_ms"}
    return {
        "n": found.n, "of": found.of, "timed_out": found.timed_out, "method": found.method,
        **{name: found.quantiles[q].ms if q in found.quantiles else None for q, name in names.items()},
        "at_least": [name for q, name in names.items() if q in found.quantiles and found.quantiles[q].at_least],
        "by_outcome": dict(found.by_outcome), "values": [[serial, ms] for serial, ms in found.values],
    }  # fmt: skip
