"""One request to a service as its adapter reported it: turned into spans of the turn and into data of its marks."""

from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from bench.turn.live_turn import LiveTurn
from providers.base import Instant

_LONGEST = 120
"""Characters of what a service says of itself that are kept: it may say anything."""


@dataclass(slots=True)
class ServiceCall:
    """Filled instant by instant; knows nothing of the turn until it is asked to put itself on record."""

    stage: str
    """`stt`, `llm` or `tts`."""
    metered: bool = False
    """The provider works with a key: whatever is asked of it costs money, counted or not."""
    reused: bool | None = None
    """The request went over a connection that was ready; None when nothing was told of any."""
    connecting: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    """Each opening of a connection: from, until (ns)."""
    set_up: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    """Each request that only prepared this one, such as making the vendor's thread: from, until (ns)."""
    sent_ns: int | None = None
    """When the request went to the ready connection (ns)."""
    answered_ns: int | None = None
    """When the head of the answer was read (ns)."""
    _recorded: int = 0
    _connect_ns: int | None = None
    _set_up_ns: int | None = None
    _opened_ahead: bool = False
    _uploaded_ns: int | None = None
    _request: dict[str, Any] = field(default_factory=dict[str, Any])
    _told: dict[str, Any] = field(default_factory=dict[str, Any])

    def take(self, instant: Instant) -> None:
        """The next instant. Of those that come again only the latest counts; openings of connections add up."""
        match instant.name:
            case "connect_started":
                self._connect_ns = instant.at_ns
            case "connected":
                reused = bool(instant.data.get("reused", self._connect_ns is None))
                self._opened_ahead = self._opened_ahead or (not reused and bool(instant.data.get("purpose")))
                self.reused = reused and not self._opened_ahead
                if self._connect_ns is not None:
                    self.connecting.append((self._connect_ns, instant.at_ns))
                    self._connect_ns = None
            case "request_sent" | "response_ended" if instant.data.get("purpose"):
                self._prepare(instant)
            case _ if instant.data.get("purpose"):
                pass
            case "request_sent":
                self.sent_ns, self._request = instant.at_ns, dict(instant.data)
            case "upload_ended":
                self._uploaded_ns = instant.at_ns
            case "response_started":
                self.answered_ns = instant.at_ns
                self._told = _told(instant.data)
            case _:
                pass

    def _prepare(self, instant: Instant) -> None:
        """A request that the adapter sent ahead of the one that is asked for."""
        if instant.name == "request_sent":
            self._set_up_ns = instant.at_ns
        elif self._set_up_ns is not None:
            self.set_up.append((self._set_up_ns, instant.at_ns))
            self._set_up_ns = None

    def sent(self, since_ns: int = 0) -> dict[str, Any]:
        """Data of the mark at which the request was sent. A connection opened before `since_ns` was ready, so it is reused."""
        data = dict(self._request)
        if self.reused is not None:
            data["connection_reused"] = self.reused or not any(until >= since_ns for _, until in self.connecting)
        if self.metered:
            data["metered"] = True
        return data

    def answered(self) -> dict[str, Any]:
        """Data of the mark at which its answer began: the service's own words, and how long the request took to leave."""
        data = dict(self._told)
        if self._uploaded_ns is not None and self.sent_ns is not None:
            data["upload_ms"] = (self._uploaded_ns - self.sent_ns) / 1e6
        return data

    def record_answer(self, turn: LiveTurn) -> None:
        """Mark that the head of the answer was read; once a turn and stage, and nothing for services without a head."""
        if self.answered_ns is not None:
            turn.mark_once(f"{self.stage}_response_started", self.answered_ns, **self.answered())

    def record_building(self, turn: LiveTurn, name: str, from_ns: int) -> None:
        """Our own work from `from_ns` until the request was sent; what was opened or prepared within belongs to others."""
        if self.sent_ns is None:
            return
        at_ns = from_ns
        for begin, end in self.set_up:
            turn.span("set_up", "llm", begin, end, stage=self.stage)
        for begin, end in sorted((*self.connecting, *self.set_up)):
            turn.span(name, "workbench", at_ns, min(begin, self.sent_ns))
            at_ns = max(at_ns, end)
        turn.span(name, "workbench", at_ns, self.sent_ns)

    def record_connecting(self, turn: LiveTurn, since_ns: int = 0) -> None:
        """The openings of connections that ended after `since_ns`, each once, as spans of the network."""
        fresh, self._recorded = self.connecting[self._recorded :], len(self.connecting)
        for begin, end in fresh:
            if end >= since_ns:
                turn.span("connecting", "network", max(begin, since_ns), end, stage=self.stage)


def _told(data: dict[str, Any]) -> dict[str, Any]:
    """What a service says of itself in the head of its answer, as far as it makes sense."""
    told: dict[str, Any] = {
        name: text[:_LONGEST] for name in ("request_id", "simulated") if isinstance(text := data.get(name), str) and text
    }
    processing_ms = data.get("processing_ms")
    if isinstance(processing_ms, int | float) and isfinite(processing_ms) and processing_ms >= 0:
        told["processing_ms"] = float(processing_ms)
    return told
