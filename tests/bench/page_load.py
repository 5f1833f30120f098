"""The page: first paint, usable, and how long the workbench takes to start."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
from playwright.async_api import async_playwright

from tests.bench.tables import print_quantiles
from tests.browser.open_page import CHROMIUM, FLAGS
from tests.running import ROOT, free_port, running_workbench

ROUNDS = 7


async def main(rounds: int = ROUNDS) -> None:
    """Cold browsers on a warm server; then warm starts of the server."""
    paint: list[float] = []
    usable: list[float] = []
    outside: list[str] = []
    with tempfile.TemporaryDirectory() as folder, running_workbench(Path(folder) / "data") as bench:
        async with async_playwright() as player:
            for _ in range(rounds):
                browser = await player.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
                page = await browser.new_page(viewport={"width": 1366, "height": 768})
                page.on(
                    "request",
                    lambda request: (
                        None if request.url.startswith((bench.url, "blob:", "data:")) else outside.append(request.url)
                    ),
                )
                await page.goto(bench.url + "/", wait_until="commit")
                await page.wait_for_function(
                    "window.firstword?.store.ready && document.querySelector('.fw-column')", polling=10
                )
                usable.append(await page.evaluate("performance.now()"))
                paint.append(
                    await page.evaluate(
                        "performance.getEntriesByType('paint').find(e => e.name === 'first-contentful-paint')?.startTime ?? -1"
                    )
                )
                await browser.close()
    print_quantiles("cold browser", {"first paint (≤ 1000)": paint, "usable (≤ 2000)": usable})
    print(f"requests that left the machine: {len(outside)}")
    print_quantiles("workbench.py → /health, warm (≤ 5000)", {"start": [start() for _ in range(5)]})


def start() -> float:
    """Milliseconds from the start of the process to the first answer of /health."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "workbench.py", "serve", "--no-browser", "--port", str(port)], cwd=ROOT,
            env={"FIRSTWORD_DATA_DIR": folder, "PATH": "/usr/bin:/bin"}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            while True:
                try:
                    httpx.get(f"http://127.0.0.1:{port}/health", timeout=5).raise_for_status()
                    return (time.monotonic() - began) * 1000
                except httpx.TransportError:
                    time.sleep(0.01)
        finally:
            process.terminate()
            process.wait(20)
