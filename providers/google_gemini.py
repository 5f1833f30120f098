"""Google Gemini as a chat model, through Google's own SDK (`google-genai`), without retries or any other second request.

Measured against a local server that speaks the format; never against the service itself.
"""

import json
import uuid
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from providers.base import (
    Capabilities,
    ChatChunk,
    ChatModel,
    ChatRequest,
    NoTextChunk,
    ReasoningDelta,
    ReplyFinished,
    TextDelta,
    ToolCallReady,
    ToolCallStarted,
    Wire,
    knob,
)
from providers.catalogues.models import suggestions
from providers.over_http.google_contents import OWN_ID, Signatures, contents, declarations, system_instruction
from providers.over_http.google_options import GoogleOptions, Thinking, thinking_config
from providers.over_http.google_served import GoogleServed

if TYPE_CHECKING:
    from providers.over_http.google_answer import Parts


class GeminiOptions(GoogleOptions):
    """Only what is set is sent."""

    model: str = knob(
        "gemini-3.8-flash", en="Model", ru="Модель",
        help_en="Smaller models begin sooner and cost less; larger ones answer better.",
        help_ru="Модели поменьше начинают раньше и стоят меньше, большие отвечают лучше.",
        suggestions=suggestions("google", "chat"), min_length=1, max_length=200, pattern=r"^[A-Za-z0-9._/@:-]+$",
    )  # fmt: skip
    thinking: Thinking = knob(
        "model default", en="Thinking", ru="Размышление",
        help_en="Less: the first word comes sooner. Models differ in what they take: Gemini 4 knows low, medium and high only.",
        help_ru="Меньше — первое слово раньше. Модели принимают разное: Gemini 4 знает только low, medium и high.",
    )  # fmt: skip
    include_thoughts: bool = knob(
        False, en="Show thoughts", ru="Показывать размышления",
        help_en="Streams a summary of the thinking: the wait is visible, the answer is the same.",
        help_ru="Присылает краткий ход мыслей: видно, чем занято ожидание, ответ тот же.",
    )  # fmt: skip
    temperature: float | None = knob(
        None, en="Temperature", ru="Температура",
        help_en="Lower: more predictable. Empty is the model's own, which Google recommends from Gemini 3 on.",
        help_ru="Ниже — предсказуемее. Пусто — как задумано в модели; для Gemini 3 и новее Google советует так.", ge=0, le=2,
    )  # fmt: skip
    top_p: float | None = knob(
        None, en="Top-p", ru="Top-p",
        help_en="Lower: only likely words. Empty is the model's own.",
        help_ru="Ниже — только вероятные слова. Пусто — как задумано в модели.", gt=0, le=1,
    )  # fmt: skip
    max_tokens: int | None = knob(
        None, en="Longest reply", ru="Самый длинный ответ",
        help_en="Cuts the reply off; thinking counts too, so a small number may leave no words at all.",
        help_ru="Обрывает ответ; размышление тоже считается, так что при малом числе слов может не остаться.",
        unit="tokens", ge=1, le=1_000_000,
    )  # fmt: skip


class GeminiChat(GoogleServed, ChatModel):
    """Replies by Gemini."""

    name = "google"
    title = "Google Gemini"
    stage = "llm"
    capabilities = Capabilities(reports_usage=True, tools=True, answer_schema=True)
    Options = GeminiOptions

    def __init__(self, options: GeminiOptions) -> None:
        super().__init__(options)
        self._settings = options
        self._signatures = Signatures()

    async def stream(self, request: ChatRequest, wire: Wire) -> AsyncGenerator[ChatChunk]:
        """See the role. Raises `ProviderError`; a refused prompt is `ContentRefused`, a reply that was cut by the content
        rules ends with the reason `content_filter`."""
        link, asked = await self._access.link()
        from providers.over_http.google_answer import Ended, answer

        said = contents(request.messages, self._signatures)
        called = False
        async with aclosing(answer(link, asked, said, self._config(request), wire)) as events:
            async for event in events:
                if isinstance(event, Ended):
                    if event.usage is not None:
                        yield event.usage
                    reason = "tool_calls" if called and event.reason == "stop" else event.reason
                    yield ReplyFinished(event.at_ns, reason)
                    return
                for chunk in self._chunks(event):
                    called = called or isinstance(chunk, ToolCallReady)
                    yield chunk

    def _config(self, request: ChatRequest) -> dict[str, Any]:
        settings = self._settings
        wished: dict[str, Any] = {
            "system_instruction": system_instruction(request.messages),
            "temperature": settings.temperature,
            "top_p": settings.top_p,
            "max_output_tokens": settings.max_tokens,
            "thinking_config": thinking_config(settings.thinking, settings.include_thoughts),
            "tools": declarations(request.tools) or None,
        }
        if request.answer_schema is not None:
            wished |= {"response_mime_type": "application/json", "response_json_schema": request.answer_schema}
        return {name: value for name, value in wished.items() if value is not None}

    def _chunks(self, event: "Parts") -> Iterator[ChatChunk]:
        """What an event brings; an event without anything is a chunk too."""
        quiet = True
        for part in event.parts:
            if part.text:
                quiet = False
                yield ReasoningDelta(part.text, event.at_ns) if part.thought else TextDelta(part.text, event.at_ns)
            if part.function_call is not None:
                quiet = False
                call = part.function_call
                call_id = call.id or f"{OWN_ID}{uuid.uuid4().hex}"
                self._signatures.keep(call_id, part.thought_signature)
                yield ToolCallStarted(call_id, call.name or "", event.at_ns)
                arguments = json.dumps(call.args or {}, ensure_ascii=False)
                yield ToolCallReady(call_id, call.name or "", arguments, event.at_ns)
        if quiet:
            yield NoTextChunk(event.at_ns)
