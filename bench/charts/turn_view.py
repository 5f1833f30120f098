"""One turn as the page draws it: the `TurnView`, `Figure` and `Waterfall` shapes of docs/page-protocol.md."""

from typing import Any

from bench.metrics.definitions import Figure, figures
from bench.metrics.turn_record import TurnRecord
from bench.metrics.waterfall import Waterfall, waterfall


def turn_view(record: TurnRecord) -> dict[str, Any]:
    """The turn so far, with every figure (or why there is none) and its waterfall."""
    fall = waterfall(record)
    return {
        "turn": record.turn, "serial": record.serial, "input": record.input, "input_id": record.input_id, "text": record.text,
        "transcript": record.transcript, "reply": record.reply, "outcome": record.outcome, "stage": record.stage,
        "reason": record.reason, "message": record.message, "strata": list(record.strata), "warm_up": record.warm_up,
        "at_utc": record.at_utc, "figures": {name: figure_view(found) for name, found in figures(record).items()},
        "waterfall": None if fall is None else waterfall_view(fall),
    }  # fmt: skip


def figure_view(figure: Figure) -> dict[str, Any]:
    """The `Figure` shape."""
    return {"ms": figure.ms, "error_ms": figure.error_ms, "estimated": figure.estimated, "reason": figure.reason}


def waterfall_view(fall: Waterfall) -> dict[str, Any]:
    """The `Waterfall` shape; ms are whole nanoseconds, so nothing is rounded away between the parts and the total."""
    return {
        "from": fall.from_mark, "until": fall.until_mark, "total_ms": fall.total_ns / 1e6, "error_ms": fall.error_ns / 1e6,
        "complete": fall.complete,
        "parts": [
            {"owner": part.owner, "name": part.name, "ms": part.duration_ns / 1e6, "from_ms": part.from_ns / 1e6,
             "merged": list(part.merged)}
            for part in fall.parts
        ],
    }  # fmt: skip
