"""What the vendor holds of a conversation, and what it has to be told so that it holds the right thing. Pure: no network.

The vendor adds to its thread what a request brings and, when the answer is complete, the answer. We know what that is as long
as everything goes well. After an interruption we do not: the broken-off answer may be kept whole, in part, or not at all, and
the user heard only some of it. Then the next request brings, besides what is new, one note in which the difference is told.
"""

from dataclasses import dataclass
from typing import Any

from providers.base import Message
from providers.over_http.openai_messages import items


@dataclass(slots=True)
class Thread:
    """A conversation at the vendor."""

    id: str
    held: tuple[Message, ...] = ()
    """What it holds as far as we know, without the system's words."""
    sure: int = 0
    """How many of these it holds for certain."""

    def fits(self, history: tuple[Message, ...]) -> bool:
        """It can be continued. It cannot when it waits for the result of a function that nobody will send any more."""
        awaited = {call.id for message in self.held for call in message.calls}
        answered = {message.call_id for message in (*self.held, *history) if message.role == "tool"}
        return awaited <= answered

    def input(self, history: tuple[Message, ...]) -> list[dict[str, Any]]:
        """Items of a request after which the thread holds `history`: what is new, and the difference if there is one."""
        shared = self.shared(history)
        if shared == len(self.held):
            return items(history[shared:])
        answered = next((place for place in range(len(history), 0, -1) if history[place - 1].role == "assistant"), 0)
        new = max(answered, shared)
        return [{"role": "developer", "content": correction(history[shared:new])}, *items(history[new:])]

    def shared(self, history: tuple[Message, ...]) -> int:
        """How many messages from the beginning are the same here and there, for certain."""
        pairs = zip(self.held[: self.sure], history, strict=False)
        return next((place for place, (ours, theirs) in enumerate(pairs) if _essence(ours) != _essence(theirs)),
                    min(self.sure, len(history)))  # fmt: skip


def correction(said: tuple[Message, ...]) -> str:
    """What is told of an interruption. `said`: what really came after the last message on which both agree."""
    if not said:
        return (
            "Your last answer was interrupted before the user heard any of it. Go on as if you had not given it, "
            "and do not mention this note."
        )
    lines = "\n".join(f"{message.role}: {message.text}" for message in said)
    return (
        "Your last answer was interrupted, so what is kept here differs from what the user heard. "
        f"This is what was really said and heard after the last message before it:\n{lines}\n"
        "Nothing else was heard. Go on from there, and do not mention this note."
    )


def _essence(message: Message) -> tuple[Any, ...]:
    """What of a message counts: white space comes and goes when a text is cut into phrases and put together again."""
    calls = tuple((call.id, call.name) for call in message.calls)
    return message.role, " ".join(message.text.split()), calls, message.call_id, message.attachments
