"""The event store: SQLite with one writer thread, read from any number of places.

What is *committed* is on the disk before anybody is told (outcomes, final transcripts); what is *appended* follows within
20 ms (marks, tokens). An event is announced to subscribers only after it is on the disk.

Several processes (an app and a command-line run) may share the file. Each has a row in `processes` and holds a lock file; what
a dead process left open is closed by the next one that opens the store.
"""

import asyncio
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Self

from bench.clock import Clock
from bench.events import codec
from bench.events.kinds import Event
from bench.events.migrations import (
    BacklogFullError,
    ConversationDeletedError,
    EventsLostError,
    StoreClosedError,
    StoreError,
    TracesRemainError,
    transaction,
    typed,
)
from bench.events.replay import ConversationRow, Numbered, OpenFiles, StoreLimits, open_files

BATCH_ROWS = 1000
"""Rows written in one transaction (rows): some 20 ms of work, so that a commit behind them does not wait long."""

COMMIT_RESERVE = 1000
"""Room in the queue that only commits may use (rows): a flood of marks must not keep an outcome out."""


@dataclass(slots=True, eq=False)
class Write:
    """One thing to write: events, or an action on documents or conversations."""

    items: list[tuple[codec.Row, Event]] = field(default_factory=list[tuple[codec.Row, Event]])
    """Events to insert, with their rows."""
    action: Callable[[sqlite3.Connection], Any] | None = None
    """Done inside the transaction; what it returns is the result."""
    purge: bool = False
    """Whether it deletes, and no byte of that may be left."""
    done: asyncio.Future[Any] | None = None
    """Who waits, or None for appended events."""
    since_s: float = 0.0
    """When it was queued (s, this thread's monotonic clock)."""
    numbered: list[Numbered] = field(default_factory=list[Numbered])
    """The events that are on the disk, with their sequence numbers."""
    result: Any = None
    """What the action returned."""
    error: StoreError | None = None
    """Why it failed."""

    @property
    def weight(self) -> int:
        """Room it takes in the queue (rows)."""
        return len(self.items) or 1


class Writer:
    """The one thread that writes, fed by a bounded queue; what is queued together is written together, in order.

    Its waiting is real time, whatever clock the program was given: a promise about a disk has no virtual time.
    """

    def __init__(self, connection: sqlite3.Connection, settle: Callable[[list[Write]], None], limits: StoreLimits) -> None:
        """`settle` is called on the writer's thread with writes that are on the disk or have failed."""
        self.problem: StoreError | None = None
        self.dropped = 0
        self.weight = 0
        self.deleted: set[str] = set()  # conversations, from the moment their deletion is asked for
        self._connection = connection
        self._settle = settle
        self._limits = limits
        self._queue: deque[Write] = deque()
        self._batch: list[Write] = []
        self._awaited = 0
        self._retry_at_s = 0.0
        self._closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="event-store", daemon=True)
        self._thread.start()

    def push(self, write: Write) -> None:
        """Queue a write. Raises `StoreClosedError`; `BacklogFullError` when somebody waits for it, else it is counted."""
        write.since_s = time.monotonic()
        with self._changed:
            if self._closing:
                raise StoreClosedError
            room = self._limits.capacity + (COMMIT_RESERVE if write.done else 0) - self.weight
            if write.weight > room:
                if write.done:
                    raise BacklogFullError
                self.dropped += write.weight
                return
            self._queue.append(write)
            self.weight += write.weight
            self._awaited += write.done is not None
            if write.done or len(self._queue) == 1 or self.weight - write.weight < BATCH_ROWS <= self.weight:
                self._changed.notify()

    def stop(self) -> None:
        """Write what is queued, once, and end the thread. Blocks until it has ended."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        try:
            while batch := self._take():
                if not self._write(batch) and self._closing:
                    break
        finally:
            # Also when this thread breaks: nobody must wait for ever.
            with self._changed:
                self._closing = True
                rest = [*self._batch, *self._queue]
                self._queue.clear()
            self._fail(rest, self.problem or StoreClosedError())

    def _take(self) -> list[Write]:
        """Wait until there is something due, and return it; empty when closed and done."""
        with self._changed:
            while self._queue or not self._closing:
                wait_s = self._wait_s() if self._queue else None
                if wait_s is not None and wait_s <= 0:
                    break
                self._changed.wait(wait_s)
            # Deletions go first and alone: on a full disk they make the room that the others wait for.
            self._batch, weight = [write for write in self._queue if write.purge], 0
            for write in self._batch:
                self._queue.remove(write)
            while self._queue and weight < BATCH_ROWS and not (self._batch and self._batch[0].purge):
                self._batch.append(self._queue.popleft())
                weight += self._batch[-1].weight
            self._awaited -= sum(write.done is not None for write in self._batch)
            return self._batch

    def _wait_s(self) -> float:
        if self._closing or self._awaited:
            return 0.0
        due_s = self._queue[0].since_s + (0.0 if self.weight >= BATCH_ROWS else self._limits.batch_ms / 1000)
        return max(due_s, self._retry_at_s) - time.monotonic()

    def _write(self, batch: list[Write]) -> bool:
        file = self._connection
        try:
            with transaction(file):
                for write in batch:
                    items = [(row, event) for row, event in write.items if event.conversation not in self.deleted]
                    write.numbered = [(file.execute(codec.INSERT, row).lastrowid or 0, event) for row, event in items]
                    write.result = write.action(file) if write.action else [seq for seq, _ in write.numbered]
        except sqlite3.Error as error:
            self._fail(batch, typed(error))
            return False
        purged = self._purge() if any(write.purge for write in batch) else None
        for write in batch:
            write.error = purged if write.purge else None
        with self._changed:
            self.problem = None
            self.weight -= sum(write.weight for write in batch)
            self._batch = []
        self._settle(batch)
        return True

    def _purge(self) -> StoreError | None:
        # `secure_delete` zeroes the rows where they are, but not the copies that SQLite left in the slack of pages when it
        # moved rows to balance its trees (seen in a quarter of random histories). Only rewriting the file removes those.
        try:
            self._connection.execute("VACUUM")
            busy: int = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except sqlite3.Error as error:
            return TracesRemainError(cause=str(error))
        return TracesRemainError(cause="the log is being read") if busy else None

    def _fail(self, batch: list[Write], error: StoreError) -> None:
        """Tell those who wait; keep what nobody waits for and try it again, unless this is the end."""
        waiting = [write for write in batch if write.done is not None]
        kept = [write for write in batch if write.done is None]
        for write in waiting:
            write.error = type(error)(cause=error.cause, **error.facts)
        with self._changed:
            if batch:
                self.problem = error
            self._batch = []
            self._retry_at_s = time.monotonic() + self._limits.retry_ms / 1000
            gone = batch if self._closing else waiting
            self.weight -= sum(write.weight for write in gone)
            if self._closing:
                self.dropped += sum(write.weight for write in kept)
            else:
                self._queue.extendleft(reversed(kept))
        self._settle(waiting)


class Store(AbstractAsyncContextManager["Store"]):
    """The event store of one process.

    Don't open the database file by other means in the same process: closing it would drop SQLite's locks.
    """

    def __init__(self, files: OpenFiles, process: str, limits: StoreLimits) -> None:
        """Use `open`."""
        self.notices = files.notices
        self._files = files
        self._process = process
        self._loop = asyncio.get_running_loop()
        self._subscribers: dict[object, Callable[[int, Event], object]] = {}
        self._closed = False
        self._writer = Writer(files.connection, self._settle, limits)

    @classmethod
    async def open(cls, path: Path, clock: Clock, process_id: str, limits: StoreLimits | None = None) -> Self:
        """Open or create the database at `path` for this process. `process_id` is new at every start of a program.

        What dead processes left open is closed and committed before this returns. A damaged file is moved aside (see
        `notices`). Raises a `StoreError`.
        """
        chosen = limits or StoreLimits()
        opening = asyncio.get_running_loop().run_in_executor(None, open_files, path, process_id, clock.now_ns(), chosen)
        try:
            return cls(await asyncio.shield(opening), process_id, chosen)
        except asyncio.CancelledError:
            opening.add_done_callback(lambda done: done.cancelled() or done.exception() or done.result().release())
            raise

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Write what is left and close. Raises `EventsLostError` when that failed; everything is released all the same."""
        if self._closed:
            return
        self._closed = True
        dropped = self._writer.dropped
        await asyncio.to_thread(self._shut)
        if self._writer.dropped > dropped:
            problem = self._writer.problem or StoreError()
            raise EventsLostError(cause=str(problem), count=str(self._writer.dropped - dropped), reason=problem.public_message)

    def _shut(self) -> None:
        self._writer.stop()
        # If this fails, the next process finds the row and sees that its owner is gone.
        with suppress(sqlite3.Error):
            self._files.connection.execute("DELETE FROM processes WHERE process = ?", (self._process,))
        self._files.release()

    @property
    def problem(self) -> StoreError | None:
        """Why the last write failed, or None when it succeeded."""
        return self._writer.problem

    @property
    def healthy(self) -> bool:
        """Whether the last write succeeded and nothing was dropped."""
        return self._writer.problem is None and not self._writer.dropped

    @property
    def pending(self) -> int:
        """Events that are not on the disk yet."""
        return self._writer.weight

    @property
    def dropped(self) -> int:
        """Appended events that were lost because the disk did not keep up."""
        return self._writer.dropped

    def append(self, *events: Event) -> None:
        """Queue events and return at once; durable within 20 ms, and announced then.

        When the disk fails they are kept and tried again, up to a limit (`pending`, `dropped`). Events of a deleted
        conversation are ignored: a page's last marks may arrive after the deletion. Raises `EncodeError`, `StoreClosedError`.
        """
        if events:
            self._writer.push(Write([(codec.row_of(self._process, event), event) for event in events]))

    async def commit(self, *events: Event) -> list[int]:
        """Write events together, after all that was appended before, and return their sequence numbers once they are on
        the disk and announced. Being cancelled while waiting does not undo the write.

        Raises `EncodeError` or a `StoreError`: then none of them is known to be on the disk.
        """
        if any(event.conversation in self._writer.deleted for event in events):
            raise ConversationDeletedError
        items = [(codec.row_of(self._process, event), event) for event in events]
        return await self._wait(Write(items)) if items else []

    async def _wait(self, write: Write) -> Any:
        write.done = self._loop.create_future()
        self._writer.push(write)
        return await write.done

    def subscribe(self, callback: Callable[[int, Event], object]) -> Callable[[], object]:
        """Have `callback(seq, event)` called on the event loop for each event of this process, in order, once it is on the
        disk. Returns the function that ends it."""
        key = object()
        self._subscribers[key] = callback
        return partial(self._subscribers.pop, key, None)

    def _settle(self, writes: list[Write]) -> None:
        # Without a loop there is nobody left to tell; the writes are on the disk all the same.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._announce, writes)

    def _announce(self, writes: list[Write]) -> None:
        for write in writes:
            if write.error is None:
                for numbered in write.numbered:
                    for callback in self._subscribers.values():
                        # Each in a call of its own: one that raises costs the others nothing.
                        self._loop.call_soon(callback, *numbered)
            if write.done is not None and not write.done.done():
                if write.error is None:
                    write.done.set_result(write.result)
                else:
                    write.done.set_exception(write.error)

    async def events(
        self,
        *,
        conversation: str | None = None,
        turn: str | None = None,
        after_seq: int = 0,
        kinds: Sequence[type[Event]] | None = None,
        limit: int = -1,
    ) -> list[Numbered]:
        """`(seq, event)` in the order in which they were stored; every condition given must hold. `limit` −1 is no limit.

        What is still `pending` is not among them. Raises `RowUnreadableError` and others of `StoreError`, as all reading does.
        """
        return await asyncio.to_thread(
            self._files.reader.events, conversation=conversation, turn=turn, after_seq=after_seq, kinds=kinds, limit=limit
        )

    async def conversations(
        self, page: str | None = None, limit: int = 100, before_seq: int | None = None
    ) -> list[ConversationRow]:
        """The history, newest first; `page` restricts to one browser tab, `before_seq` continues an earlier call."""
        return await asyncio.to_thread(self._files.reader.conversations, page, limit, before_seq)

    async def find_turn(self, prefix: str) -> str:
        """The id of the one turn that begins so. Raises `TurnNotFoundError`, `TurnAmbiguousError`."""
        return await asyncio.to_thread(self._files.reader.find_turn, prefix)

    async def turn_events(self, turn: str) -> list[Event]:
        """See `replay.turn_events`."""
        return await asyncio.to_thread(self._files.reader.turn_events, turn)

    async def experiment(self, experiment: str) -> list[Numbered]:
        """Everything of an experiment: its plan, its conversations and turns, and the loop stalls in between."""
        return await asyncio.to_thread(self._files.reader.experiment, experiment)

    async def delete_conversation(self, conversation: str) -> int:
        """Delete a conversation and every byte of it, in the file and in the log; return how many events it had.

        The file is rewritten (two seconds per 100 MB, once for deletions that are asked for together); commits wait for it.
        Raises `TracesRemainError` when it is deleted but somebody's reading or a full disk hinders that: delete it again later.
        """
        if not conversation:
            raise ValueError("events of the whole process belong to no conversation")
        codec.ids("a conversation", conversation)
        self._writer.deleted.add(conversation)
        query = "DELETE FROM events WHERE conversation = ? AND conversation <> ''"
        try:
            return await self._wait(Write(action=lambda file: file.execute(query, (conversation,)).rowcount, purge=True))
        except StoreError as error:
            if not isinstance(error, TracesRemainError):
                self._writer.deleted.discard(conversation)
            raise

    async def put_document(self, kind: str, key: str, document: dict[str, Any]) -> None:
        """Store a JSON object under `(kind, key)`, in the place of an earlier one. Raises `EncodeError`, `StoreError`."""
        values = (*codec.ids("a document", kind, key), codec.dump(document, f"a document ({kind})"))
        await self._wait(Write(action=lambda file: file.execute("REPLACE INTO documents VALUES (?, ?, ?)", values) and None))

    async def document(self, kind: str, key: str) -> dict[str, Any] | None:
        """The document, or None when there is none under this key."""
        return await asyncio.to_thread(self._files.reader.document, kind, key)

    async def documents(self, kind: str) -> dict[str, dict[str, Any]]:
        """Key → document, in the order of the keys."""
        return await asyncio.to_thread(self._files.reader.documents, kind)

    async def delete_document(self, kind: str, key: str) -> bool:
        """Delete a document; False when there was none. Raises a `StoreError`."""
        query, values = "DELETE FROM documents WHERE kind = ? AND key = ?", codec.ids("a document", kind, key)
        return await self._wait(Write(action=lambda file: file.execute(query, values).rowcount > 0))
