"""The roles a provider can play, the chunks it yields, and the observer through which it reports instants.

A provider yields. It never logs, retries, decides what an instant means, or knows of the page; the turn owns timing, retries
and cancellation. Cancelling is cancelling the task: a provider's `finally` closes its stream.

The definitions are in `providers/roles/`, a file for each role; import them from here.

One provider is one file in this folder with one or more classes that derive from a role below and set `name`, `title`,
`Options` and `capabilities`. The registry finds them by itself.
"""

from providers.roles.chat import (
    Attachment,
    ChatChunk,
    ChatModel,
    ChatRequest,
    Message,
    NoTextChunk,
    ReasoningDelta,
    ReplyFinished,
    TextDelta,
    Tool,
    ToolCallReady,
    ToolCallStarted,
)
from providers.roles.observer import Instant, InstantName, Wire
from providers.roles.options import AnyOptions, Options, knob
from providers.roles.provider import Capabilities, Missing, Provider, Role
from providers.roles.sound import CAPTURE_RATE_HZ, Samples
from providers.roles.speech_to_text import SpeechToText, SttSession, Transcript
from providers.roles.text_to_speech import AudioChunk, PhraseFinished, SpeechChunk, SpokenUnit, TextToSpeech
from providers.roles.transcriber import (
    Recording,
    Segment,
    Transcriber,
    TranscriptDelta,
    TranscriptionChunk,
    TranscriptionFinished,
    Word,
)
from providers.roles.usage import Usage
from providers.roles.voice_activity import Detector, VoiceActivity, VoiceFrame

__all__ = [
    "AnyOptions",
    "Attachment",
    "AudioChunk",
    "CAPTURE_RATE_HZ",
    "Capabilities",
    "ChatChunk",
    "ChatModel",
    "ChatRequest",
    "Detector",
    "Instant",
    "InstantName",
    "Message",
    "Missing",
    "NoTextChunk",
    "Options",
    "PhraseFinished",
    "Provider",
    "ReasoningDelta",
    "Recording",
    "ReplyFinished",
    "Role",
    "Samples",
    "Segment",
    "SpeechChunk",
    "SpeechToText",
    "SpokenUnit",
    "SttSession",
    "TextDelta",
    "TextToSpeech",
    "Tool",
    "ToolCallReady",
    "ToolCallStarted",
    "Transcriber",
    "Transcript",
    "TranscriptDelta",
    "TranscriptionChunk",
    "TranscriptionFinished",
    "Usage",
    "VoiceActivity",
    "VoiceFrame",
    "Wire",
    "Word",
    "knob",
]
