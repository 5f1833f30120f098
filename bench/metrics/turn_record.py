"""A turn as arithmetic sees it: its events folded into one frozen record.

Events may come in any order (a page's marks come late, a log may be read backwards); the record is the same. Only pieces of
the reply that carry the very same instant keep the order in which they came. `TurnFolder` does it one event at a time for the
live page; `fold` and `fold_turns` do it for a stored log, with the same result.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isfinite
from typing import Any

from bench.events.kinds import (
    MARK_NAMES,
    ConversationStarted,
    Event,
    InputKind,
    LoopStalled,
    Marked,
    Outcome,
    ReplyStreamed,
    SpanRecorded,
    TranscriptHeard,
    TurnEnded,
    TurnStarted,
    UsageReported,
)  # fmt: skip

LAST_COUNTS = frozenset({"speech_ended", "turn_released", "stt_final", "llm_text_ended", "tts_ended", "playback_ended"})
"""Marks that mean the *last* such instant of the turn (the end of the last voiced frame, the last text …). Of every other
name the first occurrence counts."""

_STAGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "stt": ("stt_final", ("stt_partial", "stt_response_started", "stt_final")),
    "llm": ("llm_first_text", ("llm_sent", "llm_response_started", "llm_first_chunk", "llm_first_reasoning",
                               "llm_first_tool_call", "llm_first_text", "llm_text_ended", "phrase_released")),
    "tts": ("tts_first_byte", ("tts_sent", "tts_response_started", "tts_first_byte", "tts_first_sound", "tts_ended")),
}  # fmt: skip
"""Stages whose requests can be tried again: the mark that proves an attempt came to something, and the marks it has.
What the user does and what the player sees belongs to no attempt."""
_STAGE_OF = {name: stage for stage, (_, names) in _STAGES.items() for name in names}
_SENT = ("stt_final", "llm_sent", "tts_sent")
"""Marks whose data tells whether the stage's request found its connection ready."""


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """Everything the figures, charts and exports of one turn are computed from."""

    conversation: str
    """Conversation id."""
    turn: str
    """Turn id."""
    serial: int
    """0, 1, 2 … within the conversation."""
    input: InputKind
    """Where the input came from."""
    input_id: str
    """Which sample or upload was played, or empty."""
    text: str
    """The typed message, or empty."""
    strata: tuple[str, ...]
    """As recorded, then what the marks show: `cold` (a request had to open its connection), `cached_prompt`, `retried`,
    `tool_turn`, `key_released`, `headless_player`, `simulated` (a local server stood in for a vendor)."""
    warm_up: bool
    """Kept, but excluded from figures."""
    experiment: str
    """Experiment id, or empty."""
    block: int
    """Block number within the experiment; −1 outside one."""
    started_ns: int
    """When the turn was opened (ns, server clock)."""
    at_utc: str | None
    """ISO 8601 wall time of `started_ns`, for people; None when the conversation's anchor is not known."""
    marks: Mapping[str, Marked]
    """Mark by name, in the order of `MARK_NAMES`, of the attempts that were heard or shown."""
    spans: tuple[SpanRecorded, ...]
    """Stretches of our own work, by their beginning."""
    stalls: tuple[tuple[int, int], ...]
    """Loop stalls (from, to; ns) that touch the turn: sorted, merged where they overlap."""
    transcript: str
    """What was understood (so far)."""
    reply: str
    """The visible reply (so far)."""
    reply_at_ns: tuple[int, ...]
    """Instant of each piece of the reply that is not mere white space (ns)."""
    usage: tuple[UsageReported, ...]
    """What each stage consumed, by stage."""
    outcome: Outcome | None
    """How it ended; None while it runs."""
    stage: str
    """The stage that failed, timed out or was interrupted, or empty."""
    reason: str
    """A code, or empty."""
    message: str
    """What a person can do about it, or empty."""
    facts: Mapping[str, Any]
    """What fills the message in another language."""
    ended_ns: int | None
    """When it ended (ns); None while it runs."""


def mark_number(mark: Marked | None, key: str) -> float | None:
    """A finite number from a mark's data, or None. Pages write that data: nothing else is let through."""
    value = None if mark is None else mark.data.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return None
    return float(value)


def mark_text(mark: Marked | None, key: str) -> str:
    """A text from a mark's data, or empty."""
    value = None if mark is None else mark.data.get(key)
    return value if isinstance(value, str) else ""


def reused(mark: Marked | None) -> bool | None:
    """Whether the request of this mark found its connection ready; None when nothing was told."""
    value = None if mark is None else mark.data.get("connection_reused", mark.data.get("reused"))
    return value if isinstance(value, bool) else None


def mark_ns(mark: Marked | None, key: str) -> int:
    """A duration in ms from a mark's data as whole ns; 0 when it is missing, negative or no number."""
    return max(0, round((mark_number(mark, key) or 0.0) * 1e6))


class TurnFolder:
    """Folds one turn's events as they come. Each `add` is cheap; `record` is recomputed only after a change."""

    __slots__ = (
        "_anchors", "_ended", "_marks", "_record", "_reply", "_retried", "_spans", "_stalls", "_started",
        "_transcript", "_usage", "turn",
    )  # fmt: skip

    def __init__(self, turn: str) -> None:
        self.turn = turn
        self._anchors: dict[str, ConversationStarted] = {}
        self._started: TurnStarted | None = None
        self._ended: TurnEnded | None = None
        self._marks: dict[tuple[str, int], Marked] = {}
        self._retried = False
        self._spans: set[SpanRecorded] = set()
        self._stalls: list[tuple[int, int]] = []
        self._reply: list[ReplyStreamed] = []
        self._transcript: TranscriptHeard | None = None
        self._usage: dict[str, UsageReported] = {}
        self._record: TurnRecord | None = None

    def add(self, event: Event) -> bool:
        """Take an event of the turn, a `ConversationStarted`, or a `LoopStalled`; False when it is none of its business."""
        match event:
            case LoopStalled():
                self._stalls.append((event.from_ns, event.at_ns))
            case ConversationStarted():
                self._anchors[event.conversation] = event
            case _ if event.turn != self.turn:
                return False
            case TurnStarted():
                self._started = min(self._started or event, event, key=lambda e: (e.at_ns, repr(e)))
            case TurnEnded():
                self._ended = min(self._ended or event, event, key=lambda e: (e.at_ns, repr(e)))
            case Marked():
                self._add_mark(event)
            case SpanRecorded():
                self._spans.add(event)
            case TranscriptHeard():
                self._transcript = max(self._transcript or event, event, key=lambda e: (e.final, e.at_ns, len(e.text), e.text))
            case ReplyStreamed():
                self._reply.insert(bisect_right(self._reply, event.at_ns, key=lambda e: e.at_ns), event)
            case UsageReported():
                old = self._usage.get(event.stage, event)
                self._usage[event.stage] = max(old, event, key=lambda e: (e.at_ns, repr(e)))
            case _:
                return False
        self._record = None
        return True

    def _add_mark(self, mark: Marked) -> None:
        self._retried = self._retried or mark.attempt > 0
        if mark.data.get("filler"):
            return  # speech that only fills a wait never counts as the reply
        key = (mark.name, mark.attempt if mark.name in _STAGE_OF else 0)
        old = self._marks.get(key, mark)
        sign = -1 if mark.name in LAST_COUNTS else 1
        self._marks[key] = min(old, mark, key=lambda m: (sign * m.at_ns, m.error_ns, m.estimated, repr(m)))

    @property
    def record(self) -> TurnRecord | None:
        """The turn so far; None until its `TurnStarted` has been seen."""
        if self._record is None and self._started is not None:
            self._record = self._fold(self._started)
        return self._record

    def _fold(self, started: TurnStarted) -> TurnRecord:
        marks, ended = self._heard_marks(), self._ended
        anchor = self._anchors.get(started.conversation)
        instants = [started.at_ns, *(mark.at_ns for mark in marks.values()), *([ended.at_ns] if ended else [])]
        spoken = self._transcript
        return TurnRecord(
            conversation=started.conversation, turn=self.turn, serial=started.serial, input=started.input,
            input_id=started.input_id, text=started.text, strata=self._strata(started, marks, anchor), warm_up=started.warm_up,
            experiment=started.experiment, block=started.block, started_ns=started.at_ns, at_utc=_wall(anchor, started.at_ns),
            marks=marks, spans=tuple(sorted(self._spans, key=lambda s: (s.from_ns, s.at_ns, s.name, s.owner))),
            stalls=_merged(self._stalls, min(instants), max(instants)),
            transcript=spoken.text if spoken else "", reply="".join(piece.text for piece in self._reply),
            reply_at_ns=tuple(piece.at_ns for piece in self._reply if piece.text.strip()),
            usage=tuple(self._usage[stage] for stage in sorted(self._usage)), outcome=ended.outcome if ended else None,
            stage=ended.stage if ended else "", reason=ended.reason if ended else "", message=ended.message if ended else "",
            facts=ended.facts if ended else {}, ended_ns=ended.at_ns if ended else None,
        )  # fmt: skip

    def _heard_marks(self) -> dict[str, Marked]:
        heard = {stage: self._heard_attempt(stage) for stage in _STAGES}
        found = {name: self._marks.get((name, heard[_STAGE_OF[name]] if name in _STAGE_OF else 0)) for name in self._names()}
        return {name: mark for name, mark in found.items() if mark is not None}

    def _names(self) -> list[str]:
        """Known names in their usual order, then any others by name."""
        present = {name for name, _ in self._marks}
        return [*(name for name in MARK_NAMES if name in present), *sorted(present - set(MARK_NAMES))]

    def _heard_attempt(self, stage: str) -> int:
        """The latest attempt that came to something; for speech, one that did so before the reply's first sound was sent."""
        proof, names = _STAGES[stage]
        proven = {attempt: mark.at_ns for (name, attempt), mark in self._marks.items() if name == proof}
        sent = self._marks.get(("audio_sent", 0)) if stage == "tts" else None
        if sent is not None:  # a later phrase may have been tried again; the sound that was heard first came before
            proven = {attempt: at_ns for attempt, at_ns in proven.items() if at_ns <= sent.at_ns} or proven
        return max(proven or (attempt for name, attempt in self._marks if name in names), default=0)

    def _strata(self, started: TurnStarted, marks: Mapping[str, Marked], anchor: ConversationStarted | None) -> tuple[str, ...]:
        released, prompt = marks.get("turn_released"), self._usage.get("llm")
        shown = {
            "cold": any(reused(marks.get(name)) is False for name in _SENT),
            "cached_prompt": prompt is not None and bool(prompt.tokens_cached),
            "retried": self._retried,
            "tool_turn": "tool_called" in marks or "llm_first_tool_call" in marks,
            "key_released": released is not None and released.data.get("reason") == "key",
            "headless_player": anchor is not None and anchor.player == "headless",
            "simulated": any(mark_text(mark, "simulated") for mark in marks.values()),
        }
        return tuple(dict.fromkeys((*started.strata, *(name for name, yes in shown.items() if yes))))


def fold(events: Iterable[Event], turn: str) -> TurnRecord | None:
    """The record of one turn out of any pile of events; None when its `TurnStarted` is not among them."""
    folder = TurnFolder(turn)
    for event in events:
        folder.add(event)
    return folder.record


def fold_turns(events: Iterable[Event]) -> tuple[TurnRecord, ...]:
    """The records of all turns in a log, by the instant they were opened. Each is what `fold` gives."""
    folders: dict[str, TurnFolder] = {}
    anchors: dict[str, ConversationStarted] = {}
    stalls: list[LoopStalled] = []
    for event in events:
        if isinstance(event, LoopStalled):
            stalls.append(event)
        elif isinstance(event, ConversationStarted):
            anchors[event.conversation] = event
        elif event.turn:
            folders.setdefault(event.turn, TurnFolder(event.turn)).add(event)
    records: list[TurnRecord] = []
    ends = _Ends(stalls)
    for folder in folders.values():
        record = folder.record
        if record is None:
            continue
        if record.conversation in anchors:
            folder.add(anchors[record.conversation])
        for stall in ends.touching(*_extent(record)):
            folder.add(stall)
        records.append(folder.record or record)
    return tuple(sorted(records, key=lambda r: (r.started_ns, r.conversation, r.serial, r.turn)))


class _Ends:
    """Stalls of one log, found by instant without reading them all for each turn."""

    def __init__(self, stalls: list[LoopStalled]) -> None:
        self._stalls = sorted(stalls, key=lambda s: s.at_ns)
        self._longest_ns = max((stall.at_ns - stall.from_ns for stall in stalls), default=0)

    def touching(self, first_ns: int, last_ns: int) -> list[LoopStalled]:
        begin = bisect_right(self._stalls, first_ns, key=lambda s: s.at_ns)
        end = bisect_right(self._stalls, last_ns + self._longest_ns, key=lambda s: s.at_ns)
        return self._stalls[begin:end]


def _extent(record: TurnRecord) -> tuple[int, int]:
    instants = [record.started_ns, *(mark.at_ns for mark in record.marks.values())]
    instants += [] if record.ended_ns is None else [record.ended_ns]
    return min(instants), max(instants)


def _wall(anchor: ConversationStarted | None, at_ns: int) -> str | None:
    if anchor is None:
        return None
    wall = datetime.fromisoformat(anchor.wall_utc) + timedelta(microseconds=(at_ns - anchor.at_ns) / 1000)
    return wall.isoformat(timespec="milliseconds")


def _merged(stalls: Iterable[tuple[int, int]], first_ns: int, last_ns: int) -> tuple[tuple[int, int], ...]:
    """The stalls that overlap [first, last], joined where they touch."""
    joined: list[tuple[int, int]] = []
    for begin, end in sorted(stall for stall in stalls if stall[0] < last_ns and stall[1] > first_ns and stall[0] < stall[1]):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return tuple(joined)
