"""The barbershop: its services, masters and hours; hours and prices may be told in the prompt."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Service = Literal["haircut", "haircut_beard", "styling"]
Asked = Literal["haircut", "haircut_beard", "styling", "beard"]
"""What a caller may name; a beard alone is not on the list of services."""

DURATIONS_MIN: dict[Service, int] = {"haircut": 30, "haircut_beard": 45, "styling": 20}
MASTERS: tuple[str, ...] = ("Ivan", "Pyotr", "Sergey")
SERVICE_NAMES: dict[str, dict[Service, str]] = {
    "en": {"haircut": "a haircut", "haircut_beard": "haircut and beard", "styling": "styling"},
    "ru": {"haircut": "стрижка", "haircut_beard": "стрижка и борода", "styling": "укладка"},
}
MASTER_NAMES: dict[str, dict[str, str]] = {
    "en": {name: name for name in MASTERS},
    "ru": {"Ivan": "Иван", "Pyotr": "Пётр", "Sergey": "Сергей"},
}

_HAIRCUT = re.compile(
    r"\b(hair ?cuts?|cut my hair|a cut|cut and|get a trim|trim|hair done|стриж\w*|(под|по)стри\w+|стричься)\b"
)
_BEARD = re.compile(r"\b(beard|shave|moustache|бород\w*|брить\w*|побри\w+|усы)\b")
_NO_BEARD = re.compile(
    r"\b(no|without( the| a)?|not the|without my|без|не нужна|не надо) (beard|shave|бород\w+)\b|\bбород\w+ не (надо|нужн\w)\b"
)
_STYLING = re.compile(r"\b(styl(e|ing|ed)|blow ?dry|уклад\w*|уложить)\b")
_MASTER: dict[str, re.Pattern[str]] = {
    "Ivan": re.compile(r"\b(ivan|иван(у|а|ом|е)?|ване|вани)\b"),
    "Pyotr": re.compile(r"\b(pyotr|petr|peter|piotr|петр(у|а|ом)?|пети|пете)\b"),
    "Sergey": re.compile(r"\b(serge[yi]|sergei|сергей|сергею|сергея|сергеем)\b"),
}
_HOURS = re.compile(r"\b(\d{1,2})[:.](\d\d)\s*(?:-|–|—|to|until|till|до|по)\s*(\d{1,2})[:.](\d\d)")
_PRICE = re.compile(
    r"(?P<sum>\d[\d ]{0,6})\s?(?P<unit>₽|руб\w*|р\.|rubles?|rub\b|€|eur\w*|\$|dollars?|usd|£|pounds?)", re.IGNORECASE
)
_NAMED_BEFORE_CHARS = 45
"""How far before its sum the name of a service may stand."""


@dataclass(frozen=True, slots=True)
class Shop:
    """What the prompt says about the shop, or what it is by default: 9:00 to 21:00 every day, no prices known."""

    opens_min: int = 9 * 60
    closes_min: int = 21 * 60
    prices: tuple[tuple[Service, str], ...] = ()
    """(service, '1500 ₽') as the prompt gives them."""


@lru_cache(maxsize=32)
def shop_in(prompt: str) -> Shop:
    """Hours and prices from a system prompt, where it states them."""
    opens, closes = Shop().opens_min, Shop().closes_min
    if match := _HOURS.search(prompt):
        told = (int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4]))
        if 0 <= told[0] < told[1] <= 24 * 60 and told[1] - told[0] >= 60:
            opens, closes = told
    prices: dict[Service, str] = {}
    after = 0
    for match in _PRICE.finditer(prompt):
        named = prompt[max(after, match.start() - _NAMED_BEFORE_CHARS) : match.start()].lower().replace("ё", "е")
        service = service_in(named)
        after = match.end()
        if service is not None and service != "beard" and service not in prices:
            prices[service] = f"{match['sum'].strip()} {match['unit']}"
    return Shop(opens, closes, tuple(prices.items()))


def service_in(plain_text: str) -> Asked | None:
    """The service that a text names; 'beard' when nothing but the beard is named."""
    beard = _BEARD.search(plain_text) is not None and not _NO_BEARD.search(plain_text)
    if _HAIRCUT.search(plain_text):
        return "haircut_beard" if beard else "haircut"
    if _STYLING.search(plain_text):
        return "styling"
    if _NO_BEARD.search(plain_text):
        return "haircut"
    return "beard" if beard else None


def master_in(plain_text: str) -> str | None:
    """The master that a text names, the last one when there are several."""
    found = [(match.start(), name) for name, pattern in _MASTER.items() for match in pattern.finditer(plain_text)]
    return max(found)[1] if found else None
