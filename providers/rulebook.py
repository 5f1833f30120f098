"""Rulebook: the embedded conversation partner that answers by rules, in English and Russian, without key or network.

It says so when asked. Its pace is a setting, and each chunk tells how much of the wait before it that setting caused.
"""

import asyncio
import importlib
from collections.abc import AsyncIterator
from types import ModuleType
from typing import Literal, cast

from pydantic import field_validator

from providers.base import Capabilities, ChatChunk, ChatModel, ChatRequest, Options, ReplyFinished, TextDelta, Usage, Wire, knob

INLINE_MESSAGES, INLINE_CHARS = 40, 800
"""Up to so many messages, none of the user's longer than this, a reply takes 0.2 to 3 ms of the loop; what is longer is read
in a thread."""

SLOWEST_TOKENS_PER_S = 0.1


class RulebookOptions(Options):
    """Who it plays and how fast it writes."""

    persona: Literal["auto", "psychologist", "barbershop", "site_engineer", "interviewer"] = knob(
        "auto", en="Persona", ru="Роль",
        help_en="Auto picks it from the prompt, else from the first telling message; fixed, it stays whatever is said.",
        help_ru="Авто — по промпту, а без него по первой ясной реплике; выбранная роль не меняется, что бы ни говорили.",
    )  # fmt: skip
    first_token_ms: float = knob(
        0, en="Delay before the first word", ru="Задержка перед первым словом",
        help_en="Longer: waits like a slow model would; the wait counts as your setting, not as the model's.",
        help_ru="Больше — ждёт, как медленная модель; это ожидание считается вашей настройкой, а не моделью.",
        unit="ms", ge=0, le=10_000,
    )  # fmt: skip
    tokens_per_s: float = knob(
        0, en="Words per second", ru="Слов в секунду",
        help_en="Lower: writes at the pace of a slower model; 0 is as fast as possible.",
        help_ru="Меньше — пишет в темпе более медленной модели; 0 — так быстро, как может.",
        unit="tokens/s", ge=0, le=1000,
    )  # fmt: skip

    @field_validator("tokens_per_s")
    @classmethod
    def _off_or_a_pace(cls, value: float) -> float:
        """Raises ValueError between off and the slowest pace: a reply of minutes per word is a slip of the pen."""
        if 0 < value < SLOWEST_TOKENS_PER_S:
            raise ValueError(f"0 (as fast as possible), or at least {SLOWEST_TOKENS_PER_S}")
        return value


class Rulebook(ChatModel):
    """The rule-based chat model."""

    name = "rulebook"
    title = "Rulebook"
    capabilities = Capabilities(languages=("en", "ru"), reports_usage=True, labels=("embedded", "rule-based"))
    Options = RulebookOptions

    def __init__(self, options: RulebookOptions) -> None:
        super().__init__(options)
        self._options = options
        self._rules: ModuleType | None = None
        self._examiner: ModuleType | None = None

    async def warm_up(self) -> None:
        """Compile the rules, off the loop: their tables and patterns take about a tenth of a second."""
        if self._rules is None:
            self._examiner = await asyncio.to_thread(importlib.import_module, "providers.rules.examination.examiner")
            self._rules = await asyncio.to_thread(importlib.import_module, "providers.rules.partner")

    async def stream(self, request: ChatRequest, wire: Wire) -> AsyncIterator[ChatChunk]:
        """The reply in tokens at the set pace, then the estimated token counts, then `ReplyFinished`. Never fails."""
        wire.note("request_sent")
        loop = asyncio.get_running_loop()
        started_s, started_ns = loop.time(), wire.now_ns()
        if self._rules is None:
            await self.warm_up()
        rules = cast(ModuleType, self._rules)
        if _is_long(request):
            reply = await asyncio.to_thread(self._reply, request)
        else:
            reply = self._reply(request)
        pieces: list[str] = rules.pieces(reply)
        last_ns = started_ns
        for index, piece in enumerate(pieces):
            due_ms = self._due_ms(index)
            wait_s = started_s + due_ms / 1000 - loop.time()
            if index or wait_s > 0:  # between tokens the loop always gets its turn: others run, and cancelling works
                await asyncio.sleep(max(0.0, wait_s))
            at_ns = wire.now_ns()
            set_ns = min(max(0, started_ns + round(due_ms * 1e6) - last_ns), at_ns - last_ns)
            yield TextDelta(piece, at_ns, set_ms=set_ns / 1e6)
            last_ns = at_ns
        tokens_in = sum(rules.estimated_tokens(message.text) for message in request.messages)
        yield Usage(at_ns=wire.now_ns(), tokens_in=tokens_in, tokens_out=len(pieces), source="estimated")
        yield ReplyFinished(wire.now_ns())

    def _reply(self, request: ChatRequest) -> str:
        """A task in the system prompt makes an examiner of it, unless another role was chosen; else the persona talks."""
        rules, examiner, persona = cast(ModuleType, self._rules), cast(ModuleType, self._examiner), self._options.persona
        examined: str | None = examiner.reply(request) if persona in ("auto", "interviewer") else None
        return examined if examined is not None else rules.reply(request, persona)

    def _due_ms(self, index: int) -> float:
        """When token `index` is due by the settings, from the start of the request: absolute, so lateness never adds up."""
        pace = self._options.tokens_per_s
        return self._options.first_token_ms + (index * 1000 / pace if pace else 0.0)


def _is_long(request: ChatRequest) -> bool:
    """Reading it all takes some milliseconds, which would hold up everybody on the loop."""
    messages = request.messages
    return len(messages) > INLINE_MESSAGES or any(
        len(message.text) > INLINE_CHARS for message in messages if message.role == "user"
    )
