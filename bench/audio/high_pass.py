"""A high-pass filter for rumble: linear-phase FIR of 201 taps, fed piece by piece."""

import numpy as np

from providers.base import CAPTURE_RATE_HZ, Samples

TAPS = 201


class HighPass:
    """Removes what lies below `cutoff_hz`. Delays by `delay_samples` (6.25 ms at 16 kHz), which users of positions subtract."""

    delay_samples = (TAPS - 1) // 2

    def __init__(self, cutoff_hz: float, rate_hz: int = CAPTURE_RATE_HZ) -> None:
        n = np.arange(TAPS) - (TAPS - 1) / 2
        low = 2 * cutoff_hz / rate_hz * np.sinc(2 * cutoff_hz / rate_hz * n) * np.blackman(TAPS)
        low /= low.sum()
        self._taps = -low
        self._taps[TAPS // 2] += 1
        self._past = np.zeros(TAPS - 1)

    def filter(self, pcm: Samples) -> Samples:
        """As many samples as came in, filtered."""
        joined = np.concatenate([self._past, pcm.astype(np.float64)])
        self._past = joined[len(joined) - (TAPS - 1) :]
        return np.clip(np.convolve(joined, self._taps, "valid"), -32768, 32767).astype(np.int16)
