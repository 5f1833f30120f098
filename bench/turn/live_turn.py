"""A turn while it runs: its id, its marks so far, and how it was told to stop."""

import asyncio
import uuid
from dataclasses import dataclass, field
from typing import Any

from bench.clock import Clock
from bench.events.kinds import InputKind, Marked, Outcome, Owner, SpanRecorded
from bench.turn.recorder import Recorder


@dataclass(frozen=True, slots=True)
class Ending:
    """How a turn ended."""

    outcome: Outcome
    stage: str = ""
    """The stage that failed, timed out or was interrupted, or empty."""
    reason: str = ""
    """A code."""
    message: str = ""
    """What a person can do about it."""
    facts: dict[str, Any] = field(default_factory=dict[str, Any])
    """What fills that message in another language."""


class LiveTurn:
    """One turn of one conversation. Marks go straight to the recorder; `instants` keeps the first of each name."""

    def __init__(self, conversation: str, serial: int, input: InputKind, recorder: Recorder, clock: Clock) -> None:
        self.id = uuid.uuid4().hex[:12]
        self.conversation = conversation
        self.serial = serial
        self.input: InputKind = input
        self.instants: dict[str, int] = {}
        self.user_text = ""
        self.began_ns = clock.now_ns()
        self.stopped_by: Ending | None = None
        self.work: asyncio.Task[None] | None = None
        self._recorder = recorder
        self._clock = clock

    def mark(
        self, name: str, at_ns: int | None = None, *, clock: str = "server", error_ns: int = 0, estimated: bool = False,
        **data: Any,
    ) -> int:  # fmt: skip
        """Record a named instant (default: now); returns it (ns)."""
        at_ns = self._clock.now_ns() if at_ns is None else at_ns
        self.instants.setdefault(name, at_ns)
        self._recorder.note(
            Marked(at_ns=at_ns, conversation=self.conversation, turn=self.id, name=name, clock=clock, error_ns=error_ns,
                   estimated=estimated, data=data)
        )  # fmt: skip
        return at_ns

    def mark_once(self, name: str, at_ns: int | None = None, **data: Any) -> None:
        """Record it unless this turn has that mark already."""
        if name not in self.instants:
            self.mark(name, at_ns, **data)

    def span(self, name: str, owner: Owner, from_ns: int, until_ns: int, stage: str = "") -> None:
        """Record a stretch of our own work or waiting (ns); `stage` when it was the way to that stage's service."""
        if until_ns > from_ns:
            self._recorder.note(
                SpanRecorded(
                    at_ns=until_ns, conversation=self.conversation, turn=self.id, name=name, owner=owner, from_ns=from_ns,
                    stage=stage,
                )
            )  # fmt: skip

    def stop(self, ending: Ending) -> None:
        """End it now, with this ending; the first call wins."""
        if self.stopped_by is None:
            self.stopped_by = ending
            if self.work is not None:
                self.work.cancel()
