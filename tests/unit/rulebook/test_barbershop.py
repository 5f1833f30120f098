"""Whole calls to the barbershop: one question at a time, a proposal, a read-back, a note that is no booking."""

import re

import pytest

from providers.rules.booking.dates import Day
from tests.unit.rulebook.scripts import BARBERSHOP, booked, held

CALL = [
    "i would like to book a haircut on friday at three in the afternoon",
    "yes",
    "my name is john smith and my number is five five five one two three four",
    "yes please",
]
ЗВОНОК = [
    "запишите меня на стрижку в пятницу в три часа дня",
    "да",
    "меня зовут иван петров мой телефон девять один два три четыре пять шесть семь восемь девять",
    "да всё верно",
]


def test_a_whole_call_in_english() -> None:
    proposal, ask_name, read_back, noted = held(CALL, system=BARBERSHOP)
    assert "Friday" in proposal
    assert "3 pm" in proposal
    assert re.search("Ivan|Pyotr|Sergey", proposal)
    assert "name" in ask_name
    for part in ("haircut", "on Friday", "3 pm", "John Smith", "5 5 5, 1 2 3 4"):
        assert part in read_back
    assert "noted" in noted
    assert "demo" in noted


def test_the_same_call_in_russian() -> None:
    proposal, ask_name, read_back, noted = held(ЗВОНОК, "ru")
    assert "в пятницу" in proposal
    assert "15 часов" in proposal
    assert re.search("имя|зовут", ask_name)
    for part in ("стрижка", "в пятницу", "15 часов", "Иван Петров", "плюс 7, 9 1 2, 3 4 5, 6 7, 8 9"):
        assert part in read_back
    assert "тмечено" in noted
    assert "демонстраци" in noted


def test_the_stages_of_a_call() -> None:
    stages = [booked(CALL[: count + 1]).stage for count in range(len(CALL))]
    assert stages == ["proposing", "collecting", "confirming", "noted"]
    assert booked(CALL).phone == "5551234"


def test_one_thing_is_asked_at_a_time_until_everything_is_there() -> None:
    lines = ["a haircut", "tomorrow", "at four", "yes", "anna", "five five five one two three four"]
    asks = held(lines, persona="barbershop")
    assert all(reply.count("?") == 1 for reply in asks)
    booking = booked(lines)
    assert (booking.service, booking.day, booking.minutes, booking.name, booking.phone) == (
        "haircut", Day("ahead", 1), 16 * 60, "Anna", "5551234",
    )  # fmt: skip


def test_a_time_is_proposed_for_a_part_of_the_day_and_yes_takes_it() -> None:
    lines = ["can you do a haircut and beard tomorrow morning", "yes that works"]
    proposal = held(lines, persona="barbershop")[0]
    booking = booked(lines)
    assert booking.agreed
    assert booking.minutes is not None
    assert 9 * 60 <= booking.minutes < 12 * 60
    assert f"{booking.minutes // 60}:{booking.minutes % 60:02d} am".replace(":00", "") in proposal
    assert booking.master is not None
    assert booking.master in proposal


def test_another_time_is_another_time() -> None:
    replies = held(["a haircut tomorrow morning", "another time please", "another time please"], persona="barbershop")
    proposed = [re.search(r"\d+(:\d\d)? am", reply) for reply in replies]
    assert all(proposed)
    assert len({match[0] for match in proposed if match}) == 3


def test_later_is_later_and_earlier_is_earlier() -> None:
    lines = ["a haircut tomorrow afternoon", "a bit later", "yes"]
    first = booked([lines[0], "yes"]).minutes
    assert first is not None
    assert booked(lines).minutes == first + 60
    assert booked(["a haircut tomorrow afternoon", "earlier please", "yes"]).minutes == first - 60


def test_small_talk_in_the_middle_changes_nothing() -> None:
    lines = [*CALL[:3], "what is the weather today", "yes"]
    assert booked(lines).day == Day("weekday", 4)
    assert booked(lines).noted


def test_a_change_after_the_note_is_read_back_and_noted_anew() -> None:
    *_, read_back, changed = held([*CALL, "please move my appointment to monday at ten", "yes"], persona="barbershop")
    assert "Monday" in read_back
    assert "10 am" in read_back
    assert "Friday" not in read_back
    assert "note" in changed
    assert "Monday" in changed
    assert booked([*CALL, "please move my appointment to monday at ten"]).minutes == 600


def test_a_no_at_the_read_back_asks_what_to_change() -> None:
    replies = held([*CALL[:3], "no", "four in the afternoon"], persona="barbershop")
    assert "change" in replies[3] or "not right" in replies[3]
    assert "4 pm" in replies[4]


def test_cancelling_asks_first_and_then_crosses_out() -> None:
    replies = held([*CALL, "cancel it", "yes"], persona="barbershop")
    assert replies[-2].endswith("?")
    assert booked([*CALL, "cancel it"]).noted
    assert booked([*CALL, "cancel it", "yes"]).stage == "abandoned"
    assert booked([*CALL, "cancel it", "no"]).stage == "noted"


def test_an_appointment_we_know_nothing_of_is_never_pretended() -> None:
    first, *_, last = held(
        ["please move my appointment to monday at ten", "john smith", "five five five one two three four", "yes"],
        persona="barbershop",
    )
    assert re.search("cannot see|not visible", first)
    assert "wish" in last
    assert "cannot see earlier bookings" in last


@pytest.mark.parametrize("question", ["am i booked", "is it booked", "do i have an appointment"])
def test_asked_whether_it_is_booked_it_says_the_truth(question: str) -> None:
    assert re.search("[Nn]othing is noted|no note", held(["a haircut", question], persona="barbershop")[1])
    assert re.search("no real booking|not booked in a real calendar", held([*CALL, question], persona="barbershop")[-1])


def test_outside_the_hours_another_time_is_asked_for() -> None:
    closed = held(["a haircut on friday", "at seven in the morning"], persona="barbershop")[1]
    assert "9 am" in closed
    assert "9 pm" in closed
    late = held(["a haircut on friday", "at 20:45"], persona="barbershop")[1]
    assert "8:30 pm" in late
    assert booked(["a haircut on friday", "at 20:45"]).minutes is None
    assert booked(["a haircut on friday", "at 20:30"]).minutes == 20 * 60 + 30


def test_questions_about_the_shop_order_nothing() -> None:
    lines = ["how much is a haircut", "how long does styling take", "what time do you open on sunday"]
    booking = booked(lines)
    assert (booking.service, booking.day, booking.minutes) == (None, None, None)
    price, duration, hours = held(lines, persona="barbershop")
    assert re.search("[Pp]rice", price)
    assert "20" in duration
    assert "9 am" in hours
    assert "1500 rub" in held(["how much is a haircut"], system=f"{BARBERSHOP} Haircut: 1500 rub.")[0]


def test_a_beard_alone_is_offered_with_a_haircut() -> None:
    assert "45 minutes" in held(["i want my beard done"], persona="barbershop")[0]
    assert booked(["i want my beard done", "yes"]).service == "haircut_beard"
    assert booked(["i want my beard done"]).service is None


def test_a_short_number_is_asked_for_again() -> None:
    lines = ["a haircut tomorrow at four", "yes", "john", "five five five"]
    assert "3 digits" in held(lines, persona="barbershop")[-1]
    assert booked(lines).phone is None


def test_a_reply_cut_short_by_an_interruption_does_not_lose_the_thread() -> None:
    from providers.rules.booking.booking import fold
    from providers.rules.booking.shop import Shop
    from providers.rules.talk.dialogue import read
    from tests.unit.rulebook.scripts import request

    talk = read(request(["a haircut on friday at three", "yes", "john smith"], ["I could note Ivan on Fri", "What is yo"]))
    assert fold(talk, Shop()).name == "John Smith"


def test_a_second_appointment_keeps_name_and_phone() -> None:
    booking = booked([*CALL, "can you add another appointment for styling on sunday at noon"])
    assert (booking.name, booking.phone) == ("John Smith", "5551234")
    assert (booking.service, booking.day, booking.minutes) == ("styling", Day("weekday", 6), 720)


def test_the_language_may_change_in_the_middle() -> None:
    replies = held(["a haircut on friday at three", "а можно в субботу"], persona="barbershop")
    assert "в субботу" in replies[1].lower()
    assert booked(["a haircut on friday at three", "а можно в субботу"]).minutes == 15 * 60
