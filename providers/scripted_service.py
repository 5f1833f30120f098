"""Talking to the scripted service: one exchange, the connection that is kept between exchanges, the error tree."""

import asyncio
import socket
import uuid
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from typing import Any

from providers.base import Wire
from providers.errors import (
    ConnectionCut,
    ConnectionRefused,
    ContentRefused,
    EndedEarly,
    NameNotFound,
    NetworkFailed,
    ProtocolBroken,
    ProviderError,
    QuotaExceeded,
    RateLimited,
    RequestRefused,
    ServiceFailed,
    Stage,
)
from providers.scripted import Fault, Plan, ServiceOptions
from providers.scripted_frames import Frame
from providers.scripted_link import Link, open_link

ANSWERS: dict[str, type[ProviderError]] = {
    leaf.code: leaf for leaf in (ServiceFailed, RateLimited, QuotaExceeded, RequestRefused, ContentRefused)
}
"""Every 'no' that the service can answer, by its code."""


class Service:
    """One provider's way to its scripted service. Keeps one connection ready; a second request at once opens a second."""

    def __init__(self, title: str, stage: Stage, options: ServiceOptions) -> None:
        self.title = title
        self.stage: Stage = stage
        self.options = options
        self._kept: Link | None = None
        self._requests = 0

    def next_turn(self) -> int:
        """The number of the request that begins now: 0, 1, 2 …"""
        self._requests += 1
        return self._requests - 1

    @property
    def upcoming(self) -> int:
        """The number that the next request will have."""
        return self._requests

    def fault(self, turn: int) -> Fault:
        """What goes wrong with request number `turn`; kind `none` for nothing."""
        return self.options.fault if self.options.fault.strikes(self.stage, turn) else Fault()

    @contextmanager
    def own_errors(self) -> Generator[None]:
        """Turns what the network does into the error tree."""
        try:
            yield
        except ConnectionRefusedError as error:
            raise ConnectionRefused(self.title, self.stage, cause=str(error)) from error
        except OSError as error:
            raise self._leaf(error)(self.title, self.stage, cause=str(error)) from error
        except EOFError as error:
            raise EndedEarly(self.title, self.stage, cause="closed before the end") from error
        except ValueError as error:
            raise ProtocolBroken(self.title, self.stage, cause=str(error)) from error

    async def warm_up(self) -> None:
        """Open the connection that the first request will use."""
        if self._kept is None or self._kept.inbox.over:
            with self.own_errors():
                self._kept = await open_link(self.options.server)

    async def take(self, wire: Wire, turn: int) -> Link:
        """A ready connection for one exchange, the kept one if it is idle. Reports how it came about."""
        kept, self._kept = self._kept, None
        with self.own_errors():
            if self.fault(turn).kind == "refuse":
                if kept is not None:
                    kept.abort()
                wire.note("connect_started")
                raise ConnectionRefusedError("refused by the fault plan")
            if kept is not None and not kept.inbox.over:
                kept.use(wire)
                if self.options.server:
                    wire.note("connected", reused=True)
                return kept
            if not self.options.server:
                link = await open_link("")
            else:
                wire.note("connect_started")
                link = await open_link(self.options.server)
                wire.note("connected", reused=False)
        link.use(wire)
        return link

    def give_back(self, link: Link) -> None:
        """The exchange ended properly: keep the connection for the next one."""
        if self._kept is None and not link.inbox.over:
            self._kept = link
        else:
            link.abort()

    async def close(self) -> None:
        """Drop the kept connection and let the loop close it."""
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.abort()
            await kept.closed()

    def refusal(self, head: dict[str, Any]) -> ProviderError:
        """The service's own 'no' as an error of the tree; its words are kept for the log only."""
        leaf = ANSWERS.get(str(head.get("code")), ProtocolBroken)
        facts = {"retry_after": "1"} if leaf is RateLimited else {}
        return leaf(self.title, self.stage, cause=str(head.get("message", "")), **facts)

    def check_place(self, frame: Frame, expected: int) -> None:
        """Raises `ProtocolBroken` when the frame is not the one that must come now."""
        if frame.head.get("seq") != expected:
            cause = f"chunk {frame.head.get('seq')} where {expected} was due"
            raise ProtocolBroken(self.title, self.stage, cause=cause)

    @staticmethod
    def _leaf(error: OSError) -> type[ProviderError]:
        if isinstance(error, socket.gaierror):
            return NameNotFound
        return ConnectionCut if isinstance(error, ConnectionError) else NetworkFailed


async def exchange(service: Service, plan: Plan, wire: Wire, turn: int, **data: Any) -> AsyncGenerator[Frame]:
    """One request and the frames of its answer, the closing one (`kind` is `end`) last.

    `data` accompanies every instant reported, as does `request`, the id under which the server keeps its stamps. Raises
    `ProviderError`. Closing the generator, or cancelling the task in it, aborts the stream.
    """
    link = await service.take(wire, turn)
    data["request"] = request = uuid.uuid4().hex
    usable = False
    try:
        wire.note("request_sent", link.play(request, plan.steps, plan.sound), **data)
        expected = 0
        while not usable:
            with service.own_errors():
                frame = await link.inbox.next()
            if frame.head.get("request") != request:
                continue  # left over from an earlier answer on this connection: nobody waits for it
            wire.note("bytes_received", frame.at_ns, seq=expected, bytes=frame.size, **data)
            service.check_place(frame, expected)
            expected += 1
            kind = frame.head.get("kind")
            usable = kind in ("end", "error")
            if kind == "error":
                raise service.refusal(frame.head)
            if kind == "end":
                wire.note("response_ended", frame.at_ns, **data)
            yield frame
    except (asyncio.CancelledError, GeneratorExit):
        if not usable:
            wire.note("cancel_sent", **data)
        raise
    finally:
        if usable:
            service.give_back(link)
        else:
            link.abort()
