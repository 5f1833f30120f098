"""Spoken numbers and plain text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.rules.talk.text import HEAD_CHARS, TAIL_CHARS, clip, counted, plain, plural_ru, script
from tests.unit.rulebook.scripts import heard


def table(words: str) -> list[str]:
    return words.split()


EN_UNITS = table(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
EN_TENS = table("_ _ twenty thirty forty fifty sixty seventy eighty ninety")
RU_UNITS = table(
    "ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать четырнадцать пятнадцать "
    "шестнадцать семнадцать восемнадцать девятнадцать"
)
RU_TENS = table("_ _ двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто")
RU_HUNDREDS = table("_ сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот")


def english(number: int) -> str:
    if number < 20:
        return EN_UNITS[number]
    if number < 100:
        return EN_TENS[number // 10] + (f" {EN_UNITS[number % 10]}" if number % 10 else "")
    rest = f" and {english(number % 100)}" if number % 100 else ""
    return f"{EN_UNITS[number // 100]} hundred{rest}"


def russian(number: int) -> str:
    if number < 20:
        return RU_UNITS[number]
    if number < 100:
        return RU_TENS[number // 10] + (f" {RU_UNITS[number % 10]}" if number % 10 else "")
    return RU_HUNDREDS[number // 100] + (f" {russian(number % 100)}" if number % 100 else "")


@given(st.integers(0, 999))
def test_every_number_up_to_999_is_one_number(number: int) -> None:
    for words in (english(number), russian(number), str(number)):
        assert [token.value for token in heard(words).words] == [number]
        assert heard(words).words[0].digits == str(number)


@pytest.mark.parametrize(
    ("said", "values"),
    [
        ("three thirty", [3, 30]),
        ("five five five", [5, 5, 5]),
        ("twenty five thirty", [25, 30]),
        ("two point two five", [2.25]),
        ("point two", [0.2]),
        ("two and a half", [2.5]),
        ("half a", [0.5]),
        ("a hundred and twenty", [120]),
        ("two thousand five hundred", [2500]),
        ("twenty third", [23]),
        ("5th", [5]),
        ("девятьсот двенадцать триста сорок пять", [912, 345]),
        ("полтора", [1.5]),
        ("два с половиной", [2.5]),
        ("ноль целых двадцать пять сотых", [0.25]),
        ("две десятых", [0.2]),
        ("тысяча двести", [1200]),
        ("двадцать третьего", [23]),
        ("6,5", [6.5]),
        ("15:30", [None]),
        ("9" * 40, [None]),
    ],
)
def test_numbers_in_speech(said: str, values: list[float | None]) -> None:
    assert [token.value for token in heard(said).words] == values


def test_plain_text() -> None:
    assert plain("i'm sure it's fine, don't worry - can't be") == "i am sure it is fine, do not worry can not be"
    assert heard("Ёлка\u200b — ЗЕЛЁНАЯ").plain == "елка зеленая"
    assert plain("on 2026-12-05") == "on 05.12.2026"
    assert plain("im tired and cant sleep") == "i am tired and can not sleep"


def test_a_long_text_keeps_its_beginning_and_its_end() -> None:
    text = "a" * HEAD_CHARS + "b" * 100_000 + "c" * TAIL_CHARS
    assert clip(text) == "a" * HEAD_CHARS + " " + "c" * TAIL_CHARS
    assert clip("short") == "short"


def test_scripts() -> None:
    assert script("стоп") == "ru"
    assert script("stop") == "en"
    assert script("ok") is None
    assert script("12345") is None
    assert script("да yes нет no") is None


def test_russian_nouns_after_numbers() -> None:
    forms = ("час", "часа", "часов")
    assert [plural_ru(number, *forms) for number in (1, 2, 5, 11, 14, 21, 22, 112)] == [
        "час", "часа", "часов", "часов", "часов", "час", "часа", "часов",
    ]  # fmt: skip
    assert counted(4.8, "ru", ("metre", "metres"), ("метр", "метра", "метров")) == "4,8 метра"
    assert counted(1, "en", ("metre", "metres"), ("метр", "метра", "метров")) == "1 metre"
