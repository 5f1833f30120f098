"""The ledger: every turn by outcome and stratum, none dropped, with the figures beside it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bench.metrics.definitions import FIGURES
from bench.metrics.quantiles import FigureSummary, by_stratum, measured, summarise
from bench.metrics.turn_record import TurnRecord, mark_number


@dataclass(frozen=True, slots=True)
class Ledger:
    """One configuration's turns."""

    turns: int
    """Turns that ended, warm-ups excluded."""
    warm_ups: int
    """Warm-up turns that ended: kept, but in no figure."""
    outcomes: Mapping[str, int]
    """Turns by outcome, only outcomes that occurred."""
    strata: Mapping[str, int]
    """Turns by stratum; a turn is in as many as it has. They must never be mixed silently."""
    cut_off: int | None
    """Turns beyond one for each playing of an input: how often the speaker was cut off. None when no playing can be told
    from another."""
    figures: Mapping[str, FigureSummary]
    """Summary by figure, in the order of the definitions, only figures with a value or a timed-out turn."""


def ledger(records: Iterable[TurnRecord]) -> Ledger:
    """Count and summarise one configuration's turns."""
    every = tuple(records)
    turns = measured(every)
    outcomes: dict[str, int] = {}
    strata: dict[str, int] = {}
    for turn in turns:
        outcomes[str(turn.outcome)] = outcomes.get(str(turn.outcome), 0) + 1
        for stratum in by_stratum(turn):
            strata[stratum] = strata.get(stratum, 0) + 1
    summaries = (summarise(turns, definition.name) for definition in FIGURES)
    return Ledger(
        turns=len(turns), warm_ups=sum(record.warm_up and record.outcome is not None for record in every), outcomes=outcomes,
        strata=strata, cut_off=cut_off(turns),
        figures={summary.name: summary for summary in summaries if summary.n or summary.timed_out},
    )  # fmt: skip


def playing(record: TurnRecord) -> tuple[str, int, str] | None:
    """Which playing of which input the turn belongs to; None when that cannot be told.

    Within an experiment it is the block. Outside, turns of one recording are told apart by the instant at which its labelled
    speech ended (`input_end_ns` of `speech_ended`), where that is recorded.
    """
    if record.experiment and record.block >= 0:
        return (record.experiment, record.block, record.input_id)
    end_ns = mark_number(record.marks.get("speech_ended"), "input_end_ns")
    return (record.conversation, int(end_ns), record.input_id) if end_ns is not None and record.input_id else None


def cut_off(records: Iterable[TurnRecord]) -> int | None:
    """Turns − 1 for each playing of a spoken input, added up; None when no playing can be told from another."""
    played: dict[tuple[str, int, str], int] = {}
    for record in records:
        key = playing(record) if record.input == "file" else None
        if key is not None and not record.warm_up:
            played[key] = played.get(key, 0) + 1
    return sum(turns - 1 for turns in played.values()) if played else None
