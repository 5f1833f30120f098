"""Text to speech."""

from abc import abstractmethod
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from providers.roles.observer import Wire
from providers.roles.provider import Provider
from providers.roles.sound import Samples
from providers.roles.usage import Usage


@dataclass(frozen=True, slots=True)
class AudioChunk:
    """Speech."""

    pcm: Samples
    rate_hz: int
    at_ns: int
    """When its bytes were read (ns)."""
    phrase: int
    """Which phrase it belongs to: 0, 1, 2 …"""


@dataclass(frozen=True, slots=True)
class SpokenUnit:
    """A word or speech sound and its place in the sound."""

    kind: Literal["word", "phoneme"]
    text: str
    phrase: int
    start_ms: float
    """From the phrase's first sample."""
    end_ms: float | None = None


@dataclass(frozen=True, slots=True)
class PhraseFinished:
    """The last sample of a phrase has been yielded."""

    phrase: int
    at_ns: int


SpeechChunk: TypeAlias = AudioChunk | SpokenUnit | PhraseFinished | Usage


class TextToSpeech(Provider):
    """Speaks."""

    role = "tts"

    @abstractmethod
    def speak(self, phrases: AsyncIterator[str], language: str, wire: Wire) -> AsyncIterator[SpeechChunk]:
        """Sound for phrases that are still being written. Reports `request_sent(phrase=k)` for each phrase k it sends off.

        Phrases that contain nothing speakable yield only their `PhraseFinished`.
        """
