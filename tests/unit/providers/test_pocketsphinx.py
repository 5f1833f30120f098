"""Pocketsphinx for real, through its worker process."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import numpy as np
import pytest

from providers import pocketsphinx_stt
from providers.base import Instant, Samples, SttSession, Transcript
from providers.errors import EngineCrashed, EngineMissing, LanguageUnsupported
from providers.pocketsphinx_stt import PocketsphinxOptions, PocketsphinxStt
from tests.unit.providers.listening import cpu_s, sample, wire

FRAME = 320


@pytest.fixture
async def stt() -> AsyncIterator[PocketsphinxStt]:
    provider = PocketsphinxStt(PocketsphinxOptions())
    await provider.warm_up()
    yield provider
    await provider.close()


def speech(name: str) -> Samples:
    """From shortly before the words until half a second after them."""
    return sample(name)[3200:-16_000]


async def push(session: SttSession, pcm: Samples) -> None:
    for at in range(0, len(pcm), FRAME):
        await session.push(pcm[at : at + FRAME])


async def until_final(session: SttSession) -> list[Transcript]:
    got: list[Transcript] = []
    async for transcript in session.results():
        got.append(transcript)
        if transcript.final:
            break
    return got


async def heard(session: SttSession, name: str) -> list[Transcript]:
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(until_final(session))
        await push(session, speech(name))
        await session.finish()
    return reading.result()


def errors(reference: str, text: str) -> int:
    """Word errors (Levenshtein)."""
    words = text.split()
    costs = list(range(len(words) + 1))
    for i, expected in enumerate(reference.split(), 1):
        diagonal, costs[0] = costs[0], i
        for j, word in enumerate(words, 1):
            diagonal, costs[j] = costs[j], min(costs[j] + 1, costs[j - 1] + 1, diagonal + (expected != word))
    return costs[-1]


async def test_words_are_understood_while_they_are_spoken(stt: PocketsphinxStt) -> None:
    instants: list[Instant] = []
    async with stt.open("en", wire(instants)) as session:
        got = await heard(session, "en-plan-rms")
    reference = "first i would talk to the client and then i would change the plan"
    assert errors(reference, got[-1].text) <= 3
    assert len(got) > 5
    assert [transcript.final for transcript in got] == [False] * (len(got) - 1) + [True]
    assert all(transcript.text for transcript in got)
    assert [transcript.at_ns for transcript in got] == sorted(transcript.at_ns for transcript in got)
    assert [(each.name, each.data) for each in instants] == [("connected", {"reused": True})]


async def test_words_have_their_times(stt: PocketsphinxStt) -> None:
    async with stt.open("en", wire()) as session:
        words = (await heard(session, "en-yes-rms"))[-1].words
    assert [word for word, _, _ in words] == ["yes", "please"]
    assert words[0][1] == pytest.approx(300, abs=100), "speech begins 300 ms after the first pushed sample"
    assert words[-1][2] == pytest.approx(1070, abs=100)
    assert words[0][2] <= words[1][1]


async def test_many_utterances_in_one_session(stt: PocketsphinxStt) -> None:
    async with stt.open("en", wire()) as session:
        texts = [(await heard(session, name))[-1].text for name in ("en-yes-rms", "en-time-slt", "en-yes-rms")]
    assert (texts[0], texts[2]) == ("yes please", "yes please")
    assert texts[1].startswith("what time is")


async def test_equal_conversations_get_equal_transcripts(stt: PocketsphinxStt) -> None:
    """What the decoder learnt of one voice does not colour the next conversation."""

    async def conversation() -> list[Transcript]:
        async with stt.open("en", wire()) as session:
            return [(await heard(session, name))[-1] for name in ("en-time-slt", "en-yes-rms")]

    first, again = await conversation(), await conversation()
    assert [(final.text, final.words) for final in first] == [(final.text, final.words) for final in again]


async def test_an_empty_utterance_has_an_empty_final(stt: PocketsphinxStt) -> None:
    async with stt.open("en", wire()) as session:
        await session.finish()
        await session.push(np.zeros(0, np.int16))
        await session.finish()
        await session.push(np.zeros(8000, np.int16))
        await session.finish()
        finals = [(await until_final(session))[-1] for _ in range(3)]
    assert [(final.text, final.words) for final in finals] == [("", ())] * 3


async def test_discarded_speech_is_forgotten(stt: PocketsphinxStt) -> None:
    async with stt.open("en", wire()) as session:
        await push(session, speech("en-haircut-slt"))
        await session.discard()
        await session.discard()
        got = await heard(session, "en-yes-rms")
    assert got[-1].text == "yes please"
    assert not [transcript for transcript in got if "haircut" in transcript.text or "book" in transcript.text]


async def test_a_discard_does_not_wait_for_what_is_in_the_pipe(stt: PocketsphinxStt) -> None:
    """Noise costs 0.2–0.5 s of computing per second; what waits in front of the discard is dropped and not searched through."""
    async with stt.open("en", wire()) as session:
        pid = stt._pool._lent.copy().pop().pid  # pyright: ignore[reportPrivateUsage]
        assert pid is not None
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await push(session, np.tile(sample("en-slab-site5db"), 5))
        await session.discard()
        before_s = cpu_s(pid)
        await session.finish()
        await until_final(session)
        assert cpu_s(pid) - before_s < 2.5, "the whole of it is 36 s of noise, which would cost 7 s and more"


async def test_pushing_waits_when_the_engine_cannot_keep_up(stt: PocketsphinxStt) -> None:
    """A worker that is stopped takes no more than its buffers hold."""
    async with stt.open("en", wire()) as session:
        pid = stt._pool._lent.copy().pop().pid  # pyright: ignore[reportPrivateUsage]
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        try:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.5):
                    await push(session, np.zeros(16_000 * 60, np.int16))
        finally:
            os.kill(pid, signal.SIGCONT)
        await session.discard()
        assert (await heard(session, "en-yes-rms"))[-1].text == "yes please"


async def test_two_sessions_at_once_have_a_decoder_each(stt: PocketsphinxStt) -> None:
    async with stt.open("en", wire()) as one, stt.open("en", wire()) as two:
        async with asyncio.TaskGroup() as group:
            first = group.create_task(heard(one, "en-time-slt"))
            second = group.create_task(heard(two, "en-yes-rms"))
        assert first.result()[-1].text.startswith("what time is")
        assert second.result()[-1].text == "yes please"


async def test_results_end_with_the_session(stt: PocketsphinxStt) -> None:
    async def read(session: SttSession) -> list[Transcript]:
        return [transcript async for transcript in session.results()]

    async with asyncio.TaskGroup() as group, stt.open("en", wire()) as session:
        reading = group.create_task(read(session))
        await session.push(speech("en-yes-rms"))
        await asyncio.sleep(0)
    assert all(not transcript.final for transcript in reading.result())
    with pytest.raises(EngineCrashed):
        await session.push(np.zeros(320, np.int16))


async def test_a_cancelled_session_leaves_a_free_worker(stt: PocketsphinxStt) -> None:
    async def talk() -> None:
        async with stt.open("en", wire()) as session:
            await push(session, np.tile(speech("en-slab-rms"), 5))

    async with asyncio.TaskGroup() as group:
        talking = group.create_task(talk())
        await asyncio.sleep(0.1)
        talking.cancel()
    assert not stt._pool._lent  # pyright: ignore[reportPrivateUsage]
    async with stt.open("en", wire()) as session:
        assert (await heard(session, "en-yes-rms"))[-1].text == "yes please"


async def test_the_careful_passes_are_an_option() -> None:
    provider = PocketsphinxStt(PocketsphinxOptions(passes="careful"))
    async with provider.open("en", wire()) as session:
        assert (await heard(session, "en-time-slt"))[-1].text == "what time is it"
    await provider.close()


async def test_other_languages_are_refused_with_a_remedy(stt: PocketsphinxStt) -> None:
    with pytest.raises(LanguageUnsupported) as caught:
        async with stt.open("ru", wire()):
            pass
    assert "faster-whisper" in caught.value.public_message
    assert caught.value.stage == "stt"


async def test_a_missing_engine_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pocketsphinx_stt.importlib.util, "find_spec", lambda name: None)
    provider = PocketsphinxStt(PocketsphinxOptions())
    with pytest.raises(EngineMissing) as caught:
        await provider.warm_up()
    assert "pip install pocketsphinx" in caught.value.public_message
