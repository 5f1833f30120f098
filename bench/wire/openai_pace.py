"""What the scripted model says to a request, cut into tokens, and when each of them is due."""

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bench.wire.faults import fault_of
from bench.wire.plan import Plan, PlannedCall

Ending: TypeAlias = Literal["stop", "length", "content_filter", "tool_calls", "refusal"]

TOKEN_CHARACTERS = 12
"""A longer word is cut in several tokens (characters)."""
_WORD = re.compile(r"\s*\S+|\s+")


def tokens(text: str) -> tuple[str, ...]:
    """Word-like pieces with the space before them; joined they are the text, character by character."""
    return tuple(
        word[start : start + TOKEN_CHARACTERS]
        for word in _WORD.findall(text)
        for start in range(0, len(word), TOKEN_CHARACTERS)
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """One answer of the scripted model."""

    reasoning: tuple[str, ...]
    text: tuple[str, ...]
    """Tokens of the reply, or of the refusal when it ends as one."""
    calls: tuple[PlannedCall, ...]
    ending: Ending

    @property
    def tokens_out(self) -> int:
        """Tokens that are paid for: thinking, text and the arguments of calls."""
        return len(self.reasoning) + len(self.text) + sum(len(pieces(call)) + 1 for call in self.calls)


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a request bears on the answer."""

    functions: Collection[str] = ()
    """Names of the functions that may be called now."""
    parallel: bool = True
    limit: int | None = None
    """Tokens that may be produced, thinking included."""
    stop: Sequence[str] = ()
    """The text ends before any of these."""


def said(plan: Plan, nth: int, asked: Asked) -> Said:
    """What the plan says to this request. A planned `empty` ends after `after` tokens with the `code` as the reason:
    `content_filter`, `length`, `refusal` (the text is then the refusal), or just nothing."""
    reasoning = tokens(plan.reasoning)
    calls = tuple(call for call in plan.calls if call.name in asked.functions)[: None if asked.parallel else 1]
    text = plan.text
    for word in asked.stop:
        text = text.partition(word)[0] if word else text
    words = tokens(text)
    fault = fault_of(plan, nth)
    if fault.kind == "empty":
        ending: Ending = fault.code if fault.code in ("length", "content_filter", "refusal") else "stop"
        return Said(reasoning, words if ending == "refusal" else words[: fault.after], (), ending)
    if calls:
        return Said(reasoning, (), calls, "tool_calls")
    if asked.limit is not None and len(reasoning) + len(words) > asked.limit:
        room = max(0, asked.limit - len(reasoning))
        return Said(reasoning[: asked.limit], words[:room], (), "length")
    return Said(reasoning, words, (), "stop")


def pieces(call: PlannedCall) -> tuple[str, ...]:
    """The arguments of a call as JSON, in at least two pieces."""
    text = json.dumps(call.arguments, ensure_ascii=False)
    cut = tokens(text)
    return cut if len(cut) > 1 else (text[:1], text[1:])


@dataclass(frozen=True, slots=True)
class Pace:
    """When things are due (ms after the request was read)."""

    first_ms: float
    text_ms: float
    step_ms: float

    @classmethod
    def of(cls, plan: Plan) -> "Pace":
        return cls(plan.first_chunk_ms, max(plan.first_chunk_ms, plan.first_text_ms), 1000.0 / plan.tokens_per_s)

    def before(self, count: int) -> list[float]:
        """`count` instants, evenly from the first chunk on, all ahead of the text."""
        return [self.first_ms + place * (self.text_ms - self.first_ms) / count for place in range(count)]

    def text_due(self, place: int) -> float:
        """The token of this place."""
        return self.text_ms + place * self.step_ms

    def end_due(self, count: int) -> float:
        """After `count` tokens: together with the last one."""
        return self.text_due(max(0, count - 1))
