"""Changing the sample rate of a stream, piece by piece."""

import numpy as np
import soxr

from providers.base import Samples

FULL_SCALE = 32768


class Resampler:
    """Mono int16 at one rate in, mono int16 at another out. Equal rates: the samples pass untouched.

    Linear-phase, so nothing is shifted in time; but what comes out lags behind what went in by `held_ms` until `flush`.
    Computes in float and rounds: the int16 mode of the library would add dither noise.
    """

    def __init__(self, from_hz: int, to_hz: int) -> None:
        """Raises `ValueError` for a rate that is not positive."""
        if from_hz <= 0 or to_hz <= 0:
            raise ValueError(f"sample rates are positive, not {from_hz} and {to_hz} Hz")
        self._from_hz = from_hz
        self._to_hz = to_hz
        self._stream = None if from_hz == to_hz else self._fresh()

    @property
    def held_ms(self) -> float:
        """How much sound is held back at the moment (ms)."""
        return 0.0 if self._stream is None else self._stream.delay() * 1000 / self._to_hz

    def push(self, pcm: Samples) -> Samples:
        """The output samples that these made certain; may be empty."""
        return pcm if self._stream is None else self._turn(self._stream, pcm, last=False)

    def flush(self) -> Samples:
        """The end of the sound: what was held back. The next `push` begins another sound."""
        if self._stream is None:
            return np.zeros(0, np.int16)
        rest = self._turn(self._stream, np.zeros(0, np.int16), last=True)
        self._stream = self._fresh()
        return rest

    def _fresh(self) -> soxr.ResampleStream:
        return soxr.ResampleStream(self._from_hz, self._to_hz, 1, dtype="float32", quality="HQ")

    @staticmethod
    def _turn(stream: soxr.ResampleStream, pcm: Samples, *, last: bool) -> Samples:
        out = stream.resample_chunk(pcm.astype(np.float32), last=last)
        return np.clip(np.rint(out), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)
