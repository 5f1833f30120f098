"""Reading events back: from the database, from JSON-lines files with which figures can be recomputed elsewhere, and at the
start of a program to end what a dead one left open.

Instants of one turn come from one process of one boot, so they may be subtracted. Instants of different processes may not be
compared when the computer was restarted between them: a monotonic clock begins anew.
"""

import os
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, Protocol

from bench.events import codec
from bench.events.export import without_keys
from bench.events.kinds import (
    ConversationEnded,
    ConversationStarted,
    Event,
    ExperimentEnded,
    LoopStalled,
    TurnEnded,
    TurnStarted,
)
from bench.events.migrations import (
    Notice,
    ProcessStamp,
    RowUnreadableError,
    StoreClosedError,
    StoreError,
    connect_or_replace,
    hold_lock,
    is_alive,
    is_locked,
    lock_path,
    stamp_of_this,
    transaction,
    typed,
)

Numbered = tuple[int, Event]
"""A sequence number of the store and its event."""

LIFECYCLE: tuple[type[Event], ...] = (ConversationStarted, ConversationEnded, TurnStarted, TurnEnded)


OPEN_TURNS = """
    SELECT process, conversation, turn, (SELECT max(at_ns) FROM events WHERE turn = s.turn AND conversation = s.conversation)
    FROM events AS s WHERE kind = 'TurnStarted' AND turn <> '' AND process NOT IN (SELECT process FROM processes)
    AND NOT EXISTS (SELECT 1 FROM events
        WHERE turn = s.turn AND turn <> '' AND kind = 'TurnEnded' AND conversation = s.conversation)
    GROUP BY conversation, turn ORDER BY seq"""

OPEN_CONVERSATIONS = """
    SELECT process, conversation, (SELECT max(at_ns) FROM events WHERE conversation = s.conversation AND conversation <> '')
    FROM events AS s WHERE kind = 'ConversationStarted' AND conversation <> ''
    AND process NOT IN (SELECT process FROM processes)
    AND NOT EXISTS (SELECT 1 FROM events
        WHERE conversation = s.conversation AND conversation <> '' AND kind = 'ConversationEnded')
    GROUP BY conversation ORDER BY seq"""

OPEN_EXPERIMENTS = """
    SELECT process, experiment, max(
        (SELECT max(at_ns) FROM events WHERE experiment = s.experiment AND experiment <> ''),
        coalesce((SELECT max(at_ns) FROM events WHERE conversation <> '' AND conversation IN
            (SELECT conversation FROM events WHERE experiment = s.experiment AND experiment <> '')), s.at_ns))
    FROM events AS s WHERE kind = 'ExperimentStarted' AND experiment <> '' AND process NOT IN (SELECT process FROM processes)
    AND NOT EXISTS (SELECT 1 FROM events WHERE experiment = s.experiment AND experiment <> '' AND kind = 'ExperimentEnded')
    GROUP BY experiment ORDER BY seq"""


class TurnNotFoundError(StoreError):
    code = "turn_not_found"
    template = "There is no turn {turn}."


class TurnAmbiguousError(StoreError):
    code = "turn_ambiguous"
    template = "Several turns begin with {turn}. Give more of it."


class LogBrokenError(Exception):
    """A line of a JSON-lines file is no event."""

    code = "log_broken"

    def __init__(self, line: int, cause: codec.DecodeError) -> None:
        """`line` counts from 1."""
        self.line = line
        self.cause = cause
        super().__init__(f"{self.code}: line {line}: {cause}")

    @property
    def public_message(self) -> str:
        """What a person reads."""
        return f"Line {self.line}: {self.cause.public_message}"


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """One conversation of the history."""

    seq: int
    """Sequence number of its start."""
    started: ConversationStarted
    """Its start: id, wall time, preset, configuration, column, page."""
    ended: str | None
    """Why it ended, or None while it is running."""
    turns: int
    """Turns begun."""
    outcomes: dict[str, int]
    """Outcome → number of turns. What is missing to `turns` is running."""


class TurnSource(Protocol):
    """The part of the store that `turn_events` needs."""

    async def turn_events(self, turn: str) -> list[Event]:
        """Everything from which the figures of the turn are made. Raises `TurnNotFoundError`."""
        ...


class Reader:
    """Reads the database over a connection of its own. Every method blocks, may be called from any thread, and raises
    a `StoreError`."""

    def __init__(self, path: Path, busy_ms: int) -> None:
        self._lock = threading.Lock()
        self._open = True
        self._connection = sqlite3.connect(path, timeout=busy_ms / 1000, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA query_only = ON")

    def close(self) -> None:
        """Waits for a query that is running."""
        with self._lock:
            self._open = False
            self._connection.close()

    def events(
        self,
        *,
        conversation: str | None = None,
        turn: str | None = None,
        after_seq: int = 0,
        kinds: Sequence[type[Event]] | None = None,
        limit: int = -1,
    ) -> list[Numbered]:
        """Events in the order in which they were stored; every condition given must hold."""
        where, values = ["seq > ?"], list[Any]([after_seq])
        if conversation is not None:
            # The second half looks superfluous, but lets SQLite use the partial index.
            where.append("conversation = ? AND conversation <> ''" if conversation else "conversation = ?")
            values.append(conversation)
        if turn is not None:
            where.append("turn = ? AND turn <> ''" if turn else "turn = ?")
            values.append(turn)
        if kinds is not None:
            where.append(f"kind IN ({', '.join('?' * len(kinds))})")
            values += [kind.__name__ for kind in kinds]
        return self._select(f"{' AND '.join(where)} ORDER BY seq LIMIT ?", *values, limit)

    def conversations(self, page: str | None = None, limit: int = 100, before_seq: int | None = None) -> list[ConversationRow]:
        """Newest first; `page` restricts to one browser tab, `before_seq` continues after the last row of an earlier call."""
        where, values = ["kind = 'ConversationStarted'"], list[Any]()
        if page is not None:
            where.append("page = ?")
            values.append(page)
        if before_seq is not None:
            where.append("seq < ?")
            values.append(before_seq)
        starts = self._select(f"{' AND '.join(where)} ORDER BY seq DESC LIMIT ?", *values, limit)
        return [self._row(seq, event) for seq, event in starts if isinstance(event, ConversationStarted)]

    def _row(self, seq: int, started: ConversationStarted) -> ConversationRow:
        course = [event for _, event in self.events(conversation=started.conversation, kinds=LIFECYCLE)]
        reasons = [event.reason for event in course if isinstance(event, ConversationEnded)]
        return ConversationRow(
            seq=seq,
            started=started,
            ended=reasons[-1] if reasons else None,
            turns=len({event.turn for event in course if isinstance(event, TurnStarted)}),
            outcomes=dict(Counter(event.outcome for event in course if isinstance(event, TurnEnded))),
        )

    def find_turn(self, prefix: str) -> str:
        """The one turn whose id begins so. Raises `TurnNotFoundError`, `TurnAmbiguousError`."""
        query = "SELECT DISTINCT turn FROM events WHERE turn <> '' AND turn >= ? AND turn < ? LIMIT 2"
        found = self._query(query, prefix, prefix + "\U0010ffff")
        exact = self._query("SELECT turn FROM events WHERE turn <> '' AND turn = ? LIMIT 1", prefix)
        if exact or len(found) == 1:
            return str((exact or found)[0][0])
        raise (TurnAmbiguousError if found else TurnNotFoundError)(turn=prefix)

    def turn_events(self, turn: str) -> list[Event]:
        """The start of the turn's conversation, the turn, and the stalls of its process that overlap it, in stored order.
        Raises `TurnNotFoundError`."""
        query = "SELECT process, conversation, min(at_ns), max(at_ns) FROM events WHERE turn = ? AND turn <> ''"
        process, conversation, first_ns, last_ns = self._query(query, turn)[0]
        if process is None:
            raise TurnNotFoundError(turn=turn)
        found = self.events(turn=turn) + self._stalls(process, first_ns, last_ns)
        found += self.events(conversation=conversation, kinds=(ConversationStarted,))
        return [event for _, event in sorted(found, key=lambda numbered: numbered[0])]

    def experiment(self, experiment: str) -> list[Numbered]:
        """Everything of an experiment: its plan, its conversations and turns, and its processes' stalls in between."""
        found = dict(self._select("experiment = ? AND experiment <> '' ORDER BY seq", experiment))
        for conversation in {event.conversation for event in found.values() if event.conversation}:
            found.update(self.events(conversation=conversation))
        instants = [event.at_ns for event in found.values()]
        for (process,) in self._query(
            "SELECT DISTINCT process FROM events WHERE experiment = ? AND experiment <> ''", experiment
        ):
            found.update(self._stalls(process, min(instants), max(instants)))
        return sorted(found.items())

    def _stalls(self, process: str, first_ns: int, last_ns: int) -> list[Numbered]:
        # Stalls of one loop follow each other: of those that end after the range, only the first can reach into it.
        stall = "kind = 'LoopStalled' AND process = ? AND at_ns > ?"
        inside = self._select(f"{stall} AND at_ns <= ? ORDER BY seq", process, first_ns, last_ns)
        beyond = self._select(f"{stall} ORDER BY at_ns LIMIT 1", process, last_ns)
        return inside + [(seq, event) for seq, event in beyond if isinstance(event, LoopStalled) and event.from_ns < last_ns]

    def document(self, kind: str, key: str) -> dict[str, Any] | None:
        """The document, or None when there is none under this key."""
        return self._documents("kind = ? AND key = ?", kind, key).get(key)

    def documents(self, kind: str) -> dict[str, dict[str, Any]]:
        """Key → document, in the order of the keys."""
        return self._documents("kind = ? ORDER BY key", kind)

    def _documents(self, condition: str, *values: str) -> dict[str, dict[str, Any]]:
        rows = self._query(f"SELECT key, body FROM documents WHERE {condition}", *values)  # noqa: S608
        try:
            return {key: codec.parse(body) for key, body in rows}
        except codec.DecodeError as error:
            raise RowUnreadableError(cause=str(error), what=f"A document ({values[0]})", reason=error.public_message) from error

    def _select(self, condition: str, *values: Any) -> list[Numbered]:
        found: list[Numbered] = []
        for seq, body in self._query(f"SELECT seq, body FROM events WHERE {condition}", *values):  # noqa: S608
            try:
                found.append((seq, codec.from_line(body)))
            except codec.DecodeError as error:
                raise RowUnreadableError(cause=str(error), what=f"Event {seq}", reason=error.public_message) from error
        return found

    def _query(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._lock:
            if not self._open:
                raise StoreClosedError
            try:
                return self._connection.execute(query, values).fetchall()
            except sqlite3.Error as error:
                raise typed(error) from error


async def turn_events(source: TurnSource | Iterable[Event], turn: str) -> list[Event]:
    """Everything from which one turn's figures are made, in stored order: the start of its conversation, the turn's own
    events, and the loop stalls that overlap it.

    From events (one process's, as `read_log` gives them) or from a store. Raises `TurnNotFoundError`, `StoreError`.
    """
    if isinstance(source, Iterable):
        return _about(turn, list(source))
    return await source.turn_events(turn)


def _about(turn: str, events: list[Event]) -> list[Event]:
    own = [event for event in events if turn and event.turn == turn]
    if not own:
        raise TurnNotFoundError(turn=turn)
    first_ns, last_ns = min(event.at_ns for event in own), max(event.at_ns for event in own)

    def belongs(event: Event) -> bool:
        if isinstance(event, LoopStalled):
            return event.at_ns > first_ns and event.from_ns < last_ns
        return event.turn == turn or (isinstance(event, ConversationStarted) and event.conversation == own[0].conversation)

    return [event for event in events if belongs(event)]


def write_log(path: Path, events: Iterable[Event], secrets: Iterable[str] = ()) -> int:
    """Write events as JSON lines, in the given order, and return how many. Blocks; the file appears whole or not at all.

    Keys are left out as in every export; `secrets` are the key values to look for. Raises `EncodeError`, `OSError`.
    """
    known, count = tuple(secrets), 0
    partial = path.with_name(f"{path.name}.partial")
    try:
        with partial.open("w", encoding="utf-8", newline="\n") as file:
            for event in events:
                file.write(codec.dump(without_keys(codec.encode(event), known), type(event).__name__) + "\n")
                count += 1
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    return count


def read_log(path: Path) -> list[Event]:
    """The events of a JSON-lines file, in order. Blocks. Raises `OSError`, and `LogBrokenError` for the first line that is no
    event: a log that was cut off in a line is not taken for a shorter one."""
    # Split at newlines only: text may hold other line separators.
    lines = path.read_bytes().split(b"\n")
    events: list[Event] = []
    for number, line in enumerate(lines if lines[-1] else lines[:-1], start=1):
        try:
            events.append(codec.from_line(line))
        except codec.DecodeError as error:
            raise LogBrokenError(number, error) from error
    return events


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreLimits:
    """How long and how much."""

    busy_ms: int = 5000
    """How long a lock of another program is waited for (ms): a deletion in a history of 200 MB takes 4 s."""
    batch_ms: float = 5.0
    """How long an appended event waits for company (ms); the write itself takes the rest of the promised 20 ms."""
    retry_ms: float = 500.0
    """Pause before appended events that could not be written are tried again (ms)."""
    capacity: int = 20_000
    """Events held in memory at most; beyond it appended ones are dropped and counted."""
    max_pages: int | None = None
    """Largest size of the file (pages of 4096 bytes), or None for as much as the disk holds."""


@dataclass(frozen=True, slots=True)
class OpenFiles:
    """What an open store holds."""

    connection: sqlite3.Connection
    """The writing connection."""
    reader: Reader
    """The reading one."""
    lock: Path
    """The lock file of this process."""
    descriptor: int
    """Its descriptor."""
    notices: tuple[Notice, ...]
    """What a person should be told."""

    def release(self) -> None:
        """Close everything. Blocks while a query runs."""
        self.reader.close()
        self.connection.close()
        self.lock.unlink(missing_ok=True)
        os.close(self.descriptor)


def open_files(path: Path, process: str, opened_ns: int, limits: StoreLimits) -> OpenFiles:
    """Open the database, close what dead processes left open, and register this one. Blocks. Raises a `StoreError`."""
    lock = lock_path(path, process)
    descriptor = hold_lock(lock)
    connection: sqlite3.Connection | None = None
    try:
        connection, notices = connect_or_replace(path, lock, limits.busy_ms, limits.max_pages)
        with transaction(connection):
            close_orphans(connection, path, stamp_of_this(process), opened_ns)
        return OpenFiles(connection, Reader(path, limits.busy_ms), lock, descriptor, notices)
    except (sqlite3.Error, OSError) as error:
        if connection is not None:
            connection.close()
        lock.unlink(missing_ok=True)
        os.close(descriptor)
        raise typed(error) from error


def close_orphans(connection: sqlite3.Connection, path: Path, own: ProcessStamp, opened_ns: int) -> None:
    """Register this process, and end what belongs to no living one: turns as failed, conversations, experiments.

    The closing events carry the last instant known of what they close. The present instant would be wrong: it comes after an
    unknown time in which nothing happened, and after a restart of the computer it is not even on the same scale, because a
    monotonic clock begins anew at each boot. They also keep the dead process's id, whose clock that instant belongs to.
    """
    stamps = [ProcessStamp(*row) for row in connection.execute("SELECT process, pid, started, boot, namespace FROM processes")]
    for stamp in stamps:
        # This process has written nothing yet: what bears its id is left from an earlier one.
        if stamp.process == own.process or not is_alive(stamp, own, lock_path(path, stamp.process)):
            connection.execute("DELETE FROM processes WHERE process = ?", (stamp.process,))
    for lock in path.parent.glob(f"{path.name}.*.lock"):
        is_locked(lock, remove=True)
    rest: list[tuple[str, Event]] = []
    why = "process_died"
    words = "The program stopped before this turn was over. Send the message again."
    for process, talk, turn, at_ns in connection.execute(OPEN_TURNS):
        event = TurnEnded(at_ns=at_ns, conversation=talk, turn=turn, outcome="failed", reason=why, message=words)
        rest.append((process, event))
    for process, talk, at_ns in connection.execute(OPEN_CONVERSATIONS):
        rest.append((process, ConversationEnded(at_ns=at_ns, conversation=talk, reason=why)))
    for process, experiment, at_ns in connection.execute(OPEN_EXPERIMENTS):
        rest.append((process, ExperimentEnded(at_ns=at_ns, experiment=experiment, reason=why)))
    connection.executemany(codec.INSERT, [codec.row_of(process, event) for process, event in rest])
    connection.execute("INSERT INTO processes VALUES (?, ?, ?, ?, ?, ?)", (*astuple(own), opened_ns))
