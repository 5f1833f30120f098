"""The life of a conversation's turns: begun, answered, interrupted, stopped, and ended exactly once each."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from bench.clock import Clock
from bench.configuration import Configuration
from bench.events.kinds import Event, InputKind, TranscriptHeard, TurnEnded, TurnStarted
from bench.turn.consumption import Consumption
from bench.turn.failure import ending_of
from bench.turn.live_turn import Ending, LiveTurn
from bench.turn.player import Player, PlayerMark
from bench.turn.recogniser import Recognised
from bench.turn.recorder import Recorder
from bench.turn.reply import Reply, Stages
from bench.turn.service_call import ServiceCall
from providers.base import Message, SpeechToText, VoiceActivity
from providers.errors import ProviderError, StageTimedOut

_SILENCED_GRACE_S = 1.0
"""How long an interrupted turn waits for the player to say that it is silent."""
_REMEMBERED = 64
"""Ended turns for which a late mark of the page is still taken."""

Heard: TypeAlias = "str | asyncio.Future[Recognised]"
"""What the user said: typed, or still being recognised."""


class Watcher(Protocol):
    """Sees what happens, for the screen. Never changes it."""

    def event(self, event: Event) -> None:
        """Every event, final ones only after they are safe."""
        ...

    def state(self, state: str, left_ms: float | None = None) -> None:
        """`listening`, `hearing`, `pausing`, `understanding`, `thinking`, `speaking`, `interrupted`, `error`."""
        ...

    def level(self, rms_db: float, probability: float, voiced: bool) -> None:
        """Each frame's level and the detector's opinion."""
        ...

    def not_saved(self, error: Exception) -> None:
        """The store could not write."""
        ...


@dataclass(frozen=True, slots=True)
class Engines:
    """The built and warmed-up providers of one configuration."""

    vad: VoiceActivity
    stt: SpeechToText
    stages: Stages


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a conversation belongs."""

    process: str
    """Id of this server process."""
    preset: str = ""
    tab: str = ""
    column: str = ""
    page: str = ""
    strata: Callable[[], tuple[str, ...]] = tuple
    """Asked when a turn begins: what else is true of it, such as `demo_mode`."""
    experiment: str = ""
    block: int = -1
    warm_up: bool = False


@dataclass(frozen=True, slots=True)
class Voice:
    """Where the user's voice began over a reply."""

    at_ns: int
    """The instant (ns)."""
    error_ns: int
    """Half width of its uncertainty (ns)."""
    estimated: bool
    """By the detector; False when the recording is labelled."""


class TurnLife:
    """Owns the running turns of one conversation, and its history."""

    def __init__(
        self, conversation: str, configuration: Configuration, engines: Engines, player: Player, recorder: Recorder,
        clock: Clock, watcher: Watcher, origin: Origin,
    ) -> None:  # fmt: skip
        self._conversation, self._configuration, self._engines = conversation, configuration, engines
        self._player, self._recorder, self._clock, self._watcher, self._origin = player, recorder, clock, watcher, origin
        self._running: dict[str, tuple[LiveTurn, Reply | None]] = {}
        self._past: OrderedDict[str, LiveTurn] = OrderedDict()
        self._history: list[Message] = []
        self._group: asyncio.TaskGroup | None = None
        self.count = 0
        self.failed_call: Callable[[], ServiceCall] = lambda: ServiceCall("stt")
        """What the recogniser had told of the request that failed last."""
        self.on_deaf: Callable[[], None] = lambda: None
        """Called when the recogniser has not answered in time: what it still says belongs to nobody."""
        self.idle = asyncio.Event()
        self.idle.set()
        player.attach(self._player_marked)

    def start(self, group: asyncio.TaskGroup) -> None:
        """The task group that owns the turns from now on."""
        self._group = group

    # ── begin ────────────────────────────────────────────────────────────────────────────────────────────────────────────
    def begin(self, input: InputKind, input_id: str = "", text: str = "") -> LiveTurn:
        """A new turn; on record from here on."""
        self.idle.clear()
        turn = LiveTurn(self._conversation, self.count, input, self._recorder, self._clock)
        self._running[turn.id] = (turn, None)
        self.count += 1
        origin = self._origin
        strata = [*origin.strata(), *(["first_turn"] if turn.serial == 0 else [])]
        if self._configuration.listening.release == "key" and input != "typed":
            strata.append("key_released")
        self._recorder.note(
            TurnStarted(
                at_ns=turn.began_ns, conversation=self._conversation, turn=turn.id, serial=turn.serial, input=input,
                input_id=input_id, text=text, experiment=origin.experiment, block=origin.block, warm_up=origin.warm_up,
                strata=tuple(strata),
            )
        )  # fmt: skip
        return turn

    def answer(self, turn: LiveTurn, heard: Heard) -> None:
        """Recognise what is left to recognise, then reply."""
        reply = Reply(
            turn, self._configuration, self._engines.stages, self._player, self._recorder, self._clock, self._watcher.state
        )
        self._running[turn.id] = (turn, reply)
        self._task(self._supervise(turn, reply, heard))

    # ── end ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
    def interrupt(self, voice: Voice | None) -> None:
        """The user speaks, or writes (`voice` is None), over whatever is being answered."""
        for turn, reply in list(self._running.values()):
            if turn.stopped_by is not None or reply is None:
                continue
            if voice is not None and reply.playing:
                decided_after_ms = (self._clock.now_ns() - voice.at_ns) / 1e6
                turn.mark("barge_in", voice.at_ns, error_ns=voice.error_ns, estimated=voice.estimated,
                          decided_after_ms=decided_after_ms)  # fmt: skip
            turn.stop(Ending("interrupted", "playback" if reply.playing else "", "barge_in" if voice else "new_message"))
            self._watcher.state("interrupted")

    def stop(self, ending: Ending) -> None:
        """End every turn with this ending."""
        for turn, reply in list(self._running.values()):
            if reply is None:
                self.end_unreplied(turn, ending)
            else:
                turn.stop(ending)

    def end_unreplied(self, turn: LiveTurn, ending: Ending) -> None:
        """End a turn that never got as far as a reply."""
        if turn.stopped_by is None:
            turn.stopped_by = ending
            self._task(self._end(turn, ending))

    async def close(self, ending: Ending) -> None:
        """End what has not ended; for the conversation's own end, after its tasks are gone."""
        for turn, _ in list(self._running.values()):
            await self._end(turn, turn.stopped_by or ending)

    # ── the turn's own task ──────────────────────────────────────────────────────────────────────────────────────────────
    async def _supervise(self, turn: LiveTurn, reply: Reply, heard: Heard) -> None:
        """Runs the turn's work and writes down its one ending, whatever happens."""
        ending = Ending("cancelled", "", "closed")
        try:
            ending = await self._work(turn, reply, heard)
        finally:
            await asyncio.shield(self._conclude(turn, reply, turn.stopped_by or ending))

    async def _work(self, turn: LiveTurn, reply: Reply, heard: Heard) -> Ending:
        try:
            async with asyncio.TaskGroup() as group:
                if turn.stopped_by is None:
                    turn.work = group.create_task(self._reply(turn, reply, heard))
        except Exception as error:  # noqa: BLE001 - the task boundary of a turn
            return ending_of(error)
        if reply.text.strip():
            return Ending("answered")
        if reply.reason in ("length", "content_filter"):
            return Ending("silent", "llm", f"ended_by_{reply.reason}")
        return Ending("silent", "llm", "empty_reply") if turn.user_text.strip() else Ending("silent", "stt", "nothing_heard")

    async def _reply(self, turn: LiveTurn, reply: Reply, heard: Heard) -> None:
        turn.user_text = heard if isinstance(heard, str) else await self._understand(turn, heard)
        if not turn.user_text.strip():
            return
        prompt = self._configuration.thinking.prompt
        system = (Message("system", prompt),) if prompt.strip() else ()
        self._history.append(Message("user", turn.user_text))
        await reply.run((*system, *self._history))

    async def _understand(self, turn: LiveTurn, final: "asyncio.Future[Recognised]") -> str:
        seconds = self._configuration.limits.stt_s
        try:
            async with asyncio.timeout(seconds):
                recognised = await final
        except TimeoutError:
            self.on_deaf()
            raise StageTimedOut(self._engines.stt.title, "stt", seconds=f"{seconds:g}") from None
        except ProviderError:
            self.failed_call().record_answer(turn)
            raise
        transcript, call = recognised.transcript, recognised.call
        call.record_answer(turn)
        call.record_connecting(turn, turn.began_ns)
        turn.mark("stt_final", transcript.at_ns, **call.sent(turn.began_ns), **call.answered())
        if transcript.usage is not None:
            Consumption("stt", turn, self._recorder).latest(transcript.usage)
        heard = TranscriptHeard(
            at_ns=transcript.at_ns, conversation=self._conversation, turn=turn.id, text=transcript.text, final=True
        )
        self._task(self._recorder.promise(heard))  # the screen waits for the commit, the reply does not
        return transcript.text

    async def _conclude(self, turn: LiveTurn, reply: Reply, ending: Ending) -> None:
        if ending.outcome != "answered":
            playing = reply.playing
            await self._player.stop(turn.id)
            if playing:
                try:
                    async with asyncio.timeout(_SILENCED_GRACE_S):
                        await reply.stopped.wait()
                except TimeoutError:
                    pass  # the mark stays missing, and the figure says so
        self._remember(reply, ending)
        await self._end(turn, ending)

    def _remember(self, reply: Reply, ending: Ending) -> None:
        """What the model is told it said: of an interrupted reply, only what was heard."""
        text = reply.text.strip()
        if ending.outcome == "interrupted" and reply.sound.samples:
            text = reply.sound.heard_text(reply.heard_ms)
            text = f"{text} …" if text else ""
        if text:
            self._history.append(Message("assistant", text))

    async def _end(self, turn: LiveTurn, ending: Ending) -> None:
        if self._running.pop(turn.id, None) is None:
            return
        self._past[turn.id] = turn
        while len(self._past) > _REMEMBERED:
            self._past.popitem(last=False)
        await self._recorder.promise(
            TurnEnded(
                at_ns=self._clock.now_ns(), conversation=self._conversation, turn=turn.id, outcome=ending.outcome,
                stage=ending.stage, reason=ending.reason, message=ending.message, facts=ending.facts,
            )
        )  # fmt: skip
        if not self._running:
            self.idle.set()
            self._watcher.state("error" if ending.outcome in ("failed", "timed_out") else "listening")

    def _player_marked(self, mark: PlayerMark) -> None:
        _, reply = self._running.get(mark.turn, (None, None))
        past = self._past.get(mark.turn)
        if reply is not None:
            reply.player_marked(mark)
        elif past is not None and mark.name not in past.instants:
            past.mark(mark.name, mark.at_ns, clock=mark.clock, error_ns=mark.error_ns, estimated=mark.estimated, **mark.data)

    def _task(self, work: Coroutine[Any, Any, None]) -> None:
        assert self._group is not None, "the conversation is not running"
        self._group.create_task(work)
