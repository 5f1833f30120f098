"""A turn's events come back whole, from the store, from a list, and from a file written elsewhere."""

from pathlib import Path

import pytest

from bench.clock import ManualClock
from bench.events.codec import FieldMissingError, LineBrokenError
from bench.events.kinds import Event, ExperimentEnded, ExperimentStarted, LoopStalled, Marked, ReplyStreamed
from bench.events.replay import LogBrokenError, TurnNotFoundError, read_log, turn_events, write_log
from bench.events.store import Store
from tests.unit.events.conftest import Make


def stall(from_ns: int, at_ns: int) -> LoopStalled:
    return LoopStalled(from_ns=from_ns, at_ns=at_ns)


@pytest.fixture
def history(make: type[Make]) -> list[Event]:
    """Two conversations side by side; turn `t1` lasts from 100 to 200."""
    return [
        make.conversation("c1", at_ns=10), make.conversation("c2", at_ns=11),
        stall(20, 90), make.turn("t1", at_ns=100, conversation="c1"), stall(95, 120),
        make.turn("t2", at_ns=110, conversation="c2"),
        stall(130, 140), make.mark("t1", at_ns=150, conversation="c1"), make.ended("t1", at_ns=200, conversation="c1"),
        stall(190, 260), stall(270, 280), make.turn("t3", at_ns=300, conversation="c1"), stall(300, 310),
    ]  # fmt: skip


def expected(history: list[Event]) -> list[Event]:
    return [history[number] for number in (0, 3, 4, 6, 7, 8, 9)]


async def test_a_turn_is_its_events_its_conversation_and_the_stalls_that_touch_it(history: list[Event]) -> None:
    assert await turn_events(history, "t1") == expected(history)
    assert await turn_events(history, "t2") == [history[1], history[4], history[5]]


async def test_the_store_gives_the_same_as_the_list(store: Store, history: list[Event]) -> None:
    await store.commit(*history)
    for turn in ("t1", "t2", "t3"):
        assert await turn_events(store, turn) == await turn_events(history, turn)


async def test_stalls_of_another_process_do_not_count(path: Path, history: list[Event]) -> None:
    """Its clock may have begun anew: equal instants are not the same instant."""
    async with await Store.open(path, ManualClock(), "one") as one, await Store.open(path, ManualClock(), "two") as two:
        await one.commit(*[event for event in history if not isinstance(event, LoopStalled)])
        await two.commit(*[event for event in history if isinstance(event, LoopStalled)])
        assert not any(isinstance(event, LoopStalled) for event in await turn_events(one, "t1"))


async def test_an_unknown_turn(store: Store, history: list[Event]) -> None:
    await store.commit(*history)
    for source in (store, history):
        for turn in ("t9", ""):
            with pytest.raises(TurnNotFoundError):
                await turn_events(source, turn)


async def test_an_experiment_is_whole(store: Store, make: type[Make]) -> None:
    told = [
        ExperimentStarted(at_ns=1, experiment="e1", plan={"seed": 4}), make.conversation("other"),
        make.conversation("c1", at_ns=2), make.turn("t1", at_ns=3, conversation="c1", experiment="e1"),
        make.turn("tx", at_ns=3, conversation="other", experiment="e2"), stall(4, 6),
        make.mark("t1", at_ns=7, conversation="c1"), make.ended("t1", at_ns=9, conversation="c1"),
        ExperimentEnded(at_ns=10, experiment="e1", reason="completed"), stall(11, 12),
    ]  # fmt: skip
    await store.commit(*told)
    assert [seq for seq, _ in await store.experiment("e1")] == [1, 3, 4, 6, 7, 8, 9]
    assert await store.experiment("nothing") == []
    assert await store.experiment("") == []


async def test_a_log_brings_back_equal_events(tmp_path: Path, store: Store, history: list[Event]) -> None:
    history.append(ReplyStreamed(at_ns=5, conversation="c1", turn="t1", text="a\nb\u2028c\x85d \ud83d Привет"))
    log = tmp_path / "turns.jsonl"
    assert write_log(log, history) == len(history)
    assert read_log(log) == history
    await store.commit(*read_log(log))
    assert await turn_events(store, "t1") == await turn_events(read_log(log), "t1")
    assert write_log(log, iter(())) == 0
    assert read_log(log) == []


def test_a_damaged_log_names_the_line(tmp_path: Path, history: list[Event]) -> None:
    log = tmp_path / "turns.jsonl"
    write_log(log, history)
    lines = log.read_bytes().split(b"\n")
    log.write_bytes(b"\n".join(lines)[:-20])  # the copy was cut off
    with pytest.raises(LogBrokenError) as caught:
        read_log(log)
    assert (caught.value.line, type(caught.value.cause)) == (len(history), LineBrokenError)
    assert f"Line {len(history)}" in caught.value.public_message
    log.write_bytes(b"\n".join([lines[0], b'{"kind":"TurnEnded","v":1,"at_ns":1}', *lines[1:]]))
    with pytest.raises(LogBrokenError) as caught:
        read_log(log)
    assert (caught.value.line, type(caught.value.cause)) == (2, FieldMissingError)
    log.write_bytes(lines[0] + b"\n\n" + lines[1] + b"\n")
    with pytest.raises(LogBrokenError):
        read_log(log)
    with pytest.raises(FileNotFoundError):
        read_log(tmp_path / "none.jsonl")


def test_a_log_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, history: list[Event]) -> None:
    log = tmp_path / "turns.jsonl"
    write_log(log, history)

    def breaks() -> object:
        yield history[0]
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_log(log, breaks())  # type: ignore[arg-type]
    assert read_log(log) == history
    assert list(tmp_path.iterdir()) == [log]


def test_no_key_gets_into_a_log(tmp_path: Path) -> None:
    log = tmp_path / "turns.jsonl"
    key = "known-key-of-this-server"
    marks = [Marked(at_ns=1, turn="t", name="llm_sent", data={"header": f"Bearer {key}", "api_key": "x", "set_ms": 300})]
    write_log(log, marks, secrets=[key])
    (mark,) = read_log(log)
    assert isinstance(mark, Marked)
    assert mark.data == {"header": "Bearer [redacted]", "api_key": "[redacted]", "set_ms": 300}
