"""What a dead process left open is closed once; what a living one is doing is left alone."""

import asyncio
import fcntl
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bench.clock import ManualClock
from bench.events import codec, migrations
from bench.events.kinds import ConversationEnded, Event, ExperimentEnded, ExperimentStarted, TurnEnded
from bench.events.migrations import (
    DatabaseCorruptError,
    ProcessIdTakenError,
    ProcessStamp,
    hold_lock,
    is_alive,
    lock_path,
    stamp_of_this,
)
from bench.events.store import Store
from tests.unit.events.conftest import Make

ROOT = Path(__file__).parents[3]

CHILD = """
import asyncio, sys
from pathlib import Path
from bench.clock import MonotonicClock
from bench.events.kinds import ConversationStarted, TurnStarted
from bench.events.store import Store

async def main():
    store = await Store.open(Path(sys.argv[1]), MonotonicClock(), "child")
    await store.commit(
        ConversationStarted(at_ns=10, conversation="c-child", wall_utc="2030", process="child", preset="p",
                            configuration={}, fingerprint="f"),
        TurnStarted(at_ns=20, conversation="c-child", turn="t-child", serial=0, input="typed"),
    )
    print("open", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await store.close()

asyncio.run(main())
"""


@contextmanager
def child(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A live process with an open turn. Ends (and closes its store) when its standard input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"open\n"
        yield process
    finally:
        process.stdin.close()
        process.stdout.close()
        process.kill()
        process.wait()


async def endings(path: Path, process: str = "p") -> list[Event]:
    """Opens the store and says what it finds ended."""
    async with await Store.open(path, ManualClock(at_ns=10**15), process) as store:
        return [event for _, event in await store.events(kinds=(TurnEnded, ConversationEnded, ExperimentEnded))]


async def test_a_living_process_keeps_its_turn_and_a_dead_one_loses_it(path: Path) -> None:
    with child(path) as other:
        assert await endings(path, "p1") == []
        other.kill()
        other.wait()
        first = await endings(path, "p2")
        assert [type(event) for event in first] == [TurnEnded, ConversationEnded]
        turn = first[0]
        assert isinstance(turn, TurnEnded)
        assert (turn.conversation, turn.turn, turn.outcome, turn.stage, turn.reason) == (
            "c-child", "t-child", "failed", "", "process_died",
        )  # fmt: skip
        assert turn.message
        assert [event.at_ns for event in first] == [20, 20]  # the last instant known, not the present one
        assert await endings(path, "p3") == first
    assert list(path.parent.glob("*.lock")) == []


async def test_a_killed_process_that_nobody_has_buried_is_dead(path: Path) -> None:
    with child(path) as other:
        os.kill(other.pid, signal.SIGKILL)
        # Wait for its end without reaping it.
        await asyncio.to_thread(os.waitid, os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
        assert len(await endings(path)) == 2


async def test_a_process_that_ended_cleanly_is_gone(path: Path) -> None:
    with child(path) as other:
        assert other.stdin is not None
        other.stdin.close()
        assert other.wait() == 0
        connection = sqlite3.connect(path)
        assert connection.execute("SELECT * FROM processes").fetchall() == []
        connection.close()
        assert len(await endings(path)) == 2  # it left its turn open all the same


def record(path: Path, *stamps: ProcessStamp, events: tuple[tuple[str, Event], ...] = ()) -> None:
    """Write what other processes would have left."""
    connection = sqlite3.connect(path, isolation_level=None)
    migrations.migrate(connection)
    for stamp in stamps:
        values = (stamp.process, stamp.pid, stamp.started, stamp.boot, stamp.namespace, 1)
        connection.execute("INSERT INTO processes VALUES (?, ?, ?, ?, ?, ?)", values)
    connection.executemany(codec.INSERT, [codec.row_of(process, event) for process, event in events])
    connection.close()


def changed(**values: Any) -> ProcessStamp:
    own = stamp_of_this("other")
    return ProcessStamp(**({name: getattr(own, name) for name in ("process", "pid", "started", "boot", "namespace")} | values))


@pytest.mark.parametrize(
    ("stamp", "closed"),
    [
        (changed(), False),
        (changed(started="1"), True),  # the pid was given to somebody else
        (changed(boot="another-boot"), True),  # same pid, same ticks, but before a restart
        (changed(pid=2**22 + 1), True),  # no such process
    ],
    ids=["alive", "pid reused", "earlier boot", "gone"],
)
async def test_whose_turns_are_closed(path: Path, make: type[Make], stamp: ProcessStamp, closed: bool) -> None:
    record(path, stamp, events=(("other", make.turn("t1")),))
    assert [event.turn for event in await endings(path)] == (["t1"] if closed else [])


@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize(
    "stamp", [changed(namespace="pid:[1]", started="1"), changed(started="")], ids=["container", "no /proc"]
)
async def test_where_proc_shows_nothing_the_lock_decides(path: Path, make: type[Make], stamp: ProcessStamp, held: bool) -> None:
    record(path, stamp, events=(("other", make.turn("t1")),))
    descriptor = hold_lock(lock_path(path, "other"))
    if not held:
        os.close(descriptor)
    assert [event.turn for event in await endings(path)] == ([] if held else ["t1"])
    assert lock_path(path, "other").exists() is held
    if held:
        os.close(descriptor)


async def test_without_proc_a_living_process_is_known_by_its_lock(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with child(path) as other:
        monkeypatch.setattr(migrations, "PROC", path.parent / "no-proc")
        assert stamp_of_this("p") == ProcessStamp("p", os.getpid(), "", "", "")
        assert await endings(path, "p1") == []
        other.kill()
        other.wait()
        assert len(await endings(path, "p2")) == 2


async def test_a_lock_file_left_by_a_process_killed_while_it_opened_is_swept_away(path: Path) -> None:
    left, held = lock_path(path, "left"), lock_path(path, "held")
    left.touch()
    descriptor = hold_lock(held)
    assert await endings(path) == []
    assert list(path.parent.glob("*.lock")) == [held]
    os.close(descriptor)


def test_taking_a_lock_waits_for_one_who_only_looks(path: Path) -> None:
    lock = lock_path(path, "p")
    looking = os.open(lock, os.O_RDWR | os.O_CREAT)
    fcntl.flock(looking, fcntl.LOCK_SH)

    def done_looking() -> None:
        lock.unlink()  # it was found to be nobody's
        os.close(looking)

    threading.Timer(0.05, done_looking).start()
    descriptor = hold_lock(lock)
    assert migrations.is_locked(lock), "the lock is held on a file that is not there any more"
    with pytest.raises(ProcessIdTakenError):
        hold_lock(lock)
    os.close(descriptor)
    assert not migrations.is_locked(lock)


def test_a_lock_of_somebody_else_counts_as_held(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> int:
        raise PermissionError

    monkeypatch.setattr(migrations.os, "open", forbidden)
    assert is_alive(changed(started=""), stamp_of_this("p"), lock_path(path, "other"))


async def test_only_what_is_open_is_closed_each_with_its_own_last_instant(path: Path, make: type[Make]) -> None:
    told: list[tuple[str, Event]] = [
        ("dead", ExperimentStarted(at_ns=1, experiment="e1", plan={})),
        ("dead", make.conversation("c1", at_ns=5)),
        ("dead", make.turn("t1", at_ns=6, conversation="c1", experiment="e1")), ("dead", make.ended("t1", 40, "c1")),
        ("dead", make.turn("t2", at_ns=50, conversation="c1", experiment="e1")), ("dead", make.mark("t2", 90, "x", "c1")),
        ("dead", make.mark("t2", 70, "y", "c1")),
        ("dead", make.conversation("c2", at_ns=7)),
        ("dead", make.conversation("c3", at_ns=8)), ("dead", ConversationEnded(at_ns=9, conversation="c3", reason="closed")),
        ("dead", ExperimentStarted(at_ns=2, experiment="e2", plan={})),
        ("dead", ExperimentEnded(at_ns=3, experiment="e2", reason="stopped")),
        ("older", make.turn("t1", at_ns=10**12, conversation="c9")),
    ]  # fmt: skip
    record(path, events=tuple(told))
    died = [event for event in await endings(path) if getattr(event, "reason", "") == "process_died"]
    assert [(type(event).__name__, event.conversation, event.turn, event.at_ns) for event in died] == [
        ("TurnEnded", "c1", "t2", 90), ("TurnEnded", "c9", "t1", 10**12), ("ConversationEnded", "c1", "", 90),
        ("ConversationEnded", "c2", "", 7), ("ExperimentEnded", "", "", 90),
    ]  # fmt: skip
    assert await endings(path, "next") == await endings(path, "one-more")
    connection = sqlite3.connect(path)
    owners = connection.execute("SELECT DISTINCT process FROM events WHERE body LIKE '%process_died%' AND turn = 't2'")
    assert owners.fetchall() == [("dead",)]  # whose clock the instant belongs to
    connection.close()


async def test_an_id_used_again_does_not_keep_old_turns_open(path: Path, make: type[Make]) -> None:
    record(path, changed(), events=(("other", make.turn("t1")),))
    assert [event.turn for event in await endings(path, "other")] == ["t1"]


async def test_many_programs_may_open_a_new_file_at_once_and_close_each_turn_once(path: Path) -> None:
    code = (
        "import asyncio, sys\nfrom pathlib import Path\nfrom bench.clock import MonotonicClock\n"
        "from bench.events.kinds import TurnStarted\nfrom bench.events.store import Store\n"
        "async def main():\n"
        "    store = await Store.open(Path(sys.argv[1]), MonotonicClock(), sys.argv[2])\n"
        "    await store.commit(TurnStarted(at_ns=1, conversation='c', turn=sys.argv[2], serial=0, input='typed'))\n"
        "    await store.close()\n"
        "asyncio.run(main())\n"
    )
    crowd = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", code, str(path), f"p{n}", cwd=ROOT) for n in range(6)
    ]  # fmt: skip
    assert await asyncio.gather(*[one.wait() for one in crowd]) == [0] * 6
    assert sorted(event.turn for event in await endings(path, "last")) == [f"p{n}" for n in range(6)]


async def test_a_damaged_file_is_not_moved_while_somebody_has_it_open(path: Path) -> None:
    await asyncio.to_thread(path.write_bytes, b"x" * 8192)
    descriptor = hold_lock(lock_path(path, "other"))
    with pytest.raises(DatabaseCorruptError) as caught:
        await Store.open(path, ManualClock(), "p")
    assert "Close every running Firstword" in caught.value.public_message
    assert sorted(path.parent.iterdir()) == [path, lock_path(path, "other")]
    os.close(descriptor)
    async with await Store.open(path, ManualClock(), "p") as store:
        assert [notice.code for notice in store.notices] == ["database_moved_aside"]


def test_the_stamp_is_that_of_the_process() -> None:
    stamp = stamp_of_this("p")
    uptime_s = float(Path("/proc/uptime").read_text().split()[0])
    age_s = uptime_s - int(stamp.started) / os.sysconf("SC_CLK_TCK")
    assert 0 <= age_s < 3600 * 24
    assert abs(age_s - (time.time() - Path(f"/proc/{os.getpid()}").stat().st_mtime)) < 3600 * 24
    assert stamp == stamp_of_this("p")
    assert stamp.boot
    assert stamp.namespace.startswith("pid:")
