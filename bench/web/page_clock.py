"""A page's clock, as the server knows it: stamps come in, instants are converted, what cannot be converted yet waits."""

from collections.abc import Callable
from typing import Any

from bench.metrics.clock_sync import ClockEstimate, ClockSync

_WAITING = 200


class PageClock:
    """Converts the page's ms to the server's ns, with an error bound."""

    def __init__(self) -> None:
        self._sync = ClockSync()
        self._waiting: list[tuple[float, Callable[[int, int], None]]] = []

    def synced(self, t1: float, t2: float, t3: float, t4: float) -> None:
        """Four stamps: page sent, server read, server answered, page read (ms each)."""
        if not self._sync.add(*(round(stamp * 1e6) for stamp in (t1, t2, t3, t4))):
            return
        waiting, self._waiting = self._waiting, []
        for page_ms, then in waiting:
            self.convert(page_ms, then)

    def convert(self, page_ms: float, then: Callable[[int, int], None]) -> None:
        """Calls `then(server_ns, error_ns)`, now or after the first exchange of stamps."""
        if self._sync.ready:
            then(*self._sync.convert(page_ms))
        elif len(self._waiting) < _WAITING:
            self._waiting.append((page_ms, then))

    def estimate(self) -> ClockEstimate | None:
        """What is known right after the last exchange; None before the first."""
        return self._sync.latest() if self._sync.ready else None

    def state(self) -> dict[str, Any]:
        """For the instrument chip: error bound and round trip (ms), drift (ppm); None before the first exchange."""
        known = self.estimate()
        if known is None:
            return {"clock_error_ms": None, "rtt_ms": None, "drift_ppm": None}
        return {"clock_error_ms": known.error_ns / 1e6, "rtt_ms": known.rtt_ns / 1e6, "drift_ppm": known.drift_ppm}
