"""Many trials at once on the scripted model and a real store: nothing is lost, and what it costs besides the model.

python -m tests.conversations.trial_load 200
"""

import asyncio
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from bench.clock import MonotonicClock
from bench.configuration import Choice, Configuration, Thinking
from bench.events.kinds import AnswerSubmitted, TurnEnded
from bench.events.store import Store
from bench.metrics.quantiles import quantile
from bench.scenarios.trial import Trial
from bench.scenarios.trials import Trials
from tests.conversations.trial_stage import Shelf, gathered, profession

SCRIPT = {"text": "A scripted text of known length.", "first_text_ms": 60.0, "tokens_per_s": 200.0}
TASKS = 2


@dataclass
class Load:
    """What came of it."""

    answers: int = 0
    """Answers whose acceptance was reported."""
    lost: int = 0
    """Of those, not in the store afterwards as they were sent."""
    unfinished: int = 0
    """Trials without a report."""
    outcomes: Counter[str] = field(default_factory=Counter)
    """Turns by outcome."""
    calls_ms: list[float] = field(default_factory=list)
    """How long each call took that asks nothing of the model: start, draft, submit (ms)."""
    took_s: float = 0.0


async def load(count: int, folder: Path) -> Load:
    """`count` users, all at once."""
    came, sent = Load(), dict[tuple[str, int], str]()
    clock = MonotonicClock()
    configuration = Configuration(thinking=Thinking(chat=Choice(provider="scripted", options=SCRIPT)))
    began = time.monotonic()
    async with await Store.open(folder / "load.sqlite3", clock, "load") as store:
        trials = Trials(store, Shelf([profession(TASKS)]), clock, "load")
        started = asyncio.Event()
        async with asyncio.TaskGroup() as service:
            living = service.create_task(trials.run(started.set))
            await started.wait()
            async with asyncio.TaskGroup() as users:
                for number in range(count):
                    users.create_task(_user(trials, f"user-{number}", configuration, came, sent))
            living.cancel()
        stored = {(event.conversation, event.task_id): event.text
                  for _, event in await store.events(kinds=(AnswerSubmitted,)) if isinstance(event, AnswerSubmitted)}  # fmt: skip
        came.outcomes = Counter(
            event.outcome for _, event in await store.events(kinds=(TurnEnded,)) if isinstance(event, TurnEnded)
        )
    came.lost = sum(stored.get(key) != text for key, text in sent.items())
    came.took_s = time.monotonic() - began
    return came


async def _user(trials: Trials, owner: str, configuration: Configuration, came: Load, sent: dict[tuple[str, int], str]) -> None:
    begun = time.perf_counter()
    trial = await trials.get_or_start(owner, 7, "en", configuration=configuration, page=False)
    came.calls_ms.append((time.perf_counter() - begun) * 1e3)
    while trial.state.ended is None:
        await gathered(trial.current())
        task = trial.state.current
        if task is not None and trial.state.step == "answer":
            await _answer(trial, task.task_id, f"The answer of {owner} to {task.task_id}. " * 20, came, sent)
    came.unfinished += trial.state.report is None


async def _answer(trial: Trial, task_id: int, text: str, came: Load, sent: dict[tuple[str, int], str]) -> None:
    for number in (1, 2):
        begun = time.perf_counter()
        await trial.save_draft(task_id, text[: 100 * number], number - 1, "w")
        came.calls_ms.append((time.perf_counter() - begun) * 1e3)
    begun = time.perf_counter()
    submitted = await trial.submit(task_id, text, f"s{task_id}")
    came.calls_ms.append((time.perf_counter() - begun) * 1e3)
    if submitted.accepted:
        came.answers += 1
        sent[trial.id, task_id] = text


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory() as folder:
        came = asyncio.run(load(count, Path(folder)))
    p50, p99 = (quantile(came.calls_ms, share).ms for share in (0.5, 0.99))
    print(
        f"{count} trials in {came.took_s:.1f} s: {came.answers} answers accepted, {came.lost} lost, {came.unfinished} unfinished; "
        f"turns {dict(came.outcomes)}; calls besides the model p50 {p50:.1f} ms, p99 {p99:.1f} ms (n = {len(came.calls_ms)})"
    )


if __name__ == "__main__":
    main()
