"""A server that plays timelines over TCP, in a process of its own, and remembers what it really did.

    python -m bench.wire.scripted_server --port 0        prints {"host": …, "port": …, "pid": …} and serves until it is ended

It is the truth that the workbench's marks are held against (`bench/wire/README.md` has the protocol): it stamps
CLOCK_MONOTONIC when it has read a request and right when it writes each chunk, and gives the stamps and the planned delays
back on a side connection. It imports nothing of the providers that are tested with it.

Due times are absolute (request read + due), so lateness never adds up. It sleeps until `SPIN_S` before a chunk is due and
waits the rest busily: a timer alone comes up to a millisecond late.
"""

import argparse
import asyncio
import json
import os
import selectors
import signal
import socket
import struct
import sys
import time
from collections import OrderedDict
from typing import cast

from pydantic import ValidationError

from bench.wire.frames import NONSENSE, FrameError, cut_place, pack, unpack
from bench.wire.messages import ASKED, Asked, Hello, Known, Listen, Play, Stamps, Step, Stop
from bench.wire.stamps import ChunkStamp, Leaving, RequestStamps

SPIN_S = 0.001
"""How much of each wait is busy (s)."""
SPLIT_NS = 1_000_000
"""Pause inside a frame that is written in two pieces (ns)."""
KEPT_REQUESTS = 20_000
"""Stamps of older requests are forgotten, and counted."""


class Memory:
    """The stamps of the latest requests."""

    def __init__(self) -> None:
        self.requests: OrderedDict[str, RequestStamps] = OrderedDict()
        self.forgotten = 0
        self.connections = 0

    def add(self, stamps: RequestStamps) -> None:
        """Raises `FrameError` for an id that is known already."""
        if stamps.request in self.requests:
            raise FrameError("the id of this request is taken")
        self.requests[stamps.request] = stamps
        while len(self.requests) > KEPT_REQUESTS:
            self.requests.popitem(last=False)
            self.forgotten += 1


class Cutter:
    """Cuts the payload of a frame out of silence and a stretch of sound that repeats."""

    def __init__(self, lead: int, loop: bytes) -> None:
        self._silence = 2 * lead
        self._loop = loop

    def cut(self, start: int, end: int) -> bytes:
        """Samples `start` up to `end` (exclusive) as int16 little endian."""
        first, last = max(0, 2 * start - self._silence), max(0, 2 * end - self._silence)
        turns, offset = divmod(first, len(self._loop))
        sounding = self._loop * (last // len(self._loop) - turns + 1)
        return bytes(2 * (end - start) - (last - first)) + sounding[offset : offset + last - first]


class Answer:
    """One request while it is being played."""

    def __init__(self, transport: asyncio.Transport, stamps: RequestStamps, play: Play) -> None:
        self.stamps = stamps
        self._transport = transport
        self._steps = play.steps
        self._cutter = Cutter(play.sound.lead, play.sound.samples()) if play.sound is not None else None
        self._place = 0
        self._timer: asyncio.TimerHandle | None = None
        self._schedule()

    def leave(self, by: Leaving) -> None:
        """No further frame is written."""
        if self._timer is not None:
            self._timer.cancel()
        if self.stamps.completed_ns is None and self.stamps.left_ns is None:
            self.stamps.left_ns, self.stamps.left_by = time.monotonic_ns(), by

    def _schedule(self) -> None:
        if self._place < len(self._steps):
            due_ns = self.stamps.read_ns + round(self._steps[self._place].due_ms * 1e6)
            self._timer = asyncio.get_running_loop().call_at(due_ns / 1e9 - SPIN_S, self._write_next, due_ns)

    def _write_next(self, due_ns: int) -> None:
        step = self._steps[self._place]
        self._place += 1
        if step.act in ("cut", "close"):
            wait_until(due_ns)
            return self._break_off(step.act)
        data = NONSENSE if step.act == "malformed" else self._packed(step)
        cut = cut_place(data) if step.act == "split" else 0
        wait_until(due_ns)
        if cut:
            self._transport.write(data[:cut])
            wait_until(time.monotonic_ns() + SPLIT_NS)
        written_ns = time.monotonic_ns()
        self._transport.write(data[cut:])
        returned_ns = time.monotonic_ns()
        nonsense = step.act == "malformed"
        kind = "nonsense" if nonsense else str(step.head.get("kind", ""))
        self.stamps.chunks.append(
            ChunkStamp(
                kind=kind,
                seq=None if nonsense else step.head.get("seq"),
                due_ms=step.due_ms,
                written_ns=written_ns,
                returned_ns=returned_ns,
                size=len(data),
                waiting=self._transport.get_write_buffer_size(),
            )  # fmt: skip
        )
        if kind == "end":
            self.stamps.completed_ns = written_ns
        self._schedule()

    def _packed(self, step: Step) -> bytes:
        payload = self._cutter.cut(*step.samples) if self._cutter is not None and step.samples is not None else b""
        return pack({"request": self.stamps.request, **step.head}, payload)

    def _break_off(self, act: str) -> None:
        self.leave("server_cut")
        if act == "close":
            return self._transport.close()
        plug: socket.socket = self._transport.get_extra_info("socket")
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closing now resets the connection
        self._transport.abort()


def wait_until(due_ns: int) -> None:
    """Busy waiting, for the last bit of a wait."""
    while time.monotonic_ns() < due_ns:
        pass


class Connection(asyncio.Protocol):
    """One client."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._number = memory.connections
        memory.connections += 1
        self._buffer = bytearray()
        self._answers: dict[str, Answer] = {}
        self._served = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        read_ns = time.monotonic_ns()
        self._buffer += data
        try:
            for head, payload in unpack(self._buffer):
                self._obey(ASKED.validate_json(head), payload, read_ns)
        except (FrameError, ValidationError) as error:
            print(f"refused: {error}", file=sys.stderr, flush=True)
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        for answer in self._answers.values():
            answer.leave("client_gone")
        self._answers.clear()

    def _obey(self, message: Asked, payload: bytes, read_ns: int) -> None:
        match message:
            case Play():
                self._forget_completed()
                stamps = RequestStamps(request=message.request, connection=self._number, nth=self._served, read_ns=read_ns)
                self._memory.add(stamps)
                self._served += 1
                self._answers[message.request] = Answer(self._transport, stamps, message)
            case Stop():
                answer = self._answers.pop(message.request, None)
                if answer is not None:
                    answer.leave("client_stopped")
            case Listen():
                if message.request in self._memory.requests:
                    self._memory.requests[message.request].heard += len(payload)
            case Hello():
                self._transport.write(pack({"pid": os.getpid(), "now_ns": time.monotonic_ns(), "read_ns": read_ns}))
            case Known():
                self._transport.write(pack({"requests": list(self._memory.requests), "forgotten": self._memory.forgotten}))
            case Stamps():
                for request in message.requests:
                    known = self._memory.requests.get(request)
                    told = None if known is None else known.model_dump(mode="json")
                    self._transport.write(pack({"stamps": told}))

    def _forget_completed(self) -> None:
        """A completed answer may still have a chunk to come (one too many); it stays until the connection's next request."""
        self._answers = {key: answer for key, answer in self._answers.items() if answer.stamps.completed_ns is None}


async def serve(host: str, port: int, with_parent: bool) -> None:
    """Serve until SIGINT or SIGTERM, or until standard input ends when `with_parent`. Prints the address as JSON."""
    loop = asyncio.get_running_loop()
    over: asyncio.Future[None] = loop.create_future()

    def end() -> None:
        if not over.done():
            over.set_result(None)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)
    if with_parent:
        loop.add_reader(sys.stdin.fileno(), end)
    memory = Memory()
    server = await loop.create_server(lambda: Connection(memory), host, port)
    address = server.sockets[0].getsockname()
    print(json.dumps({"host": address[0], "port": address[1], "pid": os.getpid()}), flush=True)
    async with server:
        await over


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.wire.scripted_server", description="Plays timelines over TCP and stamps them."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 = any free one")
    parser.add_argument("--with-parent", action="store_true", help="end when standard input is closed")
    arguments = parser.parse_args()
    # select() waits with microseconds, epoll rounds up to milliseconds.
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())) as runner:
        runner.run(serve(arguments.host, arguments.port, arguments.with_parent))


if __name__ == "__main__":
    main()
