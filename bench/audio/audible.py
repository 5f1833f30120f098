"""The first *audible* sample of a sound: where a 10 ms RMS window rises above −40 dBFS and stays there for 50 ms."""

import numpy as np

from providers.base import Samples

WINDOW_MS, HOLD_MS, HOP_MS = 10, 50, 1
THRESHOLD = 32768 * 10 ** (-40 / 20)
"""RMS of an int16 signal at −40 dBFS."""


class AudibleOnset:
    """Fed piece by piece; says where the sound became audible as soon as that is certain, 50 ms after it did.

    The window moves in hops of 1 ms. The first loud one is loud because of the newest millisecond in it, so that millisecond's
    first sample is the answer: exact to 1 ms for a sudden sound, and up to 9 ms late for one that only just is audible.
    """

    def __init__(self, rate_hz: int) -> None:
        """Raises `ValueError` for a rate below 1 kHz."""
        if rate_hz < 1000:
            raise ValueError(f"a rate of {rate_hz} Hz")
        self._hop = rate_hz * HOP_MS // 1000
        self._hops = WINDOW_MS // HOP_MS
        self._limit = THRESHOLD**2 * self._hop * self._hops
        """Sum of the squares in a window at the threshold."""
        self._rest = np.zeros(0)
        """Squares of the samples behind the last whole hop."""
        self._energies = np.zeros(self._hops - 1)
        """Sums of squares of the last hops: silence before the sound."""
        self._seen = 0
        """Hops so far."""
        self._run = 0
        """Hops for which the window has been loud without a break."""
        self._found: int | None = None

    def push(self, pcm: Samples) -> int | None:
        """More sound; returns the index of the first audible sample within all of it, or None while there is none."""
        if self._found is not None:
            return self._found
        squares = np.concatenate([self._rest, np.square(pcm.astype(np.float64))])
        count = len(squares) // self._hop
        self._rest = squares[count * self._hop :]
        if not count:
            return None
        hops = squares[: count * self._hop].reshape(count, self._hop).sum(axis=1)
        energies = np.concatenate([self._energies, hops])
        self._energies = energies[count:]
        for loud in np.convolve(energies, np.ones(self._hops), "valid") > self._limit:
            self._seen += 1
            self._run = self._run + 1 if loud else 0
            if self._run >= HOLD_MS // HOP_MS:
                self._found = (self._seen - self._run) * self._hop
                return self._found
        return None
