"""One turn as the page draws it: the `TurnView`, `Figure` and `Waterfall` shapes of docs/page-protocol.md."""

from dataclasses import asdict
from typing import Any

from bench.events.kinds import UsageReported
from bench.metrics.consumption import by_stage, cost, services
from bench.metrics.definitions import Figure, figures
from bench.metrics.turn_record import TurnRecord, mark_text
from bench.metrics.waterfall import Waterfall, waterfall


def turn_view(record: TurnRecord) -> dict[str, Any]:
    """The turn so far, with every figure (or why there is none) and its waterfall."""
    fall = waterfall(record)
    return {
        "turn": record.turn, "serial": record.serial, "input": record.input, "input_id": record.input_id, "text": record.text,
        "transcript": record.transcript, "reply": record.reply, "outcome": record.outcome, "stage": record.stage,
        "reason": record.reason, "message": record.message, "facts": dict(record.facts),
        "ended_by": mark_text(record.marks.get("llm_text_ended"), "reason"), "strata": list(record.strata),
        "warm_up": record.warm_up, "at_utc": record.at_utc,
        "figures": {name: figure_view(found) for name, found in figures(record).items()},
        "waterfall": None if fall is None else waterfall_view(fall),
        "services": {stage: asdict(told) for stage, told in services(record).items()},
        "usage": {stage: usage_view(usage) for stage, usage in by_stage(record).items()}, "cost": asdict(cost(record)),
    }  # fmt: skip


def usage_view(usage: UsageReported) -> dict[str, Any]:
    """The `Usage` shape: what one stage counted, null for what is not known."""
    return {
        "tokens_in": usage.tokens_in, "tokens_cached": usage.tokens_cached, "tokens_out": usage.tokens_out,
        "tokens_reasoning": usage.tokens_reasoning, "audio_ms": usage.audio_ms, "characters": usage.characters,
        "source": usage.source, "cost_usd": usage.cost_usd, "priced_on": usage.priced_on,
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
