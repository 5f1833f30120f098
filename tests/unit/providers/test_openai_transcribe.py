"""Transcripts over a socket: what is sent for which model, and utterances that overtake each other."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any, cast

import numpy as np
import pytest

from providers import registry
from providers.base import (
    CAPTURE_RATE_HZ,
    Recording,
    SpeechToText,
    Transcriber,
    TranscriptDelta,
    TranscriptionFinished,
    Usage,
    Wire,
)
from providers.errors import ProtocolBroken, RequestRefused, ServiceFailed
from providers.over_http import openai_listening
from providers.over_http.openai_transcripts import LARGEST_UPLOAD
from tests.contract.leaks import nothing_left
from tests.unit.providers.openai_server import Asked, Server, event, plain, serving

RECORDING = Recording(b"RIFF....", "talk.wav", "audio/wav", 2000.0, "de", "about bridges")
SECOND = np.full(CAPTURE_RATE_HZ, 1000, np.int16)


def streamed(text: str, *pieces: str, **more: Any) -> bytes:
    """A transcript that comes in pieces."""
    told = [{"type": "transcript.text.delta", "delta": each} for each in pieces or (text,)]
    return plain(
        b"".join(map(event, [*told, {"type": "transcript.text.done", "text": text, **more}])), kind="text/event-stream"
    )


def fields(asked: Asked) -> dict[str, list[str]]:
    """The text fields of a form."""
    boundary = asked.headers["content-type"].partition("boundary=")[2].encode()
    found: dict[str, list[str]] = {}
    for part in asked.body.split(b"--" + boundary)[1:-1]:
        head, _, value = part.partition(b"\r\n\r\n")
        name = head.decode().partition('name="')[2].partition('"')[0]
        found.setdefault(name, []).append(value.rstrip(b"\r\n").decode(errors="replace"))
    return found


async def transcribed(server: Server, name: str = "openai", recording: Recording = RECORDING, **options: Any) -> list[Any]:
    provider = cast("Transcriber", registry.build("transcriber", name, {"base_url": server.base_url, **options}))
    try:
        return [chunk async for chunk in provider.transcribe(recording, Wire(time.monotonic_ns, lambda _: None))]
    finally:
        await provider.close()


def always(answer: bytes) -> Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]:
    async def answering(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)

    return answering


async def test_the_newest_model_gets_languages_and_key_words() -> None:
    told = streamed("Guten Tag", "Guten", " Tag", languages=[{"code": "de"}],
                    usage={"type": "tokens", "input_tokens": 8, "output_tokens": 2, "total_tokens": 10})  # fmt: skip
    async with serving(always(told)) as server:
        seen = await transcribed(server, keywords="Brücke, Träger ,")
        sent = fields(server.asked[-1])
    del sent["file"]
    assert sent == {
        "model": ["gpt-transcribe"], "languages[]": ["de"], "keywords[]": ["Brücke", "Träger"], "prompt": ["about bridges"],
        "response_format": ["json"], "stream": ["true"],
    }  # fmt: skip
    assert [chunk.text for chunk in seen if isinstance(chunk, TranscriptDelta)] == ["Guten", " Tag"]
    assert isinstance(seen[-1], TranscriptionFinished)
    assert (seen[-1].text, seen[-1].language) == ("Guten Tag", "de")
    usage = next(chunk for chunk in seen if isinstance(chunk, Usage))
    assert (usage.tokens_in, usage.tokens_out, usage.audio_s, usage.source) == (8, 2, 2.0, "server")


async def test_nothing_is_claimed_to_be_counted_by_the_service_that_was_not() -> None:
    async with serving(always(streamed("Hi"))) as server:
        usage = next(chunk for chunk in await transcribed(server) if isinstance(chunk, Usage))
    assert (usage.audio_s, usage.tokens_in, usage.source) == (2.0, None, "estimated")


async def test_whisper_tells_times() -> None:
    whole = {
        "task": "transcribe", "language": "german", "duration": 1.9, "text": " Guten Tag. Ja. ", "usage": {"type": "duration", "seconds": 2},
        "segments": [{"id": 0, "start": 0.0, "end": 1.0, "text": " Guten Tag.", "avg_logprob": -0.5},
                     {"id": 1, "start": 1.0, "end": 1.5, "text": " Ja.", "avg_logprob": 0.1}],
        "words": [{"word": "Guten", "start": 0.1, "end": 0.4}, {"word": "Tag", "start": 0.5, "end": 0.9}, {"word": "Ja", "start": 1.1, "end": 1.0}],
    }  # fmt: skip
    for name, model in (
        ("openai", "whisper-1"),
        ("groq", "whisper-large-v3-turbo"),
        ("speaches", "Systran/faster-whisper-small"),
    ):
        async with serving(always(plain(json.dumps(whole).encode()))) as server:
            seen = await transcribed(server, name, model=model)
            sent = fields(server.asked[-1])
        assert sent["response_format"] == ["verbose_json"]
        assert sent["timestamp_granularities[]"] == ["word", "segment"]
        assert sent["language"] == ["de"]
        assert not {"stream", "keywords[]", "languages[]"} & sent.keys()
        usage, finished = seen
        assert usage.audio_s == 2.0
        assert finished.text == "Guten Tag. Ja."
        first, second = finished.segments
        assert [word.text for word in first.words] == ["Guten", "Tag"]
        assert (second.words[0].start_ms, second.words[0].end_ms) == (1100.0, 1100.0), "never backwards"
        assert first.confidence == pytest.approx(0.6065, abs=1e-3)
        assert second.confidence == 1.0


async def test_speakers_are_told_apart_by_the_model_that_can() -> None:
    told = [{"type": "transcript.text.segment", "id": "s", "start": 0.5, "end": 1.0, "speaker": "A", "text": "Hi"},
            {"type": "transcript.text.done", "text": "Hi"}]  # fmt: skip
    async with serving(always(plain(b"".join(map(event, told)), kind="text/event-stream"))) as server:
        seen = await transcribed(server, model="gpt-4o-transcribe-diarize")
        sent = fields(server.asked[-1])
    assert sent["response_format"] == ["diarized_json"]
    assert sent["chunking_strategy"] == ["auto"]
    assert "prompt" not in sent
    assert (seen[-1].segments[0].speaker, seen[-1].segments[0].start_ms) == ("A", 500.0)


async def test_pieces_in_the_wrong_order_are_noticed_in_the_end() -> None:
    async with serving(always(streamed("one two", " two", "one"))) as server:
        with pytest.raises(ProtocolBroken):
            await transcribed(server)


async def test_a_file_that_is_too_large_is_not_sent() -> None:
    async with serving(always(b"")) as server:
        with pytest.raises(RequestRefused):
            await transcribed(server, recording=Recording(bytes(LARGEST_UPLOAD + 1), "a.wav", "audio/wav", 1.0))
        assert server.asked == []


# ── utterances ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def listener(server: Server, **options: Any) -> SpeechToText:
    return cast("SpeechToText", registry.build("stt", "openai", {"base_url": server.base_url, **options}))


async def test_utterances_that_overtake_each_other_come_out_in_order() -> None:
    answers = iter(("first", "second"))
    late = asyncio.Event()

    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        text = next(answers)
        if text == "first":
            await late.wait()
        else:
            late.set()
        writer.write(streamed(text))

    async with nothing_left(), serving(answer) as server:
        provider = listener(server)
        async with provider.open("en", Wire(time.monotonic_ns, lambda _: None)) as session:
            for _ in range(2):
                await session.push(SECOND)
                await session.finish()
                await asyncio.sleep(0.05)  # the first is on its way
            finals = []
            async for transcript in session.results():
                finals += [transcript.text] if transcript.final else []
                if len(finals) == 2:
                    break
        await provider.close()
    assert finals == ["first", "second"]
    assert "utterance.wav" in server.asked[0].body.decode(errors="replace")


async def test_too_short_to_be_a_word_is_answered_without_asking() -> None:
    async with serving(always(streamed("x"))) as server:
        provider = listener(server)
        async with provider.open("en", Wire(time.monotonic_ns, lambda _: None)) as session:
            await session.push(SECOND[:1000])
            await session.finish()
            await session.push(SECOND)
            await session.discard()
            await session.finish()
            results = session.results()
            assert [(await anext(results)).text, (await anext(results)).text] == ["", ""]
            await results.aclose()
        await provider.close()
        assert server.asked == []


async def test_an_utterance_that_fails_does_not_take_the_next_one_along() -> None:
    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(plain(b"{}", "500 Internal Server Error") if len(server.asked) == 1 else streamed("again"))

    async with nothing_left(), serving(answer) as server:
        provider = listener(server)
        async with provider.open("en", Wire(time.monotonic_ns, lambda _: None)) as session:
            await session.push(SECOND)
            await session.finish()
            with pytest.raises(ServiceFailed):
                await anext(session.results())
            await session.push(SECOND)
            await session.finish()
            seen = [transcript async for transcript in until_final(session.results())]
        await provider.close()
    assert [(each.text, each.final) for each in seen] == [("again", False), ("again", True)]
    assert seen[-1].usage is not None


async def until_final(results: Any) -> Any:
    async for transcript in results:
        yield transcript
        if transcript.final:
            return


async def test_closing_hangs_up_ends_the_results_and_wraps_no_error() -> None:
    asked_for, over = asyncio.Event(), asyncio.Event()

    async def silent(asked: Asked, writer: asyncio.StreamWriter) -> None:
        asked_for.set()
        await over.wait()

    async with nothing_left(), serving(silent) as server:
        provider = listener(server)
        ended: list[bool] = []

        async def read(session: Any) -> None:
            async for _ in session.results():
                pass
            ended.append(True)

        async def converse(group: asyncio.TaskGroup) -> None:
            async with provider.open("en", Wire(time.monotonic_ns, lambda _: None)) as session:
                group.create_task(read(session))
                await session.push(SECOND)
                await session.finish()
                await asked_for.wait()
                raise KeyError("the body's own")

        async with asyncio.TaskGroup() as group:
            with pytest.raises(KeyError):
                await converse(group)
        assert ended == [True]
        await provider.close()
        over.set()


async def test_an_utterance_without_an_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai_listening, "LARGEST_UPLOAD", 50_000)
    async with serving(always(streamed("x"))) as server:
        provider = listener(server)
        async with provider.open("en", Wire(time.monotonic_ns, lambda _: None)) as session:
            await session.push(SECOND)
            with pytest.raises(RequestRefused):
                await session.push(SECOND)
        await provider.close()
