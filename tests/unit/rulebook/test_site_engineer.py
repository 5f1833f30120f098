"""The site engineer: spoken dimensions, volumes, the recipe, and advice that defers to the local code."""

import math
import re

import pytest

from providers.rules.site.advice import TOPICS, advice_on
from providers.rules.site.concrete import MIXES, quantities, volume_m3
from providers.rules.site.dimensions import measures_in
from tests.unit.rulebook.scripts import built, heard, held

SLAB = "how much concrete do i need for a slab six by four metres and twenty centimetres thick"
ПЛИТА = "сколько бетона нужно на плиту шесть на четыре метра толщиной двадцать сантиметров"


@pytest.mark.parametrize("mix", MIXES.values(), ids=MIXES)
def test_each_recipe_fills_one_cubic_metre(mix) -> None:
    """Absolute volumes: cement 3,100 kg/m³, aggregates 2,650 kg/m³, water 1,000 kg/m³, 2 % air."""
    filled = mix.cement_kg / 3100 + (mix.sand_kg + mix.gravel_kg) / 2650 + mix.water_l / 1000 + 0.02
    assert filled == pytest.approx(1, abs=0.01)


def test_stronger_classes_have_more_cement_and_a_lower_water_cement_ratio() -> None:
    mixes = list(MIXES.values())
    assert [mix.cement_kg for mix in mixes] == sorted(mix.cement_kg for mix in mixes)
    ratios = [mix.water_l / mix.cement_kg for mix in mixes]
    assert ratios == sorted(ratios, reverse=True)


def test_volumes_and_orders() -> None:
    assert volume_m3({"length": 6, "width": 4, "height": 0.2}) == pytest.approx(4.8)
    assert volume_m3({"diameter": 0.4, "height": 3}, count=2) == pytest.approx(2 * math.pi * 0.04 * 3)
    found = quantities(4.8)
    assert (found.order_m3, found.cement_kg, found.sand_kg, found.gravel_kg, found.water_l) == (5.1, 1536, 3408, 5520, 845)
    assert (found.bags, found.mixers) == (31, 1)
    assert quantities(20.0).order_m3 == 21.0
    with pytest.raises(KeyError):
        quantities(1.0, "C99/99")


@pytest.mark.parametrize(
    ("said", "metres"),
    [
        ("slab six by four metres and twenty centimetres thick", {"length": 6, "width": 4, "height": 0.2}),
        ("a slab 6x4x0.2", {"length": 6, "width": 4, "height": 0.2}),
        ("slab six by four by point two metres", {"length": 6, "width": 4, "height": 0.2}),
        ("a slab 600 by 400 by 20 centimetres", {"length": 6, "width": 4, "height": 0.2}),
        ("column thirty by thirty centimetres three metres high", {"length": 0.3, "width": 0.3, "height": 3}),
        ("a column 300 by 300 millimetres, height two and a half metres", {"length": 0.3, "width": 0.3, "height": 2.5}),
        ("a round column forty centimetres in diameter and three metres high", {"diameter": 0.4, "height": 3}),
        ("a strip twenty metres long forty centimetres wide and sixty deep", {"length": 20, "width": 0.4, "height": 0.6}),
        ("strip length 20 m width 40 cm depth 60 cm", {"length": 20, "width": 0.4, "height": 0.6}),
        ("a slab half a metre thick five by five metres", {"length": 5, "width": 5, "height": 0.5}),
        ("плита шесть на четыре метра толщиной двадцать сантиметров", {"length": 6, "width": 4, "height": 0.2}),
        ("лента длина двадцать метров ширина сорок глубина шестьдесят", {"length": 20, "width": 0.4, "height": 0.6}),
        ("колонна тридцать на тридцать высотой полтора метра", {"length": 0.3, "width": 0.3, "height": 1.5}),
        ("плита два с половиной на три метра толщина полметра", {"length": 2.5, "width": 3, "height": 0.5}),
        ("круглая колонна диаметр сорок сантиметров высота три метра", {"diameter": 0.4, "height": 3}),
    ],
)
def test_spoken_dimensions(said: str, metres: dict[str, float]) -> None:
    wish = built([said])
    assert wish.missing == []
    assert wish.metres == pytest.approx(metres)


@pytest.mark.parametrize(
    "said", ["five columns", "class c twenty five", "thirty bags", "90 percent", "the third slab", "пять колонн"]
)
def test_numbers_that_are_no_lengths(said: str) -> None:
    assert measures_in(heard(said).tokens) == []


@pytest.mark.parametrize(
    ("said", "concrete_class"),
    [
        ("in class c thirty", "C30/37"),
        ("C25/30", "C25/30"),
        ("c twenty twenty five", "C20/25"),
        ("бэ двадцать пять", "C20/25"),
        ("класс B30", "C25/30"),
        ("из бетона В25", "C20/25"),
        ("марка м 300", "C20/25"),
        ("six metres", None),
        ("в 15 часов", None),
    ],
)
def test_classes(said: str, concrete_class: str | None) -> None:
    assert built([SLAB, said]).concrete_class == concrete_class


def test_the_answer_has_volume_order_recipe_and_assumption() -> None:
    said = held([SLAB])[0]
    for part in (
        "4.8 cubic metres",
        "5.1",
        "C20/25",
        "1.5 tonnes of cement",
        "3.4 tonnes of sand",
        "5.5 tonnes of gravel",
        "845 litres of water",
    ):
        assert part in said
    assert re.search("assumed|took|not given", said)
    ответ = held([ПЛИТА], "ru")[0]
    for part in ("4,8 кубометра", "5,1", "C20/25", "1,5 тонны цемента", "845 литров воды"):
        assert part in ответ


def test_missing_dimensions_are_asked_for_one_at_a_time() -> None:
    lines = ["a strip footing", "twenty metres", "forty centimetres", "sixty"]
    length, width, depth, result = held(lines, persona="site_engineer")
    assert "length" in length or "long" in length
    assert "width" in width or "wide" in width
    assert "depth" in depth or "deep" in depth
    assert "4.8 cubic metres" in result
    assert "centimetres" in result  # the unit of 'sixty' was guessed, and it says so


def test_the_element_stays_while_class_count_and_thickness_change() -> None:
    lines = [SLAB, "and in class c thirty", "what if it is thirty centimetres thick", "two such slabs"]
    wish = built(lines)
    assert wish.concrete_class == "C30/37"
    assert wish.count == 2
    assert wish.volume_m3 == pytest.approx(2 * 6 * 4 * 0.3)


def test_a_new_element_starts_with_no_dimensions() -> None:
    assert built([SLAB, "now a column"]).metres == {}
    assert built([SLAB, "now a column"]).missing == ["length", "width", "height"]


def test_follow_ups_use_the_result() -> None:
    replies = held([SLAB, "how many bags of cement", "how many trucks", "how heavy is it"])
    assert "31 bags" in replies[1]
    assert "1 truck" in replies[2]
    assert "11.5 tonnes" in replies[3]


def test_a_size_nobody_pours_is_questioned() -> None:
    lines = ["slab 600 by 400 metres 20 thick"]
    assert re.search("again", held(lines, persona="site_engineer")[0])
    assert built([*lines, "6 by 4 metres"]).missing == ["height"]


def test_a_class_that_is_not_in_the_table_is_refused() -> None:
    assert "C50" in held([SLAB, "in class c fifty"])[1]
    assert built([SLAB, "in class c fifty"]).concrete_class is None


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.key)
def test_each_topic_has_two_wordings_in_both_languages(topic) -> None:
    assert len(topic.en) == len(topic.ru) == 2


@pytest.mark.parametrize(
    ("said", "language", "key"),
    [
        ("what does the regulation say about curing concrete in cold weather", "en", "cold"),
        ("what is the concrete cover outside", "en", "cover"),
        ("what is the spacing of the bars in this column", "en", "spacing"),
        ("how long must the laps be", "en", "lap"),
        ("when can i strip the formwork", "en", "formwork"),
        ("как ухаживать за бетоном в мороз", "ru", "cold"),
        ("какой шаг арматуры в этой колонне", "ru", "spacing"),
        ("какой защитный слой", "ru", "cover"),
    ],
)
def test_advice_defers_to_the_local_code(said: str, language: str, key: str) -> None:
    advice = advice_on(heard(said).plain)
    assert advice is not None
    assert advice.key == key
    reply = held([said], language, persona="site_engineer")[0]
    assert re.search("code|нормам|нормы|нормами", reply)


def test_it_does_not_pretend_to_see_the_drawing() -> None:
    reply = held(["check the drawing what is the spacing of the bars in this column"])[0]
    assert re.search("cannot see the drawing|not visible", reply)
    assert "twenty bar diameters" in reply


def test_what_it_does_not_know_it_says() -> None:
    assert re.search(
        "no rule|outside my rules|cannot help|nothing in my rules", held([SLAB, "what is the capital of france"])[1]
    )
