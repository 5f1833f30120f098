"""Flite for real, run by run."""

import asyncio
import shutil
import struct
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import numpy as np
import pytest

from providers.base import AudioChunk, Instant, PhraseFinished, SpeechChunk
from providers.errors import EngineCrashed, EngineMissing, LanguageUnsupported
from providers.flite_tts import FliteOptions, FliteTts, Piece, Wav, plain
from tests.unit.providers.listening import alive, children, said, wire

installed = pytest.mark.skipif(shutil.which("flite") is None, reason="needs flite: sudo apt-get install flite")


@pytest.fixture
async def flite() -> AsyncIterator[FliteTts]:
    provider = FliteTts(FliteOptions(voice="kal16"))
    yield provider
    await provider.close()


async def spoken(provider: FliteTts, *phrases: str, language: str = "en") -> list[SpeechChunk]:
    return [chunk async for chunk in provider.speak(said(*phrases), language, wire())]


def pcm(chunks: list[SpeechChunk], phrase: int = 0) -> np.ndarray:
    parts = [chunk.pcm for chunk in chunks if isinstance(chunk, AudioChunk) and chunk.phrase == phrase]
    return np.concatenate(parts) if parts else np.zeros(0, np.int16)


@installed
@pytest.mark.parametrize(
    ("voice", "rate_hz"), [("slt", 16_000), ("rms", 16_000), ("awb", 16_000), ("kal16", 16_000), ("kal", 8000)]
)
async def test_every_voice(voice: str, rate_hz: int) -> None:
    provider = FliteTts(FliteOptions.model_validate({"voice": voice}))
    await provider.warm_up()
    instants: list[Instant] = []
    chunks = [chunk async for chunk in provider.speak(said("Hello there.", "How are you?"), "en", wire(instants))]
    await provider.close()
    assert {chunk.rate_hz for chunk in chunks if isinstance(chunk, AudioChunk)} == {rate_hz}
    for phrase in (0, 1):
        assert 0.5 < len(pcm(chunks, phrase)) / rate_hz < 2.5
        assert np.abs(pcm(chunks, phrase)).max() > 2000
    assert [chunk.phrase for chunk in chunks if isinstance(chunk, PhraseFinished)] == [0, 1]
    assert [each.data.get("phrase") for each in instants if each.name == "request_sent"] == [0, 1]


@installed
@pytest.mark.parametrize("nothing", ["", "...", "😀", "привет", "日本語", "\0"])
async def test_nothing_it_can_say_yields_only_the_end(flite: FliteTts, nothing: str) -> None:
    chunks = await spoken(flite, nothing, "Yes.")
    assert isinstance(chunks[0], PhraseFinished)
    assert len(pcm(chunks, 1)) > 1000


@installed
@pytest.mark.parametrize(
    "text", ["-voice", "$(id) `id`", "nul \0 inside", "café naïve", "“quoted” — it’s", "<speak>5 < 6</speak>"]
)
async def test_awkward_text_is_spoken_as_it_stands(flite: FliteTts, text: str) -> None:
    assert len(pcm(await spoken(flite, text))) > 4000


@installed
async def test_long_text_is_spoken_in_several_runs(flite: FliteTts) -> None:
    short = len(pcm(await spoken(flite, "one two three four five. ")))
    text = "one two three four five. " * 100  # 2,500 characters
    chunks = await spoken(flite, text)
    assert len(pcm(chunks)) > short * 50
    assert [chunk.phrase for chunk in chunks if isinstance(chunk, PhraseFinished)] == [0]


@installed
async def test_two_at_once_do_not_mix(flite: FliteTts) -> None:
    alone = {text: pcm(await spoken(flite, text)) for text in ("The first voice.", "I am the second.")}
    async with asyncio.TaskGroup() as group:
        tasks = {text: group.create_task(spoken(flite, text)) for text in alone}
    for text, task in tasks.items():
        assert np.array_equal(pcm(task.result()), alone[text])


@installed
async def test_a_cancelled_run_is_killed_and_reaped() -> None:
    provider = FliteTts(FliteOptions(voice="slt"))
    before = children()

    async def speak() -> None:
        async with aclosing(provider.speak(said("word " * 190), "en", wire())) as chunks:
            async for _chunk in chunks:
                pass

    async with asyncio.TaskGroup() as group:
        speaking = group.create_task(speak())
        while not (started := children() - before):  # noqa: ASYNC110 - the kernel sends no event
            await asyncio.sleep(0.002)
        speaking.cancel()
    await provider.close()
    assert not any(alive(pid) for pid in started)
    assert not children() - before


async def test_other_languages_are_refused(flite: FliteTts) -> None:
    with pytest.raises(LanguageUnsupported):
        await spoken(flite, "привет", language="ru")


async def test_a_missing_program_is_named(flite: FliteTts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda program: None)
    with pytest.raises(EngineMissing) as caught:
        await spoken(flite, "hello")
    assert "sudo apt-get install flite" in caught.value.public_message


@pytest.mark.parametrize("script", ["exit 3", "printf RIFF", "head -c 2000 /dev/zero; exit 0 >/dev/null; kill -9 $$"])
async def test_a_program_that_fails_is_a_crash(
    flite: FliteTts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    program = tmp_path / "flite"
    header = "\\0".join([""] * 25) + "\\200\\076" + "\\0" * 14 + "\\377\\377\\0\\0"  # announces 65,535 bytes of sound
    program.write_text(f"#!/bin/sh\n{script.replace('head', f'printf {header!r}; head')}\n")
    program.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda name: str(program))
    with pytest.raises(EngineCrashed):
        await spoken(flite, "hello")


def test_a_wav_file_in_any_pieces() -> None:
    sound = np.arange(-500, 500, dtype=np.int16)
    file = b"RIFF" + bytes(20) + struct.pack("<I", 16_000) + bytes(12) + struct.pack("<I", 2000) + sound.tobytes() + b"LIST"
    for size in (1, 3, 44, 100, 5000):
        wav = Wav(0)
        chunks = [wav.take(Piece(file[at : at + size], at)) for at in range(0, len(file), size)]
        assert np.array_equal(np.concatenate([chunk.pcm for chunk in chunks if chunk]), sound)
        assert wav.complete


def test_typography_becomes_ascii() -> None:
    assert plain("“It’s” – café…") == '"It\'s" - cafe...'
