"""A server whose every answer the test writes itself, byte by byte, and which keeps what it was asked."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"


@dataclass(slots=True)
class Asked:
    """One request, read to its end."""

    method: str
    path: str
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Answer = Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class Server:
    """Where it is, and what it was asked."""

    port: int
    asked: list[Asked] = field(default_factory=list[Asked])
    connections: int = 0
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)
    """A client left while it was being answered."""

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def to(self, path: str) -> list[Asked]:
        """The requests to a path."""
        return [each for each in self.asked if each.path == f"/v1/{path}"]


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[Server]:
    """Runs in this loop. `GET` is answered by an empty object."""
    writers: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        writers.add(writer)
        try:
            while (request := await _read(reader)) is not None:
                server.asked.append(request)
                if request.method == "GET":
                    writer.write(plain(b"{}"))
                else:
                    await answer(request, writer)
                await writer.drain()
        except ConnectionError:
            server.hung_up.set()
        finally:
            writers.discard(writer)
            writer.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    server = Server(listener.sockets[0].getsockname()[1])
    try:
        yield server
    finally:
        listener.close()
        for writer in set(writers):
            writer.transport.abort()
        await asyncio.sleep(0.01)


async def _read(reader: asyncio.StreamReader) -> Asked | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    return Asked(method, path, headers, await reader.readexactly(int(headers.get("content-length", "0"))))


def plain(body: bytes, status: str = "200 OK", kind: str = "application/json", **headers: str) -> bytes:
    """A whole answer."""
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n{more}\r\n".encode() + body


def piece(data: bytes) -> bytes:
    """One piece of a chunked body."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def event(data: Any) -> bytes:
    """One event."""
    return f"data: {data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)}\n\n".encode()


def delta(content: str | None = None, finish: str | None = None, **more: Any) -> dict[str, Any]:
    """A chunk of a chat completion."""
    said = {} if content is None else {"content": content}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
            "choices": [{"index": 0, "delta": {**said, **more}, "finish_reason": finish}]}  # fmt: skip


def counted(**more: Any) -> dict[str, Any]:
    """The closing chunk with the count."""
    return {**delta(), "choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": 4, "total_tokens": 14, **more}}
