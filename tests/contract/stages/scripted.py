"""The scripted providers: every case can be provoked, inside this process and over a socket."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from bench.wire.plan import Plan
from bench.wire.scripted_process import ScriptedServer, running_scripted_server
from providers.base import Instant, Role
from providers.scripted import VENDOR_TEXT
from tests.contract.staging import NEEDS_A_LARGE_MODEL, NEEDS_A_WIRE, Options, Stage, Staged, alone

TEXT = "Жук — 🐞, naïve façade, 東京."
"""Characters of two, three and four bytes."""
FAST: dict[Role, dict[str, Any]] = {
    "chat": {"text": TEXT, "first_text_ms": 10, "first_chunk_ms": 5, "tokens_per_s": 500},
    "stt": {"text": TEXT, "partial_every_ms": 2, "final_ms": 15},
    "tts": {"first_byte_ms": 10, "chunk_ms": 40, "realtime_factor": 0.05, "rate_hz": 16000},
}
EXPECTED: dict[Role, str] = {"chat": TEXT, "stt": f"{TEXT} {TEXT}", "tts": "Hello there Good day"}
SLOW: dict[Role, dict[str, Any]] = {
    "chat": {"first_text_ms": 300}, "stt": {"partial_every_ms": 100, "final_ms": 100}, "tts": {"first_byte_ms": 300},
}  # fmt: skip


def fault(kind: str, **more: Any) -> dict[str, Any]:
    """The option that makes it go wrong."""
    return {"fault": {"kind": kind, **more}}


def cases(role: Role) -> dict[str, Staged]:
    """How each case of a role is provoked."""
    fast, text = FAST[role], EXPECTED[role]
    struck = {"after": 2}
    staged = {
        "happy": Staged(fast, text),
        "slow_first_chunk": Staged(fast | SLOW[role], text),
        "empty": Staged(fast | fault("empty"), "" if role != "stt" else " "),
        "split_characters": Staged(fast | fault("split"), text),
        "after_done": Staged(fast | fault("after_done"), text),
        "two_at_once": Staged(fast, text),
        "closed_twice": Staged(fast),
        "stall": Staged(fast | fault("stall", **struck)),
        "cut": Staged(fast | fault("cut", **struck)),
        "ended_early": Staged(fast | fault("ended_early", **struck)),
        "malformed": Staged(fast | fault("malformed", **struck)),
        "out_of_order": Staged(fast | fault("out_of_order", after=1)),
        "refused_connection": Staged(fast | fault("refuse")),
        "refused_request": Staged(fast | fault("error", code="quota_exceeded", **struck)),
        "reuse_after_error": Staged(fast | fault("error", only_turns=[0]), text),
        "cancel_before_output": Staged(fast | SLOW[role]),
        "cancel_after_output": Staged(fast | {"tokens_per_s": 10} if role == "chat" else fast | fault("stall", after=1)),
    }
    if role == "chat":
        staged["no_text_first"] = Staged(fast | {"role_only_first": True, "reasoning_ms": 3}, text)
    for name, code in REFUSALS.items():
        staged[name] = Staged(fast | fault("error", code=code, only_turns=[0]), text, recovers=True)
    return staged


REFUSALS = {"quota_exceeded": "quota_exceeded", "service_failed": "service_failed"}
"""Case → what the service answers."""
OVER_A_SOCKET: dict[Role, tuple[str, ...]] = {
    "chat": ("connection_reused", "warm_connection"), "stt": (), "tts": ("connection_reused", "warm_connection"),
}  # fmt: skip
"""Cases that need a connection. (Listening breaks one off for each utterance that is thrown away.)"""
ELSEWHERE = "the scripted service is no vendor: over HTTP this is examined with wire servers"


def missing_here(role: Role, applied: Mapping[str, Staged]) -> dict[str, str]:
    """The cases of a request over HTTP, which the scripted service does not speak."""
    names = {*NEEDS_A_WIRE, *(NEEDS_A_LARGE_MODEL if role == "chat" else ())} - ({"slow_reader"} if role == "stt" else set())
    return {name: ELSEWHERE for name in names - set(applied)}


_servers: dict[str, ScriptedServer] = {}


@contextmanager
def a_server() -> Iterator[Options]:
    """A scripted server in another process."""
    with running_scripted_server() as server:
        _servers[server.address] = server
        yield {"server": server.address}


def hung_up_ms(setting: Options, instants: Sequence[Instant], plan: Plan | None = None) -> float | None:
    """How long after the adapter gave up the server noticed."""
    gave_up = [each for each in instants if each.name == "cancel_sent"][-1:]
    if not gave_up:
        return None
    server = _servers[setting["server"]]
    stamps = server.stamps([gave_up[0].data["request"]])[gave_up[0].data["request"]]
    return None if stamps.left_ns is None else (stamps.left_ns - gave_up[0].at_ns) / 1e6


def stages_of(role: Role) -> list[Stage]:
    """Both ways to reach the scripted service."""
    settings: Mapping[str, tuple[Callable[[], AbstractContextManager[Options]], Any, dict[str, Staged]]] = {
        "in process": (alone, None, {}),
        "over a socket": (a_server, hung_up_ms, {name: Staged(FAST[role], EXPECTED[role]) for name in OVER_A_SOCKET[role]}),
    }
    found: list[Stage] = []
    for variant, (setting, asks, more) in settings.items():
        applied = {**cases(role), **more}
        texts = (VENDOR_TEXT, "sk-proj")
        found.append(Stage(role, "scripted", variant, setting, applied, missing_here(role, applied), texts, asks))
    return found


STAGES = [
    *stages_of("chat"),
    *stages_of("stt"),
    *stages_of("tts"),
    Stage("vad", "scripted", cases={}, not_applicable={}),
]
