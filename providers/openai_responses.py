"""OpenAI's Responses, streamed: with the whole conversation in every request, or with the conversation kept at the vendor.

The threaded reply. The vendor keeps the conversation (its Conversations API), we keep its id: from the second turn on a
request brings only what is new. A thread is made once for each conversation, in a request of its own that is over before the
reply is asked for: one is made ahead while warming up, so that the first turn has no set-up either; where that one is used up,
the first turn of a conversation makes its own (reported on the wire with `purpose="thread"`). Later turns never do.

When our history differs from what the thread holds (the user interrupted, and heard only part of a reply), the next request
tells the difference in one developer item. When the vendor has lost the thread, the turn fails with `ServiceFailed`, and the
next request makes a new one with the whole history: a hidden second try inside a measured request would be measured with it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator
from typing import Any, Literal, cast

from providers.base import Capabilities, ChatChunk, ChatModel, ChatRequest, Message, Usage, Wire, knob
from providers.errors import ProtocolBroken, ProviderError, Refused, ServiceFailed
from providers.openai_chat import OpenAiChatOptions, standard_price
from providers.over_http.openai_link import WARM_UP_S, read_out
from providers.over_http.openai_messages import conversation, instructions, items, text_format, tools
from providers.over_http.openai_served import Served
from providers.over_http.openai_service import OPENAI
from providers.over_http.openai_thread import Thread

THREADS = 256
"""Conversations whose threads are remembered; an older one gets a new thread when it goes on."""


class OpenAiResponsesOptions(OpenAiChatOptions):
    """What can be set."""

    thread: Literal["off", "conversation"] = knob(
        "off", en="Conversation kept at the vendor", ru="Разговор хранится у поставщика",
        help_en="Conversation: only what is new is sent, and the vendor stores it. Off: everything is sent, nothing stored.",
        help_ru="conversation — отправляется только новое, поставщик хранит сказанное; off — отправляется всё, хранения нет.",
    )  # fmt: skip
    reasoning_summary: Literal["", "auto", "concise", "detailed"] = knob(
        "", en="Summary of the reasoning", ru="Сводка рассуждений",
        help_en="Shows when it begins to think. Empty: none.", help_ru="Видно, когда модель начала думать. Пусто — без сводки.",
    )  # fmt: skip


class OpenAiResponses(Served, ChatModel):
    """The fast or the threaded reply."""

    name = "openai-responses"
    title = "OpenAI Responses"
    service = OPENAI
    stage = "llm"
    rehearsed = "responses"
    key_variable = "OPENAI_API_KEY"
    Options = OpenAiResponsesOptions
    capabilities = Capabilities(reports_usage=True, tools=True, answer_schema=True)

    def __init__(self, options: OpenAiResponsesOptions) -> None:
        super().__init__(options)
        self._settings = options
        self._threads: OrderedDict[str, Thread] = OrderedDict()
        self._spare: str | None = None
        """A thread that was made ahead and belongs to nobody yet."""

    async def warm_up(self) -> None:
        """Opens the connection, and makes a thread ahead. Never fails for the network's sake."""
        await super().warm_up()
        if self._settings.thread == "off" or self._spare is not None:
            return
        try:
            async with asyncio.timeout(WARM_UP_S):
                self._spare = await self._made(None)
        except (ProviderError, TimeoutError):
            return

    async def stream(self, request: ChatRequest, wire: Wire) -> AsyncGenerator[ChatChunk]:
        """See the role. Closing the generator or cancelling its task hangs up."""
        history = conversation(request)
        thread = await self._thread(request, history, wire)
        client, body = await self.link.client(), self._body(request, history, thread)
        from providers.over_http.openai_errors import own_errors, reading
        from providers.over_http.openai_response_reply import ResponseReply

        asked = self.link.asked()
        reply, exchange = ResponseReply(asked), self.link.exchange(wire)
        events = await self._begun(client, body, request, history, thread)
        try:
            with own_errors(asked), reading(asked):  # around the loop and not in it: it turns with every word of the reply
                async for event in events:
                    for each in reply.read(event, exchange.read_ns):
                        yield each
                    if reply.complete:
                        break
            closing = reply.end(exchange.read_ns)
            if thread is not None:
                thread.held = (*history, Message("assistant", reply.text, tuple(reply.calls)))
                thread.sure = len(thread.held)
            for each in closing:
                bills = isinstance(each, Usage) and self.link.bills(exchange)
                yield self._priced(cast("Usage", each), reply) if bills else each
            await read_out(events)
        finally:
            await events.close()

    # ── the thread ───────────────────────────────────────────────────────────────────────────────────────────────────────
    async def _thread(self, request: ChatRequest, history: tuple[Message, ...], wire: Wire) -> Thread | None:
        """The vendor's thread of this conversation, made when there is none; None when it is not kept there."""
        if self._settings.thread == "off" or not request.conversation:
            return None
        thread = self._threads.pop(request.conversation, None)
        if thread is None or not thread.fits(history):
            name, self._spare = self._spare, None
            thread = Thread(name or await self._made(wire))
        self._threads[request.conversation] = thread
        if len(self._threads) > THREADS:
            self._threads.popitem(last=False)
        return thread

    async def _made(self, wire: Wire | None) -> str:
        """A new thread's id. `wire`: whom the exchange is reported to, if it falls into a turn."""
        client, asked = await self.link.client(), self.link.asked()
        from providers.over_http.openai_errors import own_errors

        if wire is not None:
            self.link.exchange(wire, purpose="thread")
        with own_errors(asked):
            made: Any = await client.conversations.create()
        name = getattr(made, "id", None)
        if not isinstance(name, str) or not name:
            raise ProtocolBroken(asked.provider, asked.stage, cause="a thread without an id")
        return name

    async def _begun(
        self, client: Any, body: dict[str, Any], request: ChatRequest, history: tuple[Message, ...], thread: Thread | None
    ) -> Any:
        """The stream of events. While it runs, and ever after unless it ends well, what the thread holds is uncertain."""
        from providers.over_http.openai_errors import own_errors

        before = (thread.held, thread.sure) if thread is not None else None
        if thread is not None:
            thread.sure = thread.shared(history)
            thread.held = (*history, Message("assistant", ""))
        try:
            with own_errors(self.link.asked()):
                return await _created(client, body, self.title, thread)
        except _ThreadGone as gone:
            self._threads.pop(request.conversation, None)
            raise ServiceFailed(self.title, "llm", cause=str(gone)) from None
        except Refused:
            if thread is not None and before is not None:  # it was not taken, so nothing was added
                thread.held, thread.sure = before
            raise

    # ── the request ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def _body(self, request: ChatRequest, history: tuple[Message, ...], thread: Thread | None) -> dict[str, Any]:
        settings = self._settings
        reasoning = {"effort": settings.reasoning_effort, "summary": settings.reasoning_summary}
        text: dict[str, Any] = {"verbosity": settings.verbosity}
        if request.answer_schema is not None:
            text["format"] = text_format(request.answer_schema)
        body: dict[str, Any] = {
            "model": settings.model, "instructions": instructions(request), "stream": True,
            "stream_options": {"include_obfuscation": False},
            "input": items(history) if thread is None else thread.input(history),
            "conversation": thread.id if thread is not None else None, "store": False if thread is None else None,
            "temperature": settings.temperature, "top_p": settings.top_p, "max_output_tokens": settings.max_tokens,
            "reasoning": {name: value for name, value in reasoning.items() if value},
            "text": {name: value for name, value in text.items() if value},
            "service_tier": settings.service_tier, "tools": tools(request.tools),
        }  # fmt: skip
        return {name: value for name, value in body.items() if value not in (None, "", {}, [])}

    def _priced(self, usage: Usage, reply: Any) -> Usage:
        settings = self._settings
        return standard_price(
            usage, self.service.vendor, settings.model, reply.tier or settings.service_tier, reply.cache_write_tokens
        )


class _ThreadGone(Exception):
    """The vendor does not know the thread."""


async def _created(client: Any, body: dict[str, Any], provider: str, thread: Thread | None) -> Any:
    import openai

    try:
        return await client.responses.create(**body)
    except openai.NotFoundError as error:
        if thread is not None and (error.param == "conversation" or thread.id in str(error.message)):
            raise _ThreadGone(f"{provider} does not know the conversation any more") from None
        raise
