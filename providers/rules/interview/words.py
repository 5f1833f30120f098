"""What the interviewer says, and the nouns it says it with."""

from providers.rules.interview.words_en import ENGLISH
from providers.rules.interview.words_ru import RUSSIAN

LINES = {"en": ENGLISH, "ru": RUSSIAN}

MARKS: dict[str, dict[str, str]] = {
    "en": {
        "number": "figures",
        "reason": "reasons",
        "steps": "clear steps",
        "result": "results",
        "own": "your own part",
        "risk": "a view of the risks",
        "people": "attention to people",
    },
    "ru": {
        "number": "цифры",
        "reason": "причины",
        "steps": "ясные шаги",
        "result": "итоги",
        "own": "собственная роль",
        "risk": "внимание к рискам",
        "people": "внимание к людям",
    },
}
