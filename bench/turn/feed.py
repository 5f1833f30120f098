"""Feeding recorded sound as if it were spoken now: sample k is due at t0 + k / rate.

A frame is handed over when its *last* sample is due and never earlier; how late it was is recorded on the frame. Silence
follows the recording for as long as the feed is read, so that a voice detector sees the pause it waits for.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import numpy as np

from bench.audio.frame import FRAME_SAMPLES, AudioFrame
from bench.clock import Clock
from providers.base import CAPTURE_RATE_HZ, Samples

_SILENCE = np.zeros(FRAME_SAMPLES, np.int16)


@dataclass(frozen=True, slots=True)
class SpokenStretch:
    """A labelled stretch of speech, as instants."""

    start_ns: int
    """True start (ns, server clock)."""
    end_ns: int
    """True end (ns, server clock)."""


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """Sound to be fed, with its labels where there are any."""

    id: str
    """Sample or upload id."""
    pcm: Samples
    """Mono int16 at `CAPTURE_RATE_HZ`."""
    speech_ms: tuple[tuple[float, float], ...] = ()
    """True start and end of each stretch of speech (ms from the first sample); empty when not labelled."""

    @property
    def duration_ms(self) -> float:
        """Length (ms)."""
        return len(self.pcm) * 1000 / CAPTURE_RATE_HZ

    def stretches(self, t0_ns: int) -> tuple[SpokenStretch, ...]:
        """The labels as instants, for a feed that began at `t0_ns`."""
        return tuple(SpokenStretch(t0_ns + round(a * 1e6), t0_ns + round(b * 1e6)) for a, b in self.speech_ms)


async def feed(recording: Recording, clock: Clock, t0_ns: int) -> AsyncIterator[AudioFrame]:
    """Frames of the recording and then of silence, in real time, without end; stop by leaving the loop."""
    frame_ns = FRAME_SAMPLES * 1_000_000_000 // CAPTURE_RATE_HZ
    index = 0
    while True:
        due_ns = t0_ns + (index + 1) * frame_ns
        while (wait_ns := due_ns - clock.now_ns()) > 0:  # noqa: ASYNC110 - time itself is what is waited for
            await asyncio.sleep(wait_ns / 1e9)
        pcm = recording.pcm[index * FRAME_SAMPLES : (index + 1) * FRAME_SAMPLES]
        if len(pcm) < FRAME_SAMPLES:
            pcm = np.concatenate([pcm, _SILENCE[len(pcm) :]])
        yield AudioFrame(pcm, t0_ns + index * frame_ns, late_ns=clock.now_ns() - due_ns)
        index += 1
