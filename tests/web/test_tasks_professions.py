"""Professions over HTTP: made, changed by two people, copied, taken out and in, previewed, deleted."""

from typing import Any

import pytest
import yaml

from tests.web.tasks_client import Tasks, add_preset, add_profession, last, profession, types


def test_the_list_has_what_the_page_shows(tasks: Tasks) -> None:
    listed = tasks.ask("GET", "/api/professions")
    shipped = [each for each in listed if not each["own"]]
    assert [(each["id"], each["name"]) for each in shipped] == [
        (1, "project-manager"),
        (2, "support-engineer"),
        (3, "data-analyst"),
    ]
    for each in shipped:
        assert set(each) == {"id", "name", "title", "summary", "languages", "tasks", "own", "revision"}
        assert each["languages"] == ["en", "ru"]
        assert len(each["tasks"]) >= 5
        assert {"id", "title", "time_limit_minutes"} == set(each["tasks"][0])
    whole = tasks.ask("GET", "/api/professions/project-manager")
    assert whole == tasks.ask("GET", "/api/professions/1")
    assert whole["profession"]["tasks"][0]["criteria"][0]["weight"] > 0
    assert tasks.ask("GET", "/api/professions/nobody", status=404)["professions"][0] == "project-manager"
    assert isinstance(tasks.ask("GET", "/api/professions", params={"broken": True}), list)


def test_saved_changed_and_deleted(tasks: Tasks) -> None:
    made = tasks.ask("POST", "/api/professions", json={"profession": profession("carpenter")}, status=201)
    assert made["own"]
    number = made["profession"]["id"]
    changed = made["profession"] | {"summary": {"en": "Wood.", "ru": "Дерево."}}
    saved = tasks.ask("PUT", f"/api/professions/{number}", json={"profession": changed, "revision": made["revision"]})
    assert saved["revision"] != made["revision"]
    stale = tasks.ask(
        "PUT", "/api/professions/carpenter", json={"profession": changed, "revision": made["revision"]}, status=409
    )
    assert stale["code"] == "profession_changed"
    assert stale["current"]["revision"] == saved["revision"]
    wrong = changed | {"id": 1}
    assert (
        tasks.ask("PUT", f"/api/professions/{number}", json={"profession": wrong, "revision": ""}, status=422)["code"]
        == "invalid"
    )
    old = {"revision": made["revision"]}
    assert tasks.ask("DELETE", f"/api/professions/{number}", params=old, status=409)["code"] == "profession_changed"
    assert tasks.client.delete(f"/api/professions/{number}", params={"revision": saved["revision"]}).status_code == 204
    gone = tasks.ask(
        "PUT", f"/api/professions/{number}", json={"profession": changed, "revision": saved["revision"]}, status=409
    )
    assert gone["code"] == "profession_gone"
    assert tasks.ask("DELETE", f"/api/professions/{number}", status=404)["code"] == "no_such_profession"


def test_a_shipped_one_is_copied_and_never_changed(tasks: Tasks) -> None:
    before = tasks.ask("GET", "/api/professions/2")
    copy = tasks.ask("POST", "/api/professions", json={"copy_of": "support-engineer"}, status=201)
    assert copy["profession"]["id"] > 1000
    changed = before["profession"] | {"summary": {"en": "Mine.", "ru": "Моё."}}
    saved = tasks.ask("PUT", "/api/professions/2", json={"profession": changed, "revision": before["revision"]}, status=201)
    assert saved["profession"]["id"] != 2
    assert saved["notes"]
    assert tasks.ask("GET", "/api/professions/2") == before
    assert tasks.ask("DELETE", "/api/professions/2", status=409)["code"] == "profession_shipped"
    both = {"profession": before["profession"], "copy_of": 2}
    assert tasks.ask("POST", "/api/professions", json=both, status=422)["code"] == "invalid"


@pytest.mark.parametrize(
    ("change", "path", "message"),
    [({"minutes": -5}, "tasks.0.time_limit_minutes", "-5 is not allowed"), ({"criteria": []}, "tasks.0.criteria", "no criteria"),
     ({"same_id": True}, "tasks.1.id", "same id")],
)  # fmt: skip
def test_mistakes_come_with_their_place_and_what_is_allowed(
    tasks: Tasks, change: dict[str, Any], path: str, message: str
) -> None:
    data = profession("mistaken")
    if "minutes" in change:
        data["tasks"][0]["time_limit_minutes"] = change["minutes"]
    if "criteria" in change:
        data["tasks"][0]["criteria"] = change["criteria"]
    if "same_id" in change:
        data["tasks"][0]["id"] = data["tasks"][1]["id"] = 200_001
    refused = tasks.ask("POST", "/api/professions", json={"profession": data}, status=422)
    assert refused["code"] == "profession_not_valid"
    problem = next(each for each in refused["problems"] if each["path"] == path)
    assert set(problem) == {"line", "path", "message", "allowed"}
    assert message in problem["message"]
    previewed = tasks.ask(
        "POST", "/api/professions/preview", json={"profession": data, "order": 1, "language": "en"}, status=422
    )
    assert previewed["problems"][0]["path"] == path
    text = yaml.safe_dump(
        data | {"id": 5000, "tasks": [{"id": 300_001 + n, **task} for n, task in enumerate(data["tasks"])]}, sort_keys=False
    )
    imported = tasks.client.post("/api/professions/import", content=text.encode())
    assert imported.status_code == 422
    assert all(each["line"] for each in imported.json()["problems"])


def test_taken_out_and_in(tasks: Tasks) -> None:
    add_profession(tasks, "exported")
    out = tasks.client.get("/api/professions/exported/export")
    assert out.headers["content-disposition"] == 'attachment; filename="exported.yaml"'
    assert yaml.safe_load(out.text)["name"] == "exported"
    back = tasks.client.post("/api/professions/import", content=out.content, headers={"content-type": "application/yaml"})
    assert back.status_code == 201
    assert back.json()["profession"]["name"] == "exported-2"
    assert len(back.json()["notes"]) == 2
    refused = tasks.client.post("/api/professions/import", content=b"\xff\xfe nothing")
    assert (refused.status_code, refused.json()["code"]) == (422, "profession_not_valid")
    bomb = "a: &a [x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 8)}]\n" for n in range(9)
    )
    assert tasks.client.post("/api/professions/import", content=bomb.encode()).status_code == 422
    large = b"# " + b"x" * 1_999_990
    assert tasks.client.post("/api/professions/import", content=large).status_code == 422
    assert tasks.client.post("/api/professions/import", content=large + b"x" * 20).status_code == 413
    form = tasks.client.post("/api/professions/import", files={"file": b"name: x"})
    assert (form.status_code, form.json()["code"]) == (415, "not_that_type")


def test_a_task_in_the_editor_is_tried_and_nothing_of_it_kept(tasks: Tasks) -> None:
    draft = profession("still-in-the-editor", count=3)
    del draft["name"], draft["tasks"][1]["criteria"][0]["id"]
    body = {"profession": draft, "order": 2, "language": "ru"}
    shown = [*tasks.stream("POST", "/api/professions/preview", json=body)]
    assert types(shown) == ["metadata", "token", "done"]
    assert (shown[0]["data"]["order"], shown[0]["data"]["of"], shown[0]["data"]["preview"]) == (2, 3, True)
    done = last(shown, "done")
    assert "Do number 2." in done["full_text"]
    assert done["clock"] is None
    assert done["figures"]["total_ms"] > 0
    assert tasks.ask("GET", "/api/trials") == []
    assert "still-in-the-editor" not in [each["name"] for each in tasks.ask("GET", "/api/professions")]
    assert tasks.ask("POST", "/api/professions/preview", json=body | {"order": 9}, status=422)["code"] == "invalid"
    saved = tasks.ask("GET", "/api/professions/1")["profession"]
    by_number = [*tasks.stream("POST", "/api/professions/preview", json={"profession": saved, "task_id": 103})]
    assert by_number[0]["data"]["id"] == 103
    preset = add_preset(tasks.bench.data, "preview-fails", fault={"kind": "error", "after": 2})
    failed = [*tasks.stream("POST", "/api/professions/preview", json=body | {"preset": preset})]
    assert (failed[-1]["type"], failed[-1]["data"]["partial_text"]) == ("error", "one two")
    refused = tasks.ask("POST", "/api/professions/preview", json=body | {"preset": "openai"}, status=409)
    assert refused["code"] == "key_missing"
