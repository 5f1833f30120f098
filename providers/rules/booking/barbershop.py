"""The barbershop's front desk: one question at a time, a proposal, a read-back, a note. It never claims a real booking."""

from providers.rules.booking import dates, phones, times, words_en, words_ru
from providers.rules.booking.booking import Booking, fold
from providers.rules.booking.questions import asked_in, info_in, shift_in, wishes
from providers.rules.booking.shop import DURATIONS_MIN, MASTER_NAMES, MASTERS, SERVICE_NAMES, Shop, service_in, shop_in
from providers.rules.talk.dialogue import Dialogue
from providers.rules.talk.persona import Persona
from providers.rules.talk.small_talk import unclear
from providers.rules.talk.text import capital, listed
from providers.rules.talk.voice import seed_of

_WORDS = {"en": words_en.ENGLISH, "ru": words_ru.RUSSIAN}

_HOUR_CHOICES = {
    "morning": (600, 660, 630, 570),
    "afternoon": (840, 900, 780, 960),
    "evening": (1080, 1110, 1140, 1170),
    "night": (1170, 1140),
}
"""Starts to propose for a part of the day, minutes after midnight."""


def reply(talk: Dialogue) -> str:
    """One to three sentences."""
    shop = shop_in(talk.system.text)
    booking = fold(talk, shop)
    if (topic := info_in(talk.now.heard.plain)) is not None:
        return f"{_info(talk, topic, booking, shop)} {_next(talk, booking, shop)}".strip()
    words, pick = _WORDS[talk.language], talk.voice.pick
    match booking.event:
        case "noted":
            return _noted(talk, booking)
        case "crossed_out" | "declined":
            return pick(words[booking.event])
        case "kept":
            return f"{pick(words['kept'])} {_next(talk, booking, shop)}"
        case "cancel":
            return _cancel(talk, booking, shop)
        case "closed_then" | "too_late":
            return f"{_not_then(talk, booking, shop)} {pick(words['ask_time'])}"
        case "beard_only":
            return pick(words["beard_only"])
        case "phone_short":
            heard = phones.phone_in(talk.now.heard.words, asked=True)
            return pick(words["phone_short"], n=str(len(heard.digits) if heard else 0))
        case "any_time" | "any_day":
            return _chosen(talk, booking, shop)
        case "agreed" | "slots":
            return f"{_acknowledged(talk, booking)} {_next(talk, booking, shop)}".strip()
        case "nothing":
            if booking.noted:
                return f"{pick(words['same'], short=_short(talk, booking))} {pick(words['more'])}"
            lead = pick(words["gladly"]) if wishes(talk.now.heard.plain) and booking.missing else unclear(talk)
            return f"{lead} {_next(talk, booking, shop)}"


def welcome(talk: Dialogue) -> str:
    """The first words."""
    return talk.voice.pick(_WORDS[talk.language]["welcome"])


def question(talk: Dialogue) -> str:
    """What is still to be asked."""
    shop = shop_in(talk.system.text)
    return _next(talk, fold(talk, shop), shop)


def _next(talk: Dialogue, booking: Booking, shop: Shop) -> str:
    """The question for the next missing thing, a proposal, or the read-back; '' when all is noted."""
    words, pick = _WORDS[talk.language], talk.voice.pick
    if booking.stage in {"noted", "abandoned"}:
        return pick(words["more"])
    if booking.beard_only and booking.service is None:
        return pick(words["beard_only"])
    if booking.stage == "proposing" or (booking.missing == "time" and booking.part and booking.day):
        return _proposal(talk, booking, shop)
    if booking.missing is not None:
        return pick(words[f"ask_{booking.missing}"])
    return pick(words["confirm"], all=_everything(talk, booking))


def _proposal(talk: Dialogue, booking: Booking, shop: Shop, key: str = "propose") -> str:
    """A time and a master, chosen by the conversation."""
    minutes = booking.minutes if booking.minutes is not None else _start(talk, booking, shop)
    return talk.voice.pick(
        _WORDS[talk.language][key],
        what=SERVICE_NAMES[talk.language][booking.service] if booking.service else "",
        day=dates.say(booking.day, talk.language) if booking.day else "",
        time=_at(talk, minutes),
        master=MASTER_NAMES[talk.language][booking.master or _master(talk)],
    )


def _start(talk: Dialogue, booking: Booking, shop: Shop) -> int:
    """A start within the wanted part of the day and the opening hours, one that was not proposed yet while there is any."""
    before = talk.now.before
    clock = times.clock_in(before.plain, before.words) if asked_in(before) == "proposal" else None
    if clock is not None and clock.minutes is not None:
        if booking.event != "any_time":
            return clock.minutes
        if shift := shift_in(talk.now.heard.plain):
            return min(max(clock.minutes + shift, shop.opens_min), shop.closes_min - 45)
    wanted = _HOUR_CHOICES[booking.part] if booking.part else (660, 840, 990, 1110, 600, 900)
    fitting = [minutes for minutes in wanted if shop.opens_min <= minutes <= shop.closes_min - 45] or [shop.opens_min]
    fresh = [minutes for minutes in fitting if not any(times.say(minutes, talk.language) in said for said in talk.replies)]
    return (fresh or fitting)[seed_of([talk.turns[0].heard.plain]) % len(fresh or fitting)]


def _master(talk: Dialogue) -> str:
    """The same master throughout a conversation: chosen by its first message."""
    return MASTERS[seed_of([talk.turns[0].heard.plain]) % len(MASTERS)]


def _chosen(talk: Dialogue, booking: Booking, shop: Shop) -> str:
    """'Any time', 'any day': we choose."""
    lead = talk.voice.pick(_WORDS[talk.language]["any_time"])
    key = "another_proposal" if asked_in(talk.now.before) == "proposal" else "propose"
    return f"{lead} {_proposal(talk, booking, shop, key)}"


def _acknowledged(talk: Dialogue, booking: Booking) -> str:
    """Takes up what the latest message told."""
    words, pick = _WORDS[talk.language], talk.voice.pick
    if booking.missing is None and booking.stage == "confirming":
        return ""  # the read-back says it all
    if booking.wish == "move" and len(talk.turns) == 1:
        return pick(words["move_start"])
    told: list[str] = []
    if "service" in booking.new and booking.service:
        told.append(SERVICE_NAMES[talk.language][booking.service])
    if "day" in booking.new and booking.day:
        told.append(dates.say(booking.day, talk.language))
    if "time" in booking.new and booking.minutes is not None:
        told.append(_at(talk, booking.minutes))
    if "master" in booking.new and booking.master:
        told.append(MASTER_NAMES[talk.language][booking.master])
    proposes = booking.stage == "proposing" or (booking.missing == "time" and booking.part and booking.day)
    if told and not proposes:
        return pick(words["ack"], what=", ".join(told))
    if "name" in booking.new and booking.name:
        return pick(words["ack_name"], n=booking.name)
    return pick(words["ack_phone"]) if "phone" in booking.new else ""


def _cancel(talk: Dialogue, booking: Booking, shop: Shop) -> str:
    words, pick = _WORDS[talk.language], talk.voice.pick
    if booking.wish == "cancel":
        return f"{pick(words['cancel_start'])} {_next(talk, booking, shop)}"
    return f"{capital(_short(talk, booking))}. {pick(words['cross_out'])}"


def _not_then(talk: Dialogue, booking: Booking, shop: Shop) -> str:
    minutes = DURATIONS_MIN[booking.service or "haircut"]
    return talk.voice.pick(
        _WORDS[talk.language][booking.event],
        opens=_hour(talk, shop.opens_min),
        closes=_hour(talk, shop.closes_min),
        latest=_hour(talk, shop.closes_min - minutes),
        minutes=str(minutes),
    )


def _info(talk: Dialogue, topic: str, booking: Booking, shop: Shop) -> str:
    words, pick = _WORDS[talk.language], talk.voice.pick
    if topic == "prices":
        named = service_in(talk.now.heard.plain)
        names = SERVICE_NAMES[talk.language]
        listed_prices = [f"{names[service]} {price}" for service, price in shop.prices if named in {service, None}]
        return pick(words["prices"], p=listed(listed_prices, talk.language)) if listed_prices else pick(words["no_prices"])
    if topic == "hours":
        return pick(words["hours"], opens=_hour(talk, shop.opens_min), closes=_hour(talk, shop.closes_min))
    if topic == "is_booked":
        return pick(words["is_booked" if booking.noted else "not_booked"])
    return pick(words[topic])


def _noted(talk: Dialogue, booking: Booking) -> str:
    words, pick = _WORDS[talk.language], talk.voice.pick
    if booking.wish == "cancel":
        return pick(words["noted_cancel"], short=booking.name or "")
    key = "noted_move" if booking.wish == "move" else "noted_again" if booking.changed else "noted"
    return pick(words[key], short=_short(talk, booking))


def _short(talk: Dialogue, booking: Booking) -> str:
    """'haircut on Friday at 3 pm with Sergey'."""
    parts = [SERVICE_NAMES[talk.language][booking.service]] if booking.service else []
    parts += [dates.say(booking.day, talk.language)] if booking.day else []
    parts += [_at_time(talk, booking.minutes)] if booking.minutes is not None else []
    if booking.service and booking.minutes is not None:
        master = MASTER_NAMES[talk.language][booking.master or _master(talk)]
        parts.append(f"мастер {master}" if talk.ru else f"with {master}")
    if booking.wish == "move" and booking.service is None:
        parts.insert(0, "перенос" if talk.ru else "a new time")
    return (", " if talk.ru else " ").join(parts)


def _everything(talk: Dialogue, booking: Booking) -> str:
    """The read-back of every slot."""
    short = _short(talk, booking) if booking.wish != "cancel" else ("отмена" if talk.ru else "a cancellation")
    phone = phones.say(booking.phone or "", talk.language)
    if talk.ru:
        return f"{short}, имя {booking.name}, телефон {phone}"
    return f"{short}, for {booking.name}, phone {phone}"


def _at(talk: Dialogue, minutes: int) -> str:
    return _at_time(talk, minutes) if talk.ru else times.say(minutes, "en")


def _at_time(talk: Dialogue, minutes: int) -> str:
    return f"{'в' if talk.ru else 'at'} {times.say(minutes, talk.language)}"


def _hour(talk: Dialogue, minutes: int) -> str:
    """For 'from … to …': «9 часов» would need another case, so figures."""
    if not talk.ru:
        return times.say(minutes, "en")
    return f"{minutes // 60}:{minutes % 60:02d}"


BARBERSHOP = Persona(
    name="barbershop",
    role={"en": "the front desk of a barbershop", "ru": "администратор барбершопа"},
    welcome=welcome,
    farewell={"en": words_en.ENGLISH["farewell"], "ru": words_ru.RUSSIAN["farewell"]},
    reply=reply,
    question=question,
)
