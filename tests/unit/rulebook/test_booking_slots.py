"""What the barbershop hears: days, times, phones, names, services, as recognisers and people write them."""

import pytest

from providers.rules.booking import dates, phones, times
from providers.rules.booking.dates import Day, day_in
from providers.rules.booking.phones import phone_in
from providers.rules.booking.questions import asked_in
from providers.rules.booking.shop import Shop, service_in, shop_in
from providers.rules.booking.times import clock_in
from providers.rules.booking.words_en import ENGLISH
from providers.rules.booking.words_ru import RUSSIAN
from providers.rules.talk.names import introduced
from tests.unit.rulebook.scripts import heard


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ("on friday at three in the afternoon", "15:00"),
        ("half past three", "15:30"),
        ("quarter to four", "15:45"),
        ("ten past nine in the morning", "9:10"),
        ("twenty to five", "16:40"),
        ("at 15:30", "15:30"),
        ("3:30 p.m.", "15:30"),
        ("seven p m", "19:00"),
        ("at ten", "10:00"),
        ("around noon", "12:00"),
        ("at three thirty", "15:30"),
        ("five o'clock", "17:00"),
        ("at nine in the evening", "21:00"),
        ("at eight", "20:00"),
        ("monday at ten", "10:00"),
        ("в пятницу в три часа дня", "15:00"),
        ("в половине четвёртого", "15:30"),
        ("полчетвёртого", "15:30"),
        ("в пол третьего", "14:30"),
        ("без четверти пять", "16:45"),
        ("без десяти семь", "18:50"),
        ("десять минут пятого", "16:10"),
        ("на десять", "10:00"),
        ("в час дня", "13:00"),
        ("в пятнадцать ноль ноль", "15:00"),
        ("в девять вечера", "21:00"),
        ("к пяти часам", "17:00"),
        ("в семь тридцать вечера", "19:30"),
    ],
)
def test_times_of_day(said: str, at: str) -> None:
    clock = clock_in(heard(said).plain, heard(said).words)
    assert clock is not None
    assert clock.minutes is not None
    assert f"{clock.minutes // 60}:{clock.minutes % 60:02d}" == at


@pytest.mark.parametrize(
    "said",
    [
        "for two people",
        "in three days",
        "через два дня",
        "what time is it",
        "five five five one two three four",
        "i am thirty years old",
        "good morning",
    ],
)
def test_numbers_that_are_no_times(said: str) -> None:
    assert clock_in(heard(said).plain, heard(said).words) is None


def test_a_part_of_the_day_is_no_time_but_is_kept() -> None:
    clock = clock_in(heard("tomorrow morning").plain, heard("tomorrow morning").words)
    assert clock == times.Clock(None, "morning")


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("can you do it tomorrow morning", Day("ahead", 1)),
        ("the day after tomorrow", Day("ahead", 2)),
        ("on friday please", Day("weekday", 4)),
        ("next tuesday", Day("weekday", 1, next_week=True)),
        ("not friday but saturday", Day("weekday", 5)),
        ("instead of friday make it monday", Day("weekday", 0)),
        ("from friday to monday", Day("weekday", 0)),
        ("hmm next week maybe thursday", Day("weekday", 3, next_week=True)),
        ("on the fifth of december", Day("date", 5, 12)),
        ("december third", Day("date", 3, 12)),
        ("on the twenty third", Day("date", 23)),
        ("in two weeks", Day("ahead", 14)),
        ("2026-12-05", Day("date", 5, 12)),
        ("послезавтра", Day("ahead", 2)),
        ("во вторник", Day("weekday", 1)),
        ("в следующую среду", Day("weekday", 2, next_week=True)),
        ("не в пятницу а в субботу", Day("weekday", 5)),
        ("с пятницы на понедельник", Day("weekday", 0)),
        ("пятого декабря", Day("date", 5, 12)),
        ("двадцать третьего числа", Day("date", 23)),
        ("через три дня", Day("ahead", 3)),
        ("12.05.2026", Day("date", 12, 5)),
    ],
)
def test_days(said: str, day: Day) -> None:
    assert day_in(heard(said).plain, heard(said).words) == day


def test_days_are_said_with_their_grammar() -> None:
    assert dates.say(Day("weekday", 1), "ru") == "во вторник"
    assert dates.say(Day("ahead", 3), "ru") == "через 3 дня"
    assert dates.say(Day("ahead", 5), "ru") == "через 5 дней"
    assert dates.say(Day("date", 23), "en") == "on the 23rd"
    assert dates.say(Day("date", 5, 12), "ru") == "5 декабря"


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("minutes", range(9 * 60, 21 * 60, 5))
def test_a_time_that_we_say_is_read_back_as_the_same(language: str, minutes: int) -> None:
    said = f"{'at' if language == 'en' else 'в'} {times.say(minutes, language)}"
    clock = clock_in(heard(said).plain, heard(said).words)
    assert clock is not None
    assert clock.minutes == minutes


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("my number is five five five one two three four", "5551234"),
        ("555-1234", "5551234"),
        ("oh seven seven triple one two three four five", "0771112345"),
        ("plus four four seven seven double oh nine hundred one two three", "+447700900123"),
        ("+7 (912) 345-67-89", "+79123456789"),
        ("мой телефон девять один два три четыре пять шесть семь восемь девять", "+79123456789"),
        ("восемь девятьсот двенадцать триста сорок пять шестьдесят семь восемьдесят девять", "+79123456789"),
    ],
)
def test_phone_numbers(said: str, digits: str) -> None:
    phone = phone_in(heard(said).words, russian=said[-1] >= "а")
    assert phone is not None
    assert phone.digits == digits


@pytest.mark.parametrize("said", ["twenty five", "five five", "1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8", "on friday at three"])
def test_numbers_that_are_no_phone(said: str) -> None:
    assert phone_in(heard(said).words) is None


def test_a_phone_is_said_digit_by_digit() -> None:
    assert phones.say("5551234", "en") == "5 5 5, 1 2 3 4"
    assert phones.say("+79123456789", "ru") == "плюс 7, 9 1 2, 3 4 5, 6 7, 8 9"


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("my name is john smith and my number is five five five one two three four", "John Smith"),
        ("hello this is peter parker calling", "Peter Parker"),
        ("under the name of oliver", "Oliver"),
        ("меня зовут иван петров мой телефон девять один два", "Иван Петров"),
        ("на имя ольга", "Ольга"),
        ("Моё имя Пётр", "Пётр"),
        ("i am looking for a haircut", None),
        ("call me tomorrow", None),
        ("this is hard", None),
        ("у меня вопрос", None),
    ],
)
def test_names_that_are_given_unasked(said: str, name: str | None) -> None:
    assert introduced(heard(said)) == name


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("john", "John"),
        ("yes it is mary jane", "Mary Jane"),
        ("анна", "Анна"),
        ("это сергей", "Сергей"),
        ("yes", None),
        ("да", None),
        ("friday", None),
    ],
)
def test_names_that_answer_our_question(said: str, name: str | None) -> None:
    assert introduced(heard(said), asked=True) == name


@pytest.mark.parametrize(
    ("said", "service"),
    [
        ("just a trim", "haircut"),
        ("haircut and a beard trim", "haircut_beard"),
        ("no beard just the haircut", "haircut"),
        ("styling please", "styling"),
        ("my beard", "beard"),
        ("стрижку и бороду", "haircut_beard"),
        ("подстричься", "haircut"),
        ("стрижка без бороды", "haircut"),
        ("укладку", "styling"),
        ("hello", None),
    ],
)
def test_services(said: str, service: str | None) -> None:
    assert service_in(heard(said).plain) == service


def test_the_prompt_may_tell_hours_and_prices() -> None:
    shop = shop_in("We work 10:00-20:00. Haircut: 1500 rub, haircut and beard 2200 rub. Consultation 100 rub.")
    assert shop == Shop(600, 1200, (("haircut", "1500 rub"), ("haircut_beard", "2200 rub")))
    assert shop_in("Open from 99:99-12:00, haircut for free") == Shop()


@pytest.mark.parametrize("table", [ENGLISH, RUSSIAN], ids=["en", "ru"])
@pytest.mark.parametrize("slot", ["service", "day", "time", "name", "phone"])
def test_every_wording_of_a_question_is_recognised_as_that_question(table: dict[str, tuple[str, ...]], slot: str) -> None:
    for wording in table[f"ask_{slot}"]:
        assert asked_in(heard(wording)) == slot, wording


@pytest.mark.parametrize("table", [ENGLISH, RUSSIAN], ids=["en", "ru"])
@pytest.mark.parametrize(
    ("key", "question"),
    [
        ("propose", "proposal"),
        ("another_proposal", "proposal"),
        ("beard_only", "proposal"),
        ("confirm", "confirm"),
        ("cross_out", "cross_out"),
        ("declined", "change"),
        ("phone_short", "phone"),
    ],
)
def test_every_other_question_is_recognised_too(table: dict[str, tuple[str, ...]], key: str, question: str) -> None:
    for wording in table[key]:
        filled = wording.format_map({"what": "x", "day": "", "time": "", "master": "", "all": "", "n": "3"})
        assert asked_in(heard(filled)) == question, wording
