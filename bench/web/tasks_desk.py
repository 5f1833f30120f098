"""What the routes of the task simulation are given by the server, and how many streams they hold open."""

from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench.clock import Clock
from bench.events.store import Store
from bench.preset import Presets
from bench.scenarios.professions import Professions
from bench.scenarios.trial_chats import Chats
from bench.scenarios.trials import Trials
from bench.web.tasks_problems import TooManyStreams

STREAMS_EACH = 64
"""Streams that one signed-in browser may hold open (count): a browser itself opens six to a host."""
STREAMS_ALL = 2000
"""Streams of all browsers together (count): some 20 kB of memory each."""


class OpenStreams:
    """The open streams: counted by owner, and told when the server leaves."""

    def __init__(self) -> None:
        self._count: Counter[str] = Counter()
        self._leave: dict[object, Callable[[], object]] = {}

    @contextmanager
    def one(self, owner: str) -> Generator[None]:
        """Room for one more stream of this owner. Raises `TooManyStreams`."""
        if self._count[owner] >= STREAMS_EACH or self._count.total() >= STREAMS_ALL:
            raise TooManyStreams
        self._count[owner] += 1
        try:
            yield
        finally:
            self._count[owner] -= 1
            if not self._count[owner]:
                del self._count[owner]

    @contextmanager
    def told(self, leave: Callable[[], object]) -> Generator[None]:
        """Have `leave` called when the server is about to stop."""
        key = object()
        self._leave[key] = leave
        try:
            yield
        finally:
            self._leave.pop(key, None)

    def close(self) -> None:
        """The server stops: an open stream would keep it waiting."""
        for leave in list(self._leave.values()):
            leave()


@dataclass(slots=True)
class TasksDesk:
    """The parts of the running server that the routes need."""

    trials: Trials
    professions: Professions
    presets: Presets
    store: Store
    chats: Chats
    """Models of previews and comparisons; trials have their own."""
    clock: Clock
    process: str
    """Id of this process."""
    streams: OpenStreams
    comparing: set[str] = field(default_factory=set[str])
    """The comparison that runs, if one does: two at the same time would measure each other."""
