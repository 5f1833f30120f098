"""What comes out of a trial piece by piece while the model writes."""

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from bench.events.kinds import Outcome
from bench.scenarios.report import Report
from bench.scenarios.trial_state import Clock

WrittenStep: TypeAlias = Literal["question", "feedback", "report"]
"""The texts that the model writes."""


@dataclass(frozen=True, slots=True)
class StepBegan:
    """A text begins."""

    step: WrittenStep
    task_id: int | None
    """The task; None for the report."""
    order: int
    """1, 2, 3 …; of the report, the number of tasks."""
    of: int
    """How many tasks there are."""
    title: str
    """The task's title, or the profession's."""
    time_limit_minutes: float | None
    """The task's; None for the report."""
    streamed: bool
    """It will come word by word; False: at once."""
    fallback: bool = False
    """Not streamed because streaming had failed before."""
    replayed: bool = False
    """Written before; nothing is asked of the model."""
    turn: str = ""
    """Id of the turn in which it was written; empty while it is being written."""


@dataclass(frozen=True, slots=True)
class TextAdded:
    """Some more of the text."""

    text: str


@dataclass(frozen=True, slots=True)
class FellBack:
    """Streaming failed before its first word, so the model is asked once more, unstreamed. What failed is told."""

    turn: str
    """The turn that failed."""
    outcome: Outcome
    stage: str
    reason: str
    """A code."""
    message: str
    facts: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class StepDone:
    """The text is complete and stored."""

    step: WrittenStep
    task_id: int | None
    text: str
    """All of it."""
    turn: str
    """Id of the turn in which it was written; its page marks go there."""
    streamed: bool
    fallback: bool
    clock: Clock | None = None
    """Of a question: the task's time, which runs from now on; None when it was not to start."""


@dataclass(frozen=True, slots=True)
class StepFailed:
    """The text could not be written; the answer before it is kept. Asking with `retry` tries again."""

    step: WrittenStep
    task_id: int | None
    outcome: Outcome
    stage: str
    reason: str
    """A code."""
    message: str
    """What a person can do about it."""
    facts: dict[str, Any] = field(default_factory=dict[str, Any])
    """What fills that message in another language."""
    turn: str = ""
    """The turn that failed, or empty."""


@dataclass(frozen=True, slots=True)
class ReportDone:
    """The trial is complete."""

    report: Report


Piece: TypeAlias = StepBegan | TextAdded | FellBack | StepDone | StepFailed | ReportDone


@dataclass(frozen=True, slots=True)
class Change:
    """Something that the other windows of the same trial should know."""

    kind: Literal[
        "question_asked", "clock_started", "draft_saved", "answer_submitted", "feedback_given", "report_made", "ended",
        "step_failed",
    ]  # fmt: skip
    task_id: int | None = None
    window: str = ""
    """Which window did it, or empty."""
    revision: int = 0
    """Of a draft."""
