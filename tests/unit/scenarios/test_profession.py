"""Professions: every mistake in a file is named with its line and what would be allowed; the shipped ones are sound."""

import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from bench.preset import Presets
from bench.scenarios.profession import LANGUAGES, Profession
from bench.scenarios.profession_file import LARGEST_BYTES, ProfessionError, check, dump, read
from bench.scenarios.professions import SHIPPED
from bench.scenarios.rule_signs import words_of
from providers.rules.casting import _named_in

SMALL = """\
id: 7
name: baker
title: {en: Baker}
summary: {en: One day in a bakery.}
prompt: {en: You are the examiner.}
tasks:
  - id: 701
    title: {en: Dough}
    description: {en: Say what the dough needs.}
    time_limit_minutes: 5
    criteria:
      - id: flour
        title: {en: Flour}
        weight: 2
        looks_for: {en: Names the flour.}
        signs: {en: [flour*, rye|wheat]}
      - id: rest
        title: {en: Rest}
        looks_for: {en: Lets it rest.}
        signs: {en: ["12", rest*]}
"""


def problems(content: str | bytes) -> list[str]:
    with pytest.raises(ProfessionError) as caught:
        read(content, "x.yaml")
    return [str(problem) for problem in caught.value.problems]


def shipped(name: str) -> Profession:
    return read((SHIPPED / f"{name}.yaml").read_bytes(), name)


def test_a_small_profession_in_one_language() -> None:
    baker = read(SMALL, "x.yaml")
    assert baker.languages == ("en",)
    assert baker.title.text("ru") == ""
    assert baker.tasks[0].material.text("en") == ""
    assert baker.tasks[0].criteria[1].weight == 1
    assert baker.tasks[0].criteria[1].signs.of("en") == ("12", "rest*")
    assert read(SMALL.replace('"12"', "12"), "x.yaml") == baker


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("    time_limit_minutes: 5", "    time_limit_minutes: -5", "line 10: task 1, time_limit_minutes: -5 is not allowed"),
        ("    time_limit_minutes: 5", "    time_limit_minutes: 0", "Allowed: more than 0, at most 180 minutes."),
        ("    time_limit_minutes: 5", "    time_limit_minutes: 1.0e+300", "Allowed: more than 0, at most 180 minutes."),
        ("    time_limit_minutes: 5", "    time_limit_minutes: .nan", "Allowed: more than 0, at most 180 minutes."),
        (
            "    time_limit_minutes: 5",
            "    time_limit_minutes: soon",
            "line 10: task 1, time_limit_minutes: 'soon' is not allowed",
        ),
        ("    time_limit_minutes: 5\n", "", "line 7: task 1, time_limit_minutes: is missing"),
        ("weight: 2", "weight: 0", "line 14: task 1, criterion 1, weight: 0 is not allowed Allowed: more than 0, at most 10."),
        ("weight: 2", "weight: 11", "Allowed: more than 0, at most 10."),
        ("weight: 2", "wieght: 2", "line 14: task 1, criterion 1, wieght: unknown key 'wieght', did you mean 'weight'?"),
        ("id: rest\n", "id: flour\n", "line 17: task 1, criterion 2, id: task 1 has two criteria 'flour'"),
        ("id: rest\n", "id: Rest 1\n", "small Latin letters, digits and single hyphens"),
        ("name: baker", "name: ../etc/passwd", "small Latin letters, digits and single hyphens"),
        ("id: 7\n", "id: '7'\n", "line 1: id: '7' is not allowed Allowed: a whole number."),
        ("id: 7\n", "id: 0\n", "Allowed: at least 1."),
        (
            "title: {en: Dough}",
            "title: {en: Dough, ru: Тесто}",
            "line 8: task 1, title: has text in 'ru', but the title has not",
        ),
        ("title: {en: Dough}", "title: {ru: Тесто}", "task 1, title: has no text in 'en', but the title has"),
        ("signs: {en: [flour*, rye|wheat]}", "signs: {en: []}", "line 16: task 1, criterion 1, signs: has no signs in 'en'"),
        ("[flour*, rye|wheat]", "[fl*our]", "has a * in the wrong place"),
        ("[flour*, rye|wheat]", "['*our']", "has a * in the wrong place"),
        ("[flour*, rye|wheat]", "['rye|']", "has an empty alternative"),
        ("title: {en: Baker}", "title: {en: ' '}", "line 3: title: is empty"),
        ("title: {en: Baker}", "title: Baker", "Allowed: a text in en, in ru or in both, as 'en: …'."),
        ("title: {en: Dough}", "title: {en: 2026-04-14}", "Allowed: text; numbers and dates in quotes."),
        ("title: {en: Baker}", "title: {en: Baker}\ntitle: {en: Cook}", "line 4: title: is given twice"),
        (
            "prompt: {en: You are the examiner.}",
            f"prompt: {{en: {'long ' * 5000}}}",
            "is too long Allowed: at most 20000 characters.",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line_and_what_is_allowed(old: str, new: str, expected: str) -> None:
    found = problems(SMALL.replace(old, new, 1))
    assert any(expected in problem for problem in found), found


def test_two_tasks_of_one_id() -> None:
    second = SMALL[SMALL.index("  - id: 701") :]
    [problem] = problems(SMALL + second)
    assert problem.startswith("line 21: task 2, id: task 2 has the same id 701 as task 1")


def test_no_tasks_and_no_criteria() -> None:
    assert "line 6: tasks: there are no tasks Allowed: at least 1." in problems(
        SMALL[: SMALL.index("  - id: 701")].replace("tasks:", "tasks: []")
    )
    start = SMALL.index("    criteria:")
    assert problems(SMALL[:start] + "    criteria: []\n") == [
        "line 11: task 1, criteria: there are no criteria Allowed: at least 1."
    ]


def test_all_mistakes_are_told_in_the_order_of_the_file() -> None:
    text = SMALL.replace("name: baker", "name: B A").replace("minutes: 5", "minutes: 0").replace("weight: 2", "weight: -1")
    assert [problem.split(":")[0] for problem in problems(text)] == ["line 2", "line 10", "line 14"]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "- a\n- b\n",
        "just words",
        "title: [\n",
        "a: 1\n---\nb: 2\n",
        "id: !!python/object:os.system x\n",
        "? [a]\n: b\n",
        "a: \x01",
        "a: 1\x00",
        "id: 2026-99-99\n",
        b"\xff\xfe\x00i\x00d",
        b"\x89PNG\r\n\x1a\n\x00\x00",
    ],
)
def test_what_is_no_profession(content: str | bytes) -> None:
    assert problems(content)


def test_a_byte_order_mark_is_no_mistake() -> None:
    assert read(b"\xef\xbb\xbf" + SMALL.encode(), "x.yaml") == read(SMALL, "x.yaml")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a: " + "x" * 2_000_000, f"at most {LARGEST_BYTES:,} bytes"),
        ("[" * 400_000, "nested more than"),
        ("{a: " * 100_000, "nested more than"),
        ("a: &a [*a]\n", "holds too many values"),
        ("a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40)), "holds too many values"),
        ("tasks: [" + "1, " * 200_000 + "]", "holds too many values"),
    ],
    ids=["large", "deep lists", "deep mappings", "itself", "doubling", "many"],
)
def test_a_hostile_file_is_refused_at_once(content: str, expected: str) -> None:
    started = time.perf_counter()
    [problem] = problems(content)
    assert expected in problem
    assert time.perf_counter() - started < 5


def test_an_alias_within_reason_is_welcome() -> None:
    text = SMALL.replace("signs: {en: [flour*, rye|wheat]}", "signs: &signs {en: [flour*]}").replace(
        'signs: {en: ["12", rest*]}', "signs: *signs"
    )
    assert read(text, "x.yaml").tasks[0].criteria[1].signs.en == ("flour*",)


def test_plain_data_is_checked_without_lines() -> None:
    data: dict[str, Any] = yaml.safe_load(SMALL)
    assert check(data, "editor").name == "baker"
    data["tasks"][0]["criteria"][0]["weight"] = -1
    with pytest.raises(ProfessionError) as caught:
        check(data, "editor")
    assert str(caught.value.problems[0]).startswith("task 1, criterion 1, weight: -1 is not allowed")
    assert caught.value.problems[0].path == "tasks.0.criteria.0.weight"
    for hostile in (None, [], "x", {"tasks": {}}, {"tasks": [None]}, {"title": {"en": "\ud800"}}):
        with pytest.raises(ProfessionError):
            check(hostile, "editor")


@pytest.mark.parametrize("name", ["project-manager", "support-engineer", "data-analyst"])
def test_a_shipped_profession_is_whole(name: str) -> None:
    profession = shipped(name)
    assert profession.languages == LANGUAGES
    assert len(profession.tasks) >= 5
    for task in profession.tasks:
        assert 3 <= len(task.criteria) <= 5
        assert 5 <= task.time_limit_minutes <= 15
        assert all(task.material.text(language) for language in LANGUAGES)
        for criterion in task.criteria:
            assert all(len(criterion.signs.of(language)) >= 4 for language in LANGUAGES)
            assert len(criterion.signs.en) == len(criterion.signs.ru)


def test_shipped_numbers_are_fixed() -> None:
    """Runs are stored under them."""
    numbers = {
        path.stem: (one.id, [task.id for task in one.tasks]) for path in SHIPPED.glob("*.yaml") if (one := shipped(path.stem))
    }
    assert numbers == {
        "project-manager": (1, [101, 102, 103, 104, 105]),
        "support-engineer": (2, [201, 202, 203, 204, 205]),
        "data-analyst": (3, [301, 302, 303, 304, 305]),
    }


@pytest.mark.parametrize("name", ["project-manager", "support-engineer", "data-analyst"])
def test_both_languages_name_the_same_figures(name: str) -> None:
    """A figure of one language's material that is missing in the other would be a slip of the pen."""
    for task in shipped(name).tasks:
        english, russian = task.material.text("en"), task.material.text("ru").replace(",", ".")  # a decimal comma
        assert figures(english) == figures(russian), task.id


def figures(text: str) -> set[str]:
    """Figures of three digits and more, thousands joined."""
    return {word for word in words_of(text) if word.isdigit() and len(word) >= 3}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["project-manager", "support-engineer", "data-analyst"])
def test_the_embedded_model_plays_the_examiner(name: str, language: str) -> None:
    prompt = shipped(name).prompt
    assert _named_in(prompt.en if language == "en" else prompt.ru or "") == "interviewer"


@pytest.mark.parametrize("name", ["project-manager", "support-engineer", "data-analyst"])
def test_writing_and_reading_changes_nothing(name: str) -> None:
    profession = shipped(name)
    text = dump(profession)
    assert read(text, name) == profession
    assert dump(read(text, name)) == text
    assert "\\n" not in text  # texts of several lines stay editable blocks
    assert "&id" not in text


def test_presets_are_not_confused_by_the_folder() -> None:
    assert not {path.stem for path in SHIPPED.glob("*.yaml")} & set(Presets(Path("nowhere")).ids())
