"""Speech to text while it is spoken."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from providers.roles.observer import Wire
from providers.roles.provider import Provider
from providers.roles.sound import Samples
from providers.roles.usage import Usage


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was understood of one utterance so far."""

    text: str
    """The whole utterance so far; may be empty."""
    final: bool
    """Nothing further comes for this utterance."""
    at_ns: int
    """When the bytes that carried it were read (ns)."""
    end_of_turn: bool = False
    """The provider itself decided that the user's turn is over."""
    words: tuple[tuple[str, int, int], ...] = ()
    """(word, start ms, end ms) from the utterance's first pushed sample, where known."""
    usage: Usage | None = None
    """On a final: what the utterance consumed, where the service counts."""


class SttSession(ABC):
    """One listening stream, for as long as the conversation lasts: many utterances, no re-opening between them."""

    @abstractmethod
    async def push(self, pcm: Samples) -> None:
        """Audio of the current utterance at `CAPTURE_RATE_HZ`. Waits when the engine cannot keep up."""

    @abstractmethod
    async def finish(self) -> None:
        """The utterance is over: exactly one `final` transcript (its text may be empty) follows in `results`."""

    @abstractmethod
    async def discard(self) -> None:
        """Forget the current utterance; nothing of it comes out afterwards."""

    @abstractmethod
    def results(self) -> AsyncIterator[Transcript]:
        """Partials and finals of all utterances, in order; ends when the session is closed. One reader."""


class SpeechToText(Provider):
    """Turns speech into text while it is spoken."""

    role = "stt"

    @abstractmethod
    def open(self, language: str, wire: Wire) -> AbstractAsyncContextManager[SttSession]:
        """A session. Raises `ProviderError` on entering when the engine cannot be used or the language is not spoken."""
