"""The sentences of a verdict, in plain English and plain Russian: both say the same, each in its own way."""

from dataclasses import dataclass

from bench.events.kinds import Owner

MINUS = "−"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence in both languages."""

    en: str
    ru: str

    def __add__(self, other: "Sentence") -> "Sentence":
        return Sentence(f"{self.en} {other.en}", f"{self.ru} {other.ru}")


OWNERS: dict[Owner, Sentence] = {
    "setting": Sentence("your own settings", "ваши собственные настройки"),
    "detector": Sentence("the voice detector", "детектор голоса"),
    "stt": Sentence("speech-to-text", "распознавание речи"),
    "llm": Sentence("the language model", "языковая модель"),
    "tts": Sentence("the speech engine", "синтез речи"),
    "network": Sentence("the network", "сеть"),
    "device": Sentence("the output device", "устройство вывода"),
    "workbench": Sentence("the workbench itself", "сам стенд"),
    "unexplained": Sentence("unexplained time", "необъяснённое время"),
}
"""What each owner of time is called in a sentence."""

SETTINGS: dict[str, Sentence] = {
    "pause": Sentence("your own pause setting", "ваша собственная настройка паузы"),
    "batch window": Sentence("your own batch window", "ваше собственное окно набора фразы"),
    "your key": Sentence("the wait for your key", "ожидание вашей клавиши"),
    "set delay": Sentence("a delay that you set yourself", "задержка, которую вы задали сами"),
}
"""The settings by the name of their waterfall part."""

OUTCOMES: dict[str, Sentence] = {
    "failed": Sentence("failed", "с ошибкой"),
    "timed_out": Sentence("timed out", "не дождались ответа"),
    "cancelled": Sentence("cancelled", "отменено"),
    "silent": Sentence("silent", "без ответа"),
}


def plural(n: int, one: str, few: str, many: str) -> str:
    """The Russian word form after a whole number: 1 пара, 2 пары, 5 пар, 11 пар, 21 пара."""
    if n % 10 == 1 and n % 100 != 11:
        return one
    return few if n % 10 in (2, 3, 4) and n % 100 not in (12, 13, 14) else many


def pairs(n: int) -> Sentence:
    """'12 pairs' / '12 пар'."""
    return Sentence(f"{n} pair{'' if n == 1 else 's'}", f"{n} {plural(n, 'пара', 'пары', 'пар')}")


def about_more(n: int) -> Sentence:
    """'about 22 more pairs' / 'ещё около 22 пар'."""
    genitive = "пары" if n % 10 == 1 and n % 100 != 11 else "пар"
    return Sentence(f"about {n} more pair{'' if n == 1 else 's'}", f"ещё около {n} {genitive}")


def duration(ms: float) -> Sentence:
    """Milliseconds below 1 s (one decimal below 10 ms), seconds with two decimals above."""
    return _both(_digits(ms, _scale(abs(ms))), _scale(abs(ms)))


def interval(low_ms: float, high_ms: float) -> Sentence:
    """'391–408 ms'; an interval that reaches below zero is spelled out: 'from −8 to 31 ms'.

    Ends that would look alike are given more digits: nothing was measured to no uncertainty at all.
    """
    scale = _scale(max(abs(low_ms), abs(high_ms)))
    finer = {2: 0, 0: 1}
    while low_ms != high_ms and scale in finer and _digits(low_ms, scale) == _digits(high_ms, scale):
        scale = finer[scale]
    low, high = _digits(low_ms, scale), _digits(high_ms, scale)
    if low_ms >= 0:
        return _both(f"{low}–{high}", scale)
    unit = _both("", scale)
    return Sentence(f"from {low} to {high}{unit.en}", f"от {low} до {high}{unit.ru}".replace(".", ","))


def percent(share: float) -> str:
    """'98 %'."""
    return f"{MINUS if round(share * 100) < 0 else ''}{abs(round(share * 100))} %"


def sooner(
    first: str, second: str | None, figure: str, difference_ms: float, low_ms: float, high_ms: float, n: int
) -> Sentence:
    """'A starts speaking 400 ms sooner (391–408 ms, 12 pairs).' `second` is named when there are more than two."""
    by, within, count = duration(difference_ms), interval(low_ms, high_ms), pairs(n)
    than = Sentence(f" than {second}", f", чем {second}") if second else Sentence("", "")
    verb = Sentence("starts speaking", "начинает говорить") if figure != "chat_response" else Sentence("answers", "отвечает")
    return Sentence(
        f"{first} {verb.en} {by.en} sooner{than.en} ({within.en}, {count.en}).",
        f"{first} {verb.ru} на {by.ru} раньше{than.ru} ({within.ru}, {count.ru}).",
    )


def cannot_tell(
    first: str, difference_ms: float, low_ms: float | None, high_ms: float | None, n: int, more: int | None
) -> Sentence:
    """'Cannot tell yet: …, about 22 more pairs.'"""
    count = pairs(n)
    if low_ms is None or high_ms is None:
        few = Sentence(
            f"{count.en} {'is' if n == 1 else 'are'} too few for an interval", f"{count.ru} — слишком мало для интервала"
        )
    else:
        within, by = interval(low_ms, high_ms), duration(difference_ms)
        looks = Sentence(f"{first} looks {by.en} sooner, but", f"похоже, {first} быстрее на {by.ru}, но")
        if difference_ms == 0:
            looks = Sentence("no difference to be seen,", "разницы не видно,")
        few = Sentence(
            f"{looks.en} the interval is {within.en} ({count.en})", f"{looks.ru} интервал — {within.ru} ({count.ru})"
        )
    if more is None:
        then = Sentence("a few more pairs are not likely to change that", "ещё несколько пар этого, скорее всего, не изменят")
    else:
        then = Sentence(about_more(more).en, f"нужно {about_more(more).ru}")
    return Sentence(f"Cannot tell yet: {few.en}; {then.en}.", f"Пока нельзя сказать: {few.ru}; {then.ru}.")


def no_pairs(first: str, second: str) -> Sentence:
    """When nothing was answered by both."""
    return Sentence(
        f"Cannot tell yet: no input was answered by both {first} and {second}.",
        f"Пока нельзя сказать: нет ни одной реплики, на которую ответили и {first}, и {second}.",
    )


def because(owner: Owner, part: str, share: float, ms: float, rest_ms: float) -> Sentence:
    """'98 % of it is your own pause setting.' A share above the whole is given in ms, with what the rest takes back."""
    noun = SETTINGS.get(part, OWNERS[owner]) if owner == "setting" else OWNERS[owner]
    many = owner == "setting" and part not in SETTINGS
    if round(share * 100) > 100:
        gives, back = duration(ms), duration(abs(rest_ms))
        verb = Sentence("give" if many else "gives", "дают" if many else "даёт")
        return Sentence(
            f"{_capital(noun.en)} {verb.en} {gives.en}, the rest takes {back.en} back.",
            f"{_capital(noun.ru)} {verb.ru} {gives.ru}, остальное отнимает {back.ru}.",
        )
    be = "are" if many else "is"
    if round(share * 100) == 100:
        return Sentence(f"All of it {be} {noun.en}.", f"Вся эта разница — {noun.ru}.")
    return Sentence(f"{percent(share)} of it {be} {noun.en}.", f"{percent(share)} этой разницы — {noun.ru}.")


def cut_off(name: str, cut: int, of: int, *, but: bool) -> Sentence:
    """'B cut the speaker off in 4 of 12.' `but`: it is the sooner one, and must not win by it."""
    times = plural(cut, "раз", "раза", "раз")
    return Sentence(
        f"{'But ' if but else ''}{name} cut the speaker off in {cut} of {of}.",
        f"{'Но ' if but else ''}{name} перебивает говорящего: {cut} {times} из {of}.",
    )


def holm(n: int) -> Sentence:
    """That several comparisons were made at once."""
    return Sentence(
        f"{n} comparisons at once: intervals are widened by Holm's procedure, so that none wins by chance.",
        f"Сравнений сразу {n}: интервалы расширены по методу Холма, чтобы никто не победил случайно.",
    )


def _scale(ms: float) -> int:
    """0: whole ms, 1: ms with one decimal, 2: seconds with two decimals — by what would be shown."""
    if round(ms) >= 1000:
        return 2
    return 0 if round(ms, 1) >= 10 else 1


def _digits(ms: float, scale: int) -> str:
    text = f"{abs(ms) / 1000:.2f}" if scale == 2 else f"{abs(ms):.{scale}f}"
    return f"{MINUS if ms < 0 and float(text) > 0 else ''}{text}"


def _both(digits: str, scale: int) -> Sentence:
    return Sentence(f"{digits} {'s' if scale == 2 else 'ms'}", f"{digits.replace('.', ',')} {'с' if scale == 2 else 'мс'}")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
