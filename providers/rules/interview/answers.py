"""What is in an answer: figures, reasons, steps, results, one's own part. Feedback rests on these and on nothing else."""

import re
from dataclasses import dataclass

from providers.rules.talk.dialogue import Heard

VAGUE_BELOW_WORDS = 8
"""An answer with fewer words is asked to be longer."""

_MARKS: dict[str, re.Pattern[str]] = {
    "reason": re.compile(
        r"\b(because|since|so that|in order to|the reason|therefore|that is why|потому что|так как|чтобы|поскольку|поэтому"
        r"|из за)\b"
    ),
    "steps": re.compile(
        r"\b(first(ly)?|second(ly)?|then|next|after that|finally|step|сначала|сперва|затем|потом|после этого|далее|наконец"
        r"|во первых|во вторых|шаг\w*)\b"
    ),
    "result": re.compile(
        r"\b(result\w*|as a result|achiev\w+|improv\w+|reduc\w+|increas\w+|deliver\w+|saved|grew|success\w*|outcome"
        r"|результат\w*|в итоге|улучши\w+|сократи\w+|увеличи\w+|выросл\w*|сэкономи\w+|успе(шно|х\w*)|добил\w+)\b"
    ),
    "own": re.compile(
        r"\b(i (would|did|decided|made|wrote|built|led|asked|talked|called|checked|proposed|planned|organi[sz]ed"
        r"|was responsible|fixed|tested|analy[sz]ed|managed|will|explained|collected|agreed|started)|я|мной|сам\w? )\b"
    ),
    "risk": re.compile(
        r"\b(risk\w*|in case|plan b|buffer|fallback|what if|worst|late|delay\w*|риск\w*|на случай|запасн\w+|план б|буфер\w*"
        r"|опозда\w+|задерж\w+|сорв\w+)\b"
    ),
    "people": re.compile(
        r"\b(client\w*|customer\w*|team\w*|colleague\w*|manager\w*|stakeholder\w*|supplier\w*|user\w*|клиент\w*|заказчик\w*"
        r"|команд\w*|коллег\w*|руководител\w*|поставщик\w*|пользовател\w*|начальник\w*)\b"
    ),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, weighed."""

    words: int
    marks: frozenset[str]
    """Of: number, reason, steps, result, own, risk, people."""

    @property
    def vague(self) -> bool:
        """Short, and nothing to hold on to."""
        return self.words < VAGUE_BELOW_WORDS and not self.marks & {"number", "reason", "result", "steps"}


def weigh(heard: Heard) -> Answer:
    """The marks of one answer."""
    marks = {name for name, pattern in _MARKS.items() if pattern.search(heard.plain)}
    if any(
        token.value is not None and not token.ordinal and token.text not in {"one", "один", "одна", "одно", "одну", "одного"}
        for token in heard.words
    ):
        marks.add("number")
    return Answer(len(heard.words), frozenset(marks))
