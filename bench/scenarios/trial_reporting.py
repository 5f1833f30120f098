"""Making the final report: by the model where it can judge, by stated rules where it is the embedded one.

What the model says is checked (`report_model`); mistakes are told to it once. What is still missing after that is reported as
'could not be scored': no figure is ever made up for it.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from bench.events.kinds import ReportMade, TrialEnded
from bench.events.trial_kinds import ScoredBy
from bench.scenarios import prompts, report_model
from bench.scenarios.report import Report, TaskResult, compose, no_answer
from bench.scenarios.report_model import Read
from bench.scenarios.report_rules import report_by_rules
from bench.scenarios.trial_generation import Generation
from bench.scenarios.trial_record import TrialRecord, utc
from bench.scenarios.trial_state import TaskState
from bench.scenarios.trial_steps import failed, log
from bench.turn.text_turn import Sent, TextTalk, Written
from providers.base import ChatModel, ChatRequest, Message

RULE_BASED = "rule-based"
"""The label of models that answer by rules: asking one to judge would be theatre."""


async def make_report(
    record: TrialRecord, talk: TextTalk, chat: ChatModel, out: Generation, *, by_rules: bool, sent: Sent | None
) -> Report | None:  # fmt: skip
    """Score, and commit the report together with the trial's end. None when the model could not be asked: `out` is told."""
    state = record.state
    if by_rules or RULE_BASED in chat.capabilities.labels:
        report = await asyncio.to_thread(report_by_rules, state, made_utc=utc(record.now()), model=chat.title)
        await _keep(record, report, ())
        return report
    judge = _Judge(record, talk, chat, sent)
    asked = [task for task in state.tasks if task.answer is not None and task.answer.text.strip()]
    results = {task.task_id: no_answer(task, state.language) for task in state.tasks if task not in asked}
    summaries: list[str] = []
    reasons: list[str] = []
    for batch in prompts.batches(asked):
        read = await judge.read(batch)
        if isinstance(read, Written):
            out.add(failed("report", None, read.ending, read.turn))
            return None
        results |= read.results
        summaries.append(read.summary)
        reasons += [judge.why_missing] if read.missing else []
    report = compose(
        state, results, made_utc=utc(record.now()), model=chat.title, scored_by=_scored_by(results.values()),
        reason=reasons[0] if reasons else "", summary=" ".join(filter(None, summaries)),
    )  # fmt: skip
    await _keep(record, report, tuple(judge.turns))
    return report


def _scored_by(results: Iterable[TaskResult]) -> ScoredBy:
    """The model, if it scored anything; the rules, if nothing was left for it; else nobody."""
    whose = {result.scored_by for result in results}
    return "model" if "model" in whose else "rules" if whose == {"rules"} else "could not be scored"


async def _keep(record: TrialRecord, report: Report, turns: tuple[str, ...]) -> None:
    trial = record.state.trial
    async with record.lock:
        await record.keep(
            ReportMade(
                at_ns=record.now_ns(), conversation=trial, report=report.model_dump(mode="json"), scored_by=report.scored_by,
                reason=report.reason, written_in=turns,
            ),
            TrialEnded(at_ns=record.now_ns(), conversation=trial, reason="completed"),
        )  # fmt: skip


class _Judge:
    """Asks the model for its judgement of some tasks at a time."""

    def __init__(self, record: TrialRecord, talk: TextTalk, chat: ChatModel, sent: Sent | None) -> None:
        self.turns: list[str] = []
        """The turns in which it was asked."""
        self.why_missing = ""
        """A code: why the latest judgement is not whole."""
        self._record, self._talk, self._chat, self._sent = record, talk, chat, sent

    async def read(self, tasks: Sequence[TaskState]) -> Read | Written:
        """What could be used of the model's judgement; the failed turn when it could not be asked."""
        schema = report_model.answer_schema()
        held = schema if self._chat.capabilities.answer_schema else None
        messages = prompts.report_messages(self._record.state, tasks, None if held else schema)
        first = await self._ask(messages, held, ())
        if first.ending.outcome not in ("answered", "silent"):
            return first
        read = report_model.read(first.text, tasks)
        if not read.missing:
            return read
        language = self._record.state.language
        again = prompts.repair_messages(messages, first.text, read.told, language) if first.text.strip() else messages
        second = await self._ask(again, held, ("repair",))
        if second.ending.outcome not in ("answered", "silent") and read.missing == read.wanted:
            return second
        both = report_model.merged(read, report_model.read(second.text, tasks))
        if both.missing:
            nothing = not first.text.strip() and not second.text.strip()
            self.why_missing = "empty_reply" if nothing else "malformed" if both.missing == both.wanted else "incomplete"
        return both

    async def _ask(
        self, messages: tuple[Message, ...], schema: dict[str, Any] | None, strata: tuple[str, ...]
    ) -> Written:  # fmt: skip
        request = ChatRequest(messages, self._record.state.language, answer_schema=schema)
        written = await self._talk.write(
            self._chat, request, _unseen, streamed=False, strata=("report", *strata, "unstreamed"),
            sent=None if strata else self._sent,
        )  # fmt: skip
        self.turns.append(written.turn)
        log("report", self._record.state.profession.name, None, written, streamed=False)
        return written


def _unseen(text: str) -> None:
    """Nobody reads a judgement as it comes: it has to be checked first."""
