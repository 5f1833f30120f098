"""What turns consumed: tokens, sound, characters, money. What is not known stays unknown, and says why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bench.events.kinds import Marked, UsageReported
from bench.metrics.turn_record import TurnRecord, mark_number, mark_text, reused

STAGES = ("stt", "llm", "tts")
_SENT = {"stt": "stt_final", "llm": "llm_sent", "tts": "tts_sent"}
_ANSWERED = {"stt": "stt_response_started", "llm": "llm_response_started", "tts": "tts_response_started"}
_FIRST = {"stt": "stt_final", "llm": "llm_first_chunk", "tts": "tts_first_byte"}

Why: TypeAlias = Literal["", "simulated", "not_metered", "not_counted", "no_price"]
"""Why there is no sum of money: a stand-in answered, no paid service took part, one has not (yet) said what it counted, or has
no known price."""


@dataclass(frozen=True, slots=True)
class ServiceTold:
    """What the service of one stage said of itself, or its connection showed."""

    connection_reused: bool | None
    """False: the connection had to be opened first. None: nothing was told of any."""
    upload_ms: float | None
    """From the first byte of the request until its last one left (ms), or None."""
    processing_ms: float | None
    """Its own timing of its own work (ms), or None."""
    request_id: str
    """Its id of the request, or empty."""
    simulated: str
    """The vendor whose format a local stand-in speaks; empty for the vendor itself."""
    metered: bool
    """It works with a key, so what is asked of it is charged."""


@dataclass(frozen=True, slots=True)
class Cost:
    """The money that a turn cost."""

    usd: float | None
    """US dollars, or None."""
    why: Why
    """Why it is None, or empty."""
    stage: str
    """The stage because of which it is None, or empty."""
    priced_on: str
    """The oldest date among the prices used (ISO 8601), or empty."""
    at_least: bool
    """The turn ended in the middle of a stage that was still being charged: it may have cost more."""


@dataclass(frozen=True, slots=True)
class Consumption:
    """What a column's turns consumed together. Each sum is over the turns that know it; None when none does."""

    tokens_in: int | None
    tokens_cached: int | None
    tokens_out: int | None
    tokens_reasoning: int | None
    audio_ms: float | None
    """Sound transcribed or spoken (ms)."""
    characters: int | None
    """Text spoken (characters)."""
    cost_usd: float | None
    """US dollars, stand-ins left out."""
    priced: int
    """Turns in that sum."""
    unpriced: int
    """Turns of paid services whose cost is not known."""
    simulated: int
    """Turns that a stand-in answered: they cost nothing, and are not in the sum of money."""
    priced_on: str
    """The oldest date among the prices used (ISO 8601), or empty."""
    at_least: bool
    """Some turn may have cost more."""


def services(record: TurnRecord) -> dict[str, ServiceTold]:
    """By stage, only stages of which something is known."""
    found: dict[str, ServiceTold] = {}
    for stage in STAGES:
        sent, first = record.marks.get(_SENT[stage]), record.marks.get(_FIRST[stage])
        head = record.marks.get(_ANSWERED[stage], first)
        told = ServiceTold(
            connection_reused=reused(sent), upload_ms=mark_number(head, "upload_ms"),
            processing_ms=mark_number(head, "processing_ms"), request_id=mark_text(head, "request_id"),
            simulated=mark_text(head, "simulated"), metered=_metered(sent),
        )  # fmt: skip
        if told != ServiceTold(None, None, None, "", "", False):
            found[stage] = told
    return found


def cost(record: TurnRecord) -> Cost:
    """The sum over the turn's paid stages, or why there is none."""
    if "simulated" in record.strata:
        return Cost(None, "simulated", "", "", False)
    counted = {usage.stage: usage for usage in record.usage}
    paid = [stage for stage, told in services(record).items() if told.metered]
    paid += [stage for stage, usage in counted.items() if usage.cost_usd is not None and stage not in paid]
    if not paid:
        return Cost(None, "not_metered", "", "", False)
    for stage in paid:
        usage = counted.get(stage)
        if usage is None:
            return Cost(None, "not_counted", stage, "", False)
        if usage.cost_usd is None:
            return Cost(None, "no_price", stage, "", False)
    used = [counted[stage] for stage in paid]
    dates = sorted(usage.priced_on for usage in used if usage.priced_on)
    # Speech is counted phrase by phrase: of a turn that was ended, the phrase under way may be missing.
    at_least = "tts" in paid and record.outcome not in ("answered", "silent", None)
    return Cost(sum(usage.cost_usd or 0.0 for usage in used), "", "", dates[0] if dates else "", at_least)


def consumption(records: Iterable[TurnRecord]) -> Consumption:
    """What these turns consumed together, warm-ups included: they are paid for like the others."""
    every = tuple(records)
    usage = [each for record in every for each in record.usage]
    costs = [cost(record) for record in every]
    known = [each.usd for each in costs if each.usd is not None]
    dates = sorted(each.priced_on for each in costs if each.priced_on)
    return Consumption(
        tokens_in=_whole(each.tokens_in for each in usage), tokens_cached=_whole(each.tokens_cached for each in usage),
        tokens_out=_whole(each.tokens_out for each in usage), tokens_reasoning=_whole(each.tokens_reasoning for each in usage),
        audio_ms=_total(each.audio_ms for each in usage), characters=_whole(each.characters for each in usage),
        cost_usd=sum(known) if known else None, priced=len(known),
        unpriced=sum(each.why in ("not_counted", "no_price") for each in costs),
        simulated=sum(each.why == "simulated" for each in costs),
        priced_on=dates[0] if dates else "", at_least=any(each.at_least for each in costs),
    )  # fmt: skip


def by_stage(record: TurnRecord) -> Mapping[str, UsageReported]:
    """What each stage counted, in the order of a turn."""
    counted = {usage.stage: usage for usage in record.usage}
    return {stage: counted[stage] for stage in STAGES if stage in counted}


def _metered(mark: Marked | None) -> bool:
    return mark is not None and mark.data.get("metered") is True


def _whole(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _total(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
