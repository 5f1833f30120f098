"""One tab of one page: its columns, what is being played to them, and a run of blocks. A message of the page is one method."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeAlias, cast

from bench.audio.frame import AudioFrame
from bench.clock import Clock
from bench.configuration import Configuration
from bench.events.kinds import LoopStalled
from bench.experiments.runner import Contestant
from bench.preset import DEFAULT, PresetError, check
from bench.turn.conversation import Conversation
from bench.turn.feed import Recording
from bench.turn.live_turn import Ending
from bench.turn.player import PlayerMark
from bench.turn.playing import play_to
from bench.web.column import Column, Host
from bench.web.compare_link import workspace_link
from bench.web.tab_run import TabRun
from bench.web.turn_log import TurnLog

LETTERS = "ABCD"
LogOf: TypeAlias = Callable[[str, str, str], Awaitable[TurnLog]]
"""The log of a tab's column by (tab, letter, fingerprint), as the store has it."""


class BenchTab:
    """`tab` is `voice` or `chat`. Owned by a page; tasks run in the page's task group."""

    def __init__(self, host: Host, tab: str, spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]) -> None:
        self.tab = tab
        self.columns: dict[str, Column] = {}
        self.microphone = False
        self.run = TabRun(host, self)
        self._host = host
        self._spawn = spawn
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._feed: asyncio.Task[None] | None = None
        self._seen = False

    @property
    def clock(self) -> Clock:
        """The server's clock."""
        return self._host.clock

    # ── columns ──────────────────────────────────────────────────────────────────────────────────────────────────────────
    def open(self, letter: str, preset: str, configuration: Configuration, log: TurnLog | None = None) -> None:
        """Put a column into place and start it."""
        log = log or TurnLog(configuration.fingerprint)
        column = self.columns[letter] = Column(self._host, self.tab, letter, preset, configuration, log)
        if self._seen:
            column.wake()
        self._tasks[letter] = self._spawn(column.run())

    def add(self, preset: str) -> None:
        """A further column, up to four, with the given preset. Raises `PresetError`."""
        free = [letter for letter in LETTERS if letter not in self.columns]
        if free and not self.run.running:
            self.open(free[0], preset, self._host.presets.get(preset).configuration)
            self._host.changed(self.tab)

    def close(self, letter: str) -> None:
        """End a column and what runs in it."""
        self.columns.pop(letter).stop(Ending("cancelled", "", "column_removed"))
        self._tasks.pop(letter).cancel()

    def remove(self, letter: str) -> None:
        """Take a column away; the last one stays."""
        if letter in self.columns and len(self.columns) > 1 and not self.run.running:
            self.close(letter)
            self._host.changed(self.tab)

    def conversations(self) -> list[Conversation]:
        """Those that are ready to hear and answer."""
        return [c.conversation for _, c in sorted(self.columns.items()) if c.conversation is not None]

    def contestants(self) -> dict[str, Contestant]:
        """The columns by letter, for a run."""
        return dict(sorted(self.columns.items()))

    def warm_up(self, letter: str) -> None:
        """Warm a column's engines up again."""
        if letter in self.columns:
            self.columns[letter].warm_up(self._spawn)

    def wake(self) -> None:
        """The tab is in front: its columns load their engines."""
        self._seen = True
        for column in self.columns.values():
            column.wake()

    async def _all_settled(self) -> None:
        self.wake()
        for column in list(self.columns.values()):
            await column.settled()

    # ── input ────────────────────────────────────────────────────────────────────────────────────────────────────────────
    def say(self, text: str, sent_ns: int, error_ns: int, refused: Callable[[], None]) -> None:
        """A typed message to every column, as soon as all are ready; `refused` when one has too many to answer."""
        self.stop_feed()
        self._spawn(self._say(text.strip(), sent_ns, error_ns, refused))

    async def _say(self, text: str, sent_ns: int, error_ns: int, refused: Callable[[], None]) -> None:
        await self._all_settled()
        taken = [each.say(text, sent_ns, error_ns, "browser") for each in self.conversations()]
        if not all(taken):
            refused()

    def hear(self, frame: AudioFrame) -> None:
        """20 ms of the microphone; a sample that is playing has precedence."""
        if self._feed is None and not self.run.running:
            for conversation in self.conversations():
                conversation.hear(frame, "microphone")

    def play(self, recording: Recording) -> None:
        """Play a recording to every column at once, instead of whatever is being played."""
        if not self.run.running:
            self.stop_feed()
            for conversation in self.conversations():
                conversation.stop(Ending("interrupted", "", "new_message"))
            self._feed = self._spawn(self._play(recording))

    async def _play(self, recording: Recording) -> None:
        await self._all_settled()
        own = asyncio.current_task()
        try:
            await play_to(recording, self.conversations(), self.clock)
        finally:
            if self._feed is own:
                self._feed = None

    def stop_feed(self) -> None:
        """Stop playing the recording."""
        if self._feed is not None:
            self._feed.cancel()
            self._feed = None

    def switch_microphone(self, on: bool) -> None:
        """Off while the user speaks ends the turn: what was said is answered."""
        self.microphone = on
        if not on and self._feed is None:
            self.release("microphone_off")

    def release(self, reason: str) -> None:
        """The user's key ends the turn."""
        for conversation in self.conversations():
            conversation.release(reason)

    def stop(self, letter: str | None, ending: Ending) -> None:
        """Stop one column, or everything."""
        if letter is None:
            self.stop_feed()
            self.run.stop()
        for column in self.columns.values():
            if letter in (None, column.letter):
                column.stop(ending)

    def take(self, letter: str, mark: PlayerMark) -> None:
        """A mark that the page sent."""
        column = self.columns.get(letter)
        if column is not None:
            column.take(mark)

    def stalled(self, event: LoopStalled) -> None:
        """The loop was late."""
        for column in self.columns.values():
            column.stalled(event)

    def start_task(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """A task that lives no longer than the page."""
        return self._spawn(work)

    # ── how it looks ─────────────────────────────────────────────────────────────────────────────────────────────────────
    def workspace(self) -> dict[str, Any]:
        """The `Workspace` shape."""
        columns = [column for _, column in sorted(self.columns.items())]
        link = workspace_link(self.tab, [(column.preset, column.configuration) for column in columns], self._host.presets)
        return {"columns": [column.view() for column in columns], "link": link}

    def stored(self) -> list[dict[str, Any]]:
        """What brings the tab back."""
        return [column.stored() for _, column in sorted(self.columns.items())]

    def summary(self) -> dict[str, Any]:
        """The `Summary` shape."""
        return {letter: column.log.summary() for letter, column in sorted(self.columns.items())}

    def history(self) -> dict[str, Any]:
        """Turn views by column, newest last."""
        return {letter: column.log.views() for letter, column in sorted(self.columns.items())}


async def restore(tab: BenchTab, stored: list[Any], host: Host, log_of: LogOf) -> None:
    """Open the columns that were stored; one that is no longer valid starts from its preset, or from the default."""
    for each in (cast("dict[str, Any]", each) for each in stored[: len(LETTERS)] if isinstance(each, dict)):
        letter, preset = str(each.get("column", "")), str(each.get("preset", DEFAULT))
        if letter not in LETTERS or letter in tab.columns:
            continue
        try:
            configuration = check(each.get("configuration"))
        except PresetError:
            preset = preset if preset in host.presets.ids() else DEFAULT
            configuration = host.presets.get(preset).configuration
        tab.open(letter, preset, configuration, await log_of(tab.tab, letter, configuration.fingerprint))
