"""The server ends in the middle of a trial, by signal or by `kill -9`, and the next one goes on with all that it had taken."""

import signal
import time
from pathlib import Path

import httpx
import pytest

from tests.running import running_workbench
from tests.web.tasks_client import Tasks, add_preset, cookie_of, last, signed_in, types

TEXT = " ".join(f"word{n}" for n in range(20))


def begun(tasks: Tasks, preset: str) -> str:
    """A question that is being written; the trial's id."""
    stream = tasks.stream("GET", "/api/tasks/profession/project-manager/current/stream", params={"preset": preset})
    trial = next(stream)["data"]["trial"]
    for _ in range(3):
        assert next(stream)["type"] == "token"
    return str(trial)


def test_kill_9_loses_no_answer(tmp_path: Path) -> None:
    fast = add_preset(tmp_path, "fast", text=TEXT)
    slow = add_preset(tmp_path, "slow", text=TEXT, first_text_ms=50, tokens_per_s=10)
    with running_workbench(tmp_path) as bench, signed_in(bench) as tasks:
        cookie = cookie_of(tasks)
        question = tasks.question("project-manager", preset=fast)
        answered = question[0]["data"]["trial"]
        deadline = question[-1]["data"]["clock"]["deadline_utc"]
        tasks.ask("PUT", "/api/tasks/101/draft", json={"text": "a draft", "base_revision": 0})
        tasks.submit(101, "the answer", submission_id="s1", query={"preset": fast, "until": "feedback"})
        tasks.question("project-manager", preset=fast)
        tasks.ask("PUT", "/api/tasks/102/draft", json={"text": "draft of the second", "base_revision": 0})
        written = tasks.trial(answered)
        cut_off = begun(tasks, slow)
        bench.process.kill()
        bench.process.wait(10)
    with running_workbench(tmp_path) as bench, signed_in(bench, cookie) as tasks:
        state = tasks.trial(answered)
        assert {k: v for k, v in state.items() if k not in ("now_utc", "tasks")} == {
            k: v for k, v in written.items() if k not in ("now_utc", "tasks")
        }
        first, second = state["tasks"][:2]
        assert (first["answer"]["text"], first["feedback"], first["clock"]["deadline_utc"]) == ("the answer", TEXT, deadline)
        assert (second["question"], second["draft"]["text"]) == (TEXT, "draft of the second")
        assert second["clock"]["deadline_utc"] == written["tasks"][1]["clock"]["deadline_utc"]
        assert second["remaining_s"] < written["tasks"][1]["remaining_s"]
        # The answer sent again after the restart is the same answer.
        again = tasks.submit(101, "the answer", submission_id="s1", query={"trial": answered, "until": "feedback"})
        assert again[0]["data"]["submission"]["again"]
        assert (again[0]["data"]["replayed"], last(again, "done")["full_text"]) == (True, TEXT)
        # The question that nobody had got to the end of is written anew, in the same trial.
        assert tasks.trial(cut_off)["tasks"][0]["question"] is None
        whole = tasks.question("project-manager", preset=slow)
        assert types(whole) == ["metadata", "token", "done"]
        assert (whole[0]["data"]["trial"], last(whole, "done")["full_text"]) == (cut_off, TEXT)


def test_kill_9_right_after_an_answer_was_taken_leaves_its_feedback_to_be_written(tmp_path: Path) -> None:
    preset = add_preset(tmp_path, "slow", text=TEXT, first_text_ms=20, tokens_per_s=40)
    with running_workbench(tmp_path) as bench, signed_in(bench) as tasks:
        cookie = cookie_of(tasks)
        trial = tasks.question("project-manager", preset=preset)[0]["data"]["trial"]
        body = {"answer": "my answer", "submission_id": "s1"}
        stream = tasks.stream("POST", "/api/tasks/101/submit/stream", json=body, params={"preset": preset})
        assert next(stream)["data"]["submission"]["accepted"]
        bench.process.kill()
        with pytest.raises(httpx.TransportError):
            for _ in stream:
                pass
        bench.process.wait(10)
    with running_workbench(tmp_path) as bench, signed_in(bench, cookie) as tasks:
        state = tasks.trial(trial)
        assert (state["step"], state["tasks"][0]["answer"]["text"]) == ("feedback", "my answer")
        due = tasks.question("project-manager", preset=preset)
        assert [m["data"]["step"] for m in due if m["type"] == "metadata"] == ["feedback", "question"]
        assert [m["data"]["full_text"] for m in due if m["type"] == "done"] == [TEXT, TEXT]


def test_a_stop_does_not_wait_for_streams_and_tells_them(tmp_path: Path) -> None:
    preset = add_preset(tmp_path, "slow", text=TEXT, first_text_ms=20, tokens_per_s=2)
    with running_workbench(tmp_path) as bench, signed_in(bench) as tasks, signed_in(bench) as window:
        stream = tasks.stream("GET", "/api/tasks/profession/1/current/stream", params={"preset": preset})
        trial = next(stream)["data"]["trial"]
        next(stream)
        window.client.cookies = tasks.client.cookies
        changes = window.stream("GET", f"/api/trials/{trial}/events")
        assert next(changes)["type"] == "state"
        began = time.monotonic()
        bench.process.send_signal(signal.SIGTERM)
        ends = [[*each][-1] for each in (stream, changes)]
        assert bench.process.wait(20) == 0
        assert time.monotonic() - began < 6
        assert [(each["type"], each["data"]["code"], each["data"]["retry"]) for each in ends] == [
            ("error", "server_stopping", True)
        ] * 2
        assert "Traceback" not in bench.log.read_text()
