"""Scores by stated rules, for when no language model scores. `RULES` says them as the page shows them.

The rules recognise words, not understanding: a sentence that denies a thing counts like one that says it. What they can
promise is that the same answer always gets the same points, that every point has a quote, and that all of it can be read.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bench.scenarios.profession import Criterion, Language, Task
from bench.scenarios.rule_answer import Sentence, SetAside, sentences
from bench.scenarios.rule_signs import Found, SignFinder

MOST_POINTS = 5.0
FEWEST_WORDS = 8
"""Shorter answers earn nothing."""
FULL_SHARE = 2 / 3
"""Part of a criterion's signs that earns full marks: nobody writes every word that might be looked for."""
BARE_WORDS = 4
"""A sentence with fewer words only names things."""
BARE_SHARE = 0.8
"""So does one of which a larger part are words of signs."""
STRENGTH_POINTS, GAP_POINTS = 4.0, 2.0
_LONGEST_QUOTE = 300

RULES: dict[Language, tuple[str, ...]] = {
    "en": (
        "Each criterion lists signs: words or phrases. * stands for any ending, | for 'or'; two other words may stand between.",
        "Two thirds of the signs (rounded up) earn all 5 points, fewer earn their part, in steps of half a point.",
        "A sign counts once, where a sentence of at least 4 words holds it that is not mostly made of signs.",
        "Signs that are only listed count as half a sign, all of them together.",
        "Set aside: sentences to the examiner, sentences copied from the task, sentences in another language.",
        "An answer with fewer than 8 different words besides those earns nothing.",
        "Words are recognised, not understood: a thing denied counts like a thing said.",
    ),
    "ru": (
        "У каждого критерия есть признаки: слова и фразы. * — любое окончание, | — «или»; между словами допустимы два других.",
        "Две трети признаков (с округлением вверх) дают все 5 баллов, меньше — свою долю, с шагом в полбалла.",
        "Признак засчитывается один раз — в предложении не короче 4 слов, которое не состоит в основном из признаков.",
        "Признаки, которые просто перечислены, все вместе считаются за половину одного.",
        "Не учитываются: обращения к экзаменатору, предложения, списанные из задания, предложения на другом языке.",
        "Если кроме этого в ответе меньше 8 разных слов, он не получает ничего.",
        "Слова узнаются, а не понимаются: отрицание засчитывается так же, как утверждение.",
    ),
}


@dataclass(frozen=True, slots=True)
class Quote:
    """Why a sign counts."""

    sign: str
    """The sign as it is written in the criterion."""
    sentence: str
    """Verbatim from the answer, at most 300 characters."""


@dataclass(frozen=True, slots=True)
class CriterionScore:
    """How well an answer meets one criterion."""

    criterion: str
    """The criterion's id."""
    points: float
    """0 to 5, steps of 0.5."""
    found: tuple[Quote, ...]
    """The signs that count, each with the first sentence that holds it."""
    missing: tuple[str, ...]
    """The other signs."""
    reason: str
    """The score in words, in the language of the task."""


@dataclass(frozen=True, slots=True)
class Overall:
    """An answer on the whole."""

    points: float
    """Mean by weight, 0 to 5."""
    strengths: tuple[str, ...]
    """Ids of criteria with at least 4 points."""
    gaps: tuple[str, ...]
    """Ids of criteria with at most 2 points."""


def score(
    answer: str, criterion: Criterion, language: Language, *, given: str = "", others: Sequence[Criterion] = ()
) -> CriterionScore:
    """Score by one criterion. `given`: the task's own text; `others`: criteria whose signs do not make a sentence either."""
    return _score(_read(sentences(answer, language, given), [criterion, *others], language), criterion, language)


def score_task(answer: str, task: Task, language: Language, question: str = "") -> tuple[CriterionScore, ...]:
    """Score by all criteria of a task. `question`: what the candidate was asked, which earns nothing when copied."""
    read = _read(sentences(answer, language, _given(task, language, question)), task.criteria, language)
    return tuple(_score(read, criterion, language) for criterion in task.criteria)


def overall(scores: Sequence[CriterionScore], weights: Sequence[float]) -> Overall:
    """The mean by weight, with strengths and gaps. Raises `ValueError` for none or a weight missing."""
    if not scores or len(scores) != len(weights) or min(weights) <= 0:
        raise ValueError("every score needs a weight above 0")
    points = sum(each.points * weight for each, weight in zip(scores, weights, strict=True)) / sum(weights)
    return Overall(
        points=min(points, MOST_POINTS),
        strengths=tuple(each.criterion for each in scores if each.points >= STRENGTH_POINTS),
        gaps=tuple(each.criterion for each in scores if each.points <= GAP_POINTS),
    )


def needed(signs: int) -> int:
    """How many signs earn full marks."""
    return max(1, math.ceil(signs * FULL_SHARE - 1e-9))


def _given(task: Task, language: Language, question: str) -> str:
    texts = [task.title, task.description, task.material]
    for criterion in task.criteria:
        texts += [criterion.title, criterion.looks_for]
    signs = [sign for criterion in task.criteria for sign in criterion.signs.of(language)]
    return "\n".join([*(text.text(language) for text in texts), *signs, question])


@dataclass(frozen=True, slots=True)
class _Read:
    """An answer, read once for all criteria."""

    found: tuple[tuple[Sentence, Found, bool], ...]
    """Each sign in each sentence that counts; whether the sentence only lists."""
    aside: dict[SetAside, int]
    """How many sentences do not count, by why."""
    is_too_short: bool
    """Fewer different words count than `FEWEST_WORDS`."""


def _read(answer: Sequence[Sentence], criteria: Sequence[Criterion], language: Language) -> _Read:
    finder = SignFinder(sign for each in criteria for sign in each.signs.of(language))
    counted = [each for each in answer if each.set_aside is None]
    found: list[tuple[Sentence, Found, bool]] = []
    for sentence in counted:
        signs = finder.find(sentence.words)
        sign_words = frozenset[int]().union(*(each.places for each in signs))
        is_bare = len(sentence.words) < BARE_WORDS or len(sign_words) > BARE_SHARE * len(sentence.words)
        found += [(sentence, each, is_bare) for each in signs]
    return _Read(
        found=tuple(found),
        aside={kind: sum(_is_told(each, kind) for each in answer) for kind in _ASIDE[language]},
        is_too_short=len({word for each in counted for word in each.words}) < FEWEST_WORDS,
    )


def _is_told(sentence: Sentence, kind: SetAside) -> bool:
    """A heading of two words that is also in the task is no copying worth a remark."""
    return sentence.set_aside == kind and (kind != "copied" or len(sentence.words) >= BARE_WORDS)


def _score(read: _Read, criterion: Criterion, language: Language) -> CriterionScore:
    own = tuple(dict.fromkeys(criterion.signs.of(language)))
    quotes: dict[str, str] = {}
    listed: set[str] = set()
    for sentence, found, is_bare in () if read.is_too_short else read.found:
        if is_bare:
            listed.add(found.sign)
        elif found.sign not in quotes:
            quotes[found.sign] = _quote(sentence, found.places)
    counted = tuple(Quote(sign, quotes[sign]) for sign in own if sign in quotes)
    missing = tuple(sign for sign in own if sign not in quotes)
    only_listed = listed.intersection(missing)
    worth = len(counted) + (0.5 if only_listed else 0)
    points = math.floor(2 * MOST_POINTS * min(1.0, worth / needed(len(own))) + 0.5) / 2
    return CriterionScore(criterion.id, points, counted, missing, _reason(own, missing, len(only_listed), read, language))


def _quote(sentence: Sentence, places: frozenset[int]) -> str:
    """The sentence or, of a very long one, the part around the sign."""
    text = sentence.text
    if len(text) <= _LONGEST_QUOTE:
        return text
    middle = round(len(text) * (min(places) + 0.5) / len(sentence.words))
    start = max(0, min(middle - _LONGEST_QUOTE // 2, len(text) - _LONGEST_QUOTE))
    part = text[start : start + _LONGEST_QUOTE]
    return part.strip()


_ASIDE: dict[Language, dict[SetAside, str]] = {
    "en": {"addresses": "to the examiner", "copied": "copied from the task", "foreign": "not in English"},
    "ru": {"addresses": "обращение к экзаменатору", "copied": "списано из задания", "foreign": "не на русском языке"},
}


def _reason(own: Sequence[str], missing: Sequence[str], listed: int, read: _Read, language: Language) -> str:
    total, enough, names = len(own), needed(len(own)), ", ".join(_shown(sign) for sign in missing)
    told = "; ".join(f"{_ASIDE[language][kind]}: {number}" for kind, number in read.aside.items() if number)
    if language == "en":
        parts = [
            "Too little to score: fewer than 8 different words count."
            if read.is_too_short
            else f"Signs found: {total - len(missing)} of {total}, {enough} earn full marks.",
            f"Not found: {names}." if names and not read.is_too_short else "",
            f"Only listed: {listed}." if listed else "",
            f"Sentences set aside: {told}." if told else "",
        ]
    else:
        parts = [
            "Оценивать нечего: учтено меньше 8 разных слов."
            if read.is_too_short
            else f"Найдено признаков: {total - len(missing)} из {total}, для полного балла нужно {enough}.",
            f"Не найдено: {names}." if names and not read.is_too_short else "",
            f"Только перечислено: {listed}." if listed else "",
            f"Не учтены предложения: {told}." if told else "",
        ]
    return " ".join(part for part in parts if part)


def _shown(sign: str) -> str:
    """A sign as people read it: its first alternative, endings as an ellipsis."""
    return f"'{' '.join(sign.split('|')[0].replace('*', '…').split())}'"
