"""Plays one scripted answer onto one HTTP/1.1 connection, and stamps what it really did.

Due times are absolute (request read + due), so lateness never adds up. With `spin` it sleeps until `SPIN_S` before a piece is
due and waits the rest busily: a timer alone comes up to a millisecond late.
"""

import asyncio
import socket
import struct
import time
from collections.abc import Callable
from http import HTTPStatus

import h11

from bench.wire.faults import Move, Script
from bench.wire.http_stamps import HttpStamps
from bench.wire.stamps import ChunkStamp, Leaving

SPIN_S = 0.001
"""How much of each wait is busy (s)."""
SPLIT_S = 0.001
"""Pause between the two pieces of a split chunk (s)."""
_KNOWN = frozenset(HTTPStatus)


class Player:
    """One answer while it is being played."""

    def __init__(
        self,
        transport: asyncio.Transport,
        protocol: h11.Connection,
        script: Script,
        stamps: HttpStamps,
        *,
        spin: bool,
        over: Callable[[], None],
    ) -> None:
        """`over` is called once the answer was written to its end on a connection that is still there."""
        self.stamps = stamps
        self._transport, self._protocol, self._script = transport, protocol, script
        self._spin, self._over = spin, over
        self._place = 0
        self._silent = False
        self._timer: asyncio.TimerHandle | None = None

    def start(self, *, head_only: bool = False) -> None:
        """Begin; nothing is written before this returns. `head_only`: the request was a HEAD, no body is written."""
        self._silent = head_only
        self._schedule()

    def leave(self, by: Leaving) -> None:
        """Nothing further is written."""
        if self._timer is not None:
            self._timer.cancel()
        if self.stamps.completed_ns is None and self.stamps.left_ns is None:
            self.stamps.left_ns, self.stamps.left_by = time.monotonic_ns(), by

    def _schedule(self) -> None:
        if self._place < len(self._script.moves):
            due_ns = self.stamps.read_ns + round(self._script.moves[self._place].due_ms * 1e6)
            early_s = SPIN_S if self._spin else 0.0
            self._timer = asyncio.get_running_loop().call_at(due_ns / 1e9 - early_s, self._do_next, due_ns)

    def _do_next(self, due_ns: int) -> None:
        move = self._script.moves[self._place]
        self._place += 1
        if move.act == "cut":
            self._wait_until(due_ns)
            return self._reset()
        head = b"" if self.stamps.head_written_ns is not None or move.act == "garbage" else self._head()
        body = move.data if move.act == "garbage" else self._framed(move.data)
        end = self._end() if move.ends or move.act == "end" else b""
        self._wait_until(due_ns)
        if move.act == "split":
            cut = len(head) + body.find(move.data) + cut_place(move.data)
            whole = head + body + end
            self._note_head(head, time.monotonic_ns())
            self._transport.write(whole[:cut])
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(loop.time() + SPLIT_S, self._write, b"", whole[cut:], move)
            return
        self._write(head, body + end, move)

    def _write(self, head: bytes, rest: bytes, move: Move) -> None:
        written_ns = time.monotonic_ns()
        self._transport.write(head + rest)
        returned_ns = time.monotonic_ns()
        self._note_head(head, written_ns)
        if move.data and not self._silent:
            self.stamps.chunks.append(
                ChunkStamp(
                    kind=move.kind,
                    seq=len(self.stamps.chunks),
                    due_ms=move.due_ms,
                    written_ns=written_ns,
                    returned_ns=returned_ns,
                    size=len(move.data),
                    waiting=self._transport.get_write_buffer_size(),
                )  # fmt: skip
            )
        if move.completes:
            self.stamps.completed_ns = written_ns
            if self._script.on_end is not None:
                self._script.on_end()
        if move.act == "garbage":
            self.leave("server_cut")
            self._transport.close()
        elif move.ends or move.act == "end":
            self._finish()
        else:
            self._schedule()

    def _finish(self) -> None:
        self.leave("server_cut")  # says nothing about an answer that was completed
        if self._script.closes:
            self._transport.close()
        else:
            self._over()

    def _note_head(self, head: bytes, written_ns: int) -> None:
        if head:
            self.stamps.head_written_ns, self.stamps.status = written_ns, self._script.status

    def _head(self) -> bytes:
        script = self._script
        headers = [("content-type", script.content_type), *script.headers.items()]
        headers.append(("transfer-encoding", "chunked") if script.length is None else ("content-length", str(script.length)))
        if script.closes:
            headers.append(("connection", "close"))  # or the client's next request might meet the end of the connection
        return (
            self._protocol.send(h11.Response(status_code=script.status, headers=headers, reason=reason(script.status))) or b""
        )

    def _framed(self, data: bytes) -> bytes:
        return b"" if self._silent or not data else self._protocol.send(h11.Data(data=data)) or b""

    def _end(self) -> bytes:
        return self._protocol.send(h11.EndOfMessage()) or b""

    def _wait_until(self, due_ns: int) -> None:
        """Busy waiting, for the last bit of a wait."""
        while self._spin and time.monotonic_ns() < due_ns:
            pass

    def _reset(self) -> None:
        self.leave("server_cut")
        plug: socket.socket = self._transport.get_extra_info("socket")
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closing now resets the connection
        self._transport.abort()


def reason(status: int) -> bytes:
    """The words beside the number in a status line; empty for numbers that have none."""
    return HTTPStatus(status).phrase.encode() if status in _KNOWN else b""


def cut_place(data: bytes) -> int:
    """Where a chunk is cut in two: inside its first character of several bytes, or in its middle."""
    wide = (place + 1 for place in range(len(data) - 1) if data[place] >= 0xC0)
    return next(wide, len(data) // 2)
