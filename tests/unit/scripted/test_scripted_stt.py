"""The scripted recogniser, in virtual time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bench.clock import LoopClock
from providers.base import SttSession, Transcript
from providers.errors import ConnectionCut, EndedEarly, ProtocolBroken, ProviderError
from providers.scripted_stt import ScriptedStt, ScriptedSttOptions
from tests.unit.scripted.scripts import Notes, loud, silent
from tests.virtual_time import VirtualTime

Heard = tuple[float, str, bool]


@asynccontextmanager
async def listening(notes: Notes, **options: Any) -> AsyncIterator[tuple[SttSession, list[Transcript]]]:
    """A session with its reader running."""
    provider = ScriptedStt(ScriptedSttOptions.model_validate(options))
    results: list[Transcript] = []
    async with provider.open("en", notes.wire) as session:

        async def read() -> None:
            async for transcript in session.results():
                results.append(transcript)

        async with asyncio.TaskGroup() as group:
            reading = group.create_task(read())
            yield session, results
            reading.cancel()


async def say(session: SttSession, frames: int, pcm: Any = None) -> None:
    """Push frames of 20 ms at real-time pace."""
    for _ in range(frames):
        await session.push(loud() if pcm is None else pcm)
        await asyncio.sleep(0.02)


def heard(results: list[Transcript]) -> list[Heard]:
    """When (ms since the loop began), what, final?"""
    return [(round(each.at_ns / 1e6 - 1e6, 6), each.text, each.final) for each in results]


async def test_partials_come_while_speaking_and_the_final_after_the_end(virtual_time: VirtualTime) -> None:
    async with listening(Notes(LoopClock().now_ns), text="a b c d", partial_every_ms=250, final_ms=120) as (session, results):
        await say(session, 40)
        await session.finish()
        await virtual_time.pass_ms(1000)
    assert heard(results) == [(250, "a", False), (500, "a b", False), (750, "a b c", False), (920, "a b c d", True)]


async def test_lines_are_used_over_and_over(virtual_time: VirtualTime) -> None:
    async with listening(Notes(LoopClock().now_ns), text="one\n\n two \n", partial_every_ms=0) as (session, results):
        for _ in range(3):
            await say(session, 2)
            await session.finish()
            await virtual_time.pass_ms(500)
    assert [each.text for each in results] == ["one", "two", "one"]


async def test_an_utterance_without_sound_has_an_empty_final(virtual_time: VirtualTime) -> None:
    async with listening(Notes(LoopClock().now_ns)) as (session, results):
        await session.finish()
        await session.finish()
        await virtual_time.pass_ms(500)
    assert [(each.text, each.final) for each in results] == [("", True), ("", True)]


@pytest.mark.parametrize(("kind", "second"), [("empty", ""), ("different", "yes, I said")])
async def test_a_second_final_follows_when_asked_for(virtual_time: VirtualTime, kind: str, second: str) -> None:
    options = {"text": "yes", "partial_every_ms": 0, "final_ms": 100, "duplicate_finals": kind, "duplicate_after_ms": 150}
    async with listening(Notes(LoopClock().now_ns), **options) as (session, results):
        await session.push(loud())
        await session.finish()
        await virtual_time.pass_ms(500)
    assert heard(results) == [(100, "yes", True), (250, second, True)]


async def test_it_ends_the_turn_itself_after_enough_silence(virtual_time: VirtualTime) -> None:
    options = {"text": "yes", "partial_every_ms": 0, "final_ms": 50, "own_end_of_turn_after_ms": 300}
    async with listening(Notes(LoopClock().now_ns), **options) as (session, results):
        await say(session, 10, silent())  # nothing was said yet: no utterance
        await say(session, 10)
        await say(session, 30, silent())
    assert heard(results) == [(200 + 200 + 14 * 20 + 50, "yes", True)], "the 15th silent frame completes 300 ms"
    assert results[0].end_of_turn


async def test_finishing_while_its_own_final_is_on_the_way_asks_for_no_second(virtual_time: VirtualTime) -> None:
    options = {"text": "yes", "partial_every_ms": 0, "final_ms": 500, "own_end_of_turn_after_ms": 100}
    async with listening(Notes(LoopClock().now_ns), **options) as (session, results):
        await say(session, 10)
        await say(session, 6, silent())
        await session.finish()
        await virtual_time.pass_ms(2000)
    assert [each.text for each in results] == ["yes"]


async def test_discarding_takes_everything_back(virtual_time: VirtualTime) -> None:
    notes = Notes(LoopClock().now_ns)
    async with listening(notes, text="a b", partial_every_ms=100) as (session, results):
        await say(session, 3)
        await session.discard()
        await session.discard()
        await virtual_time.pass_ms(1000)
        assert results == []
        await say(session, 3)
        await session.finish()
        await session.discard()  # the final was on its way
        await virtual_time.pass_ms(1000)
        assert results == []
        await say(session, 3)
        await session.finish()
        await virtual_time.pass_ms(1000)
    assert [each.text for each in results if each.final] == ["a b"]
    assert len(notes.named("cancel_sent")) == 2


async def test_begin_and_finish_are_requests_of_their_own(virtual_time: VirtualTime) -> None:
    notes = Notes(LoopClock().now_ns)
    async with listening(notes, partial_every_ms=0) as (session, _):
        await session.push(loud())
        await virtual_time.pass_ms(100)
        await session.finish()
        await virtual_time.pass_ms(1000)
    sent = notes.named("request_sent")
    assert [(each.at_ns / 1e6 - 1e6, each.data["cue"]) for each in sent] == [(0, "begin"), (100, "finish")]
    assert notes.named("response_ended")[0].data["request"] == sent[1].data["request"]


async def test_results_end_when_the_session_is_closed(virtual_time: VirtualTime) -> None:
    provider = ScriptedStt(ScriptedSttOptions())
    async with provider.open("en", Notes(LoopClock().now_ns).wire) as session:
        results = session.results()
        first = asyncio.ensure_future(anext(results, None))
        await virtual_time.pass_ms(10)
        assert not first.done()
    assert await first is None


@pytest.mark.parametrize(("kind", "leaf"), [("cut", ConnectionCut), ("ended_early", EndedEarly), ("malformed", ProtocolBroken)])
async def test_a_session_that_broke_tells_the_same_reason_to_whoever_speaks_and_whoever_listens(
    virtual_time: VirtualTime, kind: str, leaf: type[ProviderError]
) -> None:
    provider = ScriptedStt(ScriptedSttOptions.model_validate({"partial_every_ms": 10, "fault": {"kind": kind}}))
    async with provider.open("en", Notes(LoopClock().now_ns).wire) as session:
        await session.push(loud())
        await virtual_time.pass_ms(50)
        with pytest.raises(leaf):
            await session.push(loud())
        with pytest.raises(leaf):
            await session.finish()
        with pytest.raises(leaf):
            await anext(session.results())
