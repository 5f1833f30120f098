"""The site engineer: collects the dimensions, gives quantities with the recipe and its assumptions, knows a few rules."""

import re

from providers.rules.site.advice import Advice, advice_on
from providers.rules.site.concrete import MIXES, Dimension, Quantities, quantities
from providers.rules.site.element import Wish, fold
from providers.rules.site.words import DIMENSIONS, ELEMENTS, LINES
from providers.rules.talk import assent
from providers.rules.talk.dialogue import Dialogue
from providers.rules.talk.lexicon import sounds_garbled
from providers.rules.talk.persona import Persona
from providers.rules.talk.small_talk import unclear
from providers.rules.talk.text import counted, figure

_FOLLOW_UPS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (key, re.compile(pattern))
    for key, pattern in (
        ("bags", r"\b(bags?|sacks?|меш(ок|ка|ков|ки))\b"),
        ("mixers", r"\b(trucks?|mixers?|loads?|lorr(y|ies)|миксер\w*|машин\w*|рейс\w*)\b"),
        ("weight", r"\b(weigh\w*|how heavy|tonnes|tons|вес(ит|у|ом)?|тонн\w*|тяжел\w*)\b"),
        (
            "recipe",
            r"\b(recipe|mix (design|proportions?|ratio)|proportions?|per cubic|рецепт\w*|пропорци\w*|состав\w*"
            r"|на (один )?куб\w*)\b",
        ),
        (
            "result",
            r"\b(how much|how many|calculate|volume|quantit\w+|work out|again|сколько|посчитай\w*|рассчитай\w*|объем\w*"
            r"|кубов)\b",
        ),
    )
)
_DRAWING = re.compile(r"\b(drawing|plan says|on the plan|чертеж\w*|на плане)\b")

_BAGS_OFFERED = re.compile(r"count the bags|прикинуть мешки")
_CONCRETE = re.compile(r"\b(concrete|pour\w*|бетон\w*|зали(ть|ваю|ваем)|заливк\w*)\b")


def reply(talk: Dialogue) -> str:
    """One to three sentences."""
    words, pick, text = LINES[talk.language], talk.voice.pick, talk.now.heard.plain
    wish = fold(talk)
    advice = advice_on(text)
    if advice is not None and not (wish.told and wish.volume_m3 is not None):
        lead = f"{pick(words['no_drawing'])} " if _DRAWING.search(text) else ""
        return f"{lead}{_rule(talk, advice, text)} {pick(words['check'])}"
    follow_up = next((key for key, pattern in _FOLLOW_UPS if pattern.search(text)), None)
    if wish.told and follow_up not in {"recipe", "bags", "mixers", "weight"}:
        return _progress(talk, wish)
    if follow_up == "recipe":
        return f"{_recipe(talk, wish)} {pick(words['check'])}"
    if follow_up is not None and wish.element is not None:
        return _follow_up(talk, wish, follow_up)
    if follow_up is not None:
        return pick(words["ask_element"])
    return _otherwise(talk, wish)


def welcome(talk: Dialogue) -> str:
    """The first words."""
    return talk.voice.pick(LINES[talk.language]["welcome"])


def question(talk: Dialogue) -> str:
    """What is still to be asked."""
    return _ask(talk, fold(talk))


def _otherwise(talk: Dialogue, wish: Wish) -> str:
    """Yes, no, garbage, and what no rule covers."""
    words, pick, heard = LINES[talk.language], talk.voice.pick, talk.now.heard
    if len(heard.words) <= 5 and assent.says_no(heard.plain):
        return pick(words["done" if wish.element is not None and not wish.missing else "no"])
    if len(heard.words) <= 5 and assent.says_yes(heard.plain):
        if _BAGS_OFFERED.search(talk.now.before.plain) and wish.plausible:
            return _follow_up(talk, wish, "bags")
        return f"{pick(words['yes'])} {_ask(talk, wish)}"
    if wish.element is None and _CONCRETE.search(heard.plain):
        return pick(words["ask_element"])
    if sounds_garbled(heard) or len(heard.words) < 3:
        return f"{unclear(talk)} {_ask(talk, wish)}"
    if wish.element is not None and wish.missing:
        return f"{unclear(talk)} {_ask(talk, wish)}"
    return pick(words["not_mine"])


def _progress(talk: Dialogue, wish: Wish) -> str:
    """What was just told, and the next question or the result."""
    words, pick = LINES[talk.language], talk.voice.pick
    if wish.unknown_class is not None:
        return f"{pick(words['unknown_class'], c=wish.unknown_class)} {_ask(talk, wish)}"
    if wish.element is not None and not wish.missing:
        return _result(talk, wish)
    if wish.metres:
        return f"{pick(words['got'], d=_spoken_metres(talk, wish))} {_ask(talk, wish)}"
    if wish.element is not None:
        return f"{pick(words['got_none'], e=ELEMENTS[talk.language][wish.element])} {_ask(talk, wish)}"
    return _ask(talk, wish)


def _ask(talk: Dialogue, wish: Wish) -> str:
    words = LINES[talk.language]
    if wish.element is None:
        return talk.voice.pick(words["ask_element"])
    if not wish.missing:
        return talk.voice.pick(words["more"])
    key = f"ask_{wish.missing[0]}"
    return talk.voice.pick(words.get(f"{key}_{wish.element}", words[key]))


def _result(talk: Dialogue, wish: Wish) -> str:
    """Volume, order, ingredients, and what was assumed."""
    words, pick = LINES[talk.language], talk.voice.pick
    volume = wish.volume_m3 or 0.0
    if not wish.plausible:
        wish.metres.clear()
        return pick(words["implausible"], v=_cubic(volume, talk.language))
    found = quantities(volume, wish.class_or_default)
    answer = pick(
        words["result"],
        e=_element(talk, wish),
        v=_cubic(found.volume_m3, talk.language),
        o=figure(found.order_m3, talk.language),
        c=found.mix.name,
        cement=_mass(found.cement_kg, talk.language),
        sand=_mass(found.sand_kg, talk.language),
        gravel=_mass(found.gravel_kg, talk.language),
        water=str(found.water_l),
    )
    if wish.guessed_units:
        note = pick(words["assumed_units"], d=_spoken_metres(talk, wish))
    elif wish.concrete_class is None:
        note = pick(words["assumed_class"], c=found.mix.name)
    else:
        note = pick(words["nominal"])
    return f"{answer} {note}"


def _follow_up(talk: Dialogue, wish: Wish, key: str) -> str:
    words, pick = LINES[talk.language], talk.voice.pick
    if wish.missing or not wish.plausible:
        return f"{pick(words['need_first'])} {_ask(talk, wish)}"
    if key == "result":
        return _result(talk, wish)
    found: Quantities = quantities(wish.volume_m3 or 0.0, wish.class_or_default)
    amount = {
        "bags": _bags(found.bags, talk.language),
        "mixers": _mixers(found.mixers, talk.language),
        "weight": _tonnes(found.volume_m3 * 2.4, talk.language),
    }[key]
    return f"{pick(words[key], n=amount)} {_ask(talk, wish)}"


def _recipe(talk: Dialogue, wish: Wish) -> str:
    mix = MIXES[wish.class_or_default]
    return talk.voice.pick(
        LINES[talk.language]["recipe"],
        c=mix.name,
        cement=str(mix.cement_kg),
        sand=str(mix.sand_kg),
        gravel=str(mix.gravel_kg),
        water=str(mix.water_l),
    )


def _rule(talk: Dialogue, advice: Advice, text: str) -> str:
    variants = advice.ru if talk.ru else advice.en
    if advice.key == "spacing" and re.search(r"\b(column|link|stirrup|колонн|хомут)", text):
        return variants[0] if talk.voice.fresh(variants[:1]) else talk.voice.pick(variants)
    return talk.voice.pick(variants)


def _element(talk: Dialogue, wish: Wish) -> str:
    name = ELEMENTS[talk.language][wish.element or "slab"]
    if wish.count == 1:
        return name if talk.ru else f"the {name}"
    return f"{name}, штук: {wish.count}" if talk.ru else f"{wish.count} {name}s"


def _spoken_metres(talk: Dialogue, wish: Wish) -> str:
    """'length 6 m, width 4 m', in centimetres below one metre."""
    said: list[str] = []
    for name in ("length", "width", "diameter", "height"):
        if name in wish.metres:
            said.append(f"{_dimension(talk, wish, name)} {_length(wish.metres[name], talk.language)}")
    return ", ".join(said)


def _dimension(talk: Dialogue, wish: Wish, name: Dimension) -> str:
    if name == "height" and wish.element == "slab":
        return "толщина" if talk.ru else "thickness"
    if name == "height" and wish.element == "strip":
        return "глубина" if talk.ru else "depth"
    return DIMENSIONS[talk.language][name]


def _length(metres: float, language: str) -> str:
    if metres < 0.995:
        return counted(
            round(metres * 100, 1), language, ("centimetre", "centimetres"), ("сантиметр", "сантиметра", "сантиметров")
        )
    return counted(metres, language, ("metre", "metres"), ("метр", "метра", "метров"))


def _cubic(value: float, language: str) -> str:
    return counted(value, language, ("cubic metre", "cubic metres"), ("кубометр", "кубометра", "кубометров"))


def _tonnes(value: float, language: str) -> str:
    return counted(value, language, ("tonne", "tonnes"), ("тонна", "тонны", "тонн"))


def _bags(number: int, language: str) -> str:
    return counted(number, language, ("bag", "bags"), ("мешок", "мешка", "мешков"))


def _mixers(number: int, language: str) -> str:
    return counted(number, language, ("truck mixer", "truck mixers"), ("миксер", "миксера", "миксеров"))


def _mass(kilograms: int, language: str) -> str:
    """Tonnes to a tenth from one tonne on, else kilograms to the nearest five."""
    if kilograms >= 1000:
        return _tonnes(round(kilograms / 1000, 1), language)
    rounded = max(1, kilograms if kilograms < 50 else 5 * round(kilograms / 5))
    return counted(rounded, language, ("kilogram", "kilograms"), ("килограмм", "килограмма", "килограммов"))


SITE_ENGINEER = Persona(
    name="site_engineer",
    role={"en": "a site engineer who works out concrete", "ru": "инженер на стройке, который считает бетон"},
    welcome=welcome,
    farewell={language: lines["farewell"] for language, lines in LINES.items()},
    reply=reply,
    question=question,
)
