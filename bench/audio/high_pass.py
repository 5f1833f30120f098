"""A high-pass filter for rumble: linear-phase FIR of 201 taps, fed piece by piece."""

import numpy as np

from providers.base import CAPTURE_RATE_HZ, Samples

TAPS = 201
"""9–18 µs per 20 ms frame with numpy, and 6.25 ms of delay at 16 kHz. More taps: a steeper edge, a longer delay."""


class HighPass:
    """Removes what lies below `cutoff_hz` (where it halves the amplitude, −6 dB); a constant is removed wholly.

    The edge is some 440 Hz wide at 16 kHz (Blackman window): with 200 Hz, a hum of 50 Hz loses 37 dB, sound above 400 Hz none.
    Delays by `delay_samples` (6.25 ms at 16 kHz), which users of positions subtract. A cutoff of 0 is off: no delay, no change.
    """

    def __init__(self, cutoff_hz: float, rate_hz: int = CAPTURE_RATE_HZ) -> None:
        """Raises `ValueError` for a cutoff that is negative or not below half of the rate."""
        if not 0 <= cutoff_hz < rate_hz / 2:
            raise ValueError(f"a cutoff of {cutoff_hz} Hz does not fit a rate of {rate_hz} Hz")
        self.delay_samples = (TAPS - 1) // 2 if cutoff_hz else 0
        """How many samples what comes out is behind what went in."""
        self._off = not cutoff_hz
        n = np.arange(TAPS) - (TAPS - 1) / 2
        low = np.sinc(2 * cutoff_hz / rate_hz * n) * np.blackman(TAPS)
        low /= low.sum()
        self._taps = -low
        self._taps[TAPS // 2] += 1
        self._past = np.zeros(TAPS - 1)

    def filter(self, pcm: Samples) -> Samples:
        """As many samples as came in, filtered."""
        if self._off or not len(pcm):
            return pcm
        joined = np.concatenate([self._past, pcm.astype(np.float64)])
        self._past = joined[len(joined) - (TAPS - 1) :]
        return np.clip(np.rint(np.convolve(joined, self._taps, "valid")), -32768, 32767).astype(np.int16)
