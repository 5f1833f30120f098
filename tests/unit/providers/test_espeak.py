"""espeak-ng for real, through its worker process."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import aclosing

import numpy as np
import pytest

from providers import espeak_tts
from providers.base import AudioChunk, Instant, PhraseFinished, SpeechChunk, SpokenUnit
from providers.errors import EngineMissing, LanguageUnsupported, RequestRefused
from providers.espeak_tts import EspeakOptions, EspeakTts
from tests.unit.providers.listening import said, wire


@pytest.fixture
async def espeak() -> AsyncIterator[EspeakTts]:
    provider = EspeakTts(EspeakOptions())
    await provider.warm_up()
    yield provider
    await provider.close()


async def spoken(provider: EspeakTts, *phrases: str, language: str = "en") -> list[SpeechChunk]:
    return [chunk async for chunk in provider.speak(said(*phrases), language, wire())]


def pcm(chunks: list[SpeechChunk], phrase: int = 0) -> np.ndarray:
    parts = [chunk.pcm for chunk in chunks if isinstance(chunk, AudioChunk) and chunk.phrase == phrase]
    return np.concatenate(parts) if parts else np.zeros(0, np.int16)


def units(chunks: list[SpeechChunk], kind: str) -> list[SpokenUnit]:
    return [chunk for chunk in chunks if isinstance(chunk, SpokenUnit) and chunk.kind == kind]


async def test_each_phrase_sounds_and_ends(espeak: EspeakTts) -> None:
    instants: list[Instant] = []
    chunks = [chunk async for chunk in espeak.speak(said("Hello there.", "How are you?"), "en", wire(instants))]
    for phrase, seconds in ((0, 0.7), (1, 0.7)):
        sound = pcm(chunks, phrase)
        assert len(sound) / 22_050 == pytest.approx(seconds, abs=0.2)
        assert np.abs(sound).max() > 3000
    assert [chunk.phrase for chunk in chunks if isinstance(chunk, PhraseFinished)] == [0, 1]
    assert isinstance(chunks[-1], PhraseFinished)
    sent = [each for each in instants if each.name == "request_sent"]
    assert [each.data for each in sent] == [{"phrase": 0}, {"phrase": 1}]
    first = next(chunk for chunk in chunks if isinstance(chunk, AudioChunk))
    assert sent[0].at_ns < first.at_ns


async def test_the_first_chunk_is_short(espeak: EspeakTts) -> None:
    """Sound comes in pieces of 60 ms and not when all is done."""
    chunks = [chunk for chunk in await spoken(espeak, "This is rather a long sentence.") if isinstance(chunk, AudioChunk)]
    assert len(chunks) > 10
    assert len(chunks[0].pcm) / chunks[0].rate_hz <= 0.061


async def test_words_and_phonemes_lie_in_the_sound(espeak: EspeakTts) -> None:
    chunks = await spoken(espeak, "Hello, my friend!")
    words = units(chunks, "word")
    assert [word.text for word in words] == ["Hello", "my", "friend"]
    length_ms = len(pcm(chunks)) * 1000 / 22_050
    for unit in [*words, *units(chunks, "phoneme")]:
        assert unit.end_ms is not None
        assert 0 <= unit.start_ms < unit.end_ms <= length_ms + 0.1
    for before, after in itertools.pairwise(words):
        assert before.end_ms is not None
        assert before.end_ms <= after.start_ms
    assert words[0].end_ms is not None
    assert words[1].start_ms - words[0].end_ms > 50, "the comma is a pause and belongs to no word"
    sound = pcm(chunks).astype(float)
    for word in words:
        inside = sound[round(word.start_ms * 22.05) : round((word.end_ms or 0) * 22.05)]
        assert np.sqrt(np.mean(inside**2)) > 500, f"{word.text} is silent"
    gap = sound[round(words[0].end_ms * 22.05) + 600 : round(words[1].start_ms * 22.05)]
    assert np.sqrt(np.mean(gap**2)) < 500, "the pause is not"
    assert "".join(phoneme.text for phoneme in units(chunks, "phoneme")).startswith("hə")


async def test_russian(espeak: EspeakTts) -> None:
    chunks = await spoken(espeak, "Привет, мой друг.", language="ru")
    assert [word.text for word in units(chunks, "word")] == ["Привет", "мой", "друг"]
    assert len(pcm(chunks)) > 15_000
    mixed = await spoken(espeak, "Откройте README сейчас.", language="ru")
    assert not [unit for unit in units(mixed, "phoneme") if unit.text.startswith("(")], "a change of language is no sound"


async def test_equal_requests_are_equally_long_but_for_the_engines_own_shake(espeak: EspeakTts) -> None:
    """The engine varies its cadence a little at random, and offers no way to begin that anew."""
    lengths = [len(pcm(await spoken(espeak, "The same words again."))) for _ in range(5)]
    assert max(lengths) - min(lengths) < 0.003 * max(lengths)


@pytest.mark.parametrize("nothing", ["", "...", "😀", " \n", "\0", "?!"])
async def test_nothing_speakable_yields_only_the_end(espeak: EspeakTts, nothing: str) -> None:
    instants: list[Instant] = []
    chunks = [chunk async for chunk in espeak.speak(said(nothing, "Yes."), "en", wire(instants))]
    assert isinstance(chunks[0], PhraseFinished)
    assert chunks[0].phrase == 0
    assert len(pcm(chunks, 1)) > 1000
    assert [each.data["phrase"] for each in instants if each.name == "request_sent"] == [1]


@pytest.mark.parametrize(
    "text",
    [
        "nul \0 inside", "\x01130S commands \x01+20P", "[[h@loU]] <speak>&amp;<break time='9s'/></speak>", "%s %n {}", "a" * 3000,
        "\ud800 lone", "日本語 and ελληνικά", "5 < 6 & 7 > 2", "-v --help", "a\\b", "é" * 50,
    ],
)  # fmt: skip
async def test_awkward_text_is_spoken_as_it_stands(espeak: EspeakTts, text: str) -> None:
    chunks = await spoken(espeak, text, "And then yes.")
    assert len(pcm(chunks, 0)) > 1000
    assert len(pcm(chunks, 1)) > 10_000
    assert [chunk.phrase for chunk in chunks if isinstance(chunk, PhraseFinished)] == [0, 1]


async def test_markup_is_not_obeyed(espeak: EspeakTts) -> None:
    with_break = len(pcm(await spoken(espeak, "one <break time='9s'/> two"))) / 22_050
    assert with_break < 8, "nine seconds of silence were made"
    phonemes = "".join(unit.text for unit in units(await spoken(espeak, "[[h@loU]]"), "phoneme"))
    assert "əlˈoʊ" not in phonemes


async def test_very_long_text_streams_and_a_slow_reader_holds_it_up(espeak: EspeakTts) -> None:
    """20 minutes of speech: the first sound is there at once, and no more than the buffers hold is computed ahead."""
    async with aclosing(espeak.speak(said("word " * 5000), "en", wire())) as chunks:
        first = await anext(chunks)
        assert isinstance(first, AudioChunk)
        await asyncio.sleep(0.3)
        ahead = sum(len(each) for each in espeak._pool._lent.copy().pop()._items)  # pyright: ignore[reportPrivateUsage]
        assert ahead < 2_000_000, "of 62 MB"
        count = 1
        async for _chunk in chunks:
            count += 1
            if count == 1000:
                break
    assert len(pcm(await spoken(espeak, "Still here."))) > 10_000


async def test_cancelling_in_mid_phrase_leaves_the_worker_ready(espeak: EspeakTts) -> None:
    before = espeak._pool._idle[0].pid  # pyright: ignore[reportPrivateUsage]
    instants: list[Instant] = []
    for _ in range(5):
        async with aclosing(espeak.speak(said("word " * 5000), "en", wire(instants))) as chunks:
            async for chunk in chunks:
                if isinstance(chunk, AudioChunk):
                    break
        loop = asyncio.get_running_loop()
        from_s = loop.time()
        again = await spoken(espeak, "Yes.")
        assert loop.time() - from_s < 0.5, "the cancelled text was spoken to its end first"
        assert units(again, "word")[0].text == "Yes"
    assert [each.name for each in instants].count("cancel_sent") == 5
    assert espeak._pool._idle[-1].pid == before, "the same worker all the time"  # pyright: ignore[reportPrivateUsage]


async def test_a_cancelled_task_leaves_nothing_behind(espeak: EspeakTts) -> None:
    """Cancelled while it waits for the next phrase to be written."""

    async def never() -> AsyncIterator[str]:
        yield "One."
        await asyncio.Event().wait()

    finished = asyncio.Event()

    async def speak() -> None:
        async with aclosing(espeak.speak(never(), "en", wire())) as chunks:
            async for chunk in chunks:
                if isinstance(chunk, PhraseFinished):
                    finished.set()

    async with asyncio.TaskGroup() as group:
        speaking = group.create_task(speak())
        await finished.wait()
        speaking.cancel()
    assert len(espeak._pool._idle) == 1  # pyright: ignore[reportPrivateUsage]
    assert not espeak._pool._lent  # pyright: ignore[reportPrivateUsage]


async def test_two_at_once_do_not_mix(espeak: EspeakTts) -> None:
    alone = {text: await spoken(espeak, text) for text in ("The first voice speaks here.", "And I am the second one.")}
    async with asyncio.TaskGroup() as group:
        tasks = {text: group.create_task(spoken(espeak, text)) for text in alone}
    for text, task in tasks.items():
        assert [word.text for word in units(task.result(), "word")] == [word.text for word in units(alone[text], "word")]
        assert len(pcm(task.result())) == pytest.approx(len(pcm(alone[text])), rel=0.003)


async def test_knobs_are_heard() -> None:
    async def length_and_level(**options: int | str) -> tuple[int, float]:
        provider = EspeakTts(EspeakOptions.model_validate(options))
        sound = pcm(await spoken(provider, "How are you today?"))
        await provider.close()
        return len(sound), float(np.abs(sound).max())

    usual, usual_level = await length_and_level()
    assert (await length_and_level(rate_wpm=350))[0] < usual * 0.7
    assert (await length_and_level(volume=30))[1] < usual_level * 0.6
    assert (await length_and_level(voice="en-us+f3"))[1] > 1000


async def test_a_language_it_does_not_speak(espeak: EspeakTts) -> None:
    with pytest.raises(LanguageUnsupported, match="language_unsupported"):
        await spoken(espeak, "hello", language="xx")


async def test_a_voice_that_does_not_exist() -> None:
    provider = EspeakTts(EspeakOptions(voice="nobody"))
    with pytest.raises(RequestRefused):
        await spoken(provider, "hello")
    await provider.close()


async def test_every_language_it_claims_has_a_voice(espeak: EspeakTts) -> None:
    for language in EspeakTts.capabilities.languages:
        assert len(pcm(await spoken(espeak, "a 1 2", language=language))) > 1000, language


async def test_a_missing_engine_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(espeak_tts.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(EngineMissing) as caught:
        await EspeakTts(EspeakOptions()).warm_up()
    assert "pip install espeakng-loader" in caught.value.public_message
