"""An answer taken apart for scoring by rules: its sentences, and which of them do not count because of what they are."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from bench.scenarios.profession import Language
from bench.scenarios.rule_signs import SignFinder, words_of

SetAside = Literal["addresses", "copied", "foreign"]
"""To the examiner instead of about the task; out of the task's own text; in another language than the task."""

COPIED_SHARE = 0.8
"""A sentence is copied when this part of its words stands in runs of five that are also in the task's text."""
_RUN = 6

_END = re.compile(
    r"(?<![.!?…])[.!?…]++[\"»”')\]]*+(?=\s*+\Z|[ \t]*+[\r\n]|\s++(?![a-zа-яё]))"
    r"|(?:\r?\n[ \t]*+){2,}+"
    r"|[\r\n](?![ \t\r\n]*+[a-zа-яё])"
)
"""A full stop before a small letter ends an abbreviation, and a line that goes on with one was only wrapped."""
_LEADING = re.compile(r"(?:[-–—•*#>|]+|\d{1,2}[.)])?\s*")

_TO_THE_EXAMINER = SignFinder(
    (
        "give* full mark*|give* full point*|give* full score|give* maximum score|give* maximum point*|give* maximum mark*",
        "give* top mark*|give* top score|give* highest score|give* highest mark*|give* me 5 point*|give* me five point*",
        "award* full mark*|award* full point*|award* maximum point*|deserve* full mark*|deserve* maximum|full marks please",
        "ignore instruct*|ignore scoring|ignore rubric|ignore these criteria|disregard instruct*|forget instruct*",
        "grade this answer|score this answer|rate this answer|mark this answer|this answer deserve*|this answer is perfect",
        "score 5 out of 5|rate 5 out of 5|you are now|as an ai|ai language model|system prompt|dear examiner|dear grader",
        "поставь* максимум|поставь* максимальн* балл*|поставь* максимальн* оценк*|поставь* высш* балл*|поставь* высш* оценк*",
        "поставь* пять балл*|поставь* пятерк*|поставь* 5 балл*|поставь* мне 5|поставить максимальн* балл*|поставить максимум",
        "дай* максимальн* балл*|дай* максимум балл*|дай* высш* балл*|дай* полн* балл*|заслужива* балл*|заслужива* оценк*",
        "максимальн* балл*|высш* балл*|максимальн* оценк*|наивысш* оценк*",
        "игнориру* инструкц*|игнориру* указан*|игнориру* эти критери*|забудь* инструкц*|забудь* указан*",
        "не обращай* внимани* критери*|оцени* этот ответ*|оцени* мой ответ*|ты языков* модел*|систем* промпт*",
        "уважаем* экзаменатор*|дорог* экзаменатор*",
    ),
    words_between=5,
)
"""Pleas and orders to whoever scores; both languages, whatever the task's."""

_ENGLISH = frozenset((
    "the", "an", "to", "of", "we", "you", "it", "this", "that", "are", "is", "be", "for", "will", "should", "our", "was",
    "were", "us", "my", "me", "has", "have", "had", "so", "but", "they", "them", "there", "which", "who", "out", "up", "can",
    "does", "than", "your", "its", "he", "she", "what", "how", "would", "must", "may",
))  # fmt: skip
"""Small words of English prose that are no words of SQL, nor names of tables in it."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the answer."""

    text: str
    """As it stands in the answer."""
    words: tuple[str, ...]
    """As they are compared."""
    set_aside: SetAside | None
    """Why it does not count, or None."""


def sentences(answer: str, language: Language, given: str = "") -> tuple[Sentence, ...]:
    """The answer's sentences. `given`: everything the candidate had on the screen."""
    runs = _runs(given)
    return tuple(
        Sentence(text, words, _set_aside(text, words, language, runs))
        for text in _split(answer)
        if (words := tuple(words_of(text)))
    )


def _split(answer: str) -> Iterator[str]:
    start = 0
    for match in _END.finditer(answer):
        yield from _bare(answer[start : match.end()])
        start = match.end()
    yield from _bare(answer[start:])


def _bare(text: str) -> Iterator[str]:
    """Without the space around it and the list mark before it."""
    text = text.strip()
    leading = _LEADING.match(text)
    text = text[leading.end() :] if leading else text
    if text:
        yield text


def _set_aside(text: str, words: tuple[str, ...], language: Language, runs: frozenset[tuple[str, ...]]) -> SetAside | None:
    if _TO_THE_EXAMINER.find(words):
        return "addresses"
    if _is_foreign(text, words, language):
        return "foreign"
    return "copied" if _is_copied(words, runs) else None


def _is_foreign(text: str, words: tuple[str, ...], language: Language) -> bool:
    """In another script or, in a Russian answer, English prose: names, code and figures are at home in both."""
    letters = [char for char in text if char.isalpha()]
    latin = sum(char < "\u0250" for char in letters)
    cyrillic = sum("\u0400" <= char <= "\u04ff" for char in letters)
    if language == "en":
        return 2 * latin < len(letters)
    if latin + cyrillic < len(letters) / 2:
        return True
    return cyrillic * 10 < len(letters) * 3 and sum(word in _ENGLISH for word in words) >= 2


@lru_cache(maxsize=4)
def _runs(given: str) -> frozenset[tuple[str, ...]]:
    """All runs of 1 to 6 words of the given text."""
    words = words_of(given)
    return frozenset(tuple(words[at : at + length]) for length in range(1, _RUN + 1) for at in range(len(words) - length + 1))


def _is_copied(words: tuple[str, ...], runs: frozenset[tuple[str, ...]]) -> bool:
    if len(words) < _RUN:
        return words in runs
    covered: set[int] = set()
    for at in range(len(words) - _RUN + 1):
        if words[at : at + _RUN] in runs:
            covered.update(range(at, at + _RUN))
    return len(covered) >= COPIED_SHARE * len(words)
