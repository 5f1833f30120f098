"""Server-sent events: each message leaves when it is there, and whoever stops reading holds nobody up."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bench.events.migrations import StoreError
from bench.scenarios.profession_file import ProfessionError
from bench.scenarios.trial_errors import TrialError
from bench.web.tasks_desk import OpenStreams
from bench.web.tasks_problems import TasksProblem, problem_body
from bench.web.tasks_words import ending_message
from providers.errors import ProviderError
from providers.registry import RegistryError

KEEP_ALIVE_S = 10.0
"""Proxies end connections on which nothing has come for 30 to 60 s."""
KEEP_ALIVE = b": keep-alive\n\n"
REFUSALS = (TasksProblem, TrialError, StoreError, ProviderError, RegistryError, ProfessionError)
"""What a source may raise: an ordinary answer before its first message, the last message after it."""

Message: TypeAlias = dict[str, Any]
Emit: TypeAlias = Callable[[Message], Awaitable[None]]
Source: TypeAlias = Callable[[Emit], Awaitable[None]]
"""Emits its messages and returns. It is cancelled when its reader leaves or the server stops."""


def message(type: str, **data: Any) -> Message:
    """`{"type", "data"}`."""
    return {"type": type, "data": data}


def error_message(error: Exception) -> Message:
    """What was raised after the answer had begun."""
    _, body = problem_body(error)
    return message("error", **body, stage="", partial_text="", retry=True)


def encoded(content: Message) -> bytes:
    """One event."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return b"data: " + text.encode("utf-8", "replace") + b"\n\n"


class EventStream(Response):
    """An answer that goes on as long as its source does, its reader stays and the server runs."""

    media_type = "text/event-stream"

    def __init__(self, source: Source, streams: OpenStreams, owner: str) -> None:
        super().__init__(headers={"cache-control": "no-store", "x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._source, self._streams, self._owner = source, streams, owner
        self._begun = False
        self._sent_s = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises what the source raises before its first message, and `TooManyStreams`."""
        leaving = asyncio.Event()
        with self._streams.one(self._owner), self._streams.told(leaving.set):
            async with asyncio.TaskGroup() as group:
                source = group.create_task(self._run(send))
                gone = group.create_task(_gone(receive))
                stopping = group.create_task(leaving.wait())
                beside = (gone, stopping, group.create_task(self._keep_alive(send)))
                await asyncio.wait((source, *beside), return_when=asyncio.FIRST_COMPLETED)
                for task in (source, *beside):
                    task.cancel()
        refusal = None if source.cancelled() else source.result()
        if refusal is not None:
            raise refusal
        if gone.cancelled():
            if source.cancelled():
                await self._emit(_stopping(), send)
            await self._body(b"", send, more=False)

    async def _run(self, send: Send) -> Exception | None:
        """The source to its end. Returns what it raised before anything was sent."""
        try:
            await self._source(lambda content: self._emit(content, send))
        except REFUSALS as error:
            if not self._begun:
                return error
            await self._emit(error_message(error), send)
        return None

    async def _emit(self, content: Message, send: Send) -> None:
        await self._body(encoded(content), send)

    async def _body(self, content: bytes, send: Send, *, more: bool = True) -> None:
        if not self._begun:
            self._begun = True
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        self._sent_s = asyncio.get_running_loop().time()
        await send({"type": "http.response.body", "body": content, "more_body": more})

    async def _keep_alive(self, send: Send) -> None:
        """The first one only after the first message: until then the answer may still become a refusal."""
        loop = asyncio.get_running_loop()
        self._sent_s = loop.time()
        while True:
            left_s = self._sent_s + KEEP_ALIVE_S - loop.time()
            if left_s > 0:
                await asyncio.sleep(left_s)
            elif self._begun:
                await self._body(KEEP_ALIVE, send)
            else:
                self._sent_s = loop.time()


async def _gone(receive: Receive) -> None:
    """Returns when the reader has left."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _stopping() -> Message:
    code = "server_stopping"
    return message(
        "error", code=code, message=ending_message(code), remedy="", facts={}, stage="", partial_text="", retry=True
    )  # fmt: skip
