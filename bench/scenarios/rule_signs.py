"""Signs and words: how a sign such as `roll* back|revert*` is looked for in a sentence.

Words are compared one by one, so no pattern is ever built from what a user wrote and the time grows with the text only.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

MOST_WORDS_BETWEEN = 2
"""Words that may stand between two words of one sign: `move* launch` is also 'move the spring launch'."""

_WORD = re.compile(r"\w+|%")
_GROUPED = " ,'\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}"
"""What stands between groups of three digits."""


def words_of(text: str) -> list[str]:
    """The words as they are compared: lower case, ё as е, `12 400` and `12,400` as `12400`; % is a word."""
    plain = unicodedata.normalize("NFC", text).lower().replace("ё", "е")
    words: list[str] = []
    end, can_grow = -1, False
    for match in _WORD.finditer(plain):
        word = match.group()
        is_group = can_grow and match.start() == end + 1 and plain[end] in _GROUPED and len(word) == 3 and _is_number(word)
        if is_group:
            words[-1] += word
        else:
            words.append(word)
            can_grow = _is_number(word) and len(word) <= 3 and word != "0"
        end = match.end()
    return words


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdigit()


@dataclass(frozen=True, slots=True)
class _Part:
    word: str
    """The word or, if `open`, how it begins."""
    open: bool
    """Any ending."""

    def fits(self, word: str) -> bool:
        return word.startswith(self.word) if self.open else word == self.word


_Phrase = tuple[_Part, ...]


@lru_cache(maxsize=4096)
def _phrases(sign: str) -> tuple[_Phrase, ...]:
    """The alternatives of a sign."""
    return tuple(phrase for choice in sign.split("|") if (phrase := tuple(_parts(choice))))


def _parts(choice: str) -> Iterable[_Part]:
    pieces = choice.split("*")
    for number, piece in enumerate(pieces):
        words = words_of(piece)
        for place, word in enumerate(words):
            yield _Part(word, open=place == len(words) - 1 and number < len(pieces) - 1)


@dataclass(frozen=True, slots=True)
class Found:
    """Where a sign stands in a sentence."""

    sign: str
    """The sign as it is written in the criterion."""
    places: frozenset[int]
    """Numbers of the words that matched, over all its occurrences."""


class SignFinder:
    """Looks for many signs in one pass over a sentence's words."""

    def __init__(self, signs: Iterable[str], words_between: int = MOST_WORDS_BETWEEN) -> None:
        self._between = words_between
        self._by_start: dict[str, list[tuple[str, _Phrase]]] = {}
        for sign in dict.fromkeys(signs):
            for phrase in _phrases(sign):
                self._by_start.setdefault(phrase[0].word[:2], []).append((sign, phrase))

    def find(self, words: Sequence[str]) -> list[Found]:
        """The signs that the words hold."""
        places: dict[str, set[int]] = {}
        for start, word in enumerate(words):
            for sign, phrase in self._by_start.get(word[:2], ()):
                if phrase[0].fits(word) and (way := self._way(phrase, words, start)):
                    places.setdefault(sign, set()).update(way)
        return [Found(sign, frozenset(numbers)) for sign, numbers in places.items()]

    def _way(self, phrase: _Phrase, words: Sequence[str], start: int) -> tuple[int, ...]:
        """Word numbers of the phrase from `start` on, or nothing. Digits that follow digits must be neighbours."""
        ways: dict[int, tuple[int, ...]] = {start: (start,)}
        for before, part in zip(phrase, phrase[1:], strict=False):
            reach = 1 if _is_number(before.word) and _is_number(part.word) else self._between + 1
            ways = {
                place: (*way, place)
                for last, way in ways.items()
                for place in range(last + 1, min(last + 1 + reach, len(words)))
                if part.fits(words[place])
            }
            if not ways:
                return ()
        return next(iter(ways.values()))
