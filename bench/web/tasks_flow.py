"""The way through a trial: the question, the draft, the answer, what follows it. Streamed and whole, with the same content.

    GET  /api/tasks/profession/{id or name}/current/stream     POST /api/tasks/{task_id}/submit/stream
    GET  /api/tasks/profession/{id or name}/current            POST /api/tasks/{task_id}/submit

Leaving a stream never stops the model: whoever asks next gets all of the text from the beginning.
"""

import uuid
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse

from bench.scenarios.trial import Trial
from bench.scenarios.trial_answers import Submission
from bench.turn.text_turn import Sent
from bench.web.tasks_asking import Asker, Common, CommonQuery, GetDesk, asker
from bench.web.tasks_bodies import ANSWER_BYTES, DraftBody, SentBody, SubmitBody, json_body
from bench.web.tasks_problems import Invalid
from bench.web.tasks_stream import EventStream, Source
from bench.web.tasks_telling import clock_view, failure_status, told, whole

ProfessionKey = Annotated[str, Path(max_length=64)]
TaskId = Annotated[int, Path(ge=1, le=2**53)]


def router(desk: GetDesk) -> APIRouter:
    """The routes over `desk`."""
    routes, ask = APIRouter(), asker(desk)

    @routes.get("/api/tasks/profession/{profession}/current/stream")
    async def current_stream(  # pyright: ignore[reportUnusedFunction]
        request: Request, profession: ProfessionKey, asked: CommonQuery, sent_at_ns: float | None = None,
        sent_error_ns: Annotated[float, Query(ge=0, le=60e9)] = 0.0, page: bool = True,
    ) -> EventStream:  # fmt: skip
        """What is due now, word by word. `sent_at_ns`: when the user asked for it (server clock)."""
        by = ask(request)
        sent = _sent(by, sent_at_ns, sent_error_ns)
        trial = await by.current(profession, asked, page=page)
        return by.stream(told(trial, trial.current(True, sent, retry=asked.retry), by.desk.store, until=asked.until))

    @routes.get("/api/tasks/profession/{profession}/current")
    async def current(  # pyright: ignore[reportUnusedFunction]
        request: Request, profession: ProfessionKey, asked: CommonQuery, sent_at_ns: float | None = None,
        sent_error_ns: Annotated[float, Query(ge=0, le=60e9)] = 0.0, page: bool = True,
    ) -> JSONResponse:  # fmt: skip
        """The same at once."""
        by = ask(request)
        sent = _sent(by, sent_at_ns, sent_error_ns)
        trial = await by.current(profession, asked, page=page)
        return await _current(told(trial, trial.current(False, sent, retry=asked.retry), by.desk.store, until=asked.until))

    @routes.post("/api/tasks/{task_id}/submit/stream")
    async def submit_stream(request: Request, task_id: TaskId, asked: CommonQuery) -> EventStream:  # pyright: ignore[reportUnusedFunction]
        """Take the answer, then what follows it, word by word. The answer is on the disk before the stream begins."""
        by = ask(request)
        trial, taken, sent = await _submitted(request, by, task_id, asked)
        pieces = trial.continuation(task_id, True, sent, retry=asked.retry)
        return by.stream(told(trial, pieces, by.desk.store, until=asked.until, submission=asdict(taken)))

    @routes.post("/api/tasks/{task_id}/submit")
    async def submit(request: Request, task_id: TaskId, asked: CommonQuery) -> JSONResponse:  # pyright: ignore[reportUnusedFunction]
        """The same at once."""
        by = ask(request)
        trial, taken, sent = await _submitted(request, by, task_id, asked)
        pieces = trial.continuation(task_id, False, sent, retry=asked.retry)
        return await _submit(told(trial, pieces, by.desk.store, until=asked.until, submission=asdict(taken)), taken)

    _add_answering(routes, desk)
    return routes


def _add_answering(routes: APIRouter, desk: GetDesk) -> None:
    """Drafts, the clock, and going on without feedback."""
    ask = asker(desk)

    @routes.put("/api/tasks/{task_id}/draft")
    async def draft(request: Request, task_id: TaskId, asked: CommonQuery) -> dict[str, Any]:  # pyright: ignore[reportUnusedFunction]
        """`{revision, overwrote: {text, revision} or null, unchanged}`."""
        by = ask(request)
        body = await json_body(request, DraftBody, ANSWER_BYTES)
        trial = await by.of_task(task_id, asked, body.trial)
        saved = await trial.save_draft(task_id, body.text, body.base_revision, body.window)
        lost = saved.overwrote
        overwrote = {"text": lost.text, "revision": lost.revision, "window": lost.window} if lost is not None else None
        return {"revision": saved.revision, "overwrote": overwrote, "unchanged": saved.unchanged}

    @routes.post("/api/tasks/{task_id}/start")
    async def start(request: Request, task_id: TaskId, asked: CommonQuery) -> dict[str, Any]:  # pyright: ignore[reportUnusedFunction]
        """Start the task's clock, if it does not run: `{clock}`."""
        trial = await ask(request).of_task(task_id, asked)
        return {"clock": clock_view(await trial.start(task_id), trial.now())}

    @routes.post("/api/tasks/{task_id}/skip-feedback")
    async def skip_feedback(request: Request, task_id: TaskId, asked: CommonQuery) -> dict[str, Any]:  # pyright: ignore[reportUnusedFunction]
        """Go on without the feedback that could not be written: `{step}`."""
        trial = await ask(request).of_task(task_id, asked)
        await trial.skip_feedback(task_id)
        return {"step": trial.state.step}


async def _submitted(request: Request, by: Asker, task_id: int, asked: Common) -> tuple[Trial, Submission, Sent | None]:
    """The answer is taken, or was before."""
    body = await json_body(request, SubmitBody, ANSWER_BYTES)
    trial, sent = await by.of_task(task_id, asked), by.sent(body.sent)
    profession = trial.state.profession
    if body.profession_id is not None and str(body.profession_id) not in (str(profession.id), profession.name):
        raise Invalid(wrong="profession_id: the task does not belong to it")
    submission = body.submission_id or f"http-{uuid.uuid4().hex[:16]}"
    taken = await trial.submit(task_id, body.answer, submission, body.reason, confirm_empty=body.confirm_empty)
    return trial, taken, sent


async def _current(source: Source) -> JSONResponse:
    """`{metadata, full_text, completed, final_report, turn, figures, clock}` of the last step, all steps as `steps`."""
    found = await whole(source)
    if found.failed is not None:
        return JSONResponse(found.failed | {"steps": found.steps}, failure_status(found.failed))
    return JSONResponse(
        found.steps[-1] | {"completed": found.report is not None, "final_report": found.report, "steps": found.steps}
    )


async def _submit(source: Source, taken: Submission) -> JSONResponse:
    """`{feedback, next, completed, final_report, submission}`."""
    found = await whole(source)
    submission = asdict(taken)
    if found.failed is not None:
        return JSONResponse(found.failed | {"steps": found.steps, "submission": submission}, failure_status(found.failed))
    by_step = {step["metadata"]["step"]: step for step in found.steps}
    return JSONResponse({
        "feedback": by_step.get("feedback"), "next": by_step.get("question"), "completed": found.report is not None,
        "final_report": found.report, "submission": submission,
    })  # fmt: skip


def _sent(by: Asker, at_ns: float | None, error_ns: float) -> Sent | None:
    if at_ns is None:
        return None
    if not 0 <= at_ns < 2**63:
        raise Invalid(wrong="sent_at_ns: not an instant")
    return by.sent(SentBody(at_ns=at_ns, error_ns=error_ns))
