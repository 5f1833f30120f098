"""Experiments for tests: the turns that a run of blocks would have left behind."""

from collections.abc import Iterable, Mapping
from typing import Any

from bench.events.kinds import Event, InputKind, Outcome
from bench.metrics.turn_record import TurnRecord, fold
from tests.unit.metrics.building import VOICE, ended, marks, started, without


def later(of: Mapping[str, Any], by: Mapping[str, float]) -> dict[str, Any]:
    """Marks with each named segment longer: {mark: ms} moves that mark and all that are later."""
    moved = dict(of)
    for name, ms in by.items():
        at = moved[name][0] if isinstance(moved[name], tuple) else moved[name]
        for each, value in moved.items():
            if isinstance(value, tuple) and value[0] >= at:
                moved[each] = (value[0] + ms, value[1])
            elif not isinstance(value, tuple) and value >= at:
                moved[each] = value + ms
    return moved


def pause(of: Mapping[str, Any], set_ms: float) -> dict[str, Any]:
    """The same turn with another pause setting."""
    moved = later(of, {"turn_released": set_ms - 300})
    at, data = moved["turn_released"]
    return {**moved, "turn_released": (at, {**data, "set_ms": set_ms})}


def turn(
    of: Mapping[str, Any],
    block: int,
    *,
    input: InputKind = "file",
    outcome: Outcome | None = "answered",
    ended_ms: float = 9000,
    begun_ms: float = 0,
    extra: Iterable[Event] = (),
    **fields: Any,
) -> TurnRecord:
    """A turn of experiment `e` in this block. `fields` go to `TurnStarted`."""
    fields = {"input_id": "haircut", **fields}
    ending = [] if outcome is None else [ended(outcome, ended_ms, stage="llm" if outcome in ("failed", "timed_out") else "")]
    opened = started(input=input, at_ms=begun_ms, experiment="e", block=block, **fields)
    found = fold([opened, *marks(of), *extra, *ending], "t")
    assert found is not None
    return found


def run(of: Mapping[str, Any], jitter: Iterable[float], **fields: Any) -> list[TurnRecord]:
    """One turn per block; the jitter (ms) is the model's."""
    return [turn(later(of, {"llm_first_text": ms}), block, **fields) for block, ms in enumerate(jitter)]


def cut_in_two(of: Mapping[str, Any], block: int, released_ms: float = 500) -> list[TurnRecord]:
    """The speaker paused at 400 ms, the turn was released, and a second one began and was answered."""
    early = {
        "speech_started": 0,
        "turn_released": (released_ms, {"set_ms": 100, "reason": "pause"}),
        "llm_sent": released_ms + 2,
    }
    first = turn({**early, "speech_ended": 400}, block, outcome="interrupted", ended_ms=600)
    return [first, turn({**of, "speech_started": 600}, block, begun_ms=600, serial=1)]


FAST, SLOW = VOICE, pause(VOICE, 700)
UNANSWERED = without(VOICE, "llm_first_text", "phrase_released", "tts_sent", "tts_first_byte", "tts_first_sound", "audio_sent",
                     "audio_received", "playback_started")  # fmt: skip
