"""What every trial is given by the service: store, clocks, models, and somebody who owns its tasks."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from bench.clock import Clock
from bench.events.kinds import Event
from bench.scenarios.trial_chats import Chats


class TrialStore(Protocol):
    """The part of the event store that trials need."""

    def append(self, *events: Event) -> None:
        """Batched; durable within 20 ms."""
        ...

    async def commit(self, *events: Event) -> object:
        """Returns when durable. Raises `StoreError`."""
        ...

    async def events(
        self, *, conversation: str | None = None, kinds: Sequence[type[Event]] | None = None, limit: int = -1
    ) -> list[tuple[int, Event]]:
        """Events with their numbers, in stored order."""
        ...

    async def delete_conversation(self, conversation: str) -> int:
        """Every byte of it."""
        ...

    async def put_document(self, kind: str, key: str, document: dict[str, Any]) -> None:
        """In the place of an earlier one."""
        ...

    async def documents(self, kind: str) -> dict[str, dict[str, Any]]:
        """Key → document."""
        ...

    async def delete_document(self, kind: str, key: str) -> bool:
        """False when there was none."""
        ...


def wall_clock() -> datetime:
    """The server's wall clock: what a task's deadline goes by, because it has to survive restarts."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Desk:
    """See the module's docstring."""

    store: TrialStore
    clock: Clock
    """For instants of events and marks."""
    wall: Callable[[], datetime]
    """The server's wall clock, with zone."""
    process: str
    """Id of this process."""
    chats: Chats
    start: Callable[[Callable[[], Coroutine[Any, Any, None]]], asyncio.Task[None]]
    """Runs work in the service's task group; what goes wrong in it harms nobody else."""
    over: Callable[[str], None]
    """Told the id of a trial that has ended."""
