"""A child process that is read where its bytes arrive: every read is stamped in the event loop's own callback.

No task is needed to drain it: stdout is parsed and stderr is kept (its tail) in the protocol's callbacks. Reading pauses when
nobody takes what came; writing makes `drain` wait. The child dies with `kill`, and nothing remains of it.
"""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence, Sized
from pathlib import Path
from typing import Generic, Self, TypeVar

from providers.workers.framing import FramingBroken

PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "SYSTEMROOT")
"""All that a child gets of our environment: keys of vendors are none of its business."""
UNREAD_HIGH_BYTES = 1_000_000
"""Reading pauses above this; 22 s of speech at 22,050 Hz."""
UNREAD_LOW_BYTES = 250_000
UNSENT_HIGH_BYTES = 16_000
"""`drain` waits above this: 0.5 s of captured audio, beside what the pipe itself holds."""
LAST_WORDS_BYTES = 4_000
LAST_WORDS_S = 0.5
"""How long a dead child's stderr and exit code are waited for."""

Item = TypeVar("Item", bound=Sized)
Parse = Callable[[bytes, int], Iterable[Item]]
"""(bytes just read, instant of the read in ns) → what they completed."""


def _kill(transport: asyncio.SubprocessTransport) -> None:
    """Not `transport.kill()`: that polls the process first and so may reap it in front of the loop's own watcher."""
    if sys.platform == "win32":
        transport.kill()
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(transport.get_pid(), signal.SIGKILL)


class ChildDied(Exception):
    """The child ended while something was expected of it. The text is the tail of its stderr: for the log only."""


class Child(asyncio.SubprocessProtocol, Generic[Item]):
    """One child process."""

    def __init__(self, parse: Parse[Item]) -> None:
        self._parse = parse
        self._items: deque[Item] = deque()
        self._unread = 0
        self._reading = True
        self._last_words = b""
        self._writable = asyncio.Event()
        self._writable.set()
        self._gone = asyncio.Event()
        self._transport: asyncio.SubprocessTransport | None = None
        self.dead = False
        """True as soon as one of its pipes broke or it ended; what it had said before can still be taken."""
        self.now_ns: Callable[[], int] = time.monotonic_ns
        """The clock that stamps what arrives (ns); whoever uses the child sets it."""
        self.news = asyncio.Event()
        """Set when something arrived or the child died; whoever waits may put its own event here."""

    @classmethod
    async def start(cls, argv: Sequence[str], parse: Parse[Item], *, cwd: Path | None = None, takes_input: bool = True) -> Self:
        """Start a program. Raises `OSError` when it cannot be started."""
        child = cls(parse)
        await asyncio.get_running_loop().subprocess_exec(
            lambda: child,
            *argv,
            stdin=asyncio.subprocess.PIPE if takes_input else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=cwd,
            env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
            start_new_session=True,  # Ctrl-C at the terminal is for us; we end the child ourselves
        )
        return child

    # ── called by the event loop ─────────────────────────────────────────────────────────────────────────────────────────
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.SubprocessTransport)
        self._transport = transport
        stdin = transport.get_pipe_transport(0)
        if isinstance(stdin, asyncio.WriteTransport):
            stdin.set_write_buffer_limits(high=UNSENT_HIGH_BYTES)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        at_ns = self.now_ns()
        if fd != 1:
            self._last_words = (self._last_words + data)[-LAST_WORDS_BYTES:]
            return
        try:
            items = list(self._parse(data, at_ns))
        except FramingBroken as broken:
            self._last_words += f"\nunreadable output: {broken}".encode()
            self.kill()
            return
        self._items.extend(items)
        self._unread += sum(map(len, items))
        if self._unread > UNREAD_HIGH_BYTES:
            self._set_reading(False)
        self.news.set()

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        if fd != 2:
            self._died()

    def process_exited(self) -> None:
        self._writable.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self._died()
        if self._transport:
            self._transport.close()
        self._gone.set()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def _died(self) -> None:
        self.dead = True
        self._writable.set()
        self.news.set()

    # ── for whoever uses it ──────────────────────────────────────────────────────────────────────────────────────────────
    @property
    def last_words(self) -> str:
        """Tail of its stderr and its exit code: for the log only."""
        code = self._transport.get_returncode() if self._transport else None
        return f"exit code {code}: {self._last_words.decode(errors='replace').strip()}"

    @property
    def returncode(self) -> int | None:
        """Exit code, or None while it runs; negative: the signal that ended it."""
        return self._transport.get_returncode() if self._transport else None

    @property
    def reaped(self) -> bool:
        """The process has ended and nothing of it remains."""
        return self._gone.is_set()

    @property
    def pid(self) -> int | None:
        """Its process id, or None before it was started."""
        return self._transport.get_pid() if self._transport else None

    @property
    def behind(self) -> bool:
        """It has not taken what was written to it."""
        return not self._writable.is_set()

    def take(self) -> Item | None:
        """The oldest thing that arrived and was not taken, or None."""
        if not self._items:
            return None
        item = self._items.popleft()
        self._unread -= len(item)
        if self._unread < UNREAD_LOW_BYTES:
            self._set_reading(True)
        return item

    async def receive(self) -> Item:
        """The next thing that arrives. Raises `ChildDied` when nothing more can."""
        while (item := self.take()) is None:
            if self.dead:
                with contextlib.suppress(TimeoutError):  # its reasons may still be on their way through stderr
                    async with asyncio.timeout(LAST_WORDS_S):
                        await self.gone()
                raise ChildDied(self.last_words)
            self.news.clear()
            await self.news.wait()
        return item

    def write(self, data: bytes) -> None:
        """Hand bytes to its stdin; nothing happens when it is dead."""
        stdin = self._transport.get_pipe_transport(0) if self._transport and not self.dead else None
        if isinstance(stdin, asyncio.WriteTransport):
            stdin.write(data)

    async def drain(self) -> None:
        """Wait until the child has taken enough of what was written, or is dead."""
        await self._writable.wait()

    def kill(self) -> None:
        """End it now. May be called again."""
        if self._transport is None:
            return
        if self._transport.get_returncode() is None:
            _kill(self._transport)
        for fd in (0, 1, 2):
            pipe = self._transport.get_pipe_transport(fd)
            if pipe:
                pipe.close()
        self._died()

    async def gone(self) -> None:
        """Wait until the process is reaped and its pipes are closed."""
        if self._transport:
            await self._gone.wait()

    def _set_reading(self, reading: bool) -> None:
        stdout = self._transport.get_pipe_transport(1) if self._transport else None
        if reading is self._reading or not isinstance(stdout, asyncio.ReadTransport) or stdout.is_closing():
            return
        self._reading = reading
        if reading:
            stdout.resume_reading()
        else:
            stdout.pause_reading()
