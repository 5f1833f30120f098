"""Times of day as people say them: 'half past three', 'three in the afternoon', «в половине четвёртого»."""

import re
from dataclasses import dataclass
from typing import Literal

from providers.rules.talk.numeral_words import ORDINALS
from providers.rules.talk.numerals import Token
from providers.rules.talk.text import plural_ru, word_set

Part = Literal["morning", "afternoon", "evening", "night"]


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day as heard."""

    minutes: int | None
    """After midnight; None when only a part of the day was named."""
    part: Part | None = None


_PARTS: tuple[tuple[Part, re.Pattern[str]], ...] = (
    ("morning", re.compile(r"\b(morning|before noon|утр(а|ом|о)|с утра|до обеда|первой половине)\b")),
    (
        "afternoon",
        re.compile(r"\b(afternoon|after lunch|after noon|днем|дня|после обеда|после полудня|в обед|второй половине)\b"),
    ),
    ("evening", re.compile(r"\b(evening|tonight|after work|вечер(а|ом|ний)?|после работы)\b")),
    ("night", re.compile(r"\b(at night|ночи|ночью)\b")),
)
_GREETED = re.compile(
    r"\b(good (morning|afternoon|evening|night)|have a (nice|good) (morning|afternoon|evening)|добр\w+ (утр\w+|д(ень|ня)"
    r"|вечер\w*))\b"
)
_DAYS_COUNTED = re.compile(r"\b(через|in) \S+ (дня|days?)\b|\b(два|три|четыре|[234]) дня\b(?! дня)")
_CUES = word_set(
    "at around about by till until before after for from to say maybe perhaps в на к ко около после до примерно то часов во "
    "со с"
)
_WEEKDAY = re.compile(
    r"^(mon|tues|wednes|thurs|fri|satur|sun)day$|^(today|tomorrow|сегодня|завтра|послезавтра|понедельник|вторник|среду"
    r"|четверг|пятницу|субботу|воскресенье)$"
)
_HOUR_WORDS = frozenset({"o'clock", "oclock", "hours", "час", "часа", "часов", "часам", "ч"})
_MINUTE_WORDS = frozenset({"minutes", "minute", "минут", "минуты", "минуту", "мин"})
_NOT_A_TIME = _MINUTE_WORDS | word_set(
    """
    people person persons days day weeks week months year years percent metres meters cm centimetres of number раза раз
    человек человека дней дня день недель недели неделю месяца лет рублей kids children января февраля марта апреля мая
    июня июля августа сентября октября ноября декабря числа january february march april may june july august september
    october november december
    """
)
_NAMED_NOON = frozenset({"noon", "midday", "полдень", "полудню"})
_NAMED_MIDNIGHT = frozenset({"midnight", "полночь", "полуночи"})
_NAMED = _NAMED_NOON | _NAMED_MIDNIGHT | {"час"}
_FIGURES = re.compile(r"^([01]?\d|2[0-3])[:.]([0-5]\d)$")
_LATER, _EARLIER = frozenset({"pm", "p"}), frozenset({"am", "a"})


def clock_in(plain_text: str, words: tuple[Token, ...], *, asked: bool = False) -> Clock | None:
    """The time named last, with what part of the day was said. With `asked`, a bare number counts as an hour."""
    found: int | None = None
    at = (
        0
        if any(
            word.value is not None or word.text[0].isdigit() or word.text in _NAMED or word.text.startswith("пол")
            for word in words
        )
        else len(words)
    )
    while at < len(words):
        read = _read(words, at, asked=asked)
        if read is None:
            at += 1
        else:
            found, at = read
    part = _part(plain_text)
    if found is None:
        return Clock(None, part) if part else None
    return Clock(_on_the_day(found, part), part)


def _part(plain_text: str) -> Part | None:
    text = _DAYS_COUNTED.sub(" ", _GREETED.sub(" ", plain_text))
    return next((part for part, pattern in _PARTS if pattern.search(text)), None)


def _on_the_day(minutes: int, part: Part | None) -> int:
    """'three' with 'afternoon' is 15:00; minutes ≥ 24 h mark a time whose half of the day was said (am, pm, 15:30)."""
    if minutes >= _FIXED:
        return minutes - _FIXED
    if part in {"afternoon", "evening"} and minutes < 12 * 60:
        return minutes + 12 * 60
    if part == "night":
        return minutes + 12 * 60 if 9 * 60 <= minutes < 12 * 60 else minutes % (12 * 60)
    if part is None and minutes < 9 * 60:
        return minutes + 12 * 60
    return minutes


_FIXED = 10_000


def _read(words: tuple[Token, ...], at: int, *, asked: bool) -> tuple[int, int] | None:
    """(minutes, next word) of a time that begins at `at`."""
    return _figures(words, at) or _named(words, at) or _relative(words, at) or _hour(words, at, asked=asked)


def _text(words: tuple[Token, ...], at: int) -> str:
    return words[at].text if 0 <= at < len(words) else ""


def _number(words: tuple[Token, ...], at: int, low: int, high: int) -> int | None:
    if 0 <= at < len(words):
        value = words[at].value
        if value is not None and value == int(value) and low <= value <= high and words[at].digits:
            return int(value)
    return None


def _figures(words: tuple[Token, ...], at: int) -> tuple[int, int] | None:
    match = _FIGURES.match(words[at].text)
    if match is None or (words[at].text.count(".") and _text(words, at - 1) not in _CUES and int(match[2]) % 5):
        return None
    minutes = int(match[1]) * 60 + int(match[2])
    if _text(words, at + 1) in _LATER | _EARLIER:
        return _FIXED + _half_day(minutes, _text(words, at + 1)), at + 2
    return (_FIXED + minutes if minutes >= 9 * 60 else minutes), at + 1


def _named(words: tuple[Token, ...], at: int) -> tuple[int, int] | None:
    word = words[at].text
    if word in _NAMED_NOON:
        return _FIXED + 12 * 60, at + 1
    if word in _NAMED_MIDNIGHT:
        return _FIXED, at + 1
    if word in {"час"} and _text(words, at - 1) in {"в", "к", "на"}:
        return 60, at + 1
    return None


def _relative(words: tuple[Token, ...], at: int) -> tuple[int, int] | None:
    """'half past three', 'ten to four', «половина четвёртого», «без четверти пять», «десять минут пятого»."""
    word = words[at].text
    amount = (
        15 if word in {"quarter", "четверть"} else 30 if word in {"half", "половина", "половине", "половину", "пол"} else None
    )
    if amount is None and word.startswith("пол") and word[3:] in ORDINALS and ORDINALS[word[3:]] <= 12:
        return (ORDINALS[word[3:]] - 1) * 60 + 30, at + 1
    if word == "без" and (shift := _shift(words, at + 1)) is not None:
        less, after = shift
        hour = _number(words, after, 1, 12) or (1 if _text(words, after) == "час" else None)
        return ((hour * 60 - less) % 720, after + 1) if hour else None
    shift = (amount, at + 1) if amount is not None else _shift(words, at)
    if shift is None:
        return None
    minutes, after = shift
    joint = _text(words, after)
    if joint in {"past", "after", "to", "till"} and minutes % 5 == 0 and (hour := _number(words, after + 1, 1, 12)) is not None:
        sign = 1 if joint in {"past", "after"} else -1
        if sign > 0 or minutes <= 30:
            return (hour * 60 + sign * minutes) % 720, after + 2
    if (
        after < len(words)
        and words[after].ordinal
        and 1 <= (words[after].value or 0) <= 12
        and (amount or _text(words, after - 1) in _MINUTE_WORDS)
    ):
        return (int(words[after].value or 1) - 1) * 60 + minutes, after + 1
    return None


def _shift(words: tuple[Token, ...], at: int) -> tuple[int, int] | None:
    """A number of minutes, or a quarter: (minutes, next word)."""
    if _text(words, at) in {"четверти", "quarter"}:
        return 15, at + 1
    number = _number(words, at, 1, 59)
    if number is None or words[at].ordinal:
        return None
    return number, at + (2 if _text(words, at + 1) in _MINUTE_WORDS else 1)


def _hour(words: tuple[Token, ...], at: int, *, asked: bool) -> tuple[int, int] | None:
    """'at three', 'three thirty pm', '3 o'clock', «в пятнадцать ноль ноль», «три часа дня»."""
    hour = _number(words, at, 0, 23)
    if hour is None or words[at].ordinal:
        return None
    before, after = _text(words, at - 1), at + 1
    named = _text(words, after) in _HOUR_WORDS
    after += named
    minute = _number(words, after, 0, 59)
    zeros = minute == 0 and _number(words, after + 1, 0, 9) is not None  # «ноль ноль», 'oh five'
    if zeros:
        minute, after = _number(words, after + 1, 0, 9), after + 1
    if (
        minute is not None
        and (minute % 5 == 0 or zeros)
        and (minute >= 10 or zeros or _text(words, after + 1) in _MINUTE_WORDS)
        and not words[after].ordinal
    ):
        after += 1 + (_text(words, after + 1) in _MINUTE_WORDS)
    else:
        minute = None
    half = _text(words, after)
    if half in _LATER | _EARLIER and (half in {"am", "pm"} or _text(words, after + 1) == "m"):
        return _FIXED + _half_day(hour * 60 + (minute or 0), half), after + (1 if half in {"am", "pm"} else 2)
    spoken = (
        named or before in _CUES or bool(_WEEKDAY.match(before)) or (asked and len(words) <= 8) or _part_follows(words, after)
    )
    follower = _text(words, after)
    if not spoken or follower in _NOT_A_TIME - ({"дня"} if named or before in _CUES else set()):
        return None
    if _number(words, after, 0, 9999) is not None and not asked:  # more numbers follow: a phone number, not a time
        return None
    minutes = hour * 60 + (minute or 0)
    return (_FIXED + minutes if hour >= 13 or hour == 0 else minutes), after


def _part_follows(words: tuple[Token, ...], at: int) -> bool:
    return _text(words, at) in {"утра", "дня", "вечера", "ночи"} or (
        _text(words, at) == "in"
        and _text(words, at + 1) == "the"
        and _text(words, at + 2) in {"morning", "afternoon", "evening"}
    )


def _half_day(minutes: int, half: str) -> int:
    twelve = minutes % (12 * 60)
    return twelve + 12 * 60 if half in _LATER else twelve


def say(minutes: int, language: str) -> str:
    """'3:30 pm', '12 noon', «15 часов 30 минут»: what a synthesiser reads well."""
    hour, minute = divmod(minutes, 60)
    if language == "ru":
        return f"{hour} {plural_ru(hour, 'час', 'часа', 'часов')}" + (
            f" {minute} {plural_ru(minute, 'минута', 'минуты', 'минут')}" if minute else ""
        )
    if minutes == 12 * 60:
        return "12 noon"
    shown = hour % 12 or 12
    return f"{shown}{f':{minute:02d}' if minute else ''} {'pm' if hour >= 12 else 'am'}"
