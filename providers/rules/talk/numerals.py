"""Spoken numbers in both languages: 'two point five', 'a hundred and twenty', «двадцать третьего», «полтора».

The two scripts do not overlap, so one table serves both languages and a mixed sentence.
"""

from dataclasses import dataclass

from providers.rules.talk.numeral_words import HUNDREDS, ORDINALS, TEENS, TENS, THOUSANDS, UNITS


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a punctuation mark, or a number that may have been spoken in several words."""

    text: str
    """As it stands in the plain text."""
    value: float | None = None
    """Its value when it is a number."""
    digits: str = ""
    """How it would be typed: '5', '25', '007'; '' when it is no whole number."""
    ordinal: bool = False
    """'third', «пятого»: a place in a row, not a quantity."""


_SMALL = UNITS | TEENS
_HALVES = {"полтора": 1.5, "полторы": 1.5, "полутора": 1.5}
_ORDINAL_ENDINGS = {"st", "nd", "rd", "th", "го"}
_WHOLE = {"целых", "целая", "целые"}
_TENTHS = {"десятых": 10.0, "десятая": 10.0, "десятые": 10.0, "сотых": 100.0, "сотая": 100.0, "сотые": 100.0}


def spoken(words: tuple[str, ...]) -> tuple[Token, ...]:
    """The same words with each number merged into one token. Never raises; 'three thirty' stays two numbers."""
    found: list[Token] = []
    at = 0
    while at < len(words):
        if words[at] == "полметра":
            found.append(Token("пол", 0.5))
            found.append(Token("метра"))
            at += 1
            continue
        token, at = _numeral(words, at)
        found.append(token)
    return tuple(found)


def _numeral(words: tuple[str, ...], at: int) -> tuple[Token, int]:
    """The token that begins at `at`, and where the next one begins."""
    word = words[at]
    if word[0].isdigit():
        return _figures(words, at)
    if word in ORDINALS:
        return Token(word, float(ORDINALS[word]), str(ORDINALS[word]), ordinal=True), at + 1
    if word in _HALVES:
        return Token(word, _HALVES[word]), at + 1
    if word in TENS and at + 1 < len(words) and 0 < ORDINALS.get(words[at + 1], 99) < 10:
        value = TENS[word] + ORDINALS[words[at + 1]]
        return Token(f"{word} {words[at + 1]}", float(value), str(value), ordinal=True), at + 2
    if word in {"half", "пол"}:
        return _half(words, at)
    if word == "point" and at + 1 < len(words) and words[at + 1] in UNITS:
        return _decimal(words, at, 0.0)
    whole, end = _whole(words, at)
    if whole is None:
        return Token(word), at + 1
    return _with_fraction(words, at, end, whole)


def _figures(words: tuple[str, ...], at: int) -> tuple[Token, int]:
    text = words[at]
    if not text.isascii() or len(text) > 15:  # longer than any quantity or phone number: not a number that can be meant
        return Token(text), at + 1
    if text.isdecimal():
        end = at + 1
        if len(text) <= 2 and end < len(words) and words[end] in _ORDINAL_ENDINGS:
            return Token(f"{text} {words[end]}", float(text), text, ordinal=True), end + 1
        if len(text) <= 3 and end < len(words) and words[end] in THOUSANDS:
            return Token(f"{text} {words[end]}", float(text) * 1000, f"{text}000"), end + 1
        return Token(text, float(text), text), end
    whole, _, fraction = text.replace(",", ".").partition(".")
    if whole.isdecimal() and fraction.isdecimal() and len(text) <= 12:
        return Token(text, float(f"{whole}.{fraction}")), at + 1
    return Token(text), at + 1


def _whole(words: tuple[str, ...], at: int) -> tuple[int | None, int]:
    """A whole number in words: at most thousands + hundreds + tens + units, in falling order."""
    total, end = _below_thousand(words, at)
    if total is None:
        if words[at] in THOUSANDS and words[at] != "thousand":  # «тысяча двести»
            total, end = 1000, at + 1
        else:
            return None, at
    elif end < len(words) and words[end] in THOUSANDS:
        total, end = total * 1000, end + 1
    else:
        return total, end
    rest, after = _below_thousand(words, _skip_and(words, end))
    if rest is not None and rest > 9:
        return total + rest, after
    return total, end


def _below_thousand(words: tuple[str, ...], at: int) -> tuple[int | None, int]:
    if at >= len(words):
        return None, at
    word = words[at]
    if word in HUNDREDS:
        rest, end = _below_hundred(words, at + 1)
        return HUNDREDS[word] + (rest or 0), end if rest is not None else at + 1
    first, end = (1, at + 1) if word in {"a", "one"} else _below_hundred(words, at)
    if first is None:
        return None, at
    if end < len(words) and words[end] == "hundred":
        rest, after = _below_hundred(words, _skip_and(words, end + 1))
        return (first * 100 + rest, after) if rest is not None else (first * 100, end + 1)
    if word == "a":
        return None, at
    return first, end


def _below_hundred(words: tuple[str, ...], at: int) -> tuple[int | None, int]:
    if at >= len(words):
        return None, at
    word = words[at]
    if word in TENS:
        unit = UNITS.get(words[at + 1], 0) if at + 1 < len(words) else 0
        return TENS[word] + unit, at + (2 if unit else 1)
    small = _SMALL.get(word)
    return (small, at + 1) if small is not None else (None, at)


def _skip_and(words: tuple[str, ...], at: int) -> int:
    return at + 1 if at < len(words) and words[at] == "and" else at


def _half(words: tuple[str, ...], at: int) -> tuple[Token, int]:
    """'half a metre', «пол метра» are 0.5; 'half past' and «пол третьего» are left for the clock to read."""
    following = words[at + 1] if at + 1 < len(words) else ""
    if following in {"past", "to", "of", "day", "an", ""} or following in ORDINALS:
        return Token(words[at]), at + 1
    return Token(words[at], 0.5), at + (2 if following == "a" else 1)


def _decimal(words: tuple[str, ...], point: int, whole: float) -> tuple[Token, int]:
    """'two point two five': digits after the word 'point'."""
    end, digits = point + 1, ""
    while end < len(words) and words[end] in UNITS and len(digits) < 6:
        digits += str(UNITS[words[end]])
        end += 1
    return Token(" ".join(words[point:end]), whole + float(f"0.{digits}")), end


def _with_fraction(words: tuple[str, ...], at: int, end: int, whole: int) -> tuple[Token, int]:
    """'two and a half', 'two point five', «два с половиной», «ноль целых пять десятых», «два и пять»."""
    first, second, third = (_word(words, end + ahead) for ahead in range(3))
    if (first, second, third) == ("and", "a", "half"):
        return Token(" ".join(words[at : end + 3]), whole + 0.5), end + 3
    if (first, second) == ("с", "половиной"):
        return Token(" ".join(words[at : end + 2]), whole + 0.5), end + 2
    if first == "point" and second in UNITS:
        return _decimal(words, end, float(whole))
    if first in _TENTHS:
        return Token(" ".join(words[at : end + 1]), whole / _TENTHS[first]), end + 1
    if (first in _WHOLE or first == "и") and second:
        part, after = _whole(words, end + 1)
        if part is not None and (denominator := _TENTHS.get(_word(words, after))):
            return Token(" ".join(words[at : after + 1]), whole + part / denominator), after + 1
    return Token(" ".join(words[at:end]), float(whole), str(whole)), end


def _word(words: tuple[str, ...], at: int) -> str:
    return words[at] if at < len(words) else ""
