"""One page of one browser, on the server: its tabs and columns, its clock, and the socket it is reached by at the moment.

It outlives its socket: a dropped socket has a few seconds to come back before what runs is cancelled, and a reload finds
columns, conversations and charts where they were.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from bench.clock import Clock
from bench.events.kinds import LoopStalled
from bench.events.store import Store, StoreError
from bench.preset import Presets
from bench.turn.live_turn import Ending
from bench.web.bench_tab import BenchTab
from bench.web.outbox import Outbox
from bench.web.page_clock import PageClock
from bench.web.page_player import Way

GRACE_S = 3.0
"""How long a dropped socket may stay away before running turns are cancelled."""
KEEP_S = 120.0
"""How long a page without a socket keeps its engines warm."""
TABS = ("voice", "chat")


class Page:
    """Implements `Host` for its columns, and `Way` for their players."""

    def __init__(
        self, id: str, sink: Store, clock: Clock, process: str, presets: Presets, save: Callable[["Page"], None]
    ) -> None:
        self.id, self.sink, self.clock, self.process, self.presets = id, sink, clock, process, presets
        self.way: Way = self
        self.page_clock = PageClock()
        self.language = "en"
        self.tabs: dict[str, BenchTab] = {}
        self._save = save
        self._outbox: Outbox | None = None
        self._connected = asyncio.Event()
        self._gone = asyncio.Event()
        self._group: asyncio.TaskGroup | None = None
        self._levels: dict[str, dict[str, dict[str, Any]]] = {}
        self._level_at: dict[str, float] = {}
        self._summaries: set[str] = set()

    # ── life ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
    async def run(self, opened: Callable[[], None]) -> None:
        """Live until nobody has been connected for two minutes, or until cancelled."""
        async with asyncio.TaskGroup() as self._group:
            self.tabs = {tab: BenchTab(self, tab, self._spawn) for tab in TABS}
            opened()
            while True:
                await self._gone.wait()
                if not await self._back_within(GRACE_S):
                    self.stop(Ending("cancelled", "", "page_gone"))
                    if not await self._back_within(KEEP_S):
                        raise _NobodyThere

    async def _back_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._connected.wait()
        except TimeoutError:
            return False
        return True

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        assert self._group is not None
        return self._group.create_task(work)

    def attach(self, outbox: Outbox, fresh: bool) -> None:
        """A socket is there. `fresh`: the page was loaded anew, so nothing of before is being played any more."""
        if fresh:
            self.stop(Ending("cancelled", "", "page_reloaded"))
        if self._outbox is not None:
            self._outbox.overflown.set()  # an older socket of the same page gives way
        self._outbox = outbox
        self._gone.clear()
        self._connected.set()

    def detach(self, outbox: Outbox) -> None:
        """That socket is gone."""
        if self._outbox is outbox:
            self._outbox = None
            self._connected.clear()
            self._gone.set()

    def drop(self) -> None:
        """Close the socket: whoever is there comes back to a new page."""
        if self._outbox is not None:
            self._outbox.overflown.set()

    def stop(self, ending: Ending) -> None:
        """End whatever runs in any tab."""
        for tab in self.tabs.values():
            tab.stop(None, ending)

    def stalled(self, event: LoopStalled) -> None:
        """The loop was late."""
        for tab in self.tabs.values():
            tab.stalled(event)

    # ── Way ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
    def put(self, message: dict[str, Any]) -> None:
        """Send a message, if anybody is there to read it; `welcome` brings everything that was missed."""
        if self._outbox is not None:
            self._outbox.put(message)

    async def put_sound(self, frame: bytes, on_sent: Callable[[int], None] | None) -> None:
        """Send sound; waits while the page is away or behind."""
        await self._connected.wait()
        if self._outbox is not None:
            await self._outbox.put_sound(frame, on_sent)

    # ── Host ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
    def send(self, message: dict[str, Any]) -> None:
        self.put(message)

    def send_level(self, tab: str, column: str, rms_db: float, probability: float, voiced: bool) -> None:
        """Levels of all columns go out together, at most 25 times a second."""
        levels = self._levels.setdefault(tab, {})
        levels[column] = {"probability": round(probability, 2), "voiced": voiced}
        now = self.clock.now_ns() / 1e9
        if self._outbox is not None and now - self._level_at.get(tab, 0.0) >= 0.04:
            self._level_at[tab] = now
            self._outbox.put_level({"type": "level", "tab": tab, "rms_db": round(rms_db, 1), "columns": levels})

    def columns_beside(self, tab: str) -> int:
        return len(self.tabs[tab].columns) - 1

    def changed(self, tab: str) -> None:
        if tab in self.tabs:
            self._save(self)
            self.send({"type": "workspace", "tab": tab, "workspace": self.tabs[tab].workspace()})

    def changed_summary(self, tab: str) -> None:
        """Send the tab's ledger and medians once, however many columns have just ended a turn."""
        if tab not in self._summaries:
            self._summaries.add(tab)
            asyncio.get_running_loop().call_soon(self._send_summary, tab)

    def _send_summary(self, tab: str) -> None:
        self._summaries.discard(tab)
        self.send({"type": "summary", "tab": tab, "summary": self.tabs[tab].summary()})

    def shown(self, turn: str, view: dict[str, Any]) -> None:
        self._spawn(self._keep_shown(turn, {"figures": view["figures"], "waterfall": view["waterfall"]}))

    async def _keep_shown(self, turn: str, shown: dict[str, Any]) -> None:
        try:
            await self.sink.put_document("shown", turn, shown)
        except StoreError as error:
            self.not_saved(error)

    def not_saved(self, error: Exception) -> None:
        self.problem("not_saved", getattr(error, "public_message", "The results could not be saved. Is the disk full?"))

    def problem(self, code: str, message: str, tab: str | None = None) -> None:
        """Tell the page of something that went wrong."""
        self.send({"type": "problem", "code": code, "message": message, "remedy": "", "tab": tab, "column": None})


class _NobodyThere(Exception):
    """Ends a page's task group when it has been alone for too long."""


async def live(page: Page, opened: Callable[[], None]) -> None:
    """Run the page to its end; being left alone is a normal one."""
    try:
        await page.run(opened)
    except* _NobodyThere:
        pass
