"""A server for one test that says exactly which bytes go out when, and keeps what came in."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from providers.base import Instant, Wire

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\nserver-timing: gfet4t7; dur=123\r\n\r\n"
END = b"0\r\n\r\n"


@dataclass
class Request:
    """What came in."""

    line: str
    headers: dict[str, str]
    body: bytes
    connection: int

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.body)


@dataclass
class Server:
    """What is known of the running server."""

    base_url: str = ""
    requests: list[Request] = field(default_factory=list[Request])
    left: list[float] = field(default_factory=list[float])
    """When a client hung up while it was being answered (s, monotonic)."""

    @property
    def posts(self) -> list[Request]:
        return [each for each in self.requests if each.line.startswith("POST")]


Script = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


def chunk(data: bytes) -> bytes:
    """One HTTP chunk."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def event(*parts: dict[str, Any], finish: str = "", usage: dict[str, Any] | None = None, **more: Any) -> bytes:
    """One server-sent event."""
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": list(parts)}, "index": 0}
    if finish:
        candidate["finishReason"] = finish
    body: dict[str, Any] = {"candidates": [candidate], **more}
    if usage is not None:
        body["usageMetadata"] = usage
    return raw(body)


def raw(body: Any) -> bytes:
    return b"data: " + json.dumps(body, ensure_ascii=False).encode() + b"\r\n\r\n"


def text(words: str, **more: Any) -> bytes:
    return event({"text": words}, **more)


def plain(status: str, body: Any, *headers: str) -> bytes:
    """A whole answer."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    extra = "".join(f"{each}\r\n" for each in headers)
    return f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\n{extra}content-length: {len(data)}\r\n\r\n".encode() + data


LOOK = plain("200 OK", {"name": "models/x"})
"""What a look at a model is answered with; tests may set another."""


def saying(*pieces: bytes, pause_s: float = 0.0) -> Script:
    """Streams these pieces, each in a chunk of its own, and ends politely."""

    async def script(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD)
        for piece in pieces:
            writer.write(chunk(piece))
            await writer.drain()
            await asyncio.sleep(pause_s)
        writer.write(END)

    return script


def answering(data: bytes) -> Script:
    """Writes these bytes."""

    async def script(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(data)

    return script


@asynccontextmanager
async def serving(script: Script) -> AsyncIterator[Server]:
    """GET (a look at a model) is answered properly; POST by the script."""
    server = Server()
    connections = iter(range(1000))
    handlers: set[asyncio.Task[Any]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = next(connections)
        handler = asyncio.current_task()
        assert handler is not None
        handlers.add(handler)
        with (
            contextlib.closing(writer),
            contextlib.suppress(asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError),
        ):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                request = Request(head[0], headers, body, number)
                server.requests.append(request)
                if head[0].startswith("GET"):
                    writer.write(LOOK)
                    continue
                async with asyncio.TaskGroup() as group:
                    answer = group.create_task(_answered(script, request, writer))
                    watch = group.create_task(_hung_up(reader, server, answer))
                    answer.add_done_callback(lambda _, watch=watch: watch.cancel())

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    server.base_url = f"http://127.0.0.1:{port}"
    try:
        yield server
    finally:
        listener.close()
        for handler in handlers:
            handler.cancel()
        await asyncio.gather(*handlers, return_exceptions=True)
        await asyncio.sleep(0)  # transports close in the next round of the loop


async def _answered(script: Script, request: Request, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        await script(request, writer)
        await writer.drain()


async def _hung_up(reader: asyncio.StreamReader, server: Server, answer: "asyncio.Task[None]") -> None:
    """A client that is being answered has nothing to say but goodbye."""
    while not reader.at_eof():  # noqa: ASYNC110 - reading would take the next request away
        await asyncio.sleep(0.001)
    server.left.append(time.monotonic())
    answer.cancel()


def observer() -> tuple[list[Instant], Wire]:
    """A wire on the machine's clock, and what it was told."""
    instants: list[Instant] = []
    return instants, Wire(time.monotonic_ns, instants.append)
