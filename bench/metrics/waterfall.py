"""Where the time of one turn went: parts in the order of time, each with its owner, that add up to the total exactly.

Segment i = max(cut i, furthest so far) − furthest so far: work that overlapped or was done ahead costs only what it adds. All
arithmetic is on whole nanoseconds. What came after the end (a recogniser's late correction, say) cost nobody anything and is
clipped to it, so the total *is* the figure: voice to voice, or chat response.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bench.events.kinds import Owner
from bench.metrics.definitions import key_released, live, stall_overlap_ns
from bench.metrics.turn_record import TurnRecord, mark_ns, mark_number

End: TypeAlias = Literal["playback_started", "text_painted"]

LOOP_STALL = "loop stall"
"""Name of the parts in which our own event loop was late."""
HAND_OVER = "hand-over"
"""Name of what no span of ours covers between two stages."""


@dataclass(frozen=True, slots=True)
class WaterfallPart:
    """A stretch of the turn and whose it is."""

    owner: Owner
    """To whom it is charged."""
    name: str
    """What went on: `pause`, `detector`, `model` …, or the name of a recorded span."""
    from_ns: int
    """Its beginning, from the waterfall's own (ns)."""
    duration_ns: int
    """Its length (ns), above 0."""
    cut: str
    """The cut mark that ends its segment."""
    merged: tuple[str, ...] = ()
    """Missing cut marks whose segments it holds as well."""


@dataclass(frozen=True, slots=True)
class Waterfall:
    """One turn's parts: they follow each other without gap and add up to `total_ns`."""

    from_mark: str
    """Mark at which it begins."""
    until_mark: str
    """Mark at which it ends; while the turn runs, the last cut that has been seen."""
    total_ns: int
    """The whole (ns)."""
    error_ns: int
    """Uncertainty of the whole (ns): both end marks', plus the loop stalls within."""
    complete: bool
    """True when it reaches the first reply sound (or the painted text)."""
    parts: tuple[WaterfallPart, ...]
    """In the order of time."""
    missing: tuple[str, ...]
    """Cut marks that were not seen before `until_mark`; each is named in the part that it was merged into."""


@dataclass(frozen=True, slots=True)
class _Piece:
    owner: Owner
    name: str
    begin: int
    end: int


_Split: TypeAlias = Callable[[TurnRecord, int, int], list[_Piece]]
"""Divides a segment [begin, end] (ns) among its owners: pieces without gap, in order."""


def waterfall(record: TurnRecord, until: End | None = None, from_ns: int | None = None) -> Waterfall | None:
    """The turn's waterfall; None when its first cut is missing, nothing has followed it yet, or the end lies before it.

    `until` overrides where it ends (default: the first reply sound; the painted text when nothing is spoken). `from_ns` begins
    it at another instant than the end of this turn's speech: what was over by then costs nothing.
    """
    start = record.marks.get("message_sent" if record.input == "typed" else "speech_ended")
    if start is None:
        return None
    cuts = _cuts(record, until or _end(record))
    end_name = cuts[-1][0]
    begin_ns = start.at_ns if from_ns is None else from_ns
    end, complete = record.marks.get(end_name), end_name in record.marks
    if end is None:
        cuts = _seen(record, cuts)
        if not cuts:
            return None
        end = max((record.marks[name] for name, _ in cuts if name in record.marks), key=lambda mark: mark.at_ns)
    if end.at_ns < begin_ns:
        return None
    parts, missing = _parts(record, cuts, begin_ns, end.at_ns)
    error_ns = start.error_ns + end.error_ns + stall_overlap_ns(record, begin_ns, end.at_ns)
    return Waterfall(start.name, end.name, end.at_ns - begin_ns, error_ns, complete, parts, missing)


def _end(record: TurnRecord) -> End:
    """Spoken when it was heard or is on its way there; else the text, as soon as a spoken turn is over without a sound."""
    marks = record.marks
    if "playback_started" in marks or "text_painted" not in marks:
        return "playback_started"
    if record.input == "typed":
        return "text_painted"
    asked_for_sound = "tts_sent" in marks or "audio_sent" in marks
    return "playback_started" if asked_for_sound or record.outcome is None else "text_painted"


def _cuts(record: TurnRecord, until: End) -> list[tuple[str, _Split]]:
    """The cut marks after the first one, in their order, each with the rule that divides the segment it ends."""
    heard: list[tuple[str, _Split]] = [] if record.input == "typed" else [("turn_released", _pause), ("stt_final", _stt)]
    if live(record):
        reply = "tts_first_byte" if "tts_first_byte" in record.marks else "audio_sent"
        released: list[tuple[str, _Split]] = [cut for cut in heard if cut[0] == "turn_released" and cut[0] in record.marks]
        said: list[tuple[str, _Split]] = [("audio_sent", _hand_over)] if reply == "tts_first_byte" else []
        return [*released, (reply, _model), *said, ("audio_received", _network), ("playback_started", _playback)]
    model: list[tuple[str, _Split]] = [*heard, ("llm_sent", _hand_over), ("llm_first_text", _model)]
    if until == "text_painted":
        return [*model, ("text_painted", _hand_over)]
    return [
        *model, ("phrase_released", _batching), ("tts_sent", _hand_over), ("tts_first_byte", _tts), ("audio_sent", _hand_over),
        ("audio_received", _network), ("playback_started", _playback),
    ]  # fmt: skip


def _seen(record: TurnRecord, cuts: list[tuple[str, _Split]]) -> list[tuple[str, _Split]]:
    """The cuts up to the last one that is there."""
    last = max((index for index, (name, _) in enumerate(cuts) if name in record.marks), default=-1)
    return cuts[: last + 1]


def _parts(
    record: TurnRecord, cuts: list[tuple[str, _Split]], begin_ns: int, end_ns: int
) -> tuple[tuple[WaterfallPart, ...], tuple[str, ...]]:
    parts: list[WaterfallPart] = []
    missing: list[str] = []
    merged: list[str] = []
    furthest = begin_ns
    for name, split in cuts:
        mark = record.marks.get(name)
        if mark is None:
            missing.append(name)
            merged.append(name)
            continue
        reached = min(max(mark.at_ns, furthest), end_ns)
        if reached == furthest:
            continue  # it added nothing; cuts missing before it are named in the next part that has a length
        pieces = _charged(record, split(record, furthest, reached), split)
        parts += [
            WaterfallPart(piece.owner, piece.name, piece.begin - begin_ns, piece.end - piece.begin, name, tuple(merged))
            for piece in pieces
        ]
        furthest, merged = reached, []
    if merged and parts:  # nothing with a length followed them
        last = parts[-1]
        parts[-1] = WaterfallPart(
            last.owner, last.name, last.from_ns, last.duration_ns, last.cut, (*last.merged, *merged)
        )  # fmt: skip
    return tuple(parts), tuple(missing)


# ── who owns a segment ───────────────────────────────────────────────────────────────────────────────────────────────────
def _charged(record: TurnRecord, pieces: list[_Piece], split: _Split) -> list[_Piece]:
    """Recorded connecting goes to the network; whatever our own loop slept through goes to the workbench, whoever had it.

    A connection that one stage opened while another was being waited for cost nothing: only the stage's own segment is cut.
    """
    if split is not _hand_over:
        for span in record.spans:
            if span.owner == "network" and span.name == "connecting" and span.stage in ("", _STAGE_OF.get(split)):
                pieces = _laid_over(pieces, _Piece("network", "connecting", span.from_ns, span.at_ns))
    for begin, end in record.stalls:
        pieces = _laid_over(pieces, _Piece("workbench", LOOP_STALL, begin, end))
    joined: list[_Piece] = []
    for piece in pieces:
        if joined and (joined[-1].owner, joined[-1].name) == (piece.owner, piece.name):
            joined[-1] = _Piece(piece.owner, piece.name, joined[-1].begin, piece.end)
        else:
            joined.append(piece)
    return joined


def _laid_over(pieces: list[_Piece], cover: _Piece, only: Owner | None = None) -> list[_Piece]:
    """The pieces with the cover's stretch given to the cover; with `only`, just what that owner had."""
    result: list[_Piece] = []
    for piece in pieces:
        begin, end = max(piece.begin, cover.begin), min(piece.end, cover.end)
        if begin >= end or (only is not None and piece.owner != only):
            result.append(piece)
            continue
        result += _nonempty([
            _Piece(piece.owner, piece.name, piece.begin, begin), _Piece(cover.owner, cover.name, begin, end),
            _Piece(piece.owner, piece.name, end, piece.end),
        ])  # fmt: skip
    return result


def _in_turn(begin: int, end: int, *amounts: tuple[Owner, str, int], rest: tuple[Owner, str]) -> list[_Piece]:
    """The segment handed out in this order, each as far as it goes; the rest last."""
    pieces: list[_Piece] = []
    at = begin
    for owner, name, amount in amounts:
        until = min(end, at + max(0, amount))
        pieces.append(_Piece(owner, name, at, until))
        at = until
    return _nonempty([*pieces, _Piece(*rest, at, end)])


def _nonempty(pieces: list[_Piece]) -> list[_Piece]:
    return [piece for piece in pieces if piece.begin < piece.end]


def _set_then(
    record: TurnRecord, begin: int, end: int, asked: str, got: str, setting: str, rest: tuple[Owner, str]
) -> list[_Piece]:
    """What the user's own settings asked for (`set_ms` of mark `got`, counted from mark `asked`), then the rest."""
    since = record.marks.get(asked)
    set_until = (begin if since is None else since.at_ns) + mark_ns(record.marks.get(got), "set_ms")
    return _in_turn(begin, end, ("setting", setting, set_until - begin), rest=rest)


def _pause(record: TurnRecord, begin: int, end: int) -> list[_Piece]:
    if key_released(record):
        return [_Piece("setting", "your key", begin, end)]
    return _set_then(record, begin, end, "speech_ended", "turn_released", "pause", ("detector", "detector"))


def _stt(record: TurnRecord, begin: int, end: int) -> list[_Piece]:
    return _set_then(record, begin, end, "turn_released", "stt_final", "set delay", ("stt", "speech to text"))


def _model(record: TurnRecord, begin: int, end: int) -> list[_Piece]:
    return _set_then(record, begin, end, "llm_sent", "llm_first_text", "set delay", ("llm", "model"))


def _batching(record: TurnRecord, begin: int, end: int) -> list[_Piece]:
    """The window is the user's; what is waited beyond it is a wait for the model's text."""
    released = record.marks.get("phrase_released")
    set_ns = mark_ns(released, "set_ms")
    if mark_number(released, "set_ms") is None:
        window_ns, held = mark_ns(released, "window_ms"), mark_number(released, "held_ms")
        set_ns = window_ns if held is None else min(window_ns, mark_ns(released, "held_ms"))
    since = record.marks.get("llm_first_text")
    set_until = (begin if since is None else since.at_ns) + set_ns
    return _in_turn(begin, end, ("setting", "batch window", set_until - begin), rest=("llm", "waiting for text"))


def _tts(record: TurnRecord, begin: int, end: int) -> list[_Piece]:
    return _set_then(record, begin, end, "tts_sent", "tts_first_byte", "set delay", ("tts", "speech"))


def _network(record: TurnRecord, begin: int, end: int) -> list[_Piece]:
    return [_Piece("network", "network", begin, end)]


def _hand_over(record: TurnRecord, begin: int, end: int) -> list[_Piece]:
    """Ours as far as our own recorded spans cover it; what no span covers is unexplained."""
    pieces = [_Piece("unexplained", HAND_OVER, begin, end)]
    for span in record.spans:
        pieces = _laid_over(pieces, _Piece(span.owner, span.name, span.from_ns, span.at_ns), only="unexplained")
    return pieces


_STAGE_OF: dict[_Split, str] = {_stt: "stt", _model: "llm", _tts: "tts"}
"""The segments in which a stage's service is waited for."""


def _playback(record: TurnRecord, begin: int, end: int) -> list[_Piece]:
    """From the first chunk's arrival to its first audible sample at the device.

    The player's buffer time runs from that sample's arrival to its rendering, so it holds the silence that was played before
    it. Where the parts would exceed the segment, the buffer gives way: the silence is the voice's, the output latency the
    device's, and only what is left the player's.
    """
    started = record.marks.get("playback_started")
    lead_ns = min(end - begin, mark_ns(started, "lead_silence_ms"))
    device_ns = min(end - begin - lead_ns, mark_ns(started, "output_latency_ms"))
    buffer_ns = min(end - begin - lead_ns - device_ns, mark_ns(started, "buffer_ms"))
    return _in_turn(
        begin,
        end,
        ("tts", "lead silence", lead_ns),
        ("workbench", "player", buffer_ns),
        ("device", "output latency", device_ns),
        rest=("unexplained", "playback"),
    )
