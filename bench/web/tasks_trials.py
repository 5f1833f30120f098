"""Trials as a whole: the list, one of them, its report, what its other windows do, and its end."""

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response

from bench.scenarios import report_page
from bench.scenarios.report import Report
from bench.scenarios.trial import Trial
from bench.scenarios.trial_errors import TrialError
from bench.scenarios.trial_pieces import Change
from bench.web.tasks_asking import Asker, GetDesk, asker, refuse_impossible
from bench.web.tasks_bodies import SMALL_BYTES, PaintedBody, json_body
from bench.web.tasks_problems import NoReport
from bench.web.tasks_stream import Emit, EventStream, Source, message
from bench.web.tasks_view import entry_view, opened_view, trial_view

TrialId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
MOST_LISTED = 50
"""The newest trials (count); each is opened to say how far it is."""
CHANGES_WAITING = 256
"""Changes that a window may be behind (count); beyond, it is told to ask for everything anew."""


def router(desk: GetDesk) -> APIRouter:
    """The routes over `desk`."""
    routes, ask = APIRouter(), asker(desk)

    @routes.get("/api/trials")
    async def listed(  # pyright: ignore[reportUnusedFunction]
        request: Request, profession: Annotated[str, Query(max_length=64)] = "", language: Literal["", "en", "ru"] = "",
        column: Annotated[str | None, Query(pattern=r"^[A-D]?$")] = None,
    ) -> list[dict[str, Any]]:  # fmt: skip
        """The user's trials, newest first."""
        by = ask(request)
        entries = by.desk.trials.entries(by.owner)
        fitting = [each for each in entries if each.is_of(each.owner, profession or None, language or None, column)]
        return [entry_view(entry) | await _opened(by, entry.trial) for entry in reversed(fitting[-MOST_LISTED:])]

    @routes.get("/api/trials/{trial}")
    async def one(request: Request, trial: TrialId) -> dict[str, Any]:  # pyright: ignore[reportUnusedFunction]
        """Everything that is known of it."""
        return trial_view(await _trial(ask(request), trial))

    @routes.post("/api/trials/{trial}/abandon")
    async def abandon(request: Request, trial: TrialId) -> dict[str, Any]:  # pyright: ignore[reportUnusedFunction]
        """Give it up; what was answered stays readable."""
        found = await _trial(ask(request), trial)
        await found.abandon()
        return {"ended": found.state.ended}

    @routes.delete("/api/trials/{trial}", status_code=204)
    async def delete(request: Request, trial: TrialId) -> Response:  # pyright: ignore[reportUnusedFunction]
        """Delete it with all of its conversations."""
        by = ask(request)
        await by.desk.trials.delete(by.owner, trial)
        return Response(status_code=204)

    @routes.post("/api/trials/{trial}/painted")
    async def painted(request: Request, trial: TrialId) -> dict[str, bool]:  # pyright: ignore[reportUnusedFunction]
        """`{known}`: whether the instant was taken; a turn has one, and the latest 64 turns are remembered."""
        by = ask(request)
        body = await json_body(request, PaintedBody, SMALL_BYTES)
        refuse_impossible(body.at_ns, by.desk.clock.now_ns(), "at_ns")
        found = await _trial(by, trial)
        return {"known": found.painted(body.turn, round(body.at_ns), round(body.error_ns), estimated=body.estimated)}

    @routes.get("/api/trials/{trial}/events")
    async def events(request: Request, trial: TrialId) -> EventStream:  # pyright: ignore[reportUnusedFunction]
        """What changes in it, for its other windows."""
        by = ask(request)
        return by.stream(_changes(await _trial(by, trial)))

    _add_report(routes, desk)
    return routes


def _add_report(routes: APIRouter, desk: GetDesk) -> None:
    ask = asker(desk)

    @routes.get("/api/trials/{trial}/report.html")
    async def html(request: Request, trial: TrialId) -> Response:  # pyright: ignore[reportUnusedFunction]
        """The report as a page, to be kept."""
        return await _file(await _trial(ask(request), trial), report_page.html, "html", "text/html")

    @routes.get("/api/trials/{trial}/report.md")
    async def markdown(request: Request, trial: TrialId) -> Response:  # pyright: ignore[reportUnusedFunction]
        """The report as Markdown, to be kept."""
        return await _file(await _trial(ask(request), trial), report_page.markdown, "md", "text/markdown")


async def _file(trial: Trial, write: Callable[[Report], str], ending: str, kind: str) -> Response:
    """Downloaded, never shown in our own origin. Raises `NoReport`."""
    state = trial.state
    if state.report is None:
        raise NoReport
    text = await asyncio.to_thread(write, Report.model_validate(state.report))
    name = f"firstword-{state.profession.name}-{state.trial[:8]}.{ending}"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(text.encode("utf-8", "replace"), media_type=f"{kind}; charset=utf-8", headers=headers)


async def _trial(by: Asker, trial: str) -> Trial:
    return await by.desk.trials.get(by.owner, trial)


async def _opened(by: Asker, trial: str) -> dict[str, Any]:
    """What opening it tells; a trial that cannot be opened says why."""
    try:
        return opened_view(await _trial(by, trial))
    except TrialError as error:
        return {"problem": {"code": error.code, "message": error.public_message, "facts": error.facts}}


def _changes(trial: Trial) -> Source:
    """First how it stands, then each change; `resync` when the window could not keep up."""

    async def source(emit: Emit) -> None:
        waiting: asyncio.Queue[Change | None] = asyncio.Queue(CHANGES_WAITING)

        def changed(change: Change) -> None:
            if waiting.full():
                while not waiting.empty():
                    waiting.get_nowait()
                waiting.put_nowait(None)
            waiting.put_nowait(change)

        end, state = trial.subscribe(changed), trial.state
        try:
            await emit(message("state", trial=state.trial, step=state.step, ended=state.ended, now_utc=trial.now().isoformat()))
            while True:
                change = await waiting.get()
                told = message("resync") if change is None else message("change", **asdict(change), step=trial.state.step)
                await emit(told)
        finally:
            end()

    return source
