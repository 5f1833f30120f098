"""Where a conversation's events go: into the store, and to whoever watches.

`note` is for what may be lost in the last 20 ms of a crash (marks, tokens); `promise` is for what a person relies on
(final transcripts, outcomes): watchers see it only after it has been committed.
"""

from collections.abc import Callable
from typing import Protocol

from bench.events.kinds import Event


class EventSink(Protocol):
    """The writing side of the event store."""

    def append(self, *events: Event) -> None:
        """Batched; durable within 20 ms."""
        ...

    async def commit(self, *events: Event) -> object:
        """Returns when durable; flushes what was appended before."""
        ...


class Recorder:
    """Writes one conversation's events and shows them to its watcher."""

    def __init__(self, sink: EventSink, watch: Callable[[Event], None], lost: Callable[[Exception], None]) -> None:
        """`lost` hears of a commit that the store refused (disk full, locked): the talk goes on, the user is told."""
        self._sink = sink
        self._watch = watch
        self._lost = lost

    def note(self, event: Event) -> None:
        """Record without waiting."""
        self._sink.append(event)
        self._watch(event)

    async def promise(self, event: Event) -> None:
        """Record, and show it only once it is safe. A store that cannot write is reported and does not stop the talk."""
        try:
            await self._sink.commit(event)
        except OSError as error:
            self._lost(error)
        self._watch(event)
