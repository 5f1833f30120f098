"""A trial's state and its way onto the disk: nothing counts before it is committed, and one thing is written at a time."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import partial

from bench.events.kinds import (
    AnswerSubmitted,
    ClockStarted,
    DraftSaved,
    Event,
    FeedbackGiven,
    QuestionAsked,
    ReportMade,
    TrialEnded,
)
from bench.scenarios.trial_desk import Desk
from bench.scenarios.trial_errors import NoSuchTask, TrialOver
from bench.scenarios.trial_pieces import Change
from bench.scenarios.trial_state import TaskState, TrialState, after


class TrialRecord:
    """Shared by the parts of one trial. `keep` is called with the lock held."""

    def __init__(self, state: TrialState, desk: Desk) -> None:
        self.state = state
        self.desk = desk
        self.lock = asyncio.Lock()
        self._watchers: dict[object, Callable[[Change], object]] = {}

    async def keep(self, *events: Event) -> None:
        """Commit, then let it count, then tell the windows. Raises `StoreError`: then nothing has changed."""
        await self.desk.store.commit(*events)
        for event in events:
            self.state = after(self.state, event) or self.state
            change = _change(event)
            if change is not None:
                self.tell(change)
        if any(isinstance(event, TrialEnded) for event in events):
            self.desk.over(self.state.trial)

    def tell(self, change: Change) -> None:
        """Tell every window."""
        for watcher in list(self._watchers.values()):
            watcher(change)

    def subscribe(self, watcher: Callable[[Change], object]) -> Callable[[], object]:
        """See `Trial.subscribe`."""
        key = object()
        self._watchers[key] = watcher
        return partial(self._watchers.pop, key, None)

    def task(self, task_id: int) -> TaskState:
        """Raises `NoSuchTask`."""
        task = self.state.task(task_id)
        if task is None:
            raise NoSuchTask(task=str(task_id))
        return task

    def refuse_ended(self) -> None:
        """Raises `TrialOver`."""
        if self.state.ended is not None:
            raise TrialOver

    def now(self) -> datetime:
        """The server's wall clock."""
        return self.desk.wall()

    def now_ns(self) -> int:
        """The instant for an event (ns)."""
        return self.desk.clock.now_ns()


def utc(now: datetime) -> str:
    """As it stands in events."""
    return now.isoformat(timespec="milliseconds")


def _change(event: Event) -> Change | None:
    match event:
        case QuestionAsked():
            return Change("question_asked", event.task_id)
        case ClockStarted():
            return Change("clock_started", event.task_id)
        case DraftSaved():
            return Change("draft_saved", event.task_id, event.window, event.revision)
        case AnswerSubmitted():
            return Change("answer_submitted", event.task_id)
        case FeedbackGiven():
            return Change("feedback_given", event.task_id)
        case ReportMade():
            return Change("report_made")
        case TrialEnded():
            return Change("ended")
        case _:
            return None
