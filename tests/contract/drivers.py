"""How each role is used once from beginning to end, and what a complete answer looks like."""

import asyncio
import io
import itertools
import wave
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any

import numpy as np

from providers.base import (
    CAPTURE_RATE_HZ,
    AudioChunk,
    ChatModel,
    ChatRequest,
    Message,
    PhraseFinished,
    Provider,
    Recording,
    ReplyFinished,
    Role,
    Samples,
    SpeechToText,
    SpokenUnit,
    SttSession,
    TextDelta,
    TextToSpeech,
    Transcriber,
    Transcript,
    TranscriptDelta,
    TranscriptionFinished,
    Usage,
    Wire,
)
from providers.errors import ProviderError

PHRASES = ("Hello there.", " … ", "Good day.")
"""What is spoken; the middle one has nothing speakable in it."""
FRAME = CAPTURE_RATE_HZ // 50
SPOKEN_FRAMES = 20
PACE_S = 0.001
"""Between two pushed frames of 20 ms: faster than anybody speaks, slow enough to be heard while it goes on (s)."""


class Driver(ABC):
    """One use of a provider. What comes out is appended to `seen` as it comes."""

    @abstractmethod
    async def run(self, provider: Any, wire: Wire, seen: list[Any]) -> None:
        """From the request to the end of the answer."""

    @abstractmethod
    def is_output(self, chunk: Any) -> bool:
        """Something that the user would notice."""

    @abstractmethod
    def check_complete(self, seen: Sequence[Any]) -> None:
        """The chunks of an undisturbed answer are in their order, with exactly one ending."""

    @abstractmethod
    def text(self, seen: Sequence[Any]) -> str:
        """The text that came of it."""

    def partial_text(self, seen: Sequence[Any]) -> str:
        """The text of an answer that did not come to its end."""
        return self.text(seen)

    def was_read(self, chunk: Any) -> bool:
        """Its instant is that of bytes that came over the wire."""
        return True


class ChatDriver(Driver):
    """Asks one question, each time in a conversation of its own."""

    _conversations = itertools.count(1)

    def question(self, provider: ChatModel, **more: Any) -> ChatRequest:
        """What it asks; `more` are fields of the request."""
        language = (provider.capabilities.languages or ("en",))[0]
        messages = (Message("system", "Be brief."), Message("user", "hello"))
        return ChatRequest(messages, language, f"contract-{next(self._conversations)}", **more)

    async def run(self, provider: ChatModel, wire: Wire, seen: list[Any]) -> None:
        await self.ask(provider, self.question(provider), wire, seen)

    async def ask(self, provider: ChatModel, request: ChatRequest, wire: Wire, seen: list[Any]) -> None:
        """The reply to a question of the case's own."""
        async with aclosing(as_generator(provider.stream(request, wire))) as chunks:
            async for chunk in chunks:
                seen.append(chunk)

    def is_output(self, chunk: Any) -> bool:
        return isinstance(chunk, TextDelta)

    def check_complete(self, seen: Sequence[Any]) -> None:
        assert [type(chunk) for chunk in seen].count(ReplyFinished) == 1, "exactly one ending"
        assert isinstance(seen[-1], ReplyFinished), "nothing after the ending"
        assert all(chunk.text for chunk in seen if isinstance(chunk, TextDelta)), "a text chunk has text"
        assert all(chunk.set_ms >= 0 for chunk in seen if isinstance(chunk, TextDelta))
        check_instants([chunk.at_ns for chunk in seen])

    def text(self, seen: Sequence[Any]) -> str:
        return "".join(chunk.text for chunk in seen if isinstance(chunk, TextDelta))


class SpeechDriver(Driver):
    """Has three phrases spoken, the second of them unspeakable."""

    async def run(self, provider: TextToSpeech, wire: Wire, seen: list[Any]) -> None:
        language = (provider.capabilities.languages or ("en",))[0]
        async with aclosing(as_generator(provider.speak(written(), language, wire))) as chunks:
            async for chunk in chunks:
                seen.append(chunk)

    def is_output(self, chunk: Any) -> bool:
        return isinstance(chunk, AudioChunk)

    def check_complete(self, seen: Sequence[Any]) -> None:
        ends = [chunk.phrase for chunk in seen if isinstance(chunk, PhraseFinished)]
        assert ends == list(range(len(PHRASES))), "each phrase is finished once, in order"
        finished = 0
        for chunk in seen:
            if isinstance(chunk, PhraseFinished):
                finished += 1
            elif isinstance(chunk, AudioChunk):
                assert chunk.phrase >= finished, "no sound of a phrase after its end"
                assert chunk.pcm.dtype == np.int16, "mono int16"
                assert chunk.pcm.ndim == 1, "mono int16"
                assert chunk.pcm.size > 0, "a chunk of sound has sound"
                assert 8000 <= chunk.rate_hz <= 48_000
            elif not isinstance(chunk, Usage):
                assert isinstance(chunk, SpokenUnit)
                assert chunk.start_ms >= 0
                assert chunk.end_ms is None or chunk.end_ms >= chunk.start_ms
        assert not any(isinstance(chunk, AudioChunk) and chunk.phrase == 1 for chunk in seen), "nothing speakable, no sound"
        check_instants([chunk.at_ns for chunk in seen if not isinstance(chunk, SpokenUnit)])

    def was_read(self, chunk: Any) -> bool:
        return isinstance(chunk, AudioChunk)  # a phrase without anything speakable ends without having been asked for

    def text(self, seen: Sequence[Any]) -> str:
        return " ".join(chunk.text for chunk in seen if isinstance(chunk, SpokenUnit) and chunk.kind == "word")

    def sound_s(self, seen: Sequence[Any]) -> dict[int, float]:
        """How long the sound of each phrase plays (s)."""
        played: dict[int, float] = {}
        for chunk in seen:
            if isinstance(chunk, AudioChunk):
                played[chunk.phrase] = played.get(chunk.phrase, 0.0) + chunk.pcm.size / chunk.rate_hz
        return played


class ListeningDriver(Driver):
    """Says two utterances in one session, with one thrown away between them."""

    async def run(self, provider: SpeechToText, wire: Wire, seen: list[Any]) -> None:
        language = (provider.capabilities.languages or ("en",))[0]
        try:
            async with provider.open(language, wire) as session, asyncio.TaskGroup() as group:
                finals: asyncio.Queue[Transcript] = asyncio.Queue()
                reading = group.create_task(self._read(session, seen, finals))
                await self._say(session)
                await session.finish()
                await finals.get()
                await self._say(session)
                await session.discard()
                await self._say(session)
                await session.finish()
                await finals.get()
                await asyncio.sleep(0.05)  # whatever must not follow would follow now
                reading.cancel()
        except BaseExceptionGroup as group:
            raise first_error(group) from group

    async def _say(self, session: SttSession) -> None:
        for start in range(0, SPOKEN_FRAMES * FRAME, FRAME):
            await session.push(hum(start, FRAME))
            await asyncio.sleep(PACE_S)

    async def _read(self, session: SttSession, seen: list[Any], finals: asyncio.Queue[Transcript]) -> None:
        async with aclosing(as_generator(session.results())) as results:
            async for transcript in results:
                seen.append(transcript)
                if transcript.final:
                    finals.put_nowait(transcript)

    def is_output(self, chunk: Any) -> bool:
        return isinstance(chunk, Transcript)

    def check_complete(self, seen: Sequence[Any]) -> None:
        assert [chunk.final for chunk in seen].count(True) == 2, "one final for each finished utterance, none for the other"
        assert seen[-1].final, "nothing after the final"
        check_instants([chunk.at_ns for chunk in seen])

    def text(self, seen: Sequence[Any]) -> str:
        return " ".join(chunk.text for chunk in seen if chunk.final)

    def partial_text(self, seen: Sequence[Any]) -> str:
        return seen[-1].text if seen else ""


class TranscriberDriver(Driver):
    """Has one recording written down."""

    async def run(self, provider: Transcriber, wire: Wire, seen: list[Any]) -> None:
        sound = hum(0, CAPTURE_RATE_HZ)
        recording = Recording(wav(sound), "hum.wav", "audio/wav", sound.size * 1000 / CAPTURE_RATE_HZ, "en")
        async with aclosing(as_generator(provider.transcribe(recording, wire))) as chunks:
            async for chunk in chunks:
                seen.append(chunk)

    def is_output(self, chunk: Any) -> bool:
        return isinstance(chunk, TranscriptDelta | TranscriptionFinished)

    def check_complete(self, seen: Sequence[Any]) -> None:
        assert [type(chunk) for chunk in seen].count(TranscriptionFinished) == 1, "exactly one result"
        finished = seen[-1]
        assert isinstance(finished, TranscriptionFinished), "nothing after the result"
        deltas = [chunk.text for chunk in seen if isinstance(chunk, TranscriptDelta)]
        assert all(deltas), "a delta has text"
        assert not deltas or "".join(deltas) == finished.text, "the deltas are the text"
        for segment in finished.segments:
            assert 0 <= segment.start_ms <= segment.end_ms
            assert all(0 <= word.start_ms <= word.end_ms for word in segment.words)
        check_instants([chunk.at_ns for chunk in seen])

    def text(self, seen: Sequence[Any]) -> str:
        return "".join(chunk.text for chunk in seen if isinstance(chunk, TranscriptionFinished))

    def partial_text(self, seen: Sequence[Any]) -> str:
        return "".join(chunk.text for chunk in seen if isinstance(chunk, TranscriptDelta))


DRIVERS: dict[Role, Driver] = {
    "chat": ChatDriver(), "tts": SpeechDriver(), "stt": ListeningDriver(), "transcriber": TranscriberDriver(),
}  # fmt: skip
"""Voice detectors are called, not awaited: they have cases of their own."""


async def written() -> AsyncIterator[str]:
    """Phrases as they leave the cutter: later ones a little later."""
    for phrase in PHRASES:
        yield phrase
        await asyncio.sleep(0.001)


def hum(start: int, count: int) -> Samples:
    """Samples `start` … of a loud 150 Hz tone with overtones that swells four times a second, as a voice does."""
    at = np.arange(start, start + count) / CAPTURE_RATE_HZ
    voice = sum(np.sin(2 * np.pi * 150 * k * at) / k for k in range(1, 6))
    return (voice * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * at)) * 6000).astype(np.int16)


def wav(sound: Samples) -> bytes:
    """The samples as a file."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(CAPTURE_RATE_HZ)
        file.writeframes(sound.tobytes())
    return buffer.getvalue()


def check_instants(instants: Sequence[int]) -> None:
    """Instants never run backwards."""
    assert list(instants) == sorted(instants), "an instant before the one ahead of it"


def first_error(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The provider's error in a group; the task group of the driver is no part of the contract."""
    for error in group.exceptions:
        inner = first_error(error) if isinstance(error, BaseExceptionGroup) else error
        if isinstance(inner, ProviderError):
            return inner
    return group


async def as_generator(chunks: AsyncIterator[Any]) -> AsyncIterator[Any]:
    """The chunks, and the provider's own generator closed at once when the reader leaves."""
    try:
        async for chunk in chunks:
            yield chunk
    finally:
        close = getattr(chunks, "aclose", None)
        if close is not None:
            await close()


async def used(driver: Driver, provider: Provider, wire: Wire) -> list[Any]:
    """The chunks of one use."""
    seen: list[Any] = []
    await driver.run(provider, wire, seen)
    return seen
