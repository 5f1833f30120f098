"""What is acknowledged is on the disk, in order; what is announced was on the disk before; what is deleted is gone."""

import asyncio
import random
import sqlite3
import statistics
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from bench.clock import ManualClock
from bench.events.codec import EncodeError
from bench.events.kinds import (
    ConversationEnded,
    ConversationStarted,
    Event,
    LoopStalled,
    Marked,
    ReplyStreamed,
    TurnEnded,
    TurnStarted,
)
from bench.events.migrations import ConversationDeletedError, ProcessIdTakenError, StoreClosedError, TracesRemainError
from bench.events.replay import StoreLimits, TurnAmbiguousError, TurnNotFoundError
from bench.events.store import Store
from tests.unit.events.conftest import Make


def on_disk(path: Path, query: str = "SELECT seq FROM events ORDER BY seq") -> list[Any]:
    """What another connection sees."""
    with sqlite3.connect(path) as other:
        rows = other.execute(query).fetchall()
    other.close()
    return [row[0] if len(row) == 1 else row for row in rows]


async def test_a_commit_is_on_the_disk_when_it_returns(store: Store, path: Path, make: type[Make]) -> None:
    seqs = await store.commit(make.conversation(), make.turn("t1"))
    assert seqs == [1, 2]
    assert on_disk(path) == [1, 2]
    assert await store.commit() == []
    assert store.healthy
    assert store.problem is None


async def test_a_commit_takes_with_it_what_was_appended_before(store: Store, path: Path, make: type[Make]) -> None:
    marks = [make.mark("t1", at_ns=n) for n in range(10)]
    store.append(*marks[:4])
    store.append(*marks[4:])
    assert await store.commit(make.ended("t1")) == [11]
    stored = [event for _, event in await store.events(turn="t1")]
    assert stored == [*marks, make.ended("t1")]


async def test_order_is_kept_among_many_callers(store: Store, make: type[Make]) -> None:
    async def caller(turn: str) -> None:
        for n in range(30):
            store.append(make.mark(turn, at_ns=n))
            if n % 7 == 0:
                await store.commit(make.mark(turn, at_ns=n, name="committed"))

    async with asyncio.TaskGroup() as group:
        for turn in "abcd":
            group.create_task(caller(turn))
    await store.commit(make.ended("a"))
    for turn in "abcd":
        instants = [event.at_ns for _, event in await store.events(turn=turn, kinds=(Marked,))]
        assert instants == sorted(instants)
        assert len(instants) == 35


async def test_an_append_reaches_the_disk_by_itself_within_20_ms(store: Store, make: type[Make]) -> None:
    landed = asyncio.Event()
    store.subscribe(lambda seq, event: landed.set())
    took_ms: list[float] = []
    for n in range(15):
        landed.clear()
        began = time.perf_counter()
        store.append(make.mark("t1", at_ns=n))
        await asyncio.wait_for(landed.wait(), 5)
        took_ms.append((time.perf_counter() - began) * 1e3)
    assert statistics.median(took_ms) <= 20
    assert statistics.median(took_ms) >= StoreLimits().batch_ms  # it did wait for company


async def test_appending_from_other_threads(store: Store, make: type[Make]) -> None:
    threads = [threading.Thread(target=lambda: [store.append(make.mark("t1", at_ns=n)) for n in range(200)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    await store.commit(make.ended("t1"))
    assert len(await store.events(turn="t1")) == 801


async def test_subscribers_hear_in_order_and_only_of_what_is_on_the_disk(store: Store, path: Path, make: type[Make]) -> None:
    heard: list[tuple[int, Event]] = []
    unseen: list[int] = []

    def listen(seq: int, event: Event) -> None:
        if seq not in on_disk(path):
            unseen.append(seq)
        heard.append((seq, event))

    end = store.subscribe(listen)
    loop_thread = threading.get_ident()
    store.subscribe(lambda seq, event: unseen.append(-seq) if threading.get_ident() != loop_thread else None)
    store.append(make.mark("t1", at_ns=1), make.mark("t1", at_ns=2))
    seqs = await store.commit(make.ended("t1"))
    assert [seq for seq, _ in heard] == [1, 2, *seqs]  # told before the committer goes on
    assert heard == await store.events()
    assert unseen == []
    end()
    await store.commit(make.ended("t2"))
    assert len(heard) == 3


async def test_a_subscriber_that_raises_costs_the_others_nothing(store: Store, make: type[Make]) -> None:
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: complaints.append(context))
    heard: list[int] = []
    store.subscribe(lambda seq, event: 1 // 0)
    store.subscribe(lambda seq, event: heard.append(seq))
    await store.commit(make.mark("t1"), make.mark("t1"))
    assert heard == [1, 2]
    assert [type(context["exception"]) for context in complaints] == [ZeroDivisionError] * 2


async def test_a_cancelled_commit_is_still_written(store: Store, make: type[Make]) -> None:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(store.commit(make.ended("t1")))
        await asyncio.sleep(0)
        task.cancel()
    assert task.cancelled()
    await store.commit(make.ended("t2"))
    assert [event.turn for _, event in await store.events()] == ["t1", "t2"]


async def test_an_event_that_cannot_be_stored_is_refused_at_once(store: Store, make: type[Make]) -> None:
    wrong = Marked(at_ns=1, conversation="c", turn="t", name="x", data={"pair": (1, 2)})
    with pytest.raises(EncodeError):
        store.append(wrong)
    with pytest.raises(EncodeError):
        await store.commit(make.mark("t"), wrong)
    with pytest.raises(EncodeError):
        store.append(Marked(at_ns=1, conversation="c\ud800", turn="t", name="x"))
    assert await store.commit(make.mark("t")) == [1]


async def test_later_changes_to_what_was_handed_over_do_not_matter(store: Store) -> None:
    data: dict[str, Any] = {"reason": "pause"}
    store.append(Marked(at_ns=1, conversation="c", turn="t", name="x", data=data))
    data["reason"] = "changed"
    await store.commit(TurnEnded(at_ns=2, conversation="c", turn="t", outcome="silent"))
    (_, mark), _ = await store.events(turn="t")
    assert isinstance(mark, Marked)
    assert mark.data == {"reason": "pause"}


async def test_close_writes_what_was_appended(path: Path, make: type[Make]) -> None:
    store = await Store.open(path, ManualClock(), "p", StoreLimits(batch_ms=60_000))
    store.append(*[make.mark("t", at_ns=n) for n in range(2500)])
    assert store.pending == 2500
    await store.close()
    await store.close()
    assert store.pending == 0
    assert len(on_disk(path)) == 2500
    assert on_disk(path, "SELECT process FROM processes") == []
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    with pytest.raises(StoreClosedError):
        store.append(make.mark("t"))
    with pytest.raises(StoreClosedError):
        await store.commit(make.mark("t"))
    with pytest.raises(StoreClosedError):
        await store.events()


async def test_a_commit_does_not_wait_for_the_batch(path: Path, make: type[Make]) -> None:
    async with await Store.open(path, ManualClock(), "p", StoreLimits(batch_ms=60_000)) as store, asyncio.timeout(5):
        store.append(make.mark("t"))
        assert await store.commit(make.ended("t")) == [2]


async def test_the_file_is_for_its_owner_and_survives_power_cuts(store: Store, path: Path, make: type[Make]) -> None:
    await store.commit(make.mark("t"))
    for each in path.parent.iterdir():
        assert each.stat().st_mode & 0o077 == 0, each.name
    settings = {
        name: store._files.connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "secure_delete")
    }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1}


async def test_reading(store: Store, make: type[Make]) -> None:
    told = [
        make.conversation("c1"), make.turn("t1", conversation="c1"), make.mark("t1", conversation="c1"),
        make.conversation("c2"), make.turn("t2", conversation="c2"), make.ended("t1", conversation="c1"),
        LoopStalled(at_ns=100, from_ns=50),
    ]  # fmt: skip
    seqs = await store.commit(*told)
    assert await store.events() == list(zip(seqs, told, strict=True))
    assert [seq for seq, _ in await store.events(conversation="c1")] == [1, 2, 3, 6]
    assert [seq for seq, _ in await store.events(conversation="")] == [7]
    assert [seq for seq, _ in await store.events(turn="t1")] == [2, 3, 6]
    assert [seq for seq, _ in await store.events(conversation="c2", turn="t1")] == []
    assert [seq for seq, _ in await store.events(after_seq=5)] == [6, 7]
    assert [seq for seq, _ in await store.events(kinds=(TurnStarted, TurnEnded))] == [2, 5, 6]
    assert [seq for seq, _ in await store.events(kinds=())] == []
    assert [seq for seq, _ in await store.events(conversation="c1", after_seq=1, limit=2)] == [2, 3]


async def test_the_history(store: Store, make: type[Make]) -> None:
    for number in range(5):
        name = f"c{number}"
        await store.commit(make.conversation(name, page=f"page-{number % 2}"), make.turn(f"{name}-t0", conversation=name))
    await store.commit(
        make.ended("c4-t0", conversation="c4"), make.turn("c4-t1", conversation="c4", serial=1),
        make.ended("c4-t1", conversation="c4", outcome="interrupted"), make.turn("c4-t2", conversation="c4", serial=2),
        ConversationEnded(at_ns=99, conversation="c4", reason="closed"),
    )  # fmt: skip
    rows = await store.conversations()
    assert [row.started.conversation for row in rows] == ["c4", "c3", "c2", "c1", "c0"]
    assert (rows[0].turns, rows[0].outcomes, rows[0].ended) == (3, {"answered": 1, "interrupted": 1}, "closed")
    assert (rows[1].turns, rows[1].outcomes, rows[1].ended) == (1, {}, None)
    assert [row.started.conversation for row in await store.conversations("page-1")] == ["c3", "c1"]
    first = await store.conversations(limit=2)
    rest = await store.conversations(before_seq=first[-1].seq)
    assert first + rest == rows


async def test_finding_a_turn_by_the_beginning_of_its_id(store: Store, make: type[Make]) -> None:
    await store.commit(*[make.mark(turn) for turn in ("ab1", "ab1", "ab12", "b_x", "bbx", "тест-1")])
    assert await store.find_turn("b_") == "b_x"  # no wildcard
    assert await store.find_turn("ab12") == "ab12"
    assert await store.find_turn("ab1") == "ab1"  # a whole id is meant
    assert await store.find_turn("те") == "тест-1"
    for missing in ("zz", "%", "ab123"):
        with pytest.raises(TurnNotFoundError):
            await store.find_turn(missing)
    for several in ("a", ""):
        with pytest.raises(TurnAmbiguousError):
            await store.find_turn(several)


async def test_documents(store: Store, path: Path) -> None:
    assert await store.document("workspace", "page-1") is None
    await store.put_document("workspace", "page-1", {"columns": ["A"], "title": "да"})
    await store.put_document("workspace", "page-0", {})
    await store.put_document("preset", "page-1", {"own": True})
    await store.put_document("workspace", "page-1", {"columns": ["A", "B"]})
    assert await store.document("workspace", "page-1") == {"columns": ["A", "B"]}
    assert list((await store.documents("workspace")).items()) == [("page-0", {}), ("page-1", {"columns": ["A", "B"]})]
    assert on_disk(path, "SELECT count(*) FROM documents") == [3]
    assert await store.delete_document("workspace", "page-1") is True
    assert await store.delete_document("workspace", "page-1") is False
    assert await store.documents("upload") == {}
    for name, content in (("k\udc00", {}), ("k", {"when": (1, 2)}), ("k", {"x": float("nan")})):
        with pytest.raises(EncodeError):
            await store.put_document("workspace", name, content)
    assert await store.document("preset", "page-1") == {"own": True}


CANARY = "the-canary-sang-at-dawn"


def files_with(folder: Path, text: str) -> list[str]:
    """Read by another process: closing the file in this one would drop SQLite's locks."""
    found = subprocess.run(["grep", "-rlaF", text, folder], capture_output=True, text=True, check=False)
    assert found.returncode in (0, 1), found.stderr
    return found.stdout.splitlines()


@pytest.mark.parametrize("seed", [41, 44, 57])
async def test_a_deleted_conversation_leaves_no_row_and_no_byte(path: Path, seed: int) -> None:
    """Histories of these seeds leave copies in the slack of pages if the file is not rewritten."""
    store, chance = await Store.open(path, ManualClock(), "p"), random.Random(seed)
    length = chance.choice([50, 300, 2000])
    for n in range(length):
        talk = f"{CANARY}-{chance.randrange(5)}" if chance.random() < 0.4 else f"kept-{chance.randrange(20)}"
        words = CANARY if talk.startswith(CANARY) else "kept"
        # Long texts go to overflow pages, short ones share pages with other conversations, ids go into the indexes.
        text = f"{words}-{n}" * chance.choice([1, 1, 1, 3, 20, 100, 400, 2000])
        store.append(ReplyStreamed(at_ns=n, conversation=talk, turn=f"{words}-{chance.randrange(length)}", text=text))
        if chance.random() < 0.1:
            await store.commit(TurnEnded(at_ns=n, conversation=talk, turn=f"{words}-{n}", outcome="answered"))
    await store.commit(LoopStalled(at_ns=1, from_ns=0))
    assert files_with(path.parent, CANARY)
    kept = [numbered for numbered in await store.events() if not numbered[1].conversation.startswith(CANARY)]
    # One that is still in memory when it is deleted.
    store.append(ReplyStreamed(at_ns=4, conversation=f"{CANARY}-0", turn="late", text=CANARY))
    deleted = await asyncio.gather(*[store.delete_conversation(f"{CANARY}-{n}") for n in range(5)])
    assert sum(deleted) > 1
    assert files_with(path.parent, CANARY) == []
    assert path.with_name(f"{path.name}-wal").stat().st_size == 0
    assert await store.events() == kept
    await store.close()
    assert files_with(path.parent, CANARY) == []


async def test_late_events_do_not_bring_a_deleted_conversation_back(store: Store, make: type[Make]) -> None:
    await store.commit(make.turn("t", conversation="gone"))
    assert await store.delete_conversation("gone") == 1
    store.append(make.mark("t", conversation="gone"), make.mark("other", conversation="kept"))
    with pytest.raises(ConversationDeletedError):
        await store.commit(make.ended("t", conversation="gone"))
    assert await store.delete_conversation("gone") == 0
    await store.commit(make.mark("last", conversation="kept"))
    assert [event.turn for _, event in await store.events()] == ["other", "last"]


async def test_a_deletion_that_leaves_traces_says_so_and_can_be_completed(path: Path, make: type[Make]) -> None:
    store = await Store.open(path, ManualClock(), "p", StoreLimits(busy_ms=50))
    await store.commit(make.conversation(CANARY))
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM events").fetchone() == (1,)
    with pytest.raises(TracesRemainError):
        await store.delete_conversation(CANARY)
    assert await store.events() == []
    reader.execute("COMMIT")
    reader.close()
    assert await store.delete_conversation(CANARY) == 0
    assert files_with(path.parent, CANARY) == []
    await store.close()


async def test_a_number_is_never_given_twice(store: Store, make: type[Make]) -> None:
    assert await store.commit(make.conversation("gone")) == [1]
    await store.delete_conversation("gone")
    assert await store.commit(make.conversation("next")) == [2]
    with pytest.raises(ValueError, match="whole process"):
        await store.delete_conversation("")


async def test_two_stores_share_a_file(path: Path, make: type[Make]) -> None:
    async with await Store.open(path, ManualClock(), "app") as app, await Store.open(path, ManualClock(), "cli") as cli:
        heard: list[int] = []
        app.subscribe(lambda seq, event: heard.append(seq))
        first, second = await asyncio.gather(app.commit(make.turn("t1")), cli.commit(make.turn("t2")))
        assert sorted(first + second) == [1, 2]
        assert heard == first  # each hears its own
        assert await app.events() == await cli.events()
        with pytest.raises(ProcessIdTakenError):
            await Store.open(path, ManualClock(), "cli")
        await cli.commit(make.ended("t2"))
    assert on_disk(path, "SELECT kind, turn FROM events WHERE kind = 'TurnEnded'") == [("TurnEnded", "t2")]


async def test_opening_can_be_cancelled(path: Path) -> None:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(Store.open(path, ManualClock(), "p"))
        await asyncio.sleep(0)
        task.cancel()
    # It is opened and released behind our back; then the same id is free again.
    store: Store | None = None
    async with asyncio.timeout(5):
        while store is None:
            with suppress(ProcessIdTakenError):
                store = await Store.open(path, ManualClock(), "p")
    assert await store.conversations() == []
    await store.close()


async def test_the_history_is_found_through_indexes(store: Store) -> None:
    """A history of years must not be read from end to end to show one turn or to start the program."""
    from bench.events import replay

    queries = [
        "SELECT seq, body FROM events WHERE seq > 0 AND conversation = 'c' AND conversation <> '' ORDER BY seq",
        "SELECT seq, body FROM events WHERE seq > 0 AND turn = 't' AND turn <> '' ORDER BY seq",
        "SELECT seq, body FROM events WHERE kind = 'ConversationStarted' AND page = 'p' ORDER BY seq DESC LIMIT 9",
        "SELECT DISTINCT turn FROM events WHERE turn <> '' AND turn >= 'a' AND turn < 'b' LIMIT 2",
        "SELECT seq, body FROM events WHERE kind = 'LoopStalled' AND process = 'p' AND at_ns > 1 AND at_ns <= 2 ORDER BY seq",
        "SELECT seq, body FROM events WHERE experiment = 'e' AND experiment <> '' ORDER BY seq",
        replay.OPEN_TURNS, replay.OPEN_CONVERSATIONS, replay.OPEN_EXPERIMENTS,
    ]  # fmt: skip
    for query in queries:
        plan = [row[3] for row in store._files.connection.execute(f"EXPLAIN QUERY PLAN {query}")]
        whole = [step for step in plan if step.startswith(("SCAN events", "SCAN s")) and "USING" not in step]
        assert whole == [], (query, plan)
        assert any("INDEX" in step for step in plan), (query, plan)


async def test_events_keep_their_kind(store: Store, make: type[Make]) -> None:
    await store.commit(make.conversation())
    (_, event), *_ = await store.events(kinds=(ConversationStarted,))
    assert event == make.conversation()
