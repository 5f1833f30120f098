"""Gemini's voice: the sound of phrases."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest

from providers.base import AudioChunk, PhraseFinished, Usage
from providers.errors import ProtocolBroken
from providers.google_speech import GeminiSpeech, GeminiSpeechOptions
from tests.unit.providers.gemini_server import Script, event, observer, saying, serving

PCM = np.arange(-300, 300, dtype="<i2").tobytes()
KIND = "audio/L16;codec=pcm;rate=24000"


def sound(data: bytes, kind: str = KIND) -> dict[str, Any]:
    return {"inlineData": {"mimeType": kind, "data": base64.b64encode(data).decode()}}


async def phrases(*texts: str) -> AsyncIterator[str]:
    for each in texts:
        yield each


async def spoken(script: Script, *texts: str, **options: Any) -> tuple[list[Any], list[dict[str, Any]]]:
    async with serving(script) as server:
        voice = GeminiSpeech(GeminiSpeechOptions(base_url=server.base_url, **options))
        try:
            chunks = [chunk async for chunk in voice.speak(phrases(*texts), "en", observer()[1])]
        finally:
            await voice.close()
        return chunks, [each.json for each in server.posts]


async def test_samples_are_whole_though_chunks_are_cut_inside_them() -> None:
    count = {"promptTokenCount": 2, "candidatesTokenCount": 1}
    script = saying(event(sound(PCM[:101])), event(sound(PCM[101:102])), event(sound(PCM[102:]), finish="STOP", usage=count))
    chunks, bodies = await spoken(script, "Hello.", " … ", "Bye.")
    pcm = [np.concatenate([each.pcm for each in chunks if isinstance(each, AudioChunk) and each.phrase == k]) for k in (0, 2)]
    assert all(np.array_equal(each, np.arange(-300, 300)) for each in pcm)
    assert {each.rate_hz for each in chunks if isinstance(each, AudioChunk)} == {24_000}
    assert [each.phrase for each in chunks if isinstance(each, PhraseFinished)] == [0, 1, 2]
    usage = next(each for each in chunks if isinstance(each, Usage))
    assert usage.audio_s == 600 / 24_000
    assert [body["contents"][0]["parts"] for body in bodies] == [[{"text": "Hello."}], [{"text": "Bye."}]]
    config = bodies[0]["generationConfig"]
    assert config["responseModalities"] == ["AUDIO"]
    assert "Kore" in str(config["speechConfig"])


async def test_another_rate_is_believed() -> None:
    chunks, _ = await spoken(saying(event(sound(PCM, "audio/pcm;rate=16000"), finish="STOP")), "Hello.")
    assert chunks[0].rate_hz == 16_000


async def test_sound_of_another_kind_is_not_played_as_noise() -> None:
    with pytest.raises(ProtocolBroken):
        await spoken(saying(event(sound(b"ID3", "audio/mpeg"), finish="STOP")), "Hello.")
