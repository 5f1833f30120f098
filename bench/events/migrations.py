"""The database file: its schema through all versions, how it is opened, who else has it open, and what can go wrong.

StoreError (an OSError)
├── DatabaseLockedError        somebody else holds it for longer than we wait
├── DatabaseReadOnlyError      the file or its folder may not be written
├── DiskFullError              no room left, or the set limit is reached
├── DatabaseCorruptError       damaged; at start it is moved aside, unless somebody else has it open
├── DatabaseTooNewError        written by a newer program: left alone
├── DiskFailedError            the disk answered with an error
├── ProcessIdTakenError        a living process has opened it under the same id
├── BacklogFullError           the disk is slower than what comes in
├── StoreClosedError           used after `close`, or its writer stopped
├── EventsLostError            `close` could not write what was appended
├── ConversationDeletedError   an event for a conversation that was deleted
├── TracesRemainError          deleted, but its bytes could not all be removed
├── RowUnreadableError         a stored event or document cannot be read back
└── TurnNotFoundError, TurnAmbiguousError (replay)
"""

import errno
import hashlib
import os
import sqlite3
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from bench.events.file_lock import CLOSE_ON_EXEC, try_lock

PROC = Path("/proc")

BUSY_POLL_S = 0.01
"""How often a lock that SQLite does not wait for by itself is tried again (s)."""


class StoreError(OSError):
    """The store could not do what it was asked for. `code` is also the key of its translation."""

    code: ClassVar[str] = "store_failed"
    template: ClassVar[str] = "The history could not be read or written."

    def __init__(self, *, cause: str = "", **facts: str) -> None:
        """`cause` is for the log only; `facts` fill the public template."""
        self.cause = cause
        self.facts = facts
        super().__init__(f"{self.code}: {cause}" if cause else self.code)

    @property
    def public_message(self) -> str:
        """What a person reads: what happened and what to do."""
        return self.template.format_map(self.facts)


class DatabaseLockedError(StoreError):
    code = "database_locked"
    template = "Another program keeps the history locked. Close it and try again."


class DatabaseReadOnlyError(StoreError):
    code = "database_read_only"
    template = "The history cannot be written: the file or its folder is read-only. Change its permissions or choose another."


class DiskFullError(StoreError):
    code = "disk_full"
    template = "There is no room left for the history. Free some space or delete old conversations."


class DatabaseCorruptError(StoreError):
    code = "database_corrupt"
    template = "The history file is damaged. Close every running Firstword and start again: it will be moved aside."


class DatabaseTooNewError(StoreError):
    code = "database_too_new"
    template = "The history was written by a newer Firstword. Update this one, or choose another file."


class DiskFailedError(StoreError):
    code = "disk_failed"
    template = "The disk failed while the history was read or written. Check the disk."


class ProcessIdTakenError(StoreError):
    code = "process_id_taken"
    template = "A running Firstword already uses this history under the same process id."


class BacklogFullError(StoreError):
    code = "backlog_full"
    template = "The history cannot keep up: the disk is too slow."


class StoreClosedError(StoreError):
    code = "store_closed"
    template = "The history is closed."


class EventsLostError(StoreError):
    code = "events_lost"
    template = "{count} last events could not be saved. {reason}"


class ConversationDeletedError(StoreError):
    code = "conversation_deleted"
    template = "This conversation has been deleted."


class TracesRemainError(StoreError):
    code = "traces_remain"
    template = "It is deleted, but traces stay on the disk: the history is in use, or the disk is full. Delete it again later."


class RowUnreadableError(StoreError):
    code = "row_unreadable"
    template = "{what} of the history cannot be read. {reason}"


CODES: dict[int, type[StoreError]] = {
    sqlite3.SQLITE_BUSY: DatabaseLockedError, sqlite3.SQLITE_LOCKED: DatabaseLockedError,
    sqlite3.SQLITE_READONLY: DatabaseReadOnlyError, sqlite3.SQLITE_PERM: DatabaseReadOnlyError,
    sqlite3.SQLITE_CANTOPEN: DatabaseReadOnlyError, sqlite3.SQLITE_FULL: DiskFullError,
    sqlite3.SQLITE_CORRUPT: DatabaseCorruptError, sqlite3.SQLITE_NOTADB: DatabaseCorruptError,
    sqlite3.SQLITE_IOERR: DiskFailedError,
}  # fmt: skip
"""SQLite's primary result codes. A file that cannot be opened is nearly always one whose folder may not be written."""

ERRNOS: dict[int | None, type[StoreError]] = {
    errno.EACCES: DatabaseReadOnlyError, errno.EPERM: DatabaseReadOnlyError, errno.EROFS: DatabaseReadOnlyError,
    errno.ENOSPC: DiskFullError, errno.EDQUOT: DiskFullError, errno.EIO: DiskFailedError,
}  # fmt: skip


def typed(error: sqlite3.Error | OSError) -> StoreError:
    """The `StoreError` for an error of SQLite or of the operating system."""
    if isinstance(error, StoreError):
        return error
    if isinstance(error, OSError):
        return ERRNOS.get(error.errno, StoreError)(cause=str(error))
    # The low byte is the primary code. Errors that Python's own module raises have none.
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return CODES.get(-1 if code is None else code & 0xFF, StoreError)(cause=str(error))


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema."""

    name: str
    """What it brings; never renamed."""
    statements: tuple[str, ...]
    """SQL, run in one transaction together with the new version number."""


MIGRATIONS: tuple[Migration, ...] = (
    Migration(
        "events",
        (
            # AUTOINCREMENT: a number is never given twice, also after a deletion, so that `after_seq` stays true.
            """CREATE TABLE events (
                seq INTEGER PRIMARY KEY AUTOINCREMENT, process TEXT NOT NULL, conversation TEXT NOT NULL, turn TEXT NOT NULL,
                kind TEXT NOT NULL, experiment TEXT NOT NULL, page TEXT NOT NULL, at_ns INTEGER NOT NULL, body TEXT NOT NULL
            )""",
            "CREATE INDEX by_conversation ON events (conversation, kind) WHERE conversation <> ''",
            "CREATE INDEX by_turn ON events (turn, kind) WHERE turn <> ''",
            "CREATE INDEX by_experiment ON events (experiment) WHERE experiment <> ''",
            "CREATE INDEX starts_of_conversations ON events (page) WHERE kind = 'ConversationStarted'",
            "CREATE INDEX starts_of_turns ON events (process) WHERE kind = 'TurnStarted'",
            "CREATE INDEX starts_of_experiments ON events (process) WHERE kind = 'ExperimentStarted'",
            "CREATE INDEX stalls ON events (process, at_ns) WHERE kind = 'LoopStalled'",
        ),
    ),
    Migration(
        "processes",
        (
            """CREATE TABLE processes (
                process TEXT PRIMARY KEY, pid INTEGER NOT NULL, started TEXT NOT NULL, boot TEXT NOT NULL,
                namespace TEXT NOT NULL, opened_ns INTEGER NOT NULL
            ) WITHOUT ROWID""",
        ),
    ),
    Migration(
        "documents",
        (
            """CREATE TABLE documents (
                kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, key)
            ) WITHOUT ROWID""",
        ),
    ),
)
"""In order; the first n have been applied when `PRAGMA user_version` is n. Only ever add at the end."""


def migrate(connection: sqlite3.Connection, migrations: tuple[Migration, ...] = MIGRATIONS) -> list[str]:
    """Bring the schema up to date and return the names of the steps taken. Raises `DatabaseTooNewError`, `sqlite3.Error`.

    A step that fails leaves the steps before it applied and its own not begun; two processes may do this at once.
    """
    applied: list[str] = []
    while True:
        with transaction(connection):
            version: int = connection.execute("PRAGMA user_version").fetchone()[0]
            if version > len(migrations):
                raise DatabaseTooNewError(cause=f"schema {version}, known are {len(migrations)}")
            if version == len(migrations):
                return applied
            for statement in migrations[version].statements:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {version + 1}")
            applied.append(migrations[version].name)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Generator[None]:
    """One write transaction: committed at the end, undone when anything is raised. Raises `sqlite3.Error`."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        # A full disk or a failed write may have ended the transaction already.
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def connect(path: Path, busy_ms: int, max_pages: int | None = None) -> sqlite3.Connection:
    """Open or create the file, check it, and bring it up to date. Raises a `StoreError`.

    `synchronous=FULL` makes a commit outlive a power cut; `secure_delete=ON` overwrites what is deleted with zeros.
    """
    try:
        # SQLite gives its side files the permissions of the main file: what people said is for its owner only. A file that
        # is there is not touched: closing it would drop the POSIX locks that SQLite may hold on it in this very process.
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        # Asked before SQLite is: it would leave side files behind that are as read-only, and stay so.
        if not os.access(path, os.R_OK | os.W_OK):
            raise DatabaseReadOnlyError
        connection = sqlite3.connect(path, timeout=busy_ms / 1000, isolation_level=None, check_same_thread=False)
    except (sqlite3.Error, OSError) as error:
        raise typed(error) from error
    try:
        _enter_wal(connection, time.monotonic() + busy_ms / 1000)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        if max_pages is not None:
            connection.execute(f"PRAGMA max_page_count = {max_pages}")
        verdict: str = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise DatabaseCorruptError(cause=verdict)
        migrate(connection)
    except (sqlite3.Error, StoreError) as error:
        connection.close()
        raise typed(error) from error
    return connection


def _enter_wal(connection: sqlite3.Connection, deadline_s: float) -> None:
    """Switch to write-ahead logging. SQLite does not wait when two programs do this to a new file at once; we do."""
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline_s:
                raise
            time.sleep(BUSY_POLL_S)
        else:
            return


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that a person should be told once, after opening."""

    code: str
    """Key of its translation."""
    message: str
    """Plain English: what happened and where the old data is."""


def connect_or_replace(
    path: Path, own_lock: Path, busy_ms: int, max_pages: int | None
) -> tuple[sqlite3.Connection, tuple[Notice, ...]]:
    """As `connect`; a damaged file that nobody else has open is moved aside, and a fresh one started. Raises a `StoreError`."""
    try:
        return connect(path, busy_ms, max_pages), ()
    except DatabaseCorruptError:
        # Moving it under another process would send that one's commits into the moved file.
        others = [lock for lock in path.parent.glob(f"{path.name}.*.lock") if lock != own_lock]
        if any(is_locked(lock) for lock in others):
            raise
    number = 1
    while path.with_name(f"{path.name}.corrupt-{number}").exists():
        number += 1
    aside = path.with_name(f"{path.name}.corrupt-{number}")
    # The log first: left behind alone, it would be played into the fresh file.
    for suffix in ("-wal", "-shm", ""):
        with suppress(FileNotFoundError):
            os.replace(f"{path}{suffix}", f"{aside}{suffix}")
    message = f"The history file was damaged. It was moved to {aside.name}, and a new one was started."
    return connect(path, busy_ms, max_pages), (Notice("database_moved_aside", message),)


@dataclass(frozen=True, slots=True)
class ProcessStamp:
    """A process, told apart from a later one that got the same pid."""

    process: str
    """Id that the program gave itself; new at every start."""
    pid: int
    """The operating system's number, which it will use again."""
    started: str
    """Start of the process since boot (clock ticks, from /proc), or empty where there is no /proc."""
    boot: str
    """Id of the boot, or empty."""
    namespace: str
    """Pid namespace: the same number is another process in another container. Or empty."""


def stamp_of_this(process: str) -> ProcessStamp:
    """The running process under the given id."""
    boot = namespace = ""
    with suppress(OSError):
        boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
        namespace = os.readlink(PROC / "self/ns/pid")
    return ProcessStamp(process, os.getpid(), _start_of(os.getpid()), boot, namespace)


def _start_of(pid: int) -> str:
    """Start of a process (clock ticks since boot); empty when there is none, or only its corpse."""
    try:
        # The name of the program stands in brackets and may hold anything, brackets too.
        values = (PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return ""
    state, started = values[0], values[19]
    return "" if state in "ZXx" else started


def is_alive(stamp: ProcessStamp, own: ProcessStamp, lock: Path) -> bool:
    """Whether the process of `stamp` still runs.

    /proc decides when it shows both processes: same boot, same pid namespace. Else the lock file does, which the kernel
    releases with the process (later if a forked child lives on: a turn is closed too late rather than while it runs).
    """
    if stamp.boot and own.boot and stamp.boot != own.boot:
        return False
    if stamp.started and own.started and stamp.namespace == own.namespace:
        return _start_of(stamp.pid) == stamp.started
    return is_locked(lock)


def lock_path(path: Path, process: str) -> Path:
    """The lock file of one process beside the database."""
    return path.with_name(f"{path.name}.{hashlib.sha256(process.encode()).hexdigest()[:16]}.lock")


def is_locked(lock: Path, remove: bool = False) -> bool:
    """Whether a process holds the lock file. With `remove`, one that nobody holds is deleted."""
    try:
        descriptor = os.open(lock, os.O_RDWR | CLOSE_ON_EXEC)
    except FileNotFoundError:
        return False
    except PermissionError:
        return True  # somebody else's: better believed alive than its turns closed under it
    try:
        try_lock(descriptor, shared=True)
        if remove:
            lock.unlink(missing_ok=True)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


def hold_lock(lock: Path) -> int:
    """Take the lock file for this process and return its descriptor. Blocks for 0.2 s at most. Raises a `StoreError`."""
    deadline_s = time.monotonic() + 0.2
    while True:
        try:
            lock.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | CLOSE_ON_EXEC, 0o600)
        except OSError as error:
            raise typed(error) from error
        with suppress(BlockingIOError, FileNotFoundError):
            try_lock(descriptor, shared=False)
            if os.path.samestat(os.fstat(descriptor), lock.stat()):
                return descriptor
        # Held by its owner, or for a moment by one that looks whether it is, and may remove it.
        os.close(descriptor)
        if time.monotonic() > deadline_s:
            raise ProcessIdTakenError
        time.sleep(BUSY_POLL_S)
