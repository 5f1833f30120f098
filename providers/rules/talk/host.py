"""Without a prompt and without a hint: says what there is to talk about, until the person says something that shows it."""

from providers.rules.talk.dialogue import Dialogue
from providers.rules.talk.lexicon import sounds_garbled
from providers.rules.talk.persona import Persona
from providers.rules.talk.small_talk import unclear

_OFFER: dict[str, tuple[str, ...]] = {
    "en": (
        "I can listen to what is on your mind, take down a barber's appointment, work out concrete, or hold a practice "
        "interview. Which shall it be?",
        "Choose one: a listening ear, a haircut appointment, concrete for a slab or column, or a practice interview?",
        "With me you can talk something over, book a demo haircut, calculate concrete, or train for an interview. What would "
        "you like?",
        "My four parts are listener, barbershop, site engineer and interviewer. Tell me which one you need.",
    ),
    "ru": (
        "Могу выслушать вас, принять запись к барберу, посчитать бетон или провести пробное собеседование. Что выберете?",
        "На выбор: выслушать, отметить стрижку, посчитать плиту или колонну, потренировать собеседование. Чего хотите?",
        "Со мной можно выговориться, записаться на стрижку для пробы, посчитать бетон или подготовиться к собеседованию. Что "
        "вам нужно?",
        "Ролей четыре: слушатель, барбершоп, инженер на стройке и экзаменатор. Скажите, какая нужна.",
    ),
}
_GREET = {"en": ("Hello.", "Hi there.", "Good to hear you."), "ru": ("Здравствуйте.", "Добрый день.", "Приветствую.")}
_NOT_MINE = {
    "en": (
        "That is not something my rules cover.",
        "On that I have no rule.",
        "My rules do not reach that far.",
        "That one is outside my book of rules.",
    ),
    "ru": (
        "Об этом у меня правил нет.",
        "Такого мои правила не знают.",
        "Так далеко мои правила не идут.",
        "Это за пределами моих правил.",
    ),
}


def reply(talk: Dialogue) -> str:
    """Says that there is no rule for it, and what there is."""
    lead = unclear(talk) if sounds_garbled(talk.now.heard) else talk.voice.pick(_NOT_MINE[talk.language])
    return f"{lead} {question(talk)}".strip()


def welcome(talk: Dialogue) -> str:
    """The first words."""
    return f"{talk.voice.pick(_GREET[talk.language])} {talk.voice.pick(_OFFER[talk.language])}"


def question(talk: Dialogue) -> str:
    """The offer, while it has not been made in all its words."""
    return talk.voice.pick(_OFFER[talk.language]) if talk.voice.fresh(_OFFER[talk.language]) else ""


HOST = Persona(
    name="host",
    role={"en": "the host", "ru": "ведущий"},
    welcome=welcome,
    farewell={"en": ("Goodbye.", "See you.", "Bye for now."), "ru": ("До свидания.", "До встречи.", "Всего доброго.")},
    reply=reply,
    question=question,
)
