"""When the disk says no: everybody is told in plain words, nothing acknowledged is lost, and what was appended waits."""

import asyncio
import ctypes
import json
import os
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
from bench.events import migrations, replay
from bench.events.kinds import Event, Marked, TurnEnded
from bench.events.migrations import (
    BacklogFullError,
    DatabaseCorruptError,
    DatabaseLockedError,
    DiskFullError,
    EventsLostError,
    RowUnreadableError,
    StoreClosedError,
    StoreError,
)
from bench.events.replay import StoreLimits
from bench.events.store import Store, Write

ROOT = Path(__file__).parents[2]

QUICK = StoreLimits(busy_ms=40, retry_ms=20, batch_ms=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite3"


def mark(number: int, conversation: str = "c") -> Marked:
    return Marked(at_ns=number, conversation=conversation, turn="t", name="llm_sent")


def ended(turn: str, conversation: str = "c") -> TurnEnded:
    return TurnEnded(at_ns=1, conversation=conversation, turn=turn, outcome="answered")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another program writes for as long as this lasts."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


async def drained(store: Store) -> None:
    """Wait until the retries have succeeded."""
    heard = asyncio.Event()
    end = store.subscribe(lambda seq, event: heard.set())
    async with asyncio.timeout(10):
        while store.pending:
            heard.clear()
            await heard.wait()
    end()


async def test_locked_by_another_program(path: Path) -> None:
    async with await Store.open(path, ManualClock(), "p", QUICK) as store:
        heard: list[Event] = []
        store.subscribe(lambda seq, event: heard.append(event))
        await store.commit(ended("acknowledged"))
        with locked(path):
            store.append(mark(1), mark(2))
            began = time.monotonic()
            with pytest.raises(DatabaseLockedError) as caught:
                await store.commit(ended("refused"))
            assert time.monotonic() - began >= QUICK.busy_ms / 1000
            assert "Another program" in caught.value.public_message
            store.append(mark(3))
            assert isinstance(store.problem, DatabaseLockedError)
            assert not store.healthy
            assert store.pending == 3
            assert [event.turn for _, event in await store.events()] == ["acknowledged"]  # reading goes on
        await drained(store)
        assert heard == [ended("acknowledged"), mark(1), mark(2), mark(3)]  # each once, in order, without the refused one
        assert [event for _, event in await store.events()] == heard
        assert await store.commit(ended("next"))
        assert store.healthy
        assert store.dropped == 0


async def test_a_commit_tries_at_once_what_is_waiting_for_a_retry(path: Path) -> None:
    limits = StoreLimits(busy_ms=20, retry_ms=600_000, batch_ms=1)
    async with await Store.open(path, ManualClock(), "p", limits) as store, asyncio.timeout(10):
        with locked(path):
            store.append(mark(1))
            with pytest.raises(DatabaseLockedError):
                await store.commit(ended("refused"))
        await store.commit(ended("next"))
        assert [event for _, event in await store.events()] == [mark(1), ended("next")]


async def test_locked_when_opened(path: Path) -> None:
    await (await Store.open(path, ManualClock(), "p", QUICK)).close()
    with locked(path), pytest.raises(DatabaseLockedError):
        await Store.open(path, ManualClock(), "p", QUICK)
    await (await Store.open(path, ManualClock(), "p", QUICK)).close()  # nothing was kept that would hinder another try


async def test_a_flood_is_bounded_counted_and_keeps_no_outcome_out(path: Path) -> None:
    limits = StoreLimits(busy_ms=300, retry_ms=20, batch_ms=1, capacity=10)
    async with await Store.open(path, ManualClock(), "p", limits) as store:
        with locked(path):
            for number in range(15):
                store.append(mark(number))
            assert (store.pending, store.dropped) == (10, 5)
            assert not store.healthy
            committing = asyncio.gather(*[store.commit(ended(str(n))) for n in range(1000)], return_exceptions=True)
            await asyncio.sleep(0)
            with pytest.raises(BacklogFullError):
                await store.commit(ended("one too many"))
            await asyncio.sleep(0)
        await committing
        await drained(store)
        marks = [event for _, event in await store.events(kinds=(Marked,))]
        assert marks == [mark(number) for number in range(10)]
        assert store.problem is None
        assert store.dropped == 5
        assert not store.healthy  # five are gone for good, and that stays visible


async def test_disk_full(path: Path) -> None:
    limits = StoreLimits(busy_ms=40, retry_ms=20, batch_ms=1, max_pages=40)
    async with await Store.open(path, ManualClock(), "p", limits) as store:
        acknowledged: list[int] = []

        async def fill() -> None:
            for number in range(10_000):
                acknowledged.extend(await store.commit(Marked(at_ns=number, conversation="big", turn="t", name="x" * 500)))

        with pytest.raises(DiskFullError) as caught:
            await fill()
        assert "no room left" in caught.value.public_message
        assert len(acknowledged) > 20
        assert [seq for seq, _ in await store.events()] == acknowledged
        large = [Marked(at_ns=number, conversation="c", turn="t", name="y" * 500) for number in range(60)]
        store.append(*large)
        with pytest.raises(DiskFullError):
            await store.commit(ended("refused"))
        assert store.pending == 60
        assert isinstance(store.problem, DiskFullError)
        # The remedy that the message names must work although what waits for room is ahead of it in the queue.
        assert await store.delete_conversation("big") == len(acknowledged)
        await drained(store)
        assert [event for _, event in await store.events()] == large
        assert store.healthy


async def test_disk_full_when_opened(path: Path) -> None:
    with pytest.raises(DiskFullError):
        await Store.open(path, ManualClock(), "p", StoreLimits(max_pages=3))


async def test_close_tells_what_it_could_not_save(path: Path) -> None:
    store = await Store.open(path, ManualClock(), "p", StoreLimits(busy_ms=40, batch_ms=60_000))
    await store.commit(ended("acknowledged"))
    with locked(path):
        store.append(*[mark(number) for number in range(2500)])
        with pytest.raises(EventsLostError) as caught:
            await store.close()
    assert caught.value.public_message.startswith("2500 last events could not be saved. Another program")
    async with await Store.open(path, ManualClock(), "p") as again:
        assert [event for _, event in await again.events()] == [ended("acknowledged")]


CHILD = """
import asyncio, json, resource, signal, sys
from pathlib import Path
from bench.clock import ManualClock
from bench.events.kinds import TurnEnded, Marked
from bench.events.migrations import StoreError
from bench.events.replay import StoreLimits
from bench.events.store import Store

path, scene = Path(sys.argv[1]), sys.argv[2]

async def open_it():
    try:
        await (await Store.open(path, ManualClock(), "p", StoreLimits(busy_ms=40))).close()
    except StoreError as error:
        return [type(error).__name__, error.public_message]

async def outgrow():
    store = await Store.open(path, ManualClock(), "p", StoreLimits(busy_ms=40, retry_ms=20, batch_ms=1))
    seqs, told = [], []
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        for n in range(1000):
            seqs += await store.commit(Marked(at_ns=n, conversation="c", turn="t", name="x" * 500))
    except StoreError as error:
        told = [type(error).__name__, error.public_message]
    store.append(Marked(at_ns=1, conversation="c", turn="waits", name="y"))
    pending, healthy = store.pending, store.healthy
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    seqs += await store.commit(TurnEnded(at_ns=2, conversation="c", turn="t", outcome="answered"))
    found = [seq for seq, _ in await store.events()]
    waited = [seq for seq, _ in await store.events(turn="waits")]
    await store.close()
    return [told, pending, healthy, found == sorted(seqs + waited), len(waited), len(seqs)]

print(json.dumps(asyncio.run({"open": open_it, "outgrow": outgrow}[scene]())))
"""

LIBC = ctypes.CDLL(None)
PR_CAPBSET_DROP = 24
PERMISSIONS = (1, 2, 3)
"""CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER: by these, root writes what nobody may write."""


def obey_permissions() -> None:
    for capability in PERMISSIONS:
        LIBC.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


def run_child(path: Path, scene: str) -> Any:
    """A process that is bound by permissions even when the tests run as root."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(path), scene], cwd=ROOT, capture_output=True, text=True, check=True,
        preexec_fn=obey_permissions if os.geteuid() == 0 else None, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    return json.loads(done.stdout)


@pytest.mark.parametrize("what", ["file", "folder", "folder of a file"])
def test_read_only(path: Path, what: str) -> None:
    if what != "folder":
        assert run_child(path, "open") is None
    forbidden = path if what == "file" else path.parent
    mode = forbidden.stat().st_mode
    forbidden.chmod(0o444 if what == "file" else 0o555)
    try:
        name, message = run_child(path, "open")
    finally:
        forbidden.chmod(mode)
    assert name == "DatabaseReadOnlyError"
    assert "read-only" in message
    assert run_child(path, "open") is None


def test_a_file_in_the_place_of_the_folder(path: Path) -> None:
    path.write_text("a file")
    name, message = run_child(path / "history.sqlite3", "open")
    assert (name, message) == ("StoreError", "The history could not be read or written.")


def test_the_disk_fails_while_writing(path: Path) -> None:
    (name, message), pending, healthy, complete, waited, count = run_child(path, "outgrow")
    assert (name, pending, healthy) == ("DiskFailedError", 1, False)
    assert "Check the disk" in message
    assert complete, "what was acknowledged is not what is stored"
    assert waited == 1
    assert count > 20


def damage(path: Path, how: str) -> bytes:
    """Damage the file, and return what it then holds."""
    whole = bytearray(path.read_bytes())
    if how == "no database":
        whole[:] = b"not a database at all, but long enough to be one " * 400
    elif how == "header":
        whole[:64] = os.urandom(64)
    elif how == "inside":
        whole[4096 * 2 : 4096 * 12] = b"\xa5" * (4096 * 10)
    else:
        del whole[len(whole) // 2 :]
    path.write_bytes(whole)
    return bytes(whole)


@pytest.mark.parametrize("how", ["no database", "header", "inside", "cut off"])
async def test_a_damaged_file_is_moved_aside(path: Path, how: str) -> None:
    for number in (1, 2):
        async with await Store.open(path, ManualClock(), "p") as store:
            await store.commit(*[Marked(at_ns=n, conversation="c", turn="t", name="x" * 200) for n in range(500)])
        damaged = await asyncio.to_thread(damage, path, how)
        async with await Store.open(path, ManualClock(), "p") as fresh:
            (notice,) = fresh.notices
            assert notice.code == "database_moved_aside"
            assert f"{path.name}.corrupt-{number}" in notice.message
            assert await fresh.events() == []
            assert await fresh.commit(ended("works")) == [1]
        aside = path.with_name(f"{path.name}.corrupt-{number}")
        assert await asyncio.to_thread(aside.read_bytes) == damaged
        async with await Store.open(path, ManualClock(), "p") as again:
            assert again.notices == ()
            assert len(await again.events()) == 1


async def test_the_log_of_a_damaged_file_goes_with_it(path: Path) -> None:
    """Left behind, it would be played into the fresh file."""
    side = path.with_name(f"{path.name}-wal")

    def leave() -> None:
        path.write_bytes(b"damaged" * 1000)
        side.write_bytes(b"its log" * 1000)

    await asyncio.to_thread(leave)
    async with await Store.open(path, ManualClock(), "p") as store:
        assert len(store.notices) == 1
        assert await store.commit(ended("one")) == [1]
    assert await asyncio.to_thread(side.exists) is False
    async with await Store.open(path, ManualClock(), "p") as again:
        assert again.notices == ()
        assert len(await again.events()) == 1


async def test_damage_found_while_running_is_told(path: Path) -> None:
    async with await Store.open(path, ManualClock(), "p", QUICK) as store:
        await store.commit(ended("acknowledged"))
        store._writer.push(Write(action=lambda file: file.execute("DROP TABLE documents")))
        with pytest.raises(StoreError):
            await store.put_document("preset", "own", {})
        assert not store.healthy
        assert [event.turn for _, event in await store.events()] == ["acknowledged"]
        await store.commit(ended("goes on"))
        assert store.healthy


@pytest.mark.parametrize("body", ["{}", "", '{"kind":"TurnEnded","v":1,"at_ns":1}', '{"kind":"Later","v":1}'])
async def test_a_row_that_cannot_be_read_is_named_and_not_left_out(path: Path, body: str) -> None:
    async with await Store.open(path, ManualClock(), "p") as store:
        await store.commit(ended("one"), ended("two"), ended("three"))
        other = sqlite3.connect(path)
        other.execute("UPDATE events SET body = ? WHERE seq = 2", (body,))
        other.execute("INSERT INTO documents VALUES ('preset', 'own', '{')")
        other.commit()
        other.close()
        with pytest.raises(RowUnreadableError, match="row_unreadable") as caught:
            await store.events()
        assert "Event 2 " in caught.value.public_message
        assert [event.turn for _, event in await store.events(after_seq=2)] == ["three"]
        with pytest.raises(RowUnreadableError):
            await store.document("preset", "own")


async def test_nobody_waits_for_ever_when_the_writer_breaks(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    complaints: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", complaints.append)
    store = await Store.open(path, ManualClock(), "p")
    await store.commit(ended("acknowledged"))
    store.append(mark(1))
    async with asyncio.timeout(5):
        results = await asyncio.gather(
            store._wait(Write(action=lambda file: 1 // 0)), store.commit(ended("late")), return_exceptions=True
        )  # fmt: skip
        assert [type(result) for result in results] == [StoreClosedError, StoreClosedError]
        with pytest.raises(StoreClosedError):
            store.append(mark(2))
        assert not store.healthy
        await store.close()
    assert [complaint.exc_type for complaint in complaints] == [ZeroDivisionError]
    async with await Store.open(path, ManualClock(), "p2") as again:
        assert [event.turn for _, event in await again.events()] == ["acknowledged"]


def leaves(tree: type[StoreError] = StoreError) -> Iterator[type[StoreError]]:
    yield tree
    for branch in tree.__subclasses__():
        yield from leaves(branch)


def test_every_fault_has_a_code_and_words_of_its_own() -> None:
    tree = list(leaves())
    assert len({error.code for error in tree}) == len(tree)
    for error in tree:
        facts = dict.fromkeys(("count", "reason", "what", "turn"), "something.")
        message = error(cause="secret path", **facts).public_message
        assert message.endswith(".")
        assert "secret" not in message
        assert error.__name__ in (migrations.__doc__ or ""), "missing in the drawing of the tree"
    assert issubclass(StoreError, OSError)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (sqlite3.SQLITE_BUSY_SNAPSHOT, DatabaseLockedError), (sqlite3.SQLITE_FULL, DiskFullError),
        (sqlite3.SQLITE_READONLY_DBMOVED, migrations.DatabaseReadOnlyError),
        (sqlite3.SQLITE_IOERR_FSYNC, migrations.DiskFailedError),
        (sqlite3.SQLITE_CORRUPT_INDEX, DatabaseCorruptError), (sqlite3.SQLITE_NOTADB, DatabaseCorruptError),
        (sqlite3.SQLITE_MISUSE, StoreError), (None, StoreError),
    ],
)  # fmt: skip
def test_the_codes_of_sqlite(code: int | None, error: type[StoreError]) -> None:
    raised = sqlite3.OperationalError("words of SQLite")
    if code is not None:
        raised.sqlite_errorcode = code
    assert type(migrations.typed(raised)) is error
    assert "words of SQLite" not in migrations.typed(raised).public_message


def test_replay_shares_the_tree() -> None:
    assert issubclass(replay.TurnNotFoundError, StoreError)
