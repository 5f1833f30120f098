"""How loud a stretch of sound is."""

import math

import numpy as np

from providers.base import Samples

FULL_SCALE = 32768
FLOOR_DB = -96.0
"""Digital silence, which has no logarithm, is shown as this: a little below one step of 16 bits (−90 dBFS)."""


def rms_db(pcm: Samples) -> float:
    """Level of mono int16 samples in dBFS: 0 is the loudest square wave, a full-scale sine has −3. Never below `FLOOR_DB`.

    No samples: `FLOOR_DB`.
    """
    if not len(pcm):
        return FLOOR_DB
    rms = math.sqrt(float(np.mean(np.square(pcm.astype(np.float64)))))
    return max(FLOOR_DB, 20 * math.log10(rms / FULL_SCALE)) if rms else FLOOR_DB
