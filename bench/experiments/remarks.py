"""What has to be known beside a verdict: what it rests on, what it left out, and what may have spoilt it."""

from collections.abc import Mapping, Sequence
from statistics import fmean

from bench.experiments.pairs import Answer, Key, Pair
from bench.experiments.sentence import OUTCOMES, Sentence, duration, plural
from bench.experiments.statistics import PairedEstimate, trend
from bench.metrics.quantiles import by_stratum

HEARD_LESS_MS = 150.0
"""Two detectors differ by less than this at the same edge of speech (95 % of Silero's ends lie within 100 ms of the label)."""


def remarks(
    first: str, second: str, pairs: Sequence[Pair], estimate: PairedEstimate | None, made: Mapping[str, Mapping[Key, Answer]]
) -> tuple[Sentence, ...]:
    """The notes to a verdict on `first` and `second`, the gravest first."""
    sides = {first: [pair.first for pair in pairs], second: [pair.second for pair in pairs]}
    every = [answer for name in (first, second) for answer in made[name].values()]
    notes = [
        *_simulated(first, second, made),
        *_demo(every),
        *(note for name in (first, second) for note in _unanswered(name, list(made[name].values()))),
        *_bounds(pairs),
        *_heard_less(first, second, pairs),
        *(note for name, side in sides.items() for note in _drifts(name, [pair.block for pair in pairs], side)),
        *_instrument(pairs, estimate),
        *_mixed(every),
        *_estimated(every),
        *_basis(pairs),
    ]
    return tuple(notes)


def _simulated(first: str, second: str, made: Mapping[str, Mapping[Key, Answer]]) -> list[Sentence]:
    """A stand-in's speed says nothing about the vendor's."""
    turns = {name: [turn for answer in made[name].values() for turn in answer.turns] for name in (first, second)}
    names = [name for name, all in turns.items() if any("simulated" in turn.strata for turn in all)]
    if not names:
        return []
    listed = " and ".join(names), " и ".join(names)
    return [Sentence(
        f"{listed[0]}: a local wire server stood in for the vendor. The figures are planned, not the vendor's.",
        f"{listed[1]}: вместо настоящего сервиса отвечал локальный имитатор. Цифры заданы планом, к сервису они не относятся.",
    )]  # fmt: skip


def _demo(every: Sequence[Answer]) -> list[Sentence]:
    if not any("demo_mode" in turn.strata for answer in every for turn in answer.turns):
        return []
    return [Sentence(
        "Demo mode: the columns ran at the same time and shared uplink and CPU.",
        "Демо-режим: колонки работали одновременно и делили между собой сеть и процессор.",
    )]  # fmt: skip


def _unanswered(name: str, side: Sequence[Answer]) -> list[Sentence]:
    """Inputs that came to nothing stay in the denominator."""
    counts: dict[str, int] = {}
    for answer in side:
        outcome = answer.turns[-1].outcome
        if outcome in OUTCOMES and (answer.total_ns is None or answer.at_least):
            counts[outcome] = counts.get(outcome, 0) + 1
    if not counts:
        return []
    en = ", ".join(f"{n} {OUTCOMES[outcome].en}" for outcome, n in counts.items())
    ru = ", ".join(f"{OUTCOMES[outcome].ru} — {n}" for outcome, n in counts.items())
    return [Sentence(f"{name}: {en} of {len(side)}.", f"{name}: {ru} (всего {len(side)}).")]


def _bounds(pairs: Sequence[Pair]) -> list[Sentence]:
    n = sum(pair.first.at_least or pair.second.at_least for pair in pairs)
    if not n:
        return []
    return [Sentence(
        f"{n} timed-out turn{' counts' if n == 1 else 's count'} as at least its limit: the real difference is larger.",
        f"{n} {plural(n, 'реплика', 'реплики', 'реплик')} без ответа в срок: взято время ожидания, настоящая разница больше.",
    )]  # fmt: skip


def _heard_less(first: str, second: str, pairs: Sequence[Pair]) -> list[Sentence]:
    """One of two noticed a shorter stretch of the same speech: its clock may have started too early."""
    notes: list[Sentence] = []
    gaps = [pair.first.heard_ns - pair.second.heard_ns for pair in pairs
            if pair.first.heard_ns is not None and pair.second.heard_ns is not None]  # fmt: skip
    for name, sign in ((first, -1), (second, 1)):
        n = sum(sign * gap / 1e6 > HEARD_LESS_MS for gap in gaps)
        if n:
            notes.append(Sentence(
                f"{name} noticed less of the same speech in {n} of {len(gaps)}: its clock may have started too early.",
                f"{name} слышит не всю реплику: {n} {plural(n, 'раз', 'раза', 'раз')} из {len(gaps)}. "
                "Отсчёт у неё мог начаться раньше конца речи.",
            ))  # fmt: skip
    return notes


def _drifts(name: str, blocks: Sequence[int], side: Sequence[Answer]) -> list[Sentence]:
    known = [(block, answer.total_ms) for block, answer in zip(blocks, side, strict=True) if not answer.at_least]
    found = trend([float(block) for block, _ in known], [ms or 0.0 for _, ms in known])
    if found is None:
        return []
    by = duration(abs(found.per_step))
    slower = found.per_step > 0
    return [Sentence(
        f"{name} got {'slower' if slower else 'faster'} during the run, by about {by.en} per block: something drifted.",
        f"{name} в ходе прогона отвечает всё {'медленнее' if slower else 'быстрее'}, примерно на {by.ru} за блок: "
        "условия менялись.",
    )]  # fmt: skip


def _instrument(pairs: Sequence[Pair], estimate: PairedEstimate | None) -> list[Sentence]:
    """A difference inside the error bounds of the marks is not told apart from the instrument's own."""
    errors = [answer.waterfall.error_ns / 1e6 for pair in pairs for answer in (pair.first, pair.second)
              if answer.waterfall is not None]  # fmt: skip
    if not errors or estimate is None or not 0 < abs(estimate.estimate) < fmean(errors):
        return []
    error = duration(fmean(errors))
    return [Sentence(
        f"The difference is smaller than the error bound of a single measurement (±{error.en} on average).",
        f"Разница меньше погрешности одного измерения (в среднем ±{error.ru}).",
    )]  # fmt: skip


def _mixed(every: Sequence[Answer]) -> list[Sentence]:
    """Strata that some of the turns are in and some are not."""
    turns = [turn for answer in every for turn in answer.turns]
    counts: dict[str, int] = {}
    for turn in turns:
        for stratum in by_stratum(turn):
            counts[stratum] = counts.get(stratum, 0) + 1
    # A second turn of one playing is never the first of its conversation; that it was there is said as 'cut off'. A
    # stand-in has a note of its own.
    mixed = [
        f"{stratum} {n}"
        for stratum, n in sorted(counts.items())
        if n < len(turns) and stratum not in ("first_turn", "simulated")
    ]
    if not mixed:
        return []
    listed = ", ".join(mixed)
    return [Sentence(f"Unlike turns are compared together: {listed} of {len(turns)}.",
                     f"Вместе сравниваются разные реплики: {listed} из {len(turns)}.")]  # fmt: skip


def _estimated(every: Sequence[Answer]) -> list[Sentence]:
    ends = [mark for answer in every if (mark := answer.turns[-1].marks.get("speech_ended")) is not None]
    if not any(mark.estimated for mark in ends):
        return []
    return [Sentence("The end of speech is the detector's estimate, not a label.",
                     "Конец речи определил детектор, разметки нет.")]  # fmt: skip


def _basis(pairs: Sequence[Pair]) -> list[Sentence]:
    known = [pair.difference_ns / 1e6 for pair in pairs
             if pair.first.waterfall is not None and pair.second.waterfall is not None]  # fmt: skip
    if not known:
        return []
    mean, n = fmean(known), len(known)
    size = duration(mean)
    return [Sentence(
        f"The difference is the Hodges–Lehmann estimate; the owners' shares add up to the mean, {size.en} ({n} "
        f"pair{'' if n == 1 else 's'}).",
        f"Разница — оценка Ходжеса — Лемана; доли складываются в среднее, {size.ru} ({n} {plural(n, 'пара', 'пары', 'пар')}).",
    )]  # fmt: skip
