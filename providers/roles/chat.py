"""Chat: who writes the reply."""

from abc import abstractmethod
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from providers.roles.observer import Wire
from providers.roles.provider import Provider
from providers.roles.usage import Usage


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that the model may call."""

    name: str
    description: str
    """What it does and when to call it."""
    parameters: dict[str, Any]
    """JSON schema of its arguments, an object."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that was uploaded to the provider before and belongs to a message."""

    file_id: str
    """The provider's own id."""
    kind: Literal["image", "file"]


@dataclass(frozen=True, slots=True)
class Message:
    """One line of the conversation."""

    role: Literal["system", "user", "assistant", "tool"]
    text: str
    calls: "tuple[ToolCallReady, ...]" = ()
    """Of an assistant: what it called."""
    call_id: str = ""
    """Of a tool: which call this is the result of."""
    attachments: tuple[Attachment, ...] = ()
    """Of a user."""


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """What the model is asked: the conversation so far, the last message being the user's (or a tool's)."""

    messages: tuple[Message, ...]
    language: str = "en"
    conversation: str = ""
    """Id of the conversation: the same for all its requests. Providers that keep the conversation themselves go by it."""
    tools: tuple[Tool, ...] = ()
    """What it may call; empty: nothing."""
    answer_schema: dict[str, Any] | None = None
    """JSON schema (an object) that the reply has to fit; None: free text. See `Capabilities.answer_schema`."""


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
class ToolCallStarted:
    """The first piece of a function call was read; its arguments may still be coming."""

    id: str
    name: str
    at_ns: int


@dataclass(frozen=True, slots=True)
class ToolCallReady:
    """A function call with all its arguments."""

    id: str
    """The provider's id of the call; its result is sent back under it."""
    name: str
    arguments: str
    """JSON text as the model wrote it: check it before use."""
    at_ns: int


@dataclass(frozen=True, slots=True)
class ReplyFinished:
    """The provider said that the reply is complete. A stream that ends without it ended early."""

    at_ns: int
    reason: Literal["stop", "length", "content_filter", "tool_calls"] = "stop"


ChatChunk: TypeAlias = NoTextChunk | ReasoningDelta | TextDelta | ToolCallStarted | ToolCallReady | Usage | ReplyFinished


class ChatModel(Provider):
    """Writes the reply."""

    role = "chat"

    @abstractmethod
    def stream(self, request: ChatRequest, wire: Wire) -> AsyncIterator[ChatChunk]:
        """The reply, chunk by chunk as it arrives, closed by `ReplyFinished`. Reports `request_sent` on the wire."""
