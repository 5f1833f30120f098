"""All trials of one server: started, found again after a reload or a restart, their clocks kept running.

A small document for each trial says whose it is and where; everything else is in its events. Only trials that somebody uses,
or whose clock runs, are in memory.
"""

import asyncio
import contextlib
import hashlib
import logging
import uuid
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any, Protocol

from pydantic import ValidationError

from bench.clock import Clock
from bench.configuration import Choice, Configuration
from bench.events.kinds import ConversationEnded, TrialStarted
from bench.events.migrations import StoreError
from bench.scenarios.profession import Language, Profession
from bench.scenarios.professions import Entry
from bench.scenarios.trial import Trial
from bench.scenarios.trial_chats import Chats, build_chat
from bench.scenarios.trial_desk import Desk, TrialStore, wall_clock
from bench.scenarios.trial_entry import DOCUMENT, TrialEntry
from bench.scenarios.trial_errors import HeldElsewhere, LanguageUnavailable, NoSuchTrial, TrialError, TrialUnreadable
from bench.scenarios.trial_record import utc
from bench.scenarios.trial_state import TrialState, begun, state_of
from bench.turn.failure import ending_of
from providers.base import ChatModel

_log = logging.getLogger(__name__)
FORGOTTEN_AFTER = timedelta(days=30)
"""A session ends after 30 days, so nobody can come back to a trial that was left for longer."""


FINISHED_KEPT = 64
"""Trials that stay in memory after their end: their page still reports when it painted, and asks for the report."""


class ProfessionSource(Protocol):
    """Where professions come from; reads files, so it is asked from a thread."""

    def get(self, key: int | str) -> Entry:
        """By id or name. Raises `ProfessionError`."""
        ...


class Trials:
    """See the module's docstring. Everything but `run` needs it to be running."""

    def __init__(
        self, store: TrialStore, professions: ProfessionSource, clock: Clock, process: str, *,
        wall: Callable[[], datetime] = wall_clock, build: Callable[[Choice], ChatModel] = build_chat,
    ) -> None:  # fmt: skip
        """`process`: id of this process, new at each start. `build`: makes chat models."""
        self._store, self._professions, self._clock, self._process, self._wall = store, professions, clock, process, wall
        self._chats = Chats(build)
        self._group: asyncio.TaskGroup | None = None
        self._desk = Desk(store, clock, wall, process, self._chats, self._start, self._over)
        self._entries: dict[str, TrialEntry] = {}
        self._trials: dict[str, Trial] = {}
        self._finished: OrderedDict[str, Trial] = OrderedDict()
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}

    # ── life ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
    async def run(self, started: Callable[[], None] = lambda: None) -> None:
        """Live until cancelled. `started` is called once trials can be asked for. Raises `StoreError` when the history cannot
        be read."""
        documents = await self._store.documents(DOCUMENT)
        entries = [entry for trial, document in documents.items() if (entry := TrialEntry.read(trial, document))]
        self._entries = {entry.trial: entry for entry in sorted(entries, key=lambda each: each.started)}
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                self._start(self._restore)
                started()
                await asyncio.get_running_loop().create_future()
        finally:
            self._group = None
            await asyncio.shield(self._close())

    async def _restore(self) -> None:
        """Take up the trials whose clock runs, end the forgotten ones, and leave the others on the disk."""
        for trial, entry in list(self._entries.items()):
            if entry.ended:
                continue
            forgotten = entry.started + FORGOTTEN_AFTER < self._wall()
            try:
                if forgotten or await self._clock_runs(trial):
                    found = await self._load(trial)
                    if forgotten:
                        await found.abandon()
            except NoSuchTrial:
                continue  # the program died before it had begun
            except (TrialError, StoreError) as error:
                _log.warning("trial %s could not be taken up: %s", trial, error)

    async def _clock_runs(self, trial: str) -> bool:
        """Asked of trials that nobody has touched since the start; they stay out of the memory."""
        async with self._locked(trial):
            state = None if trial in self._trials else await self._read(trial)
            if state is None:
                return False
            if state.ended is not None:
                await self._note_end(trial, state.ended)
                return False
            return state.current is not None and state.remaining_s(state.current.task_id, self._wall()) is not None

    async def _close(self) -> None:
        for trial in list(self._trials.values()):
            try:
                await trial.close("shutdown")
            except StoreError as error:
                _log.error("the end of a trial's conversation could not be stored: %s", error)
        await self._chats.close()

    def _start(self, work: Callable[[], Coroutine[Any, Any, None]]) -> asyncio.Task[None]:
        assert self._group is not None, "the trials are not running"
        return self._group.create_task(_bounded(work))

    def _over(self, trial: str) -> None:
        """A trial has ended: it leaves the memory, its document says so."""
        found = self._trials.pop(trial, None)
        entry = self._entries.get(trial)
        if found is None or entry is None or found.state.ended is None:
            return
        self._finished[trial] = found
        while len(self._finished) > FINISHED_KEPT:
            self._finished.popitem(last=False)
        noted = self._entries[trial] = entry.over(found.state.ended)
        if self._group is not None:  # else the next start notes it
            self._start(lambda: self._store.put_document(DOCUMENT, trial, noted.document()))

    # ── from outside ─────────────────────────────────────────────────────────────────────────────────────────────────────
    async def get_or_start(
        self, owner: str, profession: int | str, language: Language, *, configuration: Configuration, preset: str = "",
        column: str = "", page: bool = True,
    ) -> Trial:  # fmt: skip
        """The owner's running trial of this profession, language, configuration and column, else a new one.

        `owner`: the session id, of which only a hash is kept. `page`: a page tells when it painted. A running trial goes on
        with the profession as it was, also when that was changed or deleted. Raises `ProfessionError`, `LanguageUnavailable`,
        `ProviderError` or `RegistryError` (no such model, no key …), `StoreError`.
        """
        who, mark = owner_hash(owner), configuration.fingerprint
        async with self._locked(f"{who} {profession} {language} {column} {mark}"):
            for trial, entry in reversed(list(self._entries.items())):
                if not entry.ended and entry.is_of(who, profession, language, column) and entry.fingerprint == mark:
                    with contextlib.suppress(NoSuchTrial, TrialUnreadable):  # never begun, or of another version: a new one
                        found = await self._load(trial)
                        if found.state.ended is None:
                            return found
            entry = await asyncio.to_thread(self._professions.get, profession)
            chosen = entry.profession
            if language not in chosen.languages:
                raise LanguageUnavailable(language=language, allowed=", ".join(chosen.languages))
            async with self._chats.lent(configuration.thinking.chat):
                return await self._begin(who, chosen, language, configuration, preset, column, page)

    async def running(
        self, owner: str, profession: int | str | None = None, language: Language | None = None, column: str | None = None
    ) -> list[Trial]:
        """The owner's running trials, newest last. What cannot be read is left out. Raises `StoreError`."""
        who = owner_hash(owner)
        wanted = [
            trial
            for trial, entry in self._entries.items()
            if not entry.ended and entry.is_of(who, profession, language, column)
        ]
        found: list[Trial] = []
        for trial in wanted:
            with contextlib.suppress(TrialError):
                found.append(await self._load(trial))
        return [trial for trial in found if trial.state.ended is None]

    def entries(self, owner: str) -> list[TrialEntry]:
        """All of the owner's trials, finished ones too, newest last: for lists."""
        who = owner_hash(owner)
        return [entry for entry in self._entries.values() if entry.owner == who]

    async def of_task(self, owner: str, task_id: int, column: str | None = None) -> Trial | None:
        """The owner's trial with that task: the newest running one, else the newest. Raises `TrialError`, `StoreError`."""
        who = owner_hash(owner)
        having = [each for each in self._entries.values() if task_id in each.tasks and each.is_of(who, None, None, column)]
        newest = [each for each in having if not each.ended] or having
        return await self._load(newest[-1].trial) if newest else None

    async def get(self, owner: str, trial: str) -> Trial:
        """A trial of the owner, finished ones too. Raises `NoSuchTrial`, also for another's, `TrialError`, `StoreError`."""
        entry = self._entries.get(trial)
        if entry is None or entry.owner != owner_hash(owner):
            raise NoSuchTrial
        return await self._load(trial)

    async def delete(self, owner: str, trial: str) -> None:
        """Delete a trial with its conversations, every byte of it. Raises as `get` does."""
        found = await self.get(owner, trial)
        await found.close("deleted")
        self._trials.pop(trial, None)
        self._finished.pop(trial, None)
        for conversation in (*found.state.talks, trial):
            await self._store.delete_conversation(conversation)
        await self._store.delete_document(DOCUMENT, trial)
        self._entries.pop(trial, None)

    # ── loading ──────────────────────────────────────────────────────────────────────────────────────────────────────────
    async def _begin(
        self, owner: str, profession: Profession, language: Language, configuration: Configuration, preset: str, column: str,
        page: bool,
    ) -> Trial:  # fmt: skip
        trial, now = uuid.uuid4().hex[:16], self._wall()
        event = TrialStarted(
            at_ns=self._clock.now_ns(), conversation=trial, owner=owner,
            profession=profession.model_dump(mode="json", exclude_none=True), language=language, preset=preset,
            configuration=configuration.canonical(), column=column, has_page=page, wall_utc=utc(now),
        )  # fmt: skip
        entry = TrialEntry(
            trial, owner, profession.id, profession.name, language, column, configuration.fingerprint,
            tuple(task.id for task in profession.tasks), now,
        )  # fmt: skip
        # The document first: one without its trial is dropped at the next start, a trial without its document would be lost.
        await self._store.put_document(DOCUMENT, trial, entry.document())
        await self._store.commit(event)
        self._entries[trial] = entry
        self._trials[trial] = Trial(begun(event, profession), self._desk)
        return self._trials[trial]

    async def _load(self, trial: str) -> Trial:
        """From memory or from the disk. Raises `NoSuchTrial`, `TrialUnreadable`, `HeldElsewhere`, `StoreError`."""
        async with self._locked(trial):
            known = self._trials.get(trial) or self._finished.get(trial)
            if known is not None:
                return known
            state = await self._read(trial)
            if state.ended is not None:
                await self._note_end(trial, state.ended)
                return Trial(state, self._desk)
            if state.talks and state.process != self._process and not await self._is_closed(state.talks[-1]):
                raise HeldElsewhere
            found = self._trials[trial] = Trial(state, self._desk)
            found.resume(restarted=True)
            return found

    async def _read(self, trial: str) -> TrialState:
        try:
            events = [event for _, event in await self._store.events(conversation=trial)]
            state = await asyncio.to_thread(state_of, events)
            if state is not None:
                Configuration.model_validate(state.configuration)
        except ValidationError as error:
            raise TrialUnreadable from error
        if state is None:
            self._entries.pop(trial, None)
            await self._store.delete_document(DOCUMENT, trial)
            raise NoSuchTrial
        return state

    async def _note_end(self, trial: str, reason: str) -> None:
        """The program died between a trial's end and the note of it."""
        entry = self._entries.get(trial)
        if entry is not None and not entry.ended:
            self._entries[trial] = entry.over(reason)
            await self._store.put_document(DOCUMENT, trial, self._entries[trial].document())

    async def _is_closed(self, talk: str) -> bool:
        return bool(await self._store.events(conversation=talk, kinds=(ConversationEnded,), limit=1))

    @contextlib.asynccontextmanager
    async def _locked(self, key: str) -> AsyncGenerator[None]:
        """One at a time for each key."""
        lock, waiting = self._locks.get(key, (asyncio.Lock(), 0))
        self._locks[key] = (lock, waiting + 1)
        try:
            async with lock:
                yield
        finally:
            waiting = self._locks[key][1] - 1
            if waiting:
                self._locks[key] = (lock, waiting)
            else:
                del self._locks[key]


def owner_hash(owner: str) -> str:
    """What is kept of a session id."""
    return hashlib.sha256(f"trial owner {owner}".encode()).hexdigest()[:32]


async def _bounded(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """What goes wrong in one trial's work is logged, and harms no other's."""
    try:
        async with asyncio.TaskGroup() as own:
            own.create_task(work())
    except ExceptionGroup as failures:
        ending_of(failures)
