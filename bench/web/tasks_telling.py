"""What a trial's generators yield, as the messages of a stream and as whole answers: both tell the same."""

from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bench.events.kinds import Marked, TurnEnded, TurnStarted
from bench.events.store import Store
from bench.metrics.definitions import figure
from bench.metrics.turn_record import TurnRecord, fold
from bench.scenarios.trial import Pieces, Trial
from bench.scenarios.trial_pieces import FellBack, Piece, ReportDone, StepBegan, StepDone, StepFailed, TextAdded
from bench.scenarios.trial_state import Clock
from bench.web.tasks_problems import provider_status
from bench.web.tasks_stream import Emit, Message, Source, message
from bench.web.tasks_words import ending_message


class Teller:
    """Turns pieces into messages, one after the other. Also of previews, which belong to no trial."""

    def __init__(self, facts: Mapping[str, Any], trial: Trial | None = None) -> None:
        """`facts`: what each `metadata` carries besides: profession, trial, submission …"""
        self._facts, self._trial = facts, trial
        self._began: StepBegan | None = None
        self._text: list[str] = []

    def message(self, piece: Piece, figures: Mapping[str, float | None] | None = None) -> Message | None:
        """The message; None for a piece that says nothing new."""
        match piece:
            case StepBegan():
                self._began, self._text = piece, []
                return self._metadata(piece, {})
            case TextAdded():
                self._text.append(piece.text)
                return message("token", token=piece.text, part=self._began.step if self._began else "question")
            case FellBack():
                assert self._began is not None
                failed = failure(piece.outcome, piece.stage, piece.reason, piece.message, piece.facts)
                return self._metadata(self._began, {"turn": "", "streamed": False, "fallback": True, "fell_back": failed})
            case StepDone():
                return None if piece.step == "report" else self._done(piece, figures)
            case StepFailed():
                failed = failure(piece.outcome, piece.stage, piece.reason, piece.message, piece.facts)
                more = {"step": piece.step, "task_id": piece.task_id, "turn": piece.turn, "outcome": piece.outcome}
                return message("error", **failed, **more, partial_text="".join(self._text), retry=True)
            case ReportDone():
                return message("completed", final_report=piece.report.model_dump(mode="json"), completed=True)

    def _metadata(self, began: StepBegan, more: Mapping[str, Any]) -> Message:
        remaining_s = None
        if self._trial is not None and began.task_id is not None and began.step == "question":
            remaining_s = self._trial.remaining_s(began.task_id)
        own = {
            "id": began.task_id, "order": began.order, "time_limit_minutes": began.time_limit_minutes, "of": began.of,
            "title": began.title, "step": began.step, "turn": began.turn, "streamed": began.streamed,
            "fallback": began.fallback, "replayed": began.replayed, "remaining_s": remaining_s,
            "retry_possible": not began.replayed,
        }  # fmt: skip
        return message("metadata", **own | dict(self._facts) | dict(more))

    def _done(self, piece: StepDone, figures: Mapping[str, float | None] | None) -> Message:
        now = self._trial.now() if self._trial is not None else None
        return message(
            "done", full_text=piece.text, task_id=piece.task_id, completed=False, turn=piece.turn, part=piece.step,
            streamed=piece.streamed, fallback=piece.fallback, clock=clock_view(piece.clock, now), figures=dict(figures or {}),
        )  # fmt: skip


def facts_of(trial: Trial) -> dict[str, Any]:
    """What each `metadata` of a trial says of it."""
    state = trial.state
    return {
        "profession_id": state.profession.id, "profession": state.profession.name, "trial": trial.id,
        "language": state.language, "preset": state.preset, "column": state.column,
    }  # fmt: skip


def told(trial: Trial, pieces: Pieces, store: Store, *, until: str = "", **more: Any) -> Source:
    """The messages of a trial's pieces, `until` a step is done; `more` stands in each `metadata`."""

    async def source(emit: Emit) -> None:
        teller = Teller(facts_of(trial) | more, trial)
        async with aclosing(pieces):
            async for piece in pieces:
                figures = await figures_of(store, piece.turn) if isinstance(piece, StepDone) and piece.turn else None
                content = teller.message(piece, figures)
                if content is not None:
                    await emit(content)
                if isinstance(piece, StepDone) and piece.step == until:
                    return

    return source


@dataclass(slots=True)
class Whole:
    """The same content as the messages, step by step."""

    steps: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """The finished ones: `{metadata, full_text, turn, figures, clock, …}`."""
    report: dict[str, Any] | None = None
    """The final report, if it was made."""
    failed: dict[str, Any] | None = None
    """How the last step failed, if it did."""


async def whole(source: Source) -> Whole:
    """Wait for all of it. Raises what the source raises."""
    found, metadata = Whole(), dict[str, Any]()

    async def take(content: Message) -> None:
        nonlocal metadata
        data = content["data"]
        match content["type"]:
            case "metadata":
                metadata = data
            case "done":
                found.steps.append({"metadata": metadata | {"turn": data["turn"]}, **data})
            case "completed":
                found.report = data["final_report"]
                found.steps.append({
                    "metadata": metadata, "full_text": data["final_report"]["summary"], "completed": True, "turn": "",
                    "figures": {}, "clock": None,
                })  # fmt: skip
            case "error":
                found.failed = data
            case _:
                pass  # tokens: the whole text comes at the end

    await source(take)
    return found


def failure(outcome: str, stage: str, reason: str, told_: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """`{code, message, facts, stage}` of a step that ended without its text."""
    code = "step_cancelled" if outcome == "cancelled" else reason or "internal_error"
    return {"code": code, "message": told_ or ending_message(code), "remedy": "", "facts": dict(facts), "stage": stage}


def failure_status(failed: Mapping[str, Any]) -> int:
    """The HTTP status of a failed step that was asked for whole."""
    if failed["outcome"] == "timed_out":
        return 504
    if failed["outcome"] == "cancelled" or not failed["stage"]:
        return 500 if failed["code"] == "internal_error" else 503
    return provider_status(str(failed["code"]))


def clock_view(clock: Clock | None, now: datetime | None) -> dict[str, Any] | None:
    """`{limit_s, remaining_s, deadline_utc}`."""
    if clock is None or now is None:
        return None
    return {
        "limit_s": clock.limit_s, "remaining_s": clock.remaining_s(now), "deadline_utc": clock.deadline_utc.isoformat(),
        "started_utc": clock.started_utc.isoformat(),
    }  # fmt: skip


async def figures_of(store: Store, turn: str) -> dict[str, float | None]:
    """`ttft_ms`, `total_ms` and `response_ms` of a stored turn; each None when it could not be taken."""
    told_ = await store.events(turn=turn, kinds=(TurnStarted, Marked, TurnEnded))
    return figures_view(fold((event for _, event in told_), turn))


def figures_view(record: TurnRecord | None) -> dict[str, float | None]:
    """TTFT; from the request to the last text; from the user's message to the first text shown (ms)."""
    if record is None:
        return dict.fromkeys(("ttft_ms", "total_ms", "response_ms"))
    sent, ended = record.marks.get("llm_sent"), record.marks.get("llm_text_ended")
    total_ms = (ended.at_ns - sent.at_ns) / 1e6 if sent is not None and ended is not None else None
    return {
        "ttft_ms": figure(record, "ttft").ms, "total_ms": total_ms, "response_ms": figure(record, "chat_response").ms,
    }  # fmt: skip
