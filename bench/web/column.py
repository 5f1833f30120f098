"""One column of a page: a configuration, its engines, the conversation that stands ready, and what it has measured."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any, Protocol

from bench.clock import Clock
from bench.configuration import Configuration
from bench.events.kinds import Event, LoopStalled, Marked, ReplyStreamed, SpanRecorded, TranscriptHeard, TurnEnded, TurnStarted
from bench.preset import Presets, check
from bench.turn.conversation import Conversation
from bench.turn.engines import build_engines, close_engines, warm_up
from bench.turn.live_turn import Ending
from bench.turn.player import PlayerMark
from bench.turn.recorder import EventSink
from bench.turn.turn_life import Engines, Origin
from bench.web.column_shape import column_shape
from bench.web.page_player import PagePlayer, Way
from bench.web.problems import provider_problem
from bench.web.turn_log import TurnLog
from providers.errors import ProviderError

_UNDO_STEPS = 50
_TIMING_EVERY_S = 0.03
"""A turn's picture is sent at most this often; a mark is never lost by it, only drawn with the next one."""


class Host(Protocol):
    """What a column needs from its page."""

    @property
    def id(self) -> str: ...

    @property
    def way(self) -> Way: ...

    @property
    def sink(self) -> EventSink: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def process(self) -> str: ...

    @property
    def presets(self) -> Presets: ...

    def send(self, message: dict[str, Any]) -> None: ...

    def send_level(self, tab: str, column: str, rms_db: float, probability: float, voiced: bool) -> None: ...

    def columns_beside(self, tab: str) -> int:
        """How many further columns the tab has."""
        ...

    def changed(self, tab: str) -> None:
        """The workspace of this tab looks different now."""
        ...

    def changed_summary(self, tab: str) -> None:
        """The tab's ledger and medians are different now."""
        ...

    def shown(self, turn: str, view: dict[str, Any]) -> None:
        """These are the figures that a person saw of a turn that is over: kept, so that `replay` can hold them to account."""
        ...

    def not_saved(self, error: Exception) -> None: ...


class Column:
    """Implements `Watcher` for its conversations and `Contestant` for runs. `run` lives as long as the column."""

    def __init__(self, host: Host, tab: str, letter: str, preset: str, configuration: Configuration, log: TurnLog) -> None:
        self.letter, self.tab, self.preset = letter, tab, preset
        self.configuration = configuration
        self.log = log
        self.problem: dict[str, Any] | None = None
        self.ready = False
        self.warmed: dict[str, Any] | None = None
        """The latest warming up that somebody asked for: the `WarmUp` shape, or None."""
        self._host = host
        self._undo: list[tuple[str, Configuration]] = []
        self._changed = asyncio.Event()
        self._ready = asyncio.Event()
        self._settled = asyncio.Event()
        self._awake = asyncio.Event()
        self._engines: Engines | None = None
        self._active: Conversation | None = None
        self._standing: Conversation | None = None
        self._player: PagePlayer | None = None
        self._state = "loading"
        self._timing: dict[str, asyncio.TimerHandle] = {}
        self._warming: asyncio.Task[None] | None = None

    # ── life ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
    async def run(self) -> None:
        """Keep engines and a conversation ready for the present configuration, until cancelled."""
        await self._awake.wait()
        try:
            while True:
                self._changed.clear()
                self._settled.clear()
                configuration = self.configuration
                if not await self._prepare(configuration):
                    await self._changed.wait()
                elif not self._changed.is_set():  # else it was changed while the engines were loading: on to the new one
                    await self._stand_by(configuration)
                if _engine_key(configuration) != _engine_key(self.configuration):
                    await self._drop_engines()
        finally:
            await self._drop_engines()

    async def _prepare(self, configuration: Configuration) -> bool:
        self._become("loading")
        try:
            if self._engines is None:
                self._engines = await build_engines(configuration)
        except ProviderError as error:
            self.problem = provider_problem(error)
            self._settled.set()
            self.state("error")
            self._host.changed(self.tab)
            return False
        self.problem = None
        return True

    async def _stand_by(self, configuration: Configuration) -> None:
        conversation = self._conversation(configuration, Origin(**self._origin(), strata=self._strata))
        async with asyncio.TaskGroup() as group:
            task = group.create_task(conversation.run())
            self._standing = self._active = conversation
            self._become("listening")
            try:
                await self._changed.wait()
                await self._quiet()
                conversation.closing = "reconfigured"
            finally:
                self._standing = self._active = None
                self.ready = False
                self._ready.clear()
                task.cancel()

    async def _quiet(self) -> None:
        """Changes are applied between turns."""
        if self._standing is not None:
            await self._standing.wait_idle()

    async def _drop_engines(self) -> None:
        engines, self._engines = self._engines, None
        if self._warming is not None and not self._warming.done():
            self._warming.cancel()
            await asyncio.wait([self._warming])
        self._warming = self.warmed = None
        if engines is not None:
            await close_engines(engines)

    def _become(self, state: str) -> None:
        self.ready = state == "listening"
        if self.ready:
            self._ready.set()
            self._settled.set()
        self.state(state)
        self._host.changed(self.tab)

    def _origin(self) -> dict[str, Any]:
        return {
            "process": self._host.process,
            "preset": self.preset,
            "tab": self.tab,
            "column": self.letter,
            "page": self._host.id,
        }

    def _strata(self) -> tuple[str, ...]:
        """Columns that answer at the same time share the CPU: such turns are never mixed silently with others."""
        return ("demo_mode",) if self._host.columns_beside(self.tab) else ()

    def _conversation(self, configuration: Configuration, origin: Origin) -> Conversation:
        assert self._engines is not None
        self._player = PagePlayer(self._host.way, self.tab, self.letter)
        return Conversation(configuration, self._engines, self._player, self._host.sink, self._host.clock, self, origin)

    def warm_up(self, start: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]) -> None:
        """Warm the engines up again, in the background; a column that could not be prepared tries that again.

        Between turns, so that it disturbs none. `start` makes a task that lives no longer than the page.
        """
        if self._engines is not None and (self._warming is None or self._warming.done()):
            self.warmed = {"running": True, "providers": []}
            self._warming = start(self._warm_up(self._engines))
            self._host.changed(self.tab)
        elif self._engines is None and self.problem is not None:
            self._apply()

    async def _warm_up(self, engines: Engines) -> None:
        await self._quiet()
        done = await warm_up(engines, self._host.clock.now_ns)
        self.warmed = {
            "running": False,
            "providers": [
                {"role": each.role, "title": each.title, "ms": each.ms, "asked": each.asked,
                 "problem": provider_problem(each.problem) if each.problem is not None else None}
                for each in done
            ],
        }  # fmt: skip
        self._host.changed(self.tab)

    def wake(self) -> None:
        """Somebody looks at this column: load its engines. A tab that nobody opens costs nothing."""
        self._awake.set()

    async def settled(self) -> None:
        """Until it is ready, or known that it cannot be."""
        await self._settled.wait()

    # ── what the user does ───────────────────────────────────────────────────────────────────────────────────────────────
    @property
    def conversation(self) -> Conversation | None:
        """The conversation that hears and answers right now; None while loading or broken."""
        return self._active

    def stop(self, ending: Ending) -> None:
        """End what runs."""
        if self._active is not None:
            self._active.stop(ending)

    def choose(self, preset: str) -> None:
        """Another preset. Raises `PresetError`."""
        configuration = self._host.presets.get(preset).configuration
        self._set(preset, configuration)

    def configure(self, data: Any) -> None:
        """A whole configuration as plain data. Raises `PresetError` with the fields."""
        self._set(self.preset, check(data))

    def reset(self) -> None:
        """Back to the preset."""
        self.choose(self.preset)

    def undo(self) -> None:
        """One step back."""
        if self._undo:
            self.preset, self.configuration = self._undo.pop()
            self._apply()

    def forget(self) -> None:
        """A new conversation with the same configuration."""
        self.stop(Ending("cancelled", "", "new_conversation"))
        self._apply()

    def _set(self, preset: str, configuration: Configuration) -> None:
        if (preset, configuration.fingerprint) == (self.preset, self.configuration.fingerprint):
            return
        self._undo = [*self._undo, (self.preset, self.configuration)][-_UNDO_STEPS:]
        self.preset, self.configuration = preset, configuration
        self._apply()

    def _apply(self) -> None:
        self.log.fingerprint = self.configuration.fingerprint
        self._host.changed_summary(self.tab)  # figures of different configurations are never counted together
        self._changed.set()
        self.ready = False
        self._ready.clear()
        self._settled.clear()  # at once: what is said from now on waits for the new conversation, and is not lost with the old
        self._host.changed(self.tab)

    # ── runs ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
    @contextlib.asynccontextmanager
    async def converse(self, experiment: str, block: int, warm_up: bool) -> AsyncGenerator[Conversation]:
        """A fresh conversation of the same engines, whose turns carry the experiment. Waits until the column is ready."""
        self.wake()
        await self._ready.wait()
        standing_player = self._player
        origin = Origin(**self._origin(), experiment=experiment, block=block, warm_up=warm_up)
        conversation = self._conversation(self.configuration, origin)
        started = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            task = group.create_task(conversation.run(started.set))
            try:
                await started.wait()
                self._active = conversation
                yield conversation
            finally:
                self._active, self._player = self._standing, standing_player
                task.cancel()

    # ── what happens in the conversation ─────────────────────────────────────────────────────────────────────────────────
    def event(self, event: Event) -> None:
        """Implements `Watcher`: fold it, and show it."""
        self.log.add(event)
        match event:
            case TurnStarted():
                self._send(
                    "turn", event, serial=event.serial, input=event.input, input_id=event.input_id, text=event.text,
                    strata=list(event.strata),
                )  # fmt: skip
            case TranscriptHeard():
                self._send("transcript", event, text=event.text, final=event.final)
            case ReplyStreamed():
                self._send("token", event, text=event.text, at_ms=event.at_ns / 1e6)
            case Marked() | SpanRecorded():
                self._draw_soon(event.turn)
            case TurnEnded():
                self._draw(event.turn)
            case _:
                pass

    def stalled(self, event: LoopStalled) -> None:
        """The loop was late: turns that run carry it."""
        self.log.add(event)

    def state(self, state: str, left_ms: float | None = None) -> None:
        """Implements `Watcher`."""
        self._state = state
        self._host.send(self.state_message(left_ms))

    def state_message(self, left_ms: float | None = None) -> dict[str, Any]:
        """The present state, as the page wants it."""
        return {
            "type": "state", "tab": self.tab, "column": self.letter, "state": self._state,
            "since_ms": self._host.clock.now_ns() / 1e6, "left_ms": left_ms, "usual_ms": self.log.usual_ms(self._state),
        }  # fmt: skip

    def level(self, rms_db: float, probability: float, voiced: bool) -> None:
        """Implements `Watcher`."""
        self._host.send_level(self.tab, self.letter, rms_db, probability, voiced)

    def not_saved(self, error: Exception) -> None:
        """Implements `Watcher`."""
        self._host.not_saved(error)

    def take(self, mark: PlayerMark) -> None:
        """A mark that the page sent."""
        if self._player is not None:
            self._player.take(mark)

    def _send(self, type: str, event: Event, **fields: Any) -> None:
        self._host.send({"type": type, "tab": self.tab, "column": self.letter, "turn": event.turn, **fields})

    def _draw_soon(self, turn: str) -> None:
        if turn not in self._timing:
            self._timing[turn] = asyncio.get_running_loop().call_later(_TIMING_EVERY_S, self._draw, turn)

    def _draw(self, turn: str) -> None:
        timer = self._timing.pop(turn, None)
        if timer is not None:
            timer.cancel()
        view = self.log.view(turn)
        if view is None:
            return
        ended = view["outcome"] is not None
        self._host.send(
            {"type": "outcome" if ended else "timing", "tab": self.tab, "column": self.letter, "turn": turn, "view": view}
        )
        if ended:
            self._host.shown(turn, view)
            self._host.changed_summary(self.tab)

    # ── how it looks ─────────────────────────────────────────────────────────────────────────────────────────────────────
    def view(self) -> dict[str, Any]:
        """The `Column` shape of docs/page-protocol.md."""
        shape = column_shape(self.letter, self.preset, self.configuration, self._host.presets)
        return {**shape, "can_undo": bool(self._undo), "ready": self.ready, "problem": self.problem, "warm_up": self.warmed}

    def stored(self) -> dict[str, Any]:
        """What brings the column back after a restart."""
        return {"column": self.letter, "preset": self.preset, "configuration": self.configuration.canonical()}


def _engine_key(configuration: Configuration) -> tuple[Any, ...]:
    """Engines are kept as long as this stays equal."""
    choices = {role: choice.model_dump_json() for role, choice in configuration.choices().items()}
    return (choices, configuration.speaking.aloud)
