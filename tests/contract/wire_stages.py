"""Puts a provider over HTTP through the contract: its vendor's wire server, and the plan that provokes each case."""

import socket
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from bench.wire.http_stamps import HttpStamps
from bench.wire.plan import Fault, Plan, PlannedCall
from bench.wire.vendor_process import WireServer, running_wire_server
from providers.base import Instant, Role
from providers.errors import ConnectionCut, ConnectionRefused, EndedEarly, ProviderError, RequestRefused
from tests.certificates import make_certificate
from tests.contract.staging import Options, Stage, Staged, Where
from tests.contract.wire_cases import ARGUMENTS, RETRY_AFTER_S

TEXT = "Жук — 🐞, naïve façade, 東京 and so on, until it is enough."
"""Characters of two, three and four bytes; no word is longer than a token of the wire servers."""
TOKENS = len(TEXT.split())
FAST = Plan(text=TEXT, first_chunk_ms=5, first_text_ms=15, tokens_per_s=500, tokens_in=21, tokens_cached=8)
"""The answer that every case varies."""
SPEECH = Plan(first_chunk_ms=5, first_text_ms=15, audio_s=0.48, chunk_ms=40, realtime_factor=0.05, tokens_in=21)
"""The same for spoken phrases."""
THOUGHT = "Let me see 🐞 what 東京 needs."
UNDER_WAY = 6
"""Chunks that come before it goes wrong half-way: enough for a first word in every format."""
NO_SUCH_NAME = "no-such-host.invalid"
"""RFC 6761: never exists."""


@dataclass(slots=True)
class Talkers:
    """Whom the providers of a vendor talk to: its wire server, one with a certificate of its own making, and nobody."""

    server: WireServer
    secure: WireServer
    nobody: int
    """A port that is taken and on which nobody listens."""

    def base_url(self, plan: Plan, where: Where) -> str:
        """The address for a case."""
        asked = self.secure if where == "self_signed" else self.server
        address = asked.base_url(plan)
        match where:
            case "nobody":
                return address.replace(f":{asked.port}", f":{self.nobody}", 1)
            case "no_such_name":
                return address.replace(f"{asked.host}:{asked.port}", f"{NO_SUCH_NAME}:{asked.port}", 1)
            case _:
                return address


@cache
def talkers(vendor: str) -> Callable[[], AbstractContextManager[Options]]:
    """Starts them; the same object for every stage of the vendor, so that they are started once for all of them."""

    @contextmanager
    def running() -> Iterator[Options]:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            server = stack.enter_context(running_wire_server(vendor))
            secure = stack.enter_context(running_wire_server(vendor, certificate=make_certificate(folder)))
            plug = stack.enter_context(socket.socket())
            plug.bind(("127.0.0.1", 0))  # taken, and nobody listens
            yield {"talkers": Talkers(server, secure, plug.getsockname()[1])}

    return running


def reach(setting: Options, plan: Plan, where: Where) -> Options:
    """The option that leads there."""
    return {"base_url": setting["talkers"].base_url(plan, where)}


def requests(setting: Options, plan: Plan) -> Sequence[HttpStamps]:
    """What was asked. Left out: looking at models (warming up) and making threads, which is done ahead of the question."""
    asked = setting["talkers"].server.requests(plan)
    return [each for each in asked if each.method == "POST" and not each.path.endswith("/conversations")]


def warming(setting: Options, plan: Plan) -> int:
    """How many requests there have been, whatever for."""
    return len(setting["talkers"].server.requests(plan))


def hung_up_ms(setting: Options, instants: Sequence[Instant], plan: Plan | None) -> float | None:
    """From `cancel_sent` to the server's own stamp of the end (ms); None: not seen yet."""
    gave_up = [each.at_ns for each in instants if each.name == "cancel_sent"][-1:]
    if not gave_up or plan is None:
        return None
    broken = [each for each in requests(setting, plan) if each.completed_ns is None]
    left = [each.left_ns for each in broken if each.left_ns is not None]
    if not left or len(left) < len(broken):
        return None
    assert all(each.left_by == "client_gone" for each in broken)
    return (max(left) - gave_up[0]) / 1e6


# ── the cases ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def failing(plan: Plan, kind: Any, **more: Any) -> Plan:
    """The same answer with that fault in the first request; the second one is proper."""
    return plan.model_copy(update={"fault": Fault(kind=kind, only_requests=(0,), **more)})


def varied(plan: Plan, **more: Any) -> Plan:
    """The same answer with other values."""
    return Plan.model_validate({**plan.model_dump(), **more})


def cases(
    role: Role, plan: Plan, text: str | None, *, begins: bool, leaf_inside: type[ProviderError] | None, usage: Mapping[str, Any]
) -> dict[str, Staged]:
    """How each case is provoked. `text`: what comes of the plan."""
    spoken = role == "tts"
    proper = Staged(plan=plan, text=text, sound_s=plan.audio_s if spoken else None)

    def broken(kind: Any, **more: Any) -> Staged:
        return replace(proper, plan=failing(plan, kind, **more), recovers=True)

    def half_way(kind: Any, **more: Any) -> Staged:
        begun = broken(kind, after=UNDER_WAY, **more)
        return replace(begun, begins=text) if begins and not spoken else begun

    def said_no(status: int, **more: Any) -> Staged:
        return broken("status", status=status, **more)

    staged = {
        name: proper
        for name in ("happy", "two_at_once", "closed_twice", "connection_reused", "warm_connection", "instants_in_order")
    }
    staged |= {
        "slow_first_chunk": replace(proper, plan=varied(plan, first_chunk_ms=150, first_text_ms=200)),
        "empty": Staged(plan=plan.model_copy(update={"fault": Fault(kind="empty")}), text=None if spoken else _empty(role)),
        "split_characters": replace(proper, plan=plan.model_copy(update={"fault": Fault(kind="split")})),
        "after_done": replace(proper, plan=plan.model_copy(update={"fault": Fault(kind="after_done")})),
        "slow_reader": replace(proper, plan=varied(plan, tokens_per_s=1000, realtime_factor=0.01)),
        "usage_counted": replace(proper, usage=usage),
        "stall": half_way("stall"),
        "cut": replace(half_way("cut"), leaf=ConnectionCut),
        "ended_early": replace(half_way("ended_early"), leaf=EndedEarly),
        "malformed": half_way("malformed"),
        "out_of_order": half_way("out_of_order"),
        "error_inside": replace(half_way("error_inside", status=503), leaf=leaf_inside),
        "half_open": broken("half_open"),
        "not_http": broken("not_http"),
        "refused_request": replace(said_no(400), leaf=RequestRefused),
        "reuse_after_error": said_no(500),
        "key_rejected": said_no(401),
        "not_permitted": said_no(403),
        "model_gone": said_no(404),
        "rate_limited": said_no(429, retry_after_s=RETRY_AFTER_S),
        "rate_limited_silently": said_no(429),
        "quota_exceeded": said_no(429, code="insufficient_quota"),
        "service_failed": said_no(500),
        "service_unavailable": said_no(503),
        "refused_connection": Staged(plan=plan, where="nobody", leaf=ConnectionRefused),
        "name_not_found": Staged(plan=plan, where="no_such_name"),
        "tls_failed": Staged(plan=plan, where="self_signed"),
        "cancel_before_output": replace(proper, plan=varied(plan, first_chunk_ms=250, first_text_ms=250), recovers=True),
        "cancel_after_output": replace(proper, plan=varied(plan, tokens_per_s=50, realtime_factor=0.6), recovers=True),
    }  # fmt: skip
    if role == "stt":
        del staged["slow_reader"]
    if role == "chat":
        staged |= chat_cases(plan, text)
    return staged


def _empty(role: Role) -> str:
    """Two utterances without words, or one answer."""
    return " " if role == "stt" else ""


def chat_cases(plan: Plan, text: str | None) -> dict[str, Staged]:
    """What only a large model does."""
    calls = tuple(PlannedCall(name=name, arguments=arguments) for name, arguments in ARGUMENTS.items())
    return {
        "no_text_first": Staged(plan=varied(plan, no_text_first=4), text=text),
        "reasoning_apart": Staged(plan=varied(plan, reasoning=THOUGHT), text=text),
        "tool_call": Staged(plan=plan.model_copy(update={"calls": calls[:1]}), text=text),
        "several_tool_calls": Staged(plan=plan.model_copy(update={"calls": calls}), text=text),
    }


# ── the stage ────────────────────────────────────────────────────────────────────────────────────────────────────────────
REPRESENTATIVE = frozenset({
    "happy", "key_rejected", "model_gone", "rate_limited", "refused_connection", "cancel_before_output", "cancel_after_output",
    "malformed", "usage_counted",
})  # fmt: skip
"""What a provider goes through that differs from an examined one by data only."""
VENDOR_TEXTS = (
    "The plan refuses this request", "no-key", "Incorrect API key", "API key not valid", "api_key:", "exceeded your current quota",
    "No model was asked", "server had an error", "Request contains an invalid argument", "suspended", "not supported",
)  # fmt: skip
"""What wire servers say in refusals."""


def wire_stage(
    role: Role,
    provider: str,
    vendor: str,
    *,
    plan: Plan = FAST,
    text: str | None = TEXT,
    variant: str = "",
    options: Options | None = None,
    begins: bool = True,
    usage: Mapping[str, Any] | None = None,
    leaf_inside: type[ProviderError] | None = None,
    instead: Mapping[str, Staged] | None = None,
    not_applicable: Mapping[str, str] | None = None,
    only: frozenset[str] | None = None,
    heirs: frozenset[str] | None = REPRESENTATIVE,
) -> Stage:
    """A provider on its vendor's wire server.

    `options`: of the provider, in every case. `begins`: text comes before it goes wrong half-way. `usage`: what is counted of
    `plan`. `leaf_inside`: the error in a stream. `heirs`: cases of the providers that derive from this one; none: they have
    another stage.
    `instead`: cases that are provoked in another way. `only`: the others are declared to be examined elsewhere.
    """
    staged = cases(role, plan, text, begins=begins, leaf_inside=leaf_inside, usage=usage or {}) | dict(instead or {})
    lacking = {name: reason for name, reason in (not_applicable or {}).items() if name in staged}
    if only is not None:
        lacking |= {name: "the same code was examined on another stage" for name in staged.keys() - only - lacking.keys()}
    applied = {
        name: replace(each, options={**(options or {}), **each.options}) for name, each in staged.items() if name not in lacking
    }
    return Stage(
        role, provider, variant, talkers(vendor), applied, lacking, VENDOR_TEXTS, hung_up_ms, reach, requests, heirs, warming
    )  # fmt: skip
