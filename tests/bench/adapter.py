"""What an adapter adds to the vendor's own SDK: same local server process, same run, one after the other in turns.

The truth is the server's: it stamps when it read a request and when it wrote each chunk. What is left of the time between
the call and the first text in hand, once the server's own time is taken off, is the cost of SDK, sockets and adapter.
"""

import asyncio
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.wire.http_stamps import HttpStamps
from bench.wire.plan import Plan
from bench.wire.vendor_process import WireServer, running_wire_server
from providers import registry
from providers.base import ChatModel, ChatRequest, Instant, Message, TextDelta, Wire
from tests.bench.tables import print_quantiles, quantiles

CALLS = 300
"""Replies of each side for the time to the first text; p99 needs 299."""
STREAMS = 20
"""Long replies of each side for the throughput."""
LONG = 2000
"""Words of a long reply."""
IMPORTS = 15
"""Starts of the command line with and without the adapters' files."""
SHORT_PLAN = Plan(text="Yes, of course.", first_chunk_ms=10, first_text_ms=20, tokens_per_s=100)
"""Slow enough for the server to sleep between two words: one that waits busily for the next word keeps the reader that it has
just woken off its core (1.7 ms at 1,000 words/s with a bare asyncio reader; 0.1 ms when it sleeps)."""
LONG_PLAN = Plan(text=" ".join(["word"] * LONG), first_chunk_ms=1, first_text_ms=1, tokens_per_s=1e6)
KEY = "not-a-key"
ROOT = Path(__file__).resolve().parents[2]

Ask = Callable[[], AsyncIterator[str]]
"""A reply, text by text."""


@dataclass(slots=True)
class Side:
    """What was measured of one way to ask."""

    added_ms: list[float] = field(default_factory=list[float])
    """Call → first text in hand, without the server's own time."""
    rate_hz: list[float] = field(default_factory=list[float])
    """Texts a second of a long reply, wall time."""
    cpu_us: list[float] = field(default_factory=list[float])
    """Processor time of each text of a long reply (µs)."""


# ── the vendors' own SDKs, as their manuals use them ─────────────────────────────────────────────────────────────────────
@asynccontextmanager
async def bare_openai(address: str) -> AsyncIterator[Ask]:
    """Chat Completions."""
    import openai

    async with openai.AsyncOpenAI(api_key=KEY, base_url=address, max_retries=0) as client:

        async def ask() -> AsyncIterator[str]:
            said: Any = [{"role": "user", "content": "go"}]
            more: Any = {"include_usage": True, "include_obfuscation": False}  # as the adapter asks
            async with await client.chat.completions.create(
                model="gpt-5-mini", messages=said, stream=True, stream_options=more
            ) as stream:
                async for chunk in stream:
                    if chunk.choices and chunk.choices[0].delta.content:
                        yield chunk.choices[0].delta.content

        yield ask


@asynccontextmanager
async def bare_responses(address: str) -> AsyncIterator[Ask]:
    """Responses."""
    import openai

    async with openai.AsyncOpenAI(api_key=KEY, base_url=address, max_retries=0) as client:

        async def ask() -> AsyncIterator[str]:
            said: Any = [{"role": "user", "content": "go"}]
            more: Any = {"include_obfuscation": False}  # as the adapter asks
            async with await client.responses.create(
                model="gpt-5-mini", input=said, stream=True, store=False, stream_options=more
            ) as stream:
                async for event in stream:
                    if event.type == "response.output_text.delta":
                        yield event.delta

        yield ask


@asynccontextmanager
async def bare_google(address: str) -> AsyncIterator[Ask]:
    """Gemini."""
    from google import genai
    from google.genai import types

    options = types.HttpOptions(base_url=address)
    client = genai.Client(api_key=KEY, http_options=options)

    async def ask() -> AsyncIterator[str]:
        said = [types.Content(role="user", parts=[types.Part(text="go")])]
        async for chunk in await client.aio.models.generate_content_stream(model="gemini-3.8-flash", contents=said):
            if chunk.text:
                yield chunk.text

    try:
        yield ask
    finally:
        await client.aio.aclose()


@dataclass(frozen=True, slots=True)
class Pair:
    """An adapter and what it is made of."""

    provider: str
    vendor: str
    """Whose format the wire server speaks."""
    bare: Callable[[str], Any]


PAIRS = (
    Pair("openai", "openai", bare_openai),
    Pair("openai-responses", "openai", bare_responses),
    Pair("google", "gemini", bare_google),
)  # fmt: skip


# ── measuring ────────────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(slots=True)
class Adapter:
    """The adapter, with the instants of its latest reply."""

    provider: ChatModel
    instants: list[Instant] = field(default_factory=list[Instant])
    first_ns: int = 0

    async def ask(self) -> AsyncIterator[str]:
        self.instants.clear()
        self.first_ns = 0
        chunks: Any = self.provider.stream(ChatRequest((Message("user", "go"),)), Wire(time.monotonic_ns, self.instants.append))
        async with aclosing(chunks):
            async for chunk in chunks:
                if isinstance(chunk, TextDelta):
                    self.first_ns = self.first_ns or chunk.at_ns
                    yield chunk.text

    @property
    def ttft_ms(self) -> float:
        """As the workbench computes it (ms)."""
        sent_ns = next(each.at_ns for each in self.instants if each.name == "request_sent")
        return (self.first_ns - sent_ns) / 1e6


async def first_text_ms(ask: Ask) -> float:
    """Call → first text in hand (ms); the rest of the reply is read, too."""
    began_ns, first_ns = time.monotonic_ns(), 0
    async for _ in ask():
        first_ns = first_ns or time.monotonic_ns()
    return (first_ns - began_ns) / 1e6


async def throughput(ask: Ask, side: Side) -> None:
    """One long reply."""
    texts, began_s, began_cpu_s = 0, time.perf_counter(), time.process_time()
    async for _ in ask():
        texts += 1
    side.rate_hz.append(texts / (time.perf_counter() - began_s))
    side.cpu_us.append(1e6 * (time.process_time() - began_cpu_s) / texts)


def latest(server: WireServer) -> HttpStamps:
    """The request that was read last."""
    return [each for each in server.requests() if each.method == "POST"][-1]


def true_ms(stamps: HttpStamps) -> float:
    """Request read → first text written (ms)."""
    first = stamps.first("text")
    assert first is not None, "the server wrote no text"
    return stamps.real_ms(first)


@asynccontextmanager
async def both(pair: Pair, address: str) -> AsyncIterator[tuple[Ask, Adapter]]:
    """The bare SDK and the adapter, each with a connection that is ready."""
    provider = registry.build("chat", pair.provider, {"base_url": address})
    assert isinstance(provider, ChatModel)
    adapter = Adapter(provider)
    try:
        async with pair.bare(address) as bare:
            for ask in (bare, adapter.ask):
                for _ in range(3):
                    await first_text_ms(ask)
            yield bare, adapter
    finally:
        await provider.close()


async def compare(pair: Pair) -> None:
    """One vendor."""
    bare, ours, errors = Side(), Side(), []
    with running_wire_server(pair.vendor) as server:
        async with both(pair, server.base_url(SHORT_PLAN)) as (ask, adapter):
            for number in range(CALLS):
                for first in (True, False) if number % 2 else (False, True):
                    server.forget()
                    took_ms = await first_text_ms(ask if first else adapter.ask)
                    truth_ms = true_ms(latest(server))
                    (bare if first else ours).added_ms.append(took_ms - truth_ms)
                    if not first:
                        errors.append(abs(adapter.ttft_ms - truth_ms))
    with running_wire_server(pair.vendor, LONG_PLAN, spin=False) as server:  # too long for an address
        async with both(pair, server.base_url()) as (ask, adapter):
            for number in range(STREAMS):
                for first in (True, False) if number % 2 else (False, True):
                    await throughput(ask if first else adapter.ask, bare if first else ours)
    report(pair.provider, bare, ours, errors)


def report(name: str, bare: Side, ours: Side, errors: list[float]) -> None:
    """The tables of one vendor."""
    print_quantiles(
        f"{name}: call → first text, without the server's time", {"bare SDK": bare.added_ms, "adapter": ours.added_ms}
    )
    theirs, own = quantiles(bare.added_ms), quantiles(ours.added_ms)
    pairwise = statistics.median(o - b for o, b in zip(ours.added_ms, bare.added_ms, strict=True))
    print(
        f"  added: p50 {own['p50'] - theirs['p50']:+.3f} ms (goal ≤ 1), p99 {own['p99'] - theirs['p99']:+.3f} ms (goal ≤ 5), median of the pairs {pairwise:+.3f} ms"
    )
    print_quantiles(f"{name}: measured TTFT against the server's stamps (p95 ≤ 3)", {"|measured − true|": errors})
    ratio = statistics.median(o / b for o, b in zip(ours.rate_hz, bare.rate_hz, strict=True))
    rates = statistics.median(bare.rate_hz), statistics.median(ours.rate_hz)
    costs = statistics.median(bare.cpu_us), statistics.median(ours.cpu_us)
    print(f"{name}: {LONG} texts as fast as they come, n = {len(ours.rate_hz)} each, medians")
    print(f"  bare SDK {rates[0]:.0f} texts/s, adapter {rates[1]:.0f} texts/s: {100 * ratio:.1f} % (goal ≥ 95)")
    print(f"  processor time of a text: bare SDK {costs[0]:.0f} µs, adapter {costs[1]:.0f} µs\n")


# ── the cost of being there ──────────────────────────────────────────────────────────────────────────────────────────────
LINE = "import time; began = time.perf_counter(); import bench.commands.line; from providers import registry; registry.describe(); print(time.perf_counter() - began)"
"""What the command line imports, and the catalogue of providers."""


def import_cost() -> None:
    """The command line with all adapters' files, and in a copy of the project without any."""
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / "project"
        for part in ("bench", "providers"):
            shutil.copytree(ROOT / part, bare / part, ignore=shutil.ignore_patterns("__pycache__", "static"))
        vendors = [
            path
            for path in (bare / "providers").glob("*.py")
            if "over_http" in path.read_text() or "key_variable" in path.read_text()
        ]
        for path in vendors:
            path.unlink()
        took: dict[str, list[float]] = {"with the adapters": [], "without": []}
        for number in range(IMPORTS + 1):
            for name, root in (("with the adapters", ROOT), ("without", bare)):
                said = subprocess.run([sys.executable, "-c", LINE], cwd=root, capture_output=True, text=True, check=True)
                if number:  # the first one compiles
                    took[name].append(1000 * float(said.stdout))
    print_quantiles(f"importing the command line and the catalogue, {len(vendors)} files of adapters", took)
    added = statistics.median(took["with the adapters"]) - statistics.median(took["without"])
    print(f"  added by the adapters' files: {added:+.1f} ms (goal ≤ 150)")


async def main(one: Callable[[Pair], Awaitable[None]] = compare) -> None:
    """Run it and print the tables."""
    for pair in PAIRS:
        await one(pair)
    await asyncio.to_thread(import_cost)
