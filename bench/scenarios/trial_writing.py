"""The model's side of a trial: questions and feedback, each written once, whoever asks for it and how often."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from bench.configuration import Configuration
from bench.events.kinds import FeedbackGiven, QuestionAsked
from bench.events.migrations import StoreError
from bench.events.trial_kinds import TrialTakenUp
from bench.scenarios import prompts
from bench.scenarios.trial_generation import Generation
from bench.scenarios.trial_pieces import Change, Piece, ReportDone, StepBegan, StepDone, StepFailed, TextAdded, WrittenStep
from bench.scenarios.trial_record import TrialRecord
from bench.scenarios.trial_reporting import make_report
from bench.scenarios.trial_state import TaskState, TrialState
from bench.scenarios.trial_steps import Result, Wish, failed, write
from bench.turn.failure import facts_of
from bench.turn.live_turn import Ending
from bench.turn.text_turn import Sent, TextTalk
from bench.turn.turn_life import Origin
from providers.base import ChatModel
from providers.errors import ProviderError
from providers.registry import RegistryError


@dataclass(frozen=True, slots=True)
class Asking:
    """How somebody asks for a text."""

    streamed: bool = True
    """Word by word, if it has to be written."""
    sent: Sent | None = None
    """When the user sent the message that it answers."""
    retry: bool = False
    """Try again after a failure; otherwise the failure is told again."""
    by_rules: bool = False
    """Of a report: by the stated rules, whatever the model can do."""


_Work: TypeAlias = Callable[["TaskState | None", Asking, TextTalk, ChatModel, Generation], Awaitable[None]]
"""Writes one text, adding its pieces to the generation."""


_NEVER_BEGUN = Ending("cancelled", "", "closed")
"""Of a text that was cancelled before anything was done for it."""


class Writing:
    """Of one trial."""

    def __init__(self, record: TrialRecord, configuration: Configuration) -> None:
        self._record = record
        self._configuration = configuration
        self._generations: dict[tuple[WrittenStep, int | None], tuple[Generation, asyncio.Task[None]]] = {}
        self._talk: TextTalk | None = None
        self._last_talk: TextTalk | None = None
        self._opening = asyncio.Lock()

    # ── texts ────────────────────────────────────────────────────────────────────────────────────────────────────────────
    def question(self, task: TaskState, asking: Asking) -> AsyncGenerator[Piece, None]:
        """Of a task whose question is due, or written."""
        if task.question is not None:
            return _replay(question_began(self._record.state, task), task.question, task.streamed)
        generation = self._generation("question", task, asking, self._write_question)
        return generation.follow()

    def feedback(self, task: TaskState, asking: Asking) -> AsyncGenerator[Piece, None]:
        """On a task that is answered."""
        if task.feedback is not None:
            return _replay(feedback_began(self._record.state, task), task.feedback, task.feedback_streamed)
        generation = self._generation("feedback", task, asking, self._write_feedback)
        return generation.follow()

    def report(self, asking: Asking) -> AsyncGenerator[Piece, None]:
        """Of a trial whose tasks are all done."""
        return self._generation("report", None, asking, self._write_report).follow()

    def is_writing(self, step: WrittenStep, task_id: int) -> bool:
        """It is being written just now."""
        known = self._generations.get((step, task_id))
        return known is not None and not known[0].has_failed

    def painted(self, turn: str, at_ns: int, error_ns: int, clock: str, *, estimated: bool) -> bool:
        """See `Trial.painted`."""
        talk = self._talk or self._last_talk  # a page may paint the last words after the end
        return talk is not None and talk.painted(turn, at_ns, error_ns, clock, estimated=estimated)

    # ── ends ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
    async def stop(self, reason: str) -> None:
        """Cancel what is being written, and wait until that is on record."""
        if self._talk is not None:
            self._talk.closing = reason
        running = [generation for generation, _ in self._generations.values() if not generation.finished]
        for _, task in list(self._generations.values()):
            task.cancel()
        for generation in running:
            await generation.wait_finished()

    async def end_talk(self, reason: str) -> None:
        """Its conversation is over; for when nothing is being written any more."""
        talk, self._talk = self._talk, None
        if talk is not None:
            self._last_talk = talk
            talk.closing = reason
            await self._record.desk.store.commit(talk.ended())

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────
    def _generation(
        self, step: WrittenStep, task: TaskState | None, asking: Asking, work: _Work
    ) -> Generation:  # fmt: skip
        """The one that runs or has failed; a new one when there is none, or when it failed and is to be tried again."""
        key = (step, task.task_id if task is not None else None)
        known = self._generations.get(key)
        if known is not None and not (known[0].has_failed and asking.retry):
            return known[0]
        generation = Generation()
        writer = self._record.desk.start(lambda: self._run(step, task, asking, work, generation))
        writer.add_done_callback(lambda _: self._close(step, key[1], generation))
        self._generations[key] = (generation, writer)
        return generation

    async def _run(
        self, step: WrittenStep, task: TaskState | None, asking: Asking, work: _Work, out: Generation
    ) -> None:  # fmt: skip
        """Write it; whatever happens, those who follow are told how it ended."""
        task_id = task.task_id if task is not None else None
        ending = Ending("failed", "", "internal_error", "The workbench itself failed. The log says where.")
        try:
            async with self._record.desk.chats.lent(self._configuration.thinking.chat) as chat:
                talk = await self._taken_up()
                await work(task, asking, talk, chat, out)
        except ProviderError as error:
            ending = Ending("failed", error.stage, error.code, error.public_message, facts_of(error))
        except RegistryError:
            ending = Ending("failed", "llm", "provider_gone", "The chosen chat model is not there any more. Choose another.")
        except StoreError as error:
            ending = Ending("failed", "", error.code, error.public_message, dict(error.facts))
        except asyncio.CancelledError:
            ending = Ending("cancelled", "", self._talk.closing if self._talk is not None else "closed")
            raise
        finally:
            self._close(step, task_id, out, ending)

    def _close(
        self, step: WrittenStep, task_id: int | None, out: Generation, ending: Ending = _NEVER_BEGUN
    ) -> None:  # fmt: skip
        """Those who follow learn how it ended; a failure is remembered until somebody wants it tried again."""
        if out.finished:
            return
        if not out.pieces or not isinstance(out.pieces[-1], StepDone | StepFailed | ReportDone):
            out.add(failed(step, task_id, ending))
        if isinstance(out.pieces[-1], StepFailed):
            self._record.tell(Change("step_failed", task_id))
        else:
            self._generations.pop((step, task_id), None)
        out.finish()

    async def _taken_up(self) -> TextTalk:
        """This process's conversation of the trial; on record before its first turn."""
        async with self._opening:
            if self._talk is None:
                record, state = self._record, self._record.state
                origin = Origin(record.desk.process, preset=state.preset, tab="tasks", column=state.column)
                talk = TextTalk(self._configuration, record.desk.store, record.desk.clock, origin, page=state.page)
                async with record.lock:
                    await record.keep(
                        TrialTakenUp(
                            at_ns=record.now_ns(), conversation=state.trial, talk=talk.id, process=record.desk.process
                        ),
                        talk.started(),
                    )  # fmt: skip
                self._talk = talk
            return self._talk

    async def _write_question(
        self, task: TaskState | None, asking: Asking, talk: TextTalk, chat: ChatModel, out: Generation
    ) -> None:  # fmt: skip
        assert task is not None
        record = self._record
        out.add(replace(question_began(record.state, task), streamed=asking.streamed))
        wish = Wish("question", task.task_id, prompts.question_messages(record.state, task), record.state.language,
                    asking.streamed, sent=asking.sent, profession=record.state.profession.name)  # fmt: skip
        result = await write(wish, talk, chat, out)
        if result is None:
            return
        async with record.lock:
            await record.keep(
                QuestionAsked(
                    at_ns=record.now_ns(), conversation=record.state.trial, task_id=task.task_id, text=result.written.text,
                    written_in=result.written.turn, streamed=result.streamed, fallback=result.fallback,
                )
            )  # fmt: skip
        out.add(_done("question", task, result))

    async def _write_feedback(
        self, task: TaskState | None, asking: Asking, talk: TextTalk, chat: ChatModel, out: Generation
    ) -> None:  # fmt: skip
        assert task is not None
        assert task.answer is not None
        record = self._record
        out.add(replace(feedback_began(record.state, task), streamed=asking.streamed))
        strata = ("expired",) if task.answer.reason == "expired" else ()
        wish = Wish("feedback", task.task_id, prompts.feedback_messages(record.state, task), record.state.language,
                    asking.streamed, strata, task.answer.text, asking.sent,
                    record.state.profession.name)  # fmt: skip
        result = await write(wish, talk, chat, out)
        if result is None:
            return
        async with record.lock:
            await record.keep(
                FeedbackGiven(
                    at_ns=record.now_ns(), conversation=record.state.trial, task_id=task.task_id, text=result.written.text,
                    written_in=result.written.turn, streamed=result.streamed, fallback=result.fallback,
                )
            )  # fmt: skip
        out.add(_done("feedback", task, result))

    async def _write_report(
        self, task: TaskState | None, asking: Asking, talk: TextTalk, chat: ChatModel, out: Generation
    ) -> None:  # fmt: skip
        out.add(report_began(self._record.state))
        report = await make_report(self._record, talk, chat, out, by_rules=asking.by_rules, sent=asking.sent)
        if report is not None:
            await self.end_talk("closed")
            out.add(StepDone("report", None, report.summary, "", False, False))
            out.add(ReportDone(report))


def question_began(state: TrialState, task: TaskState) -> StepBegan:
    """A question begins; replayed if it is written."""
    return _began("question", state, task, task.streamed, task.fallback, task.asked_in, replayed=task.question is not None)


def feedback_began(state: TrialState, task: TaskState) -> StepBegan:
    """Feedback begins; replayed if it is written."""
    return _began(
        "feedback", state, task, task.feedback_streamed, task.feedback_fallback, task.feedback_in,
        replayed=task.feedback is not None,
    )  # fmt: skip


def report_began(state: TrialState) -> StepBegan:
    """The report begins; replayed if it is made."""
    of = len(state.tasks)
    title = state.profession.title.text(state.language)
    return StepBegan("report", None, of, of, title, None, streamed=False, replayed=state.report is not None)


def _began(
    step: WrittenStep, state: TrialState, task: TaskState, streamed: bool, fallback: bool, turn: str, *, replayed: bool
) -> StepBegan:
    title, minutes = task.task.title.text(state.language), task.task.time_limit_minutes
    return StepBegan(step, task.task_id, task.order, len(state.tasks), title, minutes, streamed, fallback, replayed, turn)


async def _replay(began: StepBegan, text: str, streamed: bool) -> AsyncGenerator[Piece, None]:
    yield began
    yield TextAdded(text)
    yield StepDone(began.step, began.task_id, text, began.turn, streamed, began.fallback)


def _done(step: WrittenStep, task: TaskState, result: Result) -> StepDone:
    return StepDone(step, task.task_id, result.written.text, result.written.turn, result.streamed, result.fallback)
