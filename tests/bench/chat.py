"""The chat path: chunk → painted with four columns streaming 50 tokens a second each, and whether they disturb column A."""

import statistics
import tempfile
from pathlib import Path

from bench.wire.scripted_process import running_scripted_server
from tests.bench.tables import print_quantiles
from tests.browser.open_page import Opened, opened
from tests.running import running_workbench

TURNS = 12
WATCH = """() => {
  window.lags = { first: [], every: [] };
  const { store, link } = window.firstword;
  store.on('token', ({ turn, at_ms, column }) => {
    const due = link.fromServer(at_ms);
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => { channel.port1.close(); if (due !== null) window.lags.every.push(link.now() - due); };
      channel.port2.postMessage(null);
    });
  });
}"""


async def configure(at: Opened, server: str) -> None:
    """Every column: 30 words at 50 tokens a second, in text only, from a server in another process."""
    for letter in await at.store("s.tabs.chat.workspace.columns.map(c => c.column)"):
        configuration = await at.store(f"s.tabs.chat.workspace.columns.find(c => c.column === '{letter}').configuration")
        options = {"first_text_ms": 200, "tokens_per_s": 50, "text": " ".join(["word"] * 30), "server": server}
        configuration["thinking"]["chat"] = {"provider": "scripted", "options": options}
        configuration["speaking"]["aloud"] = False
        await at.send("column_configure", tab="chat", column=letter, configuration=configuration)
    await at.until("s.tabs.chat.workspace.columns.every(c => !c.configuration.speaking.aloud && c.ready)", 60)


async def ask(at: Opened) -> list[float]:
    """One message; TTFT of every column, A first."""
    known = await at.store("s.tabs.chat.columns.get('A').turns.size")
    await at.send("say", tab="chat", text="go", sent_at_ms=await at.page.evaluate("window.firstword.link.now()"))
    done = f"[...s.tabs.chat.columns.values()].every(c => c.turns.size > {known} && [...c.turns.values()].at(-1).view?.outcome)"
    await at.until(done, 60)
    return await at.store("[...s.tabs.chat.columns.values()].map(c => [...c.turns.values()].at(-1).view.figures.ttft.ms)")


async def main(turns: int = TURNS) -> None:
    """Alternate between one column and four, so that the machine's mood is the same for both."""
    alone: list[float] = []
    beside: list[float] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        running_workbench(Path(folder) / "data") as bench,
        running_scripted_server() as server,
    ):
        async with opened(bench.url, path="/?tab=chat&compare=chat:scripted") as one:
            await configure(one, server.address)
            async with opened(bench.url, path="/?tab=chat&compare=chat:scripted,scripted,scripted,scripted") as four:
                await configure(four, server.address)
                await four.page.evaluate(WATCH)
                for at in (one, four):
                    await ask(at)
                for _ in range(turns):
                    alone.append((await ask(one))[0])
                    beside.append((await ask(four))[0])
                lags = await four.page.evaluate("window.lags.every")
                painted = await four.store(
                    "[...s.tabs.chat.columns.values()].flatMap(c => [...c.turns.values()].map(t => t.view.figures.chat_response.ms - t.view.figures.ttft.ms))"
                )
    print_quantiles(
        "four columns × 50 tokens/s", {"chunk → painted (p95 ≤ 40)": lags, "chat response − TTFT": [p for p in painted if p]}
    )
    print_quantiles("TTFT of column A", {"alone": alone, "with B, C, D": beside})
    print(f"difference of the medians: {statistics.median(beside) - statistics.median(alone):+.2f} ms (goal: ≤ 5)")
