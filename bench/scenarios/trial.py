"""One trial, as routes and pages use it: any number of windows may hold the same one."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime, timedelta

from bench.configuration import Configuration
from bench.events.kinds import FeedbackGiven, TrialEnded
from bench.events.trial_kinds import SubmitReason
from bench.scenarios.report import Report
from bench.scenarios.trial_answers import RECONNECT_S, Answers, DraftSaving, Submission
from bench.scenarios.trial_desk import Desk
from bench.scenarios.trial_errors import NotNow, TrialOver
from bench.scenarios.trial_generation import at_once
from bench.scenarios.trial_pieces import Change, Piece, ReportDone, StepDone, StepFailed
from bench.scenarios.trial_record import TrialRecord
from bench.scenarios.trial_state import Clock, TaskState, TrialState
from bench.scenarios.trial_writing import Asking, Writing, report_began
from bench.turn.text_turn import Sent

Pieces = AsyncGenerator[Piece, None]


class Trial:
    """Made by `Trials`. Whatever a method has returned, or a generator has called done, is on the disk.

    Generators may be left at any time: the model goes on, and the next one who asks gets all of it from the beginning. Their
    errors (`TrialError`) come with the first piece. `StepFailed` ends a generator; the same one asked with `retry` tries
    again, without it tells the failure again. `stream=False` gives a text in one piece; if it has still to be written, it is
    asked for so: the same call of the model, collected and shown at once, so what the user sees is what is compared.
    `sent`: when the user sent the message that is answered, on the server's clock. All raise `StoreError` where the disk
    fails: then nothing was accepted, and the same call can be made again.
    """

    def __init__(self, state: TrialState, desk: Desk) -> None:
        """Raises `pydantic.ValidationError` for a stored configuration that this program cannot read."""
        configuration = Configuration.model_validate(state.configuration)
        self._record = TrialRecord(state, desk)
        self._answers = Answers(self._record)
        self._writing = Writing(self._record, configuration)

    # ── what is known ────────────────────────────────────────────────────────────────────────────────────────────────────
    @property
    def id(self) -> str:
        """Its id."""
        return self._record.state.trial

    @property
    def state(self) -> TrialState:
        """All that is known; a new object after each change."""
        return self._record.state

    def now(self) -> datetime:
        """The server's wall clock, by which the countdowns go."""
        return self._record.now()

    def remaining_s(self, task_id: int | None = None) -> float | None:
        """What is left for a task, by default the current one (s); None while its clock does not run."""
        task = self._record.task(task_id) if task_id is not None else self.state.current
        return None if task is None else self.state.remaining_s(task.task_id, self.now())

    def subscribe(self, watcher: Callable[[Change], object]) -> Callable[[], object]:
        """Have `watcher` called for each change, whoever makes it; returns what ends that."""
        return self._record.subscribe(watcher)

    # ── texts of the model ───────────────────────────────────────────────────────────────────────────────────────────────
    async def question(
        self, stream: bool = True, sent: Sent | None = None, task_id: int | None = None, *, retry: bool = False,
        start_clock: bool = True,
    ) -> Pieces:  # fmt: skip
        """The question of a task, by default the current one: written once, told again afterwards. The task's clock starts
        when somebody has got all of it. Raises `TrialOver`, `NoSuchTask`, `NotNow`."""
        task = self._record.task(task_id) if task_id is not None else self.state.current
        if task is None:
            raise TrialOver
        if task.question is None:
            self._refuse_unless_due(task)
        async with aclosing(self._read(self._writing.question(task, Asking(stream, sent, retry)), stream)) as pieces:
            async for piece in pieces:
                if isinstance(piece, StepDone):
                    clock = self._record.task(task.task_id).clock
                    if start_clock and self.state.ended is None:
                        clock = await self.start(task.task_id)
                    piece = replace(piece, clock=clock)
                yield piece

    async def continuation(
        self, task_id: int, stream: bool = True, sent: Sent | None = None, *, retry: bool = False, start_clock: bool = True
    ) -> Pieces:  # fmt: skip
        """What follows a task's answer: feedback on it, then the next question or the report. The same however often it is
        asked. Raises `NoSuchTask`, `NotNow` without an answer, `TrialOver` when it was abandoned before."""
        task = self._record.task(task_id)
        if task.answer is None:
            raise NotNow(step=task.step, task=str(task.order))
        if task.feedback is None:
            self._record.refuse_ended()
        if task.feedback != "":
            async with aclosing(self._read(self._writing.feedback(task, Asking(stream, sent, retry)), stream)) as pieces:
                async for piece in pieces:
                    yield piece
                    if isinstance(piece, StepFailed):
                        return
        following = self.state.after(task_id)
        if following is not None:
            rest = self.question(stream, None, following.task_id, retry=retry, start_clock=start_clock)
        else:
            rest = self.report(retry=retry)
        async with aclosing(rest) as pieces:
            async for piece in pieces:
                yield piece

    async def current(
        self, stream: bool = True, sent: Sent | None = None, *, retry: bool = False, start_clock: bool = True
    ) -> Pieces:  # fmt: skip
        """Whatever is due now, which is what a reload asks for: the question, or what follows the last answer. Raises
        `TrialOver` when it was abandoned."""
        task, step = self.state.current, self.state.step
        if task is None or step in ("report", "finished"):
            due = self.report(sent, retry=retry)
        elif step == "feedback":
            due = self.continuation(task.task_id, stream, sent, retry=retry, start_clock=start_clock)
        else:
            due = self.question(stream, sent, task.task_id, retry=retry, start_clock=start_clock)
        async with aclosing(due) as pieces:
            async for piece in pieces:
                yield piece

    async def report(self, sent: Sent | None = None, *, retry: bool = False, by_rules: bool = False) -> Pieces:
        """The final report, which completes the trial: made once, told again afterwards. `by_rules`: by the stated rules,
        also when the model could judge. Raises `NotNow` while a task is open, `TrialOver` when it was abandoned."""
        state = self.state
        if state.report is not None:
            report = Report.model_validate(state.report)
            yield report_began(state)
            yield StepDone("report", None, report.summary, "", False, False)
            yield ReportDone(report)
            return
        self._record.refuse_ended()
        if state.current is not None:
            raise NotNow(step=state.step, task=str(state.current.order))
        async with aclosing(self._writing.report(Asking(False, sent, retry, by_rules))) as pieces:
            async for piece in pieces:
                yield piece

    def _read(self, pieces: Pieces, stream: bool) -> Pieces:
        return pieces if stream else at_once(pieces)

    def _refuse_unless_due(self, task: TaskState) -> None:
        self._record.refuse_ended()
        current = self.state.current
        if current is None or current.task_id != task.task_id:
            raise NotNow(step=self.state.step, task=str(current.order if current is not None else task.order))

    # ── the user's side ──────────────────────────────────────────────────────────────────────────────────────────────────
    async def start(self, task_id: int) -> Clock | None:
        """Start a task's clock, once; None when it was answered before. Raises `NoSuchTask`, `NotNow`, `TrialOver`."""
        return await asyncio.shield(self._answers.start(task_id))

    async def save_draft(self, task_id: int, text: str, base_revision: int, window: str = "") -> DraftSaving:
        """Keep the answer so far. `base_revision`: of the draft that this window had last seen (0: none). The last writer
        wins; what it had not seen is kept, and told to it and, as a `Change`, to all. Save some seconds after the last key:
        each save is kept whole. Raises `NoSuchTask`, `AlreadyAnswered`, `AnswerTooLong`, `NotNow`, `TrialOver`."""
        return await asyncio.shield(self._answers.save_draft(task_id, text, base_revision, window))

    async def submit(
        self, task_id: int, text: str, submission: str, reason: SubmitReason = "user", *, confirm_empty: bool = False
    ) -> Submission:  # fmt: skip
        """The answer, once; `continuation` tells what follows. A second submit of a task (`again`) changes nothing, but its
        text is kept. `expired` is for a page whose countdown is over, within 2 s of the server's; an empty text then stands
        for the draft. After the deadline what is there is taken and marked. Raises `NoSuchTask`, `AnswerEmpty`,
        `AnswerTooLong`, `ClockRunning`, `NotNow`, `TrialOver`."""
        return await asyncio.shield(self._answers.submit(task_id, text, submission, reason, confirm_empty=confirm_empty))

    async def skip_feedback(self, task_id: int) -> None:
        """Go on without the feedback that could not be written. Raises `NoSuchTask`, `NotNow`, `TrialOver`."""
        await asyncio.shield(self._skip_feedback(task_id))

    async def _skip_feedback(self, task_id: int) -> None:
        record = self._record
        async with record.lock:
            task = record.task(task_id)
            if task.feedback is not None:
                return
            record.refuse_ended()
            if task.answer is None or self._writing.is_writing("feedback", task_id):
                raise NotNow(step=task.step, task=str(task.order))
            await record.keep(
                FeedbackGiven(
                    at_ns=record.now_ns(), conversation=self.id, task_id=task_id, text="", written_in="", streamed=False
                )
            )

    async def abandon(self) -> None:
        """Give it up; again is no error. Turns that are being written end as cancelled."""
        await asyncio.shield(self._abandon())

    async def _abandon(self) -> None:
        record = self._record
        await self._writing.stop("abandoned")
        async with record.lock:
            if record.state.ended is None:
                await record.keep(TrialEnded(at_ns=record.now_ns(), conversation=self.id, reason="abandoned"))
        self._answers.stop_watching()
        await self._writing.end_talk("abandoned")

    def painted(
        self, turn: str, at_ns: int, error_ns: int = 0, clock: str = "browser", *, estimated: bool = False
    ) -> bool:  # fmt: skip
        """The page painted a turn's first text at that instant (ns, server clock). False: not known (any more), or known."""
        return self._writing.painted(turn, at_ns, error_ns, clock, estimated=estimated)

    # ── for the service ──────────────────────────────────────────────────────────────────────────────────────────────────
    def resume(self, restarted: bool) -> None:
        """Act on the running clock, if there is one. `restarted`: give pages some seconds to send what they hold."""
        self._answers.watch(self.now() + timedelta(seconds=RECONNECT_S) if restarted else None)

    async def close(self, reason: str) -> None:
        """This process works on it no more; it can be resumed."""
        self._answers.stop_watching()
        await self._writing.stop(reason)
        await self._writing.end_talk(reason)
