"""A trial as its events tell it: pure, so that a reload, a restart and a second window all see the same.

The first question, clock, answer, feedback and report of a task count; a second one (two processes, a command sent twice)
changes nothing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

from bench.events.kinds import (
    AnswerSubmitted,
    ClockStarted,
    DraftSaved,
    Event,
    FeedbackGiven,
    QuestionAsked,
    ReportMade,
    TrialEnded,
    TrialStarted,
    TrialTakenUp,
)
from bench.events.trial_kinds import ScoredBy, SubmitReason
from bench.scenarios.profession import Language, Profession, Task

Step: TypeAlias = Literal["question", "answer", "feedback", "report", "finished"]
"""What is due: a text of the model, the user's answer, or nothing more."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A task's running time, by the server's wall clock."""

    limit_s: float
    """Time for the answer (s)."""
    started_utc: datetime
    """When it started."""
    deadline_utc: datetime
    """When the answer is taken."""

    def remaining_s(self, now: datetime) -> float:
        """What is left (s), never below 0; never more than the limit, should the server's clock be set back."""
        return min(self.limit_s, max(0.0, (self.deadline_utc - now).total_seconds()))

    def late_s(self, now: datetime) -> float:
        """How long it is over (s), 0 while it runs."""
        return max(0.0, (now - self.deadline_utc).total_seconds())


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer that is being written."""

    text: str
    revision: int
    """1, 2, 3 …"""
    window: str = ""
    """Which window wrote it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A task's one answer."""

    text: str
    submission: str
    """Id that the sender gave it."""
    reason: SubmitReason
    """Who ended the task."""
    submitted_utc: datetime
    """When it was taken."""
    late_s: float
    """How long after the deadline (s)."""


@dataclass(frozen=True, slots=True)
class TaskState:
    """One task of a trial."""

    task: Task
    """As it was when the trial started."""
    order: int
    """1, 2, 3 …"""
    question: str | None = None
    """None: not asked yet."""
    asked_in: str = ""
    """Id of the turn that wrote the question."""
    streamed: bool = True
    """The question was shown word by word."""
    fallback: bool = False
    """The question was not streamed because streaming had failed."""
    clock: Clock | None = None
    """None: not started yet."""
    draft: Draft | None = None
    """The latest one."""
    overwritten: tuple[Draft, ...] = ()
    """Drafts that another window wrote over, and texts that came after the answer; oldest first."""
    answer: Answer | None = None
    """None: not answered yet."""
    feedback: str | None = None
    """None: not given yet; empty: the user went on without."""
    feedback_in: str = ""
    """Id of the turn that wrote the feedback."""
    feedback_streamed: bool = True
    """The feedback was shown word by word."""
    feedback_fallback: bool = False
    """The feedback was not streamed because streaming had failed."""

    @property
    def task_id(self) -> int:
        """Id of the task."""
        return self.task.id

    @property
    def step(self) -> Step:
        """What is due in this task; `finished` when it is done."""
        if self.question is None:
            return "question"
        if self.answer is None:
            return "answer"
        return "feedback" if self.feedback is None else "finished"


@dataclass(frozen=True, slots=True)
class TrialState:
    """One user's way through one profession."""

    trial: str
    """Its id."""
    owner: str
    """Hash of the user's session id."""
    profession: Profession
    """As it was when the trial started."""
    language: Language
    """The language in which it is played."""
    preset: str
    """Preset id the configuration started from, or empty."""
    configuration: dict[str, Any]
    """The whole configuration, canonical form."""
    column: str
    """Which of several trials side by side, or empty."""
    page: bool
    """A page tells when it painted."""
    started_utc: datetime
    """When it started."""
    tasks: tuple[TaskState, ...]
    """In the order of the profession."""
    talks: tuple[str, ...] = ()
    """Conversations in which its turns stand, oldest first."""
    process: str = ""
    """The process that took it up last."""
    report: dict[str, Any] | None = None
    """The report as plain JSON, or None."""
    scored_by: ScoredBy | None = None
    """Whose points the report holds."""
    ended: Literal["completed", "abandoned"] | None = None
    """Why it is over, or None."""

    @property
    def current(self) -> TaskState | None:
        """The first task that is not done, or None."""
        return next((each for each in self.tasks if each.step != "finished"), None)

    @property
    def step(self) -> Step:
        """What is due."""
        if self.ended is not None:
            return "finished"
        if self.current is not None:
            return self.current.step
        return "report" if self.report is None else "finished"

    def task(self, task_id: int) -> TaskState | None:
        """The task with that id, or None."""
        return next((each for each in self.tasks if each.task.id == task_id), None)

    def after(self, task_id: int) -> TaskState | None:
        """The task that follows it, or None after the last one."""
        place = next(number for number, each in enumerate(self.tasks) if each.task.id == task_id)
        return self.tasks[place + 1] if place + 1 < len(self.tasks) else None

    def remaining_s(self, task_id: int, now: datetime) -> float | None:
        """What is left of a task's time (s), None while its clock does not run."""
        task = self.task(task_id)
        if task is None or task.clock is None or task.answer is not None:
            return None
        return task.clock.remaining_s(now)


def writes_over(draft: Draft, base_revision: int, window: str) -> bool:
    """A save with that base loses another window's text: it had not seen this draft. A window knows its own."""
    return base_revision != draft.revision and not (window and window == draft.window)


def instant(iso: str) -> datetime:
    """The wall time of an ISO 8601 text with its zone."""
    read = datetime.fromisoformat(iso)
    return read if read.tzinfo is not None else read.replace(tzinfo=UTC)


def state_of(events: Iterable[Event]) -> TrialState | None:
    """The state after a trial's own events, in stored order; None when its start is not among them.

    Raises `pydantic.ValidationError` for a stored profession that this program cannot read.
    """
    state: TrialState | None = None
    for event in events:
        state = after(state, event)
    return state


def after(state: TrialState | None, event: Event) -> TrialState | None:
    """The state after one more event."""
    if isinstance(event, TrialStarted):
        return state or begun(event, Profession.model_validate(event.profession))
    if state is None:
        return None
    match event:
        case TrialTakenUp():
            return replace(state, talks=(*state.talks, event.talk), process=event.process)
        case ReportMade() if state.report is None:
            return replace(state, report=event.report, scored_by=event.scored_by)
        case TrialEnded() if state.ended is None:
            return replace(state, ended=event.reason)
        case QuestionAsked():
            return _changed(state, event.task_id, lambda task: _asked(task, event))
        case ClockStarted():
            return _changed(state, event.task_id, lambda task: _clock(task, event))
        case DraftSaved():
            return _changed(state, event.task_id, lambda task: _drafted(task, event))
        case AnswerSubmitted():
            return _changed(state, event.task_id, lambda task: _answered(task, event))
        case FeedbackGiven():
            return _changed(state, event.task_id, lambda task: _fed_back(task, event))
        case _:
            return state


def begun(event: TrialStarted, profession: Profession) -> TrialState:
    """The state after a trial's start. `profession`: what the event holds; reading it takes some 4 ms."""
    return TrialState(
        trial=event.conversation, owner=event.owner, profession=profession, language=event.language, preset=event.preset,
        configuration=event.configuration, column=event.column, page=event.has_page, started_utc=instant(event.wall_utc),
        tasks=tuple(TaskState(task, order) for order, task in enumerate(profession.tasks, 1)),
    )  # fmt: skip


def _changed(state: TrialState, task_id: int, change: Callable[[TaskState], TaskState]) -> TrialState:
    return replace(state, tasks=tuple(change(task) if task.task.id == task_id else task for task in state.tasks))


def _asked(task: TaskState, event: QuestionAsked) -> TaskState:
    if task.question is not None:
        return task
    return replace(task, question=event.text, asked_in=event.written_in, streamed=event.streamed, fallback=event.fallback)


def _clock(task: TaskState, event: ClockStarted) -> TaskState:
    if task.clock is not None:
        return task
    return replace(task, clock=Clock(event.limit_s, instant(event.wall_utc), instant(event.deadline_utc)))


def _drafted(task: TaskState, event: DraftSaved) -> TaskState:
    draft = Draft(event.text, event.revision, event.window)
    if task.answer is not None:
        return replace(task, overwritten=(*task.overwritten, draft))
    overwritten = task.overwritten
    if task.draft is not None and writes_over(task.draft, event.base_revision, event.window):
        overwritten = (*overwritten, task.draft)
    return replace(task, draft=draft, overwritten=overwritten)


def _answered(task: TaskState, event: AnswerSubmitted) -> TaskState:
    if task.answer is not None:
        return task
    answer = Answer(event.text, event.submission, event.reason, instant(event.wall_utc), event.late_s)
    return replace(task, answer=answer)


def _fed_back(task: TaskState, event: FeedbackGiven) -> TaskState:
    if task.feedback is not None:
        return task
    return replace(
        task,
        feedback=event.text,
        feedback_in=event.written_in,
        feedback_streamed=event.streamed,
        feedback_fallback=event.fallback,
    )
