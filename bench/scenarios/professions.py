"""All professions: the shipped ones, which nobody can change, and the user's own, one YAML file each.

Several windows and processes may write: a lock file keeps them apart, a file is replaced in one step, and whoever saves says
which version was edited. All of it reads and writes files: call it from a thread, not from the event loop.
"""

import contextlib
import copy
import difflib
import hashlib
import os
import threading
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.events.file_lock import CLOSE_ON_EXEC, try_lock
from bench.scenarios.profession import LANGUAGES, Profession, Task
from bench.scenarios.profession_file import LARGEST_BYTES, Problem, ProfessionError, check, dump, read, tree
from bench.scenarios.profession_ids import Numbers, complete, forget, free_slug

SHIPPED = Path(__file__).parents[2] / "presets" / "professions"
_LOCK_WAIT_S = 5.0
"""A save takes milliseconds; whoever waits longer meets a stuck process or a file system without locks."""
_COPY = {"en": "(copy)", "ru": "(копия)"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A profession and where it comes from."""

    profession: Profession
    """The profession."""
    own: bool
    """The user's own: it can be changed and deleted."""
    revision: str
    """Changes with every change of the file; `save` and `delete` want it back."""
    notes: tuple[str, ...] = ()
    """What was changed on the way in, as new numbers; for the user."""


class Conflict(Exception):
    """It was changed or deleted since it was opened; `current` is what is there now, None: nothing."""

    def __init__(self, current: Entry | None) -> None:
        self.current = current
        super().__init__("it was changed elsewhere meanwhile" if current else "it was deleted elsewhere meanwhile")


class Busy(Exception):
    """Another process has been writing for five seconds."""


class Professions:
    """The shipped professions and the user's own. Safe to use from several threads and processes."""

    def __init__(self, user_folder: Path | None, shipped: Path = SHIPPED) -> None:
        """`user_folder`: where the user's own are kept, made when needed; None: they cannot be saved."""
        self._folder = user_folder
        self._shipped = shipped
        self._writing = threading.Lock()
        self._read: dict[Path, tuple[tuple[int, int, int], Entry | ProfessionError]] = {}

    def list(self) -> "list[Entry]":
        """Shipped ones first, by id, then the user's own. Files with mistakes are in `broken`."""
        return [*self._entries()[0].values()]

    def broken(self) -> "list[ProfessionError]":
        """The files that cannot be used, each with why."""
        return self._entries()[1]

    def get(self, key: int | str) -> Entry:
        """By id, name, or id as text. Raises `ProfessionError` if there is none."""
        return self._path_of(key)[1]

    def task(self, task_id: int) -> tuple[Entry, Task]:
        """A task and its profession. Raises `ProfessionError` if there is none."""
        for entry in self.list():
            for task in entry.profession.tasks:
                if task.id == task_id:
                    return entry, task
        raise ProfessionError(str(task_id), [Problem("", "there is no such task")])

    def save(self, data: Mapping[str, Any] | Profession, revision: str = "") -> Entry:
        """Keep a new or changed profession as the user's own; missing ids are given out.

        Without an id it becomes a new one, with the id of a shipped one a copy of it; otherwise `revision` is that of the
        `Entry` that was edited. Raises `ProfessionError`, `Conflict`, `Busy` or `OSError`.
        """
        with self._locked() as folder:
            return self._save(folder, _plain(data), revision)

    def duplicate(self, key: int | str) -> Entry:
        """A copy with ids of its own. Raises as `get` and `save` do."""
        data = _plain(self.get(key).profession)
        for language in LANGUAGES:
            if language in data["title"]:
                data["title"][language] = f"{data['title'][language][:150]} {_COPY[language]}"
        with self._locked() as folder:
            return self._save(folder, self._as_copy(data), "")

    def delete(self, key: int | str, revision: str = "") -> None:
        """Delete one of the user's own, only at `revision` if it is given; the file stays beside as .bak.

        Raises `ProfessionError` for a shipped or unknown one, `Conflict`, `Busy` or `OSError`.
        """
        with self._locked() as folder:
            path, entry = self._path_of(key)
            if not entry.own:
                raise ProfessionError(
                    entry.profession.name, [Problem("", "is shipped and cannot be deleted", "deleting copies")]
                )
            if revision and revision != entry.revision:
                raise Conflict(entry)
            Numbers(folder, [each.profession for each in self.list()]).keep()
            os.replace(path, _backup(path))

    def export(self, key: int | str) -> str:
        """The profession as YAML text. Raises as `get` does."""
        return dump(self.get(key).profession)

    def take_in(self, content: bytes | str, source: str) -> Entry:
        """Import a file as one of the user's own; numbers and names that are taken are replaced, which `notes` tells.

        Raises `ProfessionError` with lines, `Busy` or `OSError`.
        """
        data, lines = tree(content, source)
        check(data, source, lines)
        with self._locked() as folder:
            notes: list[str] = []
            others = [entry.profession for entry in self.list()]
            if any(each.id == data["id"] for each in others):
                notes.append(f"The number {data['id']} is taken: the profession and its tasks have new numbers.")
                forget(data)
            free = free_slug(data["name"], {each.name for each in others})
            if free != data["name"]:
                notes.append(f"The name '{data['name']}' is taken: it is '{free}' now.")
            entry = self._save(folder, data | {"name": free}, "")
        return replace(entry, notes=(*notes, *entry.notes))

    def _save(self, folder: Path, data: dict[str, Any], revision: str) -> Entry:
        entries = self._entries()[0]
        here = next((each for each in entries.items() if each[1].profession.id == data.get("id")), None)
        notes: tuple[str, ...] = ()
        if here is not None and not here[1].own:
            notes = ("The shipped profession stays as it is; this is a copy of it.",)
            data, here = self._as_copy(data), None
        elif revision and here is None:
            raise Conflict(None)
        elif here is not None and here[1].revision != revision:
            raise Conflict(here[1])
        others = [each.profession for path, each in entries.items() if here is None or path != here[0]]
        numbers = Numbers(folder, [each.profession for each in entries.values()])
        notes += complete(data, others, numbers)
        profession = check(data, str(data.get("name")))
        if clashes := _clashes(profession, others):
            raise ProfessionError(profession.name, clashes)
        numbers.saw(profession)
        numbers.keep()
        path = here[0] if here is not None else _free_path(folder, profession)
        return Entry(profession, True, _write(path, profession), notes)

    def _as_copy(self, data: dict[str, Any]) -> dict[str, Any]:
        """With new numbers and a free name."""
        forget(data)
        names = {entry.profession.name for entry in self.list()}
        return data | ({"name": free_slug(data["name"], names)} if isinstance(data.get("name"), str) else {})

    def _path_of(self, key: int | str) -> tuple[Path, Entry]:
        entries = self._entries()[0]
        for path, entry in entries.items():
            if key == entry.profession.name or str(key) == str(entry.profession.id):
                return path, entry
        names = [entry.profession.name for entry in entries.values()]
        allowed = ", ".join(difflib.get_close_matches(str(key)[:60], names, 3) or names[:10])
        raise ProfessionError(str(key)[:60], [Problem("", "there is no such profession", allowed)])

    def _entries(self) -> tuple[dict[Path, Entry], "list[ProfessionError]"]:
        """By file, shipped ones first; a number or name that is taken makes the later file a broken one."""
        good: dict[Path, Entry] = {}
        broken: list[ProfessionError] = []
        for path, own in self._files():
            entry = self._load(path, own=own)
            if isinstance(entry, ProfessionError):
                broken.append(entry)
            elif clashes := _clashes(entry.profession, [each.profession for each in good.values()]):
                broken.append(ProfessionError(path.name, clashes))
            else:
                good[path] = entry
        return dict(sorted(good.items(), key=lambda each: (each[1].own, each[1].profession.id))), broken

    def _files(self) -> Iterator[tuple[Path, bool]]:
        yield from ((path, False) for path in sorted(self._shipped.glob("*.yaml")))
        if self._folder is not None and self._folder.is_dir():
            yield from ((path, True) for path in sorted(self._folder.glob("*.yaml")) if not path.name.startswith("."))

    def _load(self, path: Path, *, own: bool) -> Entry | ProfessionError:
        """Read a file, or remember it if it is still the one that was read."""
        try:
            state = path.stat()
            stamp = (state.st_mtime_ns, state.st_size, state.st_ino)
            known = self._read.get(path)
            if known is not None and known[0] == stamp:
                return known[1]
            with path.open("rb") as file:
                content = file.read(LARGEST_BYTES + 1)
        except OSError as error:
            return ProfessionError(path.name, [Problem("", f"cannot be read ({type(error).__name__})")])
        try:
            result = Entry(read(content, path.name), own, _revision(content))
        except ProfessionError as error:
            result = error
        self._read[path] = stamp, result
        return result

    @contextlib.contextmanager
    def _locked(self) -> Generator[Path]:
        """Nobody else writes, in this process or another."""
        if self._folder is None:
            raise ProfessionError("profession", [Problem("", "there is no place to save professions")])
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._writing:
            descriptor = os.open(self._folder / ".lock", os.O_RDWR | os.O_CREAT | CLOSE_ON_EXEC, 0o600)
            try:
                _lock(descriptor)
                yield self._folder
            finally:
                os.close(descriptor)


def _lock(descriptor: int) -> None:
    deadline = time.monotonic() + _LOCK_WAIT_S
    while True:
        try:
            return try_lock(descriptor, shared=False)
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                raise Busy("another process is saving professions") from error
            time.sleep(0.01)  # the system tells nobody when a lock of this kind becomes free


def _plain(data: Mapping[str, Any] | Profession) -> dict[str, Any]:
    return data.model_dump(mode="json", exclude_none=True) if isinstance(data, Profession) else copy.deepcopy(dict(data))


def _clashes(profession: Profession, others: Sequence[Profession]) -> list[Problem]:
    """Numbers and names that another profession has already."""
    problems: list[Problem] = []
    for other in others:
        if other.id == profession.id:
            problems.append(Problem("id", f"{profession.id} is the number of '{other.name}'", "a number of its own"))
        if other.name == profession.name:
            problems.append(Problem("name", f"'{other.name}' is the name of profession {other.id}", "a name of its own"))
        theirs = {task.id for task in other.tasks}
        for number, task in enumerate(profession.tasks):
            if task.id in theirs:
                message = f"{task.id} is a task of '{other.name}'"
                problems.append(Problem(f"tasks.{number}.id", message, "a number of its own"))
    return problems


def _free_path(folder: Path, profession: Profession) -> Path:
    """The number comes first: a bare name could be one that Windows keeps for itself, as 'con'."""
    stem = f"{profession.id}-{profession.name}"
    names = (stem, *(f"{stem}-{number}" for number in range(2, 1000)))
    return next(path for name in names if not (path := folder / f"{name}.yaml").exists())


def _backup(path: Path) -> Path:
    return path.with_name(path.name + ".bak")


def _revision(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _write(path: Path, profession: Profession) -> str:
    """Replace the file in one step, keep the former one as .bak, return the new revision."""
    content = dump(profession).encode()
    if len(content) > LARGEST_BYTES:
        raise ProfessionError(profession.name, [Problem("", "is too large", f"at most {LARGEST_BYTES:,} bytes")])
    draft = path.with_name(f".{path.name}.draft")
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            _backup(path).write_bytes(path.read_bytes())
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    return _revision(content)
