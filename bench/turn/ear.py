"""Listening: frames → high-pass → voice detector → end of turn. Keeps the way from a sample's position to its instant."""

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from bench.audio.frame import AudioFrame
from bench.audio.high_pass import HighPass
from bench.configuration import Listening
from bench.turn.end_of_turn import Change, EndOfTurn
from providers.base import CAPTURE_RATE_HZ, Detector, Samples

_PREROLL_MS = 320
"""Sound kept from before the decision that speech began, so that the recogniser hears the first phoneme."""
_STT_MAX_PAUSE_MS = 5000
"""When the recogniser decides the end of the turn, a pause this long ends it all the same."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What one frame brought."""

    pcm: Samples
    """The frame's samples after the filters."""
    changes: list[Change]
    """What it changed, in order."""
    probability: float
    """The detector's last opinion, 0 … 1."""
    rms_db: float
    """Level (dBFS)."""


class Ear:
    """One conversation's listening. Positions count the samples that were pushed."""

    def __init__(self, listening: Listening, detector: Detector) -> None:
        pause_ms = {"vad": listening.pause_ms, "stt": _STT_MAX_PAUSE_MS, "key": None}[listening.release]
        self._detector = detector
        self._high_pass = HighPass(listening.highpass_hz) if listening.highpass_hz else None
        self._delay = self._high_pass.delay_samples if self._high_pass else 0
        self._turns = EndOfTurn(listening.onset_frames, pause_ms)
        self._anchors: deque[tuple[int, AudioFrame]] = deque(maxlen=3000)
        self._recent: deque[Samples] = deque(maxlen=math.ceil(_PREROLL_MS / 20))
        self._pushed = 0
        self._probability = 0.0

    @property
    def speaking(self) -> bool:
        """Between the beginning of speech and the release of the turn."""
        return self._turns.speaking

    def hear(self, frame: AudioFrame) -> Heard:
        """Take the next frame."""
        pcm = self._high_pass.filter(frame.pcm) if self._high_pass else frame.pcm
        self._anchors.append((self._pushed, frame))
        self._recent.append(pcm)
        self._pushed += len(pcm)
        frames = self._detector.push(pcm)
        if frames:
            self._probability = frames[-1].probability
        changes = [*self._turns.frames(frames), *self._turns.heard_until(self._pushed)]
        rms = float(np.sqrt(np.mean(np.square(pcm.astype(np.float32))))) if len(pcm) else 0.0
        return Heard(pcm, changes, self._probability, 20 * math.log10(max(rms, 1e-3) / 32768))

    def release(self, reason: str) -> list[Change]:
        """End the turn now."""
        return self._turns.release(reason)

    def preroll(self) -> list[Samples]:
        """The last 320 ms, oldest first, including the newest frame."""
        return list(self._recent)

    def instant_ns(self, position: int) -> tuple[int, int]:
        """When the sample at `position` was captured, and that instant's error (ns, ns)."""
        position = max(0, position - self._delay)
        start, frame = next(((s, f) for s, f in reversed(self._anchors) if s <= position), self._anchors[0])
        return frame.captured_ns + (position - start) * 1_000_000_000 // CAPTURE_RATE_HZ, frame.error_ns
