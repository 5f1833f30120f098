"""A small server that speaks docs/page-protocol.md, for the tests of the browser's sound and link layer alone."""

import asyncio
import json
import os
import secrets
import struct
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
STATIC = Path(__file__).resolve().parents[2] / "bench" / "web" / "static"
SOUND_DOWN = struct.Struct("<BBBBIIIiI")
SOUND_UP = struct.Struct("<BBHIdfI")
CSP = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "connect-src 'self' ws://127.0.0.1:*; worker-src 'self' blob:; img-src 'self' data:"
)
PAGE = "<!doctype html><html lang=en><link rel=icon href=data:,><title>sound</title><button id=click>click</button></html>"
TAP = """
class Tap extends AudioWorkletProcessor {
  process(inputs) {
    for (const [column, input] of inputs.entries()) {
      if (!input[0]) continue;
      const hot = [];
      for (let i = 0; i < input[0].length; i += 1) if (Math.abs(input[0][i]) > 0.02) hot.push(i);
      if (hot.length) this.port.postMessage([column, currentFrame + hot[0], currentFrame + hot[hot.length - 1]]);
    }
    return true;
  }
}
registerProcessor("tap", Tap);
"""
"""Tells, for each of its inputs, the context frames of the first and the last loud sample of each render quantum."""


def now_ms() -> float:
    """The server's monotonic clock (ms)."""
    return time.monotonic_ns() / 1e6


@dataclass(frozen=True, slots=True)
class MicrophoneFrame:
    arrived_ms: float
    """Arrival at the server (server clock, ms)."""
    tab: int
    """Number of the tab."""
    sequence: int
    """Counts every captured frame."""
    captured_ms: float
    """Capture instant of the first sample (page clock, ms)."""
    error_ms: float
    """Its bound (ms)."""
    samples: np.ndarray
    """320 int16 samples."""


@dataclass(slots=True)
class PageSocket:
    """One connection of one page."""

    websocket: WebSocket
    loop: asyncio.AbstractEventLoop
    changed: threading.Condition
    messages: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    """Arrival (server clock, ms) and message."""
    frames: list[MicrophoneFrame] = field(default_factory=list)
    sequence: int = 0
    closed: bool = False

    def run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(20)

    def send(self, message: dict[str, Any]) -> float:
        """Send a message and return when (server clock, ms)."""

        async def work() -> float:
            at_ms = now_ms()
            await self.websocket.send_text(json.dumps(message))
            return at_ms

        return self.run(work())

    async def _send_sound(self, samples: np.ndarray, **header: Any) -> float:
        at_ms = now_ms()
        self.sequence += 1
        head = SOUND_DOWN.pack(
            1,
            header.get("tab", 0),
            "ABCD".index(header.get("column", "A")),
            1 if header.get("last", False) else 0,
            header["serial"],
            header.get("rate_hz", 24000),
            header.get("position", 0),
            header.get("audible", -1),
            self.sequence,
        )
        await self.websocket.send_bytes(head + samples.astype("<i2").tobytes())
        return at_ms

    def send_sound(self, samples: np.ndarray, **header: Any) -> float:
        """Send one chunk (keys: tab, column, serial, rate_hz, position, audible, last) and return when (server clock, ms)."""
        return self.run(self._send_sound(samples, **header))

    def send_paced(
        self, samples: np.ndarray, chunk_ms: float = 20.0, hold_ms: dict[int, float] | None = None, **header: Any
    ) -> float:
        """Send a reply in chunks at real-time pace; `hold_ms` delays chunk k and all after it. Returns the first send (ms)."""
        size = round(header.get("rate_hz", 24000) * chunk_ms / 1000)

        async def work() -> float:
            begun_ms, held_ms = now_ms(), 0.0
            starts = range(0, len(samples), size)
            for k, start in enumerate(starts):
                held_ms += (hold_ms or {}).get(k, 0.0)
                due_ms = begun_ms + k * chunk_ms + held_ms
                await asyncio.sleep(max(0.0, due_ms - now_ms()) / 1000)
                last = k == len(starts) - 1
                await self._send_sound(samples[start : start + size], position=start, last=last, **header)
            return begun_ms

        return self.run(work())

    def drop(self, code: int = 1011) -> None:
        """Close the connection from the server's side."""
        self.run(self.websocket.close(code))

    def of(self, kind: str, name: str | None = None) -> list[tuple[float, dict[str, Any]]]:
        """Messages of a type (and marks of a name) so far, with their arrival."""
        return [(at, m) for at, m in list(self.messages) if m["type"] == kind and (name is None or m.get("name") == name)]

    def wait(self, ready: Callable[[], Any], what: str, timeout_s: float = 10.0) -> Any:
        """Wait until `ready` gives something true, and return it."""
        with self.changed:
            if not self.changed.wait_for(ready, timeout_s):
                raise AssertionError(f"did not come within {timeout_s} s: {what}; marks: {[m for _, m in self.of('mark')]}")
        return ready()

    def wait_mark(self, name: str, turn: str, timeout_s: float = 10.0) -> tuple[float, dict[str, Any]]:
        """The first mark of that name and turn, with its arrival (server clock, ms)."""

        def ready() -> list[tuple[float, dict[str, Any]]]:
            return [one for one in self.of("mark", name) if one[1]["turn"] == turn]

        return self.wait(ready, f"{name} of {turn}", timeout_s)[0]


class SoundServer:
    """Serves the static files, hands out tickets, answers the clock and records what the pages say."""

    def __init__(self) -> None:
        self.sockets: list[PageSocket] = []
        self.changed = threading.Condition()
        self.tickets: set[str] = set()
        self.refuse_tickets = 0
        """So many ticket requests are still to be refused with 503."""
        self.tickets_asked = 0
        self.lateness: list[tuple[float, float]] = []
        self.extra = ""
        """What stands in the page besides."""
        config = uvicorn.Config(self._app(), host="127.0.0.1", port=0, log_config=None, ws="websockets-sansio")
        config.ws_per_message_deflate = False
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> "SoundServer":
        self._thread.start()
        deadline = time.monotonic() + 10
        while not self._server.started:
            assert time.monotonic() < deadline, "the test server did not start"
            time.sleep(0.01)
        self.port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)

    def _app(self) -> ASGIApp:
        routes = [
            Route("/", lambda _: HTMLResponse(PAGE + self.extra)),
            Route("/tap.js", lambda _: Response(TAP, media_type="text/javascript")),
            Route("/wb/ticket", self._ticket, methods=["POST"]),
            WebSocketRoute("/wb/socket", self._socket),
            Mount("/wb/static", StaticFiles(directory=STATIC)),
        ]
        app = Starlette(routes=routes, lifespan=self._lifespan)

        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            async def with_policy(message: Any) -> None:
                if message["type"] == "http.response.start":
                    message["headers"] = [*message["headers"], (b"content-security-policy", CSP.encode())]
                await send(message)

            await app(scope, receive, with_policy)

        return guarded

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as tasks:
            watch = tasks.create_task(self._watch())
            yield
            watch.cancel()

    async def _watch(self) -> None:
        while True:
            due_ms = now_ms() + 5
            await asyncio.sleep(0.005)
            self.lateness.append((now_ms(), now_ms() - due_ms))

    def late(self, since_ms: float) -> np.ndarray:
        """How late this process was woken each 5 ms since an instant of the server clock (ms): the machine's own noise."""
        return np.array([0.0, *(late_ms for at_ms, late_ms in list(self.lateness) if at_ms >= since_ms)])

    async def _ticket(self, _: Request) -> Response:
        self.tickets_asked += 1
        if self.refuse_tickets > 0:
            self.refuse_tickets -= 1
            return JSONResponse({}, status_code=503)
        ticket = secrets.token_urlsafe(16)
        self.tickets.add(ticket)
        return JSONResponse({"ticket": ticket})

    async def _socket(self, websocket: WebSocket) -> None:
        ticket = websocket.query_params.get("ticket", "")
        if ticket not in self.tickets:
            await websocket.close(4401)
            return
        self.tickets.remove(ticket)
        await websocket.accept()
        page = PageSocket(websocket, asyncio.get_running_loop(), self.changed)
        with self.changed:
            self.sockets.append(page)
        try:
            while True:
                await self._receive(page, await websocket.receive())
        except (WebSocketDisconnect, RuntimeError):
            pass  # the page left, or a test closed the socket
        finally:
            with self.changed:
                page.closed = True
                self.changed.notify_all()

    async def _receive(self, page: PageSocket, event: Any) -> None:
        at_ms = now_ms()
        if event["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(event.get("code", 1005))
        if event.get("text") is not None:
            await self._message(page, json.loads(event["text"]), at_ms)
            return
        data = event["bytes"]
        kind, tab, zero, sequence, captured_ms, error_ms, rest = SOUND_UP.unpack_from(data)
        assert (kind, zero, rest) == (2, 0, 0)
        samples = np.frombuffer(data, "<i2", offset=SOUND_UP.size)
        assert len(samples) == 320
        with self.changed:
            page.frames.append(MicrophoneFrame(at_ms, tab, sequence, captured_ms, error_ms, samples))
            self.changed.notify_all()

    async def _message(self, page: PageSocket, message: dict[str, Any], at_ms: float) -> None:
        if message["type"] == "ping":
            await page.websocket.send_text(json.dumps({"type": "pong", "t1": message["t1"], "t2": at_ms, "t3": now_ms()}))
        if message["type"] == "hello":
            await page.websocket.send_text(json.dumps({"type": "welcome", "page": message["page"], "history": {}}))
        with self.changed:
            page.messages.append((at_ms, message))
            self.changed.notify_all()

    def page(self, page: str, nth: int = 0, timeout_s: float = 10.0) -> PageSocket:
        """The nth connection of a page (by the id in its hello)."""

        def found() -> list[PageSocket]:
            return [one for one in self.sockets if any(m["page"] == page for _, m in one.of("hello"))]

        with self.changed:
            assert self.changed.wait_for(lambda: len(found()) > nth, timeout_s), f"no connection {nth} of {page}"
        return found()[nth]


WATCH = """
window.wires = [];
const connectNodes = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (to, ...rest) {
  window.wires.push([this, to, rest[0] ?? 0]);
  return connectNodes.call(this, to, ...rest);
};
window.heard = [];
window.stamps = [];
/** Listen to the players before (0–7) and behind (8–15) their gains, and look at the output device all the time. */
window.tap = async () => {
  const outputs = window.wires.filter(([from, to]) => from instanceof AudioWorkletNode && to instanceof GainNode);
  const context = outputs[0][0].context;
  await context.audioWorklet.addModule("/tap.js");
  const node = new AudioWorkletNode(context, "tap", { numberOfInputs: 16, numberOfOutputs: 1 });
  node.port.onmessage = ({ data }) => window.heard.push(data);
  for (const [from, gain, slot] of outputs) {
    connectNodes.call(from, node, slot, slot);
    connectNodes.call(gain, node, 0, 8 + slot);
  }
  connectNodes.call(node, context.destination);
  setInterval(() => {
    const { contextTime, performanceTime } = context.getOutputTimestamp();
    if (contextTime > 0) window.stamps.push([contextTime, performance.timeOrigin + performanceTime]);
  }, 5);
  return context.sampleRate;
};
window.jank = () => setInterval(() => { const end = performance.now() + 60; while (performance.now() < end); }, 75);
"""
CONNECT = """
async ([page, options]) => {
  const { connect } = await import("/wb/static/sound/link.js");
  window.events = [];
  window.link = await connect({ page, from: null, language: "en", compare: null, fresh: true, ...options });
  for (const type of ["connection", "audio", "microphone", "microphone_level", "playback", "problem", "server_clock", "welcome",
                      "state", "audio_stop"]) {
    link.on(type, (event) => window.events.push({ ...event, seen_ms: link.now() }));
  }
}
"""


@dataclass(slots=True)
class Tab:
    """One browser tab with a link, and what it printed."""

    page: Any
    id: str
    server: SoundServer
    offset_ms: float
    """Server clock minus page clock, told by the browser's own tracing clock and not by the exchange under test (ms)."""
    printed: list[str] = field(default_factory=list)

    @property
    def socket(self) -> PageSocket:
        return self.server.page(self.id)

    def events(self, kind: str) -> list[dict[str, Any]]:
        return self.page.evaluate("(kind) => window.events.filter((one) => one.type === kind)", kind)

    def wait_event(self, condition: str, timeout_s: float = 10.0) -> dict[str, Any]:
        """The first event for which the JavaScript expression over `e` holds."""
        code = f"() => window.events.find((e) => {condition})"
        return self.page.wait_for_function(code, timeout=timeout_s * 1000).json_value()

    def sound(self) -> float:
        """Click, wait until the page may sound, and listen to its players. Returns the output's rate (Hz)."""
        self.page.click("#click")
        self.wait_event("e.type === 'audio' && e.state === 'running'")
        rate_hz = self.page.evaluate("window.tap()")
        self.page.wait_for_function("window.stamps.length > 20")
        return rate_hz

    def loud(self, slot: int) -> list[tuple[float, float]]:
        """Context times (s) of the first and last loud sample of each loud quantum of a player (+8: behind its gain)."""
        rate_hz = self.page.evaluate("window.wires[0][0].context.sampleRate")
        return [
            (first / rate_hz, last / rate_hz) for input_, first, last in self.page.evaluate("window.heard") if input_ == slot
        ]

    def at_output(self, context_s: float) -> float:
        """When that context time was at the output device (page clock, ms), by the tab's own dense looks at it."""
        stamps = np.array(self.page.evaluate("window.stamps"))
        assert context_s < stamps[-1, 0], "look again later"
        return float(np.interp(context_s, stamps[:, 0], stamps[:, 1]))

    def to_server(self, page_ms: float) -> float:
        return page_ms + self.offset_ms


def open_tab(context: Any, server: SoundServer, page_id: str, **options: Any) -> Tab:
    """Open the page in a browser context, connect, and wait for its welcome."""
    page = context.new_page()
    printed: list[str] = []
    page.on("console", lambda message: printed.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: printed.append(f"pageerror: {error}"))
    page.add_init_script(WATCH)
    page.goto(server.url)
    tracing = context.new_cdp_session(page)
    tracing.send("Performance.enable")
    metrics = {one["name"]: one["value"] for one in tracing.send("Performance.getMetrics")["metrics"]}
    offset_ms = metrics["NavigationStart"] * 1000 - page.evaluate("performance.timeOrigin")
    page.evaluate(CONNECT, [page_id, options])
    tab = Tab(page, page_id, server, offset_ms, printed)
    tab.wait_event("e.type === 'welcome'")
    return tab


def launch(chromium: Any, capture: Path | None = None, devices: bool = True, grant: bool = True) -> Any:
    """A real chromium, headless, with a false microphone that plays the file `capture` again and again.

    `devices=False`: with no microphone at all. `grant=False`: nobody says yes when a page asks for it.
    """
    args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    args += ["--disable-component-update", "--disable-sync"]
    if devices:
        args += ["--use-fake-device-for-media-stream"]
    if grant:
        args += ["--use-fake-ui-for-media-stream"]
    if capture:
        args += [f"--use-file-for-fake-audio-capture={capture}"]
    return chromium.launch(executable_path=CHROMIUM, headless=True, args=args)


def report(what: str, values: Any, unit: str = "ms") -> None:
    """Print a figure of the run: n, median, p95, largest."""
    values = np.asarray(list(values), dtype=float)
    shown = f"median {np.median(values):.2f}, p95 {np.percentile(values, 95):.2f}, largest {values.max():.2f} {unit}"
    print(f"\n[measured] {what}: n {len(values)}, {shown}")
