"""A configuration that takes part in a run without a page: real engines, headless player."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable

from bench.clock import Clock
from bench.configuration import Configuration
from bench.events.kinds import Event
from bench.turn.conversation import Conversation
from bench.turn.headless import HeadlessPlayer
from bench.turn.recorder import EventSink
from bench.turn.turn_life import Engines, Origin


class HeadlessContestant:
    """Implements `Contestant` and, for its conversations, `Watcher`."""

    def __init__(
        self, preset: str, configuration: Configuration, engines: Engines, sink: EventSink, clock: Clock, process: str,
        on_event: Callable[[Event], None] = lambda event: None,
    ) -> None:  # fmt: skip
        self.preset, self.configuration = preset, configuration
        self.not_saved_errors: list[Exception] = []
        self._engines, self._sink, self._clock, self._process, self._on_event = engines, sink, clock, process, on_event

    @contextlib.asynccontextmanager
    async def converse(self, experiment: str, block: int, warm_up: bool) -> AsyncGenerator[Conversation]:
        """A fresh conversation, running until the block is left."""
        origin = Origin(self._process, self.preset, experiment=experiment, block=block, warm_up=warm_up)
        player = HeadlessPlayer(self._clock)
        conversation = Conversation(self.configuration, self._engines, player, self._sink, self._clock, self, origin)
        started = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            task = group.create_task(conversation.run(started.set))
            try:
                await started.wait()
                yield conversation
            finally:
                task.cancel()

    def event(self, event: Event) -> None:
        """Implements `Watcher`."""
        self._on_event(event)

    def state(self, state: str, left_ms: float | None = None) -> None:
        """Implements `Watcher`: nobody looks."""

    def level(self, rms_db: float, probability: float, voiced: bool) -> None:
        """Implements `Watcher`: nobody looks."""

    def not_saved(self, error: Exception) -> None:
        """Implements `Watcher`: kept for the end of the run."""
        self.not_saved_errors.append(error)
