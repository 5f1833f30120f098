"""Framing of the scripted server's protocol (`bench/wire/README.md`): two lengths, a JSON head, a payload."""

import json
import struct
from collections.abc import Iterator
from typing import Any

LENGTHS = struct.Struct("!II")
"""Bytes of the head, bytes of the payload."""
HEAD_LIMIT = 8 << 20
"""A longer head is refused: a plan of an hour of speech is below it (bytes)."""
PAYLOAD_LIMIT = 4 << 20
"""A longer payload is refused: two minutes of sound at 16 kHz (bytes)."""


class FrameError(ValueError):
    """The bytes are not a frame."""


def pack(head: dict[str, Any], payload: bytes = b"") -> bytes:
    """One frame as bytes."""
    text = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode()
    return LENGTHS.pack(len(text), len(payload)) + text + payload


def unpack(buffer: bytearray) -> Iterator[tuple[bytes, bytes]]:
    """Takes each complete frame (head still as bytes, payload) off the front of `buffer`. Raises `FrameError`."""
    while len(buffer) >= LENGTHS.size:
        head_size, payload_size = LENGTHS.unpack_from(buffer)
        if head_size > HEAD_LIMIT or payload_size > PAYLOAD_LIMIT:
            raise FrameError(f"a frame of {head_size} + {payload_size} bytes")
        body, until = LENGTHS.size + head_size, LENGTHS.size + head_size + payload_size
        if len(buffer) < until:
            return
        frame = bytes(buffer[LENGTHS.size : body]), bytes(buffer[body:until])
        del buffer[:until]
        yield frame


def cut_place(data: bytes) -> int:
    """Where a frame is cut in two: inside its first character of several bytes, or in its middle."""
    wide = (place + 1 for place in range(LENGTHS.size, len(data)) if data[place] >= 0xC0)
    return next(wide, len(data) // 2)


NONSENSE = LENGTHS.pack(6, 0) + b"\xff\x00{]:,"
"""A frame with something in it that is no JSON, nor even UTF-8."""
