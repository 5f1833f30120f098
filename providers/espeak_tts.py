"""espeak-ng: embedded speech in some ninety languages, with word and phoneme times, in a worker process of its own.

libespeak-ng is under the GPL: only `workers/espeak_worker.py` loads it, as a separate program at the other end of a pipe.

Measured on two cores: the first sound arrives 0.25 ms after the request (p95 0.5 ms; Russian 0.27, p95 1.1), however long the
text; 10–30 ms of it are silence; a second of speech costs 1 ms; loading takes 0.1 s. The engine varies its cadence a little
at random, so equal texts differ by some 0.05 % in length.
"""

import importlib.util
import json
import os
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from pathlib import Path

import numpy as np

from providers.base import (
    AudioChunk,
    Capabilities,
    Missing,
    Options,
    PhraseFinished,
    SpeechChunk,
    SpokenUnit,
    TextToSpeech,
    Wire,
    knob,
)
from providers.errors import EngineCrashed, EngineMissing, LanguageUnsupported, ProviderError, RequestRefused
from providers.speakable import speakable
from providers.workers.child import ChildDied
from providers.workers.framing import Kind, Message, pack
from providers.workers.pool import Worker, WorkerPool

WORKER = Path(__file__).parent / "workers" / "espeak_worker.py"
VOICES = {"en": "en-us", "no": "nb", "zh": "cmn"}
"""Language → voice, where the voice is not called like the language."""
LANGUAGES = (
    "en", "ru", "af", "am", "an", "ar", "as", "az", "ba", "be", "bg", "bn", "bs", "ca", "cs", "cv", "cy", "da", "de",
    "el", "eo", "es", "et", "eu", "fa", "fi", "fr", "ga", "gd", "gn", "gu", "he", "hi", "hr", "ht", "hu", "hy", "ia",
    "id", "io", "is", "it", "ja", "ka", "kk", "kl", "kn", "ko", "ku", "ky", "la", "lb", "lt", "lv", "mi", "mk", "ml",
    "mr", "ms", "mt", "my", "nb", "ne", "nl", "no", "om", "or", "pa", "pl", "pt", "qu", "ro", "sd", "si", "sk", "sl",
    "sq", "sr", "sv", "sw", "ta", "te", "th", "ti", "tk", "tn", "tr", "tt", "ug", "uk", "ur", "uz", "vi", "zh",
)  # fmt: skip
"""Two-letter languages for which libespeak-ng 1.52 finds a voice and a dictionary."""


class EspeakOptions(Options):
    """What can be set."""

    voice: str = knob(
        "",
        en="Voice",
        ru="Голос",
        help_en="A voice of espeak-ng such as en-gb or en-us+f3; empty: the usual one of the language.",
        help_ru="Голос espeak-ng, например en-gb или ru+f3; пусто — обычный голос языка.",
        max_length=40,
        pattern=r"^[A-Za-z0-9+-]*$",
    )
    rate_wpm: int = knob(
        175,
        en="Speed",
        ru="Скорость",
        help_en="Faster: the reply ends sooner, but is harder to follow. The start does not change.",
        help_ru="Быстрее — ответ кончится раньше, но понять труднее. Начало не сдвинется.",
        unit="words/min",
        ge=80,
        le=450,
    )
    pitch: int = knob(
        50, en="Pitch", ru="Высота", help_en="Higher: a lighter voice.", help_ru="Больше — голос выше.", ge=0, le=99
    )
    volume: int = knob(
        100,
        en="Volume",
        ru="Громкость",
        help_en="Louder is easier to hear outdoors, but distorts above 150.",
        help_ru="Громче — лучше слышно на улице, но выше 150 появятся искажения.",
        unit="%",
        ge=10,
        le=200,
    )


class EspeakTts(TextToSpeech):
    """Many languages, at once, without a network; sounds like a machine."""

    name = "espeak"
    title = "eSpeak NG"
    Options = EspeakOptions
    capabilities = Capabilities(
        languages=LANGUAGES,
        streams_input=True,
        word_times=True,
        phoneme_times=True,
        labels=("embedded",),
    )

    def __init__(self, options: EspeakOptions) -> None:
        super().__init__(options)
        self._settings = options
        warm = [options.voice] if options.voice else ["ru", "en-us"]  # the last one stays loaded
        argv = [sys.executable, "-P", str(WORKER), json.dumps({"parent": os.getpid(), "warm": warm})]
        self._pool = WorkerPool(argv, provider=self.title, stage="tts", keep=2)

    @classmethod
    def missing(cls) -> Missing | None:
        if importlib.util.find_spec("espeakng_loader") is None:
            return Missing("the package espeakng-loader", "pip install espeakng-loader")
        return None

    async def warm_up(self) -> None:
        """Start a worker and load the voices, about 0.1 s. Raises `EngineMissing`, `EngineCrashed`, `StageTimedOut`."""
        self._check_engine()
        await self._pool.warm()

    async def speak(self, phrases: AsyncIterator[str], language: str, wire: Wire) -> AsyncGenerator[SpeechChunk]:
        """See the role. Text is spoken as it stands: mark-up is read out and never obeyed.

        Raises `EngineMissing`, `EngineCrashed`, `StageTimedOut`, `LanguageUnsupported`, `RequestRefused` (no such voice).
        """
        self._check_engine()
        voice = self._voice(language)
        worker = await self._pool.take(wire)
        speaking = 0
        try:
            self._ask(worker, "", voice)  # loads the voice while the first phrase is still being written
            phrase = -1
            async for text in phrases:
                phrase += 1
                clean = speakable(text)
                ended_ns = None
                if clean and worker.dead:  # while the phrase was being written; nothing is lost
                    self._pool.give_back(worker)
                    worker = await self._pool.take(wire)
                if clean:
                    speaking = self._request(worker, clean, voice, wire, phrase)
                    sound = Sound(clean, phrase, self._rate_hz())
                    while ended_ns is None:
                        message = await worker.receive()
                        if message.number != speaking:
                            continue  # the rest of a cancelled request
                        if message.kind == Kind.FAILED:
                            raise self._no_voice(language)
                        if message.kind == Kind.DONE:
                            ended_ns = message.at_ns
                            wire.note("response_ended", ended_ns, phrase=phrase)
                        for chunk in sound.chunks(message):
                            yield chunk
                    speaking = 0
                yield PhraseFinished(phrase, ended_ns or wire.now_ns())
        except ChildDied as died:
            raise EngineCrashed(self.title, "tts", cause=str(died)) from died
        finally:
            if speaking and not worker.dead:
                worker.write(pack(Kind.CANCEL, speaking))
                wire.note("cancel_sent")
            self._pool.give_back(worker)

    async def close(self) -> None:
        await self._pool.close()

    def _request(self, worker: Worker, text: str, voice: str, wire: Wire, phrase: int) -> int:
        """Send one phrase off; returns the number of the request."""
        at_ns = wire.now_ns()  # before the write: what the write itself takes is not to be lost
        number = self._ask(worker, text, voice)
        wire.note("request_sent", at_ns, phrase=phrase)
        return number

    def _ask(self, worker: Worker, text: str, voice: str) -> int:
        number = self._pool.next_number()
        request = {"text": text, "voice": voice, **self._settings.model_dump(exclude={"voice"})}
        worker.write(pack(Kind.SPEAK, number, json.dumps(request).encode()))
        return number

    def _voice(self, language: str) -> str:
        if self._settings.voice:
            return self._settings.voice
        if language not in self.capabilities.languages:
            raise self._no_voice(language)
        return VOICES.get(language, language)

    def _no_voice(self, language: str) -> ProviderError:
        if self._settings.voice:
            return RequestRefused(self.title, "tts", cause=f"no voice {self._settings.voice}")
        return LanguageUnsupported(self.title, "tts", language=language, remedy="Choose another language or voice.")

    def _rate_hz(self) -> int:
        return int(json.loads(self._pool.facts)["rate_hz"])

    def _check_engine(self) -> None:
        lacking = self.missing()
        if lacking:
            raise EngineMissing(self.title, "tts", what=lacking.what, remedy=lacking.remedy)


class Sound:
    """Turns the worker's frames about one phrase into chunks; a unit comes out when its end is known."""

    __slots__ = ("_open", "_phrase", "_quiet_from", "_rate_hz", "_samples", "_text")

    def __init__(self, text: str, phrase: int, rate_hz: int) -> None:
        self._text = text
        self._phrase = phrase
        self._rate_hz = rate_hz
        self._samples = 0
        self._open: dict[str, tuple[str, int]] = {}
        """Kind → (text, first sample) of the word and the phoneme that still sound."""
        self._quiet_from: int | None = None
        """First sample of the pause that the engine is in."""

    def chunks(self, message: Message) -> Iterator[SpeechChunk]:
        """What one frame brings. DONE closes what is open."""
        if message.kind == Kind.AUDIO:
            pcm = np.frombuffer(message.payload, "<i2").astype(np.int16)
            self._samples += len(pcm)
            yield AudioChunk(pcm, self._rate_hz, message.at_ns, self._phrase)
        elif message.kind == Kind.EVENTS:
            for kind, position, length, sample, name in json.loads(message.payload):
                yield from self._event(kind, position, length, sample, name)
        elif message.kind == Kind.DONE:
            yield from self._close("phoneme", self._samples)
            yield from self._close("word", self._samples)

    def _event(self, kind: str, position: int, length: int, sample: int, name: str) -> Iterator[SpeechChunk]:
        if kind == "word":
            yield from self._close("word", sample)
            self._open["word"] = (self._text[position - 1 : position - 1 + length], sample)
            return
        yield from self._close("phoneme", sample)
        if name.startswith("("):  # `(en)`: the engine changes its language, which has no sound
            return
        if name:
            self._open["phoneme"] = (name, sample)
            self._quiet_from = None
        elif self._quiet_from is None:
            self._quiet_from = sample

    def _close(self, kind: str, sample: int) -> Iterator[SpeechChunk]:
        """A word ends where the pause after it begins, a phoneme where the next one or a pause does."""
        text, start = self._open.pop(kind, ("", 0))
        if not text:
            return
        end = sample if self._quiet_from is None or kind == "phoneme" else self._quiet_from
        ms = 1000 / self._rate_hz
        yield SpokenUnit("word" if kind == "word" else "phoneme", text, self._phrase, start * ms, max(start, end) * ms)
