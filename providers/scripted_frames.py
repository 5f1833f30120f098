"""The bytes of the scripted service: frames, the sound they carry, and what has been read and not yet taken.

A frame is: length of its head (4 bytes, big endian), length of its payload (4 bytes), the head (UTF-8 JSON object), the
payload (int16 little endian samples, or nothing).
"""

import asyncio
import json
import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, cast

LENGTHS = struct.Struct("!II")
HEAD_LIMIT = 1 << 20
PAYLOAD_LIMIT = 4 << 20
WAITING_FRAMES = 64
"""Frames that may wait for their reader before the socket is no longer read."""


@dataclass(frozen=True, slots=True)
class Step:
    """One frame of an answer and when it is due."""

    due_ms: float
    """After the service has read the request (ms)."""
    head: dict[str, Any]
    """What it says; `kind` tells its sort, `seq` its place."""
    samples: tuple[int, int] | None = None
    """First sample and one past the last of the plan's sound that it carries."""
    act: Literal["write", "split", "malformed", "cut", "close"] = "write"
    """What the service does: write it, write it in two pieces, write nonsense, reset the connection, close it."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Silence, then one stretch of sound over and over."""

    lead: int
    """Silent samples ahead."""
    loop: bytes
    """Samples that repeat (int16 little endian)."""

    def cut(self, start: int, end: int) -> bytes:
        """Samples `start` up to `end` (exclusive), as bytes."""
        silent = max(0, min(end, self.lead) - start)
        first = max(start, self.lead) - self.lead
        count = max(0, end - max(start, self.lead))
        offset, length = first * 2 % len(self.loop), count * 2
        repeats = (offset + length) // len(self.loop) + 1
        return bytes(silent * 2) + (self.loop * repeats)[offset : offset + length]


@dataclass(frozen=True, slots=True)
class Frame:
    """Something the service said."""

    head: dict[str, Any]
    """What it says."""
    payload: bytes
    """Samples (int16 little endian), or nothing."""
    at_ns: int
    """When its last byte was read, on the clock of the turn (ns)."""
    size: int
    """Bytes it took."""


def pack(head: dict[str, Any], payload: bytes = b"") -> bytes:
    """One frame as bytes."""
    text = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode()
    return LENGTHS.pack(len(text), len(payload)) + text + payload


def middle(data: bytes) -> int:
    """Where to cut a frame in two: inside its first wide character, or in its middle."""
    wide = (place + 1 for place in range(LENGTHS.size, len(data)) if data[place] >= 0xC0)
    return next(wide, len(data) // 2)


class Inbox:
    """What has been read and not yet taken. One reader."""

    def __init__(self, full: Callable[[bool], None]) -> None:
        """`full` is told True when reading should pause, and False when it may go on."""
        self._full = full
        self._bytes = bytearray()
        self._ready: deque[Frame] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._ending: Exception | None = None

    @property
    def over(self) -> bool:
        """Nothing further will be read."""
        return self._ending is not None

    def feed(self, data: bytes, at_ns: int) -> None:
        """Bytes were read at `at_ns`."""
        self._bytes += data
        while self._ending is None and len(self._bytes) >= LENGTHS.size:
            head_size, payload_size = LENGTHS.unpack_from(self._bytes)
            if head_size > HEAD_LIMIT or payload_size > PAYLOAD_LIMIT:
                return self.end(ValueError("a frame of impossible size"))
            body, until = LENGTHS.size + head_size, LENGTHS.size + head_size + payload_size
            if len(self._bytes) < until:
                break
            try:
                head: Any = json.loads(self._bytes[LENGTHS.size : body])
            except ValueError:
                return self.end(ValueError("a frame that is not JSON"))
            if not isinstance(head, dict):
                return self.end(ValueError("a frame that is not a JSON object"))
            self._ready.append(Frame(cast("dict[str, Any]", head), bytes(self._bytes[body:until]), at_ns, until))
            del self._bytes[:until]
        if len(self._ready) > WAITING_FRAMES:
            self._full(True)
        self._wake()

    def end(self, why: Exception) -> None:
        """Nothing further will be read; the reader gets what is there, then `why`."""
        self._ending = self._ending or why
        self._wake()

    def check(self) -> None:
        """Raises why it is over, if it is: `ValueError` for nonsense, `EOFError` at a polite end, `OSError` for a break."""
        if self._ending is not None:
            raise type(self._ending)(*self._ending.args)

    async def next(self) -> Frame:
        """The next frame. Raises what `check` raises once all frames are taken."""
        while not self._ready:
            self.check()
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        if len(self._ready) == WAITING_FRAMES // 2:
            self._full(False)
        return self._ready.popleft()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


def pieces(data: bytes, act: str) -> tuple[bytes, ...]:
    """A frame as the service writes it."""
    if act == "split":
        return data[: middle(data)], data[middle(data) :]
    if act == "malformed":
        return (LENGTHS.pack(len(data), 0) + data,)  # a frame where JSON should be
    return (data,)
