"""The roles a provider can play, the chunks it yields, and the observer through which it reports instants.

A provider yields. It never logs, retries, decides what an instant means, or knows of the page; the turn owns timing, retries
and cancellation. Cancelling is cancelling the task: a provider's `finally` closes its stream.

One provider is one file in this folder with one or more classes that derive from a role below and set `name`, `title`,
`Options` and `capabilities`. The registry finds them by itself.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

Role: TypeAlias = Literal["vad", "stt", "transcriber", "chat", "tts", "live", "avatar"]
Samples: TypeAlias = NDArray[np.int16]
"""Mono PCM, one int16 per sample."""

CAPTURE_RATE_HZ = 16_000
"""Rate of all captured audio: what Silero, WebRTC VAD and pocketsphinx were made for."""


# ── options ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
class Options(BaseModel):
    """Settings of one provider. The form, the preset schema and the docs are generated from the subclass."""

    model_config = ConfigDict(extra="forbid", frozen=True)


AnyOptions = Options
"""The base under another name: a provider's class attribute is called `Options` too."""


def knob(
    default: Any,
    *,
    en: str,
    ru: str,
    help_en: str,
    help_ru: str,
    unit: str = "",
    **limits: Any,
) -> Any:
    """A field of an `Options` class: title and one line on what the knob trades, in both languages, with unit and range.

    `limits` are pydantic's own (`ge`, `le`, `max_length` …). Raises nothing.
    """
    extra: Any = {"unit": unit, "ru": {"title": ru, "description": help_ru}}
    return Field(default, title=en, description=help_en, json_schema_extra=extra, **limits)


# ── what a provider can do ───────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Capabilities:
    """Asked for, never guessed from a name."""

    languages: tuple[str, ...] = ()
    """ISO 639-1 codes it understands or speaks; empty = any."""
    streams_input: bool = False
    """Takes its input piece by piece."""
    streams_output: bool = True
    """Yields before it has finished."""
    word_times: bool = False
    """Reports when each word falls."""
    phoneme_times: bool = False
    """Reports when each speech sound falls."""
    own_end_of_turn: bool = False
    """Decides by itself that the user's turn is over."""
    reports_usage: bool = False
    """Counts its own tokens."""
    end_bias_ms: tuple[float, float] | None = None
    """Voice detectors: measured median and p95 of (detected end − true end) in ms."""
    labels: tuple[str, ...] = ()
    """Honest labels for the screen: `embedded`, `rule-based`, `scripted`."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Why a provider cannot be used here, and what to do."""

    what: str
    """What is not there, in plain words."""
    remedy: str
    """A command or a step that mends it."""


# ── the observer ─────────────────────────────────────────────────────────────────────────────────────────────────────────
InstantName: TypeAlias = Literal[
    "connect_started", "connected", "request_sent", "bytes_received", "response_ended", "cancel_sent"
]


@dataclass(frozen=True, slots=True)
class Instant:
    """A raw instant at the network, as the adapter saw it."""

    name: InstantName
    at_ns: int
    """Instant on the clock that the turn handed over (ns)."""
    data: dict[str, Any] = field(default_factory=dict[str, Any])
    """`reused` for a connection, `phrase` for speech, `bytes` …"""


class Wire:
    """Handed to each call by the turn: tells the adapter the time, and takes the raw instants it reports.

    `request_sent` is the instant the request was handed to the transport of a *ready* connection; connecting is reported
    apart with `connect_started` and `connected(reused=…)`.
    """

    __slots__ = ("_now_ns", "_sink")

    def __init__(self, now_ns: Callable[[], int], sink: Callable[[Instant], None]) -> None:
        self._now_ns = now_ns
        self._sink = sink

    def now_ns(self) -> int:
        """The turn's clock (ns). Call it right where the bytes are read."""
        return self._now_ns()

    def note(self, name: InstantName, at_ns: int | None = None, **data: Any) -> None:
        """Report an instant; `at_ns` defaults to now."""
        self._sink(Instant(name, self._now_ns() if at_ns is None else at_ns, data))


# ── any provider ─────────────────────────────────────────────────────────────────────────────────────────────────────────
class Provider(ABC):
    """One engine or vendor in one role."""

    name: ClassVar[str]
    """Id in presets: lower case, unique within its role."""
    role: ClassVar[Role]
    title: ClassVar[str]
    """Name on the screen."""
    capabilities: ClassVar[Capabilities] = Capabilities()
    Options: ClassVar[type[AnyOptions]] = AnyOptions

    def __init__(self, options: AnyOptions) -> None:
        self.options = options

    @classmethod
    def missing(cls) -> Missing | None:
        """What has to be installed or set first, or None. Cheap: imports no engine."""
        return None

    async def warm_up(self) -> None:  # noqa: B027 - nothing to do is a fine default
        """Load models, start workers, open connections, so that the first turn is like the others. May be called again."""

    async def close(self) -> None:  # noqa: B027 - nothing to do is a fine default
        """Release everything. May be called again."""


# ── voice activity ───────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class VoiceFrame:
    """The detector's opinion of one stretch of samples."""

    start: int
    """First sample, counted from the detector's last reset."""
    end: int
    """One past the last sample."""
    voiced: bool
    """Speech, by the detector's own threshold and hysteresis."""
    probability: float
    """0 … 1; detectors without one report 0 or 1."""


class Detector(ABC):
    """A voice detector with the state of one stream. Fast (well below 1 ms a frame), so it is called, not awaited."""

    @abstractmethod
    def push(self, pcm: Samples) -> list[VoiceFrame]:
        """Take samples of any length at `CAPTURE_RATE_HZ`; returns the frames that they completed, in order, no gaps."""

    @abstractmethod
    def reset(self) -> None:
        """Forget the past: the next sample is sample 0."""


class VoiceActivity(Provider):
    """Says which stretches of sound are speech."""

    role = "vad"

    @abstractmethod
    def detector(self) -> Detector:
        """A fresh detector. `warm_up` has been awaited before."""


# ── speech to text ───────────────────────────────────────────────────────────────────────────────────────────────────────
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


# ── chat ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Message:
    """One line of the conversation."""

    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """What the model is asked: the conversation so far, the last message being the user's."""

    messages: tuple[Message, ...]
    language: str = "en"


@dataclass(frozen=True, slots=True)
class NoTextChunk:
    """A chunk without visible text: role only, empty, keep-alive."""

    at_ns: int


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """Thinking that is not part of the visible reply."""

    text: str
    at_ns: int


@dataclass(frozen=True, slots=True)
class TextDelta:
    """Visible text."""

    text: str
    at_ns: int
    set_ms: float = 0.0
    """How much of the wait before this chunk the user's own settings asked for (ms): pace, first-token delay."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens, as the provider counted them."""

    at_ns: int
    tokens_in: int | None
    tokens_out: int | None
    source: Literal["server", "estimated"] = "server"


@dataclass(frozen=True, slots=True)
class ReplyFinished:
    """The provider said that the reply is complete. A stream that ends without it ended early."""

    at_ns: int
    reason: Literal["stop", "length", "content_filter", "tool_calls"] = "stop"


ChatChunk: TypeAlias = NoTextChunk | ReasoningDelta | TextDelta | Usage | ReplyFinished


class ChatModel(Provider):
    """Writes the reply."""

    role = "chat"

    @abstractmethod
    def stream(self, request: ChatRequest, wire: Wire) -> AsyncIterator[ChatChunk]:
        """The reply, chunk by chunk as it arrives, closed by `ReplyFinished`. Reports `request_sent` on the wire."""


# ── text to speech ───────────────────────────────────────────────────────────────────────────────────────────────────────
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


SpeechChunk: TypeAlias = AudioChunk | SpokenUnit | PhraseFinished


class TextToSpeech(Provider):
    """Speaks."""

    role = "tts"

    @abstractmethod
    def speak(self, phrases: AsyncIterator[str], language: str, wire: Wire) -> AsyncIterator[SpeechChunk]:
        """Sound for phrases that are still being written. Reports `request_sent(phrase=k)` for each phrase k it sends off.

        Phrases that contain nothing speakable yield only their `PhraseFinished`.
        """
