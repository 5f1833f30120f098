"""Dimensions in speech: 'six by four metres and twenty centimetres thick', «толщиной двадцать сантиметров»."""

import re
from dataclasses import dataclass, replace

from providers.rules.site.concrete import Dimension
from providers.rules.talk.numerals import Token
from providers.rules.talk.text import word_set


@dataclass(frozen=True, slots=True)
class Measure:
    """One number that is a length."""

    value: float
    """As said, in `unit`; when no unit was said, plain."""
    unit: float | None
    """Metres in one unit: 1, 0.01, 0.001; None when it was not said."""
    label: Dimension | None
    """What it measures, when that was said."""
    chained: bool = False
    """Joined to the next one by 'by': shares its unit."""


_UNITS: dict[str, float] = {
    **dict.fromkeys(
        ("m", "metre", "metres", "meter", "meters", "м", "метр", "метра", "метров", "метрах", "метру", "метре"), 1.0
    ),
    **dict.fromkeys(
        (
            "cm",
            "centimetre",
            "centimetres",
            "centimeter",
            "centimeters",
            "centi",
            "см",
            "сантиметр",
            "сантиметра",
            "сантиметров",
            "сантиметрах",
            "сантиметрам",
        ),
        0.01,
    ),
    **dict.fromkeys(
        ("mm", "millimetre", "millimetres", "millimeter", "millimeters", "мм", "миллиметр", "миллиметра", "миллиметров"), 0.001
    ),
    **dict.fromkeys(("ft", "foot", "feet"), 0.3048),
    **dict.fromkeys(("inch", "inches"), 0.0254),
}
_AFTER: dict[str, Dimension] = {
    "long": "length",
    "wide": "width",
    "thick": "height",
    "high": "height",
    "tall": "height",
    "deep": "height",
    "across": "diameter",
}
_BEFORE: tuple[tuple[str, Dimension], ...] = (
    ("length", "length"),
    ("width", "width"),
    ("breadth", "width"),
    ("thickness", "height"),
    ("height", "height"),
    ("depth", "height"),
    ("diameter", "diameter"),
    ("длин", "length"),
    ("ширин", "width"),
    ("толщин", "height"),
    ("высот", "height"),
    ("глубин", "height"),
    ("диаметр", "diameter"),
)
_BY = frozenset({"by", "x", "х", "×", "на", "times"})
_FILL = frozenset(
    {
        "of",
        "is",
        "are",
        "about",
        "and",
        "the",
        "a",
        "an",
        "with",
        "around",
        "будет",
        "около",
        "примерно",
        "и",
        "в",
        "у",
        "нее",
        "него",
        "it",
        "its",
        "maybe",
        "roughly",
        ":",
        ",",
    }
)
_NO_MEASURE = word_set(
    """
    bags bag percent degrees degree kilos kg kilograms tonnes tons cubic cube cubes days day hours hour hundred pieces
    columns column slabs slab strips strip people bars bar мешков мешка мешок процентов градусов градуса кубов куба куб
    кубометров штук штуки колонн колонны колонна плит плиты плита дней дня суток часов часа прутков килограмм
    килограммов тонн тонны лент ленты тысяч рублей
    """
)
_PIECES = re.compile(
    r"^(columns?|pillars?|posts?|slabs?|strips?|footings?|beams?|walls?|pieces?|колонн\w*|столб\w*|плит\w*|лент\w*|штук\w?|балк\w+|балок)$"
)
_SUCH = frozenset(
    {
        "such",
        "of",
        "these",
        "those",
        "the",
        "same",
        "identical",
        "equal",
        "таких",
        "такие",
        "такими",
        "одинаковых",
        "одинаковые",
    }
)
_CUBE_STRENGTHS = frozenset({15.0, 20.0, 25.0, 30.0, 37.0, 45.0, 50.0})
_CLASS_BEFORE = frozenset(
    {
        "c",
        "c20",
        "b",
        "b25",
        "m",
        "с",
        "б",
        "м",
        "бэ",
        "be",
        "си",
        "see",
        "эм",
        "class",
        "grade",
        "класс",
        "класса",
        "марка",
        "марки",
    }
)


def measures_in(tokens: tuple[Token, ...]) -> list[Measure]:
    """The lengths in a text, in order, with units carried back over 'by'. Classes, counts and percentages are left out."""
    found: list[tuple[int, Measure]] = []
    for at, token in enumerate(tokens):
        if token.value is None or token.ordinal or token.value <= 0 or not _is_length(tokens, at):
            continue
        unit = _UNITS.get(_word(tokens, at + 1))
        after = at + 1 + (unit is not None)
        found.append((at, Measure(token.value, unit, _label(tokens, at, after), chained=_word(tokens, after) in _BY)))
    measures = [measure for _, measure in found]
    for at in range(len(measures) - 2, -1, -1):
        if measures[at].chained and measures[at].unit is None:
            measures[at] = replace(measures[at], unit=measures[at + 1].unit)
    return measures


def counts_pieces(tokens: tuple[Token, ...], at: int) -> bool:
    """The number at `at` counts elements: 'five columns', 'two such slabs', 'three of them'."""
    ahead = at + 1
    while _word(tokens, ahead) in _SUCH:
        ahead += 1
    return _PIECES.match(_word(tokens, ahead)) is not None or (ahead > at + 1 and _word(tokens, ahead) == "them")


def _is_length(tokens: tuple[Token, ...], at: int) -> bool:
    before, following = _word(tokens, at - 1), _word(tokens, at + 1)
    if counts_pieces(tokens, at) or following in _NO_MEASURE or (before in _CLASS_BEFORE and following not in _UNITS):
        return False
    second = at > 1 and tokens[at - 1].value is not None and _word(tokens, at - 2) in _CLASS_BEFORE
    if second and tokens[at].value in _CUBE_STRENGTHS and following not in _UNITS:  # 'c twenty twenty five'
        return False
    return "/" not in tokens[at].text


def _label(tokens: tuple[Token, ...], at: int, after: int) -> Dimension | None:
    """'twenty centimetres thick', 'in thickness', 'thickness of twenty', «толщиной двадцать»."""
    following = _word(tokens, after)
    if following in _AFTER:
        return _AFTER[following]
    if (
        (noun := _noun(following))
        and (after + 1 >= len(tokens) or tokens[after + 1].value is None)
        and _word(tokens, after + 1) not in _FILL
    ):
        return noun
    if following == "in" and (noun := _noun(_word(tokens, after + 1))):
        return noun
    back = at - 1
    while back >= 0 and at - back <= 4 and _word(tokens, back) in _FILL:
        back -= 1
    return _noun(_word(tokens, back)) if back >= 0 else None


def _noun(word: str) -> Dimension | None:
    return next((label for stem, label in _BEFORE if word.startswith(stem)), None)


def _word(tokens: tuple[Token, ...], at: int) -> str:
    return tokens[at].text if 0 <= at < len(tokens) else ""
