"""Old files are brought up to date without loss, newer ones are left alone, and half a step is no step."""

import sqlite3
from pathlib import Path

import pytest

from bench.clock import ManualClock
from bench.events import codec
from bench.events.kinds import TurnEnded, TurnStarted
from bench.events.migrations import MIGRATIONS, DatabaseTooNewError, Migration, migrate
from bench.events.store import Store
from tests.unit.events.conftest import Make


def plain(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


def schema(path: Path) -> set[str]:
    connection = plain(path)
    found = {row[0] for row in connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")}
    connection.close()
    return found


def version(connection: sqlite3.Connection) -> int:
    return connection.execute("PRAGMA user_version").fetchone()[0]


def test_the_steps_and_their_order_are_part_of_every_file_out_there() -> None:
    assert [migration.name for migration in MIGRATIONS] == ["events", "processes", "documents"]


@pytest.mark.parametrize("steps", range(len(MIGRATIONS)))
async def test_upgrade_from_every_earlier_schema(path: Path, tmp_path: Path, steps: int, make: type[Make]) -> None:
    old = plain(path)
    assert migrate(old, MIGRATIONS[:steps]) == [migration.name for migration in MIGRATIONS[:steps]]
    assert version(old) == steps
    told = [
        make.conversation(at_ns=1),
        make.turn("t1", at_ns=4),
        make.mark("t1", at_ns=77),
        make.turn("t2", at_ns=5),
        make.ended("t2"),
    ]
    if steps:
        old.executemany(codec.INSERT, [codec.row_of("an-old-process", event) for event in told])
    old.close()
    async with await Store.open(path, ManualClock(), "p") as store:
        events = [event for _, event in await store.events()]
        await store.put_document("preset", "own", {"title": "mine"})
        assert await store.document("preset", "own") == {"title": "mine"}
    assert events[: len(told)] == (told if steps else [])
    if steps:  # what it left open is closed, although nobody had kept its process
        assert [(type(event), event.turn, event.at_ns) for event in events[5:6]] == [(TurnEnded, "t1", 77)]
        assert len(events) == len(told) + 2
    fresh = tmp_path / "fresh.sqlite3"
    await (await Store.open(fresh, ManualClock(), "p")).close()
    assert schema(path) == schema(fresh)


async def test_a_file_of_a_newer_program_is_refused_and_left_alone(path: Path) -> None:
    connection = plain(path)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.execute("CREATE TABLE events (future TEXT)")
    connection.close()
    with pytest.raises(DatabaseTooNewError) as caught:
        await Store.open(path, ManualClock(), "p")
    assert "newer" in caught.value.public_message
    assert schema(path) == {"CREATE TABLE events (future TEXT)"}
    assert not list(path.parent.glob("*.corrupt-*"))


def test_a_step_that_fails_halfway_leaves_nothing_of_itself(path: Path) -> None:
    connection = plain(path)
    broken = Migration("broken", ("CREATE TABLE half (x TEXT)", "CREATE TABLE half (x TEXT)"))
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, (*MIGRATIONS, broken))
    assert version(connection) == len(MIGRATIONS)
    assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half'").fetchone() == (0,)
    assert not connection.in_transaction
    assert migrate(connection) == []
    connection.close()


async def test_events_of_the_first_schema_are_read_as_they_were(path: Path) -> None:
    """The text of an event as version 1 wrote it. If this fails, files out there cannot be read: raise `codec.VERSION`."""
    line = (
        '{"kind":"TurnStarted","v":1,"at_ns":12,"conversation":"c","turn":"t","serial":0,"input":"file","input_id":"barber",'
        '"text":"","experiment":"e","block":3,"warm_up":true,"strata":["first_turn","cold"]}'
    )
    assert codec.from_line(line) == TurnStarted(
        at_ns=12, conversation="c", turn="t", serial=0, input="file", input_id="barber", experiment="e", block=3, warm_up=True,
        strata=("first_turn", "cold"),
    )  # fmt: skip
