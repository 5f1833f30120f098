"""What a caller has told so far: the whole conversation folded into one booking wish, turn by turn."""

import re
from dataclasses import dataclass, field
from typing import Literal

from providers.rules.booking.dates import Day, day_in
from providers.rules.booking.phones import phone_in
from providers.rules.booking.questions import asked_in, only_asks
from providers.rules.booking.shop import DURATIONS_MIN, Asked, Service, Shop, master_in, service_in
from providers.rules.booking.times import Clock, Part, clock_in
from providers.rules.talk import assent, names
from providers.rules.talk.dialogue import Dialogue, Heard, Turn
from providers.rules.talk.small_talk import intent_of

Slot = Literal["service", "day", "time", "part", "master", "name", "phone"]
Stage = Literal["collecting", "proposing", "confirming", "noted", "abandoned"]
Event = Literal[
    "slots",
    "nothing",
    "agreed",
    "declined",
    "noted",
    "crossed_out",
    "kept",
    "cancel",
    "closed_then",
    "too_late",
    "beard_only",
    "phone_short",
    "any_time",
    "any_day",
]

_CANCEL = re.compile(
    r"\b(cancel\w*|call (it|that) off|will not come|can not come|do not need (it|the appointment)|отмен\w*|передумал\w?"
    r"|не приду|не смогу прийти)\b"
)
_MOVE = re.compile(
    r"\b(move|reschedul\w*|change (it|my|the)|postpone|shift|перенес\w*|перенос\w*|перенест\w*|переза\w+|изменить|поменять"
    r"|сдвин\w+)\b"
)
_OTHER = re.compile(
    r"\b(another|other|different|later|earlier|else|друго[йе]|иное|попозже|пораньше|позже|раньше|еще варианты)\b"
)
_ANOTHER = re.compile(
    r"\b((another|one more|second|new) (appointment|booking|haircut|one)|еще одн\w+|второ[йе] раз|для (сына|друга|мужа))\b"
)


_WANTED: dict[str, tuple[Slot, ...]] = {
    "book": ("service", "day", "time", "name", "phone"),
    "move": ("day", "time", "name", "phone"),
    "cancel": ("name", "phone"),
}
"""What each wish needs, in the order in which it is asked for."""


@dataclass(slots=True)
class Booking:
    """The wish so far."""

    wish: Literal["book", "move", "cancel"] = "book"
    service: Service | None = None
    day: Day | None = None
    minutes: int | None = None
    """Start, in minutes after midnight."""
    part: Part | None = None
    """The part of the day that was asked for, while there is no exact time."""
    master: str | None = None
    name: str | None = None
    phone: str | None = None
    agreed: bool = False
    """The caller has taken the proposed time and master."""
    noted: bool = False
    changed: bool = False
    """It had been noted before."""
    abandoned: bool = False
    new: set[Slot] = field(default_factory=set[Slot])
    """Told in the latest message."""
    event: Event = "nothing"
    """What the latest message did."""
    beard_only: bool = False
    """Only a beard was named, and that is no service of its own."""

    @property
    def missing(self) -> Slot | None:
        """What to ask next, or None."""
        values = {"service": self.service, "day": self.day, "time": self.minutes, "name": self.name, "phone": self.phone}
        return next((slot for slot in _WANTED[self.wish] if values[slot] is None), None)

    @property
    def stage(self) -> Stage:
        """Where the dialogue is."""
        if self.abandoned:
            return "abandoned"
        if self.noted:
            return "noted"
        if self.missing is None:
            return "confirming"
        offered = self.wish == "book" and self.service and self.day and self.minutes is not None
        return "proposing" if offered and self.name is None and not self.agreed else "collecting"

    @property
    def started(self) -> bool:
        """Anything about an appointment has been told."""
        return any((self.service, self.day, self.minutes is not None, self.part, self.noted, self.beard_only))


def fold(talk: Dialogue, shop: Shop) -> Booking:
    """The booking after the whole conversation."""
    booking = Booking()
    for turn in talk.turns:
        _take(booking, turn, shop)
    return booking


def _take(booking: Booking, turn: Turn, shop: Shop) -> None:
    """One message of the caller."""
    heard = turn.heard
    asked = asked_in(turn.before) or (booking.missing if turn.before.text else None)
    booking.new, booking.event = set(), "nothing"
    if intent_of(heard.plain) is not None:  # 'what is the weather today' wishes for no day
        return
    if _ANOTHER.search(heard.plain) and booking.noted:
        booking.service = booking.day = booking.minutes = booking.part = booking.master = None
        booking.noted = booking.changed = booking.agreed = False
    if _CANCEL.search(heard.plain) and asked != "cross_out":
        booking.event = "cancel"
        if not booking.started:
            booking.wish = "cancel"
            _contact(booking, heard, asked)
        return
    if _MOVE.search(heard.plain) and not booking.started:
        booking.wish = "move"
    _contact(booking, heard, asked)
    if not only_asks(heard.plain):
        _appointment(booking, turn, asked, shop)
    _answer(booking, turn, asked)


def _contact(booking: Booking, heard: Heard, asked: str | None) -> None:
    """Name and phone."""
    name = names.introduced(heard, asked=asked == "name" and not assent.says_no(heard.plain))
    if name is not None and name != booking.name:
        booking.name = name
        booking.new.add("name")
    phone = phone_in(heard.words, asked=asked == "phone", russian=any("а" <= letter <= "я" for letter in heard.plain))
    if phone is not None and phone.complete and phone.digits != booking.phone:
        booking.phone = phone.digits
        booking.new.add("phone")
    elif phone is not None and not phone.complete and asked == "phone":
        booking.event = "phone_short"


def _appointment(booking: Booking, turn: Turn, asked: str | None, shop: Shop) -> None:
    """Service, day, time and master."""
    heard = turn.heard
    _service(booking, service_in(heard.plain), agreed=assent.says_yes(heard.plain))
    words = heard.words
    phone = phone_in(words, asked=asked == "phone")
    if phone is not None:
        words = words[: phone.start] + words[phone.end :]
    day = day_in(heard.plain, words, asked=asked == "day")
    if day is not None and day != booking.day:
        booking.day = day
        booking.new.add("day")
    clock = clock_in(heard.plain, words, asked=asked == "time") if asked != "phone" or phone is None else None
    if clock is not None:
        _clock(booking, clock, shop)
    elif booking.minutes is not None and booking.minutes > _latest(booking, shop):
        booking.minutes, booking.event = None, "too_late"
    own_name = (booking.name or "").lower() if "name" in booking.new else ""
    master = master_in(heard.plain.replace(own_name, " ") if own_name else heard.plain)
    if master is not None and master != booking.master:
        booking.master = master
        booking.new.add("master")


def _service(booking: Booking, named: Asked | None, *, agreed: bool) -> None:
    wanted: Service | None = None
    if named == "beard":
        wanted = "haircut_beard" if booking.service == "haircut" else None
        booking.beard_only = booking.service is None
        if booking.beard_only:
            booking.event = "beard_only"
    elif named is not None:
        wanted = "haircut_beard" if named == "haircut" and booking.beard_only and booking.service is None else named
    elif booking.beard_only and booking.service is None and agreed:
        wanted = "haircut_beard"
    if wanted is not None and wanted != booking.service:
        booking.service, booking.beard_only = wanted, False
        booking.new.add("service")


def _clock(booking: Booking, clock: Clock, shop: Shop) -> None:
    """A time within the opening hours is taken; the others are told apart so that we can say why not."""
    if clock.minutes is None:
        if booking.minutes is None and clock.part != booking.part:
            booking.part = clock.part
            booking.new.add("part")
        return
    if not shop.opens_min <= clock.minutes < shop.closes_min:
        booking.event = "closed_then"
    elif clock.minutes > _latest(booking, shop):
        booking.event = "too_late"
    elif clock.minutes != booking.minutes:
        booking.minutes = clock.minutes
        booking.new.add("time")


def _latest(booking: Booking, shop: Shop) -> int:
    """The last start that still fits before closing."""
    return shop.closes_min - DURATIONS_MIN[booking.service or "styling"]


def _answer(booking: Booking, turn: Turn, asked: str | None) -> None:
    """Yes, no and 'whatever' next to what was asked; sets the event."""
    text = turn.heard.plain
    yes, no = assent.says_yes(text), assent.says_no(text)
    if booking.new:
        booking.event = booking.event if booking.event in {"closed_then", "too_late"} else "slots"
        booking.abandoned = False
        if booking.noted:
            booking.noted, booking.changed = False, True
        if asked == "proposal":
            keeps_time = not booking.new & {"day", "time", "part"}
            event = booking.event
            _accept(booking, turn) if keeps_time else None
            booking.agreed, booking.event = True, event
    elif booking.event != "nothing":
        pass
    elif booking.abandoned and yes and asked != "cross_out":  # 'another day perhaps?'
        booking.abandoned = booking.noted = booking.agreed = False
        booking.day = booking.minutes = booking.part = None
        booking.event = "slots"
    elif asked == "proposal" and yes:
        _accept(booking, turn)
    elif asked == "confirm" and yes and booking.missing is None:
        booking.noted, booking.event = True, "noted"
    elif asked == "cross_out" and (yes or no):
        booking.abandoned, booking.event = yes, "crossed_out" if yes else "kept"
    elif asked in {"time", "proposal", "change"} and (assent.says_any(text) or _OTHER.search(text)):
        booking.minutes, booking.event = None, "any_time"
        booking.day = booking.day or Day("ahead", 1)
    elif asked in {"proposal", "confirm"} and no:
        booking.event = "declined"
    elif asked == "day" and assent.says_any(text):
        booking.day, booking.event = Day("ahead", 1), "any_day"


def _accept(booking: Booking, turn: Turn) -> None:
    """The caller takes what our last words proposed: it is read back out of them."""
    before = turn.before
    if booking.minutes is None and (clock := clock_in(before.plain, before.words)) is not None and clock.minutes is not None:
        booking.minutes = clock.minutes
    if booking.day is None and (day := day_in(before.plain, before.words)) is not None:
        booking.day = day
    if booking.master is None:
        booking.master = master_in(before.plain)
    booking.agreed, booking.event = True, "agreed"
