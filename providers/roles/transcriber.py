"""Whole recordings to text."""

from abc import abstractmethod
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TypeAlias

from providers.roles.observer import Wire
from providers.roles.provider import Provider
from providers.roles.usage import Usage


@dataclass(frozen=True, slots=True)
class Recording:
    """A whole recording, encoded, to be transcribed at once."""

    data: bytes
    """The file's bytes."""
    filename: str
    """With an ending that tells the format."""
    media_type: str
    """Such as `audio/wav`."""
    duration_ms: float
    """How long it plays (ms)."""
    language: str = ""
    """ISO 639-1, or empty: the service finds out."""
    prompt: str = ""
    """Vocabulary and context that help, where the service takes them."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word and its place in the recording."""

    text: str
    start_ms: float
    end_ms: float
    confidence: float | None = None
    """0 … 1, or None when the service gives none."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the recording with its text."""

    text: str
    start_ms: float
    end_ms: float
    words: tuple[Word, ...] = ()
    confidence: float | None = None
    """0 … 1, or None when the service gives none."""
    speaker: str = ""


@dataclass(frozen=True, slots=True)
class TranscriptDelta:
    """More text of the result, as it comes."""

    text: str
    """The text added."""
    at_ns: int


@dataclass(frozen=True, slots=True)
class TranscriptionFinished:
    """The whole result."""

    text: str
    at_ns: int
    language: str = ""
    """As the service recognised it, or empty."""
    segments: tuple[Segment, ...] = ()
    """In order; empty when the service gives no times."""


TranscriptionChunk: TypeAlias = TranscriptDelta | Usage | TranscriptionFinished


class Transcriber(Provider):
    """Turns a whole recording into text."""

    role = "transcriber"

    @abstractmethod
    def transcribe(self, recording: Recording, wire: Wire) -> AsyncIterator[TranscriptionChunk]:
        """The text as it comes, closed by `TranscriptionFinished`. Reports `request_sent` and `upload_ended` on the wire."""
