"""Turns for tests, written as marks in milliseconds."""

from collections.abc import Iterable, Mapping
from typing import Any

from bench.events.kinds import (
    ConversationStarted,
    Event,
    InputKind,
    LoopStalled,
    Marked,
    Outcome,
    ReplyStreamed,
    SpanRecorded,
    TranscriptHeard,
    TurnEnded,
    TurnStarted,
    UsageReported,
)
from bench.metrics.turn_record import TurnRecord, fold

VOICE: dict[str, Any] = {
    "speech_started": 0,
    "speech_ended": 1000,
    "turn_released": (1372, {"set_ms": 300, "reason": "pause"}),
    "stt_final": 1382,
    "llm_sent": 1383,
    "llm_first_chunk": 1400,
    "llm_first_text": (1414, {"set_ms": 30}),
    "llm_text_ended": 1500,
    "phrase_released": (1474, {"held_ms": 60, "set_ms": 60}),
    "tts_sent": 1475,
    "tts_first_byte": 1485,
    "tts_first_sound": (1486, {"lead_silence_ms": 14}),
    "audio_sent": 1487,
    "audio_received": 1489,
    "playback_started": (1560, {"lead_silence_ms": 14, "buffer_ms": 22, "output_latency_ms": 45}),
}
"""A spoken turn of 560 ms. The page's buffer time (22) holds the silence (14) that was played before the first sound."""

TYPED: dict[str, Any] = {"message_sent": 0, "llm_sent": 3, "llm_first_text": 34, "llm_text_ended": 90, "text_painted": 44}
"""A typed turn of 44 ms."""


def ns(ms: float) -> int:
    return round(ms * 1e6)


def mark(name: str, ms: float, data: Mapping[str, Any] | None = None, turn: str = "t", **fields: Any) -> Marked:
    return Marked(at_ns=ns(ms), conversation="c", turn=turn, name=name, data=dict(data or {}), **fields)


def marks(of: Mapping[str, Any], turn: str = "t", shift_ms: float = 0, **fields: Any) -> list[Marked]:
    """Marks from {name: ms} or {name: (ms, data)}."""
    pairs = {name: value if isinstance(value, tuple) else (value, {}) for name, value in of.items()}
    return [mark(name, ms + shift_ms, data, turn, **fields) for name, (ms, data) in pairs.items()]


def started(turn: str = "t", input: InputKind = "file", at_ms: float = 0, serial: int = 0, **fields: Any) -> TurnStarted:
    return TurnStarted(at_ns=ns(at_ms), conversation="c", turn=turn, serial=serial, input=input, **fields)


def ended(outcome: Outcome = "answered", at_ms: float = 3000, turn: str = "t", **fields: Any) -> TurnEnded:
    return TurnEnded(at_ns=ns(at_ms), conversation="c", turn=turn, outcome=outcome, **fields)


def stall(from_ms: float, until_ms: float) -> LoopStalled:
    return LoopStalled(at_ns=ns(until_ms), from_ns=ns(from_ms))


def span(name: str, owner: Any, from_ms: float, until_ms: float, turn: str = "t") -> SpanRecorded:
    return SpanRecorded(at_ns=ns(until_ms), conversation="c", turn=turn, name=name, owner=owner, from_ns=ns(from_ms))


def record(
    of: Mapping[str, Any],
    *,
    input: InputKind = "file",
    outcome: Outcome | None = "answered",
    ended_ms: float = 3000,
    extra: Iterable[Event] = (),
    stage: str = "",
    reason: str = "",
    **fields: Any,
) -> TurnRecord:
    """A folded turn. `fields` go to `TurnStarted`."""
    ending = [] if outcome is None else [ended(outcome, ended_ms, stage=stage, reason=reason)]
    found = fold([started(input=input, **fields), *marks(of), *extra, *ending], "t")
    assert found is not None
    return found


def without(of: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in of.items() if name not in names}


def whole_log() -> list[Event]:
    """Two turns of one conversation with everything that can happen to a turn; every instant is different."""
    return [
        ConversationStarted(
            at_ns=ns(-500),
            conversation="c",
            wall_utc="2026-03-01T10:00:00+00:00",
            process="p",
            preset="a",
            configuration={},
            fingerprint="f",
            player="headless",
        ),
        started(),
        *marks(VOICE),
        TranscriptHeard(at_ns=ns(900), conversation="c", turn="t", text="i would", final=False),
        TranscriptHeard(at_ns=ns(1381), conversation="c", turn="t", text="i would like", final=True),
        *(
            ReplyStreamed(at_ns=ns(1414 + 7 * k), conversation="c", turn="t", text=text)
            for k, text in enumerate(["On", " Friday", " ", "at three."])
        ),
        span("request_built", "workbench", 1382, 1383),
        stall(1390, 1405),
        stall(1400, 1409),
        stall(5000, 5100),
        UsageReported(at_ns=ns(1501), conversation="c", turn="t", stage="llm", tokens_out=12, source="server"),
        ended(at_ms=3000),
        started("u", "typed", at_ms=4000, serial=1, text="hello"),
        *marks(TYPED, "u", shift_ms=4000),
        ended("interrupted", 5050, "u"),
    ]
