"""The first *audible* sample of a sound: where a 10 ms RMS window rises above −40 dBFS and stays there for 50 ms."""

import numpy as np

from providers.base import Samples

WINDOW_MS, HOLD_MS, HOP_MS = 10, 50, 1
THRESHOLD = 32768 * 10 ** (-40 / 20)
"""RMS of an int16 signal at −40 dBFS."""


class AudibleOnset:
    """Fed piece by piece; says where the sound became audible as soon as that is certain."""

    def __init__(self, rate_hz: int) -> None:
        self._window = rate_hz * WINDOW_MS // 1000
        self._hop = max(1, rate_hz * HOP_MS // 1000)
        self._hold = HOLD_MS // HOP_MS
        self._squares = np.zeros(0)
        self._start = 0
        self._run = 0
        self._found: int | None = None

    def push(self, pcm: Samples) -> int | None:
        """More sound; returns the index of the first audible sample within all of it, or None while there is none.

        The window that first exceeds the threshold *ends* in the audible sound, so its middle is taken: ± 5 ms.
        """
        if self._found is not None:
            return self._found
        self._squares = np.concatenate([self._squares, np.square(pcm.astype(np.float64))])
        count = (len(self._squares) - self._window) // self._hop + 1
        if count <= 0:
            return None
        sums = np.concatenate([[0.0], np.cumsum(self._squares)])
        starts = np.arange(count) * self._hop
        loud = np.sqrt((sums[starts + self._window] - sums[starts]) / self._window) > THRESHOLD
        for index, is_loud in enumerate(loud):
            self._run = self._run + 1 if is_loud else 0
            if self._run >= self._hold:
                first = index - self._run + 1
                self._found = self._start + first * self._hop + self._window // 2
                return self._found
        self._squares, self._start = self._squares[count * self._hop :], self._start + count * self._hop
        return None
