"""The model fails in every way a service can, before and after its first word; the page is told, and can go on."""

from typing import Any

import pytest

from tests.web.tasks_client import Message, Tasks, add_preset, last, text_of, types

PROFESSION = "support-engineer"


def asked(tasks: Tasks, name: str, fault: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The query for a model with that fault."""
    return {"preset": add_preset(tasks.bench.data, name, fault=fault, **more)}


@pytest.mark.parametrize(
    ("kind", "code", "outcome"),
    [("error", "service_failed", "failed"), ("cut", "connection_cut", "failed"), ("malformed", "protocol_broken", "failed"),
     ("ended_early", "ended_early", "failed"), ("refuse", "connection_refused", "failed"), ("empty", "empty_reply", "silent")],
)  # fmt: skip
def test_before_the_first_word_it_is_asked_again_unstreamed_and_says_so(
    tasks: Tasks, kind: str, code: str, outcome: str
) -> None:
    query = asked(tasks, f"before-{kind}", {"kind": kind, "only_turns": [0]})
    question = tasks.question(PROFESSION, **query)
    assert types(question) == ["metadata", "metadata", "token", "done"]
    first, second = (message["data"] for message in question[:2])
    assert (first["streamed"], first["fallback"]) == (True, False)
    assert (second["streamed"], second["fallback"]) == (False, True)
    assert second["fell_back"]["code"] == code
    assert second["fell_back"]["message"]
    assert len([message for message in question if message["type"] == "token"]) == 1
    done = question[-1]["data"]
    assert (done["full_text"], done["fallback"], done["streamed"]) == ("one two three four five six", True, False)
    # A reload still shows it.
    again = tasks.question(PROFESSION, **query)
    assert (again[0]["data"]["replayed"], again[0]["data"]["fallback"]) == (True, True)
    state = tasks.trial(first["trial"])["tasks"][0]
    assert (state["fallback"], state["streamed"]) == (True, False)


@pytest.mark.parametrize(
    ("kind", "code"), [("error", "service_failed"), ("cut", "connection_cut"), ("malformed", "protocol_broken")]
)
def test_after_the_first_word_the_part_is_kept_and_it_can_be_tried_again(tasks: Tasks, kind: str, code: str) -> None:
    query = asked(tasks, f"after-{kind}", {"kind": kind, "after": 3, "only_turns": [0]})
    broken = tasks.question(PROFESSION, **query)
    assert types(broken) == ["metadata", "token", "error"]
    error = broken[-1]["data"]
    assert {"code", "message", "facts", "stage", "partial_text", "retry"} <= set(error)
    assert (error["code"], error["stage"], error["retry"], error["outcome"]) == (code, "llm", True, "failed")
    assert error["partial_text"] == text_of(broken, "question") == "one two three"
    assert "sk-" not in str(broken)
    # Without wanting another try, the failure is told again and the model is left alone.
    told = tasks.question(PROFESSION, **query)
    assert told[-1]["data"] == error
    whole = tasks.ask("GET", f"/api/tasks/profession/{PROFESSION}/current", params=query, status=502)
    assert (whole["code"], whole["partial_text"]) == (code, "one two three")
    again = tasks.question(PROFESSION, **query, retry=1)
    assert types(again) == ["metadata", "token", "done"]
    assert last(again, "done")["full_text"] == "one two three four five six"
    assert again[0]["data"]["trial"] == broken[0]["data"]["trial"]


def test_a_failed_feedback_keeps_the_answer_and_can_be_tried_again_or_left_out(tasks: Tasks) -> None:
    query = asked(tasks, "feedback-fails", {"kind": "error", "only_turns": [1, 2, 3, 4, 5, 6, 7]})
    began = tasks.question(PROFESSION, **query)[0]["data"]
    task = began["id"]
    broken = tasks.submit(task, "my answer", submission_id="one", query=query)
    assert types(broken) == ["metadata", "metadata", "error"]
    assert broken[0]["data"]["submission"]["accepted"]
    assert (broken[-1]["data"]["step"], broken[-1]["data"]["partial_text"]) == ("feedback", "")
    state = tasks.trial(began["trial"])
    assert (state["step"], state["tasks"][0]["answer"]["text"], state["tasks"][0]["feedback"]) == (
        "feedback",
        "my answer",
        None,
    )
    second = tasks.submit(task, "my answer", submission_id="one", query=query | {"retry": 1})
    assert second[0]["data"]["submission"]["again"]
    assert second[-1]["type"] == "error"
    whole = tasks.ask(
        "POST", f"/api/tasks/{task}/submit", json={"answer": "my answer", "submission_id": "one"}, params=query, status=502
    )
    assert whole["submission"]["again"]
    assert whole["code"] == "service_failed"
    assert tasks.ask("POST", f"/api/tasks/{task}/skip-feedback", params=query) == {"step": "question"}
    assert tasks.ask("POST", f"/api/tasks/{task}/skip-feedback", params=query) == {"step": "question"}


def test_a_model_that_says_nothing_in_time_is_asked_again_and_one_that_stops_is_an_error(tasks: Tasks) -> None:
    limits = {"first_text_s": 0.3, "between_text_s": 0.3}
    silent = asked(tasks, "silent-start", {"kind": "stall", "only_turns": [0]}, limits=limits)
    question = tasks.question(PROFESSION, **silent)
    assert types(question) == ["metadata", "metadata", "token", "done"]
    assert question[1]["data"]["fell_back"]["code"] == "stage_timed_out"
    stuck = asked(tasks, "stuck-middle", {"kind": "stall", "after": 2, "only_turns": [0]}, limits=limits)
    broken = tasks.question(PROFESSION, **stuck)
    error = broken[-1]["data"]
    assert (error["code"], error["outcome"], error["partial_text"]) == ("stage_timed_out", "timed_out", "one two")
    assert (
        tasks.ask("GET", f"/api/tasks/profession/{PROFESSION}/current", params=stuck, status=504)["code"] == "stage_timed_out"
    )
    assert last(tasks.question(PROFESSION, **stuck, retry=1), "done")["full_text"] == "one two three four five six"


def test_a_model_without_its_key_says_which_one_is_missing(tasks: Tasks, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = tasks.ask("GET", "/api/tasks/profession/1/current/stream", params={"preset": "openai"}, status=409)
    assert refused["code"] == "key_missing"
    assert refused["facts"]["variable"]
    assert refused["facts"]["variable"] in refused["message"]
    assert tasks.ask("GET", "/api/trials") == []


def test_what_does_not_exist_is_named(tasks: Tasks, other: Tasks) -> None:
    unknown = tasks.ask("GET", "/api/tasks/profession/nobody/current/stream", status=404)
    assert (unknown["code"], unknown["professions"][:3]) == (
        "no_such_profession", ["project-manager", "support-engineer", "data-analyst"],
    )  # fmt: skip
    assert "data-analyst" in unknown["message"]
    assert (
        tasks.ask("GET", "/api/tasks/profession/1/current", params={"preset": "nothing"}, status=404)["code"]
        == "no_such_preset"
    )
    assert tasks.ask("POST", "/api/tasks/101/submit", json={"answer": "x"}, status=404)["code"] == "no_such_trial"
    began: Message = other.question("project-manager")[0]["data"]
    for method, path in (
        ("GET", ""), ("GET", "/events"), ("GET", "/report.md"), ("POST", "/abandon"), ("DELETE", ""),
    ):  # fmt: skip
        assert tasks.ask(method, f"/api/trials/{began['trial']}{path}", status=404)["code"] == "no_such_trial"
    theirs = {"trial": began["trial"]}
    assert tasks.ask("GET", "/api/tasks/profession/1/current", params=theirs, status=404)["code"] == "no_such_trial"
    assert (
        tasks.ask("POST", "/api/tasks/101/submit", json={"answer": "x"}, params=theirs, status=404)["code"] == "no_such_trial"
    )
    assert other.trial(began["trial"])["tasks"][0]["answer"] is None
    assert other.ask("POST", "/api/tasks/999/start", params=theirs, status=404)["code"] == "no_such_task"
    assert other.ask("GET", f"/api/trials/{began['trial']}/report.html", status=404)["code"] == "no_report"


def test_an_abandoned_trial_is_over_and_a_deleted_one_is_gone(tasks: Tasks) -> None:
    began = tasks.question("project-manager")[0]["data"]
    trial = {"trial": began["trial"]}
    tasks.ask("PUT", "/api/tasks/101/draft", json={"text": "a draft", "base_revision": 0})
    assert tasks.ask("POST", f"/api/trials/{began['trial']}/abandon") == {"ended": "abandoned"}
    assert tasks.ask("POST", f"/api/trials/{began['trial']}/abandon") == {"ended": "abandoned"}
    over = tasks.ask("POST", "/api/tasks/101/submit", json={"answer": "x"}, params=trial, status=410)
    assert over["code"] == "trial_over"
    assert tasks.trial(began["trial"])["ended"] == "abandoned"
    fresh = tasks.question("project-manager")[0]["data"]["trial"]
    assert fresh != began["trial"]
    assert tasks.client.delete(f"/api/trials/{began['trial']}").status_code == 204
    tasks.ask("GET", f"/api/trials/{began['trial']}", status=404)
    assert [each["id"] for each in tasks.ask("GET", "/api/trials")] == [fresh]


def test_a_language_that_the_profession_has_not(tasks: Tasks) -> None:
    from tests.web.tasks_client import add_profession

    add_profession(tasks, "english-only", languages=("en",))
    refused = tasks.ask("GET", "/api/tasks/profession/english-only/current", params={"language": "ru"}, status=422)
    assert (refused["code"], refused["facts"]) == ("language_unavailable", {"language": "ru", "allowed": "en"})
    assert tasks.ask("GET", "/api/tasks/profession/1/current", params={"language": "de"}, status=422)["code"] == "invalid"
