"""Sound in and out of the Gemini stand-in: a tone of a planned length, and the length of recordings that come in."""

import io
import math
import struct
import wave

from bench.wire.plan import Plan

RATE_HZ = 24_000
MIME_TYPE = f"audio/L16;codec=pcm;rate={RATE_HZ}"
"""As the service names its PCM; in spite of `L16` it is little endian."""
_PERIOD = 100
"""Samples of one oscillation: 240 Hz."""
_LOOP = struct.pack(f"<{_PERIOD}h", *(round(8000 * math.sin(2 * math.pi * n / _PERIOD)) for n in range(_PERIOD)))


def spoken(plan: Plan) -> list[bytes]:
    """`audio_s` of sound in chunks of `chunk_ms`, the silence at its beginning included (int16 little endian, `RATE_HZ`)."""
    total = round(plan.audio_s * RATE_HZ)
    lead = min(total, round(plan.lead_silence_ms * RATE_HZ / 1000))
    sounding = total - lead
    pcm = bytes(2 * lead) + (_LOOP * (sounding // _PERIOD + 1))[: 2 * sounding]
    size = 2 * max(1, round(plan.chunk_ms * RATE_HZ / 1000))
    return [pcm[start : start + size] for start in range(0, len(pcm), size)]


def seconds(data: bytes) -> float | None:
    """Length of a WAV file (s); None: it is something else, or broken."""
    try:
        with wave.open(io.BytesIO(data)) as recording:
            return recording.getnframes() / recording.getframerate()
    except (wave.Error, EOFError, ZeroDivisionError):
        return None
