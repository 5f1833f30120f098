"""Which persona answers, by the stated rules."""

import pytest

from providers.rules.casting import persona_for
from providers.rules.talk.dialogue import read
from tests.unit.rulebook.scripts import held, request


def cast(lines: list[str], system: str = "", wanted: str = "auto") -> str:
    return persona_for(read(request(lines, [""] * (len(lines) - 1), system=system)), wanted).name


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        (
            "You are a calm, warm psychologist. Listen, ask one question. You are no substitute for professional care.",
            "psychologist",
        ),
        ("Use CBT, be empathic and brief.", "psychologist"),
        ("You work at the front desk of a barbershop. Ask one thing at a time, and repeat what was agreed.", "barbershop"),
        ("You take bookings for haircuts.", "barbershop"),
        ("You are a site engineer on a building site. Answer questions about concrete.", "site_engineer"),
        ("You are an examiner. Profession: support engineer. Task 1: A customer cannot log in.", "interviewer"),
        ("You are an interviewer. Ask about a project and the feelings of the team.", "interviewer"),
        ("Ты психолог, эмпатичный и краткий.", "psychologist"),
        ("Вы администратор барбершопа.", "barbershop"),
        ("Ты прораб на стройке.", "site_engineer"),
        ("Ты проводишь собеседование.", "interviewer"),
    ],
)
def test_the_prompt_decides(prompt: str, name: str) -> None:
    assert cast(["i would like a haircut and some concrete"], prompt) == name


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("i feel anxious before every meeting and i do not know why", "psychologist"),
        ("i would like to book a haircut on friday at three in the afternoon", "barbershop"),
        ("how much concrete do i need for a slab six by four metres and twenty centimetres thick", "site_engineer"),
        ("the biggest risk is that the supplier delivers two weeks late", "interviewer"),
        ("я чувствую тревогу перед каждой встречей", "psychologist"),
        ("запишите меня на стрижку в пятницу в три часа дня", "barbershop"),
        ("какой шаг арматуры в этой колонне", "site_engineer"),
        ("i want to die", "psychologist"),
        ("hello", "host"),
        ("what time is it", "host"),
    ],
)
def test_without_a_prompt_the_first_telling_message_decides(said: str, name: str) -> None:
    assert cast([said]) == name
    assert cast(["hello", said, "how about a haircut with concrete"][: 2 if name == "host" else 3]) == name


def test_a_set_persona_stays() -> None:
    assert cast(["how much concrete for a slab"], "You are a psychologist", wanted="barbershop") == "barbershop"


def test_the_host_offers_and_hands_over() -> None:
    replies = held(["hello", "a listener please"])
    assert "interview" in replies[0]
    assert "substitute for professional care" in replies[1]
