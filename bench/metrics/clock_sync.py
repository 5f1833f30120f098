"""How a page's clock relates to the server's: four stamps per exchange, smallest round trip first, drift fitted.

An exchange proves that the offset (server − page) lies in [t3 − t4, t2 − t1], however asymmetric the way was. So the exchange
with the smallest round trip δ in the window gives the offset ± δ/2. The other exchanges bound how fast the clocks run apart;
their middle is the fitted drift, their half width is added per unit of time between that exchange and the instant asked for.
Every bound holds as long as the clocks' rates are within `max_drift_ppm` of each other and steady over the window.
"""

from collections import deque
from dataclasses import dataclass

MAX_DRIFT_PPM = 500.0
"""How far two clocks can run apart: what the Linux kernel lets NTP steer a clock by (adjtimex(2): ±500 ppm)."""
WANDER_PPM = 2.0
"""Allowance for a rate that is not quite steady within the window (quartz: about 1 ppm for a few degrees)."""


@dataclass(frozen=True, slots=True)
class _Exchange:
    page_ns: int
    """Middle of the exchange on the page's clock."""
    low_ns: int
    """The offset was at least this."""
    high_ns: int
    """The offset was at most this."""

    @property
    def rtt_ns(self) -> int:
        return self.high_ns - self.low_ns


@dataclass(frozen=True, slots=True)
class ClockEstimate:
    """What is known about a page's clock at one instant."""

    offset_ns: int
    """Server time minus page time (ns)."""
    error_ns: int
    """The true offset is within ± this (ns)."""
    drift_ppm: float
    """How fast the page's clock runs away from the server's (ppm; above 0: the page's is fast)."""
    rtt_ns: int
    """Smallest round trip in the window (ns)."""
    exchanges: int
    """Exchanges in the window."""


class ClockSync:
    """Estimator for one page. Reads no clock; fed with stamps, asked with instants of the page's clock."""

    __slots__ = ("_best", "_drift", "_max_drift", "_slack", "_window", "_window_ns", "jumps")

    def __init__(self, window_s: float = 60.0, capacity: int = 64, max_drift_ppm: float = MAX_DRIFT_PPM) -> None:
        """At most `capacity` exchanges of the last `window_s` seconds are kept."""
        self._window: deque[_Exchange] = deque(maxlen=capacity)
        self._window_ns = round(window_s * 1e9)
        self._max_drift = max_drift_ppm * 1e-6
        self._best: _Exchange | None = None
        self._drift = 0.0
        self._slack = self._max_drift
        self.jumps = 0
        """How often the page's clock contradicted the past (a suspended machine): the past was forgotten."""

    @property
    def ready(self) -> bool:
        """At least one exchange has been taken."""
        return self._best is not None

    def add(self, t1_ns: int, t2_ns: int, t3_ns: int, t4_ns: int) -> bool:
        """One exchange: page sent (t1) and received (t4) on its clock, server received (t2) and sent (t3) on its own (ns).

        False, and nothing is learned, when the stamps are impossible: not in order, or longer at the server than on the way.
        """
        exchange = _Exchange((t1_ns + t4_ns) // 2, t3_ns - t4_ns, t2_ns - t1_ns)
        if t4_ns < t1_ns or t3_ns < t2_ns or exchange.rtt_ns < 0:
            return False
        if any(self._contradicts(exchange, past) for past in self._window):
            self._window.clear()
            self.jumps += 1
        self._window.append(exchange)
        while self._window[0].page_ns < exchange.page_ns - self._window_ns:
            self._window.popleft()
        self._best = min(reversed(self._window), key=lambda known: known.rtt_ns)
        self._fit(self._best)
        return True

    def _contradicts(self, new: _Exchange, past: _Exchange) -> bool:
        """True when no drift that clocks can have leads from one to the other."""
        reach = self._max_drift * abs(new.page_ns - past.page_ns) + 1
        return new.low_ns - past.high_ns > reach or past.low_ns - new.high_ns > reach

    def _fit(self, best: _Exchange) -> None:
        """The range of drifts (ns of offset per ns) that every exchange in the window allows; its middle and half width."""
        low, high = -self._max_drift, self._max_drift
        for other in self._window:
            apart = other.page_ns - best.page_ns
            if apart:
                slopes = ((other.low_ns - best.high_ns) / apart, (other.high_ns - best.low_ns) / apart)
                low, high = max(low, min(slopes)), min(high, max(slopes))
        self._drift = (low + high) / 2
        self._slack = abs(high - low) / 2 + WANDER_PPM * 1e-6  # crossed over: the rate was not steady, by that much

    def estimate(self, page_ms: float) -> ClockEstimate:
        """The offset at an instant of the page's clock (ms), and its bound. Raises `LookupError` before the first exchange."""
        best = self._best
        if best is None:
            raise LookupError("no exchange of stamps yet")
        since_ns = round(page_ms * 1e6) - best.page_ns
        return ClockEstimate(
            offset_ns=(best.low_ns + best.high_ns) // 2 + round(self._drift * since_ns),
            error_ns=(best.rtt_ns + 1) // 2 + round(self._slack * abs(since_ns)) + 1,
            drift_ppm=-self._drift * 1e6, rtt_ns=best.rtt_ns, exchanges=len(self._window),
        )  # fmt: skip

    def latest(self) -> ClockEstimate:
        """As of the newest exchange: what the instrument shows. Raises `LookupError` before the first exchange."""
        return self.estimate(self._window[-1].page_ns / 1e6 if self._window else 0.0)

    def convert(self, page_ms: float) -> tuple[int, int]:
        """An instant of the page's clock (ms) as (instant on the server's clock, its error), both ns.

        Raises `LookupError` before the first exchange: ask `ready`.
        """
        known = self.estimate(page_ms)
        return round(page_ms * 1e6) + known.offset_ns, known.error_ns
