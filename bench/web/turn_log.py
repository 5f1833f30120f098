"""What a column has measured: its turns as records and as the page draws them. Filled live, or from the store."""

import statistics
from collections import OrderedDict
from typing import Any

from bench.charts.summary import column_summary
from bench.charts.turn_view import turn_view
from bench.events.kinds import ConversationStarted, Event, LoopStalled, TurnStarted
from bench.events.store import Store
from bench.metrics.definitions import figure
from bench.metrics.turn_record import TurnFolder, TurnRecord

_TURNS = 2000
"""Turns kept in memory for a column."""
_SHOWN = 40
"""Turns that a page gets when it is loaded."""
_TOUCHED_BY_STALL = 16
"""A stall is noticed after it is over: it may touch turns that have just ended."""
_STAGE_FIGURE = {"understanding": "stt_final", "thinking": "ttft", "pausing": "vad_pause"}


class TurnLog:
    """The turns of one column, newest last. Only those of the present configuration (`fingerprint`) are counted together."""

    def __init__(self, fingerprint: str) -> None:
        self.fingerprint = fingerprint
        self._anchors: dict[str, ConversationStarted] = {}
        self._folders: OrderedDict[str, tuple[TurnFolder, str]] = OrderedDict()

    def add(self, event: Event) -> None:
        """Take an event of one of the column's conversations, or a stall of the loop."""
        match event:
            case ConversationStarted():
                self._anchors[event.conversation] = event
            case LoopStalled():
                for folder, _ in list(self._folders.values())[-_TOUCHED_BY_STALL:]:
                    folder.add(event)  # a record keeps only what overlaps it
            case TurnStarted():
                self._begin(event)
            case _ if event.turn in self._folders:
                self._folders[event.turn][0].add(event)
            case _:
                pass

    def _begin(self, event: TurnStarted) -> None:
        folder, anchor = TurnFolder(event.turn), self._anchors.get(event.conversation)
        if anchor is not None:
            folder.add(anchor)
        folder.add(event)
        self._folders[event.turn] = (folder, anchor.fingerprint if anchor is not None else self.fingerprint)
        while len(self._folders) > _TURNS:
            self._folders.popitem(last=False)

    def view(self, turn: str) -> dict[str, Any] | None:
        """The `TurnView` shape, or None for a turn that is not here."""
        folder, _ = self._folders.get(turn, (None, ""))
        record = folder.record if folder is not None else None
        return turn_view(record) if record is not None else None

    def views(self) -> list[dict[str, Any]]:
        """The newest turns, for a page that has just been loaded."""
        records = [record for folder, _ in list(self._folders.values())[-_SHOWN:] if (record := folder.record) is not None]
        return [turn_view(record) for record in records]

    def records(self) -> list[TurnRecord]:
        """The turns of the present configuration."""
        same = [folder for folder, fingerprint in self._folders.values() if fingerprint == self.fingerprint]
        return [record for folder in same if (record := folder.record) is not None]

    def experiment(self, experiment: str) -> list[TurnRecord]:
        """The turns of one run."""
        return [record for record in self.records() if record.experiment == experiment]

    def summary(self) -> dict[str, Any]:
        """The column's part of the `Summary` shape."""
        return column_summary(self.records())

    def usual_ms(self, state: str) -> float | None:
        """How long a state usually lasts: the median of its figure over the last turns; None before there are three."""
        name = _STAGE_FIGURE.get(state)
        if name is None:
            return None
        values = [ms for record in self.records()[-50:] if (ms := figure(record, name).ms) is not None]
        return statistics.median(values) if len(values) >= 3 else None


async def open_log(store: Store, page: str, tab: str, column: str, fingerprint: str) -> TurnLog:
    """The column's log as the store has it."""
    log = TurnLog(fingerprint)
    rows = await store.conversations(page=page, limit=200)
    for row in reversed(rows):
        if (row.started.tab, row.started.column) == (tab, column):
            for _, event in await store.events(conversation=row.started.conversation):
                log.add(event)
    return log
