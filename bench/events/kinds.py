"""Every kind of event. Events are the only source of truth: figures, charts, exports and replays are made from them alone.

Frozen, past tense, one line under each field with its unit. An event belongs to a conversation and, where it says so, to one
of its turns; process-wide events (`LoopStalled`) have neither. `at_ns` is always on the server's clock, converted if need be.
"""

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from bench.events.event import Event
from bench.events.trial_kinds import (
    AnswerSubmitted,
    ClockStarted,
    DraftSaved,
    FeedbackGiven,
    QuestionAsked,
    ReportMade,
    TrialEnded,
    TrialStarted,
    TrialTakenUp,
)

Outcome: TypeAlias = Literal["answered", "interrupted", "silent", "failed", "cancelled", "timed_out"]
"""How a turn ended. Every turn ends in exactly one of these."""

InputKind: TypeAlias = Literal["microphone", "file", "typed"]
"""Where a turn's input came from."""

Owner: TypeAlias = Literal["setting", "detector", "stt", "llm", "tts", "network", "device", "workbench", "unexplained"]
"""To whom a stretch of time is charged. `stt`, `llm` and `tts` are the services."""

MARK_NAMES: tuple[str, ...] = (
    "message_sent", "speech_started", "speech_ended", "turn_released", "stt_partial", "stt_response_started", "stt_final",
    "llm_sent", "llm_response_started", "llm_first_chunk", "llm_first_reasoning", "llm_first_tool_call", "llm_first_text",
    "llm_text_ended", "phrase_released", "tts_sent", "tts_response_started", "tts_first_byte", "tts_first_sound", "tts_ended",
    "audio_sent", "audio_received", "playback_started", "playback_stopped", "playback_ended", "text_painted", "avatar_moved",
    "barge_in", "tool_called", "tool_returned", "filler_started",
)  # fmt: skip
"""The named instants of a turn, in the order in which they usually fall. `…_response_started`: the head of the service's answer
was read; its data is what the service says of itself, also when it refuses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationStarted(Event):
    """One user began to talk with one configuration."""

    wall_utc: str
    """ISO 8601 wall time at `at_ns`: the anchor, read once."""
    process: str
    """Id of the server process that runs it; a later process closes what this one left open."""
    preset: str
    """Preset id the configuration started from."""
    configuration: dict[str, Any]
    """The whole configuration, canonical JSON form, no keys."""
    fingerprint: str
    """Hash of the canonical configuration."""
    tab: str = ""
    """`voice`, `chat` or empty (command line)."""
    column: str = ""
    """Letter A–D, or empty."""
    page: str = ""
    """Page id (one per browser tab), or empty."""
    player: Literal["page", "headless"] = "page"
    """Who plays the replies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationEnded(Event):
    """The conversation is over; no further turn follows."""

    reason: str
    """`closed`, `page_gone`, `reconfigured`, `process_died`, `shutdown`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnStarted(Event):
    """The user's input for one turn began."""

    serial: int
    """0, 1, 2 … within the conversation."""
    input: InputKind
    """Where the input came from."""
    input_id: str = ""
    """Which sample or upload was played, or empty."""
    text: str = ""
    """The typed message, or empty."""
    experiment: str = ""
    """Experiment id, or empty."""
    block: int = -1
    """Block number within the experiment; −1 outside one."""
    warm_up: bool = False
    """Kept, but excluded from figures."""
    strata: tuple[str, ...] = ()
    """`first_turn`, `key_released`, `cold`, `demo_mode` …: what must never be mixed silently."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked(Event):
    """A named instant of the turn. `at_ns` is the instant itself, already on the server's clock."""

    name: str
    """One of `MARK_NAMES`."""
    clock: str = "server"
    """The clock that saw it: `server`, `browser`, `worker`."""
    error_ns: int = 0
    """Half width of its uncertainty after conversion (ns)."""
    estimated: bool = False
    """True when it was derived and not seen (a microphone's speech end, a playback start without output timestamps)."""
    attempt: int = 0
    """Which try of the request it belongs to."""
    data: dict[str, Any] = field(default_factory=dict[str, Any])
    """What belongs to the instant: `reason`, `held_ms`, `lead_silence_ms`, `set_ms`, `output_latency_ms` …"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanRecorded(Event):
    """A stretch of our own work or waiting inside a turn. `at_ns` is its end."""

    name: str
    """`request_built`, `phrase_handed_over`, `connecting`, …"""
    owner: Owner
    """To whom it is charged."""
    from_ns: int
    """Its beginning (ns, server clock)."""
    stage: str = ""
    """Whose way to the service it was: `stt`, `llm`, `tts`; empty when it belongs to none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptHeard(Event):
    """The speech-to-text stage said what it heard, so far or for good."""

    text: str
    """The whole utterance so far."""
    final: bool
    """True for the last one of the turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyStreamed(Event):
    """Some visible text of the reply."""

    text: str
    """The text added, not the text so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCallReceived(Event):
    """The model asked for a function to be called; all of its arguments are there."""

    call: str
    """The provider's id of the call."""
    name: str
    """The function's name, as the model wrote it."""
    arguments: str
    """JSON text as the model wrote it, unchecked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageReported(Event):
    """What one stage of the turn consumed so far: the latest of a stage counts, and it is the sum of its requests."""

    stage: str
    """`stt`, `llm`, `tts`."""
    tokens_in: int | None = None
    """Prompt tokens, or None when unknown."""
    tokens_out: int | None = None
    """Reply tokens, reasoning included, or None when unknown."""
    source: Literal["server", "estimated", "unknown"] = "unknown"
    """Who counted."""
    tokens_cached: int | None = None
    """Prompt tokens that the service had kept from earlier (contained in `tokens_in`), or None when unknown."""
    tokens_reasoning: int | None = None
    """Tokens written that nobody sees (contained in `tokens_out`), or None when unknown."""
    audio_ms: float | None = None
    """Sound that was transcribed or spoken (ms), or None when unknown."""
    characters: int | None = None
    """Text that was spoken (characters), or None when unknown."""
    cost_usd: float | None = None
    """Price by the price file (US dollars), or None when a price or a count is unknown."""
    priced_on: str = ""
    """Date of that price (ISO 8601), or empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputIgnored(Event):
    """Something was heard and deliberately not answered."""

    reason: str
    """`too_short`, `during_playback`, `duplicate_final`, `queue_full`."""
    from_ns: int
    """Its beginning (ns, server clock)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnEnded(Event):
    """The turn is over, with its one outcome."""

    outcome: Outcome
    """How it ended."""
    stage: str = ""
    """The stage that failed, timed out or was interrupted: `input`, `vad`, `stt`, `llm`, `tts`, `playback`, or empty."""
    reason: str = ""
    """A code: `process_died`, `key_rejected`, `nothing_heard`, `user_stopped`, …"""
    message: str = ""
    """What a person can do about it, in plain English; never a provider's own text."""
    facts: dict[str, Any] = field(default_factory=dict[str, Any])
    """What fills the message in another language: `provider`, `variable`, `retry_after`, `seconds` …; our own words only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopStalled(Event):
    """Our own event loop was late: whatever falls in here is the workbench's fault. `at_ns` is its end."""

    from_ns: int
    """When the loop should have woken (ns)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockSynced(Event):
    """A fresh estimate of how a page's clock relates to the server's."""

    page: str
    """Page id."""
    offset_ns: int
    """Server time minus page time (ns)."""
    error_ns: int
    """Bound of that estimate: half the smallest round trip in the window, plus drift since (ns)."""
    drift_ppm: float
    """How fast the page's clock runs away (parts per million)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentStarted(Event):
    """A run of blocks began."""

    experiment: str
    """Its id."""
    plan: dict[str, Any]
    """Configurations (by fingerprint and name), inputs, repeats, seed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentEnded(Event):
    """The run of blocks is over."""

    experiment: str
    """Its id."""
    reason: str
    """`completed`, `stopped`, `failed`, `process_died`."""


KINDS: tuple[type[Event], ...] = (
    ConversationStarted, ConversationEnded, TurnStarted, Marked, SpanRecorded, TranscriptHeard, ReplyStreamed, ToolCallReceived,
    UsageReported, InputIgnored, TurnEnded, LoopStalled, ClockSynced, ExperimentStarted, ExperimentEnded,
    TrialStarted, TrialTakenUp, QuestionAsked, ClockStarted, DraftSaved, AnswerSubmitted, FeedbackGiven, ReportMade, TrialEnded,
)  # fmt: skip
"""Every concrete kind; a test finds the classes by reflection and fails when one is missing here."""
