"""The link: hello, clock, coming back, and what the page is told, in a real browser."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import sync_playwright

from tests.browser.sound_harness import SoundServer, launch, open_tab, report

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server() -> Iterator[SoundServer]:
    with SoundServer() as running:
        yield running


@pytest.fixture(scope="module")
def context(server: SoundServer) -> Iterator[Any]:
    with sync_playwright() as playwright:
        browser = launch(playwright.chromium)
        yield browser.new_context()
        browser.close()


def test_clock_stamps_agree_with_the_browsers_own_tracing_clock(server: SoundServer, context: Any) -> None:
    tab = open_tab(context, server, "clock")
    socket = tab.socket
    socket.wait(lambda: len(socket.of("synced")) >= 6, "six exchanges")
    stamps = [message for _, message in socket.of("synced")]
    rtts = [m["t4"] - m["t1"] - (m["t3"] - m["t2"]) for m in stamps]
    offsets = [(m["t2"] - m["t1"] + m["t3"] - m["t4"]) / 2 for m in stamps]
    errors = [abs(offset - tab.offset_ms) for offset in offsets]
    report("clock: error of each exchange against the tracing clock", errors)
    report("clock: round trip", rtts)
    best = int(np.argmin(rtts))
    assert errors[best] <= 3
    assert errors[best] <= rtts[best] / 2 + 0.3, "half the smallest round trip bounds the error, but for rounded clocks"
    gaps = np.diff([m["t1"] for m in stamps])
    assert 400 < np.median(gaps) < 700
    told = tab.events("server_clock")[-1]
    assert abs(told["offset_ms"] - tab.offset_ms) <= 3
    assert told["rtt_ms"] > 0
    shown_ms = tab.page.evaluate("link.fromServer(1000)")
    assert shown_ms == pytest.approx(1000 - tab.offset_ms, abs=3)
    assert tab.printed == []
    tab.page.close()


def test_page_and_worker_share_one_clock(server: SoundServer, context: Any) -> None:
    tab = open_tab(context, server, "worker")
    code = """async () => {
      const worker = new Worker("/wb/static/sound/link_worker.js", { type: "module" });
      const page = () => performance.timeOrigin + performance.now();
      const seen = [];
      for (let k = 0; k < 20; k += 1) {
        const asked_ms = page();
        const { worker_ms } = await new Promise((resolve) => {
          worker.onmessage = ({ data }) => resolve(data);
          worker.postMessage({ type: "clock", asked_ms });
        });
        seen.push([page() - asked_ms, worker_ms - asked_ms, link.now() - page()]);
      }
      worker.terminate();
      return seen;
    }"""
    seen = tab.page.evaluate(code)
    for round_trip_ms, answered_ms, skew_ms in seen:
        assert -0.3 <= answered_ms <= round_trip_ms + 0.3
        assert abs(skew_ms) < 0.3
    tab.page.close()


def test_lost_connection_comes_back_with_a_new_ticket_and_nothing_said_is_lost(server: SoundServer, context: Any) -> None:
    tab = open_tab(context, server, "lost", compare="xyz", **{"from": "other"})
    first = tab.socket
    hello = first.of("hello")[0][1]
    assert (hello["fresh"], hello["compare"], hello["from"], hello["language"]) == (True, "xyz", "other", "en")
    tab.page.evaluate("link.send({ type: 'language', language: 'ru' })")
    first.wait(lambda: first.of("language"), "the change of language")
    asked, dropped_at = server.tickets_asked, time.monotonic()
    server.refuse_tickets = 1
    first.drop()
    tab.wait_event("e.type === 'connection' && e.state === 'lost' && e.reason === 'closed'")
    tab.page.evaluate("for (let k = 0; k < 3; k += 1) link.send({ type: 'say', tab: 'chat', text: String(k), sent_at_ms: 1 })")
    second = server.page("lost", 1)
    report("reconnect: after a drop and one refused ticket", [(time.monotonic() - dropped_at) * 1000])
    assert server.tickets_asked == asked + 2
    hello = second.of("hello")[0][1]
    assert (hello["fresh"], hello["compare"], hello["from"], hello["language"]) == (False, None, None, "ru")
    second.wait(lambda: len(second.of("say")) == 3, "what was said meanwhile")
    assert [message["text"] for _, message in second.of("say")] == ["0", "1", "2"]
    tab.wait_event("e.type === 'connection' && e.state === 'open' && e.attempt > 1")
    lost = [(one["reason"], one.get("code")) for one in tab.events("connection") if one["state"] == "lost"]
    assert lost == [("closed", 1011), ("ticket_refused", 503)]
    assert all("503" in line for line in tab.printed), "the browser itself prints the refused request, and nothing else"
    tab.page.close()


def test_marks_of_the_page_and_messages_of_the_server_arrive(server: SoundServer, context: Any) -> None:
    tab = open_tab(context, server, "marks")
    tab.page.evaluate("""link.mark({ tab: "chat", column: "B", turn: "t9", name: "text_painted", at_ms: link.now() })""")
    arrived_ms, mark = tab.socket.wait_mark("text_painted", "t9")
    assert {k: mark[k] for k in ("tab", "column", "estimated", "data")} == {
        "tab": "chat", "column": "B", "estimated": False, "data": {},
    }  # fmt: skip
    assert -0.5 < arrived_ms - tab.to_server(mark["at_ms"]) < 100
    tab.socket.send({"type": "state", "tab": "voice", "column": "A", "state": "thinking"})
    assert tab.wait_event("e.type === 'state'")["state"] == "thinking"
    code = """() => {
      const seen = [];
      const off = link.on("connection", (event) => seen.push(event.state));
      link.on("state", () => { throw new Error("a listener's mistake"); });
      link.on("state", (event) => seen.push(event.state));
      off();
      return new Promise((resolve) => { link.on("state", () => resolve(seen)); link.send({ type: "ready" }); });
    }"""
    tab.page.evaluate("() => { window.seen = (" + code + ")(); }")
    tab.socket.wait(lambda: tab.socket.of("ready"), "the second set of listeners")
    tab.socket.send({"type": "state", "tab": "voice", "column": "A", "state": "idle"})
    assert tab.page.evaluate("window.seen") == ["open", "idle"]
    assert len(tab.printed) == 1
    assert "a listener's mistake" in tab.printed[0]
    tab.page.close()


def test_messages_wait_for_a_listener_and_keep_their_order(server: SoundServer, context: Any) -> None:
    page = context.new_page()
    page.goto(server.url)
    code = """async () => {
      const { connect } = await import("/wb/static/sound/link.js");
      window.link = await connect({ page: "early", language: "en" });
    }"""
    page.evaluate(code)
    socket = server.page("early")
    for k in range(5):
        socket.send({"type": "token", "text": str(k)})
    page.evaluate("link.stats()")  # what the Worker was told before has reached the page by now
    for k in range(5, 8):
        socket.send({"type": "token", "text": str(k)})
    code = """() => new Promise((resolve) => {
      const seen = [];
      link.on("welcome", () => seen.push("welcome"));
      link.on("token", ({ text }) => { if (seen.push(text) === 9) resolve(seen); });
    })"""
    assert page.evaluate(code) == ["welcome", *"01234567"]
    page.close()


def test_two_browser_tabs_do_not_disturb_each_other(server: SoundServer, context: Any) -> None:
    tabs = [open_tab(context, server, name) for name in ("left", "right")]
    for tab in tabs:
        tab.page.evaluate("(text) => link.send({ type: 'say', tab: 'chat', text, sent_at_ms: link.now() })", tab.id)
    for tab in tabs:
        tab.socket.wait(lambda tab=tab: tab.socket.of("say"), f"what {tab.id} said")
        assert [message["text"] for _, message in tab.socket.of("say")] == [tab.id]
    left, right = tabs
    left.page.evaluate("link.close()")
    left.socket.wait(lambda: left.socket.closed, "the left tab's farewell")
    right.socket.send({"type": "state", "tab": "voice", "column": "A", "state": "idle"})
    right.wait_event("e.type === 'state'")
    assert not right.socket.closed
    assert left.printed == right.printed == []
    for tab in tabs:
        tab.page.close()


def test_silent_server_is_left_and_tried_again_later_and_later(server: SoundServer, context: Any) -> None:
    page = context.new_page()
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    page.clock.install(time=begin)
    page.goto(server.url)
    page.clock.pause_at(begin + timedelta(hours=1))
    code = """async () => {
      window.said = [];
      window.tries = [];
      window.answer = { ok: true, json: async () => ({ ticket: "t" }) };
      window.fetch = async () => { window.tries.push(performance.now()); return window.answer; };
      window.WebSocket = class {
        static OPEN = 1;
        readyState = 1;
        bufferedAmount = 0;
        sent = [];
        constructor() { window.last = this; setTimeout(() => this.onopen({}), 1); }
        send(text) { this.sent.push(JSON.parse(text)); }
        close() { this.closed = true; }
      };
      const { Socket } = await import("/wb/static/sound/socket.js");
      window.socket = new Socket({ ticket: new URL("/t", location), socket: new URL("ws://127.0.0.1/s") }, { page: "p" }, {
        message: () => {}, sound: () => {}, server_clock: () => {}, connection: (one) => window.said.push(one) });
      window.socket.open();
    }"""
    page.evaluate(code)
    page.clock.run_for(10)
    page.evaluate("""last.onmessage({ data: '{"type": "welcome"}' })""")
    page.clock.run_for(5500)
    pings = page.evaluate("last.sent.map((one) => one.type)")
    assert pings == ["hello", *["ping"] * 11], "twice a second at first, then once"
    assert page.evaluate("said.at(-1).state") == "open"
    page.clock.run_for(1600)
    assert page.evaluate("[said.at(-1).state, said.at(-1).reason, last.closed]") == ["lost", "silent", True]
    for _ in range(14):
        page.clock.run_for(6000)
    waits = page.evaluate("said.filter((one) => one.reason === 'no_answer').map((one) => one.retry_in_ms)")
    assert len(waits) >= 5
    for wait_ms, planned_ms in zip(waits, (250, 500, 1000, 2000, 4000), strict=False):
        assert 0.8 * planned_ms <= wait_ms <= 1.2 * planned_ms
    page.evaluate("""answer = { ok: false, status: 429, headers: new Headers({ "Retry-After": "60" }) }""")
    for _ in range(5):
        page.clock.run_for(6000)
    refused = page.evaluate("said.at(-1)")
    assert (refused["reason"], refused["code"], refused["retry_in_ms"]) == ("ticket_refused", 429, 60000)
    tried = page.evaluate("tries.length")
    page.evaluate("socket.retry()")
    assert page.evaluate("tries.length") == tried + 1, "a browser that is online again does not wait"
    page.close()
