"""From a vendor's proper answer and a planned fault to what really happens on the connection, move by move."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from bench.wire.answer import Step, Vendor, WireAnswer, WireRequest
from bench.wire.plan import Fault, Plan

Act: TypeAlias = Literal["write", "split", "end", "cut", "garbage"]
"""`write`: bytes of the body. `split`: the same in two TCP pieces. `end`: the body's end. `cut`: TCP reset. `garbage`: bytes
that are no HTTP."""

GARBAGE = b"\x16\x03\x01\x02\x00 \xff this is not HTTP\r\n\r\n"
"""In the place of a status line."""
_REPEATED_KINDS = ("text", "delta", "audio")
"""Kinds of which the last is repeated as a chunk too many; without any, it is the very last chunk."""


@dataclass(frozen=True, slots=True)
class Move:
    """One thing that the server does."""

    due_ms: float
    """After the request was read (ms)."""
    act: Act
    kind: str = ""
    """For the stamps."""
    data: bytes = b""
    """Without HTTP's framing. Empty in a `write`: the head of the answer alone."""
    completes: bool = False
    """The last piece of a proper answer."""
    ends: bool = False
    """The body's end goes out together with it."""


@dataclass(frozen=True, slots=True)
class Script:
    """An answer as it will be played. Without an end, a cut or garbage the connection stays, and nothing more comes."""

    moves: tuple[Move, ...]
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    length: int | None = None
    """What `content-length` says (bytes); None: chunked."""
    closes: bool = False
    """The connection is closed after the end."""
    on_end: Callable[[], None] | None = None


def fault_of(plan: Plan, nth: int) -> Fault:
    """What goes wrong with the `nth` request under this plan; kind `none` when it is not among those that fail."""
    only = plan.fault.only_requests
    return plan.fault if not only or nth in only else Fault()


def script(answer: WireAnswer) -> Script:
    """A proper answer."""
    if answer.framing == "length":
        return _whole(answer)
    heads, steps = _parted(answer.steps)
    moves = [Move(step.due_ms, "write", step.kind, step.data) for step in (*heads, *steps)]
    if not moves:
        moves = [Move(0.0, "write")]
    moves[-1] = replace(moves[-1], completes=True, ends=True)
    return _chunked(answer, moves)


def faulty(answer: WireAnswer, fault: Fault, vendor: Vendor, request: WireRequest) -> Script:
    """The answer with its fault. `fault.after` counts the chunks of a chunked answer; one with a length is a single piece,
    of which a `cut` lets half through, and a `stall` the head alone."""
    first_ms = answer.steps[0].due_ms if answer.steps else 0.0
    match fault.kind:
        case "none" | "empty":
            return script(answer)
        case "half_open":
            return Script(())
        case "not_http":
            return Script((Move(first_ms, "garbage", "nonsense", GARBAGE),))
        case "status":
            message = f"The plan refuses this request, which came with {key_of(request) or 'no key'}."
            refusal = vendor.refusal(fault.status, fault.code, message, retry_after_s=fault.retry_after_s)
            return script(_later(refusal, first_ms))
        case _:
            pass
    if answer.framing == "length":
        return _faulty_whole(answer, fault, vendor, request)
    return _faulty_stream(answer, fault, vendor, request)


def key_of(request: WireRequest) -> str:
    """The key that a request bears, wherever this vendor's clients put it; empty when there is none."""
    token = request.headers.get("authorization", "").partition(" ")[2].strip()
    return token or request.headers.get("x-goog-api-key", "") or request.query.get("key", "")


def _later(answer: WireAnswer, ms: float) -> WireAnswer:
    return replace(answer, steps=tuple(replace(step, due_ms=step.due_ms + ms) for step in answer.steps))


def _chunked(answer: WireAnswer, moves: Sequence[Move], *, closes: bool = False) -> Script:
    return Script(tuple(moves), answer.status, answer.content_type, answer.headers, None, closes, answer.on_end)


def _whole(answer: WireAnswer, data: bytes | None = None, kind: str = "", act: Act = "write") -> Script:
    """One piece with a length; `data` in the place of its own means that it is not the proper answer."""
    body = b"".join(step.data for step in answer.steps) if data is None else data
    due_ms = answer.steps[-1].due_ms if answer.steps else 0.0
    name = kind or (answer.steps[-1].kind if answer.steps else "end")
    move = Move(due_ms, act, name, body, completes=data is None, ends=True)
    return Script((move,), answer.status, answer.content_type, answer.headers, len(body), on_end=answer.on_end)


def _faulty_whole(answer: WireAnswer, fault: Fault, vendor: Vendor, request: WireRequest) -> Script:
    proper = _whole(answer)
    (move,) = proper.moves
    half = move.data[: len(move.data) // 2]
    match fault.kind:
        case "delay":
            return replace(proper, moves=(replace(move, due_ms=move.due_ms + fault.ms),))
        case "split":
            return _whole(answer, act="split")
        case "stall":
            return replace(proper, moves=(Move(move.due_ms, "write"),))
        case "cut":
            return replace(proper, moves=(Move(move.due_ms, "write", move.kind, half), Move(move.due_ms, "cut")))
        case "ended_early":
            return replace(_whole(answer, half), closes=True)
        case "malformed":
            return _whole(answer, vendor.nonsense(), "nonsense")
        case "error_inside":
            return _whole(answer, vendor.error_inside(request), "error")
        case _:  # nothing to change places with, and nothing can follow a length
            return proper


def _faulty_stream(answer: WireAnswer, fault: Fault, vendor: Vendor, request: WireRequest) -> Script:
    heads, steps = _parted(answer.steps)
    before, rest = steps[: fault.after], steps[fault.after :]
    then_ms = next((step.due_ms for step in (*rest, *reversed(before), *heads)), 0.0)
    begun = [Move(step.due_ms, "write", step.kind, step.data) for step in (*heads, *before)] or [Move(then_ms, "write")]
    match fault.kind:
        case "delay":
            later = tuple(replace(step, due_ms=step.due_ms + fault.ms) for step in rest)
            return script(replace(answer, steps=(*(heads if before else _moved(heads, fault.ms)), *before, *later)))
        case "stall":
            return _chunked(answer, begun)
        case "cut":
            return _chunked(answer, [*begun, Move(then_ms, "cut")])
        case "ended_early":
            return _chunked(answer, [*begun, Move(then_ms, "end")], closes=True)
        case "error_inside":
            error = Move(then_ms, "write", "error", vendor.error_inside(request), ends=True)
            return _chunked(answer, [*begun, error] if heads or before else [error])
        case "split":
            proper = script(answer)
            parted = [replace(move, act="split") if len(move.data) > 1 else move for move in proper.moves]
            return _chunked(answer, parted)
        case "malformed" if rest:
            return script(_with(answer, (*heads, *before, Step(then_ms, vendor.nonsense(), "nonsense"), *rest[1:])))
        case "out_of_order" if len(rest) > 1:
            return script(_with(answer, (*heads, *before, *_swapped(rest))))
        case "after_done":
            moves = [replace(move, ends=False) for move in script(answer).moves]
            extra = next((step for step in reversed(steps) if step.kind in _REPEATED_KINDS), (*heads, *steps)[-1])
            return _chunked(answer, [*moves, Move(moves[-1].due_ms, "write", "extra", extra.data, ends=True)])
        case _:
            return script(answer)


def _parted(steps: Sequence[Step]) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """Steps without bytes (the head alone), and the chunks."""
    return tuple(step for step in steps if not step.data), tuple(step for step in steps if step.data)


def _with(answer: WireAnswer, steps: tuple[Step, ...]) -> WireAnswer:
    return replace(answer, steps=steps)


def _moved(steps: Sequence[Step], ms: float) -> tuple[Step, ...]:
    return tuple(replace(step, due_ms=step.due_ms + ms) for step in steps)


def _swapped(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The first two change places; the instants stay where they were."""
    first, second, *others = steps
    return (replace(second, due_ms=first.due_ms), replace(first, due_ms=second.due_ms), *others)
