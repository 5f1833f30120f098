"""How a provider's file in `tests/contract/stages/` says how each case of the contract is provoked.

A stage file has a list `STAGES`. Each `Stage` names one provider and gives, for every case of its role, either the options
that provoke it (`cases`) or the reason why it cannot happen there (`not_applicable`). A provider without a stage still goes
through the cases that need no provoking (`cases.UNIVERSAL`).
"""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from providers.base import Instant, Role

Options = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Staged:
    """What provokes one case."""

    options: Options = field(default_factory=dict[str, Any])
    """Options of the provider, on top of the stage's own."""
    text: str | None = None
    """The text that must come of it, where it is known."""
    may_finish: bool = False
    """Cases of cancelling: the engine is so quick that the answer may be over before it is cancelled."""


def alone() -> AbstractContextManager[Options]:
    """The provider needs nothing beside itself."""
    return contextlib.nullcontext({})


@dataclass(frozen=True, slots=True)
class Stage:
    """How one provider is put through the contract."""

    role: Role
    provider: str
    """Its name in the registry."""
    variant: str = ""
    """Tells several stages of one provider apart."""
    setting: Callable[[], AbstractContextManager[Options]] = alone
    """Starts what the provider talks to, once for all tests; yields options that reach it."""
    cases: Mapping[str, Staged] = field(default_factory=dict[str, Staged])
    """By name of the case."""
    not_applicable: Mapping[str, str] = field(default_factory=dict[str, str])
    """Name of the case → why it cannot happen here."""
    vendor_texts: Sequence[str] = ()
    """What the other side says in its refusals: must never be in a public message."""
    hung_up_ms: Callable[[Options, Sequence[Instant]], float | None] | None = None
    """Asks the other side how long after the last `cancel_sent` it saw the request broken off (ms); None = not yet."""


def engine_here(role: Role, provider: str, **cases: Staged) -> Stage:
    """An engine that computes inside this computer: `cases` apply, and whatever needs a service on a wire cannot happen."""
    universal = {case: Staged(may_finish=True) for case in ("happy", "two_at_once", "closed_twice", *CANCELLING)}
    applied = {**universal, **cases}
    reasons = {**NEEDS_A_SERVICE, **(NEEDS_A_CHAT_SERVICE if role == "chat" else {})}
    return Stage(role, provider, cases=applied, not_applicable={k: v for k, v in reasons.items() if k not in applied})


CANCELLING = ("cancel_before_output", "cancel_after_output")
NEEDS_A_SERVICE = {
    "slow_first_chunk": "it computes at once and waits for nobody",
    "stall": "it computes to the end: nothing can keep it waiting",
    "empty": "it gives an answer to every input of the suite",
    "cut": "there is no connection that could break",
    "ended_early": "there is no other side that could say goodbye",
    "malformed": "its own function calls carry no protocol",
    "split_characters": "text is passed whole within one computer",
    "out_of_order": "a function call cannot overtake another",
    "after_done": "a generator that has ended yields nothing more",
    "refused_connection": "there is no address to connect to",
    "refused_request": "there is no service that could say no",
    "reuse_after_error": "no valid request makes it fail",
}
"""Why the cases of a service on a wire cannot happen to an engine inside this computer."""
NEEDS_A_CHAT_SERVICE = {"no_text_first": "its first chunk is text: it has no protocol that would need another"}
