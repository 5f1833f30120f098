import pytest

from bench.experiments.sentence import about_more, because, cannot_tell, duration, interval, pairs, percent, plural, sooner


@pytest.mark.parametrize(
    ("n", "word"),
    [(0, "пар"), (1, "пара"), (2, "пары"), (4, "пары"), (5, "пар"), (11, "пар"), (12, "пар"), (14, "пар"), (21, "пара"),
     (22, "пары"), (25, "пар"), (101, "пара"), (111, "пар"), (112, "пар"), (122, "пары")],
)  # fmt: skip
def test_russian_plurals(n: int, word: str) -> None:
    assert plural(n, "пара", "пары", "пар") == word
    assert pairs(n).ru == f"{n} {word}"


def test_about_takes_the_genitive() -> None:
    assert [about_more(n).ru for n in (1, 2, 11, 21, 22)] == [
        "ещё около 1 пары", "ещё около 2 пар", "ещё около 11 пар", "ещё около 21 пары", "ещё около 22 пар",
    ]  # fmt: skip
    assert [about_more(n).en for n in (1, 2)] == ["about 1 more pair", "about 2 more pairs"]


@pytest.mark.parametrize(
    ("ms", "en", "ru"),
    [
        (400, "400 ms", "400 мс"),
        (9.94, "9.9 ms", "9,9 мс"),
        (9.96, "10 ms", "10 мс"),
        (999.4, "999 ms", "999 мс"),
        (999.6, "1.00 s", "1,00 с"),
        (1254, "1.25 s", "1,25 с"),
        (-31.2, "−31 ms", "−31 мс"),
        (-0.01, "0.0 ms", "0,0 мс"),
    ],
)
def test_durations(ms: float, en: str, ru: str) -> None:
    assert (duration(ms).en, duration(ms).ru) == (en, ru)


def test_intervals() -> None:
    assert interval(391, 408).en == "391–408 ms"
    assert interval(950, 1250).ru == "0,95–1,25 с"
    assert (interval(-8, 31).en, interval(-8, 31).ru) == ("from −8 to 31 ms", "от −8 до 31 мс")
    assert interval(-0.41, 2).ru == "от −0,4 до 2,0 мс"
    assert interval(1198, 1203.5).en == "1198–1204 ms"
    assert interval(400.1, 400.4).ru == "400,1–400,4 мс"
    assert interval(400, 400).en == "400–400 ms"
    assert percent(0.98) == "98 %"
    assert percent(-0.02) == "−2 %"


def test_sooner() -> None:
    two = sooner("A", None, "voice_to_voice", 400, 391, 408, 12)
    assert two.en == "A starts speaking 400 ms sooner (391–408 ms, 12 pairs)."
    assert two.ru == "A начинает говорить на 400 мс раньше (391–408 мс, 12 пар)."
    three = sooner("A", "C", "chat_response", 1200, 1100, 1300, 21)
    assert three.en == "A answers 1.20 s sooner than C (1.10–1.30 s, 21 pairs)."
    assert three.ru == "A отвечает на 1,20 с раньше, чем C (1,10–1,30 с, 21 пара)."


def test_because() -> None:
    most = because("setting", "pause", 0.98, 392, 8)
    assert (most.en, most.ru) == (
        "98 % of it is your own pause setting.",
        "98 % этой разницы — ваша собственная настройка паузы.",
    )
    every = because("llm", "", 1.001, 400, -0.4)
    assert (every.en, every.ru) == ("All of it is the language model.", "Вся эта разница — языковая модель.")
    over = because("setting", "batch window", 1.05, 420, -20)
    assert over.en == "Your own batch window gives 420 ms, the rest takes 20 ms back."
    assert over.ru == "Ваше собственное окно набора фразы даёт 420 мс, остальное отнимает 20 мс."


def test_cannot_tell() -> None:
    assert cannot_tell("A", 12, -8, 31, 12, 22).en == (
        "Cannot tell yet: A looks 12 ms sooner, but the interval is from −8 to 31 ms (12 pairs); about 22 more pairs."
    )
    assert cannot_tell("A", 12, -8, 31, 12, 22).ru == (
        "Пока нельзя сказать: похоже, A быстрее на 12 мс, но интервал — от −8 до 31 мс (12 пар); нужно ещё около 22 пар."
    )
    assert (
        cannot_tell("A", 400, None, None, 1, 5).en == "Cannot tell yet: 1 pair is too few for an interval; about 5 more pairs."
    )
    assert cannot_tell("A", 400, None, None, 3, 3).ru == (
        "Пока нельзя сказать: 3 пары — слишком мало для интервала; нужно ещё около 3 пар."
    )
    assert "no difference to be seen" in cannot_tell("A", 0, -8, 8, 12, None).en
