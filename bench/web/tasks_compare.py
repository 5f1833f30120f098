"""The same task's question by several configurations, streamed or not: in interleaved blocks, with a verdict at the end.

What is compared is what the user waits for: streamed until the first text, unstreamed until the whole of it.
"""

import asyncio
import contextlib
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from fastapi import APIRouter, Request

from bench.configuration import Configuration
from bench.events.kinds import ExperimentEnded, ExperimentStarted
from bench.experiments.plan import Plan, Slot, make_plan
from bench.experiments.verdict import Verdict, judge, verdict_view
from bench.metrics.turn_record import TurnRecord, fold
from bench.scenarios.profession import Profession, Task
from bench.scenarios.profession_file import ProfessionError
from bench.scenarios.trial_errors import NoSuchTask
from bench.turn.text_turn import Sent, TextTalk, Written
from bench.turn.turn_life import Origin
from bench.web.tasks_asking import Asker, GetDesk, asker, no_such_profession
from bench.web.tasks_bodies import SMALL_BYTES, CompareBody, LaneBody, json_body
from bench.web.tasks_problems import RunUnderWay
from bench.web.tasks_sample import question_of
from bench.web.tasks_stream import Emit, EventStream, message
from bench.web.tasks_telling import failure, figures_view
from providers.base import ChatModel, ChatRequest, Message

LETTERS = "ABCD"


@dataclass(frozen=True, slots=True)
class Lane:
    """One of the configurations that are compared."""

    letter: str
    preset: str
    streamed: bool
    configuration: Configuration

    def told(self) -> dict[str, Any]:
        """As it stands in messages."""
        return {"lane": self.letter, "preset": self.preset, "streamed": self.streamed}


def router(desk: GetDesk) -> APIRouter:
    """The route over `desk`."""
    routes, ask = APIRouter(), asker(desk)

    @routes.post("/api/tasks/compare")
    async def compare(request: Request) -> EventStream:  # pyright: ignore[reportUnusedFunction]
        """`metadata`, then `run` for each call, then `verdict`. Leaving ends the run; what was measured stays on record."""
        by = ask(request)
        body = await json_body(request, CompareBody, SMALL_BYTES)
        try:
            profession = (await asyncio.to_thread(by.desk.professions.get, body.profession)).profession
        except ProfessionError as error:
            raise await no_such_profession(by.desk) from error
        lanes = [await _lane(by, letter, each) for letter, each in zip(LETTERS, body.lanes, strict=False)]
        return by.stream(_Comparison(by, profession, lanes, body).tell)

    return routes


async def _lane(by: Asker, letter: str, body: LaneBody) -> Lane:
    preset = await asyncio.to_thread(by.desk.presets.get, body.preset)
    return Lane(letter, body.preset, body.streamed, preset.configuration)


class _Comparison:
    """One run."""

    def __init__(self, by: Asker, profession: Profession, lanes: Sequence[Lane], body: CompareBody) -> None:
        """Raises `NoSuchTask`, `LanguageUnavailable`."""
        self._desk, self._profession, self._body = by.desk, profession, body
        self._lanes = {lane.letter: lane for lane in lanes}
        self._tasks = {str(task.id): task for task in profession.tasks}
        measured = str(body.task_id)
        if measured not in self._tasks:
            raise NoSuchTask(task=measured)
        other = next((name for name in self._tasks if name != measured), measured)
        seed = secrets.randbelow(2**31) if body.seed is None else body.seed
        self._plan: Plan = make_plan(
            id=uuid.uuid4().hex[:12], configurations=[*self._lanes], inputs=[measured], repeat=body.repeats, seed=seed,
            warm_up=other,
        )  # fmt: skip
        self._requests = {
            (letter, name): question_of(profession, task, body.language, lane.configuration)
            for letter, lane in self._lanes.items()
            for name, task in self._needed().items()
        }
        self._records: dict[str, list[TurnRecord]] = {letter: [] for letter in self._lanes}

    def _needed(self) -> dict[str, Task]:
        return {name: self._tasks[name] for name in {slot.input for slot in self._plan.slots}}

    async def tell(self, emit: Emit) -> None:
        """Run the plan. Raises `RunUnderWay`, `ProviderError` (a model that cannot be had), `StoreError`."""
        desk, plan = self._desk, self._plan
        if desk.comparing:
            raise RunUnderWay
        desk.comparing.add(plan.id)
        try:
            async with contextlib.AsyncExitStack() as models:
                chats = {
                    letter: await models.enter_async_context(desk.chats.lent(lane.configuration.thinking.chat))
                    for letter, lane in self._lanes.items()
                }
                await self._run(chats, emit)
        finally:
            desk.comparing.discard(plan.id)

    async def _run(self, chats: Mapping[str, ChatModel], emit: Emit) -> None:
        desk, plan = self._desk, self._plan
        described = {letter: lane.configuration.fingerprint for letter, lane in self._lanes.items()}
        began = {**plan.as_data(), "fingerprints": described, "profession": self._profession.name}
        await desk.store.commit(ExperimentStarted(at_ns=desk.clock.now_ns(), experiment=plan.id, plan=began))
        reason = "stopped"
        try:
            await emit(message(
                "metadata", experiment=plan.id, seed=plan.seed, of=len(plan.slots), blocks=plan.blocks,
                profession_id=self._profession.id, profession=self._profession.name, task_id=self._body.task_id,
                lanes=[lane.told() for lane in self._lanes.values()],
            ))  # fmt: skip
            for slot in plan.slots:
                written, record = await self._slot(slot, chats[slot.configuration])
                await emit(self._told(slot, written, record))
            reason = "completed"
        finally:
            desk.store.append(ExperimentEnded(at_ns=desk.clock.now_ns(), experiment=plan.id, reason=reason))
        await emit(self._verdict())

    async def _slot(self, slot: Slot, chat: ChatModel) -> tuple[Written, TurnRecord | None]:
        """One call, in a conversation of its own."""
        desk, lane = self._desk, self._lanes[slot.configuration]
        origin = Origin(
            desk.process, preset=lane.preset, tab="tasks", column=lane.letter, experiment=self._plan.id, block=slot.block,
            warm_up=slot.warm_up,
        )  # fmt: skip
        talk = TextTalk(lane.configuration, desk.store, desk.clock, origin, page=False)
        await desk.store.commit(talk.started())
        try:
            written = await self._ask(talk, chat, self._requests[lane.letter, slot.input], lane)
        finally:
            desk.store.append(talk.ended())
        record = await self._record(written.turn)
        if record is not None:
            self._records[lane.letter].append(record)
        return written, record

    async def _ask(self, talk: TextTalk, chat: ChatModel, messages: tuple[Message, ...], lane: Lane) -> Written:
        strata = ("question",) if lane.streamed else ("question", "unstreamed")
        sent = Sent(self._desk.clock.now_ns(), clock="server")
        request = ChatRequest(messages, self._body.language)
        return await talk.write(chat, request, lambda text: None, streamed=lane.streamed, strata=strata, sent=sent)

    async def _record(self, turn: str) -> TurnRecord | None:
        """From the stored events, as every other figure."""
        return fold(await self._desk.store.turn_events(turn), turn)

    def _told(self, slot: Slot, written: Written, record: TurnRecord | None) -> dict[str, Any]:
        ending, figures = written.ending, figures_view(record)
        wrong: dict[str, Any] = {}
        if ending.outcome != "answered":
            wrong = failure(ending.outcome, ending.stage, ending.reason, ending.message, ending.facts)
        return message(
            "warm_up" if slot.warm_up else "run", lane=slot.configuration, repeat=slot.block, turn=written.turn,
            ttft_ms=figures["ttft_ms"], first_shown_ms=figures["response_ms"], total_ms=figures["total_ms"],
            outcome=ending.outcome, **wrong,
        )  # fmt: skip

    def _verdict(self) -> dict[str, Any]:
        verdict: Verdict | None = judge(self._records, typed=True)
        said = [verdict.sentence, *verdict.notes] if verdict is not None else []
        return message(
            "verdict", sentences=[{"en": each.en, "ru": each.ru} for each in said],
            verdict=verdict_view(verdict) if verdict is not None else None,
            lanes=[self._summary(lane) for lane in self._lanes.values()],
        )  # fmt: skip

    def _summary(self, lane: Lane) -> dict[str, Any]:
        """Medians over the answered calls; the others stay in `outcomes`. Warm-ups are left out."""
        records = [record for record in self._records[lane.letter] if not record.warm_up]
        answered = [figures_view(record) for record in records if record.outcome == "answered"]
        outcomes: dict[str, int] = {}
        for record in records:
            outcomes[str(record.outcome)] = outcomes.get(str(record.outcome), 0) + 1
        return {
            **lane.told(), "n": len(answered), "of": len(records), "outcomes": outcomes,
            "median_ttft_ms": _median(answered, "ttft_ms"),
            "median_first_shown_ms": _median(answered, "response_ms"), "median_total_ms": _median(answered, "total_ms"),
        }  # fmt: skip


def _median(figures: Sequence[Mapping[str, float | None]], name: str) -> float | None:
    known = [value for each in figures if (value := each[name]) is not None]
    return median(known) if known else None
