"""Watching our own event loop: whatever time it loses is the workbench's, and never charged to a provider."""

import asyncio
from collections import deque
from collections.abc import Callable

from bench.clock import Clock
from bench.events.kinds import LoopStalled

TICK_MS = 5.0
"""How often the watch wakes (ms)."""
STALL_MS = 10.0
"""Lateness from which a wake counts as a stall (ms): below it is the ordinary jitter of a busy machine."""


class StallWatch:
    """Wakes every 5 ms and notices when it is late. `lags_ms` holds the last ten seconds."""

    def __init__(self, clock: Clock, on_stall: Callable[[LoopStalled], None]) -> None:
        self._clock = clock
        self._on_stall = on_stall
        self.lags_ms: deque[float] = deque(maxlen=round(10_000 / TICK_MS))
        self.stalls = 0

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            due_ns = self._clock.now_ns() + round(TICK_MS * 1e6)
            await asyncio.sleep(TICK_MS / 1000)
            now_ns = self._clock.now_ns()
            lag_ms = max(0.0, (now_ns - due_ns) / 1e6)
            self.lags_ms.append(lag_ms)
            if lag_ms >= STALL_MS:
                self.stalls += 1
                self._on_stall(LoopStalled(at_ns=now_ns, from_ns=due_ns))

    @property
    def p99_ms(self) -> float:
        """99th percentile of the lateness over the last ten seconds (ms)."""
        lags = sorted(self.lags_ms)
        return lags[min(len(lags) - 1, len(lags) * 99 // 100)] if lags else 0.0
