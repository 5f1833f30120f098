"""One user with one configuration: listens, understands, replies, is interrupted; every turn ends in exactly one outcome.

`run` owns every task. Frames come in through `hear`, typed messages through `say`; both return at once.
"""

import asyncio
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from bench.audio.frame import AudioFrame
from bench.clock import Clock
from bench.configuration import Configuration
from bench.events.kinds import ConversationEnded, ConversationStarted, InputIgnored, InputKind, TranscriptHeard
from bench.turn.ear import Ear
from bench.turn.end_of_turn import Change, PauseBegan, SpeechBegan, SpeechResumed, TurnReleased
from bench.turn.feed import SpokenStretch
from bench.turn.final_debounce import FinalDebounce
from bench.turn.live_turn import Ending, LiveTurn
from bench.turn.player import Player
from bench.turn.recogniser import Recognised, Recogniser
from bench.turn.recorder import EventSink, Recorder
from bench.turn.turn_life import Engines, Origin, TurnLife, Voice, Watcher
from providers.base import Transcript

_FRAMES = 500
"""10 s of frames: a loop that is later than that has lost the conversation anyway."""
_LABEL_NS = 400_000_000
"""A labelled edge counts as the turn's own when it is this close to the detected one."""


class Conversation:
    """See the module's docstring. `run` raises only what is a fault of our own."""

    def __init__(
        self, configuration: Configuration, engines: Engines, player: Player, sink: EventSink, clock: Clock, watcher: Watcher,
        origin: Origin,
    ) -> None:  # fmt: skip
        self.id = uuid.uuid4().hex[:12]
        self.configuration, self.player, self.origin = configuration, player, origin
        self._engines, self._clock, self._watcher = engines, clock, watcher
        self._recorder = Recorder(sink, watcher.event, watcher.not_saved)
        self._life = TurnLife(self.id, configuration, engines, player, self._recorder, clock, watcher, origin)
        self._ear = Ear(configuration.listening, engines.vad.detector())
        self._recogniser = Recogniser(engines.stt, configuration.understanding.language, clock.now_ns)
        self._life.on_deaf = self._recogniser.restart
        self._life.failed_call = lambda: self._recogniser.failed_call
        self._debounce = FinalDebounce()
        self._frames: asyncio.Queue[tuple[AudioFrame, InputKind, str]] = asyncio.Queue(_FRAMES)
        self._typed: asyncio.Queue[tuple[str, int, int, str, int]] = asyncio.Queue(16)
        self._truth: tuple[SpokenStretch, ...] = ()
        self._hearing: LiveTurn | None = None
        self._input: tuple[InputKind, str] = ("microphone", "")
        self._late_ns = 0
        self.dropped_frames = 0
        self.closing = "closed"

    # ── from outside ─────────────────────────────────────────────────────────────────────────────────────────────────────
    def hear(self, frame: AudioFrame, input: InputKind, input_id: str = "") -> None:
        """The next 20 ms of the user's sound. Dropped and counted when the loop is ten seconds behind."""
        if self._frames.full():
            self.dropped_frames += 1
        else:
            self._frames.put_nowait((frame, input, input_id))

    def expect(self, truth: tuple[SpokenStretch, ...]) -> None:
        """The true stretches of speech of the recording that is being fed; empty for a microphone."""
        self._truth = truth

    def say(self, text: str, sent_ns: int, error_ns: int = 0, clock: str = "server") -> bool:
        """A typed message; False when sixteen are waiting already."""
        if self._typed.full():
            return False
        self._life.idle.clear()
        self._typed.put_nowait((text, sent_ns, error_ns, clock, self._clock.now_ns()))
        return True

    def release(self, reason: str) -> None:
        """The user's key, or the microphone going off, ends the turn."""
        self._apply(self._ear.release(reason))

    def stop(self, ending: Ending) -> None:
        """End every turn that runs, with this ending."""
        if self._hearing is not None:
            self._hearing = None
            self._ear.release("stopped")
            self._recogniser.discard()
        self._life.stop(ending)

    def heard_nothing(self, input: InputKind, input_id: str) -> None:
        """An input without any speech in it still has its line in the ledger."""
        self._life.end_unreplied(self._life.begin(input, input_id), Ending("silent", "vad", "no_speech"))

    @property
    def idle(self) -> bool:
        """No turn is running and no typed message waits."""
        return self._life.idle.is_set()

    async def wait_idle(self) -> None:
        """Until no turn is running and no typed message waits."""
        await self._life.idle.wait()

    @property
    def turns(self) -> int:
        """How many turns began so far."""
        return self._life.count

    @property
    def speaking(self) -> bool:
        """The user's voice is being heard right now."""
        return self._hearing is not None

    # ── life ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
    async def run(self, started: Callable[[], None] = lambda: None) -> None:
        """Live until cancelled. `started` is called once the conversation is on record; `closing` names the end's reason."""
        await self._recorder.promise(self._started())
        try:
            async with asyncio.TaskGroup() as group:
                self._life.start(group)
                self._recogniser.listen(self._partial, self._own_end)
                group.create_task(self._recogniser.run())
                group.create_task(self._listen())
                group.create_task(self._read())
                started()
        finally:
            await asyncio.shield(self._ended())

    async def _ended(self) -> None:
        await self._life.close(Ending("cancelled", "", self.closing))
        await self._recorder.promise(ConversationEnded(at_ns=self._clock.now_ns(), conversation=self.id, reason=self.closing))

    def _started(self) -> ConversationStarted:
        origin = self.origin
        return ConversationStarted(
            at_ns=self._clock.now_ns(), conversation=self.id, wall_utc=datetime.now(UTC).isoformat(), process=origin.process,
            preset=origin.preset, configuration=self.configuration.canonical(), fingerprint=self.configuration.fingerprint,
            tab=origin.tab, column=origin.column, page=origin.page, player=self.player.kind,
        )  # fmt: skip

    async def _listen(self) -> None:
        while True:
            frame, input, input_id = await self._frames.get()
            self._input = (input, input_id)
            self._late_ns = frame.late_ns
            heard = self._ear.hear(frame)
            self._watcher.level(heard.rms_db, heard.probability, self._ear.speaking)
            if self._hearing is not None:
                self._recogniser.push(heard.pcm)
            self._apply(heard.changes)

    async def _read(self) -> None:
        while True:
            text, sent_ns, error_ns, clock, received_ns = await self._typed.get()
            picked_up_ns = self._clock.now_ns()
            self._life.interrupt(None)
            turn = self._life.begin("typed", text=text)
            turn.mark("message_sent", sent_ns, clock=clock, error_ns=error_ns)
            turn.span("message_on_its_way", "network", sent_ns, received_ns)
            self._life.answer(turn, text)
            turn.span("turn_opened", "workbench", picked_up_ns, self._clock.now_ns())

    # ── listening ────────────────────────────────────────────────────────────────────────────────────────────────────────
    def _apply(self, changes: list[Change]) -> None:
        for change in changes:
            match change:
                case SpeechBegan():
                    self._speech_began(change)
                case PauseBegan():
                    self._watcher.state("pausing", float(self.configuration.listening.pause_ms))
                case SpeechResumed():
                    self._watcher.state("hearing")
                case TurnReleased():
                    self._released(change)

    def _speech_began(self, change: SpeechBegan) -> None:
        at_ns, error_ns = self._ear.instant_ns(change.start)
        truth = self._label(at_ns, [stretch.start_ns for stretch in self._truth])
        self._life.interrupt(Voice(at_ns, error_ns, True) if truth is None else Voice(truth, 0, False))
        turn = self._hearing = self._life.begin(*self._input)
        if truth is not None:
            turn.mark("speech_started", truth, source="label", detected_ms=(at_ns - truth) / 1e6)
        else:
            turn.mark("speech_started", at_ns, error_ns=error_ns, estimated=True, source="detector")
        self._watcher.state("hearing")
        for pcm in self._ear.preroll():
            self._recogniser.push(pcm)

    def _released(self, change: TurnReleased) -> None:
        turn, self._hearing = self._hearing, None
        if turn is None:
            return
        self._mark_end(turn, change)
        start_ns, _ = self._ear.instant_ns(change.start)
        end_ns, _ = self._ear.instant_ns(change.end)
        if (end_ns - start_ns) / 1e6 < self.configuration.listening.ignore_shorter_ms:
            self._recogniser.discard()
            self._ignore(turn, "too_short", start_ns)
            self._life.end_unreplied(turn, Ending("silent", "input", "too_short"))
            return
        self._watcher.state("understanding")
        self._life.answer(turn, self._recogniser.finish())

    def _mark_end(self, turn: LiveTurn, change: TurnReleased) -> None:
        """Marks where the speech ended and that the turn was released."""
        end_ns, error_ns = self._ear.instant_ns(change.end)
        truth = self._label(end_ns, [stretch.end_ns for stretch in self._truth])
        if truth is not None:
            # input_end_ns: turns of one recording belong together, and only the last one's speech end is the input's.
            turn.mark("speech_ended", truth, source="label", detected_ms=(end_ns - truth) / 1e6,
                      input_end_ns=self._truth[-1].end_ns)  # fmt: skip
        else:
            bias = self._engines.vad.capabilities.end_bias_ms
            bias_ns = round(bias[1] * 1e6) if bias else 0
            turn.mark("speech_ended", end_ns, error_ns=error_ns + bias_ns, estimated=True, source="detector")
        set_ms = float(self.configuration.listening.pause_ms) if change.reason == "pause" else 0.0
        # late_ms: how late the feed was, on record; a microphone is never early or late
        late_ms = self._late_ns / 1e6 if turn.input == "file" else None
        turn.mark("turn_released", reason=change.reason, set_ms=set_ms, late_ms=late_ms)

    def _label(self, at_ns: int, edges: list[int]) -> int | None:
        """The labelled edge that belongs to a detected one, or None when no label is near."""
        near = [edge for edge in edges if abs(edge - at_ns) <= _LABEL_NS]
        return min(near, key=lambda edge: abs(edge - at_ns), default=None)

    # ── understanding ────────────────────────────────────────────────────────────────────────────────────────────────────
    def _partial(self, transcript: Transcript) -> None:
        turn = self._hearing
        if turn is not None and transcript.text:
            turn.mark_once("stt_partial", transcript.at_ns)
            self._recorder.note(
                TranscriptHeard(at_ns=transcript.at_ns, conversation=self.id, turn=turn.id, text=transcript.text, final=False)
            )

    def _own_end(self, recognised: Recognised) -> None:
        """A final that nobody asked for: the recogniser's own end of turn, or the echo of one."""
        turn, transcript = self._hearing, recognised.transcript
        fresh = self._debounce.fresh(transcript.text, transcript.at_ns)
        if not fresh or self.configuration.listening.release != "stt":
            self._ignore(turn, "duplicate_final", transcript.at_ns)
            return
        if turn is None:  # more words after the turn was released: they are a turn of their own
            self._life.interrupt(None)
            turn = self._life.begin(*self._input)
        else:
            self._hearing = None
            for change in self._ear.release("stt"):
                if isinstance(change, TurnReleased):
                    self._mark_end(turn, change)
        final: asyncio.Future[Recognised] = asyncio.get_running_loop().create_future()
        final.set_result(recognised)
        self._life.answer(turn, final)

    def _ignore(self, turn: LiveTurn | None, reason: str, from_ns: int) -> None:
        self._recorder.note(
            InputIgnored(at_ns=self._clock.now_ns(), conversation=self.id, turn=turn.id if turn else "", reason=reason,
                         from_ns=from_ns)
        )  # fmt: skip
