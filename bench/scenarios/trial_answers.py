"""The user's side of a trial: drafts, the one answer of each task, and the clock that takes it when the time is over."""

import asyncio
import logging
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from bench.events.kinds import AnswerSubmitted, ClockStarted, DraftSaved
from bench.events.migrations import StoreError
from bench.events.trial_kinds import SubmitReason
from bench.scenarios.trial_errors import AlreadyAnswered, AnswerEmpty, AnswerTooLong, ClockRunning, NotNow
from bench.scenarios.trial_record import TrialRecord, utc
from bench.scenarios.trial_state import Clock, Draft, TaskState, writes_over

_log = logging.getLogger(__name__)

MOST_BYTES = 100_000
"""Of an answer or a draft, in UTF-8."""
GRACE_S = 2.0
"""So long after the deadline the page's own last words still count; then the latest draft is taken."""
RECONNECT_S = 10.0
"""So long a page has after a restart of the server to send what it holds, should the time have run out meanwhile."""
_SLICE_S = 30.0
"""The wall clock is looked at this often while a task's time runs: it may be set, and the computer may sleep."""
_STORE_RETRY_S = 2.0
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class DraftSaving:
    """What came of saving a draft."""

    revision: int
    """Of the draft that is there now; the next save's base."""
    overwrote: Draft | None = None
    """Another window's draft that this one had not seen; it is kept, and its owner is told."""
    unchanged: bool = False
    """The text was there already."""


@dataclass(frozen=True, slots=True)
class Submission:
    """What came of submitting."""

    task_id: int
    accepted: bool
    """This text is the answer."""
    again: bool
    """The task had its answer already; what follows is the same."""
    reason: SubmitReason
    """Who ended the task."""
    late_s: float
    """How long after the deadline the text came (s)."""


class Answers:
    """Of one trial."""

    def __init__(self, record: TrialRecord) -> None:
        self._record = record
        self._clock: asyncio.Task[None] | None = None

    # ── the clock ────────────────────────────────────────────────────────────────────────────────────────────────────────
    async def start(self, task_id: int) -> Clock | None:
        """Start the task's time, once; None when it is answered already. Raises `NotNow`, `StoreError`."""
        record = self._record
        async with record.lock:
            task = record.task(task_id)
            if task.clock is not None or task.answer is not None:
                return task.clock
            record.refuse_ended()
            if task.question is None:
                raise NotNow(step="question", task=str(task.order))
            limit_s, now = task.task.time_limit_minutes * 60, record.now()
            await record.keep(
                ClockStarted(
                    at_ns=record.now_ns(), conversation=record.state.trial, task_id=task_id, limit_s=limit_s, wall_utc=utc(now),
                    deadline_utc=utc(now + timedelta(seconds=limit_s)),
                )
            )  # fmt: skip
        self.watch()
        return record.task(task_id).clock

    def watch(self, not_before: datetime | None = None) -> None:
        """Have the current task's answer taken when its time is over, but not before that instant."""
        self.stop_watching()
        task = self._record.state.current
        if task is not None and task.clock is not None and task.answer is None:
            task_id = task.task_id
            self._clock = self._record.desk.start(lambda: self._run_out(task_id, not_before))

    def stop_watching(self) -> None:
        """The clock runs on, but nobody acts on it."""
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    async def _run_out(self, task_id: int, not_before: datetime | None) -> None:
        record = self._record
        while True:
            task = record.task(task_id)
            if task.clock is None or task.answer is not None or record.state.ended is not None:
                return
            deadline = max(task.clock.deadline_utc, not_before or task.clock.deadline_utc)
            left_s = (deadline - record.now()).total_seconds() + GRACE_S
            if left_s > 0:
                await asyncio.sleep(min(left_s, _SLICE_S))
                continue
            try:
                await self._take_draft(task_id)
            except StoreError as error:
                _log.error("an answer could not be stored at the end of its time: %s", error)
                await asyncio.sleep(_STORE_RETRY_S)

    async def _take_draft(self, task_id: int) -> None:
        """The time is over and nobody has submitted: what is there is the answer. It came in time, so it is not late."""
        async with self._record.lock:
            task = self._record.task(task_id)
            if task.answer is None and self._record.state.ended is None:
                text = task.draft.text if task.draft is not None else ""
                await self._take(task, text, f"clock-{uuid.uuid4().hex[:12]}", "expired", 0.0)

    # ── drafts ───────────────────────────────────────────────────────────────────────────────────────────────────────────
    async def save_draft(self, task_id: int, text: str, base_revision: int, window: str) -> DraftSaving:
        """See `Trial.save_draft`."""
        text, record = _clean(text), self._record
        async with record.lock:
            task = record.task(task_id)
            if task.answer is not None:
                await self._keep_late(task, text, window)
                raise AlreadyAnswered
            record.refuse_ended()
            if task.question is None:
                raise NotNow(step="question", task=str(task.order))
            there = task.draft
            if there is not None and there.text == text:
                return DraftSaving(there.revision, unchanged=True)
            revision = there.revision + 1 if there is not None else 1
            await self._save(task, text, revision, base_revision, window)
        lost = there if there is not None and there.text and writes_over(there, base_revision, _name(window)) else None
        return DraftSaving(revision, overwrote=lost)

    async def _save(self, task: TaskState, text: str, revision: int, base_revision: int, window: str) -> None:
        record = self._record
        await record.keep(
            DraftSaved(
                at_ns=record.now_ns(), conversation=record.state.trial, task_id=task.task_id, text=text, revision=revision,
                base_revision=max(-1, min(base_revision, 2**31)), window=_name(window),
            )
        )  # fmt: skip

    async def _keep_late(self, task: TaskState, text: str, window: str) -> None:
        """A text that came after the answer does not count, but is not lost either."""
        known = {task.answer.text if task.answer is not None else "", *(each.text for each in task.overwritten)}
        if task.draft is not None:
            known.add(task.draft.text)
        if text.strip() and text not in known:
            last = max([each.revision for each in task.overwritten] + ([task.draft.revision] if task.draft else [0]))
            await self._save(task, text, last + 1, last, window)

    # ── the answer ───────────────────────────────────────────────────────────────────────────────────────────────────────
    async def submit(
        self, task_id: int, text: str, submission: str, reason: SubmitReason, *, confirm_empty: bool
    ) -> Submission:  # fmt: skip
        """See `Trial.submit`."""
        text, record = _clean(text), self._record
        async with record.lock:
            task = record.task(task_id)
            if task.answer is not None:
                if task.answer.submission != _name(submission):
                    await self._keep_late(task, text, "")
                return Submission(task_id, False, True, task.answer.reason, task.answer.late_s)
            record.refuse_ended()
            if task.question is None:
                raise NotNow(step="question", task=str(task.order))
            now = record.now()
            late_s = task.clock.late_s(now) if task.clock is not None else 0.0
            left_s = task.clock.remaining_s(now) if task.clock is not None else task.task.time_limit_minutes * 60
            if reason == "expired" and left_s > GRACE_S:
                raise ClockRunning(seconds=f"{left_s:.0f}")
            over: SubmitReason = "expired" if reason == "expired" or late_s > 0 else "user"
            if not text.strip():
                if over == "expired" and task.draft is not None:
                    text = task.draft.text
                elif over == "user" and not confirm_empty:
                    raise AnswerEmpty
            await self._take(task, text, submission, over, late_s)
        self.stop_watching()
        return Submission(task_id, True, False, over, late_s)

    async def _take(self, task: TaskState, text: str, submission: str, reason: SubmitReason, late_s: float) -> None:
        record = self._record
        await record.keep(
            AnswerSubmitted(
                at_ns=record.now_ns(), conversation=record.state.trial, task_id=task.task_id, submission=_name(submission),
                text=text, reason=reason, wall_utc=utc(record.now()), late_s=round(late_s, 3),
            )
        )  # fmt: skip


def _clean(text: str) -> str:
    """Whole characters only. Raises `AnswerTooLong`."""
    whole = text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    size = len(whole.encode())
    if size > MOST_BYTES:
        raise AnswerTooLong(size_kb=f"{size / 1000:.1f}", most_kb=f"{MOST_BYTES / 1000:g}")
    return whole


def _name(given: str) -> str:
    """A name that came from outside, bounded."""
    return given[:_LONGEST_NAME].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
