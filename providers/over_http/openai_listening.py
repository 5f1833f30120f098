"""Listening by uploads: an utterance is collected while it is spoken, and sent as a file when it is over."""

import asyncio
import io
import wave
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass, field
from types import TracebackType

from providers.base import (
    CAPTURE_RATE_HZ,
    Recording,
    Samples,
    SttSession,
    Transcript,
    TranscriptDelta,
    TranscriptionFinished,
    Usage,
    Wire,
)  # fmt: skip
from providers.errors import ProviderError, RequestRefused
from providers.over_http.openai_transcripts import LARGEST_UPLOAD, Transcripts

SHORTEST = CAPTURE_RATE_HZ // 10
"""Samples. The service refuses less than 0.1 s (`audio_too_short`), in which nobody says anything: it is not asked then."""
HEADER_BYTES = 44
"""Of a WAV file."""
MOST_AT_ONCE = 8
"""Utterances on their way at the same time; the next waits."""


@dataclass(slots=True, eq=False)
class _Utterance:
    """One utterance on its way."""

    said: deque[Transcript | ProviderError] = field(default_factory=deque[Transcript | ProviderError])
    over: bool = False
    """Its final, or its error, is in `said`."""


class Listening(SttSession):
    """One conversation. Utterances are sent side by side when they follow fast; their transcripts come out in order.

    An utterance that fails raises its error from `results`, in its turn; `results` can then be read again.
    """

    def __init__(self, transcripts: Transcripts, language: str, wire: Wire, provider: str) -> None:
        self._transcripts, self._language, self._wire, self._provider = transcripts, language, wire, provider
        self._sound = bytearray()
        self._number = 0
        self._utterances: deque[_Utterance] = deque()
        self._room = asyncio.Semaphore(MOST_AT_ONCE)
        self._news = asyncio.Event()
        self._closed = False
        self._group = asyncio.TaskGroup()
        self._tasks: set[asyncio.Task[None]] = set()

    async def push(self, pcm: Samples) -> None:
        if len(self._sound) + pcm.size * 2 + HEADER_BYTES > LARGEST_UPLOAD:
            self._sound.clear()
            raise RequestRefused(self._provider, "stt", cause="the utterance is longer than the largest upload")
        self._sound += pcm.astype("<i2").tobytes()

    async def finish(self) -> None:
        sound = bytes(self._sound)
        self._sound.clear()
        utterance = _Utterance()
        self._utterances.append(utterance)
        if len(sound) < SHORTEST * 2:
            self._put(utterance, Transcript("", True, self._wire.now_ns()))
            return
        await self._room.acquire()
        task = self._group.create_task(self._write_down(utterance, sound, self._number))
        self._number += 1
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def discard(self) -> None:
        self._sound.clear()

    async def results(self) -> AsyncGenerator[Transcript]:
        while not self._closed:
            said = self._next()
            if isinstance(said, ProviderError):
                raise said
            if said is not None:
                yield said
            else:
                self._news.clear()
                await self._news.wait()

    async def start(self) -> None:
        """The session's tasks may run from now on."""
        await self._group.__aenter__()

    async def close(self) -> None:
        """Hang up wherever something is on its way; `results` ends."""
        self._closed = True
        self._news.set()
        for task in self._tasks:
            task.cancel()
        await self._group.__aexit__(None, None, None)

    def _next(self) -> Transcript | ProviderError | None:
        while self._utterances and self._utterances[0].over and not self._utterances[0].said:
            self._utterances.popleft()
        return self._utterances[0].said.popleft() if self._utterances and self._utterances[0].said else None

    def _put(self, utterance: _Utterance, said: Transcript | ProviderError) -> None:
        utterance.said.append(said)
        utterance.over = isinstance(said, ProviderError) or said.final
        self._news.set()

    async def _write_down(self, utterance: _Utterance, sound: bytes, number: int) -> None:
        """Send one utterance; its task."""
        recording = Recording(wav(sound), "utterance.wav", "audio/wav", len(sound) / 2 / CAPTURE_RATE_HZ * 1000, self._language)
        try:
            async with aclosing(self._transcripts.transcribe(recording, self._wire, utterance=number)) as chunks:
                text, usage = "", None
                async for chunk in chunks:
                    match chunk:
                        case TranscriptDelta():
                            text += chunk.text
                            if text.strip():
                                self._put(utterance, Transcript(text, False, chunk.at_ns))
                        case Usage():
                            usage = chunk
                        case TranscriptionFinished():
                            self._put(utterance, final(chunk, usage))
        except ProviderError as error:
            self._put(utterance, error)
        finally:
            self._room.release()


def final(finished: TranscriptionFinished, usage: Usage | None) -> Transcript:
    """The result of a recording as the final of an utterance."""
    words = tuple((word.text, round(word.start_ms), round(word.end_ms)) for part in finished.segments for word in part.words)
    return Transcript(finished.text, True, finished.at_ns, words=words, usage=usage)


def wav(sound: bytes) -> bytes:
    """Mono int16 at `CAPTURE_RATE_HZ` as a file."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(CAPTURE_RATE_HZ)
        file.writeframes(sound)
    return buffer.getvalue()


class Open(AbstractAsyncContextManager[SttSession]):
    """Opens and closes a session. What is raised inside passes through as it is, in no exception group."""

    def __init__(self, session: Listening) -> None:
        self._session = session

    async def __aenter__(self) -> SttSession:
        await self._session.start()
        return self._session

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:  # fmt: skip
        await self._session.close()
