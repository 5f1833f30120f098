"""Days as people say them: 'tomorrow', 'on friday', «пятого декабря». Kept as said, because there is no calendar here.

A day is never turned into a date of a year: the same conversation must read the same tomorrow.
"""

import re
from dataclasses import dataclass, replace
from typing import Literal

from providers.rules.talk.numerals import Token
from providers.rules.talk.text import plural_ru


@dataclass(frozen=True, slots=True)
class Day:
    """One day, as it was named."""

    kind: Literal["ahead", "weekday", "date"]
    number: int
    """ahead: days from today (0, 1, 2, 7 …); weekday: 0 = Monday; date: day of the month."""
    month: int | None = None
    """1 … 12 for a date, where it was said."""
    next_week: bool = False
    """A weekday of next week."""


_WEEKDAYS: tuple[str, ...] = (
    r"mondays?|понедельник\w*",
    r"tuesdays?|вторник\w*",
    r"wednesdays?|сред[ауые]\b|среде",
    r"thursdays?|четверг\w*",
    r"fridays?|пятниц\w*",
    r"saturdays?|суббот\w*",
    r"sundays?|воскресен\w*",
)
_WEEKDAY = re.compile("^(?:" + "|".join(f"({pattern})" for pattern in _WEEKDAYS) + ")$")
_MONTHS: tuple[str, ...] = (
    "jan|янв",
    "feb|фев",
    "mar|мар",
    "apr|апр",
    "may|мая|май",
    "jun|июн",
    "jul|июл",
    "aug|авг",
    "sep|сен",
    "oct|окт",
    "nov|ноя",
    "dec|дек",
)
_MONTH = tuple(re.compile(rf"^(?:{pattern})") for pattern in _MONTHS)
_MONTH_WORDS = re.compile(
    r"^(january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug"
    r"|sept?|oct|nov|dec|январ[яье]|феврал[яье]|марта?|апрел[яье]|ма[яйе]|июн[яье]|июл[яье]|августа?|сентябр[яье]|октябр[яье]"
    r"|ноябр[яье]|декабр[яье])$"
)
_RELATIVE: tuple[tuple[re.Pattern[str], int], ...] = (
    (re.compile(r"\b(the )?day after tomorrow\b|\bпослезавтра\b"), 2),
    (re.compile(r"\btomorrow\b|\bзавтра(шн\w+)?\b"), 1),
    (re.compile(r"\b(today|tonight|this (morning|afternoon|evening))\b|\bсегодня(шн\w+)?\b"), 0),
    (re.compile(r"\b(in a week|a week from (now|today)|через неделю)\b"), 7),
)
_NEXT_WEEK = re.compile(r"\bnext week\b|\bна следующей неделе\b")
_DOTTED = re.compile(r"^(\d{1,2})[./](\d{1,2})(?:[./](\d{2,4}))?$")
_DISMISSED = frozenset({"not", "than", "from", "не", "вместо", "с", "со", "от"})
"""A day right after one of these is the one that is *not* wanted: 'instead of friday', «с пятницы на понедельник»."""

_EN_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_EN_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_RU_DAYS = ("в понедельник", "во вторник", "в среду", "в четверг", "в пятницу", "в субботу", "в воскресенье")
_RU_NEXT = (
    "в следующий понедельник",
    "в следующий вторник",
    "в следующую среду",
    "в следующий четверг",
    "в следующую пятницу",
    "в следующую субботу",
    "в следующее воскресенье",
)
_RU_MONTHS = (
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
)


def day_in(plain_text: str, words: tuple[Token, ...], *, asked: bool = False) -> Day | None:
    """The day that is wanted: the last one named that is not dismissed. With `asked`, a bare ordinal counts as a date."""
    named = [day for at in range(len(words)) if (day := _at(words, at, asked=asked)) is not None]
    if named and named[-1].kind == "weekday" and _NEXT_WEEK.search(plain_text):
        return replace(named[-1], next_week=True)
    if named:
        return named[-1]
    for pattern, ahead in _RELATIVE:
        if pattern.search(plain_text):
            return Day("ahead", ahead)
    return _in_days(words)


def _at(words: tuple[Token, ...], at: int, *, asked: bool) -> Day | None:
    """The weekday or date that begins at word `at`."""
    word = words[at]
    before = words[at - 1].text if at else ""
    if word.value is None and (before in _DISMISSED or (before == "of" and at > 1 and words[at - 2].text == "instead")):
        return None
    if word.value is None and (weekday := _WEEKDAY.match(word.text)) and weekday.lastindex:
        return Day("weekday", weekday.lastindex - 1, next_week=before in {"next", "следующий", "следующую", "следующее"})
    if (dotted := _DOTTED.match(word.text)) and _is_date(dotted, before):
        return Day("date", int(dotted[1]), int(dotted[2]))
    if word.value is None or not 1 <= word.value <= 31 or word.value != int(word.value):
        return None
    after = [token.text for token in words[at + 1 : at + 3]]
    if before in _DISMISSED and after[:1] != ["of"]:
        return None
    month = next((name for name in (after[1:] if after[:1] == ["of"] else after[:1]) if _MONTH_WORDS.match(name)), None)
    if month is None and _MONTH_WORDS.match(before):
        month = before
    if month is not None:
        return Day("date", int(word.value), _month(month))
    if after[:1] == ["числа"] or (word.ordinal and (asked or before == "the") and after[:1] != ["time"]):
        return Day("date", int(word.value))
    return None


def _is_date(dotted: re.Match[str], before: str) -> bool:
    """12.05.2026 and 5/12 are dates; 12.30 is a time."""
    day, month = int(dotted[1]), int(dotted[2])
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return False
    return (
        dotted[3] is not None
        or "/" in dotted[0]
        or (dotted[2].startswith("0") and before not in {"at", "в", "к"} and dotted[2] != "00")
    )


def _month(word: str) -> int | None:
    return next((number for number, pattern in enumerate(_MONTH, 1) if pattern.match(word)), None)


def _in_days(words: tuple[Token, ...]) -> Day | None:
    """'in three days', «через два дня», 'in two weeks'."""
    for at in range(len(words) - 2):
        unit, number = words[at + 2].text, words[at + 1].value
        if words[at].text in {"in", "через"} and number is not None and 1 <= number <= 60:
            if unit in {"day", "days", "день", "дня", "дней"}:
                return Day("ahead", int(number))
            if unit in {"week", "weeks", "неделю", "недели", "недель"}:
                return Day("ahead", int(number) * 7)
    return None


def say(day: Day, language: str) -> str:
    """'on Friday', 'tomorrow', «в пятницу», «5 декабря»: an adverbial of time."""
    ru = language == "ru"
    if day.kind == "ahead":
        near = (("сегодня", "завтра", "послезавтра") if ru else ("today", "tomorrow", "the day after tomorrow"))[:3]
        if day.number < 3:
            return near[day.number]
        if day.number == 7:
            return "через неделю" if ru else "in a week"
        return f"через {day.number} {plural_ru(day.number, 'день', 'дня', 'дней')}" if ru else f"in {day.number} days"
    if day.kind == "weekday":
        if ru:
            return (_RU_NEXT if day.next_week else _RU_DAYS)[day.number]
        return ("next " if day.next_week else "on ") + _EN_DAYS[day.number]
    if day.month is None:
        return f"{day.number} числа" if ru else f"on the {_ordinal(day.number)}"
    return f"{day.number} {_RU_MONTHS[day.month - 1]}" if ru else f"on {_EN_MONTHS[day.month - 1]} {day.number}"


def _ordinal(number: int) -> str:
    ending = "th" if number in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
