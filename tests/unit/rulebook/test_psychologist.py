"""The psychologist: grammar of giving back, feelings, memory, summing up, and words for someone in danger."""

import re

import pytest

from providers.rules.psychology.feelings import feelings_in
from providers.rules.psychology.reflection_en import reflect as reflect_en
from providers.rules.psychology.reflection_ru import quote
from providers.rules.psychology.reflection_ru import reflect as reflect_ru
from providers.rules.psychology.topics import TOPICS
from providers.rules.talk.text import bare, sentences
from tests.unit.rulebook.scripts import PSYCHOLOGIST, heard, held

SESSION = [
    "hello",
    "i feel anxious before every meeting and i do not know why",
    "well my boss always interrupts me in front of the others",
    "yes",
    "i have not been sleeping well since i changed my job",
    "what should i do",
    "ok i will try that tomorrow morning",
    "i do not know",
    "i think i am a failure",
    "my mother never told me that she is proud of me",
    "no",
    "maybe i should talk to my sister about it",
]
СЕАНС = [
    "здравствуйте",
    "я чувствую тревогу перед каждой встречей",
    "начальник постоянно меня критикует при всех",
    "да",
    "я плохо сплю с тех пор как поменял работу",
    "мне кажется что я неудачник",
    "что мне делать",
    "хорошо я попробую завтра",
    "не знаю",
    "у меня никого нет кроме мамы",
    "я боюсь выступать перед людьми",
    "наверное надо поговорить с сестрой",
]


@pytest.mark.parametrize(
    ("said", "given_back"),
    [
        (
            "i feel anxious before every meeting and i do not know why",
            "you feel anxious before every meeting and you do not know why",
        ),
        ("I'm so tired of my job.", "you are so tired of your job"),
        ("i was happy when i lived with my mother", "you were happy when you lived with your mother"),
        ("i was never good at school, my brother was", "you were never good at school, your brother was"),
        ("it's been hard for me since my dad died", "it has been hard for you since your dad died"),
        ("she left me and took our dog with her", "she left you and took your dog with her"),
        ("My boss thinks I'm lazy and I hate it", "your boss thinks you are lazy and you hate it"),
        ("well you know i just feel like i can not do anything right", "you just feel like you can not do anything right"),
        ("there is nobody i can talk to", "there is nobody you can talk to"),
        ("you don't understand me", None),
        ("what do you think about my life", None),
        ("life is hard", None),
        ("me too", None),
    ],
)
def test_english_is_given_back_in_the_second_person(said: str, given_back: str | None) -> None:
    assert reflect_en(heard(said).plain) == given_back


@pytest.mark.parametrize(
    ("said", "given_back"),
    [
        ("я боюсь выступать перед людьми", "вы боитесь выступать перед людьми"),
        ("я очень устал от работы", "вы очень устали от работы"),
        ("я поссорилась с мужем", "вы поссорились с мужем"),
        ("у меня болит голова каждый день", "у вас болит голова каждый день"),
        ("меня бросила девушка", "вас бросила девушка"),
        ("мой начальник кричит на меня", "ваш начальник кричит на вас"),
        ("мне одиноко и грустно", "вам одиноко и грустно"),
        ("Я ненавижу свою работу, потому что там все кричат.", "вы ненавидите свою работу"),
        ("я плохо сплю с тех пор как поменял работу", "вы плохо спите"),
        ("я шёл домой и плакал", None),
        ("я хочу чтобы всё закончилось", None),
        ("я должен был позвонить ей", None),
        ("мне кажется, что меня никто не любит", None),
        ("я люблю еду", None),
        ("он меня не слушает", None),
    ],
)
def test_russian_is_given_back_only_where_the_grammar_is_sure(said: str, given_back: str | None) -> None:
    assert reflect_ru(heard(said).light) == given_back


def test_what_cannot_be_turned_is_quoted() -> None:
    assert quote(heard("Он меня всё время поправляет.").light) == "он меня всё время поправляет"
    assert "«он меня всё время поправляет»" in held(["здравствуйте", "он меня всё время поправляет"], "ru", PSYCHOLOGIST)[1]


@pytest.mark.parametrize(
    ("said", "keys"),
    [
        ("i am anxious and tired", ["anxiety", "tiredness"]),
        ("i am not anxious", []),
        ("i do not feel lonely any more", []),
        ("мне страшно и стыдно", ["fear", "shame"]),
        ("мне не страшно", []),
        ("i am so happy today", ["joy"]),
        ("she never told me that she is proud of me", []),
    ],
)
def test_feelings(said: str, keys: list[str]) -> None:
    assert [feeling.key for feeling in feelings_in(heard(said).plain)] == keys


@pytest.mark.parametrize(("lines", "language"), [(SESSION, "en"), (СЕАНС, "ru")], ids=["en", "ru"])
def test_nothing_is_said_twice_in_twelve_turns(lines: list[str], language: str) -> None:
    replies = held(lines, language, PSYCHOLOGIST)
    assert len(lines) == 12
    said = [bare(sentence) for reply in replies for sentence in sentences(reply)]
    assert len(said) == len(set(said))
    assert all(1 <= len(sentences(reply)) <= 3 for reply in replies)
    questions = [reply for reply in replies if reply.endswith("?")]
    assert len(questions) >= 11


@pytest.mark.parametrize(
    ("lines", "language"), [(SESSION, "en"), (СЕАНС, "ru"), (SESSION[1:], "en")], ids=["en", "ru", "no hello"]
)
def test_it_says_once_at_the_start_that_it_is_no_substitute_for_care(lines: list[str], language: str) -> None:
    replies = held(lines, language, PSYCHOLOGIST)
    notices = [
        bool(re.search("no substitute for professional care|не заменяет помощь специалиста", reply)) for reply in replies
    ]
    assert notices[0]
    assert not any(notices[1:])


def test_what_was_said_is_summed_up() -> None:
    summary = held(SESSION[:5], "en", PSYCHOLOGIST)[4]
    assert "anxiety" in summary
    assert "your job" in summary
    assert "your sleep" in summary
    итог = held(СЕАНС[:5], "ru", PSYCHOLOGIST)[4]
    assert "тревога" in итог
    assert "о работе" in итог
    assert "о сне" in итог


def test_an_earlier_topic_is_remembered() -> None:
    lines = [
        "hello",
        "my job is killing me",
        "hmm it is what it is",
        "nothing changes there",
        "it goes round and round in there",
    ]
    later = " ".join(held(lines, "en", PSYCHOLOGIST)[2:])
    work = next(topic for topic in TOPICS if topic.key == "work")
    assert "your job" in later or any(question in later for question in work.questions("en"))


def test_advice_fits_what_was_told_and_a_plan_is_taken_up() -> None:
    replies = held(["i can not sleep", "what should i do", "ok i will try that tonight"], "en", PSYCHOLOGIST)
    assert re.search("same time every day|lie awake", replies[1])
    assert re.search("concrete|step|really happen", replies[2])


def test_a_number_answers_the_scale_question() -> None:
    from providers.base import ChatRequest, Message
    from providers.rules.partner import reply

    asked = Message("assistant", "From zero to ten, how strong is it right now?")
    said = reply(ChatRequest((Message("user", "i feel sad"), asked, Message("user", "a seven i think"))), "psychologist")
    assert "7 out of ten" in said


def test_medicine_is_left_to_doctors() -> None:
    reply = held(["hello", "which pills should i take, am i bipolar"], "en", PSYCHOLOGIST)[1]
    assert re.search("doctor|professional", reply)


def test_the_crisis_words_are_calm_and_point_to_people() -> None:
    reply = held(["hello", "i want to kill myself"], "en", PSYCHOLOGIST)[1]
    assert re.search("emergency|helpline|crisis line", reply)
    assert not re.search("depress|disorder|diagnos", reply)
    ответ = held(["здравствуйте", "я не хочу жить"], "ru", PSYCHOLOGIST)[1]
    assert re.search("112|экстренн|телефон доверия", ответ)


@pytest.mark.parametrize("persona", ["auto", "psychologist", "barbershop", "site_engineer", "interviewer"])
@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("i want to die", "en"),
        ("I can't go on, I'll end my life", "en"),
        ("why not just kill myself", "en"),
        ("i do not want to live any more", "en"),
        ("i do not want to die but i think about suicide every day", "en"),
        ("everyone would be better off without me", "en"),
        ("хочу умереть", "ru"),
        ("я думаю о самоубийстве", "ru"),
        ("лучше бы меня не было", "ru"),
    ],
)
def test_every_persona_takes_danger_seriously(persona: str, said: str, language: str) -> None:
    reply = held([said], language, persona=persona)[0]
    assert re.search(r"emergency|helpline|crisis line|112|телефон доверия|скорая|экстренн|больниц", reply)


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("this deadline is killing me", "en"),
        ("i am dying to see that film", "en"),
        ("i have time to kill", "en"),
        ("i do not want to wake up early tomorrow", "en"),
        ("хочу убить время", "ru"),
        ("умираю со смеху", "ru"),
    ],
)
def test_turns_of_phrase_are_no_danger(said: str, language: str) -> None:
    assert not re.search("emergency|112|экстренн", held([said], language, PSYCHOLOGIST)[0])


def test_after_danger_it_keeps_asking_until_there_is_help() -> None:
    replies = held(
        ["i want to kill myself", "no", "what is the weather like", "i called my sister she is with me", "it was a hard week"],
        "en",
        PSYCHOLOGIST,
    )
    for still in replies[1:3]:
        assert re.search("safe|person with you", still)
    assert not re.search("are you safe|person with you", replies[3])
    assert not re.search("safe right now|emergency", replies[4])


def test_a_denial_is_believed_and_leaves_the_door_open() -> None:
    reply = held(["hello", "i am not suicidal"], "en", PSYCHOLOGIST)[1]
    assert re.search("helpline|emergency", reply)
    assert not re.search("right now|this minute", reply)
