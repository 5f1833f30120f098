"""The real app behind a real server on a free port, with a small stand-in for the bench behind it."""

import socket
import threading
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI, WebSocket

from bench.access.identity import Session, Sessions, load_secret
from bench.access.tickets import Tickets
from bench.access.uploads import Input, Uploads, decoder
from bench.clock import ManualClock
from bench.settings import Settings
from bench.web.app import build_app, cookie_name
from bench.web.serving import Server, configured, listen
from bench.web.tasks_desk import OpenStreams

SAMPLE = Input("en-hello", "Hello", "hello there", "en", 900.0, labelled=True, own=False)


async def echo(websocket: WebSocket, state: Any, session: Session) -> None:
    """A socket that says who it took the visitor for, and then repeats what it hears."""
    await websocket.accept()
    await websocket.send_json({"type": "welcome", "session": session.label})
    async for message in websocket.iter_text():
        if message == "crash":
            raise RuntimeError(state.secret)
        await websocket.send_text(message)


@dataclass
class FakeState:
    """What `bench.web.app.AppState` asks for, and no bench behind it."""

    settings: Settings
    clock: ManualClock = field(default_factory=ManualClock)
    secret: str = "sk-canary-not-set"
    changes: int = 0
    lives: list[str] = field(default_factory=list)
    serve_socket: Any = staticmethod(echo)
    tasks: None = None

    def __post_init__(self) -> None:
        self.sessions = Sessions(load_secret(self.settings.data_dir))
        self.tickets = Tickets(self.clock)
        self.streams = OpenStreams()
        self.uploads = Uploads(
            self.settings.uploads_dir,
            decode=decoder(self.settings.max_input_minutes),
            max_bytes=self.settings.max_upload_bytes,
            keep_hours=self.settings.keep_uploads_hours,
        )

    def samples(self) -> Sequence[Input]:
        return [SAMPLE]

    async def inputs_changed(self) -> None:
        self.changes += 1

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        self.lives.append("started")
        yield
        self.lives.append("stopped")


@dataclass
class Running:
    """A server that listens."""

    app: FastAPI
    state: FakeState
    port: int

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def origin(self) -> str:
        return f"http://{self.host}"

    @property
    def cookie(self) -> str:
        return cookie_name(self.port)

    def client(self, **headers: str) -> httpx.Client:
        """An HTTP client that has never been here."""
        return httpx.Client(base_url=self.origin, headers=headers, timeout=10, trust_env=False)

    @contextmanager
    def signed_in(self) -> Iterator[httpx.Client]:
        """A client that opened the page, and whose requests come from it."""
        with self.client(origin=self.origin) as client:
            assert client.get("/").status_code == 200
            assert self.cookie in client.cookies
            yield client


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run_app(state: FakeState) -> Iterator[Running]:
    """Serve the app of `state` in a thread, with the settings it is served with in earnest."""
    app = build_app(state)
    bound = listen("127.0.0.1", state.settings.port)
    listening = threading.Event()
    server = Server(configured(app), listening.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, name="server")
    thread.start()
    try:
        assert listening.wait(20)
        yield Running(app, state, state.settings.port)
    finally:
        server.should_exit = True
        thread.join(15)
        bound.close()
        assert not thread.is_alive()


def settings_for(folder: Path, **more: Any) -> Settings:
    """Settings with a folder and a port of their own, whatever the machine that runs the tests has set."""
    return Settings(
        _env_file=None, **{"data_dir": folder, "port": free_port(), "host": "127.0.0.1", "cors_origins": (), **more}
    )
