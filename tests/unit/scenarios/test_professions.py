"""The user's own professions: numbers that stay, no lost edits, nothing shipped is ever touched."""

import multiprocessing
import threading
from pathlib import Path
from typing import Any

import pytest
import yaml

from bench.scenarios.profession import LANGUAGES
from bench.scenarios.profession_file import ProfessionError
from bench.scenarios.professions import SHIPPED, Conflict, Professions
from tests.unit.scenarios.test_profession import SMALL


def draft(**changes: Any) -> dict[str, Any]:
    """What an editor sends for a new one: no ids at all."""
    task = {
        "title": {"en": "Dough"},
        "description": {"en": "Say what it needs."},
        "time_limit_minutes": 5,
        "criteria": [{"title": {"en": "Flour"}, "looks_for": {"en": "Flour."}, "signs": {"en": ["flour*"]}}],
    }
    texts = {key: {"en": f"{key} of it"} for key in ("summary", "prompt")}
    return {"title": {"en": "Baker's day"}, **texts, "tasks": [task], **changes}


@pytest.fixture
def professions(tmp_path: Path) -> Professions:
    return Professions(tmp_path / "professions")


def own(professions: Professions) -> list[str]:
    return [entry.profession.name for entry in professions.list() if entry.own]


def test_the_shipped_ones_by_number_and_by_name() -> None:
    professions = Professions(None)
    assert [entry.profession.id for entry in professions.list()] == [1, 2, 3]
    assert not professions.broken()
    assert professions.get(2) == professions.get("2") == professions.get("support-engineer")
    assert professions.task(303)[0].profession.name == "data-analyst"
    with pytest.raises(ProfessionError, match="project-manager"):
        professions.get("project-manger")
    with pytest.raises(ProfessionError):
        professions.task(999)
    with pytest.raises(ProfessionError, match="no place"):
        professions.save(draft())


def test_a_new_one_is_given_numbers_and_names(professions: Professions, tmp_path: Path) -> None:
    entry = professions.save(draft())
    assert (entry.profession.id, entry.profession.name) == (1001, "baker-s-day")
    assert [task.id for task in entry.profession.tasks] == [100_001]
    assert entry.profession.tasks[0].criteria[0].id == "flour"
    assert professions.get(1001).profession == entry.profession
    assert professions.get(1001).revision == entry.revision
    russian = professions.save(
        draft(title={"ru": "Щедрый пекарь"}, summary={"ru": "а"}, prompt={"ru": "б"}, tasks=[russian_task()])
    )
    assert (russian.profession.id, russian.profession.name) == (1002, "schedryy-pekar")
    assert [path.name for path in sorted((tmp_path / "professions").glob("*.yaml"))] == [
        "1001-baker-s-day.yaml",
        "1002-schedryy-pekar.yaml",
    ]


def russian_task() -> dict[str, Any]:
    criterion = {"title": {"ru": "Мука"}, "looks_for": {"ru": "Мука."}, "signs": {"ru": ["мук*"]}}
    return {"title": {"ru": "Тесто"}, "description": {"ru": "Что нужно?"}, "time_limit_minutes": 5, "criteria": [criterion]}


def test_a_change_needs_the_revision_it_started_from(professions: Professions, tmp_path: Path) -> None:
    first = professions.save(draft())
    changed = first.profession.model_dump(mode="json", exclude_none=True)
    changed["summary"]["en"] = "Mine"
    second = professions.save(changed, first.revision)
    assert second.revision != first.revision
    changed["summary"]["en"] = "Theirs"
    with pytest.raises(Conflict) as caught:
        professions.save(changed, first.revision)
    assert caught.value.current is not None
    assert caught.value.current.profession.summary.en == "Mine"
    with pytest.raises(Conflict):
        professions.save(changed)
    assert professions.get(1001).profession.summary.en == "Mine"
    [backup] = (tmp_path / "professions").glob("*.bak")
    assert "summary of it" in backup.read_text(encoding="utf-8")


def test_saving_what_was_deleted_elsewhere_is_a_conflict(professions: Professions) -> None:
    entry = professions.save(draft())
    professions.delete(1001)
    with pytest.raises(Conflict) as caught:
        professions.save(entry.profession, entry.revision)
    assert caught.value.current is None


def test_a_shipped_one_is_saved_as_a_copy(professions: Professions) -> None:
    before = (SHIPPED / "project-manager.yaml").read_bytes()
    entry = professions.save(professions.get(1).profession, professions.get(1).revision)
    assert (entry.own, entry.profession.id, entry.profession.name) == (True, 1001, "project-manager-2")
    assert entry.notes
    assert [task.id for task in entry.profession.tasks] == [100_001, 100_002, 100_003, 100_004, 100_005]
    assert professions.get(1).profession.tasks[0].id == 101
    assert (SHIPPED / "project-manager.yaml").read_bytes() == before


def test_a_duplicate_says_so(professions: Professions) -> None:
    entry = professions.duplicate("data-analyst")
    assert [entry.profession.title.text(language) for language in LANGUAGES] == [
        "Data analyst (copy)",
        "Аналитик данных (копия)",
    ]
    assert professions.duplicate(entry.profession.id).profession.name == "data-analyst-3"


def test_a_new_task_in_an_old_profession(professions: Professions) -> None:
    entry = professions.save(draft())
    plain = entry.profession.model_dump(mode="json", exclude_none=True)
    plain["tasks"].insert(0, draft()["tasks"][0])
    saved = professions.save(plain, entry.revision)
    assert [task.id for task in saved.profession.tasks] == [100_002, 100_001]
    plain["tasks"][0]["id"] = plain["tasks"][1]["id"] = 100_001
    with pytest.raises(ProfessionError, match="same id"):
        professions.save(plain, saved.revision)


def test_numbers_are_not_given_out_again(professions: Professions, tmp_path: Path) -> None:
    professions.save(draft())
    professions.delete("baker-s-day")
    assert professions.save(draft()).profession.id == 1002
    (tmp_path / "professions" / ".numbers").write_text("damaged")
    assert professions.save(draft(title={"en": "Second"})).profession.id == 1003


def test_only_own_ones_can_be_deleted(professions: Professions, tmp_path: Path) -> None:
    entry = professions.save(draft())
    with pytest.raises(ProfessionError, match="shipped"):
        professions.delete(1)
    with pytest.raises(Conflict):
        professions.delete(1001, "other")
    professions.delete(1001, entry.revision)
    assert own(professions) == []
    assert [path.name for path in (tmp_path / "professions").glob("*.bak")] == ["1001-baker-s-day.yaml.bak"]
    with pytest.raises(ProfessionError):
        professions.delete(1001)


def test_export_and_import(professions: Professions, tmp_path: Path) -> None:
    text = professions.export(3)
    assert yaml.safe_load(text)["name"] == "data-analyst"
    entry = professions.take_in(text, "data-analyst.yaml")
    assert (entry.profession.id, entry.profession.name) == (1001, "data-analyst-2")
    assert len(entry.notes) == 2
    elsewhere = Professions(tmp_path / "elsewhere")
    other = elsewhere.take_in(professions.export(1001), "x.yaml")
    assert (other.profession.id, other.notes) == (1001, ())
    assert other.profession == entry.profession
    baker = professions.take_in(SMALL, "baker.yaml")
    assert (baker.profession.id, baker.profession.tasks[0].id, baker.notes) == (7, 701, ())
    assert professions.take_in(SMALL.replace("id: 7\n", "id: 8\n"), "baker.yaml").profession.name == "baker-2"
    with pytest.raises(ProfessionError, match="line 10"):
        professions.take_in(SMALL.replace("minutes: 5", "minutes: -5"), "baker.yaml")


def test_files_with_mistakes_hide_nothing_else(professions: Professions, tmp_path: Path) -> None:
    professions.save(draft())
    folder = tmp_path / "professions"
    (folder / "a.yaml").write_text("id: [")
    (folder / "b.yaml").write_bytes(b"\xff\x00")
    (folder / "c.yaml").write_text(SMALL.replace("id: 7\n", "id: 2\n").replace("name: baker", "name: data-analyst"))
    (folder / "d.yaml").write_text(SMALL.replace("id: 701", "id: 101"))
    (folder / "e.yaml").mkdir()
    (folder / "z.yaml").write_text(SMALL)
    assert own(professions) == ["baker", "baker-s-day"]
    told = {error.source: str(error) for error in professions.broken()}
    assert set(told) == {"a.yaml", "b.yaml", "c.yaml", "d.yaml", "e.yaml"}
    assert "number of 'support-engineer'" in told["c.yaml"]
    assert "name of profession 3" in told["c.yaml"]
    assert "task of 'project-manager'" in told["d.yaml"]
    professions.save(draft(title={"en": "A"}))
    assert (folder / "a.yaml").read_text() == "id: ["


def test_a_file_changed_by_hand_is_read_again(professions: Professions, tmp_path: Path) -> None:
    entry = professions.save(draft())
    [path] = (tmp_path / "professions").glob("*.yaml")
    path.write_text(path.read_text(encoding="utf-8").replace("summary of it", "by hand"), encoding="utf-8")
    assert professions.get(1001).profession.summary.en == "by hand"
    with pytest.raises(Conflict):
        professions.save(entry.profession, entry.revision)


@pytest.mark.parametrize(
    "data", [{}, {"id": 5}, {"tasks": [1, "x", None]}, {"name": 3, "title": "x"}, {"tasks": [{"criteria": "x", "id": "1"}]}]
)
def test_an_editor_that_sends_nonsense_gets_an_answer(professions: Professions, data: dict[str, Any]) -> None:
    with pytest.raises(ProfessionError):
        professions.save(data)
    assert own(professions) == []


def test_threads_that_save_one_profession_lose_no_edit(professions: Professions) -> None:
    professions.save(draft(summary={"en": "0"}))
    conflicts: list[Conflict] = []

    def add_one() -> None:
        for _ in range(5):
            while True:
                entry = professions.get(1001)
                plain = entry.profession.model_dump(mode="json", exclude_none=True)
                plain["summary"]["en"] = str(int(plain["summary"]["en"]) + 1)
                try:
                    professions.save(plain, entry.revision)
                    break
                except Conflict as conflict:
                    conflicts.append(conflict)

    threads = [threading.Thread(target=add_one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert professions.get(1001).profession.summary.en == "20"
    assert not professions.broken()


def save_three(folder: str, word: str) -> None:
    for number in range(3):
        Professions(Path(folder)).save(draft(title={"en": f"{word} {number}"}))


def test_processes_that_save_new_ones_share_no_number(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=save_three, args=(str(tmp_path), word)) for word in ("a", "b")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(20)
        assert worker.exitcode == 0
    professions = Professions(tmp_path)
    assert [entry.profession.id for entry in professions.list() if entry.own] == [1001, 1002, 1003, 1004, 1005, 1006]
    assert not professions.broken()
    assert not list(tmp_path.glob("*.draft"))
