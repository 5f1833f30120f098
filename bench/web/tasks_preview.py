"""A task's question as a candidate would get it, while it is still being edited. Nothing of it is kept."""

import asyncio

from fastapi import APIRouter, Request

from bench.configuration import Configuration
from bench.scenarios.profession import Profession, Task
from bench.scenarios.trial_generation import Generation
from bench.scenarios.trial_pieces import StepBegan, StepDone
from bench.scenarios.trial_steps import Wish, write
from bench.turn.text_turn import TextTalk
from bench.turn.turn_life import Origin
from bench.web.tasks_asking import Asker, GetDesk, asker
from bench.web.tasks_bodies import PROFESSION_BYTES, PreviewBody, json_body
from bench.web.tasks_sample import Nowhere, edited, question_of
from bench.web.tasks_stream import Emit, EventStream
from bench.web.tasks_telling import Teller
from providers.base import ChatModel


def router(desk: GetDesk) -> APIRouter:
    """The route over `desk`."""
    routes, ask = APIRouter(), asker(desk)

    @routes.post("/api/professions/preview")
    async def preview(request: Request) -> EventStream:  # pyright: ignore[reportUnusedFunction]
        """The same messages as a question of a trial has. Leaving stops the model."""
        by = ask(request)
        body = await json_body(request, PreviewBody, PROFESSION_BYTES)
        profession, task = edited(body.profession, body.task_id, body.order)
        preset = await asyncio.to_thread(by.desk.presets.get, body.preset)
        sample = _Preview(by, profession, task, preset.configuration, body)
        return by.stream(sample.tell)

    return routes


class _Preview:
    """One preview."""

    def __init__(self, by: Asker, profession: Profession, task: Task, configuration: Configuration, body: PreviewBody) -> None:
        """Raises `LanguageUnavailable`."""
        self._by, self._profession, self._task, self._configuration, self._body = by, profession, task, configuration, body
        self._messages = question_of(profession, task, body.language, configuration)
        self._figures: dict[str, float | None] = {}

    async def tell(self, emit: Emit) -> None:
        """Write the question and tell it as it comes. Raises `ProviderError` when there is no such model here."""
        desk, task, body = self._by.desk, self._task, self._body
        teller = Teller({
            "profession_id": self._profession.id, "profession": self._profession.name, "trial": "", "preset": body.preset,
            "language": body.language, "column": "", "preview": True,
        })  # fmt: skip
        out = Generation()
        order, of = self._profession.tasks.index(task) + 1, len(self._profession.tasks)
        title = task.title.text(body.language)
        out.add(StepBegan("question", task.id, order, of, title, task.time_limit_minutes, streamed=True))
        async with desk.chats.lent(self._configuration.thinking.chat) as chat, asyncio.TaskGroup() as group:
            group.create_task(self._write(chat, out))
            async for piece in out.follow():
                content = teller.message(piece, self._figures if isinstance(piece, StepDone) else None)
                if content is not None:
                    await emit(content)

    async def _write(self, chat: ChatModel, out: Generation) -> None:
        desk, task, body = self._by.desk, self._task, self._body
        origin = Origin(desk.process, tab="tasks", preset=body.preset)
        talk = TextTalk(self._configuration, Nowhere(), desk.clock, origin, page=False)
        try:
            wish = Wish("question", task.id, self._messages, body.language, streamed=True, profession=self._profession.name)
            result = await write(wish, talk, chat, out)
            if result is not None:
                written = result.written
                self._figures = {"ttft_ms": written.first_text_ms, "total_ms": written.total_ms, "response_ms": None}
                out.add(StepDone("question", task.id, written.text, written.turn, result.streamed, result.fallback))
        finally:
            out.finish()
