"""A process is killed in the middle of its work, again and again, on one and the same file: what it was told is stored is
stored, the file is sound, and what it left open is closed once.

`FIRSTWORD_KILL9_ROUNDS=1000` makes a longer run. A kill takes the process, not the power: that bytes outlive a power cut rests
on `synchronous=FULL`, which is checked as a setting only.
"""

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from bench.clock import ManualClock
from bench.events.kinds import ConversationEnded, ConversationStarted, TurnEnded, TurnStarted
from bench.events.store import Store

ROOT = Path(__file__).parents[2]
ROUNDS = int(os.environ.get("FIRSTWORD_KILL9_ROUNDS", "20"))

CHILD = """
import asyncio, os, sys
from pathlib import Path
from bench.clock import MonotonicClock
from bench.events.kinds import ConversationStarted, Marked, ReplyStreamed, TurnEnded, TurnStarted
from bench.events.store import Store

path, name = Path(sys.argv[1]), sys.argv[2]

def tell(seq, event):
    # One write of a short line to a pipe is whole or not at all.
    os.write(1, f"{seq} {type(event).__name__} {event.turn or '-'}\\n".encode())

async def talk(store, column):
    talk = f"{name}-{column}"
    at_ns = 0
    start = ConversationStarted(at_ns=at_ns, conversation=talk, wall_utc="2030", process=name, preset="p",
                                configuration={"words": "x" * 300}, fingerprint="f")
    tell((await store.commit(start))[0], start)
    serial = 0
    while True:
        turn = f"{talk}-{serial}"
        events = [TurnStarted(at_ns=at_ns, conversation=talk, turn=turn, serial=serial, input="typed", text="y" * 50)]
        for seq, event in zip(await store.commit(*events), events):
            tell(seq, event)
        for n in range(serial % 9):
            at_ns += 1
            store.append(Marked(at_ns=at_ns, conversation=talk, turn=turn, name="llm_first_text"),
                         ReplyStreamed(at_ns=at_ns, conversation=talk, turn=turn, text="word " * (serial % 50)))
            if n % 4 == 3:
                await asyncio.sleep(0.001)
        ended = TurnEnded(at_ns=at_ns, conversation=talk, turn=turn, outcome="answered")
        tell((await store.commit(ended))[0], ended)
        serial += 1

async def main():
    store = await Store.open(path, MonotonicClock(), name)
    # What was appended is promised from the moment at which it is announced.
    store.subscribe(lambda seq, event: tell(seq, event) if isinstance(event, (Marked, ReplyStreamed)) else None)
    async with asyncio.TaskGroup() as group:
        for column in "AB":
            group.create_task(talk(store, column))

asyncio.run(main())
"""


def kill_one(path: Path, name: str, chance: random.Random) -> dict[int, tuple[str, str]]:
    """Let a process work, kill it, and return what it had been told: sequence number → kind and turn."""
    told: dict[int, tuple[str, str]] = {}
    early = chance.random() < 0.25  # while Python starts, or the file is opened, or old turns are being closed
    with subprocess.Popen([sys.executable, "-c", CHILD, str(path), name], cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        lines: list[bytes] = []
        if not early:
            lines += [process.stdout.readline() for _ in range(chance.randrange(1, 120))]
        # Not a wait for something: the instant itself is what is drawn.
        time.sleep(chance.uniform(0.05, 0.25) if early else chance.uniform(0, 0.01))
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.readlines()
    assert process.returncode == -signal.SIGKILL, "it ended before it was killed"
    for line in lines:
        seq, kind, turn = line.decode().split()
        told[int(seq)] = (kind, turn.replace("-", "", 1) if turn == "-" else turn)
    return told


def stored(path: Path) -> dict[int, tuple[str, str]]:
    """What is in the file, which must be sound."""
    connection = sqlite3.connect(path)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return {seq: (kind, turn) for seq, kind, turn in connection.execute("SELECT seq, kind, turn FROM events")}
    finally:
        connection.close()


@pytest.fixture
async def survivors(tmp_path: Path) -> Path:
    path = tmp_path / "history.sqlite3"
    await (await Store.open(path, ManualClock(), "first")).close()
    return path


async def test_nothing_acknowledged_is_lost_by_a_kill(survivors: Path) -> None:
    chance, told, died = random.Random(9), dict[int, tuple[str, str]](), 0
    for round_number in range(ROUNDS):
        told |= await asyncio.to_thread(kill_one, survivors, f"r{round_number}", chance)
        before = await asyncio.to_thread(stored, survivors)
        lost = {seq: event for seq, event in told.items() if before.get(seq) != event}
        assert not lost, f"round {round_number}"
        open_turns = {turn for kind, turn in before.values() if kind == "TurnStarted"}
        open_turns -= {turn for kind, turn in before.values() if kind == "TurnEnded"}
        async with await Store.open(survivors, ManualClock(), f"heir-{round_number}") as store:
            added = [event for _, event in await store.events(after_seq=max(before, default=0))]
            closed = [event for event in added if isinstance(event, TurnEnded)]
            assert Counter(event.turn for event in closed) == Counter(open_turns)
            assert all((event.outcome, event.reason) == ("failed", "process_died") for event in closed)
            assert {type(event) for event in added} <= {TurnEnded, ConversationEnded}
        died += len(closed)
    assert len(told) > ROUNDS * 10, "hardly anything was going on when it was killed"
    assert died > ROUNDS // 4, "hardly any turn was open when it was killed"
    async with await Store.open(survivors, ManualClock(), "last") as store:
        events = [event for _, event in await store.events()]
    begun = [event.turn for event in events if isinstance(event, TurnStarted)]
    assert Counter(event.turn for event in events if isinstance(event, TurnEnded)) == Counter(begun)
    talks = [event.conversation for event in events if isinstance(event, ConversationStarted)]
    assert Counter(event.conversation for event in events if isinstance(event, ConversationEnded)) == Counter(talks)
    assert not list(survivors.parent.glob("*.lock"))
