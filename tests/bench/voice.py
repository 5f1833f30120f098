"""Voice to voice on the embedded default in a real browser: file input, VAD pause 300 ms, one column."""

import tempfile
from collections import defaultdict
from pathlib import Path

from tests.bench.tables import print_quantiles
from tests.browser.open_page import Opened, opened
from tests.running import running_workbench

TURNS = 30
SAMPLES = ("en-haircut-slt", "en-anxious-slt", "en-time-slt", "en-plan-slt", "en-slab-rms")


async def play(at: Opened, sample: str, tab: str = "voice") -> list[dict]:  # type: ignore[type-arg]
    """Play a sample and return the views of the turns it caused, in every column."""
    before = await at.store(f"[...s.tabs.{tab}.columns.values()].map(c => [...c.turns.keys()]).flat()")
    await at.send("play", tab=tab, input=sample)
    news = (
        f"[...s.tabs.{tab}.columns.values()].map(c => [...c.turns.values()]).flat().filter(t => !{before!r}.includes(t.turn))"
    )
    await at.until(
        f"{news}.length && {news}.every(t => t.view?.outcome) && [...s.tabs.{tab}.columns.values()].every(c => c.state.state === 'listening')",
        60,
    )
    return await at.store(f"{news}.map(t => t.view)")


async def main(turns: int = TURNS) -> None:
    """Print voice to voice and its parts."""
    totals: list[float] = []
    owners: dict[str, list[float]] = defaultdict(list)
    outcomes: dict[str, int] = defaultdict(int)
    with tempfile.TemporaryDirectory() as folder, running_workbench(Path(folder) / "data") as bench:
        async with opened(bench.url, path="/?compare=embedded-pause-300") as at:
            await at.ready()
            await play(at, SAMPLES[0])  # warm-up, left out
            for number in range(turns):
                for view in await play(at, SAMPLES[number % len(SAMPLES)]):
                    outcomes[view["outcome"]] += 1
                    if view["waterfall"] and view["waterfall"]["complete"]:
                        totals.append(view["figures"]["voice_to_voice"]["ms"])
                        sums: dict[str, float] = defaultdict(float)
                        for part in view["waterfall"]["parts"]:
                            sums[part["owner"]] += part["ms"]
                        for owner in (
                            "setting",
                            "detector",
                            "stt",
                            "llm",
                            "tts",
                            "network",
                            "device",
                            "workbench",
                            "unexplained",
                        ):
                            owners[owner].append(sums[owner])
            instrument = await at.store("s.instrument")
    print(
        f"outcomes {dict(outcomes)}; clock error ±{instrument['clock_error_ms']:.2f} ms, loop lag p99 {instrument['loop_lag_ms']} ms"
    )
    print_quantiles("voice to voice, pause 300 ms (goal: p50 ≤ 500)", {"voice to voice": totals, **owners})
