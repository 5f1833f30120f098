"""How this process and its workers talk: small binary frames on the worker's stdin and stdout.

A frame is a 9-byte little-endian header and its payload:

    u8 kind · u32 number of the utterance or request it belongs to · u32 length of the payload in bytes
"""

import struct
from dataclasses import dataclass
from enum import IntEnum

HEADER = struct.Struct("<BII")
LARGEST_BYTES = 8 * 1024 * 1024
"""A longer payload means that the stream is not ours: 8 MiB are four minutes of sound or a very long book."""


class Kind(IntEnum):
    """What a frame says. Numbers of the espeak worker are repeated in its own file, which imports nothing of the project."""

    READY = 1
    """Worker → parent: loaded; the payload is JSON about the engine."""
    OPEN = 2
    """Parent → recogniser: a new conversation, forget what was learnt of the last voice."""
    AUDIO = 3
    """Parent → recogniser, synthesiser → parent: int16 mono samples."""
    FINISH = 4
    """Parent → recogniser: the utterance is over, answer `FINAL`."""
    DISCARD = 5
    """Parent → recogniser: drop the utterance, answer nothing."""
    PARTIAL = 6
    """Recogniser → parent: UTF-8 text so far."""
    FINAL = 7
    """Recogniser → parent: JSON `{"text", "words": [[word, start ms, end ms]]}`."""
    SPEAK = 8
    """Parent → synthesiser: JSON of the request."""
    CANCEL = 9
    """Parent → synthesiser: stop the request now."""
    EVENTS = 10
    """Synthesiser → parent: JSON `[[kind, text position, length, sample, text]]`."""
    DONE = 11
    """Synthesiser → parent: nothing further comes for the request."""
    FAILED = 12
    """Synthesiser → parent: the request cannot be served; the payload is the reason's code."""


class FramingBroken(ValueError):
    """The bytes are not frames."""


@dataclass(frozen=True, slots=True)
class Message:
    """One frame, and when it was complete."""

    kind: int
    """One of `Kind`."""
    number: int
    """Utterance or request it belongs to."""
    payload: bytes
    """Its content."""
    at_ns: int
    """When the read that completed it returned (ns, the reader's clock)."""

    def __len__(self) -> int:
        return HEADER.size + len(self.payload)


def pack(kind: Kind, number: int = 0, payload: bytes = b"") -> bytes:
    """The bytes of one frame. Raises `FramingBroken` for a payload that no reader would accept."""
    if len(payload) > LARGEST_BYTES:
        raise FramingBroken(f"payload of {len(payload)} bytes")
    return HEADER.pack(kind, number, len(payload)) + payload


class Unpacker:
    """Cuts a byte stream into messages, whatever the pieces it comes in."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes, at_ns: int) -> list[Message]:
        """The messages that `data`, read at `at_ns`, completed. Raises `FramingBroken`."""
        self._buffer += data
        messages: list[Message] = []
        while len(self._buffer) >= HEADER.size:
            kind, number, size = HEADER.unpack_from(self._buffer)
            if size > LARGEST_BYTES:
                raise FramingBroken(f"payload of {size} bytes announced")
            end = HEADER.size + size
            if len(self._buffer) < end:
                break
            messages.append(Message(kind, number, bytes(self._buffer[HEADER.size : end]), at_ns))
            del self._buffer[:end]
        return messages
