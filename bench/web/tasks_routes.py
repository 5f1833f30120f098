"""The HTTP side of the task simulation, put together; docs/api-tasks.md tells how it is used."""

from collections.abc import Callable

from fastapi import FastAPI

from bench.web import tasks_compare, tasks_flow, tasks_preview, tasks_problems, tasks_professions, tasks_trials
from bench.web.tasks_desk import TasksDesk


def add_routes(app: FastAPI, desk: Callable[[], TasksDesk | None]) -> None:
    """`desk` gives what the routes work on; None before the start and after the end."""
    tasks_problems.add_handlers(app)
    # Fixed addresses first: `/api/professions/import` is no profession, `/api/tasks/compare` no task.
    for routes in (tasks_preview, tasks_compare, tasks_flow, tasks_professions, tasks_trials):
        app.include_router(routes.router(desk))
