"""'Run 10×' in a tab: the columns talk one at a time, in shuffled blocks, through the page's own player; then the verdict."""

import asyncio
import statistics
import time
import uuid
from typing import TYPE_CHECKING, Any

from bench.experiments.plan import Plan, make_plan
from bench.experiments.runner import Progress, TypedInput, run_plan
from bench.experiments.verdict import judge, verdict_view
from bench.turn.feed import Recording
from bench.web.column import Host

if TYPE_CHECKING:
    from bench.web.bench_tab import BenchTab


class TabRun:
    """At most one run of a tab at a time."""

    def __init__(self, host: Host, tab: "BenchTab") -> None:
        self._host = host
        self._tab = tab
        self._task: asyncio.Task[None] | None = None
        self.verdict: dict[str, Any] | None = None

    @property
    def running(self) -> bool:
        """A run is under way."""
        return self._task is not None

    def start(self, repeat: int, item: Recording | TypedInput, warm_up: Recording | TypedInput | None) -> None:
        """Run `repeat` blocks over the columns that are there. Does nothing while one is under way."""
        if self._task is None:
            self._tab.stop_feed()
            self._task = self._tab.start_task(self._run(repeat, item, warm_up))

    def stop(self) -> None:
        """Stop after what has been measured so far."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self, repeat: int, item: Recording | TypedInput, warm_up: Recording | TypedInput | None) -> None:
        contestants = self._tab.contestants()
        inputs = {each.id: each for each in (item, warm_up) if each is not None}
        plan = make_plan(
            id=uuid.uuid4().hex[:12], configurations=tuple(contestants), inputs=(item.id,), repeat=repeat,
            seed=time.time_ns() % 2**32, warm_up=warm_up.id if warm_up is not None else item.id,
        )  # fmt: skip
        clock = _Progress(self._host, self._tab.tab)
        state = "stopped"
        try:
            await run_plan(plan, contestants, inputs, self._host.sink, self._host.clock, clock.show)
            state = "done"
        finally:
            self._task = None
            self._judge(plan, item)
            clock.finish(state)

    def _judge(self, plan: Plan, item: Recording | TypedInput) -> None:
        records = {letter: column.log.experiment(plan.id) for letter, column in sorted(self._tab.columns.items())}
        verdict = judge(records, typed=isinstance(item, TypedInput))
        self.verdict = None if verdict is None else verdict_view(verdict)
        self._host.send({"type": "verdict", "tab": self._tab.tab, "verdict": self.verdict})


class _Progress:
    """Shows how far a run is, and how long it will still take by the slots so far."""

    def __init__(self, host: Host, tab: str) -> None:
        self._host, self._tab = host, tab
        self._since = time.monotonic()
        self._took: list[float] = []
        self._last = Progress(0, 0, "")

    def show(self, progress: Progress) -> None:
        now = time.monotonic()
        if progress.done > self._last.done:
            self._took.append(now - self._since)
        self._since, self._last = now, progress
        left_s = statistics.median(self._took) * (progress.of - progress.done) if self._took else None
        self._send("running", left_s)

    def finish(self, state: str) -> None:
        self._send(state, 0.0)

    def _send(self, state: str, left_s: float | None) -> None:
        last = self._last
        self._host.send(
            {"type": "run", "tab": self._tab, "state": state, "done": last.done, "of": last.of, "left_s": left_s,
             "running": last.running}
        )  # fmt: skip
