"""`wire`: a stand-in for a vendor's service on this computer: no key, no bill, and delays that are known."""

import asyncio
import errno
import json
import selectors
import signal
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bench.commands import exit_codes
from bench.settings import is_loopback
from bench.wire.http_connection import Service, serve_connections
from bench.wire.http_server import vendor_named
from bench.wire.http_stamps import HttpMemory, HttpStamps
from bench.wire.plan import Fault, Plan
from bench.wire.vendor_process import VENDORS, base_path

LOOK_S = 0.1
"""How often it is looked whether a request is over (s)."""
LONG_NS = 1_000_000_000
"""A request that takes longer is told of twice: now, and when it is over (ns)."""
VISIBLE = ("text", "audio", "delta", "call")
"""Sorts of chunks that somebody would see or hear."""

_VENDORS = {
    "openai": ("OpenAI", "OPENAI_BASE_URL", "OPENAI_API_KEY"),
    "gemini": ("Google Gemini", "GOOGLE_GEMINI_BASE_URL", "GEMINI_API_KEY"),
}
"""Name → what people call it, the SDK's variable for the address, and for the key."""
_EXAMPLES = (
    ("refuses with 429, to be tried again in 7 s", Fault(kind="status", status=429, retry_after_s=7)),
    ("stops in the middle and stays silent", Fault(kind="stall", after=5)),
    ("breaks the connection in the middle", Fault(kind="cut", after=5)),
)


@dataclass(frozen=True, slots=True)
class Request:
    """What was typed."""

    vendor: str
    host: str = "127.0.0.1"
    port: int = 9000
    """0: any free one."""
    plan: Path | None = None
    """JSON file, see `bench/wire/plan.py`."""
    text: str | None = None
    first_text_ms: float | None = None
    tokens_per_s: float | None = None
    spin: bool = True
    """Wait busily for exact instants."""
    anyone: bool = False
    """May listen where other computers reach it."""


class Watched(HttpMemory):
    """Keeps the requests that nothing was said of yet, too."""

    def __init__(self) -> None:
        super().__init__()
        self.fresh: deque[HttpStamps] = deque(maxlen=20_000)

    def add(self, serial: int, stamps: HttpStamps) -> None:
        super().add(serial, stamps)
        self.fresh.append(stamps)


def run(request: Request) -> int:
    """Serve until Ctrl+C; returns the exit code."""
    problem = _problem(request)
    if problem:
        return _said(problem, exit_codes.BAD_INPUT)
    try:
        plan = planned(request)
    except OSError as error:
        return _said(f"The plan {request.plan} cannot be read: {error.strerror}.", exit_codes.BAD_INPUT)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        return _said(f"The plan is wrong at {where}: {first['msg']}", exit_codes.BAD_INPUT)
    service = Service(vendor_named(request.vendor), plan, request.spin, Watched())

    # select() waits with microseconds, epoll rounds up to milliseconds; but select() knows no more than 1,024 sockets.
    def new_loop() -> asyncio.AbstractEventLoop:
        return asyncio.SelectorEventLoop(selectors.SelectSelector() if request.spin else selectors.DefaultSelector())

    try:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(_serve(service, request))
    except OSError as error:
        why = {
            errno.EADDRINUSE: "another program already uses it",
            errno.EACCES: "this user may not use ports below 1024",
            errno.EADDRNOTAVAIL: f"this computer has no address {request.host}",
        }.get(error.errno or 0, error.strerror or "the system refused")
        return _said(f"Cannot listen on port {request.port}: {why}. Choose another with --port.", exit_codes.PORT_IN_USE)
    return exit_codes.OK


def planned(request: Request) -> Plan:
    """The file's plan, or the usual one, with what was typed beside it. Raises `OSError`, `pydantic.ValidationError`."""
    plan = Plan() if request.plan is None else Plan.model_validate_json(request.plan.read_bytes())
    typed = {"text": request.text, "first_text_ms": request.first_text_ms, "tokens_per_s": request.tokens_per_s}
    given: dict[str, Any] = {name: value for name, value in typed.items() if value is not None}
    return Plan.model_validate(plan.model_dump() | given)


def _problem(request: Request) -> str:
    if request.vendor not in VENDORS:
        return f"{request.vendor!r} is no format that is spoken here. There are: {', '.join(VENDORS)}."
    if not is_loopback(request.host) and not request.anyone:
        return (
            f"It will not listen at {request.host}: it asks for no password, and whoever reaches it could read what was asked "
            "of it, and keep this computer busy. Leave --host out, or add --anyone if that is what you want."
        )
    return ""


def _said(problem: str, code: int) -> int:
    print(f"firstword: {problem}", file=sys.stderr)
    return code


async def _serve(service: Service, request: Request) -> None:
    """Serve until SIGINT or SIGTERM. Raises `OSError` when the address is taken."""
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, over.set)
    host = "127.0.0.1" if request.host == "localhost" else request.host.strip("[]")
    server = await serve_connections(service, host, request.port, None)
    port = server.sockets[0].getsockname()[1]
    print(introduction(request, service.plan, f"http://{f'[{host}]' if ':' in host else host}:{port}"), flush=True)
    teller = Teller(service.memory if isinstance(service.memory, Watched) else Watched(), lambda line: print(line, flush=True))
    async with server, asyncio.TaskGroup() as group:
        telling = group.create_task(teller.tell())
        await over.wait()
        telling.cancel()
        for connection in list(service.connections):
            connection.abort()
    teller.look()
    print("Ended.", flush=True)


def introduction(request: Request, plan: Plan, origin: str) -> str:
    """Where it listens, what to set, what it answers."""
    title, address_variable, key_variable = _VENDORS[request.vendor]
    path = base_path(request.vendor)
    examples = [(words, plan.model_copy(update={"fault": fault})) for words, fault in _EXAMPLES]
    width = max(len(words) for words, _ in examples)
    fault = "" if plan.fault.kind == "none" else f" Then this goes wrong: {plan.fault.kind}."
    return "\n".join([
        f"A stand-in for {title} listens at {origin} (Ctrl+C ends it).",
        "Its words are scripted and its delays are planned. No model is asked, no request is passed on.",
        "",
        f"For programs that use {title}'s SDK:  {address_variable}={origin}{path}  {key_variable}=wire",
        f"In the workbench: the setting `base_url` of the {title} providers, {origin}{path}",
        'Any key will do; one that begins with "wrong" is refused.',
        "",
        f"It answers {json.dumps(_plain(plan.text), ensure_ascii=False)}",
        f"First text {plan.first_text_ms:g} ms after the request, then {plan.tokens_per_s:g} chunks a second.{fault}",
        "The same with a fault, by its address alone:",
        *(f"  {words:<{width}}  {origin}/plan/{each.segment()}{path}" for words, each in examples),
        "",
        "Requests:",
    ])  # fmt: skip


class Teller:
    """Says a line about each request."""

    def __init__(self, memory: Watched, say: Callable[[str], None]) -> None:
        self._memory = memory
        self._say = say
        self._open: list[HttpStamps] = []
        self._told: set[str] = set()

    async def tell(self) -> None:
        """Until it is cancelled."""
        while True:
            await asyncio.sleep(LOOK_S)
            self.look()

    def look(self) -> None:
        """Say what there is to say now."""
        while self._memory.fresh:
            self._open.append(self._memory.fresh.popleft())
        still: list[HttpStamps] = []
        for stamps in self._open:
            over = stamps.completed_ns is not None or stamps.left_ns is not None
            if over or (stamps.id not in self._told and time.monotonic_ns() - stamps.read_ns > LONG_NS):
                self._say(line(stamps))
                self._told.add(stamps.id)
            if over:
                self._told.discard(stamps.id)
            else:
                still.append(stamps)
        self._open = still


def line(stamps: HttpStamps) -> str:
    """What became of a request so far, on one line."""
    head = f"{stamps.method} {_plain(stamps.path)}  {stamps.status or 'no answer yet'}"
    said = [f"COMPLAINT: {_plain(stamps.complaint)}"] if stamps.complaint else []
    first = next((chunk for chunk in stamps.chunks if chunk.kind in VISIBLE), None)
    if first is not None:
        said.append(f"first {first.kind} written after {stamps.real_ms(first):.1f} ms")
    if stamps.left_ns is not None:
        who = {"client_gone": "the client hung up", "server_cut": "broken off as planned"}.get(
            str(stamps.left_by), "broken off"
        )
        said.append(f"{who} after {(stamps.left_ns - stamps.read_ns) / 1e6:.1f} ms")
    elif stamps.completed_ns is not None:
        said.append(f"complete after {(stamps.completed_ns - stamps.read_ns) / 1e6:.1f} ms")
    else:
        said.append("still being answered")
    return f"{head}  {_planned_fault(stamps)}{', '.join(said)}"


def _planned_fault(stamps: HttpStamps) -> str:
    try:
        fault = Plan.of_segment(stamps.plan).fault if stamps.plan else Fault()
    except ValueError:
        return ""
    return "" if fault.kind == "none" else f"(fault: {fault.kind}) "


def _plain(text: str) -> str:
    """Without what would move a terminal's cursor or change its colours; shortened."""
    shown = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text.strip())
    return shown if len(shown) <= 240 else f"{shown[:239]}…"
