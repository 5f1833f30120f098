"""Who starts speaking sooner, by how much, why, and at what price — or that it cannot be told yet.

With more than two configurations every two are compared, Holm's procedure decides, and each interval is drawn at the level at
which Holm judged it. The headline is about the two that look soonest; the others stand in the notes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median
from typing import Any

from bench.events.kinds import Owner
from bench.experiments import sentence as say
from bench.experiments.pairs import Answer, Key, Pair, PairFigure, answers, pair_up
from bench.experiments.remarks import remarks
from bench.experiments.sentence import Sentence
from bench.experiments.statistics import PairedEstimate, further_pairs, holm_levels, percent, signed_rank
from bench.metrics.turn_record import TurnRecord


@dataclass(frozen=True, slots=True)
class Share:
    """What one owner of time contributes to the difference."""

    owner: Owner
    """Whose time."""
    ms: float
    """Mean over the pairs of second minus first (ms); all owners' add up to the mean difference."""
    share: float | None
    """Of the mean difference; None when that is 0."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two configurations, `first` being the one that looks sooner (or comes first, when neither does)."""

    first: str
    second: str
    pairs: tuple[Pair, ...]
    """Oriented: difference = second minus first."""
    estimate: PairedEstimate | None
    """In ms; None without pairs."""
    percent: PairedEstimate | None
    """By how many per cent the second takes longer; None where it cannot be taken."""
    more_pairs: int | None
    """About how many further pairs would decide; None when decided, or when there is no telling."""

    @property
    def decided(self) -> bool:
        """The interval does not hold 0."""
        return self.estimate is not None and self.estimate.decided


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of a comparison."""

    figure: PairFigure
    """What was compared."""
    headline: Comparison
    """The two that look soonest."""
    comparisons: tuple[Comparison, ...]
    """Every two, the headline among them."""
    shares: tuple[Share, ...]
    """Owners of the headline's difference, the largest first; empty when no pair has both waterfalls."""
    sentence: Sentence
    """The whole verdict in words."""
    cut_off: Mapping[str, int]
    """By configuration: in how many inputs it cut the speaker off."""
    demo_mode: bool
    """The columns ran at the same time."""
    notes: tuple[Sentence, ...]
    """What has to be known beside it."""


def judge(records: Mapping[str, Sequence[TurnRecord]], *, typed: bool | None = None, alpha: float = 0.05) -> Verdict | None:
    """Compare configurations (by name) over the blocks that they shared; None with fewer than two.

    `typed`: compare messages to voice (chat responses when nothing is spoken) instead of voice to voice; by default when all
    measured turns are typed.
    """
    if len(records) < 2:
        return None
    every = [record for turns in records.values() for record in turns]
    typed = bool(every) and all(record.input == "typed" for record in every) if typed is None else typed
    figure: PairFigure = "voice_to_voice"
    if typed:
        spoken = any("playback_started" in record.marks for record in every)
        figure = "message_to_voice" if spoken else "chat_response"
    made = {name: answers(turns, figure) for name, turns in records.items()}
    comparisons = _compare(made, alpha)
    headline = _headline(made, comparisons)
    notes = remarks(headline.first, headline.second, headline.pairs, headline.estimate, made)
    causes = _causes(headline.pairs)
    cut = {name: sum(answer.cut_off > 0 for answer in each.values()) for name, each in made.items()}
    return Verdict(
        figure=figure, headline=headline, comparisons=comparisons, shares=_shares(causes),
        sentence=_sentence(figure, headline, causes, made, cut), cut_off=cut,
        demo_mode=any("demo_mode" in record.strata for record in every),
        notes=(*notes, *_others(figure, headline, comparisons)),
    )  # fmt: skip


def verdict_view(verdict: Verdict) -> dict[str, Any]:
    """The `Verdict` shape of the page, with the difference in per cent beside it."""
    headline, estimate, ratio = verdict.headline, verdict.headline.estimate, verdict.headline.percent
    return {
        "figure": verdict.figure, "n": len(headline.pairs), "first": headline.first, "second": headline.second,
        "sentence": _both(verdict.sentence), "difference_ms": estimate.estimate if estimate else None,
        "low_ms": estimate.low if estimate else None, "high_ms": estimate.high if estimate else None,
        "percent": ratio.estimate if ratio else None, "percent_low": ratio.low if ratio else None,
        "percent_high": ratio.high if ratio else None, "decided": headline.decided, "more_pairs": headline.more_pairs,
        "shares": [{"owner": share.owner, "ms": share.ms, "share": share.share} for share in verdict.shares],
        "cut_off": dict(verdict.cut_off), "demo_mode": verdict.demo_mode, "notes": [_both(note) for note in verdict.notes],
    }  # fmt: skip


def _both(sentence: Sentence) -> dict[str, str]:
    return {"en": sentence.en, "ru": sentence.ru}


# ── comparing ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def _compare(made: Mapping[str, Mapping[Key, Answer]], alpha: float) -> tuple[Comparison, ...]:
    """Every two configurations, each judged at its level of Holm's procedure."""
    twos = [(a, b, pair_up(made[a], made[b])) for a, b in combinations(made, 2)]
    p_values = [signed_rank(_ms(pairs), alpha).p if pairs else 1.0 for _, _, pairs in twos]
    levels = holm_levels(p_values, alpha)
    return tuple(_comparison(a, b, pairs, level) for (a, b, pairs), level in zip(twos, levels, strict=True))


def _comparison(first: str, second: str, pairs: tuple[Pair, ...], alpha: float) -> Comparison:
    if not pairs:
        return Comparison(first, second, (), None, None, None)
    if signed_rank(_ms(pairs), alpha).estimate < 0:
        first, second = second, first
        pairs = tuple(Pair(pair.block, pair.second, pair.first, -pair.difference_ns) for pair in pairs)
    estimate = signed_rank(_ms(pairs), alpha)
    more = None if estimate.decided else further_pairs(_ms(pairs), alpha)
    ratio = percent([pair.first.total_ms or 0.0 for pair in pairs], [pair.second.total_ms or 0.0 for pair in pairs], alpha)
    return Comparison(first, second, pairs, estimate, ratio, more)


def _ms(pairs: Sequence[Pair]) -> list[float]:
    return [pair.difference_ns / 1e6 for pair in pairs]


def _headline(made: Mapping[str, Mapping[Key, Answer]], comparisons: tuple[Comparison, ...]) -> Comparison:
    """The comparison of the two with the smallest medians; one that has pairs, if any has."""
    typical = {
        name: median(known) if (known := [a.total_ns for a in each.values() if a.total_ns is not None]) else float("inf")
        for name, each in made.items()
    }
    return min(comparisons, key=lambda c: (not c.pairs, *sorted((typical[c.first], typical[c.second]))))


# ── why ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────
def _causes(pairs: Sequence[Pair]) -> dict[tuple[Owner, str], float]:
    """Mean difference (ms) by owner, the user's settings one by one; only pairs whose both waterfalls are known."""
    known = [pair for pair in pairs if pair.first.waterfall is not None and pair.second.waterfall is not None]
    sums: dict[tuple[Owner, str], int] = {}
    for pair in known:
        for sign, answer in ((-1, pair.first), (1, pair.second)):
            for part in answer.waterfall.parts if answer.waterfall is not None else ():
                key = (part.owner, part.name if part.owner == "setting" else "")
                sums[key] = sums.get(key, 0) + sign * part.duration_ns
    return {key: total / len(known) / 1e6 for key, total in sums.items()}


def _shares(causes: Mapping[tuple[Owner, str], float]) -> tuple[Share, ...]:
    by_owner: dict[Owner, float] = {}
    for (owner, _), ms in causes.items():
        by_owner[owner] = by_owner.get(owner, 0.0) + ms
    whole = sum(by_owner.values())
    ordered = sorted(by_owner.items(), key=lambda item: -abs(item[1]))
    return tuple(Share(owner, ms, ms / whole if whole else None) for owner, ms in ordered)


def _sentence(
    figure: PairFigure, headline: Comparison, causes: Mapping[tuple[Owner, str], float],
    made: Mapping[str, Mapping[Key, Answer]], cut: Mapping[str, int],
) -> Sentence:  # fmt: skip
    first, second, found = headline.first, headline.second, headline.estimate
    if found is None:
        text = say.no_pairs(first, second)
    elif not found.decided or found.low is None or found.high is None:
        text = say.cannot_tell(first, found.estimate, found.low, found.high, found.n, headline.more_pairs)
    else:
        named = second if len(made) > 2 else None
        text = say.sooner(first, named, figure, found.estimate, found.low, found.high, found.n)
        text = _with_cause(text, causes)
    for name in sorted(cut, key=lambda name: (name != first, name)):
        if cut[name]:
            text += say.cut_off(name, cut[name], len(made[name]), but=name == first and headline.decided)
    return text


def _others(figure: PairFigure, headline: Comparison, comparisons: tuple[Comparison, ...]) -> list[Sentence]:
    """What the other comparisons say, when there are more than two configurations."""
    notes: list[Sentence] = []
    for each in comparisons:
        found = each.estimate
        if each is headline or found is None:
            continue
        if found.decided and found.low is not None and found.high is not None:
            notes.append(say.sooner(each.first, each.second, figure, found.estimate, found.low, found.high, found.n))
        else:
            told = say.cannot_tell(each.first, found.estimate, found.low, found.high, found.n, each.more_pairs)
            notes.append(Sentence(f"{each.first}, {each.second}: {told.en}", f"{each.first}, {each.second}: {told.ru}"))
    if len(comparisons) > 1:
        notes.append(say.holm(len(comparisons)))
    return notes


def _with_cause(text: Sentence, causes: Mapping[tuple[Owner, str], float]) -> Sentence:
    """Adds the owner of the largest part of the difference, if there is one that points the same way."""
    whole = sum(causes.values())
    if whole <= 0:
        return text
    (owner, part), ms = max(causes.items(), key=lambda item: item[1])
    return text + say.because(owner, part, ms / whole, ms, whole - ms)
