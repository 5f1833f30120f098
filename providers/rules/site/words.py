"""What the site engineer says, and the nouns it says it with."""

from providers.rules.site.words_en import ENGLISH
from providers.rules.site.words_ru import RUSSIAN

LINES = {"en": ENGLISH, "ru": RUSSIAN}

ELEMENTS: dict[str, dict[str, str]] = {
    "en": {"slab": "slab", "column": "column", "strip": "strip"},
    "ru": {"slab": "плита", "column": "колонна", "strip": "лента"},
}
DIMENSIONS: dict[str, dict[str, str]] = {
    "en": {"length": "length", "width": "width", "height": "height", "diameter": "diameter"},
    "ru": {"length": "длина", "width": "ширина", "height": "высота", "diameter": "диаметр"},
}
