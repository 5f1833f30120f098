"""What each configuration made of each playing of an input, and the pairs in which two of them had the same one.

The pair is the input, not the turn. Voice to voice runs from the end of the last labelled stretch of speech to the first reply
sound after it, so that whoever answers in the middle of a sentence gains nothing by it; turns beyond one are counted as cut
off. A typed input runs from its sending to the painted text, or to the first reply sound when replies are spoken.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bench.metrics.quantiles import COVERED
from bench.metrics.turn_record import TurnRecord, mark_number
from bench.metrics.waterfall import Waterfall, waterfall

PairFigure: TypeAlias = Literal["voice_to_voice", "chat_response", "message_to_voice"]
Key: TypeAlias = tuple[str, int, str]
"""Experiment, block, input id."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One configuration's answer to one playing of one input."""

    turns: tuple[TurnRecord, ...]
    """All turns it made of it, in order."""
    total_ns: int | None
    """Voice to voice, chat response or message to voice (ns); a lower bound when `at_least`; None when there is no answer."""
    at_least: bool
    """It timed out: the total is what it had waited by then."""
    waterfall: Waterfall | None
    """The total's parts; None when it is only a bound."""
    heard_ns: int | None
    """From the first to the last instant of speech that it noticed (ns); None when typed or not noticed."""

    @property
    def cut_off(self) -> int:
        """How often it took the speaker's pause for the end."""
        return len(self.turns) - 1

    @property
    def total_ms(self) -> float | None:
        """`total_ns` in ms."""
        return None if self.total_ns is None else self.total_ns / 1e6


@dataclass(frozen=True, slots=True)
class Pair:
    """Two configurations' answers to the same playing."""

    block: int
    """Block number."""
    first: Answer
    second: Answer
    difference_ns: int
    """Second minus first (ns)."""


def answers(records: Iterable[TurnRecord], figure: PairFigure) -> dict[Key, Answer]:
    """A configuration's answers by playing. Turns outside blocks, warm-ups and turns that still run are left out."""
    played: dict[Key, list[TurnRecord]] = {}
    for record in records:
        if record.experiment and record.block >= 0 and not record.warm_up and record.outcome is not None:
            played.setdefault((record.experiment, record.block, record.input_id), []).append(record)
    ordered = {
        key: tuple(sorted(turns, key=lambda turn: (turn.started_ns, turn.serial))) for key, turns in sorted(played.items())
    }
    if figure == "voice_to_voice":
        return {key: _voice_answer(turns) for key, turns in ordered.items()}
    end: Literal["text_painted", "playback_started"] = "text_painted" if figure == "chat_response" else "playback_started"
    return {key: _typed_answer(turns, end) for key, turns in ordered.items()}


def pair_up(first: Mapping[Key, Answer], second: Mapping[Key, Answer]) -> tuple[Pair, ...]:
    """The playings that both answered. A timed-out one takes part with its bound as long as that leaves no doubt who was
    slower: the true difference is then larger still."""
    pairs: list[Pair] = []
    for key in sorted(first.keys() & second.keys()):
        a, b = first[key], second[key]
        if a.total_ns is None or b.total_ns is None or (a.at_least and b.at_least):
            continue
        difference_ns = b.total_ns - a.total_ns
        if (a.at_least and difference_ns >= 0) or (b.at_least and difference_ns <= 0):
            continue
        pairs.append(Pair(key[1], a, b, difference_ns))
    return tuple(pairs)


def _voice_answer(turns: tuple[TurnRecord, ...]) -> Answer:
    end_ns, heard_ns = _speech_end(turns), _heard(turns)
    if end_ns is None:
        return Answer(turns, None, False, None, heard_ns)
    sounds = [
        (mark.at_ns, turn)
        for turn in turns
        if (mark := turn.marks.get("playback_started")) is not None and mark.at_ns >= end_ns and _counts(turn)
    ]
    if sounds:
        at_ns, turn = min(sounds, key=lambda sound: sound[0])
        return Answer(turns, at_ns - end_ns, False, waterfall(turn, "playback_started", end_ns), heard_ns)
    return Answer(turns, *_bound(turns, end_ns), None, heard_ns)


def _typed_answer(turns: tuple[TurnRecord, ...], end: Literal["text_painted", "playback_started"]) -> Answer:
    turn = turns[0]
    sent, painted = turn.marks.get("message_sent"), turn.marks.get(end)
    if sent is None:
        return Answer(turns, None, False, None, None)
    if painted is not None and painted.at_ns >= sent.at_ns and _counts(turn):
        return Answer(turns, painted.at_ns - sent.at_ns, False, waterfall(turn, end), None)
    return Answer(turns, *_bound(turns, sent.at_ns), None, None)


def _counts(turn: TurnRecord) -> bool:
    return turn.outcome in COVERED or turn.outcome == "timed_out"


def _bound(turns: Sequence[TurnRecord], since_ns: int) -> tuple[int | None, bool]:
    """How long it had waited when the last turn timed out."""
    last = turns[-1]
    if last.outcome != "timed_out" or last.ended_ns is None or last.ended_ns < since_ns:
        return None, False
    return last.ended_ns - since_ns, True


def _speech_end(turns: Sequence[TurnRecord]) -> int | None:
    """End of the last labelled stretch (ns): as recorded with the input, else the last labelled end that a turn carries, else
    the last one that the detector estimated."""
    ends = [mark for turn in turns if (mark := turn.marks.get("speech_ended")) is not None]
    known = [round(end) for mark in ends if (end := mark_number(mark, "input_end_ns")) is not None]
    labelled = [mark.at_ns for mark in ends if not mark.estimated]
    return max(known or labelled or [mark.at_ns for mark in ends], default=None)


def _heard(turns: Sequence[TurnRecord]) -> int | None:
    starts = [mark.at_ns for turn in turns if (mark := turn.marks.get("speech_started")) is not None]
    ends = [mark.at_ns for turn in turns if (mark := turn.marks.get("speech_ended")) is not None]
    return max(ends) - min(starts) if starts and ends else None
