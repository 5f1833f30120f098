"""Figures that are not a stretch of time: how fast a reply is written, how evenly, and how fast an engine works."""

from dataclasses import dataclass
from typing import Literal

from bench.metrics.definitions import live
from bench.metrics.turn_record import TurnRecord


@dataclass(frozen=True, slots=True)
class OutputRate:
    """How fast the reply was written."""

    tokens_per_s: float | None
    """(tokens − 1) / (`llm_text_ended` − `llm_first_text`); None when it could not be taken."""
    tokens: int | None
    """Tokens of the reply, or None when unknown."""
    source: Literal["server", "estimated", "unknown"]
    """Who counted the tokens."""
    reason: str
    """Why there is no value, or empty."""


def output_rate(record: TurnRecord) -> OutputRate:
    """Tokens per second of the visible reply. The first token is the one whose wait is TTFT, so it is not counted again."""
    usage = next((usage for usage in record.usage if usage.stage == "llm"), None)
    tokens = usage.tokens_out if usage else None
    source = usage.source if usage and tokens is not None else "unknown"
    first, last = record.marks.get("llm_first_text"), record.marks.get("llm_text_ended")
    reason = ""
    if live(record):
        reason = "inside the model"
    elif tokens is None:
        reason = "tokens unknown"
    elif first is None or last is None:
        reason = f"no {'llm_first_text' if first is None else 'llm_text_ended'}"
    elif tokens < 2:
        reason = "fewer than two tokens"
    elif last.at_ns <= first.at_ns:
        reason = "all text came at one instant"
    if reason or tokens is None or first is None or last is None:
        return OutputRate(None, tokens, source, reason)
    return OutputRate((tokens - 1) * 1e9 / (last.at_ns - first.at_ns), tokens, source, "")


def chunk_gaps_ms(record: TurnRecord) -> tuple[float, ...]:
    """The waits between consecutive pieces of visible text (ms), in order; empty with fewer than two pieces."""
    instants = record.reply_at_ns
    return tuple((b - a) / 1e6 for a, b in zip(instants, instants[1:], strict=False))


def real_time_factor(processing_ms: float, audio_ms: float) -> float | None:
    """Processing time / audio time of one request made alone; below 1 is faster than real time. None without audio."""
    return None if audio_ms <= 0 or processing_ms < 0 else processing_ms / audio_ms
