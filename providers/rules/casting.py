"""Which persona answers.

The rules, in order: the persona that was set; else the one whose role the system prompt names first ('You are a psychologist');
else the one whose words the prompt uses most; else the one whose words the first user message that has any uses most; else,
while nobody has said anything telling, a host who says what there is. A tie goes to the earlier one in `PERSONAS`.
"""

import re
from functools import lru_cache

from providers.rules.booking.barbershop import BARBERSHOP
from providers.rules.interview.interviewer import INTERVIEWER
from providers.rules.psychology.psychologist import PSYCHOLOGIST
from providers.rules.site.engineer import SITE_ENGINEER
from providers.rules.talk.crisis import in_danger
from providers.rules.talk.dialogue import Dialogue, Heard
from providers.rules.talk.host import HOST
from providers.rules.talk.persona import Persona
from providers.rules.talk.text import bare

PERSONAS: dict[str, Persona] = {persona.name: persona for persona in (PSYCHOLOGIST, BARBERSHOP, SITE_ENGINEER, INTERVIEWER)}

_ROLES: dict[str, re.Pattern[str]] = {
    "psychologist": re.compile(
        r"\b(psycholog\w*|psychotherap\w*|therapist\w*|counsell?or\w*|психолог\w*|психотерап\w*|терапевт\w*)\b"
    ),
    "barbershop": re.compile(
        r"\b(barber\w*|hair ?dress\w*|hair salon|booking assistant|receptionist|барбер\w*|парикмах\w*"
        r"|администратор\w* (салон\w*|студи\w*))\b"
    ),
    "site_engineer": re.compile(
        r"\b((site|civil|construction|structural|building) engineer\w*|(construction|building) site|foreman|прораб\w*"
        r"|инженер\w* (на )?(стро\w+|площадк\w*|пто)|строительн\w+|стройк\w*|стройплощадк\w*)\b"
    ),
    "interviewer": re.compile(
        r"\b(interview\w*|examiner\w*|recruiter\w*|hiring manager|simulator|professions?|tasks? \d|интервьюер\w*|собеседован\w*"
        r"|экзаменатор\w*|рекрутер\w*|симулятор\w*|професси[яию]\b|задани[ея] \d)\b"
    ),
}
_PROMPT_WORDS: dict[str, re.Pattern[str]] = {
    "psychologist": re.compile(
        r"\b(therap\w*|cbt|empath\w*|emotional\w*|feelings?|mental health|crisis|кпт|эмпат\w*|чувств\w*|эмоци\w*|кризис\w*)\b"
    ),
    "barbershop": re.compile(
        r"\b(hair ?cut\w*|salon|bookings?|appointments?|beard|styling|стриж\w*|салон\w*|запис\w+|бород\w*|укладк\w*)\b"
    ),
    "site_engineer": re.compile(
        r"\b(construction|concrete|rebar|reinforcement|formwork|cement|building code|бетон\w*|арматур\w*"
        r"|опалубк\w*|цемент\w*|снип)\b"
    ),
    "interviewer": re.compile(
        r"\b(examin\w*|recruit\w*|candidate\w*|assess\w*|applicant\w*|tasks?|экзамен\w*|кандидат\w*|оцен\w+|задани\w*)\b"
    ),
}
_SPOKEN_WORDS: dict[str, re.Pattern[str]] = {
    "psychologist": re.compile(
        r"\b(i (feel|felt|am (so |very |really )?(sad|anxious|afraid|scared|lonely|tired|stressed|depressed|worried|angry"
        r"|lost)|can not (sleep|cope))|anxi\w+|lonel\w+|depress\w*|stress\w*|panic|worr(y|ied)|sleep(ing)?|afraid|my (wife"
        r"|husband|boyfriend|girlfriend|mother|father|boss|life)|therap\w*|psycholog\w*|listen(er|ing)?|talk (something"
        r"|it) over|on my mind|чувству\w+|тревог\w*|тревожн\w*|страшно|боюсь|груст\w*|одинок\w*|устал\w*|стресс\w*|депресс\w*"
        r"|паник\w*|не спится|не сплю|выслуша\w*|слушатель|поговорить|психолог\w*|выговориться|на душе|мне (плохо|тяжело))\b"
    ),
    "barbershop": re.compile(
        r"\b(hair ?cuts?|barber\w*|beard|trim|styling|appointments?|book(ing)?( me)? (a|an|for|in)|стриж\w*|бород\w*"
        r"|барбер\w*|укладк\w*|запишите|записаться|запись|my (phone )?number|мой (номер|телефон)"
        r"|перенесите|подстри\w*|парикмах\w*)\b"
    ),
    "site_engineer": re.compile(
        r"\b(concrete|slabs?|columns?|cement|rebar\w*|bars in|formwork|footings?|foundation|gravel|curing|strip footing"
        r"|cubic met\w+|site engineer|engineer|бетон\w*|плит(а|у|ы)|колонн\w*|арматур\w*|цемент\w*|опалубк\w*|фундамент\w*"
        r"|щебн\w*|кубов|кубометр\w*|инженер\w*|стяжк\w*)\b"
    ),
    "interviewer": re.compile(
        r"\b(interview\w*|my project|the project|clients?|supplier\w*|stakeholder\w*|deadline\w*|the plan|risks?|my manager"
        r"|the report|candidate|position|task|exam(iner)?|собеседован\w*|экзамен\w*|проект\w*|клиент\w*|поставщик\w*"
        r"|заказчик\w*|риск\w*|задани\w*|должност\w*|резюме)\b"
    ),
}


_BY_NAME = re.compile(
    r"^(a |the |please |be |as )*(listener|listen(ing)?( ear)?|barber ?shop|barber|site engineer|engineer|interview(er)?"
    r"|practice interview|слушатель|выслуша\w+|психолог|барбершоп|барбер|инженер|экзаменатор|собеседование)( please"
    r"| пожалуйста)?$"
)


def chosen_by_name(talk: Dialogue) -> bool:
    """The message only names a persona, as the host had asked."""
    return _BY_NAME.match(bare(talk.now.heard.plain)) is not None


def persona_for(talk: Dialogue, wanted: str) -> Persona:
    """The persona of this conversation; `wanted` is one of `PERSONAS` or 'auto'."""
    if wanted in PERSONAS:
        return PERSONAS[wanted]
    name = _named_in(talk.system.text)
    if name is not None:
        return PERSONAS[name]
    for turn in talk.turns:
        name = "psychologist" if in_danger(turn.heard.plain) else _most(_SPOKEN_WORDS, turn.heard.plain)
        if name is not None:
            return PERSONAS[name]
    return HOST


@lru_cache(maxsize=32)
def _named_in(prompt: str) -> str | None:
    """The persona that a system prompt asks for. Remembered, because a conversation sends the same prompt every turn."""
    text = Heard(prompt).plain
    return _first(_ROLES, text) or _most(_PROMPT_WORDS, text)


def _most(words: dict[str, re.Pattern[str]], plain_text: str) -> str | None:
    """The persona with most hits; None when there is none at all."""
    hits = {name: len(pattern.findall(plain_text)) for name, pattern in words.items()}
    name = max(hits, key=lambda candidate: hits[candidate])
    return name if hits[name] else None


def _first(roles: dict[str, re.Pattern[str]], plain_text: str) -> str | None:
    """The persona whose role is named first; None when none is."""
    places = {name: match.start() for name, pattern in roles.items() if (match := pattern.search(plain_text))}
    return min(places, key=lambda candidate: places[candidate]) if places else None
