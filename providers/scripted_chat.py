"""A chat model with known delays: says a fixed text, each chunk at its planned time."""

import re
from collections.abc import AsyncIterator
from contextlib import aclosing
from itertools import cycle, islice
from typing import Any, Literal

from pydantic import model_validator

from providers.base import (
    Capabilities,
    ChatChunk,
    ChatModel,
    ChatRequest,
    NoTextChunk,
    ReasoningDelta,
    ReplyFinished,
    TextDelta,
    Usage,
    Wire,
    knob,
)
from providers.scripted import Plan, ServiceOptions, apply_fault, numbered, with_jitter
from providers.scripted_frames import Frame, Step
from providers.scripted_service import Service, exchange

REASONING_EVERY_MS = 50.0
"""Thinking aloud comes in chunks this far apart (ms)."""


class ScriptedChatOptions(ServiceOptions):
    """When each chunk of the reply comes."""

    text: str = knob(
        "You said: {user} This reply is scripted, and every word of it comes at a known time.", en="Reply", ru="Ответ",
        help_en="What is answered; {user} stands for the last message.",
        help_ru="Что отвечать; {user} — последнее сообщение.", max_length=20_000,
    )  # fmt: skip
    first_text_ms: float = knob(
        350.0, en="First word after", ru="Первое слово через",
        help_en="From the request to the first visible text.", help_ru="От запроса до первого видимого текста.",
        unit="ms", ge=0, le=600_000,
    )  # fmt: skip
    first_chunk_ms: float = knob(
        200.0, en="First chunk after", ru="Первая порция через",
        help_en="When the chunk without text comes; counts only with 'Role first'.",
        help_ru="Когда приходит порция без текста; только вместе с «Сначала роль».", unit="ms", ge=0, le=600_000,
    )  # fmt: skip
    role_only_first: bool = knob(
        False, en="Role first", ru="Сначала роль",
        help_en="A chunk without text comes ahead of the first word.", help_ru="До первого слова приходит порция без текста.",
    )  # fmt: skip
    reasoning_ms: float = knob(
        0.0, en="Thinks aloud for", ru="Думает вслух",
        help_en="How long before the first word it streams its reasoning.",
        help_ru="Сколько до первого слова идут рассуждения.", unit="ms", ge=0, le=600_000,
    )  # fmt: skip
    tokens_per_s: float = knob(
        40.0, en="Pace", ru="Темп",
        help_en="Words a second after the first.", help_ru="Слов в секунду после первого.", unit="words/s", gt=0, le=10_000,
    )  # fmt: skip
    gaps_ms: tuple[float, ...] = knob(
        (), en="Gaps", ru="Промежутки",
        help_en="Waits between words, used over and over instead of the pace.",
        help_ru="Паузы между словами по кругу вместо темпа.", unit="ms",
    )  # fmt: skip
    usage: bool = knob(
        True, en="Counts tokens", ru="Считает токены",
        help_en="Reports its own count at the end.", help_ru="В конце сообщает свой подсчёт.",
    )  # fmt: skip
    finish: Literal["stop", "length", "content_filter", "tool_calls"] = knob(
        "stop", en="Ends because", ru="Причина конца",
        help_en="The reason that it gives for the end.", help_ru="Какую причину конца назвать.",
    )  # fmt: skip

    @model_validator(mode="after")
    def _order(self) -> "ScriptedChatOptions":
        if self.role_only_first and self.first_chunk_ms > self.first_text_ms:
            raise ValueError("the first chunk cannot come after the first word")
        if self.reasoning_ms > self.first_text_ms:
            raise ValueError("the reasoning cannot begin before the request")
        if any(gap < 0 for gap in self.gaps_ms):
            raise ValueError("a gap cannot be negative")
        return self


def chat_timeline(options: ScriptedChatOptions, request: ChatRequest) -> list[Step]:
    """The reply as it comes when nothing goes wrong."""
    said = next((message.text for message in reversed(request.messages) if message.role == "user"), "")
    words = re.findall(r"\s*\S+", options.text.replace("{user}", said))
    steps: list[Step] = []
    if options.role_only_first:
        steps.append(Step(options.first_chunk_ms, {"kind": "role"}))
    thought_ms = 0.0
    while thought_ms < options.reasoning_ms:
        steps.append(Step(options.first_text_ms - options.reasoning_ms + thought_ms, {"kind": "reasoning", "text": "Hm. "}))
        thought_ms += REASONING_EVERY_MS
    steps.sort(key=lambda step: step.due_ms)
    gaps = cycle(options.gaps_ms or (1000.0 / options.tokens_per_s,))
    due_ms = options.first_text_ms
    for word, gap_ms in zip(words, islice(gaps, len(words)), strict=True):
        steps.append(Step(due_ms, {"kind": "text", "text": word}))
        due_ms += gap_ms
    last_ms = steps[-1].due_ms if words else options.first_text_ms
    if options.usage:
        tokens_in = sum(len(message.text.split()) for message in request.messages)
        steps.append(Step(last_ms, {"kind": "usage", "tokens_in": tokens_in, "tokens_out": len(words)}))
    return [*steps, Step(last_ms, {"kind": "end", "reason": options.finish})]


def chat_chunk(frame: Frame) -> ChatChunk:
    """What a frame means. Raises `ValueError` for a kind that no chat service sends."""
    head: dict[str, Any] = frame.head
    match head.get("kind"):
        case "role":
            return NoTextChunk(frame.at_ns)
        case "reasoning":
            return ReasoningDelta(str(head.get("text", "")), frame.at_ns)
        case "text":
            return TextDelta(str(head.get("text", "")), frame.at_ns)
        case "usage":
            return Usage(at_ns=frame.at_ns, tokens_in=head.get("tokens_in"), tokens_out=head.get("tokens_out"))
        case "end":
            return ReplyFinished(frame.at_ns, head.get("reason", "stop"))
        case other:
            raise ValueError(f"a chunk of kind {other!r}")


class ScriptedChat(ChatModel):
    """Known delays, known text."""

    name = "scripted"
    title = "Scripted reply"
    capabilities = Capabilities(reports_usage=True, labels=("scripted",))
    Options = ScriptedChatOptions

    def __init__(self, options: ScriptedChatOptions) -> None:
        super().__init__(options)
        self._script = options
        self._service = Service(self.title, "llm", self._script)

    async def warm_up(self) -> None:
        await self._service.warm_up()

    async def close(self) -> None:
        await self._service.close()

    async def stream(self, request: ChatRequest, wire: Wire) -> AsyncIterator[ChatChunk]:
        """The reply of the script; raises what the fault plan asks for."""
        turn = self._service.next_turn()
        steps = with_jitter(numbered(chat_timeline(self._script, request)), self._script, turn)
        plan = Plan(tuple(apply_fault(steps, self._service.fault(turn))))
        async with aclosing(exchange(self._service, plan, wire, turn)) as frames:
            async for frame in frames:
                with self._service.own_errors():
                    chunk = chat_chunk(frame)
                yield chunk
