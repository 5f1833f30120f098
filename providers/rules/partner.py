"""The whole of it: a conversation in, a reply out. Pure: the same conversation and persona give the same reply."""

import re

from providers.base import ChatRequest
from providers.rules.casting import chosen_by_name, persona_for
from providers.rules.talk import crisis, small_talk
from providers.rules.talk.dialogue import read

MOST_CHARS = 900
"""A reply is cut at the last sentence before this: only a long quoted task can come near it."""

_TOKEN = re.compile(r"\s*(?:\w+(?:[.,:/'’-]\w+)*|[^\w\s])")
COUNTED_CHARS = 8_000
"""Tokens of a longer text are counted in its beginning and scaled up."""


def reply(request: ChatRequest, persona: str = "auto") -> str:
    """What to say next: one to three sentences without markup, never empty, in English or Russian. Never raises."""
    talk = read(request)
    cast = persona_for(talk, persona)
    answer = crisis.answer(talk, cast) or small_talk.answer(talk, cast)
    if answer is None:
        answer = cast.welcome(talk) if chosen_by_name(talk) else cast.reply(talk)
    return _short(small_talk.unrepeated(talk, " ".join(answer.split())))


def pieces(text: str) -> list[str]:
    """The text in tokens: words with the space before them, and punctuation marks; joined they give the text back."""
    return _TOKEN.findall(text)


def estimated_tokens(text: str) -> int:
    """How many tokens a text has, by the same cut as the reply's own."""
    if len(text) <= COUNTED_CHARS:
        return len(_TOKEN.findall(text))
    return round(len(_TOKEN.findall(text[:COUNTED_CHARS])) * len(text) / COUNTED_CHARS)


def _short(text: str) -> str:
    if len(text) <= MOST_CHARS:
        return text
    cut = text[:MOST_CHARS]
    return cut[: cut.rfind(". ") + 1] or cut.rsplit(" ", 1)[0]
