"""The final report of a trial: points with their reasons and quotes, and a total that is always computed here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from bench.events.trial_kinds import ScoredBy, SubmitReason
from bench.scenarios.profession import Language
from bench.scenarios.rule_score import GAP_POINTS, MOST_POINTS, STRENGTH_POINTS
from bench.scenarios.trial_state import TaskState, TrialState

_FROZEN = ConfigDict(extra="forbid", frozen=True)


class CriterionReport(BaseModel):
    """One criterion of one task."""

    model_config = _FROZEN
    criterion: str
    """Its id."""
    title: str
    """Its name, in the report's language."""
    weight: float
    """Its part of the task, relative to the task's other criteria."""
    points: Annotated[float, Field(ge=0, le=MOST_POINTS, multiple_of=0.5)] | None
    """0 to 5, steps of 0.5; None: it could not be scored."""
    reason: str
    """Why these points, or why none."""
    quotes: tuple[str, ...]
    """Verbatim from the answer, white space aside."""


class TaskReport(BaseModel):
    """One task."""

    model_config = _FROZEN
    task_id: int
    order: int
    """1, 2, 3 …"""
    title: str
    ended_by: SubmitReason
    """Who ended the task: the user, or its clock."""
    late_s: float
    """How long after the deadline the answer came (s)."""
    answered: bool
    """False: the answer is empty."""
    scored_by: ScoredBy
    criteria: tuple[CriterionReport, ...]
    strengths: tuple[str, ...]
    gaps: tuple[str, ...]
    percent: float | None
    """Mean of the points by weight, 0 to 100; None when a criterion could not be scored."""


class Report(BaseModel):
    """A whole trial."""

    model_config = _FROZEN
    version: Literal[1] = 1
    trial: str
    profession_id: int
    profession: str
    """Its title, in the report's language."""
    language: Language
    made_utc: str
    """ISO 8601 wall time of the server."""
    model: str
    """Name of the chat model on the screen."""
    scored_by: ScoredBy
    reason: str
    """A code: why not all could be scored (`empty_reply`, `malformed`, `incomplete`), or empty."""
    tasks: tuple[TaskReport, ...]
    total: float | None
    """Mean of the tasks' per cents, 0 to 100; None when a criterion could not be scored."""
    scored: int
    """Criteria with points."""
    criteria: int
    """All criteria."""
    partial: float | None
    """The same mean over what could be scored; equal to `total` when that is everything; None when nothing could be."""
    summary: str
    """A few sentences, or empty."""


@dataclass(frozen=True, slots=True)
class CriterionResult:
    """What a scorer says of one criterion."""

    points: float | None
    reason: str
    quotes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TaskResult:
    """What a scorer says of one task."""

    scored_by: ScoredBy
    criteria: Mapping[str, CriterionResult]
    """By criterion id; what is missing could not be scored."""
    strengths: tuple[str, ...] | None = None
    """None: the criteria with at least 4 points."""
    gaps: tuple[str, ...] | None = None
    """None: the criteria with at most 2 points."""


_UNSCORED: dict[Language, str] = {
    "en": "Could not be scored: the model gave no usable judgement.",
    "ru": "Не удалось оценить: модель не дала пригодной оценки.",
}
_NO_ANSWER: dict[Language, str] = {"en": "No answer was given: 0 points by rule.", "ru": "Ответа нет: по правилу 0 баллов."}


def no_answer(task: TaskState, language: Language) -> TaskResult:
    """An empty answer earns nothing, whoever scores."""
    result = CriterionResult(0.0, _NO_ANSWER[language])
    return TaskResult("rules", {criterion.id: result for criterion in task.task.criteria}, strengths=())


def compose(
    state: TrialState, results: Mapping[int, TaskResult], *, made_utc: str, model: str, scored_by: ScoredBy, reason: str = "",
    summary: str = "",
) -> Report:  # fmt: skip
    """The report out of each task's result (by task id). What no result covers is reported as not scored."""
    unscored = TaskResult("could not be scored", {})
    tasks = tuple(_task_report(task, results.get(task.task_id, unscored), state.language) for task in state.tasks)
    parts = [mean for task in tasks if (mean := _percent(task.criteria, partial=True)) is not None]
    whole = [task.percent for task in tasks if task.percent is not None]
    return Report(
        trial=state.trial, profession_id=state.profession.id, profession=state.profession.title.text(state.language),
        language=state.language, made_utc=made_utc, model=model, scored_by=scored_by, reason=reason, tasks=tasks,
        total=_mean(whole) if len(whole) == len(tasks) else None,
        scored=sum(each.points is not None for task in tasks for each in task.criteria),
        criteria=sum(len(task.criteria) for task in tasks), partial=_mean(parts), summary=summary,
    )  # fmt: skip


def _task_report(task: TaskState, result: TaskResult, language: Language) -> TaskReport:
    criteria: list[CriterionReport] = []
    for criterion in task.task.criteria:
        found = result.criteria.get(criterion.id, CriterionResult(None, _UNSCORED[language]))
        criteria.append(
            CriterionReport(
                criterion=criterion.id, title=criterion.title.text(language), weight=criterion.weight, points=found.points,
                reason=found.reason, quotes=found.quotes,
            )
        )  # fmt: skip
    best = tuple(each.title for each in criteria if each.points is not None and each.points >= STRENGTH_POINTS)
    worst = tuple(each.title for each in criteria if each.points is not None and each.points <= GAP_POINTS)
    answer = task.answer
    return TaskReport(
        task_id=task.task_id, order=task.order, title=task.task.title.text(language),
        ended_by=answer.reason if answer else "expired", late_s=answer.late_s if answer else 0.0,
        answered=bool(answer and answer.text.strip()), scored_by=result.scored_by, criteria=tuple(criteria),
        strengths=best if result.strengths is None else result.strengths, gaps=worst if result.gaps is None else result.gaps,
        percent=_percent(criteria),
    )  # fmt: skip


def _percent(criteria: Sequence[CriterionReport], *, partial: bool = False) -> float | None:
    """Mean of the points by weight (0 to 100); None when one has no points or, `partial`, when none has."""
    scored = [(each.points, each.weight) for each in criteria if each.points is not None]
    if not scored or (len(scored) < len(criteria) and not partial):
        return None
    points = sum(points * weight for points, weight in scored) / sum(weight for _, weight in scored)
    return round(100 * points / MOST_POINTS, 1)


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 1) if values else None
