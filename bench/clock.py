"""The one source of time: a monotonic clock that is handed to whoever needs an instant.

Wall time is read once per conversation, as an anchor for people; it is never subtracted.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import Protocol


class Clock(Protocol):
    """A monotonic clock."""

    @property
    def name(self) -> str:
        """Whose clock it is: `server`, `browser`, `worker`."""
        ...

    def now_ns(self) -> int:
        """Nanoseconds since an arbitrary but fixed instant."""
        ...


@dataclass(frozen=True, slots=True)
class MonotonicClock:
    """The machine's CLOCK_MONOTONIC: equal in every process of one boot."""

    name: str = "server"

    def now_ns(self) -> int:
        return time.monotonic_ns()


@dataclass(frozen=True, slots=True)
class LoopClock:
    """The running event loop's own time, so that a loop with virtual time moves marks and timers together."""

    name: str = "server"

    def now_ns(self) -> int:
        return round(asyncio.get_running_loop().time() * 1e9)


@dataclass(slots=True)
class ManualClock:
    """A clock that moves only when told to."""

    at_ns: int = 0
    name: str = "server"

    def now_ns(self) -> int:
        return self.at_ns

    def advance_ms(self, ms: float) -> None:
        self.at_ns += round(ms * 1e6)
