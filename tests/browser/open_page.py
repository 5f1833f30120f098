"""A real chromium on a running workbench, with a microphone that plays a file."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, ConsoleMessage, Page, async_playwright

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
)  # fmt: skip
TOTAL = "td[data-total]"


@dataclass
class Opened:
    """The page, and everything that went wrong in it."""

    page: Page
    context: BrowserContext
    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    async def store(self, expression: str) -> Any:
        """Evaluate JavaScript with `s`, the page's own state."""
        return await self.page.evaluate(f"(() => {{ const s = window.firstword.store; return {expression}; }})()")

    async def until(self, expression: str, timeout_s: float = 30) -> None:
        await self.page.wait_for_function(
            f"(() => {{ const s = window.firstword?.store; return s && s.ready && ({expression}); }})()",
            timeout=timeout_s * 1000,
            polling=50,  # not by frames: a page in the background draws none
        )

    async def ready(self, tab: str = "voice") -> None:
        await self.until(
            f"s.tabs.{tab}.workspace.columns.length && s.tabs.{tab}.workspace.columns.every(c => c.ready || c.problem)"
        )

    def send(self, type: str, **fields: Any) -> Any:
        return self.page.evaluate("([type, fields]) => window.firstword.link.send({type, ...fields})", [type, fields])


@asynccontextmanager
async def opened(
    url: str,
    *,
    microphone: Path | None = None,
    denied: bool = False,
    path: str = "/",
    width: int = 1366,
    height: int = 768,
    **context: Any,
) -> AsyncIterator[Opened]:
    """Open the page and wait for its first message."""
    flags = [*FLAGS]
    if not denied:
        flags += ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    if microphone is not None:
        flags.append(f"--use-file-for-fake-audio-capture={microphone}%noloop")
    async with async_playwright() as player:
        browser = await player.chromium.launch(executable_path=CHROMIUM, args=flags)
        try:
            made = await browser.new_context(viewport={"width": width, "height": height}, **context)
            async with new_page(made, url + path) as page:
                yield page
        finally:
            await browser.close()


@asynccontextmanager
async def new_page(context: BrowserContext, url: str) -> AsyncIterator[Opened]:
    page = await context.new_page()
    found = Opened(page, context)

    def console(message: ConsoleMessage) -> None:
        if message.type == "error":
            found.errors.append(message.text)

    page.on("console", console)
    page.on("pageerror", lambda error: found.errors.append(str(error)))
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith((url[: url.index("/", 8)], "blob:", "data:")) else found.outside.append(request.url)
        ),
    )
    await page.goto(url)
    await found.until("true")
    await page.mouse.click(2, 2)  # a person's first click, which lets a page sound
    await found.until("s.audio.state === 'running'")
    yield found
