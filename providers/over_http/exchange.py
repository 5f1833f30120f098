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

import asyncio
import contextlib
import re
import urllib.request
from collections.abc import AsyncIterator
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit

import httpcore2
import httpx2

from providers.base import Wire

SIMULATED_HEADER = "x-firstword-wire"
"""A local stand-in for a vendor says so in this header of every answer; its value is the vendor whose format it speaks."""
KEEP_ALIVE_S = 300.0
"""How long an idle connection is kept (s): longer than people think between two turns; vendors close theirs sooner or later."""
CONNECTIONS = 1200
"""Room for the load test's thousand streams."""

KEY_HEADERS = ("authorization", "x-goog-api-key")
"""Where vendors' keys travel."""
KEY_PIECE = 8
"""So many characters of a key in a row are no chance (characters)."""

_current: ContextVar["Exchange | None"] = ContextVar("exchange", default=None)


class Exchange:
    """What one call saw at the network. `data` accompanies each of its instants."""

    __slots__ = (
        "_arrived_ns",
        "_body",
        "_connecting",
        "_data",
        "_over",
        "_reads_noted",
        "_seq",
        "_wire",
        "headers",
        "read_ns",
        "status",
    )

    def __init__(self, wire: Wire, **data: Any) -> None:
        self._wire = wire
        self._data = data
        self._connecting = False
        self._seq = 0
        self._over = False
        self._reads_noted = False
        self._body: httpx2.AsyncByteStream | None = None
        self._arrived_ns: int | None = None
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

    def started(self, response: httpx2.Response, sent: httpx2.Headers) -> None:
        """The head of the answer was read. `sent`: the headers of the request."""
        self.status, self.headers, self.read_ns = response.status_code, response.headers, self._wire.now_ns()
        self._arrived_ns = self.read_ns  # a piece of the body that came in the same read
        told = {
            "request_id": _word(response.headers.get("x-request-id"), sent),
            "processing_ms": _processing_ms(response.headers),
            "simulated": _word(response.headers.get(SIMULATED_HEADER), sent),
        }
        known = {name: value for name, value in told.items() if value is not None}
        self._wire.note("response_started", self.read_ns, status=response.status_code, **known, **self._data)

    def reads(self, body: httpx2.AsyncByteStream) -> None:
        """The body that `aclose` closes."""
        self._body = body

    async def aclose(self) -> None:
        """Hang up now unless the answer was read to its end. For SDKs whose own streams do not close what they read from."""
        if _current.get() is self:
            _current.set(None)  # nothing was sent: the next request of this task is another one
        body, self._body = self._body, None
        if body is not None:
            await body.aclose()

    def arrived(self, size: int) -> None:
        """Bytes were read from the connection just now; the pieces of the body in them are handed on one after the other.

        Noted once for each read and not for each piece: of a fast answer hundreds of pieces come in one read.
        """
        self._arrived_ns = self._wire.now_ns()
        if size and not self._over:
            self._reads_noted = True
            self._note_bytes(self._arrived_ns, size)

    def received(self, size: int) -> None:
        """A piece of the body is handed on: it was read when the latest bytes arrived."""
        self.read_ns = self._wire.now_ns() if self._arrived_ns is None else self._arrived_ns
        if not self._reads_noted:  # it came together with the head, or the connection cannot be watched
            self._note_bytes(self.read_ns, size)

    def _note_bytes(self, at_ns: int, size: int) -> None:
        self._wire.note("bytes_received", at_ns, seq=self._seq, bytes=size, **self._data)
        self._seq += 1

    def ended(self) -> None:
        """The body was read to its end."""
        if not self._over:
            self._over = True
            self._note("response_ended")

    def failed(self) -> None:
        """The network broke it off: nobody cancelled."""
        self._over = True

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
        try:
            async for piece in self._body:
                self._exchange.received(len(piece))
                yield piece
        except httpx2.HTTPError:
            self._exchange.failed()
            raise
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
        except httpx2.HTTPError:
            exchange.failed()
            raise
        except asyncio.CancelledError:
            exchange.left()
            raise
        exchange.started(response, request.headers)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        body = _WatchedBody(response.stream, exchange)
        exchange.reads(body)
        _watch_reads(response.extensions.get("network_stream"), exchange)
        response.stream = body
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


def _watch_reads(stream: Any, exchange: Exchange) -> None:
    """Have the connection tell the exchange of each read from now on.

    Several pieces of a body often come in one read, and a reader that takes its time over the first must not make the others
    look later than they were. The extension `network_stream` is what the connection reads from, for as long as it is kept.
    """
    if not isinstance(stream, httpcore2.AsyncNetworkStream):
        return
    watched: Any = stream
    watched.exchange = exchange
    if "read" in vars(stream):
        return
    read = stream.read

    async def timed(max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore2's own signature
        data = await read(max_bytes, timeout)
        watched.exchange.arrived(len(data))
        return data

    watched.read = timed


def proxy_for(base_url: str) -> str | None:
    """The environment's proxy for this address, or None. (A client with a transport of its own does not look for one.)"""
    parts = urlsplit(base_url)
    if not parts.hostname or urllib.request.proxy_bypass(parts.hostname):
        return None
    return urllib.request.getproxies().get(parts.scheme)


def _word(told: str | None, sent: httpx2.Headers) -> str | None:
    """An id or a name that a service gives; None for anything else, and for what has a piece of the key in it.

    These words are shown, stored and exported, and a service may quote the key wherever it likes.
    """
    if told is None or not re.fullmatch(r"[A-Za-z0-9._:-]{1,100}", told):
        return None
    keys = [word for name in KEY_HEADERS for word in sent.get(name, "").split()]
    pieces = [key[start : start + KEY_PIECE] for key in keys for start in range(len(key) - KEY_PIECE + 1)]
    return None if any(piece in told or piece[::-1] in told for piece in pieces) else told


def _processing_ms(headers: httpx2.Headers) -> float | None:
    """The service's own timing (ms): OpenAI's header, or the entry `gfet4t7` by which Google's front end times its back end."""
    told = headers.get("openai-processing-ms")
    if told is None:
        entry = re.search(r"(?:^|,)\s*gfet4t7\s*;\s*dur=([0-9.]+)", headers.get("server-timing", ""))
        told = entry.group(1) if entry else None
    return _number(told)


def _number(text: str | None) -> float | None:
    with contextlib.suppress(TypeError, ValueError):
        return float(text or "")
    return None
