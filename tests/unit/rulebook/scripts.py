"""Holding conversations with the rules and with the provider."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing

from providers.base import ChatChunk, ChatRequest, Instant, Message, TextDelta, Wire
from providers.rulebook import Rulebook, RulebookOptions
from providers.rules.booking.booking import Booking, fold
from providers.rules.booking.shop import Shop
from providers.rules.partner import reply
from providers.rules.site.element import Wish
from providers.rules.site.element import fold as fold_site
from providers.rules.talk.dialogue import Dialogue, Heard, read

PSYCHOLOGIST = "You are a calm, warm psychologist. You are not a substitute for professional care."
BARBERSHOP = "You work at the front desk of a barbershop."


def request(lines: Sequence[str], replies: Sequence[str] = (), language: str = "en", system: str = "") -> ChatRequest:
    """User lines with our replies between them; the last line is to be answered."""
    messages = [Message("system", system)] if system else []
    for index, line in enumerate(lines):
        messages.append(Message("user", line))
        if index < len(replies):
            messages.append(Message("assistant", replies[index]))
    return ChatRequest(tuple(messages), language)


def held(lines: Sequence[str], language: str = "en", system: str = "", persona: str = "auto") -> list[str]:
    """Our replies to the lines, one after the other, each given all that came before."""
    replies: list[str] = []
    for index in range(len(lines)):
        replies.append(reply(request(lines[: index + 1], replies, language, system), persona))
    return replies


def dialogue(lines: Sequence[str], language: str = "en", persona: str = "auto") -> Dialogue:
    """The dialogue after the last line, with our own replies in between."""
    replies = held(lines[:-1], language, persona=persona)
    return read(request(lines, replies, language))


def booked(lines: Sequence[str], language: str = "en") -> Booking:
    """What the barbershop has understood after the last line."""
    return fold(dialogue(lines, language, "barbershop"), Shop())


def built(lines: Sequence[str], language: str = "en") -> Wish:
    """What the site engineer has understood after the last line."""
    return fold_site(dialogue(lines, language, "site_engineer"))


def heard(text: str) -> Heard:
    return Heard(text)


def rulebook(**options: object) -> Rulebook:
    return Rulebook(RulebookOptions.model_validate(options))


class Notes:
    """An observer that keeps everything."""

    def __init__(self, now_ns: Callable[[], int]) -> None:
        self.instants: list[Instant] = []
        self.wire = Wire(now_ns, self.instants.append)


async def asked(provider: Rulebook, asked_for: ChatRequest, wire: Wire) -> list[ChatChunk]:
    """All chunks of one reply."""
    chunks: list[ChatChunk] = []
    stream: AsyncIterator[ChatChunk] = provider.stream(asked_for, wire)
    async with aclosing(stream) as open_stream:  # type: ignore[type-var]
        async for chunk in open_stream:
            chunks.append(chunk)
    return chunks


def text_of(chunks: Sequence[ChatChunk]) -> str:
    return "".join(chunk.text for chunk in chunks if isinstance(chunk, TextDelta))
