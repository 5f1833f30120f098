"""An event loop whose clock jumps to the next timer, so that a test of minutes takes milliseconds and has exact times.

    async def test_pause(virtual_time: VirtualTime) -> None:      # the fixture switches the loop of this one test
        await asyncio.sleep(3600)
        assert virtual_time.now_ms == 3_600_000

    run_virtual(coroutine())                                      # the same outside pytest

`LoopClock` of `bench/clock.py` reads this loop's time, so marks and timers move together. The clock moves only when nothing
is ready and nothing runs outside the loop: while a thread works (`asyncio.to_thread`) it stands still and the loop waits
for real. A real socket, pipe or child process would need real time and is refused with `RealFileError`; a loop in which
nothing can ever happen again raises `NothingScheduledError` instead of hanging.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")

STRAY_THREAD_S = 1.0
"""How long (real seconds) a loop without timers waits for a call from a thread it does not know before it gives up."""


class RealFileError(RuntimeError):
    """Something wants to wait for a real socket, pipe or child process: that needs real time."""


class NothingScheduledError(RuntimeError):
    """Every task waits, and no timer, thread or socket can wake one."""


class _JumpingSelector(selectors.DefaultSelector):
    """Knows one file, the loop's own wake-up pipe; instead of waiting for a timer it moves the loop's clock to it."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self.threads = 0

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        if self.get_map():
            raise RealFileError("a loop with virtual time cannot wait for a real socket, pipe or child process")
        return super().register(fileobj, events, data)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """`timeout` is 0 when something is ready, the time to the next timer (s), or None without one."""
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if self.threads:
            return super().select(None)
        if timeout is None:
            ready = super().select(STRAY_THREAD_S)
            if not ready:
                raise NothingScheduledError("every task waits, and nothing is scheduled that could wake one")
            return ready
        self.now_s += timeout
        return []


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An asyncio loop with a clock of its own that starts at 1000 s (so that no test mistakes an instant for a duration)."""

    START_S = 1000.0

    def __init__(self) -> None:
        self._jumps = _JumpingSelector()
        self._jumps.now_s = self.START_S
        super().__init__(self._jumps)

    def time(self) -> float:
        return self._jumps.now_s

    def run_in_executor(self, executor: Executor | None, func: Callable[..., T], *args: Any) -> asyncio.Future[T]:
        """As usual, and the clock stands still until `func` has returned."""
        future = super().run_in_executor(executor, func, *args)
        self._jumps.threads += 1
        future.add_done_callback(self._thread_done)
        return future

    def _thread_done(self, _: asyncio.Future[Any]) -> None:
        self._jumps.threads -= 1


@dataclass(frozen=True, slots=True)
class VirtualTime:
    """The clock of the test's own loop, and a way to let time pass."""

    loop: VirtualTimeLoop

    @property
    def now_ms(self) -> float:
        """Since the loop was made (ms)."""
        return round((self.loop.time() - self.loop.START_S) * 1e3, 6)

    @property
    def now_ns(self) -> int:
        """What `LoopClock` says (ns)."""
        return round(self.loop.time() * 1e9)

    async def pass_ms(self, ms: float) -> None:
        """Let `ms` go by, with everything that is due in it."""
        await asyncio.sleep(ms / 1e3)


def run_virtual(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end on a fresh loop with virtual time."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(coroutine)


def loop_factories(fixture_names: Sequence[str]) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """For the `pytest_asyncio_loop_factories` hook: tests that ask for `virtual_time` get the jumping loop."""
    if "virtual_time" in fixture_names:
        return {"virtual": VirtualTimeLoop}
    return {"real": asyncio.new_event_loop}
