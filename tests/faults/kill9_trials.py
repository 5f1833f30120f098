"""A process works on trials and is killed at a random instant, again and again, on one and the same file. Whatever it had told
was accepted is there afterwards, and the next process goes on with the very same trial.

    python -m tests.faults.kill9_trials 500

Each round forks a child of this process (which has imported everything, so a round costs milliseconds), lets it work for some
milliseconds and kills it; then the file is read, and what stands in it is compared with what the child had told on its pipe. A kill
takes the process, not the power.
"""

import asyncio
import hashlib
import os
import random
import signal
import sqlite3
import sys
import tempfile
import time
import traceback
import uuid
from collections import Counter
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

from bench.clock import MonotonicClock
from bench.configuration import Configuration
from bench.events import codec
from bench.events.store import Store
from bench.scenarios.trial import Trial
from bench.scenarios.trial_pieces import StepDone
from bench.scenarios.trial_state import TrialState, state_of
from bench.scenarios.trials import Trials
from providers.base import ChatRequest
from tests.conversations.trial_stage import Said, Shelf, StagedChat, profession, step_of, task_of

OWNERS = 4
MOST_LINES = 30
"""A child is killed after it has told 1 to 29 things and up to 5 ms, or in its first 60 ms."""
EARLY_S, LATER_S = 0.06, 0.005
ROUNDS_A_FILE = 100
"""A file that grows makes each start longer, and proves nothing more."""
MEMORY = Path("/dev/shm")
"""A disk would only make the rounds longer: what a killed process has written is with the kernel, not on the disk."""


@dataclass
class Told:
    """What children have said was accepted."""

    trials: dict[str, str] = field(default_factory=dict)
    """Owner → the trial last seen."""
    texts: dict[tuple[str, str, str], str] = field(default_factory=dict)
    """(trial, kind, task) → digest of the text."""
    ended: set[str] = field(default_factory=set)
    """Trials whose report was told."""


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


# ── the child ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def quick(request: ChatRequest) -> list[Said]:
    """A text of its own for every call, so that one written twice would show."""
    return [f"{step_of(request)} {task_of(request)} ", 0.0005, uuid.uuid4().hex, 0.0005, " end"]


async def child(path: Path, pipe: int, name: str) -> None:
    def tell(*words: str) -> None:
        os.write(pipe, (" ".join(words) + "\n").encode())  # a short line on a pipe is whole or not there

    async def work(trials: Trials, owner: str) -> None:
        while True:
            trial = await trials.get_or_start(owner, 7, "en", configuration=Configuration(), page=False)
            tell("trial", owner, trial.id)
            while trial.state.ended is None:
                await step(trial, tell)

    async with await Store.open(path, MonotonicClock(), name) as store:
        chat = StagedChat(quick, labels=("rule-based",))
        trials = Trials(store, Shelf([profession(3)]), MonotonicClock(), name, build=lambda choice: chat)
        started = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(trials.run(started.set))
            await started.wait()
            for number in range(OWNERS):
                group.create_task(work(trials, f"owner-{number}"))


async def step(trial: Trial, tell: object) -> None:
    """One step of a user: take what is due; write a draft; submit."""
    assert callable(tell)
    async with aclosing(trial.current()) as pieces:
        async for piece in pieces:
            if isinstance(piece, StepDone):
                tell(piece.step, trial.id, str(piece.task_id), digest(piece.text))
    task = trial.state.current
    if trial.state.step == "answer" and task is not None:
        draft = f"draft of the risk for the client {uuid.uuid4().hex}"
        saving = await trial.save_draft(task.task_id, draft, task.draft.revision if task.draft else 0, "w")
        tell("draft", trial.id, str(task.task_id), str(saving.revision))
        answer = f"{draft}, and the end of it {'x' * random.choice((0, 10, 3000, 90_000))}"
        await trial.submit(task.task_id, answer, f"s{task.task_id}")
        tell("answer", trial.id, str(task.task_id), digest(answer))


# ── the round ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def kill_one(path: Path, name: str, chance: random.Random) -> list[str]:
    """Let a child work, kill it, and return what it had told."""
    reading, writing = os.pipe()
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        try:
            asyncio.run(child(path, writing, name))
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        early = chance.random() < 0.2  # while the file is opened, and what died is being closed
        head = [] if early else [pipe.readline() for _ in range(chance.randrange(1, MOST_LINES))]
        # Not a wait for something: the instant itself is what is drawn.
        time.sleep(chance.uniform(0, EARLY_S) if early else chance.uniform(0, LATER_S))
        os.kill(pid, signal.SIGKILL)
        lines = b"".join([*head, pipe.read()]).decode().splitlines()
    _, status = os.waitpid(pid, 0)
    if not os.WIFSIGNALED(status):
        raise AssertionError(f"{name} ended before it was killed")
    return lines


def take(lines: list[str], told: Told) -> None:
    """Add what a child has told. Raises AssertionError when it contradicts what was told before."""
    for line in lines:
        kind, *words = line.split(" ")
        if kind == "trial":
            owner, trial = words
            before = told.trials.get(owner)
            assert before in (None, trial) or before in told.ended, f"{owner} lost trial {before} and got {trial}"
            told.trials[owner] = trial
            continue
        trial, task, text = words
        if kind == "report":
            told.ended.add(trial)
        if kind != "draft":
            known = told.texts.setdefault((trial, kind, task), text)
            assert known == text, f"{kind} of task {task} in {trial} has changed"
        else:
            told.texts[trial, kind, task] = text


def check(path: Path, told: Told) -> None:
    """Everything that was told is in the file. Only trials that were worked on last can have changed."""
    connection = sqlite3.connect(path)
    try:
        for trial in set(told.trials.values()):
            rows = connection.execute("SELECT body FROM events WHERE conversation = ? ORDER BY seq", (trial,))
            state = state_of([codec.from_line(body) for (body,) in rows])
            assert state is not None, f"trial {trial} is gone"
            _compare(state, told)
    finally:
        connection.close()


def _compare(state: TrialState, told: Told) -> None:
    if state.ended is not None:  # its end may have been stored just before the kill
        told.ended.add(state.trial)
    for task in state.tasks:
        answer = task.answer.text if task.answer else None
        for kind, text in (("question", task.question), ("answer", answer), ("feedback", task.feedback)):
            wanted = told.texts.get((state.trial, kind, str(task.task_id)))
            if wanted is not None:
                assert text is not None, f"{kind} of task {task.task_id} in {state.trial} is lost"
                assert digest(text) == wanted, f"{kind} of task {task.task_id} in {state.trial} is another one"
        revision = told.texts.get((state.trial, "draft", str(task.task_id)))
        if revision is not None:
            assert task.draft is not None
            assert task.draft.revision >= int(revision), f"a draft of task {task.task_id} in {state.trial} is lost"


def run(rounds: int, seed: int = 9) -> Counter[str]:
    """Kill that many children; returns what was told and found, by kind. Raises AssertionError for anything lost."""
    chance, counts = random.Random(seed), Counter[str]()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        for start in range(0, rounds, ROUNDS_A_FILE):
            path = Path(folder) / f"history-{start}.sqlite3"
            told = Told()
            for number in range(start, min(start + ROUNDS_A_FILE, rounds)):
                lines = kill_one(path, f"round-{number}", chance)
                counts.update(line.split(" ")[0] for line in lines)
                counts["quiet rounds"] += not lines
                take(lines, told)
                if path.exists():
                    check(path, told)
            counts["completed"] += len(told.ended)
            counts["events"] += sound(path)
    return counts


def sound(path: Path) -> int:
    """The number of events in a file. Raises AssertionError when it is damaged, or a turn in it has ended twice."""
    connection = sqlite3.connect(path)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        twice = "SELECT count(*) FROM (SELECT turn FROM events WHERE kind = 'TurnEnded' GROUP BY turn HAVING count(*) > 1)"
        assert connection.execute(twice).fetchone()[0] == 0, "a turn ended twice"
        return connection.execute("SELECT count(*) FROM events").fetchone()[0]
    finally:
        connection.close()


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    begun = time.monotonic()
    counts = run(rounds)
    took_s = time.monotonic() - begun
    told = ", ".join(f"{name} {counts[name]}" for name in sorted(counts))
    print(f"{rounds} kills in {took_s:.1f} s, nothing that was accepted was lost ({told})")
    if not counts["answer"]:
        sys.exit("the children hardly worked: this proves nothing")


if __name__ == "__main__":
    main()
