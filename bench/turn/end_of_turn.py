"""When the user's turn begins and ends, from the voice detector's frames. Pure: no clock, no I/O.

    quiet ──(onset_frames voiced in a row)──▶ speaking ──(pause reached)──▶ quiet

Positions are sample numbers since the detector's last reset.
"""

from dataclasses import dataclass
from typing import TypeAlias

from providers.base import CAPTURE_RATE_HZ, VoiceFrame


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """Enough voiced frames in a row."""

    start: int
    """First sample of the first voiced frame."""
    decided: int
    """Last sample that the decision needed."""


@dataclass(frozen=True, slots=True)
class PauseBegan:
    """The voice fell silent; the turn may be over."""

    end: int
    """One past the last voiced sample."""


@dataclass(frozen=True, slots=True)
class SpeechResumed:
    """It was only a hesitation."""

    at: int
    """First sample of the frame that broke the pause."""


@dataclass(frozen=True, slots=True)
class TurnReleased:
    """The user's turn is over."""

    start: int
    """First voiced sample."""
    end: int
    """One past the last voiced sample: the detector's own idea of the speech end."""
    reason: str
    """`pause`, `key`, `stt`, `microphone_off`."""


Change: TypeAlias = SpeechBegan | PauseBegan | SpeechResumed | TurnReleased


class EndOfTurn:
    """The state machine. `onset_frames` in frames, `pause_ms` in ms or None (only `release` ends a turn)."""

    def __init__(self, onset_frames: int, pause_ms: float | None) -> None:
        self._onset_frames = onset_frames
        self._pause = None if pause_ms is None else round(pause_ms * CAPTURE_RATE_HZ / 1000)
        self._run: list[VoiceFrame] = []
        self._start: int | None = None
        self._voiced_end = 0
        self._pausing = False

    @property
    def speaking(self) -> bool:
        """Between the speech's beginning and the release of the turn."""
        return self._start is not None

    def frames(self, frames: list[VoiceFrame]) -> list[Change]:
        """What the detector's next frames change, in order."""
        changes: list[Change] = []
        for frame in frames:
            changes += self._quiet(frame) if self._start is None else self._in_speech(frame)
        return changes

    def heard_until(self, position: int) -> list[Change]:
        """Samples up to `position` have arrived: releases the turn once the pause is as long as it has to be.

        Called for each arriving frame, so that the pause is not rounded up to the detector's own frame length; a voice
        that came back within the last incomplete detector frame is the next turn's.
        """
        if self._start is None or not self._pausing or self._pause is None or position - self._voiced_end < self._pause:
            return []
        return self.release("pause")

    def release(self, reason: str) -> list[Change]:
        """End the turn now, if one is running."""
        if self._start is None:
            return []
        released = TurnReleased(self._start, self._voiced_end, reason)
        self._start, self._pausing = None, False
        self._run.clear()
        return [released]

    def _quiet(self, frame: VoiceFrame) -> list[Change]:
        if not frame.voiced:
            self._run.clear()
            return []
        self._run.append(frame)
        if len(self._run) < self._onset_frames:
            return []
        self._start, self._voiced_end = self._run[0].start, frame.end
        self._run.clear()
        return [SpeechBegan(self._start, frame.end)]

    def _in_speech(self, frame: VoiceFrame) -> list[Change]:
        if frame.voiced:
            self._voiced_end = frame.end
            resumed, self._pausing = self._pausing, False
            return [SpeechResumed(frame.start)] if resumed else []
        if not self._pausing:
            self._pausing = True
            return [PauseBegan(self._voiced_end)]
        return self.heard_until(frame.end)
