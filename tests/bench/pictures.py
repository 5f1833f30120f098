"""The pictures of the README, taken from a running workbench: `make bench ARGS=pictures`."""

import asyncio
import tempfile
from pathlib import Path

from tests.bench.voice import play
from tests.browser.open_page import Opened, opened
from tests.running import ROOT, Workbench, running_workbench

IMAGES = ROOT / "docs" / "images"


async def shoot(at: Opened, name: str, **options: bool) -> None:
    await at.page.mouse.move(2, 2)
    await asyncio.sleep(0.6)  # the last frame has been drawn
    await at.page.screenshot(path=IMAGES / f"{name}.png", **options)


async def voice(bench: Workbench) -> None:
    async with opened(bench.url) as at:
        await at.ready()
        await play(at, "en-haircut-slt")
        await at.send("run", tab="voice", repeat=7, input="en-haircut-slt")
        await at.until("s.tabs.voice.verdict", 300)
        await shoot(at, "voice-light")
        await at.page.evaluate("document.body.classList.add('dark')")
        await shoot(at, "voice-dark", full_page=True)
        await at.page.evaluate("document.body.classList.remove('dark')")
        await at.page.get_by_role("button", name="A: Settings").click()
        await shoot(at, "settings")


async def chat(bench: Workbench, locale: str, name: str, *, dark: bool) -> None:
    russian = locale == "ru-RU"
    path = "/?tab=chat&compare=chat:embedded-russian,embedded-russian" if russian else "/?tab=chat"
    async with opened(bench.url, path=path, locale=locale) as at:
        if russian:
            configuration = await at.store("s.tabs.chat.workspace.columns[1].configuration")
            configuration["speaking"]["cut"] = "sentence"
            await at.send("column_configure", tab="chat", column="B", configuration=configuration)
            await at.until("s.tabs.chat.workspace.columns[1].modified.length")
        await at.ready("chat")
        text = "Я чувствую тревогу перед каждой встречей" if russian else "I feel anxious before every meeting"
        await at.send("say", tab="chat", text=text, sent_at_ms=await at.page.evaluate("window.firstword.link.now()"))
        await at.until("[...s.tabs.chat.columns.values()].every(c => [...c.turns.values()].some(t => t.view?.outcome))", 90)
        if dark:
            await at.page.evaluate("document.body.classList.add('dark')")
        await shoot(at, name)


async def phone(bench: Workbench) -> None:
    async with opened(bench.url, width=390, height=844, has_touch=True, device_scale_factor=2) as at:
        await at.ready()
        await play(at, "en-haircut-slt")
        await shoot(at, "phone")


async def main() -> None:
    """Write all of them."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running_workbench(Path(folder) / "data") as bench:
        await voice(bench)
        for locale, name, dark in (
            ("en-US", "chat-light", False),
            ("en-US", "chat-dark", True),
            ("ru-RU", "chat-russian", False),
        ):
            await chat(bench, locale, name, dark=dark)
        await phone(bench)
    print(", ".join(sorted(path.name for path in IMAGES.glob("*.png"))))
