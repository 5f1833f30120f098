"""A trial as the page draws it: everything that a reload needs, in one answer."""

from datetime import datetime
from typing import Any

from bench.scenarios.profession import Profession
from bench.scenarios.trial import Trial
from bench.scenarios.trial_entry import TrialEntry
from bench.scenarios.trial_state import TaskState, TrialState
from bench.web.tasks_telling import clock_view


def trial_view(trial: Trial) -> dict[str, Any]:
    """All of it. Texts are whole; times are the server's."""
    state, now = trial.state, trial.now()
    return {
        "id": state.trial, "profession": _profession(state.profession), "language": state.language, "preset": state.preset,
        "column": state.column, "started_utc": state.started_utc.isoformat(),
        "tasks": [_task(task, state, now) for task in state.tasks], "step": state.step,
        "current_task": state.current.task_id if state.current is not None else None, "ended": state.ended,
        "report": state.report, "scored_by": state.scored_by, "now_utc": now.isoformat(),
    }  # fmt: skip


def entry_view(entry: TrialEntry) -> dict[str, Any]:
    """A trial in a list, as far as it is known without opening it."""
    return {
        "id": entry.trial, "profession_id": entry.profession_id, "profession": entry.profession, "language": entry.language,
        "column": entry.column, "started_utc": entry.started.isoformat(), "ended": entry.ended or None,
        "tasks": len(entry.tasks), "title": None, "step": None, "current_task": None, "answered": None, "preset": None,
        "problem": None,
    }  # fmt: skip


def opened_view(trial: Trial) -> dict[str, Any]:
    """What a list says besides of a trial that has been opened."""
    state = trial.state
    return {
        "title": state.profession.title.text(state.language), "step": state.step, "preset": state.preset,
        "current_task": state.current.task_id if state.current is not None else None, "ended": state.ended,
        "answered": sum(task.answer is not None for task in state.tasks),
        "total": (state.report or {}).get("total"),
    }  # fmt: skip


def profession_line(profession: Profession, *, own: bool, revision: str) -> dict[str, Any]:
    """A profession in a list."""
    return {
        **_profession(profession), "languages": profession.languages, "own": own, "revision": revision,
        "tasks": [
            {"id": task.id, "title": task.title.model_dump(), "time_limit_minutes": task.time_limit_minutes}
            for task in profession.tasks
        ],
    }  # fmt: skip


def _profession(profession: Profession) -> dict[str, Any]:
    return {
        "id": profession.id, "name": profession.name, "title": profession.title.model_dump(),
        "summary": profession.summary.model_dump(),
    }  # fmt: skip


def _task(task: TaskState, state: TrialState, now: datetime) -> dict[str, Any]:
    draft, answer = task.draft, task.answer
    return {
        "id": task.task_id, "title": task.task.title.text(state.language), "order": task.order, "step": task.step,
        "time_limit_minutes": task.task.time_limit_minutes, "question": task.question, "question_turn": task.asked_in,
        "streamed": task.streamed, "fallback": task.fallback,
        "draft": None if draft is None else {"text": draft.text, "revision": draft.revision, "window": draft.window},
        "overwritten": [{"text": each.text, "revision": each.revision, "window": each.window} for each in task.overwritten],
        "answer": None if answer is None else {
            "text": answer.text, "reason": answer.reason, "late_s": answer.late_s, "wall_utc": answer.submitted_utc.isoformat(),
        },
        "feedback": task.feedback, "feedback_turn": task.feedback_in, "feedback_streamed": task.feedback_streamed,
        "feedback_fallback": task.feedback_fallback, "clock": clock_view(task.clock, now),
        "remaining_s": state.remaining_s(task.task_id, now),
    }  # fmt: skip
