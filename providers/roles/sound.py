"""Sound as it is handed around."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Samples: TypeAlias = NDArray[np.int16]
"""Mono PCM, one int16 per sample."""

CAPTURE_RATE_HZ = 16_000
"""Rate of all captured audio: what Silero, WebRTC VAD and pocketsphinx were made for."""
