"""A task's question written for its own sake, outside of any trial: previews in the editor, and comparisons."""

from datetime import UTC, datetime
from typing import Any, cast

from bench.configuration import Configuration
from bench.events.kinds import Event
from bench.scenarios.profession import LARGEST_ID, Language, Profession, Task
from bench.scenarios.profession_file import check
from bench.scenarios.prompts import question_messages
from bench.scenarios.trial_errors import LanguageUnavailable
from bench.scenarios.trial_state import TaskState, TrialState
from bench.web.tasks_problems import Invalid
from providers.base import Message


class Nowhere:
    """Takes events and keeps none. Implements `EventSink`."""

    def append(self, *events: Event) -> None:
        """Nothing is kept."""

    async def commit(self, *events: Event) -> None:
        """Nothing is kept."""


def question_of(
    profession: Profession, task: Task, language: Language, configuration: Configuration
) -> tuple[Message, ...]:  # fmt: skip
    """The request for that task's question, as if it were the only one. Raises `LanguageUnavailable`."""
    if language not in profession.languages:
        raise LanguageUnavailable(language=language, allowed=", ".join(profession.languages))
    alone = TaskState(task, 1)
    state = TrialState(
        trial="sample", owner="", profession=profession, language=language, preset="", configuration=configuration.canonical(),
        column="", page=False, started_utc=datetime.now(UTC), tasks=(alone,),
    )  # fmt: skip
    return question_messages(state, alone)


def edited(data: dict[str, Any], task_id: int | None, order: int | None) -> tuple[Profession, Task]:
    """A profession as it stands in the editor, where numbers and names may still be missing, and the chosen task.

    Raises `ProfessionError` with its mistakes, `Invalid` when there is no such task.
    """
    listed = cast("list[Any]", data.get("tasks") if isinstance(data.get("tasks"), list) else [])
    tasks = [dict(cast("dict[str, Any]", each)) for each in listed if isinstance(each, dict)]
    place = next((n for n, task in enumerate(tasks) if task_id is not None and task.get("id") == task_id), None)
    place = order - 1 if place is None and order is not None else place
    if place is None or place >= len(tasks):
        raise Invalid(wrong="task_id, order: there is no such task in the profession")
    for number, task in enumerate(tasks):
        task["id"] = task.get("id") or LARGEST_ID - number
        if isinstance(criteria := task.get("criteria"), list):
            task["criteria"] = [_named(each, n) for n, each in enumerate(cast("list[Any]", criteria), 1)]
    whole = {**data, "id": data.get("id") or LARGEST_ID, "name": data.get("name") or "preview", "tasks": tasks}
    profession = check(whole, "profession")
    return profession, profession.tasks[place]


def _named(criterion: Any, number: int) -> Any:
    given = cast("dict[str, Any]", criterion) if isinstance(criterion, dict) else {"id": criterion}
    return given if given.get("id") else {**given, "id": f"criterion-{number}"}
