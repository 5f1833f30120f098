"""Numbers and names for new professions and tasks. A number is never given out twice: results are kept under it."""

import json
import os
import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, cast

from bench.scenarios.profession import LARGEST_ID, Profession

FIRST_OWN, FIRST_OWN_TASK = 1_001, 100_001
"""The user's own are numbered from here, so that later shipped ones find their numbers free."""

_LATIN = str.maketrans("абвгдеёзийклмнопрстуфхцыэ", "abvgdeeziyklmnoprstufhcye") | str.maketrans(
    {"ж": "zh", "ч": "ch", "ш": "sh", "щ": "sch", "ъ": "", "ь": "", "ю": "yu", "я": "ya"}
)


def slug(text: str, spare: str) -> str:
    """A name of small Latin letters, digits and hyphens; `spare` where nothing is left."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower().translate(_LATIN))[:50].strip("-") or spare


def free_slug(wanted: str, taken: Collection[str]) -> str:
    """`wanted`, or with the first free number behind it."""
    stem = re.sub(r"-\d{1,4}$", "", wanted)[:54].rstrip("-") or wanted
    return wanted if wanted not in taken else next(s for n in range(2, len(taken) + 3) if (s := f"{stem}-{n}") not in taken)


class Numbers:
    """The highest numbers ever given out in a folder, kept in a file beside the professions."""

    def __init__(self, folder: Path, known: Iterable[Profession]) -> None:
        self._file = folder / ".numbers"
        self._profession, self._task = FIRST_OWN - 1, FIRST_OWN_TASK - 1
        try:
            kept = json.loads(self._file.read_text(encoding="utf-8"))
            self._raise(int(kept["profession"]), int(kept["task"]))
        except (OSError, ValueError, KeyError, TypeError):
            pass  # none yet, or damaged: the professions themselves say what is taken
        for profession in known:
            self.saw(profession)

    def saw(self, profession: Profession) -> None:
        """These numbers are taken. Those of somebody's own high numbering don't use up the rest."""
        self._raise(profession.id, max(task.id for task in profession.tasks))

    def next_profession(self) -> int:
        """A number that no profession ever had here."""
        self._profession += 1
        return self._profession

    def next_task(self) -> int:
        """A number that no task ever had here."""
        self._task += 1
        return self._task

    def keep(self) -> None:
        """Write the file. Raises `OSError`."""
        draft = self._file.with_name(".numbers.draft")
        draft.write_text(json.dumps({"profession": self._profession, "task": self._task}), encoding="utf-8")
        os.replace(draft, self._file)

    def _raise(self, profession: int, task: int) -> None:
        if profession < LARGEST_ID // 2:
            self._profession = max(self._profession, profession)
        if task < LARGEST_ID // 2:
            self._task = max(self._task, task)


def forget(data: dict[str, Any]) -> None:
    """Leave out the numbers of a profession and its tasks, so that it gets new ones."""
    data.pop("id", None)
    for task in _dicts(data.get("tasks")):
        task.pop("id", None)


def complete(data: dict[str, Any], others: Collection[Profession], numbers: Numbers) -> tuple[str, ...]:
    """Give out what is missing: numbers, names, ids of criteria. Returns what the user should know.

    The data is unchecked: whatever has an unexpected shape is left for the check to name.
    """
    notes: list[str] = []
    taken = {task.id for profession in others for task in profession.tasks}
    names = {profession.name for profession in others}
    if not data.get("id"):
        data["id"] = numbers.next_profession()
    if not data.get("name"):
        data["name"] = free_slug(slug(_title(data), "profession"), names)
    for task in _dicts(data.get("tasks")):
        if isinstance(given := task.get("id"), int) and given in taken:
            task["id"] = numbers.next_task()
            notes.append(f"The task number {given} is taken by another profession: it is {task['id']} now.")
        elif not given:
            task["id"] = numbers.next_task()
        ids = {str(each.get("id")) for each in _dicts(task.get("criteria"))}
        for criterion in _dicts(task.get("criteria")):
            if not criterion.get("id"):
                criterion["id"] = free_slug(slug(_title(criterion), "criterion"), ids)
                ids.add(criterion["id"])
    return tuple(notes)


def _dicts(value: object) -> list[dict[str, Any]]:
    items = cast("list[object]", value) if isinstance(value, list) else []
    return [cast("dict[str, Any]", item) for item in items if isinstance(item, dict)]


def _title(data: dict[str, Any]) -> str:
    title = data.get("title")
    texts = cast("dict[str, object]", title) if isinstance(title, dict) else {}
    return str(texts.get("en") or texts.get("ru") or "")
