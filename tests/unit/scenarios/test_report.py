"""Totals are computed here, by weight, and never over what is missing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.scenarios import report_model
from bench.scenarios.report import CriterionResult, Report, TaskResult, compose
from bench.scenarios.report_rules import report_by_rules
from bench.scenarios.rule_score import score_task
from tests.conversations.trial_stage import GOOD
from tests.unit.scenarios.test_trial_prompts import begun, finished

HALVES = st.integers(0, 10).map(lambda number: number / 2)


def made(points: list[tuple[float | None, float | None]]) -> Report:
    state = finished(begun(tasks=len(points)), len(points))
    results = {
        task.task_id: TaskResult("model", {
            name: CriterionResult(each, "because", ("My answer.",)) for name, each in zip(("risk", "people"), given, strict=True) if each is not None
        })
        for task, given in zip(state.tasks, points, strict=True)
    }  # fmt: skip
    return compose(state, results, made_utc="2030", model="m", scored_by="model")


@settings(deadline=None, max_examples=100, derandomize=True)
@given(st.lists(st.tuples(HALVES, HALVES), min_size=1, max_size=6))
def test_the_total_is_the_mean_of_the_tasks_and_those_are_means_by_weight(points: list[tuple[float, float]]) -> None:
    report = made(list(points))
    tasks = [100 * (risk * 1 + people * 3) / 4 / 5 for risk, people in points]
    assert [task.percent for task in report.tasks] == pytest.approx(tasks, abs=0.051)
    assert report.total == report.partial == pytest.approx(sum(tasks) / len(tasks), abs=0.11)
    assert Report.model_validate_json(report.model_dump_json()) == report


def test_what_is_missing_leaves_no_total() -> None:
    report = made([(5, None), (1, 1)])
    assert (report.total, report.partial, report.scored, report.criteria) == (None, 60, 3, 4)
    assert [task.percent for task in report.tasks] == [None, 20]
    assert report.tasks[0].criteria[1].reason.startswith("Could not be scored")
    assert made([(None, None)]).partial is None


def test_strengths_and_gaps_follow_the_points_unless_a_scorer_named_its_own() -> None:
    report = made([(4, 2), (3.5, 2.5)])
    assert [(task.strengths, task.gaps) for task in report.tasks] == [(("Risks",), ("People",)), ((), ())]


def test_the_report_by_rules_is_the_stated_score() -> None:
    state = finished(begun(tasks=2), 2, GOOD)
    report = report_by_rules(state, made_utc="2030", model="Rulebook")
    scores = score_task(GOOD, state.tasks[0].task, "en", "What?")
    assert [each.points for each in report.tasks[0].criteria] == [each.points for each in scores]
    assert all(quote in GOOD for each in report.tasks[0].criteria for quote in each.quotes)
    assert report.summary == "Scored by fixed rules that recognise words, not meaning."


def test_the_schema_is_what_strict_modes_take() -> None:
    def check(part: dict[str, object]) -> None:
        assert set(part) <= {"type", "properties", "items", "description", "required", "additionalProperties"}
        if part["type"] == "object":
            properties = part["properties"]
            assert isinstance(properties, dict)
            assert part["required"] == list(properties)
            assert part["additionalProperties"] is False
            for each in properties.values():
                check(each)
        if part["type"] == "array":
            assert isinstance(part["items"], dict)
            check(part["items"])

    check(report_model.answer_schema())


@pytest.mark.parametrize("around", ["{}", "```json\n{}\n```", "Here it is: {} Hope that helps."])
def test_an_object_is_found_among_words(around: str) -> None:
    body = '{"tasks": [], "summary": "Good."}'
    assert report_model.read(around.replace("{}", body), []).summary == "Good."


@settings(deadline=None, max_examples=200, derandomize=True)
@given(st.text(max_size=60) | st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5),
       lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["tasks", "task_id", "criteria", "criterion", "points",
       "quotes", "summary"]), inner, max_size=4), max_leaves=12).map(str))  # fmt: skip
def test_reading_never_raises_and_never_scores_nonsense(reply: str) -> None:
    state = finished(begun(tasks=2), 2)
    read = report_model.read(reply.replace("'", '"'), state.tasks)
    assert read.missing == read.wanted == 4
    assert read.problems
