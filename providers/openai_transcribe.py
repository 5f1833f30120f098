"""OpenAI's speech to text over uploads: whole recordings, and utterances that are sent when they are over.

Nothing is understood while somebody speaks: an utterance is uploaded at its end, so its words come later than from a
recogniser that listens along.
"""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager

from providers.base import (
    Capabilities,
    Options,
    Recording,
    SpeechToText,
    SttSession,
    Transcriber,
    TranscriptionChunk,
    Wire,
    knob,
)  # fmt: skip
from providers.catalogues.models import suggestions
from providers.over_http.openai_listening import Listening, Open
from providers.over_http.openai_options import Address, base_url_knob
from providers.over_http.openai_served import Served
from providers.over_http.openai_service import OPENAI
from providers.over_http.openai_transcripts import LARGEST_UPLOAD, Transcripts


class TranscribeOptions(Options):
    """What servers of the format have in common."""

    model: str
    base_url: Address
    prompt: str = knob(
        "", en="Context", ru="Контекст",
        help_en="What it is about, in the language that is spoken: fewer wrong names.",
        help_ru="О чём речь, на языке разговора: меньше ошибок в именах.", max_length=2000,
    )  # fmt: skip


class OpenAiTranscribeOptions(TranscribeOptions):
    """What can be set."""

    model: str = knob(
        "gpt-transcribe", en="Model", ru="Модель",
        help_en="whisper-1 tells when each word falls but comes at once; the others stream their text.",
        help_ru="whisper-1 сообщает время слов, но отдаёт текст сразу; остальные отдают его потоком.",
        suggestions=suggestions("openai", "transcriber"), min_length=1, max_length=200,
    )  # fmt: skip
    base_url: Address = base_url_knob("api.openai.com, or OPENAI_BASE_URL")
    keywords: str = knob(
        "", en="Key words", ru="Ключевые слова",
        help_en="Names and terms to listen for, separated by commas; gpt-transcribe only.",
        help_ru="Имена и термины через запятую; только для gpt-transcribe.", max_length=2000,
    )  # fmt: skip


class OpenAiTranscriber(Served, Transcriber):
    """Whole recordings."""

    name = "openai"
    title = "OpenAI"
    service = OPENAI
    stage = "stt"
    rehearsed = "transcription"
    key_variable = "OPENAI_API_KEY"
    Options = OpenAiTranscribeOptions
    capabilities = Capabilities(word_times=True, reports_usage=True, max_upload_bytes=LARGEST_UPLOAD)

    def __init__(self, options: TranscribeOptions) -> None:
        super().__init__(options)
        self._transcripts = transcripts(self, options)

    async def transcribe(self, recording: Recording, wire: Wire) -> AsyncGenerator[TranscriptionChunk]:
        """See the role. Word times only from models that tell them (whisper-1)."""
        chunks = self._transcripts.transcribe(recording, wire)
        try:
            async for chunk in chunks:
                yield chunk
        finally:
            await chunks.aclose()


class OpenAiStt(Served, SpeechToText):
    """Utterances, each sent when it is over."""

    name = "openai"
    title = "OpenAI"
    service = OPENAI
    stage = "stt"
    rehearsed = "transcription"
    key_variable = "OPENAI_API_KEY"
    Options = OpenAiTranscribeOptions
    capabilities = Capabilities(streams_input=False, word_times=True, reports_usage=True)

    def __init__(self, options: TranscribeOptions) -> None:
        super().__init__(options)
        self._transcripts = transcripts(self, options)

    def open(self, language: str, wire: Wire) -> AbstractAsyncContextManager[SttSession]:
        """A session; nothing is sent before the first utterance is over."""
        return Open(Listening(self._transcripts, language, wire, self.title))


def transcripts(provider: OpenAiTranscriber | OpenAiStt, options: TranscribeOptions) -> Transcripts:
    """What a provider with these options asks for."""
    keywords = options.keywords if isinstance(options, OpenAiTranscribeOptions) else ""
    return Transcripts(provider.link, provider.service, provider.title, options.model, keywords, options.prompt)
