"""Phone numbers in free text: digits, or digits as words ('double five', «девятьсот двенадцать», 'oh')."""

from dataclasses import dataclass

from providers.rules.talk.numerals import Token

FEWEST_DIGITS, MOST_DIGITS = 7, 15
"""Shorter is only a part of a number; 15 is the most that E.164 allows."""

_JOINERS = frozenset({"plus", "плюс", "+", "dash", "тире", "дефис", "hyphen", "area", "code", "код", "then", "потом", "далее"})
_ZEROS = frozenset({"oh", "o"})
_REPEATS = {"double": 2, "triple": 3, "дважды": 2, "трижды": 3}


@dataclass(frozen=True, slots=True)
class Phone:
    """A run of digits that can be a phone number."""

    digits: str
    """As said, without spaces; with a leading + when it was said or when the country is clear (Russian mobile numbers)."""
    start: int
    """Its first word."""
    end: int
    """One past its last word."""

    @property
    def complete(self) -> bool:
        """Long enough to be called."""
        return len(self.digits.lstrip("+")) >= FEWEST_DIGITS


def phone_in(words: tuple[Token, ...], *, asked: bool = False, russian: bool = False) -> Phone | None:
    """The longest run of digits, when it is long enough (with `asked`: three digits or more, maybe incomplete)."""
    best: Phone | None = None
    at = 0 if any(word.digits for word in words) else len(words)
    while at < len(words):
        run = _run(words, at)
        if run is None:
            at += 1
            continue
        at = run.end
        if best is None or len(run.digits) > len(best.digits):
            best = run
    if best is None or len(best.digits) > MOST_DIGITS or len(best.digits) < (3 if asked else FEWEST_DIGITS):
        return None
    said_plus = any(token.text in {"plus", "плюс", "+"} for token in words[max(0, best.start - 1) : best.start + 1])
    return Phone(_international(best.digits, said_plus, russian), best.start, best.end)


def _run(words: tuple[Token, ...], start: int) -> Phone | None:
    digits, at, last = "", start, start
    repeat = 1
    while at < len(words):
        word = words[at]
        following = words[at + 1] if at + 1 < len(words) else None
        if word.text in _REPEATS and following and (len(following.digits) == 1 or following.text in _ZEROS):
            repeat = _REPEATS[word.text]
        elif word.digits and not word.ordinal:
            digits += _dictated(word, following) * repeat
            repeat, last = 1, at + 1
        elif word.text in _ZEROS and (digits or (following and following.digits)):
            digits, repeat, last = digits + "0" * repeat, 1, at + 1
        elif not (word.text in _JOINERS and (digits or word.text in {"plus", "плюс", "+"})):
            break
        at += 1
    return Phone(digits, start, last) if digits else None


def _dictated(word: Token, following: Token | None) -> str:
    """'nine hundred one two three' is 900 1 2 3 when more single digits follow, not 901 2 3."""
    joined = " hundred " in word.text and " and " not in word.text and word.digits[1:2] == "0"
    if joined and following is not None and len(following.digits) == 1:
        return f"{word.digits[0]}00{word.digits[2]}"
    return word.digits


def _international(digits: str, said_plus: bool, russian: bool) -> str:
    """E.164 where the country is sure, else the digits as said."""
    if said_plus and len(digits) >= FEWEST_DIGITS:
        return "+" + digits
    if russian and len(digits) == 10 and digits[0] == "9":
        return "+7" + digits
    if russian and len(digits) == 11 and digits[0] in "78":
        return "+7" + digits[1:]
    return digits


def say(digits: str, language: str) -> str:
    """Digit by digit in groups, so that a synthesiser does not read millions: '5 5 5, 1 2 3 4'."""
    bare = digits.lstrip("+")
    if digits.startswith("+") and len(bare) == 11:
        sizes = [1, 3, 3, 2, 2]
    elif len(bare) == 10:
        sizes = [3, 3, 2, 2]
    else:
        sizes = [3] * ((len(bare) - 4) // 3) + [len(bare) - 3 * ((len(bare) - 4) // 3)] if len(bare) > 4 else [len(bare)]
    groups: list[str] = []
    for size in sizes:
        groups.append(" ".join(bare[:size]))
        bare = bare[size:]
    plus = ("плюс " if language == "ru" else "plus ") if digits.startswith("+") else ""
    return plus + ", ".join(groups)
