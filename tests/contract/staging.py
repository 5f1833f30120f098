"""How a provider's file in `tests/contract/stages/` says how each case of the contract is provoked.

A stage file has a list `STAGES`. Each `Stage` names one provider and gives, for every case of its role, either the options
that provoke it (`cases`) or the reason why it cannot happen there (`not_applicable`). A provider without a stage still goes
through the cases that need no provoking (`cases.UNIVERSAL`).
"""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from bench.wire.plan import Plan
from providers.base import Instant, Role
from providers.errors import ProviderError

Options: TypeAlias = Mapping[str, Any]
Where: TypeAlias = Literal["server", "nobody", "no_such_name", "self_signed"]
"""Which address the provider is given: the wire server's; one where nobody listens; a name that does not exist; one with a
certificate that nobody vouches for."""


@dataclass(frozen=True, slots=True)
class Staged:
    """What provokes one case."""

    options: Options = field(default_factory=dict[str, Any])
    """Options of the provider, on top of the stage's own."""
    text: str | None = None
    """The text that must come of it, where it is known."""
    may_finish: bool = False
    """Cases of cancelling: the engine is so quick that the answer may be over before it is cancelled."""
    begins: str | None = None
    """Cases that go wrong half-way: the text of which a beginning must have come before, where it is known."""
    leaf: type[ProviderError] | None = None
    """Cases that go wrong: exactly this error, where the case allows several."""
    recovers: bool = False
    """Cases that go wrong: the same provider then answers properly, with `text`."""
    usage: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What the answer's `Usage` must say, where it is known; `source` is `server` unless it is said here."""
    sound_s: float | None = None
    """How long the sound of each speakable phrase must play (s), where it is known."""
    plan: Plan | None = None
    """What the wire server answers."""
    where: Where = "server"
    """The address that it is given."""


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
    hung_up_ms: Callable[[Options, Sequence[Instant], Plan | None], float | None] | None = None
    """Asks the other side how long after the last `cancel_sent` it saw the request broken off (ms); None = not yet."""
    reach: Callable[[Options, Plan, Where], Options] | None = None
    """Over HTTP: what runs, the plan of this one case and whom to ask → the options that lead there."""
    requests: Callable[[Options, Plan], Sequence[Any]] | None = None
    """Over HTTP: the server's records (`bench.wire.records`) of the requests under a plan, in order; it blocks."""
    heirs: frozenset[str] | None = None
    """Providers whose class derives from this one go through these cases (None: all), without a stage of their own."""
    warming: Callable[[Options, Plan], int] | None = None
    """Over HTTP: how many requests the server has seen under a plan; asked after warming up, it is what warming up costs."""

    @property
    def over_http(self) -> bool:
        """It talks to a wire server."""
        return self.reach is not None


def engine_here(role: Role, provider: str, **cases: Staged) -> Stage:
    """An engine that computes inside this computer: `cases` apply, and whatever needs a service on a wire cannot happen."""
    universal = {case: Staged(may_finish=True) for case in ("happy", "two_at_once", "closed_twice", *CANCELLING)}
    applied = {**universal, **cases}
    reasons = {**NEEDS_A_SERVICE, **(NEEDS_A_CHAT_SERVICE if role == "chat" else {})}
    if role == "stt":
        del reasons["slow_reader"]  # whoever listens is pushed to, and has no reader that could be slow
    return Stage(role, provider, cases=applied, not_applicable={k: v for k, v in reasons.items() if k not in applied})


CANCELLING = ("cancel_before_output", "cancel_after_output")
NEEDS_A_WIRE = {
    "half_open": "there is nobody who could keep silent",
    "not_http": "it speaks no HTTP",
    "name_not_found": "there is no address to look up",
    "tls_failed": "it needs no secure connection",
    "key_rejected": "it takes no key",
    "not_permitted": "it has no accounts",
    "model_gone": "it has no models that could be withdrawn",
    "rate_limited": "it answers as often as it is asked",
    "rate_limited_silently": "it answers as often as it is asked",
    "quota_exceeded": "it costs nothing",
    "service_unavailable": "there is no service that could be down",
    "error_inside": "there is no service that could change its mind",
    "connection_reused": "there is no connection to keep",
    "warm_connection": "there is no connection to open",
    "instants_in_order": "there is no network at which instants could be taken",
    "slow_reader": "there is no network from which it could be read ahead",
    "usage_counted": "nobody counts tokens",
}
"""Why the cases of a request over HTTP cannot happen to an engine inside this computer."""
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
    "service_failed": "there is no service that could be broken",
    "reuse_after_error": "no valid request makes it fail",
    **NEEDS_A_WIRE,
}
"""Why the cases of a service on a wire cannot happen to an engine inside this computer."""
NEEDS_A_LARGE_MODEL = {
    "reasoning_apart": "it shows no thinking",
    "tool_call": "it calls no functions",
    "several_tool_calls": "it calls no functions",
}
"""Why the cases of a large model cannot happen to a small one."""
NEEDS_A_CHAT_SERVICE = {
    "no_text_first": "its first chunk is text: it has no protocol that would need another",
    **NEEDS_A_LARGE_MODEL,
}
