"""Worker processes of one provider: loaded ahead, lent to one session at a time, thrown away when they die."""

import asyncio
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from providers.base import Wire
from providers.errors import EngineCrashed, Stage, StageTimedOut
from providers.workers.child import Child, ChildDied
from providers.workers.framing import Kind, Message, Unpacker

PROJECT = Path(__file__).resolve().parents[2]
READY_S = 20.0
"""A worker that is not loaded by then is given up: loading takes 0.1–0.5 s here, disks can be slow and cores busy."""

Worker: TypeAlias = Child[Message]


class WorkerPool:
    """Starts workers by one command line and keeps idle ones warm."""

    def __init__(self, argv: Sequence[str], *, provider: str, stage: Stage, keep: int = 1, ready_s: float = READY_S) -> None:
        """`keep`: how many idle workers may stay loaded. `provider` is the name that errors show."""
        self._argv = tuple(argv)
        self._provider = provider
        self._stage: Stage = stage
        self._keep = keep
        self._ready_s = ready_s
        self._idle: list[Worker] = []
        self._lent: set[Worker] = set()
        self._ending: list[Worker] = []
        """Killed, and perhaps not reaped yet."""
        self._warming = asyncio.Lock()
        self._numbers = itertools.count(1)
        self.facts: bytes = b""
        """What the last worker said of its engine when it was ready (JSON)."""

    async def warm(self) -> None:
        """Have one idle worker loaded. Raises `EngineCrashed`, `StageTimedOut`."""
        async with self._warming:
            if self._alive() is None:
                self._idle.append(await self._start())

    async def take(self, wire: Wire) -> Worker:
        """A worker for the caller alone; tells the wire whether it was loaded. Raises `EngineCrashed`, `StageTimedOut`."""
        worker = self._alive()
        if worker is not None:
            self._idle.remove(worker)
            wire.note("connected", reused=True)
        else:
            wire.note("connect_started")
            worker = await self._start()
            wire.note("connected", reused=False)
        worker.now_ns = wire.now_ns
        self._lent.add(worker)
        return worker

    def next_number(self) -> int:
        """A number for an utterance or request that no other of this pool has, on whichever worker."""
        return next(self._numbers)

    def give_back(self, worker: Worker) -> None:
        """The caller needs it no more and has told it to stop. Never waits, so it is safe in any `finally`."""
        self._lent.discard(worker)
        if worker.dead or worker.behind or len(self._idle) >= self._keep:
            self._end(worker)
            return
        while worker.take() is not None:  # what nobody waits for any more; it also lets the worker write on
            pass
        worker.news = asyncio.Event()
        self._idle.append(worker)

    async def close(self) -> None:
        """End all workers, also those that are lent, and wait until they are reaped. May be called again."""
        for worker in (*self._idle, *self._lent):
            self._end(worker)
        self._idle.clear()
        self._lent.clear()
        for worker in self._ending:
            await worker.gone()
        self._ending.clear()

    def _end(self, worker: Worker) -> None:
        worker.kill()
        self._ending = [*(each for each in self._ending if not each.reaped), worker]

    def _alive(self) -> Worker | None:
        for worker in [*self._idle]:
            if worker.dead:
                self._idle.remove(worker)
                self._end(worker)
        return self._idle[-1] if self._idle else None

    async def _start(self) -> Worker:
        try:
            worker = await Child[Message].start(self._argv, Unpacker().feed, cwd=PROJECT)
        except OSError as error:
            raise EngineCrashed(self._provider, self._stage, cause=str(error)) from error
        loaded = False
        try:
            async with asyncio.timeout(self._ready_s):
                ready = await worker.receive()
            if ready.kind != Kind.READY:
                raise EngineCrashed(self._provider, self._stage, cause=f"first frame was {ready.kind}")
            loaded = True
        except TimeoutError as error:
            raise StageTimedOut(self._provider, self._stage, seconds=f"{self._ready_s:g}") from error
        except ChildDied as error:
            raise EngineCrashed(self._provider, self._stage, cause=str(error)) from error
        finally:
            if not loaded:  # also when the caller was cancelled
                self._end(worker)
        self.facts = ready.payload
        return worker
