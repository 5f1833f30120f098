"""Everything that lives as long as the server: store, pages, sessions, uploads. Implements `AppState` of bench/web/app.py."""

import asyncio
import contextlib
import gc
import logging
import sys
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from fastapi import WebSocket

from bench.access.identity import Session, Sessions, load_secret
from bench.access.tickets import Tickets
from bench.access.uploads import Input, Uploads
from bench.clock import MonotonicClock
from bench.events.store import Store
from bench.preset import Presets
from bench.scenarios.professions import Professions
from bench.scenarios.trial_chats import Chats
from bench.scenarios.trials import Trials
from bench.settings import Settings, private_dir
from bench.web.pages import Pages
from bench.web.recordings import Recordings
from bench.web.socket import serve_socket
from bench.web.tasks_desk import OpenStreams, TasksDesk
from providers.base import Samples

_log = logging.getLogger(__name__)
DATABASE = "firstword.sqlite3"
SWITCH_S = 0.0005
"""How long a thread may keep the others waiting (s); Python's own value is ten times that."""


class Bench:
    """The running workbench. Made before the server, entered with it."""

    def __init__(self, settings: Settings, decode: Callable[[Path], Samples]) -> None:
        """Raises `OSError` when the data folder cannot be made, `SecretDamagedError`."""
        private_dir(settings.data_dir)
        self.settings = settings
        self.clock = MonotonicClock()
        self.process = uuid.uuid4().hex
        self.sessions = Sessions(load_secret(settings.data_dir))
        self.tickets = Tickets(self.clock)
        self.uploads = Uploads(
            settings.uploads_dir, decode=decode, max_bytes=settings.max_upload_bytes, keep_hours=settings.keep_uploads_hours
        )
        self.recordings = Recordings(self.uploads)
        self.presets = Presets(settings.data_dir / "presets")
        self.professions = Professions(settings.data_dir / "professions")
        self.streams = OpenStreams()
        self.pages: Pages | None = None
        self.tasks: TasksDesk | None = None

    @property
    def serve_socket(self) -> Callable[[WebSocket, Any, Session], Awaitable[None]]:
        """Called with a socket that has been let in and not yet accepted."""
        return self._serve_socket

    async def _serve_socket(self, socket: WebSocket, state: Any, session: Session) -> None:
        assert self.pages is not None, "sockets come after the start"
        await serve_socket(socket, self.pages, self.clock, session.id)

    def samples(self) -> Sequence[Input]:
        """The shipped inputs."""
        return self.recordings.shipped()

    async def inputs_changed(self) -> None:
        """Tell the open pages."""
        if self.pages is not None:
            self.pages.inputs_changed()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """The store is open and pages can live. Leaving ends every running turn as cancelled, on record."""
        store = await Store.open(self.settings.data_dir / DATABASE, self.clock, self.process)
        for notice in store.notices:
            _log.warning("%s", notice)
        try:
            pages = self.pages = Pages(store, self.clock, self.process, self.presets, self.recordings)
            started = asyncio.Event()
            async with self._tasks(store), asyncio.TaskGroup() as group:
                living = group.create_task(pages.run(started.set))
                await started.wait()
                _settle()
                try:
                    yield
                finally:
                    living.cancel()
        finally:
            await store.close()

    @contextlib.asynccontextmanager
    async def _tasks(self, store: Store) -> AsyncGenerator[None]:
        """Trials live. Leaving ends what is being written as cancelled; every answer is on the disk by then."""
        trials = Trials(store, self.professions, self.clock, self.process)
        chats = Chats()
        started = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            living = group.create_task(trials.run(started.set))
            await started.wait()
            self.tasks = TasksDesk(trials, self.professions, self.presets, store, chats, self.clock, self.process, self.streams)
            try:
                yield
            finally:
                self.tasks = None
                living.cancel()
                await chats.close()


def _settle() -> None:
    """Two habits of Python that would stand in every figure, changed once everything is there.

    What is there after the start stays to the end; left alone, it would be searched through for garbage again and again, and
    with Gradio's modules each such search stops the loop for some 300 ms. And a busy loop keeps the store's thread waiting 5 ms
    for each row that it writes: with 200 trials at once the p99 of requests fell from 797 to 204 ms (one run each, two cores).
    """
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(SWITCH_S)
