"""A workbench in a process of its own, as a user starts it, for tests that talk to it from outside."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

ROOT = Path(__file__).parents[1]
START_S = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Workbench:
    """The running process and its address."""

    process: subprocess.Popen[bytes]
    port: int
    data: Path
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self, sig: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(sig)
        return self.process.wait(20)

    @contextmanager
    def signed_in(self) -> Iterator[httpx.Client]:
        """Signed in as a browser is: by opening the page."""
        with httpx.Client(base_url=self.url) as client:
            client.get("/").raise_for_status()
            yield client

    @contextmanager
    def socket(self, page: str = "test-page-0001", fresh: bool = True) -> Iterator["PageSocket"]:
        """The page's socket, greeted."""
        with self.signed_in() as client:
            ticket = client.post("/wb/ticket", headers={"origin": self.url}).json()["ticket"]
            cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        address = f"ws://127.0.0.1:{self.port}/wb/socket?ticket={ticket}"
        with connect(address, origin=self.url, additional_headers={"cookie": cookies}, max_size=None) as wire:
            page_socket = PageSocket(wire)
            page_socket.send("hello", page=page, language="en", fresh=fresh, **{"from": None})
            page_socket.welcome = page_socket.until("welcome")
            now = time.monotonic() * 1000
            page_socket.send("ping", t1=now)
            pong = page_socket.until("pong")
            page_socket.send("synced", t1=now, t2=pong["t2"], t3=pong["t3"], t4=time.monotonic() * 1000)
            yield page_socket


class PageSocket:
    """A page without a browser: JSON in and out; what is not waited for is kept in `seen`."""

    def __init__(self, wire: ClientConnection) -> None:
        self.wire = wire
        self.seen: list[dict[str, Any]] = []
        self.sounds = 0
        self.welcome: dict[str, Any] = {}

    def send(self, type: str, **fields: Any) -> None:
        self.wire.send(json.dumps({"type": type, **fields}))

    def until(self, type: str, timeout_s: float = 30.0, **fields: Any) -> dict[str, Any]:
        """The next message of this type with these fields."""
        ends = time.monotonic() + timeout_s
        while True:
            raw = self.wire.recv(timeout=max(0.0, ends - time.monotonic()))
            if isinstance(raw, bytes):
                self.sounds += 1
                continue
            message = json.loads(raw)
            self.seen.append(message)
            if message["type"] == type and all(message.get(name) == value for name, value in fields.items()):
                return message

    def ready(self, tab: str = "chat") -> None:
        """Wait until every column of the tab has its engines."""
        self.send("front", tab=tab)
        waiting = {column["column"] for column in self.welcome["workspaces"][tab]["columns"]}
        while waiting:
            state = self.until("state", tab=tab, state="listening")
            waiting.discard(state["column"])

    def say(self, text: str, tab: str = "chat") -> None:
        self.send("say", tab=tab, text=text, sent_at_ms=time.monotonic() * 1000)


@contextmanager
def running_workbench(data: Path, **environment: str) -> Iterator[Workbench]:
    """Started by the command line, ended on leaving. Raises `AssertionError` with the log when it does not come up."""
    port = free_port()
    log = data / "log.txt"
    data.mkdir(parents=True, exist_ok=True)
    env = {**os.environ, "FIRSTWORD_DATA_DIR": str(data), **environment}
    with log.open("wb") as out:
        command = [sys.executable, "workbench.py", "serve", "--no-browser", "--port", str(port)]
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=out, stderr=subprocess.STDOUT)
    bench = Workbench(process, port, data, log)
    try:
        _wait(bench)
        yield bench
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(bench: Workbench) -> None:
    ends = time.monotonic() + START_S
    while time.monotonic() < ends:
        assert bench.process.poll() is None, bench.log.read_text(errors="replace")
        try:
            if httpx.get(bench.url + "/health", timeout=2).json() == {"status": "ok"}:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(bench.log.read_text(errors="replace"))
