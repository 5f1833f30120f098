"""Speech to text by Gemini: the whole recording goes to the model with the request to write it down.

A language model writes what it believes to have heard: of silence and noise it may make up words, whatever it is told.
Nothing is heard while somebody speaks; the utterance is sent when it is over. Measured against a local server that speaks
the format; never against the service itself.
"""

import asyncio
import io
import wave
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import numpy as np

from providers.base import (
    CAPTURE_RATE_HZ,
    Capabilities,
    Recording,
    Samples,
    SpeechToText,
    SttSession,
    Transcriber,
    Transcript,
    TranscriptDelta,
    TranscriptionChunk,
    TranscriptionFinished,
    Wire,
    knob,
)
from providers.catalogues.models import suggestions
from providers.errors import RequestRefused
from providers.over_http.google_access import GoogleAccess
from providers.over_http.google_options import GoogleOptions, Thinking
from providers.over_http.google_served import GoogleServed
from providers.over_http.google_transcript import config, transcribe

LONGEST_BYTES = 14_000_000
"""A request takes 20 MB with everything in it, and base64 makes 4 bytes of 3, https://ai.google.dev/gemini-api/docs/audio."""
WAITING = 64
"""Utterances that are over and not yet sent, at most."""
LABELS = ("may-invent",)


class GeminiListeningOptions(GoogleOptions):
    """Only what is set is sent."""

    model: str = knob(
        "gemini-3.5-flash-lite", en="Model", ru="Модель",
        help_en="Smaller: the text comes sooner. Larger: fewer errors.",
        help_ru="Меньше — текст раньше. Больше — ошибок меньше.",
        suggestions=suggestions("google", "stt"), min_length=1, max_length=200, pattern=r"^[A-Za-z0-9._/@:-]+$",
    )  # fmt: skip
    thinking: Thinking = knob(
        "model default", en="Thinking", ru="Размышление",
        help_en="Less: the text comes sooner. Transcribing needs hardly any; not all models take every level.",
        help_ru="Меньше — текст раньше. Для распознавания почти не нужно; модели принимают не все уровни.",
    )  # fmt: skip


class GeminiTranscriberOptions(GeminiListeningOptions):
    """And for whole recordings."""

    word_times: bool = knob(
        False, en="Word times", ru="Время слов",
        help_en="When each word falls; only models made for transcribing tell it, and they then make more errors.",
        help_ru="Когда звучит каждое слово; это умеют только модели для распознавания, и ошибок тогда больше.",
    )  # fmt: skip


class GeminiTranscriber(GoogleServed, Transcriber):
    """Whole recordings."""

    name = "google"
    title = "Google Gemini"
    stage = "stt"
    capabilities = Capabilities(reports_usage=True, labels=LABELS, max_upload_bytes=LONGEST_BYTES)
    Options = GeminiTranscriberOptions

    def __init__(self, options: GeminiTranscriberOptions) -> None:
        super().__init__(options)
        self._settings = options

    async def transcribe(self, recording: Recording, wire: Wire) -> AsyncGenerator[TranscriptionChunk]:
        """See the role. Raises `ProviderError`; `RequestRefused` before anything is sent for a file that is too large."""
        if len(recording.data) > LONGEST_BYTES:
            raise RequestRefused(self.title, "stt", cause=f"{len(recording.data)} bytes are more than {LONGEST_BYTES}")
        settings = self._settings
        asked = config(settings.model, recording.language, recording.prompt, settings.thinking, settings.word_times)
        text = ""
        async with aclosing(transcribe(self._access, recording, asked, wire)) as pieces:
            async for piece in pieces:
                if piece.text:
                    text += piece.text
                    yield TranscriptDelta(piece.text, piece.at_ns)
                if piece.finished:
                    if piece.usage is not None:
                        yield piece.usage
                    yield TranscriptionFinished(text.strip(), piece.at_ns, segments=piece.segments)


class GeminiStt(GoogleServed, SpeechToText):
    """Each utterance as a whole, once it is over."""

    name = "google"
    title = "Google Gemini"
    stage = "stt"
    capabilities = Capabilities(streams_input=False, reports_usage=True, labels=LABELS)
    Options = GeminiListeningOptions

    def __init__(self, options: GeminiListeningOptions) -> None:
        super().__init__(options)
        self._settings = options

    @asynccontextmanager
    async def open(self, language: str, wire: Wire) -> AsyncGenerator[SttSession]:
        """A session. The language is named to the model, which decides by itself whether it understands it."""
        await self._access.link()
        asked = config(self._settings.model, language, "", self._settings.thinking, False)
        session = _Listening(self._access, asked, language, wire, self.title)
        try:
            yield session
        finally:
            session.close()


class _Listening(SttSession):
    """Collects an utterance; whoever reads the results makes the requests, one after the other."""

    def __init__(self, access: GoogleAccess, asked: dict[str, Any], language: str, wire: Wire, title: str) -> None:
        self._access, self._asked, self._language, self._wire, self._title = access, asked, language, wire, title
        self._pcm = bytearray()
        self._over: asyncio.Queue[bytes | None] = asyncio.Queue(WAITING)
        """Sound of finished utterances; None: the session is closed."""
        self._sent = 0

    async def push(self, pcm: Samples) -> None:
        if len(self._pcm) + 2 * len(pcm) > LONGEST_BYTES:
            raise RequestRefused(self._title, "stt", cause=f"an utterance of more than {LONGEST_BYTES} bytes")
        self._pcm += pcm.astype("<i2").tobytes()

    async def finish(self) -> None:
        said, self._pcm = bytes(self._pcm), bytearray()
        await self._over.put(said)

    async def discard(self) -> None:
        self._pcm = bytearray()

    async def results(self) -> AsyncGenerator[Transcript]:
        while (said := await self._over.get()) is not None:
            if not any(said):
                yield Transcript("", True, self._wire.now_ns())  # there is nothing to ask about, and no model to invent words
                continue
            async with aclosing(self._heard(said)) as transcripts:
                async for transcript in transcripts:
                    yield transcript

    def close(self) -> None:
        """`results` ends after what it is reading now."""
        while not self._over.empty():
            self._over.get_nowait()
        self._over.put_nowait(None)

    async def _heard(self, said: bytes) -> AsyncGenerator[Transcript]:
        utterance, self._sent = self._sent, self._sent + 1
        recording = Recording(wav(said), "utterance.wav", "audio/wav", len(said) / 2 / CAPTURE_RATE_HZ * 1e3, self._language)
        text = ""
        async with aclosing(transcribe(self._access, recording, self._asked, self._wire, utterance=utterance)) as pieces:
            async for piece in pieces:
                text += piece.text
                if piece.text.strip() or piece.finished:
                    yield Transcript(text.strip(), piece.finished, piece.at_ns, usage=piece.usage)


def wav(pcm: bytes) -> bytes:
    """A WAV file of little-endian int16 samples at `CAPTURE_RATE_HZ`."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(np.dtype(np.int16).itemsize)
        writer.setframerate(CAPTURE_RATE_HZ)
        writer.writeframes(pcm)
    return file.getvalue()
