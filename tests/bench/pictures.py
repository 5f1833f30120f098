"""The pictures of the README, taken from a running workbench: `make bench ARGS=pictures`."""

import asyncio
import tempfile
from pathlib import Path

from bench.wire.plan import Plan
from bench.wire.vendor_process import running_wire_server
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


async def vendors() -> None:
    """OpenAI's and Gemini's formats side by side, spoken by wire servers: labelled so in the picture, too."""
    slow = Plan(text="Of course! Which day suits you best, and what name shall I put it under?", first_text_ms=180)
    slower = Plan(text="Gladly. Which day, and who is it for?", first_text_ms=350, tokens_per_s=40)
    with running_wire_server("openai", slow) as openai, running_wire_server("gemini", slower) as gemini:
        addresses = {"OPENAI_BASE_URL": openai.base_url(), "GOOGLE_GEMINI_BASE_URL": gemini.base_url()}
        keys = {"OPENAI_API_KEY": "wire-server", "GOOGLE_API_KEY": "wire-server"}
        with tempfile.TemporaryDirectory() as folder, running_workbench(Path(folder) / "data", **addresses, **keys) as bench:
            async with opened(bench.url, path="/?tab=chat&compare=chat:openai,google") as at:
                await at.ready("chat")
                await at.send("run", tab="chat", repeat=10, text="I would like a haircut on Friday")
                await at.until("s.tabs.chat.verdict", 300)
                await shoot(at, "vendors")


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
    await vendors()
    print(", ".join(sorted(path.name for path in IMAGES.glob("*.png"))))
