"""The server ends in the middle of a turn, in every way a process can end; the next start tells what became of it."""

import asyncio
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.clock import MonotonicClock
from bench.events.kinds import ConversationEnded, Event, ReplyStreamed, TurnEnded, TurnStarted
from bench.events.store import Store
from tests.running import ROOT, PageSocket, Workbench, running_workbench

SLOW = {"first_text_ms": 100, "tokens_per_s": 4, "text": "one two three four five six seven eight nine ten eleven twelve"}


def slow_columns(page: PageSocket) -> None:
    """Both columns of the chat tab answer slowly, in text only."""
    for column in page.welcome["workspaces"]["chat"]["columns"]:
        configuration: dict[str, Any] = column["configuration"]
        for stage, key in (("listening", "vad"), ("understanding", "stt"), ("thinking", "chat"), ("speaking", "tts")):
            configuration[stage][key] = {"provider": "scripted", "options": {}}
        configuration["thinking"]["chat"]["options"] = SLOW
        configuration["speaking"]["aloud"] = False
        page.send("column_configure", tab="chat", column=column["column"], configuration=configuration)
    page.ready()


def events(data: Path) -> list[Event]:
    """What the next start finds."""

    async def read() -> list[Event]:
        async with await Store.open(data / "firstword.sqlite3", MonotonicClock(), "the-next-start") as store:
            return [event for _, event in await store.events()]

    return asyncio.run(read())


def in_mid_turn(bench: Workbench) -> str:
    """A turn that has just begun to answer; returns its id."""
    with bench.socket() as page:
        slow_columns(page)
        page.say("hello")
        turn = page.until("turn", tab="chat")["turn"]
        for _ in range(3):
            page.until("token", turn=turn)
        return str(turn)


def test_kill_9_in_mid_turn_closes_it_as_process_died(tmp_path: Path) -> None:
    with running_workbench(tmp_path) as bench, bench.socket() as page:
        slow_columns(page)
        page.say("hello")
        turn = page.until("turn", tab="chat")["turn"]
        for _ in range(4):
            page.until("token", turn=turn)
        bench.process.kill()
        bench.process.wait(10)
    found = events(tmp_path)
    ended = [event for event in found if isinstance(event, TurnEnded) and event.turn == turn]
    assert [(event.outcome, event.reason) for event in ended] == [("failed", "process_died")]
    written = [event for event in found if isinstance(event, ReplyStreamed) and event.turn == turn]
    assert len(written) >= 3  # all but what came in the last 20 ms
    begun = {event.turn for event in found if isinstance(event, TurnStarted)}
    assert begun == {event.turn for event in found if isinstance(event, TurnEnded)}


def test_sigterm_in_mid_turn_ends_it_as_cancelled_and_the_process_well(tmp_path: Path) -> None:
    with running_workbench(tmp_path) as bench, bench.socket() as page:
        slow_columns(page)
        page.say("hello")
        turn = page.until("turn", tab="chat")["turn"]
        page.until("token", turn=turn)
        assert bench.stop(signal.SIGTERM) == 0
    found = events(tmp_path)
    outcomes = [event.outcome for event in found if isinstance(event, TurnEnded) and event.turn == turn]
    assert outcomes == ["cancelled"]
    assert not [event for event in found if isinstance(event, ConversationEnded) and event.reason == "process_died"]


def test_a_page_that_goes_away_cancels_its_turn_after_the_grace(tmp_path: Path) -> None:
    with running_workbench(tmp_path) as bench:
        turn = in_mid_turn(bench)
        with bench.socket("test-page-0002") as other:  # time passes on the server while another page is served
            other.ready()
            other.say("hi")
            other.until("outcome", timeout_s=60)
        assert bench.stop() == 0
    outcomes = [event.reason for event in events(tmp_path) if isinstance(event, TurnEnded) and event.turn == turn]
    assert outcomes == ["page_gone"]


def test_a_port_in_use_is_named_and_so_is_the_way_out(tmp_path: Path) -> None:
    with running_workbench(tmp_path) as bench:
        command = [sys.executable, "workbench.py", "serve", "--no-browser", "--port", str(bench.port)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 3
    assert f"port {bench.port}" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_store_that_cannot_write_is_told_and_the_talk_goes_on(tmp_path: Path) -> None:
    with running_workbench(tmp_path) as bench, bench.socket() as page:
        slow_columns(page)
        lock = sqlite3.connect(tmp_path / "firstword.sqlite3", isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")  # somebody else holds the database for longer than we wait
        try:
            page.say("hello")
            assert page.until("token", timeout_s=30)["text"]
            assert page.until("problem", timeout_s=60, code="not_saved")["message"]
        finally:
            lock.execute("ROLLBACK")
            lock.close()
        page.say("once more")
        page.until("outcome", timeout_s=60)
    found = events(tmp_path)
    assert {e.turn for e in found if isinstance(e, TurnStarted)} == {e.turn for e in found if isinstance(e, TurnEnded)}


def test_a_restart_brings_back_columns_conversations_and_charts(tmp_path: Path) -> None:
    with running_workbench(tmp_path) as bench:
        with bench.socket() as page:
            slow_columns(page)
            page.send("column_remove", tab="chat", column="B")
            page.say("hello")
            turn = page.until("outcome", timeout_s=60)["view"]
        assert bench.stop() == 0
    with running_workbench(tmp_path) as bench, bench.socket() as page:
        columns = page.welcome["workspaces"]["chat"]["columns"]
        assert [column["column"] for column in columns] == ["A"]
        assert columns[0]["configuration"]["thinking"]["chat"]["options"]["text"] == SLOW["text"]
        (again,) = page.welcome["history"]["chat"]["A"]
        assert again["figures"] == turn["figures"]
        assert again["reply"] == turn["reply"]
        assert page.welcome["summary"]["chat"]["A"]["outcomes"] == {"answered": 1}
