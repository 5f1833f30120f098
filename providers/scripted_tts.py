"""A voice with known delays: syllables of a plain tone, whose first audible sample is known exactly."""

import re
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, Literal

import numpy as np

from providers.base import (
    AudioChunk,
    Capabilities,
    PhraseFinished,
    SpeechChunk,
    SpokenUnit,
    TextToSpeech,
    Wire,
    knob,
)
from providers.scripted import Fault, Plan, ServiceOptions, apply_fault, numbered, with_jitter
from providers.scripted_frames import Frame, Sound, Step
from providers.scripted_service import Service, exchange

SYLLABLE_MS = 200
"""One syllable: four to five a second is ordinary speech."""
VOICED_MS = 150
"""How much of a syllable sounds; the rest is the gap before the next (ms)."""
TONE_HZ = 200
"""Whole cycles fit into `VOICED_MS`, so the tone begins and ends at zero: full loudness at once, without a click."""
LOUDNESS = 0.25
"""Peak, of full scale: −15 dBFS RMS, well above the −40 dBFS at which sound counts as audible."""
VOWELS = frozenset("aeiouyаеёиоуыэюяіїє")


class ScriptedTtsOptions(ServiceOptions):
    """When the sound comes, and what it is like."""

    first_byte_ms: float = knob(
        150.0, en="First sound data after", ru="Первые данные через",
        help_en="From the request for a phrase to its first bytes.", help_ru="От запроса фразы до её первых байтов.",
        unit="ms", ge=0, le=600_000,
    )  # fmt: skip
    lead_silence_ms: int = knob(
        0, en="Silence ahead", ru="Тишина в начале",
        help_en="Silent sound before the first audible one.", help_ru="Беззвучное начало каждой фразы.",
        unit="ms", ge=0, le=10_000,
    )  # fmt: skip
    chunk_ms: int = knob(
        40, en="Chunk", ru="Порция",
        help_en="How much sound comes at once.", help_ru="Сколько звука приходит за раз.", unit="ms", ge=5, le=5000,
    )  # fmt: skip
    realtime_factor: float = knob(
        0.2, en="Real-time factor", ru="Доля реального времени",
        help_en="Time to make one second of sound, in seconds; above 1 the speech stutters.",
        help_ru="Секунд на секунду звука; больше 1 — речь рвётся.", ge=0, le=10,
    )  # fmt: skip
    rate_hz: Literal[8000, 16000, 22050, 24000, 44100, 48000] = knob(
        24000, en="Sample rate", ru="Частота",
        help_en="Samples a second.", help_ru="Отсчётов в секунду.", unit="Hz",
    )  # fmt: skip
    word_times: bool = knob(
        True, en="Word times", ru="Время слов",
        help_en="Says where each word falls in the sound.", help_ru="Сообщает место каждого слова.",
    )  # fmt: skip


def syllable(rate_hz: int) -> bytes:
    """One syllable of tone and the gap after it (int16 little endian)."""
    samples = np.zeros(SYLLABLE_MS * rate_hz // 1000, dtype="<i2")
    voiced = VOICED_MS * rate_hz // 1000
    wave = np.sin(2 * np.pi * TONE_HZ * np.arange(voiced) / rate_hz)
    samples[:voiced] = np.round(wave * LOUDNESS * 32767)
    return samples.tobytes()


def syllables(word: str) -> int:
    """How many syllables a word takes: its vowels, neighbours counted once, and one at least."""
    vowels = [letter in VOWELS for letter in word.lower()]
    return max(1, sum(now and not before for before, now in zip([False, *vowels], vowels, strict=False)))


def spoken_words(phrase: str) -> list[str]:
    """What of a phrase can be said: its words without punctuation; none for dots, dashes and pictures."""
    return re.findall(r"\w+(?:['’-]\w+)*", phrase)


def tts_timeline(options: ScriptedTtsOptions, phrase: str) -> Plan:
    """The sound of one phrase as it comes when nothing goes wrong."""
    words = spoken_words(phrase)
    marks: list[tuple[float, dict[str, Any]]] = []
    until_ms = options.lead_silence_ms
    for word in words:
        start_ms, until_ms = until_ms, until_ms + syllables(word) * SYLLABLE_MS
        marks.append((start_ms, {"kind": "word", "text": word, "start_ms": start_ms, "end_ms": until_ms}))
    steps: list[Step] = []
    for place, start_ms in enumerate(range(0, until_ms, options.chunk_ms)):
        due_ms = options.first_byte_ms + place * options.chunk_ms * options.realtime_factor
        end_ms = min(until_ms, start_ms + options.chunk_ms)
        samples = (start_ms * options.rate_hz // 1000, end_ms * options.rate_hz // 1000)
        steps.append(Step(due_ms, {"kind": "audio", "rate_hz": options.rate_hz}, samples))
        if options.word_times:  # after the sound, so that the first bytes of a phrase are sound
            steps += [Step(due_ms, head) for at_ms, head in marks if start_ms <= at_ms < end_ms]
    end = Step(steps[-1].due_ms if steps else options.first_byte_ms, {"kind": "end"})
    lead = options.lead_silence_ms * options.rate_hz // 1000
    return Plan((*steps, end), Sound(lead, syllable(options.rate_hz)))


def speech_chunk(frame: Frame, phrase: int) -> SpeechChunk:
    """What a frame means. Raises `ValueError` for one that no voice sends."""
    head = frame.head
    match head.get("kind"):
        case "audio" if len(frame.payload) % 2 == 0:
            pcm = np.frombuffer(frame.payload, dtype="<i2").astype(np.int16)
            return AudioChunk(pcm, int(head.get("rate_hz", 0)), frame.at_ns, phrase)
        case "word":
            return SpokenUnit("word", str(head.get("text", "")), phrase, *_place(head))
        case "end":
            return PhraseFinished(phrase, frame.at_ns)
        case other:
            raise ValueError(f"a chunk of kind {other!r}")


def _place(head: dict[str, Any]) -> tuple[float, float]:
    """Start and end of a word (ms). Raises `ValueError` when the frame does not tell."""
    return float(head.get("start_ms", "missing")), float(head.get("end_ms", "missing"))


class ScriptedTts(TextToSpeech):
    """Known delays, known sound. One phrase after the other."""

    name = "scripted"
    title = "Scripted voice"
    capabilities = Capabilities(streams_input=True, word_times=True, labels=("scripted",))
    Options = ScriptedTtsOptions

    def __init__(self, options: ScriptedTtsOptions) -> None:
        super().__init__(options)
        self._script = options
        self._service = Service(self.title, "tts", self._script)

    async def warm_up(self) -> None:
        await self._service.warm_up()

    async def close(self) -> None:
        await self._service.close()

    async def speak(self, phrases: AsyncIterator[str], language: str, wire: Wire) -> AsyncIterator[SpeechChunk]:
        """The tone for each phrase; a fault strikes once, at its chunk counted over all phrases of the reply."""
        turn = self._service.next_turn()
        fault = self._service.fault(turn)
        phrase = -1
        async for text in phrases:
            phrase += 1
            if not spoken_words(text):
                yield PhraseFinished(phrase, wire.now_ns())
                continue
            plan, fault = self._planned(text, turn, fault)
            async with aclosing(exchange(self._service, plan, wire, turn, phrase=phrase)) as frames:
                async for frame in frames:
                    with self._service.own_errors():
                        chunk = speech_chunk(frame, phrase)
                    yield chunk

    def _planned(self, text: str, turn: int, fault: Fault) -> tuple[Plan, Fault]:
        """The timeline of a phrase, and what is left of the fault for those after it."""
        plan = tts_timeline(self._script, text)
        steps = with_jitter(numbered(plan.steps), self._script, turn)
        if fault.kind in ("empty", "split"):
            return Plan(tuple(apply_fault(steps, fault)), plan.sound), fault
        if fault.after >= len(steps):
            return Plan(tuple(steps), plan.sound), fault.model_copy(update={"after": fault.after - len(steps)})
        return Plan(tuple(apply_fault(steps, fault)), plan.sound), Fault()
