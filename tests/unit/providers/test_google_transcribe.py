"""Gemini as a transcriber and as ears."""

import asyncio
import base64
import io
import wave
from typing import Any

import numpy as np
import pytest

from providers.base import CAPTURE_RATE_HZ, Recording, Transcript, TranscriptDelta, TranscriptionFinished, Usage
from providers.errors import RequestRefused, ServiceFailed
from providers.google_transcribe import (
    LONGEST_BYTES,
    GeminiListeningOptions,
    GeminiStt,
    GeminiTranscriber,
    GeminiTranscriberOptions,
)
from tests.unit.providers.gemini_server import (
    Request,
    Script,
    answering,
    event,
    observer,
    plain,
    raw,
    saying,
    serving,
    text,
)

COUNT = {
    "promptTokenCount": 60,
    "candidatesTokenCount": 3,
    "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": 50}, {"modality": "TEXT", "tokenCount": 10}],
}
LINE = saying(text("what "), event({"text": "hm", "thought": True}), text("was said\n"), text("", finish="STOP", usage=COUNT))


def recording(**more: Any) -> Recording:
    return Recording(b"RIFF....", "a.wav", "audio/wav", 1500.0, **more)


async def transcribed(script: Script, given: Recording, **options: Any) -> tuple[list[Any], dict[str, Any]]:
    async with serving(script) as server:
        transcriber = GeminiTranscriber(GeminiTranscriberOptions(base_url=server.base_url, **options))
        try:
            chunks = [chunk async for chunk in transcriber.transcribe(given, observer()[1])]
        finally:
            await transcriber.close()
        return chunks, server.posts[-1].json


async def test_a_recording_goes_inside_the_request_and_comes_back_as_text() -> None:
    chunks, body = await transcribed(LINE, recording(language="ru", prompt="Firstword"))
    assert [type(each) for each in chunks] == [TranscriptDelta, TranscriptDelta, Usage, TranscriptionFinished]
    assert chunks[-1].text == "what was said"
    assert (chunks[2].tokens_in, chunks[2].tokens_out, chunks[2].audio_s) == (60, 3, 1.5)
    parts = body["contents"][0]["parts"]
    assert len(parts) == 1
    blob = parts[0]["inlineData"]
    assert base64.b64decode(blob["data"]) == b"RIFF...."
    assert blob.get("mimeType", blob.get("mime_type")) == "audio/wav"
    instruction = body["systemInstruction"]["parts"][0]["text"]
    assert "Russian" in instruction
    assert "write nothing" in instruction
    assert "Firstword" in instruction
    assert body["generationConfig"] == {"temperature": 0.0}


async def test_nothing_heard_is_an_empty_text() -> None:
    chunks, body = await transcribed(saying(text("", finish="STOP")), recording())
    assert [type(each) for each in chunks] == [TranscriptionFinished]
    assert chunks[-1].text == ""
    assert "the language that is spoken" in body["systemInstruction"]["parts"][0]["text"]


async def test_a_model_made_for_it_gets_settings_instead_of_an_instruction() -> None:
    words = [
        {"word": "what", "startOffset": "0.1s", "endOffset": "0.4s"},
        {"word": "now", "startOffset": "0.500s", "endOffset": "9s"},
        {"word": "lost"},
    ]
    script = saying(text("what now"), event({"audioTranscription": {"text": "what now", "words": words}}, finish="STOP"))
    chunks, body = await transcribed(script, recording(language="de"), model="gemini-3.5-transcribe", word_times=True)
    assert "systemInstruction" not in body
    config = body["generationConfig"].pop("audioTranscriptionConfig")
    assert config.get("languageCodes", config.get("language_codes")) == ["de"]
    assert config.get("wordTimestamp", config.get("word_timestamp")) is True
    assert body["generationConfig"] == {}
    segment = chunks[-1].segments[0]
    assert [(word.text, word.start_ms, word.end_ms) for word in segment.words] == [("what", 100, 400), ("now", 500, 9000)]
    assert (segment.start_ms, segment.end_ms) == (100, 1500)


async def test_a_file_that_is_too_large_is_not_sent() -> None:
    async with serving(LINE) as server:
        transcriber = GeminiTranscriber(GeminiTranscriberOptions(base_url=server.base_url))
        huge = Recording(bytes(LONGEST_BYTES + 1), "a.wav", "audio/wav", 1.0)
        with pytest.raises(RequestRefused):
            await anext(transcriber.transcribe(huge, observer()[1]))
        await transcriber.close()
        assert server.requests == []


# ── ears ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────
def spoken(number: int) -> np.ndarray[Any, np.dtype[np.int16]]:
    return np.full(320, number, np.int16)


def heard(request: Request) -> list[int]:
    """First sample of each 20 ms of the utterance that came in, and that it is a WAV file of the right form."""
    blob = request.json["contents"][0]["parts"][0]["inlineData"]
    with wave.open(io.BytesIO(base64.b64decode(blob["data"]))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, CAPTURE_RATE_HZ)
        return [int(each) for each in np.frombuffer(file.readframes(file.getnframes()), "<i2")[::320]]


async def echo(request: Request, writer: asyncio.StreamWriter) -> None:
    """Says which samples came."""
    numbers = heard(request)
    await saying(*(text(f" {number}") for number in numbers), text("", finish="STOP", usage=COUNT))(request, writer)


async def test_utterances_come_out_in_order_and_whole() -> None:
    async with serving(echo) as server, asyncio.timeout(20):
        stt = GeminiStt(GeminiListeningOptions(base_url=server.base_url))
        instants, wire = observer()
        seen: list[Transcript] = []
        async with stt.open("en", wire) as session:
            for numbers in ((1, 2), (3,)):
                for number in numbers:
                    await session.push(spoken(number))
                await session.finish()
            await session.push(spoken(4))
            await session.discard()
            await session.finish()  # nothing was said
            await session.push(spoken(5))
            await session.finish()
            async for transcript in session.results():
                seen.append(transcript)
                if [each.final for each in seen].count(True) == 4:
                    break
        await stt.close()
    assert [each.text for each in seen] == ["1", "1 2", "1 2", "3", "3", "", "5", "5"]
    assert [each.text for each in seen if each.final] == ["1 2", "3", "", "5"]
    assert [heard(request) for request in server.posts] == [[1, 2], [3], [5]]
    final = seen[2].usage
    assert final is not None
    assert (final.tokens_in, final.audio_s) == (60, 0.04)
    sent = [each.data["utterance"] for each in instants if each.name == "request_sent"]
    assert sent == [0, 1, 2]
    assert all("utterance" in each.data for each in instants)


async def test_a_failed_utterance_raises_and_the_next_is_heard() -> None:
    failed = iter([True, False])

    async def script(request: Request, writer: asyncio.StreamWriter) -> None:
        busy = raw({"error": {"code": 503, "message": "busy", "status": "UNAVAILABLE"}})
        await (saying(text("wh"), busy) if next(failed) else LINE)(request, writer)

    async with serving(script) as server, asyncio.timeout(20):
        stt = GeminiStt(GeminiListeningOptions(base_url=server.base_url))
        async with stt.open("en", observer()[1]) as session:
            for _ in range(2):
                await session.push(spoken(1))
                await session.finish()
            seen: list[Transcript] = []
            with pytest.raises(ServiceFailed):  # noqa: PT012 - after what came before
                async for transcript in session.results():
                    seen.append(transcript)
            assert [each.text for each in seen] == ["wh"]
            async for transcript in session.results():
                if transcript.final:
                    assert transcript.text == "what was said"
                    break
        await stt.close()


async def test_a_refusal_reaches_the_reader() -> None:
    busy = plain("503 Service Unavailable", {"error": {"code": 503, "message": "busy", "status": "UNAVAILABLE"}})
    async with serving(answering(busy)) as server:
        stt = GeminiStt(GeminiListeningOptions(base_url=server.base_url))
        async with stt.open("en", observer()[1]) as session:
            await session.push(spoken(1))
            await session.finish()
            with pytest.raises(ServiceFailed) as caught:
                await anext(session.results())
            assert caught.value.stage == "stt"
        await stt.close()


async def test_results_end_when_the_session_is_closed() -> None:
    async with serving(echo) as server, asyncio.timeout(20):
        stt = GeminiStt(GeminiListeningOptions(base_url=server.base_url))
        async with asyncio.TaskGroup() as group, stt.open("en", observer()[1]) as session:

            async def read() -> list[Transcript]:
                return [each async for each in session.results()]

            reading = group.create_task(read())
            await asyncio.sleep(0)
        assert reading.result() == []
        await stt.close()
