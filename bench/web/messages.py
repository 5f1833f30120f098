"""What the page can ask for. One method for each message type; each field is checked before anything happens."""

import math
from typing import Any, cast

from bench.clock import Clock
from bench.experiments.runner import TypedInput
from bench.preset import PresetError
from bench.turn.feed import Recording
from bench.turn.live_turn import Ending
from bench.turn.player import PlayerMark
from bench.web.bench_tab import BenchTab
from bench.web.column import Column
from bench.web.page import Page
from bench.web.pages import Pages

PAGE_MARKS = frozenset(
    {"audio_received", "playback_started", "playback_stopped", "playback_ended", "text_painted", "avatar_moved"}
)
_MARK_DATA = frozenset({"buffer_ms", "output_latency_ms", "lead_silence_ms", "heard_ms", "underruns", "samples"})
MAX_TEXT = 20_000
MAX_REPEAT = 200


class Refused(Exception):
    """A message that is not carried out; the text is for the person."""

    def __init__(
        self, code: str, text: str, *, malformed: bool = False, tab: str | None = None, column: str | None = None,
        fields: list[dict[str, str]] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(text)
        self.code, self.malformed, self.tab, self.column, self.fields = code, malformed, tab, column, fields or []


class Desk:
    """Takes the messages of one socket."""

    def __init__(self, pages: Pages, page: Page, session: str, clock: Clock) -> None:
        self._pages, self._page, self._session, self._clock = pages, page, session, clock

    async def take(self, message: dict[str, Any], received_ns: int) -> None:
        """Carry one message out. Raises `Refused`."""
        type = message.get("type")
        method = getattr(self, f"_{type}", None) if isinstance(type, str) and type in _TYPES else None
        if method is None:
            raise Refused("bad_message", "The page asked for something unknown.", malformed=True)
        try:
            done = method(message, received_ns)
            if done is not None:
                await done
        except PresetError as error:
            fields = [{"path": p.path, "message": p.message, "allowed": p.allowed} for p in error.problems]
            text = "; ".join(str(problem) for problem in error.problems)
            tab, column = _text(message, "tab", 8), message.get("column")
            raise Refused("bad_configuration", text, tab=tab, column=column, fields=fields) from None

    # ── the clock ────────────────────────────────────────────────────────────────────────────────────────────────────────
    def _ping(self, message: dict[str, Any], received_ns: int) -> None:
        t1 = _number(message, "t1")
        self._page.send({"type": "pong", "t1": t1, "t2": received_ns / 1e6, "t3": self._clock.now_ns() / 1e6})

    def _synced(self, message: dict[str, Any], received_ns: int) -> None:
        self._page.page_clock.synced(*(_number(message, name) for name in ("t1", "t2", "t3", "t4")))
        self._pages.record_clock(self._page)

    def _mark(self, message: dict[str, Any], received_ns: int) -> None:
        tab, name, turn = self._tab(message), _text(message, "name", 40), _text(message, "turn", 40)
        if name not in PAGE_MARKS:
            raise Refused("bad_message", "The page marked something unknown.", malformed=True)
        column, given = _text(message, "column", 1), message.get("data")
        known = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
        data = {
            key: float(value)
            for key, value in known.items()
            if key in _MARK_DATA and isinstance(value, int | float) and math.isfinite(value)
        }
        estimated = message.get("estimated") is True

        def place(at_ns: int, error_ns: int) -> None:
            tab.take(column, PlayerMark(turn, name, at_ns, "browser", error_ns, estimated, data))  # type: ignore[arg-type]

        self._page.page_clock.convert(_number(message, "at_ms"), place)

    # ── input ────────────────────────────────────────────────────────────────────────────────────────────────────────────
    def _say(self, message: dict[str, Any], received_ns: int) -> None:
        tab, text = self._tab(message), _text(message, "text", MAX_TEXT)
        if not text.strip():
            raise Refused("empty_message", "Write something first.", tab=tab.tab)
        if tab.run.running:
            raise Refused("run_under_way", "A run is under way: stop it first.", tab=tab.tab)

        def refused() -> None:
            words = "A column still has sixteen messages to answer. Wait, or press Esc."
            self._page.problem("too_many_messages", words, tab.tab)

        def say(at_ns: int, error_ns: int) -> None:
            tab.say(text, at_ns, error_ns, refused)

        self._page.page_clock.convert(_number(message, "sent_at_ms"), say)

    def _front(self, message: dict[str, Any], received_ns: int) -> None:
        self._tab(message).wake()

    def _microphone(self, message: dict[str, Any], received_ns: int) -> None:
        self._tab(message).switch_microphone(message.get("on") is True)

    async def _play(self, message: dict[str, Any], received_ns: int) -> None:
        tab = self._tab(message)
        if tab.run.running:
            raise Refused("run_under_way", "A run is under way: stop it first.", tab=tab.tab)
        tab.play(await self._recording(message))

    def _stop(self, message: dict[str, Any], received_ns: int) -> None:
        column = message.get("column")
        self._tab(message).stop(column if isinstance(column, str) else None, Ending("cancelled", "", "user_stopped"))

    def _release(self, message: dict[str, Any], received_ns: int) -> None:
        self._tab(message).release("key")

    def _new_conversation(self, message: dict[str, Any], received_ns: int) -> None:
        for column in self._tab(message).columns.values():
            column.forget()

    # ── columns and presets ──────────────────────────────────────────────────────────────────────────────────────────────
    def _column_add(self, message: dict[str, Any], received_ns: int) -> None:
        self._free_tab(message).add(str(message.get("preset") or "embedded"))

    def _column_remove(self, message: dict[str, Any], received_ns: int) -> None:
        self._free_tab(message).remove(_text(message, "column", 1))

    def _column_preset(self, message: dict[str, Any], received_ns: int) -> None:
        self._column(message).choose(_text(message, "preset", 80))

    def _column_configure(self, message: dict[str, Any], received_ns: int) -> None:
        self._column(message).configure(message.get("configuration"))

    def _column_undo(self, message: dict[str, Any], received_ns: int) -> None:
        self._column(message).undo()

    def _column_reset(self, message: dict[str, Any], received_ns: int) -> None:
        self._column(message).reset()

    def _preset_save(self, message: dict[str, Any], received_ns: int) -> None:
        column, title = self._column(message), _text(message, "title", 80).strip()
        if not title:
            raise Refused("empty_title", "Give the preset a name.", tab=column.tab, column=column.letter)
        overwrite = column.preset if message.get("overwrite") is True else ""
        column.preset = self._page.presets.save(title, column.configuration, overwrite)
        self._pages.presets_changed()
        self._page.changed(column.tab)

    def _preset_delete(self, message: dict[str, Any], received_ns: int) -> None:
        self._page.presets.delete(_text(message, "preset", 80))
        self._pages.presets_changed()

    def _warm_up(self, message: dict[str, Any], received_ns: int) -> None:
        column = self._column(message)
        self._tab(message).warm_up(column.letter)

    def _keys_check(self, message: dict[str, Any], received_ns: int) -> None:
        self._pages.key_states.check_again()

    # ── runs ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
    async def _run(self, message: dict[str, Any], received_ns: int) -> None:
        tab, repeat = self._free_tab(message), message.get("repeat")
        if not isinstance(repeat, int) or not 1 <= repeat <= MAX_REPEAT:
            raise Refused("bad_repeat", f"Choose between 1 and {MAX_REPEAT} repeats.", tab=tab.tab)
        if any(not column.ready for column in tab.columns.values()):
            raise Refused("not_ready", "A column is not ready yet.", tab=tab.tab)
        text = message.get("text")
        if isinstance(text, str) and text.strip():
            tab.run.start(repeat, TypedInput("typed", text.strip()[:MAX_TEXT]), TypedInput("warm-up", "Hello."))
            return
        item = await self._recording(message)
        tab.run.start(repeat, item, await self._pages.warm_up(item.id))

    def _run_stop(self, message: dict[str, Any], received_ns: int) -> None:
        self._tab(message).run.stop()

    def _language(self, message: dict[str, Any], received_ns: int) -> None:
        self._page.language = "ru" if message.get("language") == "ru" else "en"

    async def _recording(self, message: dict[str, Any]) -> Recording:
        recording = await self._pages.recording(_text(message, "input", 80))
        if recording is None:
            raise Refused("no_such_input", "This recording is not there any more. Choose another one.", tab=message.get("tab"))
        return recording

    # ── fields ───────────────────────────────────────────────────────────────────────────────────────────────────────────
    def _tab(self, message: dict[str, Any]) -> BenchTab:
        tab = self._page.tabs.get(str(message.get("tab")))
        if tab is None:
            raise Refused("bad_message", "The page named an unknown tab.", malformed=True)
        return tab

    def _free_tab(self, message: dict[str, Any]) -> BenchTab:
        tab = self._tab(message)
        if tab.run.running:
            raise Refused("run_under_way", "A run is under way: stop it first.", tab=tab.tab)
        return tab

    def _column(self, message: dict[str, Any]) -> Column:
        tab = self._free_tab(message)
        column = tab.columns.get(str(message.get("column")))
        if column is None:
            raise Refused("no_such_column", "This column is not there any more.", tab=tab.tab)
        return column


_TYPES = frozenset(
    {
        "ping", "synced", "mark", "say", "microphone", "play", "stop", "release", "new_conversation", "column_add",
        "column_remove", "column_preset", "column_configure", "column_undo", "column_reset", "preset_save", "preset_delete",
        "run", "run_stop", "language", "front", "warm_up", "keys_check",
    }
)  # fmt: skip


def _text(message: dict[str, Any], name: str, longest: int) -> str:
    value = message.get(name)
    if not isinstance(value, str) or len(value) > longest:
        raise Refused("bad_message", f"The page sent no usable '{name}'.", malformed=not isinstance(value, str))
    return value


def _number(message: dict[str, Any], name: str) -> float:
    value = message.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Refused("bad_message", f"The page sent no usable '{name}'.", malformed=True)
    return float(value)
