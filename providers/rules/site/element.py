"""What the builder has told about the element: kind, dimensions, number and class, folded over the conversation."""

import re
from dataclasses import dataclass, field

from providers.rules.site.concrete import DEFAULT_CLASS, LARGEST_M3, MIXES, NEEDED, SMALLEST_M3, Dimension, Element, volume_m3
from providers.rules.site.dimensions import Measure, counts_pieces, measures_in
from providers.rules.talk.dialogue import Dialogue, Turn
from providers.rules.talk.numerals import Token

_ELEMENTS: tuple[tuple[Element, re.Pattern[str]], ...] = (
    ("slab", re.compile(r"\b(slabs?|floor|screed|pad\b|плит(а|у|ы|е|ой)?|стяжк\w+|пол\b|перекрыти\w+)\b")),
    ("column", re.compile(r"\b(columns?|pillars?|posts?|колонн\w*|столб\w*)\b")),
    (
        "strip",
        re.compile(
            r"\b(strips?|footings?|foundations?|trench|beams?|walls?|лент\w*|фундамент\w*|ростверк\w*|балк\w+|стен(а|у|ы|е"
            r"|ой)?)\b"
        ),
    ),
)
_ROUND = re.compile(r"\b(round|circular|cylindrical|кругл\w+|цилиндр\w*)\b")
_CLASS = re.compile(
    r"\b(?:c|с|си|see|class|grade|класса?)\s?(?:c|с)?\s?(\d{2})(?:\s?/?\s?\d{2})?\b(?! ?(?:см|м|сант|мет|мил|час|cm|m|met"
    r"|cent|mil))"
)
_RUSSIAN_CLASS = re.compile(
    r"\b(?:b|б|бэ|класса? в) ?(\d{2}(?:[.,]5)?)\b|\b(?:m|м|эм|марк[аиу]) ?(\d{3})\b(?! ?(?:см|м|мм|cm|mm|m)\b)"
)
_TYPED_CLASS = re.compile(r"\bв(\d{2}(?:[.,]5)?)\b")
"""Russian В25 typed without a space; apart it would be the preposition «в»."""
_FROM_B = {"15": "C12/15", "20": "C16/20", "22.5": "C20/25", "25": "C20/25", "30": "C25/30", "35": "C30/37"}
_FROM_M = {"200": "C12/15", "250": "C16/20", "300": "C20/25", "350": "C20/25", "400": "C25/30", "450": "C30/37"}
"""Russian classes (B) and marks (M) → the European class that is at least as strong."""
_ASKED_FOR: tuple[tuple[Dimension, re.Pattern[str]], ...] = (
    ("height", re.compile(r"\b(thick\w*|high|height|deep|depth|tall|толщин\w*|высот\w*|глубин\w*)\b")),
    ("width", re.compile(r"\b(wide|width|ширин\w*)\b")),
    ("length", re.compile(r"\b(long|length|длин\w*)\b")),
)
_MOST_PIECES = 500
_MOST_MEASURES = 12
"""More numbers than this in one message are no dimensions."""
_ANEW = re.compile(
    r"\b(another|new|next|other|different|друг(ой|ая|ую|ое)|нов(ый|ая|ую|ое)|следующ\w+|ещё одн\w+|еще одн\w+)\b"
)


@dataclass(slots=True)
class Wish:
    """The element so far."""

    element: Element | None = None
    round_column: bool = False
    metres: dict[Dimension, float] = field(default_factory=dict[Dimension, float])
    count: int = 1
    concrete_class: str | None = None
    """As understood, a key of `MIXES`; None: not told, the default is assumed."""
    unknown_class: str | None = None
    """A class that is not in the table."""
    guessed_units: bool = False
    """A number of the latest message came without its unit."""
    told: bool = False
    """The latest message told something about the element."""

    @property
    def missing(self) -> list[Dimension]:
        """Dimensions still to ask for."""
        if self.element is None:
            return []
        if self.element == "column" and ("diameter" in self.metres or (self.round_column and "length" not in self.metres)):
            return [name for name in ("diameter", "height") if name not in self.metres]
        return [name for name in NEEDED[self.element] if name not in self.metres]

    @property
    def volume_m3(self) -> float | None:
        """The volume, when everything is there."""
        return None if self.element is None or self.missing else volume_m3(self.metres, self.count)

    @property
    def plausible(self) -> bool:
        """The volume is one that people pour."""
        volume = self.volume_m3
        return volume is not None and SMALLEST_M3 <= volume <= LARGEST_M3

    @property
    def class_or_default(self) -> str:
        """The class to reckon with."""
        return self.concrete_class or DEFAULT_CLASS


def fold(talk: Dialogue) -> Wish:
    """The wish after the whole conversation."""
    wish = Wish()
    for turn in talk.turns:
        _take(wish, turn)
    return wish


def _take(wish: Wish, turn: Turn) -> None:
    text, tokens = turn.heard.plain, turn.heard.tokens
    if wish.volume_m3 is not None and not wish.plausible:
        wish.metres = {}  # we have asked for all of them again
    wish.told = wish.guessed_units = False
    wish.unknown_class = None
    element: Element | None = next((name for name, pattern in _ELEMENTS if pattern.search(text)), None)
    measures = measures_in(tokens)[:_MOST_MEASURES]
    if element is not None and (element != wish.element or _ANEW.search(text)):
        wish.metres, wish.count = ({}, 1) if wish.element is not None else (wish.metres, wish.count)
        wish.element, wish.told = element, True
        wish.round_column = False
    if _ROUND.search(text) and wish.element == "column":
        wish.round_column = wish.told = True
    count = _count(tokens)
    if count is not None and wish.element is not None:
        wish.count, wish.told = count, True
    _class(wish, text, tokens)
    if measures and (wish.element is not None or len(measures) >= 2):
        _measure(wish, measures, _asked(turn))
        wish.told = True


def _asked(turn: Turn) -> Dimension | None:
    """The dimension that our last words asked for."""
    closing = turn.before.plain.rpartition(". ")[2]
    return next((name for name, pattern in _ASKED_FOR if "?" in closing and pattern.search(closing)), None)


def _count(tokens: tuple[Token, ...]) -> int | None:
    for at, token in enumerate(tokens):
        if token.value is not None and token.digits and 1 < token.value <= _MOST_PIECES and counts_pieces(tokens, at):
            return int(token.value)
    return None


def _class(wish: Wish, text: str, tokens: tuple[Token, ...]) -> None:
    """'C20/25', 'c twenty twenty five', «бэ двадцать пять», 'M300'."""
    spoken = " ".join(token.digits or token.text for token in tokens)
    if match := _TYPED_CLASS.search(text):
        name = match[1].replace(",", ".")
        known, label = _FROM_B.get(name), f"B{name}"
    elif match := _RUSSIAN_CLASS.search(spoken):
        name = match[1].replace(",", ".") if match[1] else match[2]
        known = (_FROM_B if match[1] else _FROM_M).get(name)
        label = f"{'B' if match[1] else 'M'}{name}"
    elif match := _CLASS.search(spoken):
        known = next((mix for mix in MIXES if mix.startswith(f"C{match[1]}")), None)
        label = f"C{match[1]}"
    else:
        return
    wish.told = True
    wish.concrete_class, wish.unknown_class = known or wish.concrete_class, None if known else label


def _measure(wish: Wish, measures: list[Measure], asked: Dimension | None) -> None:
    """Puts each measure where it was said to belong, and the unlabelled ones into what is still open."""
    loose = [measure for measure in measures if measure.label is None]
    if len(loose) >= 2:  # 'six by four' starts afresh
        wish.metres = {name: value for name, value in wish.metres.items() if name == "height" and len(loose) == 2}
    for measure in measures:
        if measure.label is not None:
            _put(wish, measure.label, measure)
    if asked and len(loose) == 1:
        _put(wish, asked, loose[0])
        return
    labelled = {measure.label for measure in measures}
    for measure in loose:
        order: tuple[Dimension, ...] = ("diameter", "height") if wish.round_column else ("length", "width", "height")
        open_ones: list[Dimension] = [name for name in order if name not in wish.metres and name not in labelled]
        if open_ones:
            _put(wish, open_ones[0], measure)
        elif len(loose) == 1:
            _put(wish, "height", measure)


def _put(wish: Wish, name: Dimension, measure: Measure) -> None:
    unit = measure.unit
    if unit is None:
        wish.guessed_units = True
        unit = _likely_unit(wish, name, measure.value)
    wish.metres[name] = measure.value * unit


def _likely_unit(wish: Wish, name: Dimension, value: float) -> float:
    """What a builder means without saying it: thin things in centimetres, long ones in metres, hundreds in millimetres."""
    thin = (
        (name == "height" and wish.element == "slab") or (wish.element == "column" and name != "height") or name == "diameter"
    )
    thin = thin or (wish.element == "strip" and name != "length")
    if thin:
        return 1.0 if value < 3 else 0.01 if value < 130 else 0.001
    return 1.0 if value < 130 else 0.01 if value < 1000 else 0.001
