"""The observer that the turn hands to each call, and the raw instants that an adapter reports through it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

InstantName: TypeAlias = Literal[
    "connect_started", "connected", "request_sent", "upload_ended", "response_started", "bytes_received", "response_ended",
    "cancel_sent",
]  # fmt: skip
"""`upload_ended`: the last byte of the request left. `response_started`: the head of the answer was read; its data is what the
service says of itself: `request_id`, `processing_ms` (its own timing, where it reports one), `simulated` (the name that a local
stand-in gives itself; it must be shown)."""


@dataclass(frozen=True, slots=True)
class Instant:
    """A raw instant at the network, as the adapter saw it."""

    name: InstantName
    at_ns: int
    """Instant on the clock that the turn handed over (ns)."""
    data: dict[str, Any] = field(default_factory=dict[str, Any])
    """`reused` for a connection, `phrase` for speech, `bytes` …"""


class Wire:
    """Handed to each call by the turn: tells the adapter the time, and takes the raw instants it reports.

    `request_sent` is the instant the request was handed to the transport of a *ready* connection; connecting is reported
    apart with `connect_started` and `connected(reused=…)`.
    """

    __slots__ = ("_now_ns", "_sink")

    def __init__(self, now_ns: Callable[[], int], sink: Callable[[Instant], None]) -> None:
        self._now_ns = now_ns
        self._sink = sink

    def now_ns(self) -> int:
        """The turn's clock (ns). Call it right where the bytes are read."""
        return self._now_ns()

    def note(self, name: InstantName, at_ns: int | None = None, **data: Any) -> None:
        """Report an instant; `at_ns` defaults to now."""
        self._sink(Instant(name, self._now_ns() if at_ns is None else at_ns, data))
