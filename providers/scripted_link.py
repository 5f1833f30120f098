"""The way to a scripted service: inside this process, or a TCP connection to `bench.wire.scripted_server`."""

import asyncio
import time
from abc import ABC, abstractmethod
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from providers.base import Wire
from providers.scripted_frames import Inbox, Sound, Step, pack, pieces


class Link(ABC):
    """A connection to the scripted service that carries one exchange (or one listening session) at a time."""

    def __init__(self) -> None:
        self.now_ns: Callable[[], int] = time.monotonic_ns
        self.inbox = Inbox(self._pause_reading)

    def use(self, wire: Wire) -> None:
        """From now on, bytes are stamped with this clock."""
        self.now_ns = wire.now_ns

    @abstractmethod
    def play(self, request: str, steps: Sequence[Step], sound: Sound | None) -> int:
        """Ask the service to play a timeline; returns the instant at which the request was handed to the transport (ns)."""

    @abstractmethod
    def stop(self, request: str) -> None:
        """Ask it to play no further."""

    @abstractmethod
    async def listen(self, request: str, pcm: bytes) -> None:
        """Send it sound. Waits when it cannot keep up; raises why the link is over, if it is (`Inbox.check`)."""

    @abstractmethod
    def abort(self) -> None:
        """Drop the connection at once."""

    @abstractmethod
    async def closed(self) -> None:
        """Wait until nothing of it is left."""

    @abstractmethod
    def _pause_reading(self, full: bool) -> None:
        """More frames wait than the reader can take (True), or few enough again (False)."""


@dataclass(slots=True)
class _Playing:
    """A timeline that is being played inside this process."""

    steps: Sequence[Step]
    sound: Sound | None
    from_s: float
    """Loop time at which the request was read."""
    place: int = 0
    timer: asyncio.TimerHandle | None = None


class LocalLink(Link):
    """The service inside this process: the loop's own timers. Good for tests with virtual time, no proof of anything."""

    def __init__(self) -> None:
        super().__init__()
        self._playing: dict[str, _Playing] = {}

    def play(self, request: str, steps: Sequence[Step], sound: Sound | None) -> int:
        sent_ns = self.now_ns()
        self._playing[request] = _Playing(steps, sound, asyncio.get_running_loop().time())
        self._schedule(request)
        return sent_ns

    def stop(self, request: str) -> None:
        playing = self._playing.pop(request, None)
        if playing is not None and playing.timer is not None:
            playing.timer.cancel()

    async def listen(self, request: str, pcm: bytes) -> None:
        self.inbox.check()

    def abort(self) -> None:
        for request in tuple(self._playing):
            self.stop(request)
        self.inbox.end(ConnectionResetError("aborted"))

    async def closed(self) -> None:
        await asyncio.sleep(0)  # `abort` has left nothing behind

    def _pause_reading(self, full: bool) -> None:
        """Nothing is read from anywhere: what waits is bounded by the timeline itself."""

    def _schedule(self, request: str) -> None:
        playing = self._playing[request]
        if playing.place == len(playing.steps):
            del self._playing[request]
            return
        due_s = playing.from_s + playing.steps[playing.place].due_ms / 1e3
        playing.timer = asyncio.get_running_loop().call_at(due_s, self._play_next, request)

    def _play_next(self, request: str) -> None:
        playing = self._playing[request]
        step = playing.steps[playing.place]
        if step.act in ("cut", "close"):
            ending = ConnectionResetError("cut by the fault plan") if step.act == "cut" else EOFError()
            self.inbox.end(ending)
            return self.abort()
        payload = playing.sound.cut(*step.samples) if playing.sound is not None and step.samples is not None else b""
        data = pack({"request": request, **step.head}, payload)
        for piece in pieces(data, step.act):
            self.inbox.feed(piece, self.now_ns())
        playing.place += 1
        self._schedule(request)


class SocketLink(Link, asyncio.Protocol):
    """A TCP connection to a scripted server. Bytes are stamped where they are read."""

    def __init__(self) -> None:
        super().__init__()
        self._transport: asyncio.Transport | None = None
        self._may_write = asyncio.Event()
        self._may_write.set()
        self._lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def play(self, request: str, steps: Sequence[Step], sound: Sound | None) -> int:
        head: dict[str, Any] = {"do": "play", "request": request, "steps": [_step(step) for step in steps]}
        if sound is not None:
            head["sound"] = {"lead": sound.lead, "loop": b64encode(sound.loop).decode()}
        return self._write(pack(head))

    def stop(self, request: str) -> None:
        self._write(pack({"do": "stop", "request": request}))

    async def listen(self, request: str, pcm: bytes) -> None:
        self.inbox.check()
        self._write(pack({"do": "listen", "request": request}, pcm))
        await self._may_write.wait()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()
        self.inbox.end(ConnectionResetError("aborted"))

    async def closed(self) -> None:
        await self._lost

    def _write(self, data: bytes) -> int:
        sent_ns = self.now_ns()
        if self._transport is not None:
            self._transport.write(data)
        return sent_ns

    def _pause_reading(self, full: bool) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if full:
            transport.pause_reading()
        else:
            transport.resume_reading()

    # What the loop calls.
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.inbox.feed(data, self.now_ns())

    def pause_writing(self) -> None:
        self._may_write.clear()

    def resume_writing(self) -> None:
        self._may_write.set()

    def eof_received(self) -> None:
        self.inbox.end(EOFError())

    def connection_lost(self, exc: Exception | None) -> None:
        self.inbox.end(exc or ConnectionResetError("closed"))
        self._may_write.set()
        if not self._lost.done():
            self._lost.set_result(None)


def _step(step: Step) -> dict[str, Any]:
    """A step as the server reads it."""
    told: dict[str, Any] = {"due_ms": step.due_ms, "head": step.head}
    if step.samples is not None:
        told["samples"] = step.samples
    if step.act != "write":
        told["act"] = step.act
    return told


async def open_link(server: str) -> Link:
    """A fresh connection to `host:port`, or to the service inside this process when empty. Raises `OSError`."""
    if not server:
        return LocalLink()
    host, _, port = server.rpartition(":")
    _, link = await asyncio.get_running_loop().create_connection(SocketLink, host, int(port))
    return link
