"""The same task streamed and unstreamed, and model against model: interleaved, with the words of every other verdict."""

import asyncio
import time
from pathlib import Path

from bench.clock import MonotonicClock
from bench.events.kinds import Event, ExperimentEnded, TurnEnded, TurnStarted
from bench.events.store import Store
from tests.running import Workbench
from tests.web.tasks_client import Tasks, add_preset


def stored(data: Path, experiment: str) -> list[Event]:
    async def read() -> list[Event]:
        async with await Store.open(data / "firstword.sqlite3", MonotonicClock(), f"reader-{time.monotonic_ns()}") as store:
            return [event for _, event in await store.experiment(experiment)]

    return asyncio.run(read())


def test_streamed_is_sooner_than_unstreamed_and_the_verdict_says_by_how_much(bench: Workbench, tasks: Tasks) -> None:
    preset = add_preset(bench.data, "compared", first_text_ms=20, tokens_per_s=100, text=" ".join(["word"] * 21))
    lanes = [{"preset": preset, "streamed": True}, {"preset": preset, "streamed": False}]
    body = {"profession": "data-analyst", "task_id": 302, "lanes": lanes, "repeats": 6, "seed": 5}
    told = [*tasks.stream("POST", "/api/tasks/compare", json=body)]
    began, runs, verdict = told[0]["data"], [m["data"] for m in told if m["type"] == "run"], told[-1]["data"]
    assert (told[0]["type"], told[-1]["type"]) == ("metadata", "verdict")
    assert [m["data"]["lane"] for m in told if m["type"] == "warm_up"] in (["A", "B"], ["B", "A"])
    assert (began["of"], began["seed"]) == (14, 5)
    assert [each["repeat"] for each in runs] == [n // 2 for n in range(12)]
    assert all({each["lane"] for each in runs if each["repeat"] == block} == {"A", "B"} for block in range(6))
    assert {each["outcome"] for each in runs} == {"answered"}
    for run in runs:
        assert run["total_ms"] >= 215
        assert run["first_shown_ms"] >= (20 if run["lane"] == "A" else 215)
    a, b = verdict["lanes"]
    assert (a["n"], b["n"], a["streamed"], b["streamed"]) == (6, 6, True, False)
    # Asking and first token are the same; what the user waits for is not.
    assert abs(a["median_total_ms"] - b["median_total_ms"]) < 100
    assert 120 < b["median_first_shown_ms"] - a["median_first_shown_ms"] < 350
    assert verdict["sentences"][0]["en"].startswith("A answers ")
    assert verdict["sentences"][0]["ru"].startswith("A отвечает на ")
    assert verdict["verdict"]["decided"]
    events = stored(bench.data, began["experiment"])
    turns = [event for event in events if isinstance(event, TurnStarted)]
    assert sum(turn.warm_up for turn in turns) == 2
    assert sorted({turn.block for turn in turns}) == [-1, 0, 1, 2, 3, 4, 5]
    assert len({turn.conversation for turn in turns}) == 14
    assert [event.reason for event in events if isinstance(event, ExperimentEnded)] == ["completed"]


def test_equal_lanes_cannot_be_told_apart_and_failures_stay_in_the_count(tasks: Tasks) -> None:
    good = add_preset(tasks.bench.data, "never-fails")
    bad = add_preset(tasks.bench.data, "fails-often", fault={"kind": "error", "after": 1, "only_turns": [2, 4]})
    body = {"profession": 1, "task_id": 101, "lanes": [{"preset": good}, {"preset": bad}], "repeats": 5}
    told = [*tasks.stream("POST", "/api/tasks/compare", json=body)]
    failed = [m["data"] for m in told if m["type"] == "run" and m["data"]["outcome"] == "failed"]
    assert [(each["lane"], each["code"]) for each in failed] == [("B", "service_failed")] * 2
    assert all(each["message"] for each in failed)
    lane = told[-1]["data"]["lanes"][1]
    assert (lane["n"], lane["of"], lane["outcomes"]) == (3, 5, {"answered": 3, "failed": 2})
    assert told[-1]["data"]["sentences"][0]["en"].startswith("Cannot tell yet")
    assert any("2 failed of 5" in each["en"] for each in told[-1]["data"]["sentences"])


def test_one_at_a_time_and_leaving_ends_it(bench: Workbench, tasks: Tasks, other: Tasks) -> None:
    preset = add_preset(bench.data, "slow-run", first_text_ms=200)
    body = {"profession": 1, "task_id": 101, "lanes": [{"preset": preset}], "repeats": 50}
    run = tasks.stream("POST", "/api/tasks/compare", json=body)
    experiment = next(run)["data"]["experiment"]
    assert other.ask("POST", "/api/tasks/compare", json=body, status=409)["code"] == "run_under_way"
    next(run)
    run.close()  # type: ignore[attr-defined]
    ends = time.monotonic() + 10
    while (
        other.client.post("/api/tasks/compare", json=body | {"repeats": 1, "lanes": [{"preset": "embedded"}]}).status_code
        == 409
    ):
        assert time.monotonic() < ends
        time.sleep(0.05)
    events = stored(bench.data, experiment)
    assert [event.reason for event in events if isinstance(event, ExperimentEnded)] == ["stopped"]
    outcomes = [event.outcome for event in events if isinstance(event, TurnEnded)]
    assert set(outcomes) <= {"answered", "cancelled"}
    assert len(outcomes) < 10


def test_what_cannot_be_compared_is_refused_at_once(tasks: Tasks) -> None:
    body = {"profession": 1, "task_id": 101, "lanes": [{"preset": "embedded"}], "repeats": 1}
    assert tasks.ask("POST", "/api/tasks/compare", json=body | {"task_id": 999}, status=404)["code"] == "no_such_task"
    assert tasks.ask("POST", "/api/tasks/compare", json=body | {"profession": "x"}, status=404)["code"] == "no_such_profession"
    assert tasks.ask("POST", "/api/tasks/compare", json=body | {"lanes": []}, status=422)["code"] == "invalid"
    assert tasks.ask("POST", "/api/tasks/compare", json=body | {"repeats": 51}, status=422)["code"] == "invalid"
    keyless = {"lanes": [{"preset": "embedded"}, {"preset": "openai"}]}
    assert tasks.ask("POST", "/api/tasks/compare", json=body | keyless, status=409)["code"] == "key_missing"
    alone = [*tasks.stream("POST", "/api/tasks/compare", json=body)]
    assert alone[-1]["data"]["sentences"] == []
