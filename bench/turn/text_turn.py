"""Turns that are one model call each: the whole request is given, the reply is text, nothing is heard or spoken.

The model is read by the same code as in a conversation (`Reply`), so the marks and the ledger mean the same.
"""

import asyncio
import logging
import uuid
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from bench.clock import Clock
from bench.configuration import Configuration
from bench.events.kinds import ConversationEnded, ConversationStarted, Event, ReplyStreamed, TurnEnded, TurnStarted
from bench.turn.failure import ending_of
from bench.turn.live_turn import Ending, LiveTurn
from bench.turn.player import PlayerMark, ReplyAudio
from bench.turn.recorder import EventSink, Recorder
from bench.turn.reply import Reply, Stages
from bench.turn.turn_life import Origin
from providers.base import ChatModel, ChatRequest

_log = logging.getLogger(__name__)
_REMEMBERED = 64
"""Ended turns for which a late mark of the page is still taken."""


@dataclass(frozen=True, slots=True)
class Sent:
    """When the user sent what this turn answers."""

    at_ns: int
    """The instant (ns, server clock)."""
    error_ns: int = 0
    """Half width of its uncertainty (ns)."""
    clock: str = "browser"
    """The clock that saw it."""


@dataclass(frozen=True, slots=True)
class Written:
    """What came of one model call."""

    turn: str
    """Turn id."""
    text: str
    """The reply as far as it came."""
    ending: Ending
    """How the turn ended; on record."""
    first_text_ms: float | None
    """From the request to the first visible text (ms), or None without any."""
    total_ms: float | None
    """From the request to the last text (ms), or None without any."""


class _Silence:
    """The player of replies that are not spoken."""

    kind: Literal["page", "headless"] = "page"

    def attach(self, marked: Callable[[PlayerMark], None]) -> None: ...

    def wrote(self, turn: str, at_ns: int) -> None: ...

    async def play(self, audio: ReplyAudio) -> None: ...

    async def stop(self, turn: str) -> None: ...


class _TextReply(Reply):
    """A reply to a request that is given whole."""

    async def ask(self, request: ChatRequest) -> None:
        """Returns when the model has finished. Raises an exception group with what went wrong."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._write(request))


class TextTalk:
    """One conversation of such turns. `started` belongs on record before the first of them."""

    def __init__(self, configuration: Configuration, sink: EventSink, clock: Clock, origin: Origin, *, page: bool) -> None:
        """`page`: a page paints the texts and tells when; otherwise whoever takes the text counts as an ideal page."""
        self.id = uuid.uuid4().hex[:12]
        self.closing = "closed"
        """Why it ends, when it does."""
        self._configuration, self._sink, self._clock, self._origin, self._page = configuration, sink, clock, origin, page
        self._serial = 0
        self._past: OrderedDict[str, LiveTurn] = OrderedDict()

    def started(self) -> ConversationStarted:
        """Its beginning, for the record."""
        origin = self._origin
        return ConversationStarted(
            at_ns=self._clock.now_ns(), conversation=self.id, wall_utc=datetime.now(UTC).isoformat(), process=origin.process,
            preset=origin.preset, configuration=self._configuration.canonical(), fingerprint=self._configuration.fingerprint,
            tab=origin.tab, column=origin.column, page=origin.page, player="page" if self._page else "headless",
        )  # fmt: skip

    def ended(self) -> ConversationEnded:
        """Its end, for the record."""
        return ConversationEnded(at_ns=self._clock.now_ns(), conversation=self.id, reason=self.closing)

    async def write(
        self, chat: ChatModel, request: ChatRequest, on_text: Callable[[str], None], *, streamed: bool = True,
        strata: tuple[str, ...] = (), text: str = "", sent: Sent | None = None,
    ) -> Written:  # fmt: skip
        """One call as one turn. `on_text` gets the text as it comes or, not `streamed`, all of it at the end.

        Not streamed is the same call, collected and shown at once: what the user sees is what is compared. Never raises for
        what goes wrong in the call; cancelling ends the turn as cancelled.
        """
        began_ns = self._clock.now_ns()
        turn, watch = self._begin(text, strata, on_text if streamed else None)
        if sent is not None:
            turn.mark("message_sent", sent.at_ns, clock=sent.clock, error_ns=sent.error_ns)
            turn.span("message_on_its_way", "network", sent.at_ns, began_ns)
        reply = _TextReply(turn, self._configuration, Stages(chat, None), _Silence(), watch, self._clock, lambda state: None)
        ending = Ending("cancelled", "", self.closing)
        try:
            ending = await _answer(reply, ChatRequest(request.messages, request.language, conversation=self.id,
                                                      answer_schema=request.answer_schema))  # fmt: skip
            if ending.outcome == "answered" and not streamed:
                on_text(reply.text)
                self._shown(turn, self._clock.now_ns())
        finally:
            if ending.outcome == "cancelled":
                ending = Ending("cancelled", "", self.closing)
            await asyncio.shield(self._end(turn, ending, watch))
        return Written(turn.id, reply.text, ending, _ms(turn, "llm_first_text"), _ms(turn, "llm_text_ended"))

    def painted(self, turn: str, at_ns: int, error_ns: int, clock: str, *, estimated: bool) -> bool:
        """The page painted a turn's first text at that instant (ns, server clock); False for a turn not known any more."""
        known = self._past.get(turn)
        if known is None or "text_painted" in known.instants:
            return False
        known.mark("text_painted", at_ns, clock=clock, error_ns=error_ns, estimated=estimated)
        return True

    def _begin(self, text: str, strata: tuple[str, ...], on_text: Callable[[str], None] | None) -> tuple[LiveTurn, Recorder]:
        def watch(event: Event) -> None:
            if on_text is not None and isinstance(event, ReplyStreamed):
                on_text(event.text)
                if "llm_first_text" in turn.instants:
                    self._shown(turn, event.at_ns)

        recorder = Recorder(self._sink, watch, lambda error: _log.error("a turn's end could not be stored: %s", error))
        turn = LiveTurn(self.id, self._serial, "typed", recorder, self._clock)
        first = ("first_turn",) if self._serial == 0 else ()
        self._serial += 1
        self._past[turn.id] = turn
        while len(self._past) > _REMEMBERED:
            self._past.popitem(last=False)
        recorder.note(
            TurnStarted(
                at_ns=turn.began_ns, conversation=self.id, turn=turn.id, serial=turn.serial, input="typed", text=text,
                strata=(*self._origin.strata(), *first, *strata), experiment=self._origin.experiment,
                block=self._origin.block, warm_up=self._origin.warm_up,
            )
        )  # fmt: skip
        return turn, recorder

    def _shown(self, turn: LiveTurn, at_ns: int) -> None:
        """An ideal page paints at once; a real one reports by itself."""
        if not self._page:
            turn.mark_once("text_painted", at_ns)

    async def _end(self, turn: LiveTurn, ending: Ending, recorder: Recorder) -> None:
        await recorder.promise(
            TurnEnded(
                at_ns=self._clock.now_ns(), conversation=self.id, turn=turn.id, outcome=ending.outcome, stage=ending.stage,
                reason=ending.reason, message=ending.message, facts=ending.facts,
            )
        )  # fmt: skip


async def _answer(reply: _TextReply, request: ChatRequest) -> Ending:
    """The task boundary of the turn: whatever went wrong in it becomes its ending."""
    try:
        await reply.ask(request)
    except ExceptionGroup as failures:
        return ending_of(failures)
    if reply.text.strip():
        return Ending("answered")
    reason = f"ended_by_{reply.reason}" if reply.reason in ("length", "content_filter") else "empty_reply"
    return Ending("silent", "llm", reason)


def _ms(turn: LiveTurn, until: str) -> float | None:
    sent_ns, until_ns = turn.instants.get("llm_sent"), turn.instants.get(until)
    return None if sent_ns is None or until_ns is None else (until_ns - sent_ns) / 1e6
