"""Kinds of events of a trial: one user working through one profession.

A trial outlives processes, and a conversation does not. So a trial's own events stand under the *trial's id* as their
`conversation`, with `turn` empty; the turns in which the model writes stand in ordinary conversations, one for each process
that worked on the trial, which `TrialTakenUp` names. `written_in` leads from a text to its turn.
"""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from bench.events.event import Event

SubmitReason: TypeAlias = Literal["user", "expired"]
"""Who ended the task: the user, or its clock."""

ScoredBy: TypeAlias = Literal["model", "rules", "could not be scored"]
"""Whose points a report holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialStarted(Event):
    """A user began to work through a profession. `conversation` is the trial's id."""

    owner: str
    """Hash of the user's session id: the id itself is as good as a password."""
    profession: dict[str, Any]
    """The whole profession as it was then: editing or deleting it later changes nothing here."""
    language: Literal["en", "ru"]
    """The language in which it is played."""
    preset: str
    """Preset id the configuration started from, or empty."""
    configuration: dict[str, Any]
    """The whole configuration, canonical JSON form, no keys."""
    column: str = ""
    """Which of several trials side by side, or empty."""
    has_page: bool = True
    """A page shows the texts and reports when it painted them; False: whoever reads the stream counts as an ideal page."""
    wall_utc: str
    """ISO 8601 wall time of the server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialTakenUp(Event):
    """A process works on the trial from now on."""

    talk: str
    """Id of the conversation in which its turns stand."""
    process: str
    """Id of that process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAsked(Event):
    """The model wrote a task's question."""

    task_id: int
    text: str
    """The whole question."""
    written_in: str
    """Id of the turn in which it was written."""
    streamed: bool
    """Shown word by word; False: at once."""
    fallback: bool = False
    """Not streamed because streaming had failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStarted(Event):
    """The question was delivered completely: the task's time runs."""

    task_id: int
    limit_s: float
    """Time for the answer (s)."""
    wall_utc: str
    """ISO 8601 wall time of the server at the start."""
    deadline_utc: str
    """ISO 8601 wall time of the server at which the answer is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftSaved(Event):
    """The answer so far."""

    task_id: int
    text: str
    revision: int
    """1, 2, 3 … within the task."""
    base_revision: int
    """The revision that this window had before its eyes; not the one before `revision`: it overwrote another window's."""
    window: str = ""
    """Which window wrote it, or empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSubmitted(Event):
    """A task's one answer. The first of a task counts."""

    task_id: int
    submission: str
    """Id that the sender gave it: the same one again is the same submission."""
    text: str
    reason: SubmitReason
    """Who ended the task."""
    wall_utc: str
    """ISO 8601 wall time of the server."""
    late_s: float = 0.0
    """How long after the deadline it was taken (s); 0 when in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackGiven(Event):
    """The model answered an answer."""

    task_id: int
    text: str
    """Empty when the user went on without one after it had failed."""
    written_in: str
    """Id of the turn in which it was written, or empty."""
    streamed: bool
    """Shown word by word; False: at once."""
    fallback: bool = False
    """Not streamed because streaming had failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportMade(Event):
    """The final report."""

    report: dict[str, Any]
    """`bench.scenarios.report.Report` as plain JSON."""
    scored_by: ScoredBy
    """Whose points it holds."""
    reason: str = ""
    """A code: why not all could be scored, or empty."""
    written_in: tuple[str, ...] = ()
    """Ids of the turns in which the model scored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialEnded(Event):
    """The trial is over."""

    reason: Literal["completed", "abandoned"]
