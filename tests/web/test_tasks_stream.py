"""An event stream by itself: signs of life, refusals before the first message, readers who leave, and too many of them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bench.events.migrations import StoreError
from bench.scenarios.trial_errors import TrialOver
from bench.web.tasks_desk import STREAMS_ALL, STREAMS_EACH, OpenStreams
from bench.web.tasks_problems import TooManyStreams
from bench.web.tasks_stream import Emit, EventStream, message
from tests.virtual_time import VirtualTime


class Reader:
    """The server's side of one request: what was sent, and when the reader leaves."""

    def __init__(self, time: Callable[[], float]) -> None:
        self.sent: list[tuple[float, dict[str, Any]]] = []
        self.left = asyncio.Event()
        self._time = time

    async def receive(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, content: Any) -> None:
        self.sent.append((self._time(), content))

    @property
    def bodies(self) -> list[tuple[float, bytes]]:
        return [(round(at, 3), each["body"]) for at, each in self.sent if each["type"] == "http.response.body"]

    async def read(self, source: Callable[[Emit], Awaitable[None]], streams: OpenStreams | None = None) -> None:
        await EventStream(source, streams or OpenStreams(), "somebody")({"type": "http"}, self.receive, self.send)


def reader() -> Reader:
    began = asyncio.get_running_loop().time()
    return Reader(lambda: asyncio.get_running_loop().time() - began)


async def test_signs_of_life_come_after_ten_seconds_of_silence(virtual_time: VirtualTime) -> None:
    async def source(emit: Emit) -> None:
        await emit(message("metadata"))
        await asyncio.sleep(4)
        await emit(message("token", token="a"))
        await asyncio.sleep(25)
        await emit(message("done"))

    who = reader()
    await who.read(source)
    beat = b": keep-alive\n\n"
    assert who.bodies == [
        (0, b'data: {"type":"metadata","data":{}}\n\n'), (4, b'data: {"type":"token","data":{"token":"a"}}\n\n'), (14, beat),
        (24, beat), (29, b'data: {"type":"done","data":{}}\n\n'), (29, b""),
    ]  # fmt: skip
    assert who.sent[-1][1]["more_body"] is False


async def test_a_refusal_before_the_first_message_is_an_ordinary_answer() -> None:
    async def source(emit: Emit) -> None:
        await asyncio.sleep(0)
        raise TrialOver

    who = reader()
    with pytest.raises(TrialOver):
        await who.read(source)
    assert who.sent == []


async def test_after_the_first_message_it_is_the_last_one() -> None:
    async def source(emit: Emit) -> None:
        await emit(message("metadata"))
        raise StoreError(cause="secret")

    who = reader()
    await who.read(source)
    told = who.bodies[1][1].decode()
    assert '"code":"store_failed"' in told
    assert '"retry":true' in told
    assert "secret" not in told
    assert who.bodies[-1][1] == b""


async def test_a_reader_who_leaves_ends_the_source_even_before_its_first_message() -> None:
    for speaks in (True, False):
        ended: list[str] = []

        async def source(emit: Emit, speaks: bool = speaks, ended: list[str] = ended) -> None:
            try:
                if speaks:
                    await emit(message("metadata"))
                await asyncio.Event().wait()
            finally:
                ended.append("ended")

        who = reader()
        asyncio.get_running_loop().call_soon(who.left.set)
        async with asyncio.timeout(2):
            await who.read(source)
        assert ended == ["ended"]
        assert all(each.get("more_body", True) for _, each in who.sent)


async def test_the_server_leaves() -> None:
    streams = OpenStreams()

    async def source(emit: Emit) -> None:
        await emit(message("metadata"))
        streams.close()
        await asyncio.Event().wait()

    who = reader()
    async with asyncio.timeout(2):
        await who.read(source, streams)
    assert b'"code":"server_stopping"' in who.bodies[1][1]
    assert who.bodies[-1][1] == b""


async def test_too_many_at_the_same_time(virtual_time: VirtualTime) -> None:
    streams = OpenStreams()

    async def source(emit: Emit) -> None:
        await emit(message("metadata"))
        await asyncio.sleep(1)

    readers = [reader() for _ in range(STREAMS_EACH)]
    async with asyncio.TaskGroup() as group:
        for each in readers:
            group.create_task(each.read(source, streams))
        await asyncio.sleep(0.5)
        with pytest.raises(TooManyStreams):
            await reader().read(source, streams)
    await reader().read(source, streams)


def test_all_browsers_together_have_a_limit() -> None:
    streams = OpenStreams()
    with pytest.raises(TooManyStreams):
        hold(streams, STREAMS_ALL + 1)
    with streams.one("somebody"):
        pass


def hold(streams: OpenStreams, count: int) -> None:
    """That many at the same time, each of another browser."""
    from contextlib import ExitStack

    with ExitStack() as stack:
        for number in range(count):
            stack.enter_context(streams.one(f"browser {number}"))


async def test_half_characters_do_not_end_a_stream() -> None:
    async def source(emit: Emit) -> None:
        await emit(message("token", token="a\ud83d\u2028"))

    who = reader()
    await who.read(source)
    assert who.bodies[0][1] == 'data: {"type":"token","data":{"token":"a?\u2028"}}\n\n'.encode()
