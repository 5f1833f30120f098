"""OpenAI's text to speech: one request for each phrase, raw samples as they come.

All models that this endpoint serves (tts-1, tts-1-hd, gpt-4o-mini-tts) are shut down by the vendor on 2027-01-06.
"""

import asyncio
import textwrap
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from providers.base import (
    AudioChunk,
    Capabilities,
    Options,
    PhraseFinished,
    SpeechChunk,
    TextToSpeech,
    Usage,
    Wire,
    knob,
)  # fmt: skip
from providers.catalogues.models import suggestions
from providers.catalogues.pricing import priced
from providers.errors import EndedEarly, ProtocolBroken, ProviderError
from providers.over_http.openai_options import Address, base_url_knob
from providers.over_http.openai_served import Served
from providers.over_http.openai_service import OPENAI
from providers.speakable import speakable

RATE_HZ = 24_000
"""Of `pcm`: mono, 16 bits, little endian, no header."""
LONGEST_INPUT = 4096
"""Characters that one request takes; a longer phrase takes several."""
VOICES = ("alloy", "ash", "ballad", "coral", "echo", "fable", "onyx", "nova", "sage", "shimmer", "verse", "marin", "cedar")


class SpeechOptions(Options):
    """What servers of the format have in common."""

    model: str
    base_url: Address
    voice: str
    speed: float = knob(
        1.0, en="Speed", ru="Скорость", help_en="Above 1: sooner over, harder to follow.",
        help_ru="Больше 1 — быстрее, но труднее понять.", unit="×", ge=0.25, le=4.0,
    )  # fmt: skip


class OpenAiSpeechOptions(SpeechOptions):
    """What can be set."""

    model: str = knob(
        "gpt-4o-mini-tts", en="Model", ru="Модель",
        help_en="tts-1 starts sooner; gpt-4o-mini-tts sounds better. All of them end on 2027-01-06.",
        help_ru="tts-1 начинает раньше, gpt-4o-mini-tts звучит лучше. Все отключаются 2027-01-06.",
        suggestions=suggestions("openai", "tts"), min_length=1, max_length=200,
    )  # fmt: skip
    base_url: Address = base_url_knob("api.openai.com, or OPENAI_BASE_URL")
    voice: str = knob(
        "coral", en="Voice", ru="Голос", help_en="ballad, verse, marin and cedar are not for tts-1.",
        help_ru="ballad, verse, marin и cedar — не для tts-1.", suggestions=[{"value": voice} for voice in VOICES],
        min_length=1, max_length=100,
    )  # fmt: skip
    instructions: str = knob(
        "", en="Way of speaking", ru="Манера речи",
        help_en="Such as 'calm and warm'; not for tts-1. Longer ones may delay the first sound.",
        help_ru="Например, «спокойно и тепло»; не для tts-1. Длинные могут задержать начало.", max_length=2000,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Part:
    """A phrase, or a part of one that is too long for a request."""

    phrase: int
    text: str
    """Empty: nothing in it can be said."""
    last: bool
    """The phrase ends with it."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A part whose request was sent and whose answer has begun; or why it has not."""

    part: _Part
    exchange: Any = None
    answer: Any = None
    manager: Any = None
    """Closes the answer."""
    error: ProviderError | None = None

    async def close(self) -> None:
        if self.manager is not None:
            await self.manager.__aexit__(None, None, None)


class OpenAiSpeech(Served, TextToSpeech):
    """Speaks. While a phrase is read the next one, and no more, is asked for already; its sound is read in its turn.

    The samples of a phrase asked for ahead wait in the connection meanwhile: their instants are when they were read.
    """

    name = "openai"
    title = "OpenAI"
    service = OPENAI
    stage = "tts"
    rehearsed = "speech"
    key_variable = "OPENAI_API_KEY"
    Options = OpenAiSpeechOptions
    capabilities = Capabilities(streams_input=True)

    def __init__(self, options: SpeechOptions) -> None:
        super().__init__(options)
        self._settings = options

    async def speak(self, phrases: AsyncIterator[str], language: str, wire: Wire) -> AsyncGenerator[SpeechChunk]:
        """See the role. The service finds out the language by itself."""
        parts, read_ns = _parts(phrases), None
        group = await asyncio.TaskGroup().__aenter__()
        ahead = group.create_task(self._next(parts, wire))
        asked: _Asked | None = None
        try:
            while (asked := await ahead) is not None:
                ahead = group.create_task(self._next(parts, wire))
                if asked.error is not None:
                    raise asked.error
                if asked.answer is not None:
                    async for chunk in self._sound(asked):
                        yield chunk
                    await asked.close()
                    read_ns = asked.exchange.read_ns
                if asked.part.last:
                    yield PhraseFinished(asked.part.phrase, wire.now_ns() if read_ns is None else read_ns)
        finally:
            ahead.cancel()
            await group.__aexit__(None, None, None)
            for each in (asked, _result(ahead)):
                if each is not None:
                    await each.close()

    async def _next(self, parts: AsyncIterator[_Part], wire: Wire) -> _Asked | None:
        """Ask for the next part as soon as its text is there. Never raises a `ProviderError`: its turn has not come yet."""
        part = await anext(parts, None)
        if part is None:
            return None
        if not part.text:
            return _Asked(part)
        try:
            client = await self.link.client()
            from providers.over_http.openai_errors import own_errors

            with own_errors(self.link.asked()):
                exchange = self.link.exchange(wire, phrase=part.phrase)
                manager = client.audio.speech.with_streaming_response.create(**self._body(part.text))
                answer = await manager.__aenter__()
        except ProviderError as error:
            return _Asked(part, error=error)
        return _Asked(part, exchange, answer, manager)

    async def _sound(self, asked: _Asked) -> AsyncGenerator[SpeechChunk]:
        """The samples of one answer, and what it consumed."""
        from providers.over_http.openai_errors import own_errors

        told = asked.answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if told and not told.startswith("audio/") and told != "application/octet-stream":
            raise ProtocolBroken(self.title, "tts", cause=f"{told} instead of sound")
        rest, samples = b"", 0
        pieces = asked.answer.iter_bytes()
        while True:
            with own_errors(self.link.asked()):
                piece = await anext(pieces, None)
            if piece is None:
                break
            whole = (len(rest) + len(piece)) // 2 * 2
            data, rest = (rest + piece)[:whole], (rest + piece)[whole:]
            if data:
                samples += len(data) // 2
                yield AudioChunk(
                    np.frombuffer(data, "<i2").astype(np.int16), RATE_HZ, asked.exchange.read_ns, asked.part.phrase
                )
        if rest:
            raise EndedEarly(self.title, "tts", cause="the sound ends within a sample")
        text = asked.part.text
        usage = Usage(at_ns=asked.exchange.read_ns, characters=len(text), audio_s=samples / RATE_HZ, source="estimated")
        yield priced(usage, self.service.vendor, self._settings.model) if self.link.bills(asked.exchange) else usage

    def _body(self, text: str) -> dict[str, Any]:
        settings = self._settings
        body: dict[str, Any] = {"model": settings.model, "voice": settings.voice, "input": text, "response_format": "pcm"}
        if settings.speed != 1.0:
            body["speed"] = settings.speed
        if isinstance(settings, OpenAiSpeechOptions) and settings.instructions:
            body["instructions"] = settings.instructions
        return body


async def _parts(phrases: AsyncIterator[str]) -> AsyncIterator[_Part]:
    """What is asked for, in order."""
    phrase = -1
    async for text in phrases:
        phrase += 1
        runs = textwrap.wrap(speakable(text), LONGEST_INPUT) or [""]
        for place, run in enumerate(runs, 1):
            yield _Part(phrase, run, place == len(runs))


def _result(task: "asyncio.Task[_Asked | None]") -> _Asked | None:
    """What a task has asked for, if it got so far."""
    return task.result() if task.done() and not task.cancelled() and task.exception() is None else None
