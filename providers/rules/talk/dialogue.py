"""The conversation as the rules see it: what each message says in plain words, and what we had said right before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from providers.base import ChatRequest
from providers.rules.talk.numerals import Token, spoken
from providers.rules.talk.text import clip, light, plain, script, tokens
from providers.rules.talk.voice import Voice, seed_of

FIRST_MESSAGES, LAST_MESSAGES = 20, 380
"""Of a very long conversation the beginning (names, the first wish) and the recent part are read."""

PROMPT_HEAD_CHARS, PROMPT_TAIL_CHARS = 3000, 1000
"""Of a very long system prompt these are read."""


@dataclass(frozen=True)
class Heard:
    """One message, read. Everything derived is worked out once, when first asked for."""

    text: str
    """As it came, clipped where it was very long."""

    @cached_property
    def light(self) -> str:
        """Lower case with hyphens and `ё`."""
        return light(self.text)

    @cached_property
    def plain(self) -> str:
        """Lower case, contractions written out."""
        return plain(self.light)

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """Words, marks and numbers of the plain form."""
        return spoken(tokens(self.plain))

    @cached_property
    def words(self) -> tuple[Token, ...]:
        """The same without punctuation; a plus stays, for phone numbers."""
        return tuple(token for token in self.tokens if token.value is not None or token.text[0].isalnum() or token.text == "+")


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of the user and what came right before it."""

    heard: Heard
    before: Heard
    """What the assistant had said last; empty text at the beginning."""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Everything a persona needs to answer."""

    language: str
    """'en' or 'ru': the language of this reply."""
    system: Heard
    """The system prompt(s)."""
    turns: tuple[Turn, ...]
    """Oldest first; the last one is to be answered. Never empty: silence is a turn with an empty text."""
    replies: tuple[str, ...]
    """What the assistant has said, oldest first."""
    voice: Voice

    @property
    def now(self) -> Turn:
        """The turn to be answered."""
        return self.turns[-1]

    @property
    def ru(self) -> bool:
        """The reply is in Russian."""
        return self.language == "ru"


def read(request: ChatRequest) -> Dialogue:
    """The request as a dialogue. Never raises."""
    messages = request.messages
    if len(messages) > FIRST_MESSAGES + LAST_MESSAGES:
        messages = messages[:FIRST_MESSAGES] + messages[-LAST_MESSAGES:]
    prompt = "\n".join(message.text for message in messages if message.role == "system")
    system = Heard(clip(prompt, PROMPT_HEAD_CHARS, PROMPT_TAIL_CHARS))
    turns: list[Turn] = []
    replies: list[str] = []
    before = Heard("")
    for message in messages:
        if message.role == "user":
            turns.append(Turn(Heard(clip(message.text)), before))
        elif message.role == "assistant":
            before = Heard(clip(message.text))
            replies.append(before.text)
    if not turns or messages[-1].role == "assistant":
        turns.append(Turn(Heard(""), before))
    language = language_of([turn.heard.text for turn in turns], request.language, system.text)
    seed = seed_of([language, *(part for message in messages for part in (message.role, clip(message.text)))])
    return Dialogue(language, system, tuple(turns), tuple(replies), Voice(seed, replies))


def language_of(texts: Sequence[str], asked: str, system: str) -> str:
    """The asked language, unless the last message is clearly in the other script.

    Clear is: Cyrillic letters; or Latin ones in three words or more (names and brands are written in Latin in Russian talk
    too). A message that says nothing about it goes with the latest one that did. A language we do not speak counts as
    English, or as Russian when the prompt is Russian.
    """
    wanted = asked if asked in {"en", "ru"} else (script(system) or "en")
    for text in reversed(texts[-20:]):
        found = script(text)
        if found is None or (found == "en" and wanted == "ru" and len(clip(text).split(maxsplit=3)) < 3):
            continue
        return found
    return wanted
