"""Many chat streams at once through one provider, against a wire server in another process, held against its stamps."""

import asyncio
import resource
import time
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.wire.http_stamps import HttpStamps
from bench.wire.plan import Plan
from bench.wire.vendor_process import WireServer, running_wire_server
from providers import registry
from providers.base import ChatModel, ChatRequest, Instant, Message, ReplyFinished, TextDelta, Wire
from providers.errors import ProviderError
from tests.contract.leaks import open_files

WORDS = 12
"""Words of each reply."""
BEGIN_EVERY_S = 0.012
"""A stream begins every so often (s): what beginning costs the vendor's SDK and the client on a slow core, and half as much
again. Faster, and it would be measured how long a thousand beginnings wait for each other."""
LASTS_LONGER_S = 4.0
"""Each reply lasts this much longer than all beginnings together, so that all are under way at once (s)."""
SOCKETS = 4096
"""Open files that are asked of the system: one for each stream here, one for each in the server."""
SETTLE_S = 5.0
"""How long closed sockets may take to be gone (s)."""


@dataclass(slots=True)
class Stream:
    """One reply."""

    instants: list[Instant] = field(default_factory=list[Instant])
    text: str = ""
    first_text_ns: int | None = None
    """When the bytes of its first visible text were read (ns)."""
    finished: bool = False
    failure: str = ""

    def at(self, name: str) -> Instant | None:
        """The first instant of that name."""
        return next((each for each in self.instants if each.name == name), None)

    @property
    def ttft_ms(self) -> float | None:
        """Request sent → first visible text (ms)."""
        sent = self.at("request_sent")
        return None if sent is None or self.first_text_ns is None else (self.first_text_ns - sent.at_ns) / 1e6


@dataclass(frozen=True, slots=True)
class Load:
    """What came of it."""

    streams: list[Stream]
    expected: str
    """The text of every reply."""
    at_once: int
    """Most answers that were under way at the same time, by the server's stamps."""
    took_s: float
    cpu_s: float
    """Processor time of the measuring process."""
    waited_s: float
    """How long it was ready to run and had no core: what the machine's other work costs."""
    ttft_ms: list[float]
    true_ms: list[float]
    """The same by the server's stamps: request read → first text written."""
    errors_ms: list[float]
    """Measured minus true, of each stream."""
    resident_before_mb: float
    resident_peak_mb: float
    sockets_left: int
    """Sockets that are still open after closing the provider and were not before."""

    @property
    def failures(self) -> list[str]:
        """One line for each stream that was not answered whole."""
        wrong = [each.failure or "wrong text" for each in self.streams if each.failure or each.text != self.expected]
        return wrong + ["no proper end" for each in self.streams if not each.failure and not each.finished]


def load_plan(count: int) -> Plan:
    """Replies that last long enough for all of them to be under way at once, a few hundred chunks a second in all."""
    lasts_s = BEGIN_EVERY_S * count + LASTS_LONGER_S
    text = " ".join(f"word{number}" for number in range(WORDS))
    return Plan(text=text, first_chunk_ms=500, first_text_ms=1000, tokens_per_s=WORDS / lasts_s, tokens_in=count)


async def one(provider: ChatModel, stream: Stream, delay_s: float) -> None:
    """One reply from beginning to end; a failure is written down and disturbs nobody else."""
    await asyncio.sleep(delay_s)
    wire = Wire(time.monotonic_ns, stream.instants.append)
    request = ChatRequest((Message("user", "go"),))
    try:
        chunks: Any = provider.stream(request, wire)
        async with aclosing(chunks):
            async for chunk in chunks:
                if isinstance(chunk, TextDelta):
                    stream.first_text_ns = stream.first_text_ns or chunk.at_ns
                    stream.text += chunk.text
                elif isinstance(chunk, ReplyFinished):
                    stream.finished = True
    except ProviderError as error:
        stream.failure = f"{error.code}: {error.cause}"


async def run(count: int, name: str = "openai") -> Load:
    """`count` streams at once on one provider of that name."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = SOCKETS if hard == resource.RLIM_INFINITY else min(SOCKETS, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    plan = load_plan(count)
    with running_wire_server("openai", spin=False) as server:
        provider = registry.build("chat", name, {"base_url": server.base_url(plan)})
        assert isinstance(provider, ChatModel)
        await provider.warm_up()
        await provider.close()  # whatever is opened once and for all is open now
        sockets, before_mb = open_files()["socket"], resident_mb()
        streams = [Stream() for _ in range(count)]
        began_s, began_cpu_s, began_waiting_s = time.monotonic(), time.process_time(), waited_s()
        async with asyncio.TaskGroup() as group:
            for number, stream in enumerate(streams):
                group.create_task(one(provider, stream, BEGIN_EVERY_S * number))
        spent = time.monotonic() - began_s, time.process_time() - began_cpu_s, waited_s() - began_waiting_s
        await provider.close()
        left = await sockets_above(sockets)
        truth = await asyncio.to_thread(truth_of, server, plan)
    return summary(streams, plan, truth, spent, before_mb, left)


def truth_of(server: WireServer, plan: Plan) -> dict[str, HttpStamps]:
    """The server's records of the replies, by their id."""
    return {each.id: each for each in server.requests(plan) if each.method == "POST"}


def summary(
    streams: list[Stream],
    plan: Plan,
    truth: dict[str, HttpStamps],
    spent: tuple[float, float, float],
    before_mb: float,
    left: int,
) -> Load:
    """Each stream held against the server's record of it. `spent`: in all, computing, and waiting for a core (s)."""
    ttft, true, errors = [], [], []
    for stream in streams:
        head, measured = stream.at("response_started"), stream.ttft_ms
        stamps = truth.get(head.data.get("request_id", "")) if head is not None else None
        first = stamps.first("text") if stamps is not None else None
        if measured is not None and stamps is not None and first is not None:
            ttft.append(measured)
            true.append(stamps.real_ms(first))
            errors.append(ttft[-1] - true[-1])
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    at_once = most_at_once(list(truth.values()))
    return Load(streams, plan.text, at_once, *spent, ttft, true, errors, before_mb, peak_mb, left)


def most_at_once(requests: list[HttpStamps]) -> int:
    """How many answers were under way at the same time, at most."""
    changes = [(each.read_ns, 1) for each in requests]
    changes += [(each.completed_ns, -1) for each in requests if each.completed_ns is not None]
    running = most = 0
    for _, change in sorted(changes):
        running += change
        most = max(most, running)
    return most


async def sockets_above(before: int) -> int:
    """Sockets that stay open, after a moment's patience."""
    deadline_s = time.monotonic() + SETTLE_S
    while (left := open_files()["socket"] - before) > 0 and time.monotonic() < deadline_s:  # noqa: ASYNC110 - the kernel sends no event
        await asyncio.sleep(0.02)
    return max(0, left)


def waited_s() -> float:
    """How long the main thread has been waiting for a core, by the kernel's account (s)."""
    return int(Path("/proc/self/schedstat").read_text().split()[1]) / 1e9


def resident_mb() -> float:
    """Memory of this process that is in use now (MB)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6
