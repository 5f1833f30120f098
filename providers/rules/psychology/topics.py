"""What people talk about with a psychologist, with the words to come back to it and a few questions of its own."""

import re
from dataclasses import dataclass

from providers.rules.psychology.topic_questions import QUESTIONS


@dataclass(frozen=True, slots=True)
class Topic:
    """A part of life."""

    key: str
    heard: re.Pattern[str]
    """Words that show it, both languages."""
    en: str
    """'your job'."""
    ru_about: str
    """After «о»: «вашей работе»; with «об» where the sound asks for it: the preposition is part of it."""

    def questions(self, language: str) -> tuple[str, ...]:
        """Open questions about it."""
        return QUESTIONS[language][self.key]


def _topic(key: str, heard: str, en: str, ru_about: str) -> Topic:
    return Topic(key, re.compile(rf"\b({heard})"), en, ru_about)


TOPICS: tuple[Topic, ...] = (
    _topic(
        "meetings",
        r"meetings?\b|presentation\w*|public speaking|speech\b|interview\w*|встреч\w*|выступ\w+|презентаци\w*|собеседован\w*"
        r"|совещан\w*",
        "speaking in front of others",
        "о встречах и выступлениях",
    ),
    _topic(
        "work",
        r"jobs?\b|work(ing|ed)?\b|boss\w*|office\b|colleague\w*|coworker\w*|career|manager|project\w*|deadline\w*|fired\b"
        r"|работ\w*|начальни\w*|коллег\w*|офис\w*|карьер\w*|увол\w+|проект\w*|дедлайн\w*|шеф\w*",
        "your job",
        "о работе",
    ),
    _topic(
        "sleep",
        r"sle(ep|pt)\w*|insomnia|nightmare\w*|awake\b|спать|сплю|сон\b|сна\b|сном|бессонниц\w*|заснуть|уснуть|засыпа\w+"
        r"|просыпа\w+|кошмар\w*|высып\w+",
        "your sleep",
        "о сне",
    ),
    _topic(
        "study",
        r"exam\w*|school|stud(y|ies|ying)\b|universit\w+|college|grades?\b|thesis|экзамен\w*|учеб\w*|учусь|школ\w*|универ\w*"
        r"|институт\w*|диплом\w*|сесси\w*",
        "your studies",
        "об учёбе",
    ),
    _topic(
        "partner",
        r"wife|husband|girlfriend|boyfriend|partner|relationship|marriage|divorc\w+|broke up|break ?up|жен(а|е|у|ой|ы)\b"
        r"|муж(а|у|ем)?\b|девушк\w*|парень|парн(я|ем|ю)|отношени\w+|брак\w*|развод\w*|развел\w+|расстал\w+|бросил\w* меня"
        r"|меня бросил\w*",
        "your relationship",
        "об отношениях",
    ),
    _topic(
        "parents",
        r"mother|mum\b|mom\b|father|dad\b|parents|мам\w*|мать|матер\w*|отец|отц\w*|пап(а|е|у|ой|ы)\b|родител\w*",
        "your parents",
        "о родителях",
    ),
    _topic(
        "children",
        r"my (son|daughter|kids?|child|children|baby)|сын\w*|доч\w+|реб[её]н\w+|дет(и|ей|ям|ьми)\b",
        "your children",
        "о детях",
    ),
    _topic("friends", r"friends?\b|friendship|друг\w*|друз\w+|подруг\w*|дружб\w*", "your friends", "о друзьях"),
    _topic(
        "loss",
        r"died|death|passed away|grief|grieving|funeral|lost my (mother|father|mum|mom|dad|dog|cat|friend|wife|husband|son"
        r"|daughter|brother|sister)|умер\w*|смерт\w*|похорон\w*|потерял\w* (маму|отца|папу|друга|мужа|жену|собаку|кошку|брата"
        r"|сестру)|погиб\w*|утрат\w*",
        "your loss",
        "о вашей потере",
    ),
    _topic(
        "health",
        r"health|ill(ness)?\b|sick\b|doctor\w*|pain\b|headache\w*|weight\b|здоров\w*|боле(ю|знь|зни|ет)\b|врач\w*"
        r"|голова болит|болит\b",
        "your health",
        "о здоровье",
    ),
    _topic(
        "money",
        r"money|debts?\b|rent\b|loan\b|salary|bills\b|деньг\w*|денег|долг\w*|кредит\w*|зарплат\w*|ипотек\w*",
        "money",
        "о деньгах",
    ),
    _topic(
        "future",
        r"future|decision|choice|choose|what if\b|будущ\w*|решени[ею]\b|выбор\w*|выбрать|а вдруг",
        "the future",
        "о будущем",
    ),
    _topic(
        "change",
        r"moved? (to|house|away)|moving (to|house|away)|new (city|country|town)|changed my|переех\w+|переезд\w*|новый город"
        r"|другой город|помен\w+ работу|сменил\w* ",
        "that big change",
        "о больших переменах",
    ),
    _topic(
        "self",
        r"myself|confidence|self esteem|mirror|perfect\w*|mistakes?\b|fail(ed|ure|ing)?\b|уверенност\w*|самооценк\w*|себя\b"
        r"|ошиб\w+|идеальн\w*|неудач\w*",
        "how you see yourself",
        "об отношении к себе",
    ),
)


def topics_in(plain_text: str) -> list[Topic]:
    """The parts of life that a text touches."""
    return [topic for topic in TOPICS if topic.heard.search(plain_text)]
