"""Reads the chunks of a streamed chat completion. Pure: no network, no clock."""

from dataclasses import dataclass, field
from typing import Any, cast

from providers.base import (
    ChatChunk,
    NoTextChunk,
    ReasoningDelta,
    ReplyFinished,
    TextDelta,
    ToolCallReady,
    ToolCallStarted,
    Usage,
)  # fmt: skip
from providers.errors import ContentRefused, EndedEarly, ProtocolBroken, ServiceFailed
from providers.over_http.openai_errors import Asked, object_error

REASONS: dict[str, Any] = {"length": "length", "content_filter": "content_filter", "tool_calls": "tool_calls",
                           "function_call": "tool_calls"}  # fmt: skip
"""What the format calls the end → what we call it; anything else is an ordinary stop."""


@dataclass(slots=True)
class _Call:
    """A function call under way."""

    id: str = ""
    name: str = ""
    arguments: str = ""
    told: bool = False
    """`ToolCallStarted` was yielded."""


@dataclass(slots=True)
class ChatReply:
    """One reply. `read` every chunk; `end` when the stream is over, or as soon as `complete`.

    Chunks carry no number, so two of them that changed places are not noticed, except text after the finish reason.
    """

    asked: Asked
    usage: Usage | None = None
    """The last count that came."""
    cache_write_tokens: int = 0
    tier: str = ""
    """The service tier that answered, where it says so."""
    complete: bool = False
    """The finish reason and the count have come: nothing is missing any more."""
    _reason: str = ""
    _visible: bool = False
    _white: str = ""
    """White space ahead of the first visible text: held back, since alone it is nothing to see, and part of the text."""
    _refused: bool = False
    _calls: list[_Call] = field(default_factory=list[_Call])
    _places: dict[Any, int] = field(default_factory=dict[Any, int])

    def read(self, chunk: Any, at_ns: int) -> list[ChatChunk]:
        """What a chunk means. Raises `ProviderError`; `AttributeError`, `TypeError` for one that is not of the format."""
        if getattr(chunk, "object", None) == "error":  # how some compatible servers fail in the middle
            raise object_error(cast("dict[str, Any]", chunk.to_dict()), self.asked)
        if not isinstance(chunk.choices, list):
            raise ProtocolBroken(self.asked.provider, self.asked.stage, cause="a chunk without choices")
        self.tier = chunk.service_tier or self.tier
        self._count(chunk.usage, at_ns)
        found: list[ChatChunk] = []
        for choice in cast("list[Any]", chunk.choices):
            if not isinstance(choice.index, int | None):
                raise TypeError("a choice that is none")
            if not choice.index:  # only one was asked for
                found += self._choice(choice, at_ns)
        self.complete = self.complete or (bool(self._reason) and not chunk.choices and self.usage is not None)
        return found or ([] if self.complete else [NoTextChunk(at_ns)])

    def end(self, at_ns: int) -> list[ChatChunk]:
        """The closing chunks. Raises `EndedEarly`, `ContentRefused`, `ServiceFailed`."""
        provider, stage = self.asked.provider, self.asked.stage
        if not self._reason:
            raise EndedEarly(provider, stage, cause="no finish reason came")
        if self._reason == "error":
            raise ServiceFailed(provider, stage, cause="finish reason: error")
        filtered = self._refused or self._reason == "content_filter"
        if filtered and not self._visible:
            raise ContentRefused(provider, stage, cause="a refusal" if self._refused else "the content filter")
        reason = "content_filter" if filtered else "tool_calls" if self._calls else REASONS.get(self._reason, "stop")
        counted: list[ChatChunk] = [self.usage] if self.usage is not None else []
        return [*counted, ReplyFinished(max(at_ns, self.usage.at_ns) if self.usage else at_ns, reason)]

    def _choice(self, choice: Any, at_ns: int) -> list[ChatChunk]:
        found: list[ChatChunk] = []
        delta = choice.delta
        if delta is not None:
            more: dict[str, Any] = delta.model_extra or {}  # fields of compatible servers that the package does not know
            thought = more.get("reasoning_content") or more.get("reasoning")
            if thought:
                found.append(ReasoningDelta(_text(thought), at_ns))
            if delta.content:
                found += self._text(_text(delta.content), at_ns)
            self._refused = self._refused or bool(delta.refusal)
            for piece in delta.tool_calls or ():
                found += self._piece(piece, at_ns)
        if choice.finish_reason and not self._reason:
            self._reason = str(choice.finish_reason)
            found += [ToolCallReady(call.id, call.name, call.arguments, at_ns) for call in self._calls]
        return found

    def _text(self, text: str, at_ns: int) -> list[ChatChunk]:
        if self._reason:
            raise ProtocolBroken(self.asked.provider, self.asked.stage, cause="text after the finish reason")
        if not self._visible and not text.strip():
            self._white += text
            return [NoTextChunk(at_ns)]
        text, self._white, self._visible = self._white + text, "", True
        return [TextDelta(text, at_ns)]

    def _piece(self, piece: Any, at_ns: int) -> list[ChatChunk]:
        """A piece of a function call. Pieces belong together by their index; some servers give all calls the same one."""
        place = self._places.get(piece.index)
        if place is None or (piece.id and self._calls[place].id not in ("", piece.id)):
            place = self._places[piece.index] = len(self._calls)
            self._calls.append(_Call())
        call, function = self._calls[place], piece.function
        call.id = call.id or piece.id or ""
        if function is not None:
            call.name = call.name or function.name or ""
            call.arguments += function.arguments or ""
        if call.told or not (call.id and call.name):
            return [NoTextChunk(at_ns)]
        call.told = True
        return [ToolCallStarted(call.id, call.name, at_ns)]

    def _count(self, usage: Any, at_ns: int) -> None:
        if usage is None:
            return
        read, written = usage.prompt_tokens_details, usage.completion_tokens_details
        self.cache_write_tokens = (read.cache_write_tokens if read else 0) or 0
        self.usage = Usage(
            at_ns=at_ns, tokens_in=usage.prompt_tokens, tokens_out=usage.completion_tokens,
            tokens_cached=read.cached_tokens if read else None,
            tokens_reasoning=written.reasoning_tokens if written else None,
        )  # fmt: skip


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("text that is none")
    return value
