"""What the scripted server remembers of each request: when it read it, when each chunk was due, and when it wrote it.

All instants are CLOCK_MONOTONIC (`time.monotonic_ns`), which is the same in every process of one boot.
"""

from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

Leaving: TypeAlias = Literal["client_stopped", "client_gone", "server_cut"]
"""How an answer ended before its closing frame: told to stop, client hung up, cut by its own fault plan."""


class ChunkStamp(BaseModel):
    """One frame of an answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    """Sort of the frame: `text`, `audio`, `final`, `end` …, or `nonsense`."""
    seq: int | None
    """Its place in the answer, as written; None for a frame without one."""
    due_ms: float
    """Planned: after the request was read (ms)."""
    written_ns: int
    """Right before its (last) bytes were handed to the kernel (ns)."""
    returned_ns: int
    """Right after that call (ns)."""
    size: int
    """Bytes of the frame."""
    waiting: int
    """Bytes that the kernel would not take at once: above 0 the client was too slow, and `written_ns` is too early."""


class RequestStamps(BaseModel):
    """One request and its answer."""

    model_config = ConfigDict(extra="forbid")

    request: str
    """Id that the client chose; it is in the data of every instant that the client reports."""
    connection: int
    """Number of its connection: 0, 1, 2 … in the order in which they came."""
    nth: int
    """Number of the request on that connection; above 0 the connection was reused."""
    read_ns: int
    """When its last byte had been read (ns)."""
    chunks: list[ChunkStamp] = []
    """The frames written so far."""
    heard: int = 0
    """Bytes of sound that the client sent with it."""
    completed_ns: int | None = None
    """When the closing frame was written (ns); None when it was not."""
    left_ns: int | None = None
    """When the answer was broken off (ns); None when it was not."""
    left_by: Leaving | None = None
    """Who broke it off."""

    def first(self, kind: str) -> ChunkStamp | None:
        """The first frame of that sort, or None when none was written."""
        return next((chunk for chunk in self.chunks if chunk.kind == kind), None)

    def real_ms(self, chunk: ChunkStamp) -> float:
        """From the reading of the request to the writing of the chunk (ms): the truth that a figure is held against."""
        return (chunk.written_ns - self.read_ns) / 1e6
