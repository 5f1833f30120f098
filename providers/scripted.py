"""The scripted service: known delays and a fault plan, for proving the workbench and for trying it without any engine.

    scripted.py            what all scripted roles share: options, fault plan, the timeline of an answer
    scripted_frames.py     the bytes: frames, the sound they carry, what has been read and not yet taken
    scripted_link.py       the way to the service: inside this process, or a TCP connection to another one
    scripted_service.py    one exchange over it, and its errors
    scripted_chat.py · scripted_stt.py · scripted_tts.py · scripted_vad.py     the providers

A script becomes a *timeline*: frames, each due so many milliseconds after the service has read the request. The service
plays it and knows nothing else. In this process it is played with the loop's own timers; with `server` set, by
`bench.wire.scripted_server` in another process, which keeps its own stamps of what it really did (`bench/wire/README.md`).
Either way the bytes go through the same decoder and the same code below. The delays stand for a service: they are charged
to it, so `set_ms` of the chunks stays 0.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from providers.base import Options, knob
from providers.errors import Stage
from providers.scripted_frames import Sound, Step

FaultKind: TypeAlias = Literal[
    "none",
    "delay",
    "stall",
    "error",
    "malformed",
    "cut",
    "ended_early",
    "empty",
    "refuse",
    "out_of_order",
    "after_done",
    "split",
]
"""How a scripted answer goes wrong; what each one does is told where `apply_fault` does it."""

ErrorCode: TypeAlias = Literal["service_failed", "rate_limited", "quota_exceeded", "request_refused", "content_refused"]

LATE_MS = 5.0
"""How long after the end of an answer the chunk of `after_done` follows (ms)."""

VENDOR_TEXT = "Incorrect API key provided: sk-proj-scripted-0123456789. Contact sales@scripted.example"
"""What the service says beside an error code: the kind of text that must never reach a person (vendors echo keys)."""


# ── options ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
class Fault(Options):
    """What goes wrong, where and when."""

    kind: FaultKind = knob(
        "none", en="Fault", ru="Сбой",
        help_en="What the service does wrong.", help_ru="Что сервис делает не так.",
    )  # fmt: skip
    after: int = knob(
        0, en="After", ru="После",
        help_en="How many chunks still come properly before it.", help_ru="Сколько порций ещё приходит правильно.",
        unit="chunks", ge=0, le=100_000,
    )  # fmt: skip
    at: Literal["any", "stt", "llm", "tts"] = knob(
        "any", en="Stage", ru="Этап",
        help_en="One plan can be given to every stage; only this one obeys it.",
        help_ru="План можно дать всем этапам; его исполнит только этот.",
    )  # fmt: skip
    ms: float = knob(
        1000.0, en="Extra delay", ru="Задержка",
        help_en="How much later a delayed answer goes on.", help_ru="Насколько позже продолжится ответ.",
        unit="ms", ge=0, le=600_000,
    )  # fmt: skip
    code: ErrorCode = knob(
        "service_failed", en="Error", ru="Ошибка",
        help_en="What the service answers instead.", help_ru="Что сервис отвечает вместо дела.",
    )  # fmt: skip
    only_turns: tuple[int, ...] = knob(
        (), en="Only in requests", ru="Только в запросах",
        help_en="Numbers of the requests that fail, from 0; none = every one.",
        help_ru="Номера запросов со сбоем, с 0; пусто — во всех.",
    )  # fmt: skip

    def strikes(self, stage: Stage, turn: int) -> bool:
        """Does request number `turn` (0, 1, 2 … of this provider) of `stage` go wrong?"""
        return self.kind != "none" and self.at in ("any", stage) and (not self.only_turns or turn in self.only_turns)


class ServiceOptions(Options):
    """What every scripted service can be told."""

    server: str = knob(
        "", en="Server", ru="Сервер",
        help_en="Address of a scripted server in another process; empty: inside this one.",
        help_ru="Адрес сценарного сервера в другом процессе; пусто — внутри этого.", pattern=r"^$|^[^\s:]+:\d{1,5}$",
    )  # fmt: skip
    jitter_ms: float = knob(
        0.0, en="Jitter", ru="Разброс",
        help_en="Each chunk comes up to this much later, at random.", help_ru="Каждая порция случайно позже до этого.",
        unit="ms", ge=0, le=10_000,
    )  # fmt: skip
    seed: int = knob(
        1, en="Seed", ru="Зерно",
        help_en="The same seed gives the same jitter.", help_ru="Одно зерно даёт один и тот же разброс.", ge=0,
    )  # fmt: skip
    fault: Fault = knob(
        Fault(), en="Fault plan", ru="План сбоев", help_en="What goes wrong, and when.", help_ru="Что и когда ломается."
    )


# ── the timeline ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Plan:
    """What the service is to do with one request."""

    steps: tuple[Step, ...]
    """Frames in the order in which they are due."""
    sound: Sound | None = None
    """Where the steps' samples are cut from."""


def numbered(steps: Sequence[Step]) -> list[Step]:
    """The same steps with their places 0, 1, 2 … in the answer, by which disorder can be told."""
    return [replace(step, head={**step.head, "seq": place}) for place, step in enumerate(steps)]


def with_jitter(steps: Sequence[Step], options: ServiceOptions, turn: int) -> list[Step]:
    """Each step up to `jitter_ms` later, never before the one ahead of it; equal for equal seed and request number."""
    dice = random.Random(f"{options.seed}:{turn}")  # noqa: S311 - a repeatable script, no secret
    late: list[Step] = []
    for step in steps:
        earliest = late[-1].due_ms if late else 0.0
        late.append(replace(step, due_ms=max(earliest, step.due_ms + dice.uniform(0.0, options.jitter_ms))))
    return late


def apply_fault(steps: Sequence[Step], fault: Fault) -> list[Step]:
    """The timeline with its fault. `steps` are numbered and end with their closing frame, before which the fault strikes."""
    struck = min(fault.after, len(steps) - 1)
    before, at_ms = list(steps[:struck]), steps[struck].due_ms
    match fault.kind:
        case "delay":  # everything from there on comes later
            return [*before, *(replace(step, due_ms=step.due_ms + fault.ms) for step in steps[struck:])]
        case "stall":  # nothing more comes, and the stream stays open
            return before
        case "error":  # the service answers that it cannot
            return [*before, Step(at_ms, {"kind": "error", "code": fault.code, "message": VENDOR_TEXT, "seq": struck})]
        case "malformed":  # bytes that are not the protocol
            return [*before, replace(steps[struck], act="malformed")]
        case "cut":  # the connection is reset
            return [*before, Step(at_ms, {}, act="cut")]
        case "ended_early":  # the stream is closed politely, without its final part
            return [*before, Step(at_ms, {}, act="close")]
        case "empty":  # a proper answer without content
            return numbered([replace(steps[-1], due_ms=steps[0].due_ms)])
        case "out_of_order":  # two chunks change places
            struck = min(fault.after, max(0, len(steps) - 2))
            heads = [step.head for step in steps]
            heads[struck : struck + 2] = heads[struck : struck + 2][::-1]
            return [replace(step, head=head) for step, head in zip(steps, heads, strict=True)]
        case "after_done":  # one chunk too many, after the closing frame
            late = replace(steps[0], due_ms=steps[-1].due_ms + LATE_MS, head={**steps[0].head, "seq": len(steps)})
            return [*steps, late]
        case "split":  # every frame arrives in two pieces, cut inside a character where it has a wide one
            return [replace(step, act="split") for step in steps]
        case "none" | "refuse":  # `refuse` strikes before there is a request
            return list(steps)
