"""Text to speech by Gemini: each phrase is a request of its own whose answer streams PCM.

Unverified: the form of requests and answers is Google's documentation's and the SDK's; it was exercised against a local server
only, never against the service itself.
"""

import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from providers.base import (
    AudioChunk,
    Capabilities,
    PhraseFinished,
    Samples,
    SpeechChunk,
    TextToSpeech,
    Usage,
    Wire,
    knob,
)
from providers.catalogues.models import suggestions
from providers.errors import ProtocolBroken
from providers.over_http.google_options import GoogleOptions
from providers.over_http.google_served import GoogleServed
from providers.speakable import speakable

if TYPE_CHECKING:
    from google.genai import types

RATE_HZ = 24_000
"""Where the answer does not name its rate."""


class GeminiSpeechOptions(GoogleOptions):
    """Only what is set is sent."""

    model: str = knob(
        "gemini-3.8-flash-lite-tts", en="Model", ru="Модель",
        help_en="Lite begins sooner and costs less; the other one speaks with more expression.",
        help_ru="Lite начинает раньше и стоит меньше; другая говорит выразительнее.",
        suggestions=suggestions("google", "tts"), min_length=1, max_length=200, pattern=r"^[A-Za-z0-9._/@:-]+$",
    )  # fmt: skip
    voice: str = knob(
        "Kore", en="Voice", ru="Голос",
        help_en="One of Google's voices; they differ in tone, not in speed.",
        help_ru="Один из голосов Google; они различаются тембром, не скоростью.", min_length=1, max_length=100,
        suggestions=[{"value": voice} for voice in ("Kore", "Puck", "Zephyr", "Charon", "Fenrir", "Leda", "Orus", "Aoede")],
    )  # fmt: skip


class GeminiSpeech(GoogleServed, TextToSpeech):
    """Speaks phrase by phrase."""

    name = "google"
    title = "Google Gemini TTS (unverified)"
    stage = "tts"
    capabilities = Capabilities(reports_usage=True, labels=("unverified",))
    Options = GeminiSpeechOptions

    def __init__(self, options: GeminiSpeechOptions) -> None:
        super().__init__(options)
        self._settings = options

    async def speak(self, phrases: AsyncIterator[str], language: str, wire: Wire) -> AsyncGenerator[SpeechChunk]:
        """See the role. The model finds the language in the text. Raises `ProviderError`."""
        await self._access.link()
        phrase = -1
        async for text in phrases:
            phrase += 1
            clean = speakable(text)
            at_ns: int | None = None
            if clean:
                async with aclosing(self._spoken(clean, phrase, wire)) as chunks:
                    async for chunk in chunks:
                        at_ns = chunk.at_ns
                        yield chunk
            yield PhraseFinished(phrase, wire.now_ns() if at_ns is None else at_ns)

    async def _spoken(self, text: str, phrase: int, wire: Wire) -> AsyncGenerator[AudioChunk | Usage]:
        link, asked = await self._access.link()
        from providers.over_http.google_answer import Ended, answer

        voice = {"prebuilt_voice_config": {"voice_name": self._settings.voice}}
        config: dict[str, Any] = {"response_modalities": ["AUDIO"], "speech_config": {"voice_config": voice}}
        contents: list[Any] = [{"role": "user", "parts": [{"text": text}]}]
        sound = _Pcm(self.title)
        async with aclosing(answer(link, asked, contents, config, wire, phrase=phrase)) as events:
            async for event in events:
                if isinstance(event, Ended):
                    if event.usage is not None:
                        yield replace(event.usage, audio_s=sound.seconds)
                    return
                for part in event.parts:
                    pcm = sound.samples(part.inline_data)
                    if pcm.size:
                        yield AudioChunk(pcm, sound.rate_hz, event.at_ns, phrase)


class _Pcm:
    """The samples of one answer; a chunk may end in the middle of one."""

    def __init__(self, provider: str) -> None:
        self._provider = provider
        self._half = b""
        self.rate_hz = RATE_HZ
        self._samples = 0

    @property
    def seconds(self) -> float:
        """How long what came so far plays (s)."""
        return self._samples / self.rate_hz

    def samples(self, blob: "types.Blob | None") -> Samples:
        """What a part brings. Raises `ProtocolBroken` for sound that is not PCM."""
        if blob is None or not blob.data:
            return np.zeros(0, np.int16)
        kind = (blob.mime_type or "").lower()
        if not re.match(r"audio/(l16|pcm)\b", kind):
            raise ProtocolBroken(self._provider, "tts", cause=f"sound of the type {kind[:60]}")
        rate = re.search(r"rate=(\d{4,6})", kind)
        self.rate_hz = int(rate.group(1)) if rate else RATE_HZ
        data = self._half + blob.data
        whole = len(data) // 2 * 2
        self._half = data[whole:]
        self._samples += whole // 2
        return np.frombuffer(data[:whole], "<i2").astype(np.int16)  # little endian, although L16 means the other
