"""What our own last words asked for: read back out of them, so that a reply of any origin, or one cut short, works as well."""

import re
from typing import Literal

from providers.rules.talk.dialogue import Heard
from providers.rules.talk.text import plain, sentences

Question = Literal["service", "day", "time", "name", "phone", "proposal", "confirm", "cross_out", "change"]
_PATTERNS: tuple[tuple[Question, str], ...] = (
    (
        "confirm",
        r"\b(is (that|this|everything|it all) (right|correct)|did i get (that|it) right|all correct|все (верно|правильно"
        r"|так)|так верно|правильно записано)\b",
    ),
    ("cross_out", r"\b(cross (it|that|the note) out|drop the note|вычеркнуть|убрать отметку)\b"),
    (
        "proposal",
        r"\b(suit you|shall i put down|would that do|does that work|how about that|would you take it"
        r"|подойдет|устроит|годится|вам удобно|как вам такое)\b",
    ),
    (
        "change",
        r"\b(what (should|shall|would you like) (i|me|to) (change|put|correct)|what to change|which part"
        r"|что (исправить|поменять|изменить)|что именно)\b",
    ),
    ("phone", r"\b(phone|number|телефон\w*|номер\w*)\b"),
    ("name", r"\b(name|who (shall|should|is)|зовут|имя|кого)\b"),
    (
        "time",
        r"\b(what time|which hour|what hour|at what|which time|во сколько|котором часу|какое время|какому часу"
        r"|какой час)\b",
    ),
    ("day", r"\b(which day|what day|when|какой день|какому дню|когда|какого числа)\b"),
    (
        "service",
        r"\b(haircut|services?|what (would|will|shall|can)|стрижк\w*|услуг\w*|на что|что (будем|сделаем|хотите|желаете))\b",
    ),
)
_ASKED: dict[Question, re.Pattern[str]] = {question: re.compile(pattern) for question, pattern in _PATTERNS}


_INFO: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (topic, re.compile(pattern))
    for topic, pattern in (
        (
            "prices",
            r"\b(how much (is|does|do|are|will|would|for)|price\w*|cost\w*|expensive|сколько (это )?(стоит|стоят"
            r"|будет стоить)|цен(а|ы|у|е|ник)\b|стоимост\w*|почем|прайс\w*)\b",
        ),
        (
            "hours",
            r"\b(opening hours|working hours|are you open|do you (open|close|work)|when (do|are) you (open|close)"
            r"|what time do you|open (on|until|today|tomorrow)|часы работы|(во сколько|до скольки|когда|как"
            r"|до какого часа) вы (открыва|закрыва|работа)\w*|вы (открыты|работаете)|режим работы)\b",
        ),
        (
            "durations",
            r"\b(how long (does|will|is)|how many minutes|сколько (времени|минут|по времени|длится|занимает)|долго ли"
            r"|как долго)\b",
        ),
        (
            "masters",
            r"\b(which (masters?|barbers?)|who (works|cuts|are (your|the) (barbers|masters))|what (barbers|masters)"
            r"|какие (у вас )?мастера|кто (работает|стрижет|мастер\w*)|к какому мастеру)\b",
        ),
        (
            "services",
            r"\b(what services|which services|what do you (offer|do)|какие (у вас )?услуги|что вы (делаете|предлагаете))\b",
        ),
        (
            "address",
            r"\b(where are you|what is your address|your address|how do i get there|где вы (находитесь|расположены)"
            r"|какой адрес|адрес\b|как (к вам )?(добраться|доехать|пройти))\b",
        ),
        (
            "is_booked",
            r"\b((is it|am i|is that|have you) (really )?(booked|reserved|in the calendar)|do i have (a|an) (booking"
            r"|appointment)|is it (a )?real|меня записали|я записана?|запись есть|точно записали|есть ли запись)\b",
        ),
    )
)
_WISH = re.compile(
    r"\b(book|appointment|come|reserve|put me|i (would like|want|need)|запиш\w*|записа\w*|прийти|подойти|приду|хочу|хотел\w?"
    r"|нужно|надо)\b"
)

_LATER = re.compile(r"\b(later|попозже|позже|позднее)\b")
_EARLIER = re.compile(r"\b(earlier|sooner|пораньше|раньше)\b")


def asked_in(before: Heard) -> Question | None:
    """What our last words asked for: looked for in their last sentence."""
    closing = sentences(before.text)[-1:]
    text = plain(closing[0].lower()) if closing else ""
    for question, pattern in _ASKED.items():
        if pattern.search(text):
            return question
    return None


def info_in(plain_text: str) -> str | None:
    """What the caller asks about: prices, hours, durations, masters, services, address, whether it is booked; or None."""
    return next((topic for topic, pattern in _INFO if pattern.search(plain_text)), None)


def wishes(plain_text: str) -> bool:
    """The caller wants an appointment, whatever else is said."""
    return _WISH.search(plain_text) is not None


def only_asks(plain_text: str) -> bool:
    """The message asks about the shop and does not wish for an appointment: what it names is not an order."""
    return info_in(plain_text) is not None and not wishes(plain_text)


def shift_in(plain_text: str) -> int:
    """'a bit later' is an hour on, 'earlier' an hour back (min); 0 when neither is said."""
    if _LATER.search(plain_text):
        return 60
    return -60 if _EARLIER.search(plain_text) else 0
