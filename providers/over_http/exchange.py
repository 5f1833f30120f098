"""One HTTP exchange as the network saw it: the transport that every adapter over HTTP gives its vendor's SDK.

An SDK hides when its request left and when the bytes of the answer were read; those are the instants that figures are made of.
So the adapter opens an `Exchange` right before it calls the SDK, in the same task, and gives the SDK a client whose transport
is a `WatchedTransport`: the transport finds the exchange and reports to its `Wire`

    connect_started → connected(reused) → request_sent → upload_ended → response_started → bytes_received … → response_ended

where `request_sent` is the first byte of the request on a *ready* connection, and `cancel_sent` stands in the place of
`response_ended` when the reader left before the end. `read_ns` is when the latest bytes were read: an SDK that decodes as it
reads hands out an event right after the bytes that completed it, so `read_ns` is that event's instant.

The names of the phases are those of httpcore2's `trace` extension.
"""

import contextlib
import urllib.request
from collections.abc import AsyncIterator
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit

import httpx2

from providers.base import Wire

SIMULATED_HEADER = "x-firstword-wire"
"""A local stand-in for a vendor says so in this header of every answer; its value is the vendor whose format it speaks."""
KEEP_ALIVE_S = 300.0
"""How long an idle connection is kept (s): longer than people think between two turns; vendors close theirs sooner or later."""
CONNECTIONS = 1200
"""Room for the load test's thousand streams."""

_current: ContextVar["Exchange | None"] = ContextVar("exchange", default=None)


class Exchange:
    """What one call saw at the network. `data` accompanies each of its instants."""

    __slots__ = ("_connecting", "_data", "_over", "_seq", "_wire", "headers", "read_ns", "status")

    def __init__(self, wire: Wire, **data: Any) -> None:
        self._wire = wire
        self._data = data
        self._connecting = False
        self._seq = 0
        self._over = False
        self.read_ns = wire.now_ns()
        """When the latest bytes of the answer were read (ns)."""
        self.status: int | None = None
        """HTTP status, once it is known."""
        self.headers: httpx2.Headers = httpx2.Headers()
        """Head of the answer, once it is known."""

    def open(self) -> "Exchange":
        """The next request of this task is this one."""
        _current.set(self)
        return self

    async def trace(self, phase: str, info: dict[str, Any]) -> None:
        """Called by httpcore2 at the beginning and end of each phase."""
        match phase:
            case "connection.connect_tcp.started":
                self._connecting = True
                self._note("connect_started")
            case "http11.send_request_headers.started" if info["request"].method != b"CONNECT":  # which is for a proxy
                self._note("connected", reused=not self._connecting)
                self._note("request_sent")
            case "http11.send_request_body.complete" if self._seq == 0:
                self._note("upload_ended")
            case _:
                pass

    def started(self, response: httpx2.Response) -> None:
        """The head of the answer was read."""
        self.status, self.headers, self.read_ns = response.status_code, response.headers, self._wire.now_ns()
        told = {
            "request_id": response.headers.get("x-request-id"),
            "processing_ms": _number(response.headers.get("openai-processing-ms")),
            "simulated": response.headers.get(SIMULATED_HEADER),
        }
        known = {name: value for name, value in told.items() if value is not None}
        self._wire.note("response_started", self.read_ns, status=response.status_code, **known, **self._data)

    def received(self, size: int) -> None:
        """Bytes of the body were read just now."""
        self.read_ns = self._wire.now_ns()
        self._wire.note("bytes_received", self.read_ns, seq=self._seq, bytes=size, **self._data)
        self._seq += 1

    def ended(self) -> None:
        """The body was read to its end."""
        if not self._over:
            self._over = True
            self._note("response_ended")

    def left(self) -> None:
        """The reader left before the end: the connection is being closed."""
        if not self._over:
            self._over = True
            self._note("cancel_sent")

    def _note(self, name: Any, **more: Any) -> None:
        self._wire.note(name, **more, **self._data)


class _WatchedBody(httpx2.AsyncByteStream):
    """A body that tells its exchange of every piece."""

    def __init__(self, body: httpx2.AsyncByteStream, exchange: Exchange) -> None:
        self._body, self._exchange = body, exchange

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._body:
            self._exchange.received(len(piece))
            yield piece
        self._exchange.ended()

    async def aclose(self) -> None:
        self._exchange.left()  # the end of a body that was read was noted before
        await self._body.aclose()


class WatchedTransport(httpx2.AsyncBaseTransport):
    """HTTP/1.1 with kept connections, no retries, proxies from the environment; reports to the open `Exchange`, if any."""

    def __init__(self, base_url: str) -> None:
        """`base_url` decides which of the environment's proxies is used."""
        limits = httpx2.Limits(max_connections=CONNECTIONS, max_keepalive_connections=32, keepalive_expiry=KEEP_ALIVE_S)
        self._inner = httpx2.AsyncHTTPTransport(limits=limits, retries=0, proxy=proxy_for(base_url))

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        exchange = _current.get()
        if exchange is None:
            return await self._inner.handle_async_request(request)
        _current.set(None)  # one request for each exchange: a redirect or a hidden second try is not measured as the first
        request.extensions = {**request.extensions, "trace": exchange.trace}
        try:
            response = await self._inner.handle_async_request(request)
        except BaseException:
            exchange.left()
            raise
        exchange.started(response)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _WatchedBody(response.stream, exchange)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


def proxy_for(base_url: str) -> str | None:
    """The environment's proxy for this address, or None. (A client with a transport of its own does not look for one.)"""
    parts = urlsplit(base_url)
    if not parts.hostname or urllib.request.proxy_bypass(parts.hostname):
        return None
    return urllib.request.getproxies().get(parts.scheme)


def _number(text: str | None) -> float | None:
    with contextlib.suppress(TypeError, ValueError):
        return float(text or "")
    return None
