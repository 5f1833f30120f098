"""All pages that are open, and what they share: presets, inputs, the store, the watch over our own loop."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, cast

from bench.charts.glossary import glossary
from bench.clock import Clock
from bench.configuration import Configuration
from bench.events.kinds import ClockSynced, LoopStalled
from bench.events.store import Store, StoreError
from bench.preset import PresetError, Presets
from bench.stall import StallWatch
from bench.turn.feed import Recording
from bench.web.bench_tab import restore
from bench.web.compare_link import from_link
from bench.web.key_states import KeyStates
from bench.web.page import TABS, Page, live
from bench.web.provider_list import provider_list
from bench.web.recordings import Recordings
from bench.web.turn_log import TurnLog, open_log

_log = logging.getLogger(__name__)
_FIRST_COLUMNS = {"voice": ("embedded-pause-300", "embedded-pause-700"), "chat": ("embedded-batch-40", "embedded-whole-reply")}
_CLOCK_EVERY_NS = 10_000_000_000
_PAGES_MAX = 32
_SAVE_AFTER_S = 0.1


class Pages:
    """Lives as long as the app; `run` owns every page's task."""

    def __init__(self, store: Store, clock: Clock, process: str, presets: Presets, recordings: Recordings) -> None:
        self._store, self._clock, self._process, self._presets, self._recordings = store, clock, process, presets, recordings
        self._pages: dict[tuple[str, str], Page] = {}
        self._group: asyncio.TaskGroup | None = None
        self._watch = StallWatch(clock, self._stalled)
        self.key_states = KeyStates(self._keys_changed)
        self._clock_recorded: dict[str, int] = {}
        self._saving: set[str] = set()

    async def run(self, started: Callable[[], None]) -> None:
        """Until cancelled; every running turn then ends as cancelled."""
        async with asyncio.TaskGroup() as self._group:
            self._group.create_task(self._watch.run())
            self._group.create_task(self.key_states.run())
            started()

    # ── pages ────────────────────────────────────────────────────────────────────────────────────────────────────────────
    async def get(self, session: str, id: str, come_from: str | None, compare: str | None) -> Page:
        """The page with this id, opened anew if need be: from what was stored of it, a link, or another page."""
        page = self._pages.get((session, id))
        if page is not None:
            if compare:
                self._compare(page, compare)
            return page
        assert self._group is not None
        if len(self._pages) >= _PAGES_MAX:
            _log.warning("more than %d pages are open", _PAGES_MAX)
        page = Page(id, self._store, self._clock, self._process, self._presets, self._save)
        opened = asyncio.Event()
        self._pages[session, id] = page
        self._group.create_task(self._live(session, page, opened.set))
        await opened.wait()
        await self._furnish(page, come_from)
        if compare:
            self._compare(page, compare)
        return page

    async def _furnish(self, page: Page, come_from: str | None) -> None:
        """Columns as they were stored for this page, or for the one it comes from; else the first ones."""
        stored = await self._store.document("workspace", page.id)
        if stored is None and come_from is not None:
            stored = await self._store.document("workspace", come_from)

        async def log_of(tab: str, letter: str, fingerprint: str) -> TurnLog:
            return await open_log(self._store, page.id, tab, letter, fingerprint)

        for tab in TABS:
            columns = (stored or {}).get(tab)
            if isinstance(columns, list):
                await restore(page.tabs[tab], cast("list[Any]", columns), page, log_of)
            if not page.tabs[tab].columns:
                for letter, preset in zip("AB", _FIRST_COLUMNS[tab], strict=True):
                    page.tabs[tab].open(letter, preset, self._presets.get(preset).configuration)

    async def _live(self, session: str, page: Page, opened: Callable[[], None]) -> None:
        """One page's fault is not another's: it is logged, and the browser comes back to a new one."""
        try:
            (fault,) = await asyncio.gather(live(page, opened), return_exceptions=True)
            if isinstance(fault, Exception):
                _log.error("a page ended by a fault of our own", exc_info=fault)
        finally:
            self._pages.pop((session, page.id), None)
            page.drop()

    def _compare(self, page: Page, link: str) -> None:
        """Open the columns of a link in the voice tab, or of `chat:…` in the other one."""
        tab, _, rest = link.rpartition(":")
        place = page.tabs.get(tab or "voice")
        if place is None or place.run.running:
            return
        columns = [column for column in (from_link(part, self._presets) for part in rest.split(",")[:4]) if column is not None]
        if not columns:
            return
        for letter in list(place.columns):
            place.close(letter)
        for letter, (preset, configuration) in zip("ABCD", columns, strict=False):
            place.open(letter, preset, configuration)
        page.changed(place.tab)

    def _save(self, page: Page) -> None:
        """Soon, and once for however many changes; the last state wins."""
        if page.id not in self._saving and self._group is not None:
            self._saving.add(page.id)
            self._group.create_task(self._save_soon(page))

    async def _save_soon(self, page: Page) -> None:
        await asyncio.sleep(_SAVE_AFTER_S)
        self._saving.discard(page.id)
        stored = {tab: page.tabs[tab].stored() for tab in TABS}
        try:
            await self._store.put_document("workspace", page.id, stored)
        except StoreError as error:
            page.not_saved(error)

    def _stalled(self, event: LoopStalled) -> None:
        self._store.append(event)
        for page in self._pages.values():
            page.stalled(event)

    def record_clock(self, page: Page) -> None:
        """Every ten seconds, how the page's clock relates to ours goes on record."""
        now_ns, known = self._clock.now_ns(), page.page_clock.estimate()
        if known is None or now_ns - self._clock_recorded.get(page.id, -_CLOCK_EVERY_NS) < _CLOCK_EVERY_NS:
            return
        self._clock_recorded[page.id] = now_ns
        offset_ns, error_ns = known.offset_ns, known.error_ns
        event = ClockSynced(at_ns=now_ns, page=page.id, offset_ns=offset_ns, error_ns=error_ns, drift_ppm=known.drift_ppm)
        self._store.append(event)

    # ── what pages ask for ───────────────────────────────────────────────────────────────────────────────────────────────
    async def recording(self, id: str) -> Recording | None:
        """A sample or upload, decoded; None when it is not there."""
        return await self._recordings.recording(id)

    async def warm_up(self, but: str) -> Recording | None:
        """Another input than the one that is measured."""
        return await self._recordings.warm_up(but)

    def instrument(self) -> dict[str, Any]:
        """What the workbench itself costs."""
        return {"loop_lag_ms": round(self._watch.p99_ms, 2), "stalls": self._watch.stalls}

    def presets_changed(self) -> None:
        """Tell every page."""
        self.broadcast({"type": "presets", "presets": self.preset_list()})

    def inputs_changed(self) -> None:
        """Tell every page."""
        self.broadcast({"type": "inputs", "inputs": self._recordings.listing()})

    def _keys_changed(self) -> None:
        """Tell every page."""
        self.broadcast({"type": "keys", "keys": self.key_states.views()})

    def broadcast(self, message: dict[str, Any]) -> None:
        """To every page that is open."""
        for page in self._pages.values():
            page.send(message)

    def preset_list(self) -> list[dict[str, Any]]:
        """The `Preset` shapes; a broken one says what is wrong with it."""
        listed: list[dict[str, Any]] = []
        for id in self._presets.ids():
            try:
                preset = self._presets.get(id)
                title, description, problem = preset.title.model_dump(), preset.description.model_dump(), None
                chat = preset.configuration.thinking.chat.model_dump(mode="json")
            except PresetError as error:
                chat = None
                title = description = {"en": id, "ru": id}
                problem = "; ".join(str(each) for each in error.problems)
            own = self._presets.is_own(id)
            listed.append({"id": id, "title": title, "description": description, "own": own, "problem": problem, "chat": chat})
        return listed

    def welcome(self, page: Page, session: str) -> dict[str, Any]:
        """The first answer: everything that the page shows."""
        tabs = page.tabs
        return {
            "type": "welcome", "page": page.id, "workspaces": {tab: tabs[tab].workspace() for tab in TABS},
            "presets": self.preset_list(), "providers": provider_list(), "keys": self.key_states.views(),
            "knobs": Configuration.model_json_schema(),
            "inputs": self._recordings.listing(), "history": {tab: tabs[tab].history() for tab in TABS},
            "summary": {tab: tabs[tab].summary() for tab in TABS}, "verdicts": {tab: tabs[tab].run.verdict for tab in TABS},
            "glossary": glossary(), "states": [column.state_message() for tab in TABS for column in tabs[tab].columns.values()],
            "notices": [str(notice) for notice in self._store.notices],
        }  # fmt: skip
