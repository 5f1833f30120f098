"""Reads the events of a streamed response. Pure: no network, no clock."""

from dataclasses import dataclass, field
from typing import Any

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
from providers.errors import ContentRefused, EndedEarly, ProtocolBroken
from providers.over_http.openai_errors import Asked, object_error

INCOMPLETE: dict[str, Any] = {"max_output_tokens": "length", "max_messages": "length", "content_filter": "content_filter"}
"""Why a response is incomplete → what we call it."""


@dataclass(slots=True)
class ResponseReply:
    """One reply. `read` every event until `complete`, then `end`."""

    asked: Asked
    text: str = ""
    """All visible text so far."""
    calls: list[ToolCallReady] = field(default_factory=list[ToolCallReady])
    cache_write_tokens: int = 0
    tier: str = ""
    complete: bool = False
    """The closing event has come."""
    _reason: Any = "stop"
    _usage: Usage | None = None
    _refused: bool = False
    _white: str = ""
    """White space ahead of the first visible text."""
    _expected: int | None = None
    _started: dict[int, tuple[str, str]] = field(default_factory=dict[int, tuple[str, str]])
    """Function calls under way: place in the output → id and name."""

    def read(self, event: Any, at_ns: int) -> list[ChatChunk]:
        """What an event means. Raises `ProviderError`; `AttributeError`, `TypeError` for one that is not of the format."""
        kind = event.type
        if not isinstance(kind, str):
            raise self._broken("an event without a type")
        if kind == "error":  # whatever its number
            raise object_error({"code": event.code, "message": event.message, "param": event.param}, self.asked)
        self._check_number(getattr(event, "sequence_number", None))
        match kind:
            case "response.output_text.delta":
                return self._text(event.delta, at_ns)
            case "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" if event.delta:
                return [ReasoningDelta(_string(event.delta), at_ns)]
            case "response.refusal.delta" | "response.refusal.done":
                self._refused = True
            case "response.output_item.added" if event.item.type == "function_call":
                self._started[event.output_index] = (event.item.call_id, event.item.name)
                return [ToolCallStarted(_string(event.item.call_id), _string(event.item.name), at_ns)]
            case "response.function_call_arguments.done":
                return self._ready(event.output_index, event.arguments, at_ns)
            case "response.output_item.done" if event.item.type == "function_call":
                self._started.setdefault(event.output_index, (event.item.call_id, event.item.name))
                return self._ready(event.output_index, event.item.arguments, at_ns)
            case "response.completed" | "response.incomplete":
                self._close(event.response, at_ns)
                return []
            case "response.failed":
                raise object_error(event.response.error.to_dict() if event.response.error else {}, self.asked)
            case _:
                pass
        return [NoTextChunk(at_ns)]

    def end(self, at_ns: int) -> list[ChatChunk]:
        """The closing chunks. Raises `EndedEarly`, `ContentRefused`."""
        if not self.complete:
            raise EndedEarly(self.asked.provider, self.asked.stage, cause="no closing event came")
        filtered = self._refused or self._reason == "content_filter"
        if filtered and not self.text.strip():
            raise ContentRefused(
                self.asked.provider, self.asked.stage, cause="a refusal" if self._refused else "the content filter"
            )
        reason = "content_filter" if filtered else "tool_calls" if self.calls and self._reason == "stop" else self._reason
        return [*([self._usage] if self._usage is not None else []), ReplyFinished(at_ns, reason)]

    def _check_number(self, number: Any) -> None:
        """Events are numbered one after the other; compatible servers may leave the numbers out."""
        if not isinstance(number, int):
            return
        if self._expected is not None and number != self._expected:
            raise self._broken(f"event {number} came in the place of {self._expected}")
        self._expected = number + 1

    def _text(self, delta: Any, at_ns: int) -> list[ChatChunk]:
        self._white += _string(delta)
        if not delta or not (self.text or self._white.strip()):
            return [NoTextChunk(at_ns)]
        text, self._white = self._white, ""
        self.text += text
        return [TextDelta(text, at_ns)]

    def _ready(self, place: int, arguments: Any, at_ns: int) -> list[ChatChunk]:
        """A call is told ready once, whichever of its two closing events comes first."""
        id, name = self._started[place]
        if any(call.id == id for call in self.calls):
            return [NoTextChunk(at_ns)]
        self.calls.append(ToolCallReady(id, name, _string(arguments), at_ns))
        return [self.calls[-1]]

    def _close(self, response: Any, at_ns: int) -> None:
        self.complete = True
        self.tier = response.service_tier or ""
        if response.incomplete_details is not None:
            self._reason = INCOMPLETE.get(response.incomplete_details.reason or "", "stop")
        if (used := response.usage) is None:
            return
        read, written = used.input_tokens_details, used.output_tokens_details
        self.cache_write_tokens = (read.cache_write_tokens if read else 0) or 0
        self._usage = Usage(
            at_ns=at_ns, tokens_in=used.input_tokens, tokens_out=used.output_tokens,
            tokens_cached=read.cached_tokens if read else None,
            tokens_reasoning=written.reasoning_tokens if written else None,
        )  # fmt: skip

    def _broken(self, cause: str) -> ProtocolBroken:
        return ProtocolBroken(self.asked.provider, self.asked.stage, cause=cause)


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("text that is none")
    return value
