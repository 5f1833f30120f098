"""The page's socket: what comes in is checked and handed to the page, what goes out is the page's outbox.

The protocol is written down in docs/page-protocol.md. A message that is not of it is answered with a `problem` and changes
nothing; ten of them close the socket.
"""

import asyncio
import json
import logging
import struct
from typing import Any, cast

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from bench.audio.frame import FRAME_SAMPLES, AudioFrame
from bench.clock import Clock
from bench.web.messages import Desk, Refused
from bench.web.outbox import Outbox
from bench.web.page import Page
from bench.web.pages import Pages

_log = logging.getLogger(__name__)
_FRAME = struct.Struct("<BBHIdfI")
_MIC = 2
_BAD_MESSAGES = 10
_HELLO_S = 10.0
_MAX_FRAME = _FRAME.size + FRAME_SAMPLES * 2


class Hello(BaseModel):
    """The first frame of a socket."""

    model_config = ConfigDict(extra="ignore")
    page: str = Field(pattern=r"^[\w-]{8,64}$")
    come_from: str | None = Field(None, alias="from", pattern=r"^[\w-]{8,64}$")
    language: str = Field("en", pattern=r"^(en|ru)$")
    fresh: bool = True
    compare: str | None = Field(None, max_length=20_000)


async def serve_socket(socket: WebSocket, pages: Pages, clock: Clock, session: str) -> None:
    """Serve one socket of a signed-in browser until it closes. Its ticket has been checked before."""
    await socket.accept()
    try:
        async with asyncio.timeout(_HELLO_S):
            hello = Hello.model_validate(json.loads(await socket.receive_text()))
    except (TimeoutError, ValidationError, ValueError, KeyError):
        await socket.close(1008, "hello expected")
        return
    except WebSocketDisconnect:
        return
    page = await pages.get(session, hello.page, hello.come_from, hello.compare)
    page.language = hello.language
    outbox = Outbox(clock)
    outbox.put(pages.welcome(page, session))
    page.attach(outbox, hello.fresh)
    try:
        await _serve(socket, pages, page, outbox, clock, session)
    finally:
        page.detach(outbox)


async def _serve(socket: WebSocket, pages: Pages, page: Page, outbox: Outbox, clock: Clock, session: str) -> None:
    """Read, write, and watch the outbox; whichever ends first ends all."""
    desk = Desk(pages, page, session, clock)
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(_read(socket, desk, page, clock)),
            group.create_task(_write(socket, outbox)),
            group.create_task(_instrument(pages, page, outbox)),
            group.create_task(_overflow(socket, outbox)),
        ]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()


async def _write(socket: WebSocket, outbox: Outbox) -> None:
    try:
        await outbox.send_all(socket)
    except (WebSocketDisconnect, RuntimeError, OSError):
        return  # starlette raises RuntimeError for a socket that is closed already


async def _overflow(socket: WebSocket, outbox: Outbox) -> None:
    await outbox.overflown.wait()
    try:
        await socket.close(1013, "too slow, or opened elsewhere")
    except RuntimeError:
        return


async def _instrument(pages: Pages, page: Page, outbox: Outbox) -> None:
    while True:
        outbox.put({"type": "instrument", **page.page_clock.state(), **pages.instrument()})
        await asyncio.sleep(1)


async def _read(socket: WebSocket, desk: Desk, page: Page, clock: Clock) -> None:
    bad = 0
    while bad < _BAD_MESSAGES:
        try:
            message = await socket.receive()
        except RuntimeError:
            return
        if message["type"] == "websocket.disconnect":
            return
        received_ns = clock.now_ns()
        try:
            if message.get("bytes") is not None:
                _hear(page, message["bytes"])
            else:
                await desk.take(_parse(message.get("text") or ""), received_ns)
        except Refused as refusal:
            bad += refusal.malformed
            page.send({"type": "problem", "code": refusal.code, "message": str(refusal), "remedy": "", "tab": refusal.tab,
                       "column": refusal.column, "fields": refusal.fields})  # fmt: skip
    await socket.close(1008, "too many bad messages")


def _parse(text: str) -> dict[str, Any]:
    try:
        message = json.loads(text)
    except ValueError:
        raise Refused("bad_message", "The page sent something that is no message.", malformed=True) from None
    if not isinstance(message, dict):
        raise Refused("bad_message", "The page sent something that is no message.", malformed=True)
    return cast("dict[str, Any]", message)


def _hear(page: Page, data: bytes) -> None:
    """A frame of the microphone. Raises `Refused` for anything else."""
    if not _FRAME.size < len(data) <= _MAX_FRAME or (len(data) - _FRAME.size) % 2:
        raise Refused("bad_frame", "The page sent sound that cannot be read.", malformed=True)
    kind, tab, _, _, captured_ms, error_ms, _ = _FRAME.unpack_from(data)
    if kind != _MIC or tab > 1 or not np.isfinite(captured_ms) or not 0 <= error_ms < 10_000:
        raise Refused("bad_frame", "The page sent sound that cannot be read.", malformed=True)
    pcm = np.frombuffer(data, "<i2", offset=_FRAME.size).astype(np.int16)
    place = page.tabs["voice" if tab == 0 else "chat"]
    error_ns = round(error_ms * 1e6)
    if place.microphone:
        page.page_clock.convert(captured_ms, lambda ns, error: place.hear(AudioFrame(pcm, ns, error + error_ns)))
