"""Speech over a socket: samples across pieces, phrases ahead, and what a request brings."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any, cast

import numpy as np
import pytest

from providers import registry
from providers.base import AudioChunk, Instant, PhraseFinished, Usage, Wire
from providers.errors import EndedEarly, ProtocolBroken, ServiceFailed
from providers.openai_speech import LONGEST_INPUT, OpenAiSpeech
from tests.contract.leaks import nothing_left
from tests.unit.providers.openai_server import END, Asked, Server, piece, plain, serving

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: audio/pcm\r\ntransfer-encoding: chunked\r\n\r\n"
SOUND = np.arange(1, 101, dtype="<i2").tobytes()


async def odd(asked: Asked, writer: asyncio.StreamWriter) -> None:
    """Cut inside samples."""
    writer.write(HEAD)
    for start, end in ((0, 1), (1, 2), (2, 7), (7, 8), (8, 200)):
        writer.write(piece(SOUND[start:end]))
        await writer.drain()
        await asyncio.sleep(0.005)
    writer.write(END)


def voice(server: Server, name: str = "openai", **options: Any) -> OpenAiSpeech:
    return cast("OpenAiSpeech", registry.build("tts", name, {"base_url": server.base_url, **options}))


async def phrases(*texts: str) -> AsyncIterator[str]:
    for text in texts:
        yield text


async def spoken(provider: OpenAiSpeech, *texts: str) -> tuple[list[Any], list[Instant]]:
    instants: list[Instant] = []
    try:
        return [
            chunk async for chunk in provider.speak(phrases(*texts), "en", Wire(time.monotonic_ns, instants.append))
        ], instants
    finally:
        await provider.close()


async def test_samples_are_whole_wherever_the_pieces_are_cut() -> None:
    async with serving(odd) as server:
        seen, _ = await spoken(voice(server), "Hello there.")
    sound = np.concatenate([chunk.pcm for chunk in seen if isinstance(chunk, AudioChunk)])
    assert sound.tolist() == list(range(1, 101))
    assert all(chunk.rate_hz == 24_000 and chunk.pcm.size for chunk in seen if isinstance(chunk, AudioChunk))
    usage = next(chunk for chunk in seen if isinstance(chunk, Usage))
    assert (usage.characters, usage.audio_s, usage.source, usage.cost_usd) == (12, 100 / 24_000, "estimated", None)


async def test_half_a_sample_at_the_end_means_that_something_is_missing() -> None:
    async def short(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + piece(SOUND[:5]) + END)

    async with serving(short) as server:
        with pytest.raises(EndedEarly):
            await spoken(voice(server), "Hello.")


async def test_an_answer_that_is_no_sound_is_not_played() -> None:
    async def page(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(plain(b"<html>", kind="text/html"))

    async with serving(page) as server:
        with pytest.raises(ProtocolBroken):
            await spoken(voice(server), "Hello.")


async def test_the_request() -> None:
    async with serving(odd) as server:
        await spoken(voice(server, instructions="calm", speed=1.5, voice="nova"), "Hi 😀 there.")
        await spoken(voice(server), "Hi.")
        await spoken(voice(server, "speaches"), "Hi.")
    assert [each.json for each in server.to("audio/speech")] == [
        {"model": "gpt-4o-mini-tts", "voice": "nova", "input": "Hi there.", "response_format": "pcm", "speed": 1.5,
         "instructions": "calm"},
        {"model": "gpt-4o-mini-tts", "voice": "coral", "input": "Hi.", "response_format": "pcm"},
        {"model": "speaches-ai/Kokoro-82M-v1.0-ONNX", "voice": "af_heart", "input": "Hi.", "response_format": "pcm"},
    ]  # fmt: skip


async def test_what_cannot_be_said_is_not_sent() -> None:
    async with serving(odd) as server:
        seen, instants = await spoken(voice(server), " … ", "Good.", "😀", "")
    assert [chunk.phrase for chunk in seen if isinstance(chunk, PhraseFinished)] == [0, 1, 2, 3]
    assert [each.data["phrase"] for each in instants if each.name == "request_sent"] == [1]
    assert {chunk.phrase for chunk in seen if isinstance(chunk, AudioChunk)} == {1}


async def test_a_phrase_that_is_too_long_takes_several_requests_and_ends_once() -> None:
    async with serving(odd) as server:
        seen, _ = await spoken(voice(server), "word " * 1500, "Bye.")
    lengths = [len(each.json["input"]) for each in server.to("audio/speech")]
    assert len(lengths) == 3
    assert max(lengths) <= LONGEST_INPUT
    assert [chunk.phrase for chunk in seen if isinstance(chunk, PhraseFinished)] == [0, 1]
    assert " ".join(each.json["input"] for each in server.to("audio/speech")[:2]).split() == ["word"] * 1500


async def test_the_next_phrase_and_no_more_is_asked_for_while_one_is_read() -> None:
    async with serving(odd) as server:
        provider, at_first = voice(server), None
        instants: list[Instant] = []
        stream = provider.speak(phrases("One.", "Two.", "Three.", "Four."), "en", Wire(time.monotonic_ns, instants.append))
        order: list[int] = []
        async for chunk in stream:
            if isinstance(chunk, AudioChunk) and at_first is None:
                await asyncio.sleep(0.1)  # the listener is busy
                at_first = [each.json["input"] for each in server.asked]
            if isinstance(chunk, AudioChunk | PhraseFinished):
                order.append(chunk.phrase)
        await provider.close()
    assert at_first == ["One.", "Two."]
    assert order == sorted(order)
    assert [each.data["phrase"] for each in instants if each.name == "request_sent"] == [0, 1, 2, 3]


async def test_an_error_of_a_phrase_ahead_comes_in_its_turn() -> None:
    async def second_fails(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.json["input"] == "Two.":
            writer.write(plain(b"{}", "500 Internal Server Error"))
        else:
            await odd(asked, writer)

    seen: list[Any] = []
    async with nothing_left(), serving(second_fails) as server:
        provider = voice(server)

        async def listen() -> None:
            async for chunk in provider.speak(phrases("One.", "Two."), "en", Wire(time.monotonic_ns, lambda _: None)):
                seen.append(chunk)

        with pytest.raises(ServiceFailed):
            await listen()
        await provider.close()
    assert isinstance(seen[-1], PhraseFinished)
    assert sum(chunk.pcm.size for chunk in seen if isinstance(chunk, AudioChunk)) == 100


async def test_leaving_closes_what_was_asked_for_ahead() -> None:
    async with nothing_left(), serving(odd) as server:
        provider = voice(server)
        stream = provider.speak(phrases("One.", "Two.", "Three."), "en", Wire(time.monotonic_ns, lambda _: None))
        async for chunk in stream:
            if isinstance(chunk, AudioChunk):
                await asyncio.sleep(0.05)
                break
        await stream.aclose()
        await provider.close()
