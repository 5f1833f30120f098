"""What makes a persona: how it opens and closes, what it answers, and the question it comes back to."""

from collections.abc import Callable
from dataclasses import dataclass

from providers.rules.talk.dialogue import Dialogue

Lines = dict[str, tuple[str, ...]]
"""Ways to say one thing, by language."""


@dataclass(frozen=True, slots=True)
class Persona:
    """One of the partners that the rules can play."""

    name: str
    role: dict[str, str]
    """What it is here, for 'who are you'."""
    welcome: Callable[[Dialogue], str]
    """The first words to someone who only said hello, or nothing."""
    farewell: Lines
    reply: Callable[[Dialogue], str]
    """The answer to anything that is not small talk. Never empty."""
    question: Callable[[Dialogue], str]
    """The open question to come back to after small talk; '' when there is none."""
