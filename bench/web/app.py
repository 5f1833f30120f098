"""The web app: our own routes, the door in front of them, and Gradio's page at `/` behind the same door."""

import asyncio
import importlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

from fastapi import FastAPI, Request, WebSocket
from fastapi.middleware.cors import CORSMiddleware
from fastapi.staticfiles import StaticFiles

from bench.access.gate import Gate, session_of
from bench.access.identity import Session, Sessions
from bench.access.origins import Origins
from bench.access.tickets import Tickets
from bench.access.uploads import Input, Uploads
from bench.settings import Settings, refuse_unsafe
from bench.web import gradio_environment, health, inputs, tasks_routes, words
from bench.web.headers import SecurityHeaders
from bench.web.problems import add_handlers, problem
from bench.web.tasks_desk import OpenStreams, TasksDesk

STATIC_DIR = Path(__file__).parent / "static"


class AppState(Protocol):
    """What the web layer needs from the bench. The routes see nothing else of it."""

    @property
    def settings(self) -> Settings: ...

    @property
    def sessions(self) -> Sessions: ...

    @property
    def tickets(self) -> Tickets: ...

    @property
    def uploads(self) -> Uploads: ...

    @property
    def serve_socket(self) -> Callable[[WebSocket, Any, Session], Awaitable[None]]:
        """`serve_socket(websocket, state, session)`: called with a socket that has been let in and not yet accepted."""
        ...

    @property
    def tasks(self) -> TasksDesk | None:
        """What the task simulation works on; None before the start and after the end."""
        ...

    @property
    def streams(self) -> OpenStreams:
        """The open event streams."""
        ...

    def samples(self) -> Sequence[Input]:
        """The shipped inputs."""
        ...

    async def inputs_changed(self) -> None:
        """Called after an upload or a deletion, to tell the open pages."""
        ...

    def running(self) -> AbstractAsyncContextManager[Any]:
        """Entered when the server starts and left when it stops: stores, providers, task groups."""
        ...


def cookie_name(port: int) -> str:
    """The session cookie's name. Browsers share cookies among all ports of a host, so it bears the port."""
    return f"firstword_{port}"


def build_app(state: AppState) -> FastAPI:
    """The app, ready to be served. Imports Gradio (seconds), so build it after anything that can fail fast.

    Raises `UnsafeBindError` for an address that others can reach, `WordsError` for broken words files.
    """
    settings = state.settings
    refuse_unsafe(settings)
    gradio_environment.prepare(settings.data_dir)
    app = FastAPI(lifespan=_lifespan(state), docs_url=None, redoc_url=None, openapi_url=None)
    add_handlers(app)
    app.include_router(health.router)
    app.include_router(words.router())
    app.include_router(inputs.router(state.uploads, state.samples, state.inputs_changed))
    tasks_routes.add_routes(app, lambda: state.tasks)
    app.state.leaving = state.streams.close  # a server that stops does not wait for streams
    _add_socket(app, state)
    app.mount("/wb/static", StaticFiles(directory=STATIC_DIR), name="static")
    _add_door(app, state)
    # By name, because Gradio must be imported after its environment is set; last, because a mount at `/` takes what is left.
    importlib.import_module("bench.web.mount").mount_shell(app, max_upload_mb=settings.max_upload_mb)
    return app


def _lifespan(state: AppState) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """The bench's own lifetime, and the broom for uploads beside it."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
        async with state.running(), asyncio.TaskGroup() as group:
            sweeping = group.create_task(state.uploads.sweeping(), name="sweep-uploads")
            try:
                yield
            finally:
                sweeping.cancel()

    return lifespan


def _add_socket(app: FastAPI, state: AppState) -> None:
    """The ticket and the socket it opens."""

    @app.post("/wb/ticket")
    async def ticket(request: Request) -> dict[str, str]:  # pyright: ignore[reportUnusedFunction]
        """`{"ticket": …}`: good for one socket of this browser within 30 s."""
        return {"ticket": state.tickets.issue(session_of(request).id)}

    @app.websocket("/wb/socket")
    async def socket(websocket: WebSocket) -> None:  # pyright: ignore[reportUnusedFunction]
        """The page's socket (docs/page-protocol.md); 403 without a good ticket."""
        session = session_of(websocket)
        tickets = websocket.query_params.getlist("ticket")
        if len(tickets) != 1 or not state.tickets.redeem(tickets[0], session.id):
            refusal = problem(403, "ticket", "This ticket is not good.", "Ask for a new one: POST /wb/ticket.")
            await websocket.send_denial_response(refusal)
            return
        await state.serve_socket(websocket, state, session)


def _add_door(app: FastAPI, state: AppState) -> None:
    """From the inside out: CORS, the gate, the headers (the last one added stands outermost)."""
    settings = state.settings
    # Present even when no origin is allowed: Gradio adds its own, far more generous one otherwise.
    app.add_middleware(
        CORSMiddleware,
        allow_origins=list(settings.cors_origins),
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=["content-type", "authorization"],
        allow_credentials=True,
        max_age=600,
    )
    app.add_middleware(
        Gate,
        sessions=state.sessions,
        origins=Origins.loopback(settings.port, settings.cors_origins),
        cookie=cookie_name(settings.port),
    )
    app.add_middleware(SecurityHeaders)
