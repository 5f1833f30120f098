"""`/audio/transcriptions`: what is asked of which model, and what the answers mean."""

import math
from collections.abc import AsyncGenerator
from typing import Any

from providers.base import (
    Recording,
    Segment,
    TranscriptDelta,
    TranscriptionChunk,
    TranscriptionFinished,
    Usage,
    Wire,
    Word,
)  # fmt: skip
from providers.catalogues.pricing import priced
from providers.errors import EndedEarly, RequestRefused
from providers.over_http.openai_link import Link, read_out
from providers.over_http.openai_service import Service

LARGEST_UPLOAD = 25_000_000
"""Bytes. "25 MB", says the guide; whichever megabytes are meant, this is not more."""


class Transcripts:
    """Sends recordings and reads transcripts, for both ways to listen: whole recordings, and utterances."""

    def __init__(self, link: Link, service: Service, provider: str, model: str, keywords: str, prompt: str) -> None:
        """`keywords`: separated by commas."""
        self._link, self._service, self._provider, self._model = link, service, provider, model
        self._keywords = [word.strip() for word in keywords.split(",") if word.strip()]
        self._prompt = prompt

    @property
    def streams(self) -> bool:
        """The text comes piece by piece: from the vendor's own models but Whisper, which tells times instead."""
        return self._service.vendor_fields and not self._model.startswith("whisper")

    async def transcribe(self, recording: Recording, wire: Wire, **data: Any) -> AsyncGenerator[TranscriptionChunk]:
        """See the role. `data` accompanies each instant on the wire. Raises `ProviderError`."""
        if len(recording.data) > LARGEST_UPLOAD:
            raise RequestRefused(self._provider, "stt", cause=f"{len(recording.data)} bytes are more than {LARGEST_UPLOAD}")
        client, asked = await self._link.client(), self._link.asked()
        from providers.over_http.openai_errors import own_errors, reading

        exchange = self._link.exchange(wire, **data)
        create: Any = client.audio.transcriptions.create
        with own_errors(asked):
            answer = await create(**self._body(recording))
        reader = _Reader(recording.duration_ms / 1000)
        if not self.streams:
            with reading(asked):
                closing = reader.whole(answer, exchange.read_ns)
            for each in closing:
                yield self._priced(each, exchange)
            return
        try:
            while not reader.complete:
                with own_errors(asked):
                    event = await anext(answer, None)
                if event is None:
                    raise EndedEarly(self._provider, "stt", cause="no closing event came")
                with reading(asked):
                    found = reader.read(event, exchange.read_ns)
                for each in found:
                    yield self._priced(each, exchange)
            await read_out(answer)
        finally:
            await answer.close()

    def _body(self, recording: Recording) -> dict[str, Any]:
        """The form, with nothing in it that the model does not know."""
        newest = self._model.startswith("gpt-transcribe")
        diarizes = "diarize" in self._model
        prompt = " ".join(part for part in (self._prompt, recording.prompt) if part)
        body: dict[str, Any] = {
            "model": self._model, "file": (recording.filename, recording.data, recording.media_type),
            "language": None if newest else recording.language,
            "languages": [recording.language] if newest and recording.language else None,
            "prompt": "" if diarizes else prompt, "keywords": self._keywords if newest else None,
        }  # fmt: skip
        if self.streams:
            body |= {"stream": True, "response_format": "diarized_json" if diarizes else "json"}
            body["chunking_strategy"] = "auto" if diarizes else None
        else:
            body |= {"response_format": "verbose_json", "timestamp_granularities": ["word", "segment"]}
        return {name: value for name, value in body.items() if value not in (None, "", [])}

    def _priced(self, chunk: TranscriptionChunk, exchange: Any) -> TranscriptionChunk:
        if isinstance(chunk, Usage) and self._link.bills(exchange):
            return priced(chunk, self._service.vendor, self._model)
        return chunk


class _Reader:
    """Reads one answer. Pure."""

    def __init__(self, audio_s: float) -> None:
        self._audio_s = audio_s
        self._segments: list[Segment] = []
        self._pieces = ""
        self.complete = False

    def read(self, event: Any, at_ns: int) -> list[TranscriptionChunk]:
        """What an event of a streamed transcript means. Raises `AttributeError`, `TypeError` for what is not of the format."""
        match event.type:
            case "transcript.text.delta":
                self._pieces += _string(event.delta)
                return [TranscriptDelta(event.delta, at_ns)] if event.delta else []
            case "transcript.text.segment":
                self._segments.append(_segment(event, speaker=event.speaker or ""))
                return []
            case "transcript.text.done":
                self.complete = True
                self._check_order(_string(event.text))
                language = event.languages[0].code if event.languages else ""
                finished = TranscriptionFinished(event.text, at_ns, language, tuple(self._segments))
                return [self._usage(event.usage, at_ns), finished]
            case _:
                return []

    def _check_order(self, text: str) -> None:
        """The pieces carry no numbers, but the same letters in another order mean that some have changed places."""
        if sorted(self._pieces) == sorted(text) and self._pieces != text:
            raise TypeError("the pieces of the text are out of order")

    def whole(self, answer: Any, at_ns: int) -> list[TranscriptionChunk]:
        """What a transcript that came at once means."""
        words = [Word(_string(each.word), *_span(each)) for each in answer.words or ()]
        segments = [_segment(each, words) for each in answer.segments or ()]
        if words and not segments:
            segments = [Segment(_string(answer.text), words[0].start_ms, words[-1].end_ms, tuple(words))]
        usage = self._usage(answer.usage, at_ns, getattr(answer, "duration", None))
        return [usage, TranscriptionFinished(_string(answer.text).strip(), at_ns, answer.language or "", tuple(segments))]

    def _usage(self, usage: Any, at_ns: int, duration_s: Any = None) -> Usage:
        """As the service counted, in tokens or seconds; the length of what was sent is known in any case."""
        seconds = getattr(usage, "seconds", None) or duration_s
        return Usage(
            at_ns=at_ns, tokens_in=getattr(usage, "input_tokens", None), tokens_out=getattr(usage, "output_tokens", None),
            audio_s=float(seconds) if seconds else self._audio_s, source="server" if usage or seconds else "estimated",
        )  # fmt: skip


def _segment(told: Any, words: list[Word] | None = None, speaker: str = "") -> Segment:
    start_ms, end_ms = _span(told)
    inside = tuple(word for word in words or () if start_ms <= (word.start_ms + word.end_ms) / 2 < end_ms)
    likely = getattr(told, "avg_logprob", None)
    confidence = math.exp(min(0.0, float(likely))) if likely is not None else None  # the mean of its tokens' probabilities
    return Segment(_string(told.text).strip(), start_ms, end_ms, inside, confidence, speaker)


def _span(told: Any) -> tuple[float, float]:
    """Start and end (ms), never backwards: models round."""
    start_ms = max(0.0, float(told.start) * 1000)
    return start_ms, max(start_ms, float(told.end) * 1000)


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("text that is none")
    return value
