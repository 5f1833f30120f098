"""The interviewer: tasks of the prompt, follow-ups on what was said, feedback that rests on what was in the answer."""

import re

import pytest

from providers.rules.interview.answers import weigh
from providers.rules.interview.subjects import SUBJECTS, subjects_in
from tests.unit.rulebook.scripts import heard, held

EXAMINER = (
    "You are an examiner for the profession: project manager.\n"
    "Task 1: The supplier delivers two weeks late. Plan the next steps.\n"
    "Task 2: The client wants a new feature for free."
)
ANSWERS = [
    "hello",
    "i led the move of our shop to a new warehouse with a team of five",
    "first i would talk to the client and then i would change the plan",
    "the biggest risk is that the supplier delivers two weeks late",
    "because we had no contract with a second supplier",
    "i do not know",
    "we saved twenty percent of the budget in the end",
    "i wrote the tests myself and found nine bugs before the release",
    "my colleague disagreed and we had a long conflict about it",
    "we looked at the data every week and changed the report",
    "i made a mistake with the estimate and told the customer at once",
    "yes",
]


@pytest.mark.parametrize(
    ("said", "marks"),
    [
        ("first i would talk to the client and then i would change the plan", {"steps", "own", "people"}),
        ("we saved twenty percent because we asked two suppliers", {"number", "reason", "people"}),
        ("the result was good", {"result"}),
        ("сначала я поговорил бы с заказчиком, чтобы понять риски", {"steps", "own", "people", "reason", "risk"}),
        ("one day", set()),
    ],
)
def test_an_answer_is_weighed_by_what_is_in_it(said: str, marks: set[str]) -> None:
    assert weigh(heard(said)).marks >= marks
    if not marks:
        assert weigh(heard(said)).vague


def test_the_tasks_of_the_prompt_are_asked_in_order() -> None:
    replies = held(["start", "next question", "next question"], "en", EXAMINER)
    assert "The supplier delivers two weeks late. Plan the next steps" in replies[0]
    assert "The client wants a new feature for free" in replies[1]
    assert "supplier delivers" not in replies[2]
    assert "new feature" not in replies[2]


def test_the_follow_up_is_about_what_was_said() -> None:
    replies = held(["hello", "the biggest risk is that the supplier delivers two weeks late"], "en", EXAMINER)
    touched = {question for subject in subjects_in(heard("supplier risk late weeks").plain) for question in subject.en}
    assert any(question in replies[1] for question in touched)


def test_feedback_names_what_was_there_and_what_was_not() -> None:
    lines = [
        "hello",
        "we saved twenty percent because we asked two suppliers",
        "we cut the cost by ten percent because we waited",
        "how am i doing",
    ]
    report = held(lines, persona="interviewer")[3]
    assert "figures" in report
    assert "reasons" in report
    assert re.search("your own part|results|view of the risks", report)


def test_without_answers_there_is_no_feedback() -> None:
    assert re.search("too little|not enough", held(["hello", "how am i doing"], persona="interviewer")[1])


def test_a_vague_answer_is_asked_to_be_more_concrete() -> None:
    reply = held(["hello", "it went well"], persona="interviewer")[1]
    assert re.search("short|more|concrete|general|deeper", reply)
    assert reply.endswith("?")


def test_nothing_is_said_twice_in_twelve_turns() -> None:
    from providers.rules.talk.text import bare, sentences

    replies = held(ANSWERS, persona="interviewer")
    assert len(replies) == 12
    said = [bare(sentence) for reply in replies for sentence in sentences(reply)]
    assert len(said) == len(set(said))


def test_every_subject_has_questions_in_both_languages() -> None:
    for subject in SUBJECTS:
        assert len(subject.en) == len(subject.ru) >= 2
        assert all(question.endswith("?") for question in (*subject.en, *subject.ru))


def test_in_russian_too() -> None:
    replies = held(
        ["здравствуйте", "поставщик опоздал на две недели, потому что не было второго", "как я справляюсь"],
        "ru",
        persona="interviewer",
    )
    assert re.search("поставщик", replies[1])
    assert "цифры" in replies[2]
