"""OpenAI's chat completions, streamed: the whole conversation goes with every request, and nothing is set up beforehand."""

from collections.abc import AsyncGenerator
from typing import Any, Literal, cast

from providers.base import (
    Capabilities,
    ChatChunk,
    ChatModel,
    ChatRequest,
    Options,
    Usage,
    Wire,
    knob,
)
from providers.catalogues.models import suggestions
from providers.catalogues.pricing import priced
from providers.over_http.openai_link import read_out
from providers.over_http.openai_messages import chat_format, chat_messages, chat_tools
from providers.over_http.openai_options import Address, Effort, base_url_knob
from providers.over_http.openai_served import Served
from providers.over_http.openai_service import OPENAI

STANDARD_TIERS = ("", "auto", "default", "standard")
"""Answers of these tiers cost what the price file says."""


class ChatOptions(Options):
    """What servers of the format have in common. Only what is set is sent."""

    model: str
    base_url: Address
    reasoning_effort: Effort = knob(
        "", en="Reasoning", ru="Рассуждения",
        help_en="More: better answers, later first word. Empty: the model's own. Not every model takes every value.",
        help_ru="Больше — ответы лучше, но первое слово позже. Пусто — как решит модель; не всякая принимает любое значение.",
    )  # fmt: skip
    temperature: float | None = knob(
        None, en="Temperature", ru="Температура",
        help_en="Lower: more alike each time. Empty: the model's own. Models that reason refuse it.",
        help_ru="Ниже — ответы однообразнее. Пусто — как у модели. Рассуждающие модели её не принимают.", ge=0, le=2,
    )  # fmt: skip
    top_p: float | None = knob(
        None, en="Top-p", ru="Top-p",
        help_en="Words from the most likely share only. Empty: the model's own.",
        help_ru="Только из самой вероятной доли слов. Пусто — как у модели.", ge=0, le=1,
    )  # fmt: skip
    max_tokens: int | None = knob(
        None, en="Longest reply", ru="Длина ответа",
        help_en="Reasoning counts too. Empty: no limit of ours.", help_ru="Считая рассуждения. Пусто — без ограничения.",
        unit="tokens", ge=1, le=1_000_000,
    )  # fmt: skip


class OpenAiChatOptions(ChatOptions):
    """What can be set."""

    model: str = knob(
        "gpt-6-luna", en="Model", ru="Модель",
        help_en="Small models answer sooner, large ones better.", help_ru="Малые отвечают раньше, большие — лучше.",
        suggestions=suggestions("openai", "chat"), min_length=1, max_length=200,
    )  # fmt: skip
    base_url: Address = base_url_knob("api.openai.com, or OPENAI_BASE_URL")
    reasoning_effort: Effort = knob(
        "none", en="Reasoning", ru="Рассуждения",
        help_en="None: first word soonest (refused by models that always reason). Empty: as the model does by itself.",
        help_ru="none — первое слово раньше всего (рассуждающие всегда модели откажут). Пусто — как решит модель.",
    )  # fmt: skip
    verbosity: Literal["", "low", "medium", "high"] = knob(
        "", en="Wordiness", ru="Многословность",
        help_en="Low: shorter replies, sooner over. Empty: the model's own.",
        help_ru="low — ответы короче. Пусто — как у модели.",
    )  # fmt: skip
    service_tier: Literal["", "auto", "default", "flex", "priority", "fast"] = knob(
        "", en="Service tier", ru="Класс обслуживания",
        help_en="Priority and fast: sooner, at a higher price. Flex: cheaper, slower. Empty: your account's own.",
        help_ru="priority и fast — быстрее и дороже, flex — дешевле и медленнее. Пусто — как в вашей учётной записи.",
    )  # fmt: skip


class OpenAiChat(Served, ChatModel):
    """The fast reply.

    A reply is complete when its finish reason has come; a stream that ends without one ended early. A refusal (the model's
    own words, outside the reply) without any text is `ContentRefused`, and so is a content filter that let nothing through.
    A strict `answer_schema` names every property as required and forbids others.
    """

    name = "openai"
    title = "OpenAI"
    service = OPENAI
    stage = "llm"
    rehearsed = "chat"
    key_variable = "OPENAI_API_KEY"
    Options = OpenAiChatOptions
    capabilities = Capabilities(reports_usage=True, tools=True, answer_schema=True)

    def __init__(self, options: ChatOptions) -> None:
        super().__init__(options)
        self._settings = options

    async def stream(self, request: ChatRequest, wire: Wire) -> AsyncGenerator[ChatChunk]:
        """See the role. Closing the generator or cancelling its task hangs up."""
        client, body = await self.link.client(), self._body(request)
        from providers.over_http.openai_chat_reply import ChatReply
        from providers.over_http.openai_errors import own_errors, reading

        asked = self.link.asked()
        reply, exchange = ChatReply(asked), self.link.exchange(wire)
        create: Any = client.chat.completions.create
        with own_errors(asked):
            chunks = await create(**body)
        try:
            with own_errors(asked), reading(asked):  # around the loop and not in it: it turns with every word of the reply
                async for chunk in chunks:
                    for each in reply.read(chunk, exchange.read_ns):
                        yield each
                    if reply.complete:
                        break
            for each in reply.end(exchange.read_ns):
                bills = isinstance(each, Usage) and self.link.bills(exchange)
                yield self._priced(cast("Usage", each), reply.cache_write_tokens, reply.tier) if bills else each
            await read_out(chunks)
        finally:
            await chunks.close()

    def _body(self, request: ChatRequest) -> dict[str, Any]:
        """The request, with nothing in it that was not asked for."""
        settings = self._settings
        counted = {"include_usage": True} | ({"include_obfuscation": False} if self.service.vendor_fields else {})
        body: dict[str, Any] = {
            "model": settings.model, "messages": chat_messages(request.messages), "stream": True, "stream_options": counted,
            "temperature": settings.temperature, "top_p": settings.top_p, self.service.length_field: settings.max_tokens,
            "reasoning_effort": settings.reasoning_effort or None,
            "tools": chat_tools(request.tools) or None,
            "response_format": chat_format(request.answer_schema) if request.answer_schema is not None else None,
        }  # fmt: skip
        if isinstance(settings, OpenAiChatOptions):
            body |= {"verbosity": settings.verbosity or None, "service_tier": settings.service_tier or None}
        return {name: value for name, value in body.items() if value is not None}

    def _priced(self, usage: Usage, cache_write_tokens: int, tier: str) -> Usage:
        tier = tier or getattr(self._settings, "service_tier", "")
        return standard_price(usage, self.service.vendor, self._settings.model, tier, cache_write_tokens)


def standard_price(usage: Usage, vendor: str, model: str, tier: str, cache_write_tokens: int) -> Usage:
    """With its price, unless the answer came at the rates of another service tier: those are in no price file."""
    return priced(usage, vendor, model, cache_write_tokens=cache_write_tokens) if tier in STANDARD_TIERS else usage
