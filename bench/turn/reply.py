"""One reply: chat model → phrases → speech → player, each joint streaming, everything cancellable at every instant.

Three tasks with bounded queues between them: `_write` reads the model, `_cut` batches its text into phrases, `_speak` turns
phrases into sound and hands that to the player. Marks are taken from what the adapters report, never from when we looked.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from bench.clock import Clock
from bench.configuration import Configuration
from bench.events.kinds import ReplyStreamed, ToolCallReceived
from bench.turn.consumption import Consumption
from bench.turn.failure import PlayerSilent, ToolNotOffered
from bench.turn.live_turn import LiveTurn
from bench.turn.micro_batch import MicroBatch, Phrase
from bench.turn.player import Player, PlayerMark, ReplyAudio
from bench.turn.recorder import Recorder
from bench.turn.service_call import ServiceCall
from bench.turn.sound_track import SoundTrack, SpokenPhrase
from providers.base import (
    AudioChunk,
    ChatChunk,
    ChatModel,
    ChatRequest,
    Instant,
    Message,
    NoTextChunk,
    PhraseFinished,
    ReasoningDelta,
    ReplyFinished,
    SpeechChunk,
    TextDelta,
    TextToSpeech,
    ToolCallReady,
    ToolCallStarted,
    Usage,
    Wire,
)  # fmt: skip
from providers.errors import EndedEarly, StageTimedOut

_PLAYER_GRACE_S = 5.0
"""How much longer than the sound itself playback may take before the player counts as gone."""
_PAINT_GRACE_S = 1.0
"""How long the end of a silent reply waits for the page to report the paint."""


@dataclass(frozen=True, slots=True)
class Stages:
    """The built providers of one configuration that a reply needs."""

    chat: ChatModel
    tts: TextToSpeech | None
    """None when replies are not spoken."""


class Reply:
    """Runs one reply. `run` raises `ProviderError`, `PlayerSilent`, or is cancelled; `text` is what was written so far."""

    def __init__(
        self, turn: LiveTurn, configuration: Configuration, stages: Stages, player: Player, recorder: Recorder, clock: Clock,
        on_state: Callable[[str], None],
    ) -> None:  # fmt: skip
        self.text = ""
        self.sound = SoundTrack()
        self.playing = False
        self.heard_ms = 0.0
        self.reason = ""
        """Why the model ended, once it has."""
        self._turn, self._configuration, self._stages = turn, configuration, stages
        self._player, self._recorder, self._clock, self._on_state = player, recorder, clock, on_state
        self._tokens: asyncio.Queue[tuple[str, int] | None] = asyncio.Queue(4096)
        self._phrases: asyncio.Queue[Phrase | None] = asyncio.Queue(32)
        self._phrase_out_ns: dict[int, int] = {}
        self._call = ServiceCall("llm", bool(stages.chat.key_variable))
        self._speech_calls: dict[int, ServiceCall] = {}
        self._written = Consumption("llm", turn, recorder)
        self._voiced = Consumption("tts", turn, recorder)
        self._wants_tool = False
        self._last_text_ns: int | None = None
        self._deadline: asyncio.Timeout | None = None
        self._finished = False
        self._painted = asyncio.Event()
        self._ended = asyncio.Event()
        self.stopped = asyncio.Event()

    # ── the whole ────────────────────────────────────────────────────────────────────────────────────────────────────────
    async def run(self, messages: tuple[Message, ...]) -> None:
        """Write, cut and speak the reply; returns when it has been heard (or shown) to its end."""
        async with asyncio.TaskGroup() as group:
            language = self._configuration.understanding.language
            group.create_task(self._write(ChatRequest(messages, language, conversation=self._turn.conversation)))
            if self._stages.tts is not None:
                group.create_task(self._cut())
                group.create_task(self._speak(self._stages.tts))
        if self.sound.samples:
            await self._hear_out()
        elif self.text.strip() and self._player.kind == "page":
            try:
                async with asyncio.timeout(_PAINT_GRACE_S):
                    await self._painted.wait()
            except TimeoutError:
                return  # the mark may still come; a page in the background does not paint

    def player_marked(self, mark: PlayerMark) -> None:
        """An instant that the player saw."""
        if mark.name == "audio_received" and "audio_received" in self._turn.instants:
            return
        self._turn.mark(mark.name, mark.at_ns, clock=mark.clock, error_ns=mark.error_ns, estimated=mark.estimated, **mark.data)
        if mark.name == "playback_started":
            self.playing = True
            self._on_state("speaking")
        elif mark.name == "playback_ended":
            self.playing = False
            self._ended.set()
        elif mark.name == "playback_stopped":
            self.playing = False
            self.heard_ms = float(mark.data.get("heard_ms", 0.0))
            self.stopped.set()
        elif mark.name == "text_painted":
            self._painted.set()

    async def _hear_out(self) -> None:
        started_ns = self._turn.instants.get("playback_started", self._clock.now_ns())
        left_s = self.sound.samples / self.sound.rate_hz - (self._clock.now_ns() - started_ns) / 1e9
        try:
            async with asyncio.timeout(max(0.0, left_s) + _PLAYER_GRACE_S):
                await self._ended.wait()
        except TimeoutError:
            raise PlayerSilent from None

    # ── the model ────────────────────────────────────────────────────────────────────────────────────────────────────────
    async def _write(self, request: ChatRequest) -> None:
        picked_up_ns = self._clock.now_ns()
        self._on_state("thinking")
        wire = Wire(self._clock.now_ns, lambda instant: self._chat_instant(instant, picked_up_ns))
        stream = cast("AsyncGenerator[ChatChunk, None]", self._stages.chat.stream(request, wire))
        async with aclosing(stream):
            while (chunk := await self._next_chunk(stream)) is not None:
                await self._take(chunk)
        if not self._finished:
            raise EndedEarly(self._stages.chat.title, "llm")
        if self._wants_tool:
            raise ToolNotOffered
        if self.text.strip():
            self._turn.mark_once("llm_text_ended")
        if self._stages.tts is not None:
            await self._tokens.put(None)

    async def _next_chunk(self, stream: AsyncGenerator[ChatChunk, None]) -> ChatChunk | None:
        limits = self._configuration.limits
        seconds = limits.between_text_s if self.text else limits.first_text_s
        try:
            async with asyncio.timeout(seconds):
                return await anext(stream, None)
        except TimeoutError:
            raise StageTimedOut(self._stages.chat.title, "llm", seconds=f"{seconds:g}") from None

    async def _take(self, chunk: ChatChunk) -> None:
        self._turn.mark_once("llm_sent", chunk.at_ns)  # an adapter that reported no request: no time is claimed for it
        if not isinstance(chunk, Usage | ReplyFinished):
            self._turn.mark_once("llm_first_chunk", chunk.at_ns, **self._call.answered())
        match chunk:
            case TextDelta(text=text, at_ns=at_ns, set_ms=set_ms):
                await self._take_text(text, at_ns, set_ms)
            case ReasoningDelta(at_ns=at_ns):
                self._turn.mark_once("llm_first_reasoning", at_ns)
            case ToolCallStarted(name=name, at_ns=at_ns):
                self._wants_tool = True
                self._turn.mark_once("llm_first_tool_call", at_ns, tool=name)
            case ToolCallReady():
                self._take_call(chunk)
            case NoTextChunk():
                pass
            case Usage():
                self._written.latest(chunk)
            case ReplyFinished(reason=reason):
                self._finished = True
                self.reason = reason
                self._wants_tool = self._wants_tool or reason == "tool_calls"
                if self.text.strip():
                    told = {} if reason == "stop" else {"reason": reason}
                    self._turn.mark_once("llm_text_ended", self._last_text_ns, **told)

    def _take_call(self, call: ToolCallReady) -> None:
        """On record; nothing is called yet, so the turn will say that it could not go on."""
        self._wants_tool = True
        self._turn.mark_once("llm_first_tool_call", call.at_ns, tool=call.name)
        self._recorder.note(
            ToolCallReceived(at_ns=call.at_ns, conversation=self._turn.conversation, turn=self._turn.id, call=call.id,
                             name=call.name, arguments=call.arguments)
        )  # fmt: skip

    async def _take_text(self, text: str, at_ns: int, set_ms: float) -> None:
        if not text or self._finished:  # what comes after the end is not part of the reply
            return
        self.text += text
        self._last_text_ns = at_ns
        # white space alone is not visible text
        if self.text.strip() and "llm_first_text" not in self._turn.instants:
            self._turn.mark("llm_first_text", at_ns, set_ms=set_ms)
            self._player.wrote(self._turn.id, at_ns)
        self._recorder.note(ReplyStreamed(at_ns=at_ns, conversation=self._turn.conversation, turn=self._turn.id, text=text))
        if self._stages.tts is not None:
            await self._tokens.put((text, at_ns))

    def _chat_instant(self, instant: Instant, picked_up_ns: int) -> None:
        call = self._call
        call.take(instant)
        call.record_connecting(self._turn)
        if instant.data.get("purpose"):
            return  # it prepares the request and is not it
        if instant.name == "request_sent" and "llm_sent" not in self._turn.instants:
            self._turn.mark("llm_sent", instant.at_ns, **call.sent())
            call.record_building(self._turn, "request_built", picked_up_ns)
        elif instant.name == "response_started":
            call.record_answer(self._turn)

    # ── phrases ──────────────────────────────────────────────────────────────────────────────────────────────────────────
    async def _cut(self) -> None:
        speaking = self._configuration.speaking
        batch = MicroBatch(speaking.cut, speaking.window_ms, speaking.flush_on_punctuation)
        ended = False
        while not ended:
            due_ns = batch.due_ns
            try:
                async with asyncio.timeout(None if due_ns is None else max(0, due_ns - self._clock.now_ns()) / 1e9):
                    token = await self._tokens.get()
            except TimeoutError:
                phrases = batch.due(max(due_ns or 0, self._clock.now_ns()))
            else:
                ended = token is None
                phrases = batch.end(self._clock.now_ns()) if token is None else batch.add(*token)
            for phrase in phrases:
                await self._release(phrase)
        await self._phrases.put(None)

    async def _release(self, phrase: Phrase) -> None:
        self._turn.mark_once(
            "phrase_released", self._clock.now_ns(), held_ms=phrase.held_ms, set_ms=phrase.set_ms, reason=phrase.reason,
            text=phrase.text,
        )  # fmt: skip
        await self._phrases.put(phrase)

    async def _spoken(self) -> AsyncIterator[str]:
        """The phrases, as the speech engine asks for them."""
        while (phrase := await self._phrases.get()) is not None:
            self._phrase_out_ns[len(self.sound.phrases)] = self._clock.now_ns()
            self.sound.phrases.append(SpokenPhrase(phrase.text, self.sound.samples, self.sound.samples))
            self._expect_sound()
            yield phrase.text

    # ── speech ───────────────────────────────────────────────────────────────────────────────────────────────────────────
    async def _speak(self, tts: TextToSpeech) -> None:
        wire = Wire(self._clock.now_ns, self._tts_instant)
        stream = cast(
            "AsyncGenerator[SpeechChunk, None]", tts.speak(self._spoken(), self._configuration.understanding.language, wire)
        )
        try:
            async with asyncio.timeout(None) as self._deadline, aclosing(stream):
                async for chunk in stream:
                    await self._take_speech(chunk)
        except TimeoutError:
            raise StageTimedOut(tts.title, "tts", seconds=f"{self._configuration.limits.tts_s:g}") from None
        if self.sound.samples:
            self._turn.mark("tts_ended", samples=self.sound.samples, rate_hz=self.sound.rate_hz)
            await self._play(np.zeros(0, np.int16), self.sound.samples, last=True)

    async def _take_speech(self, chunk: SpeechChunk) -> None:
        match chunk:
            case AudioChunk(pcm=pcm, at_ns=at_ns) if len(pcm):
                self._turn.mark_once("tts_sent", at_ns)
                if "tts_first_byte" not in self._turn.instants:
                    self._turn.mark("tts_first_byte", at_ns, **self._speech_call(chunk.phrase).answered())
                unheard = self.sound.audible is None
                position = self.sound.add(chunk)
                if unheard and self.sound.audible is not None:
                    self._turn.mark_once("tts_first_sound", self.sound.audible_chunk_ns,
                                         lead_silence_ms=self.sound.silence_after_arrival_ms())  # fmt: skip
                self._expect_nothing()  # a full way to the player is not the speech engine's delay
                await self._play(pcm, position, last=False)
                self._expect_sound()
            case PhraseFinished(phrase=phrase):
                outstanding = phrase + 1 < len(self.sound.phrases)
                self._expect_sound() if outstanding else self._expect_nothing()
            case Usage():
                self._voiced.add(chunk)
            case _:
                pass  # word and phoneme times are for the face

    async def _play(self, pcm: Any, position: int, *, last: bool) -> None:
        picked_up_ns = self._clock.now_ns()

        def sent(at_ns: int) -> None:
            if "audio_sent" not in self._turn.instants:
                self._turn.mark("audio_sent", at_ns)
                self._turn.span("audio_handed_over", "workbench", picked_up_ns, at_ns)

        audio = ReplyAudio(self._turn.id, self._turn.serial, pcm, self.sound.rate_hz, position, self.sound.audible, last, sent)
        await self._player.play(audio)

    def _speech_call(self, phrase: int) -> ServiceCall:
        assert self._stages.tts is not None
        return self._speech_calls.setdefault(phrase, ServiceCall("tts", bool(self._stages.tts.key_variable)))

    def _tts_instant(self, instant: Instant) -> None:
        phrase = int(instant.data.get("phrase", 0))
        call = self._speech_call(phrase)
        call.take(instant)
        call.record_connecting(self._turn)
        if instant.name == "request_sent":
            self._turn.mark_once("tts_sent", instant.at_ns, **call.sent())
            if phrase == 0 and phrase in self._phrase_out_ns:
                call.record_building(self._turn, "phrase_handed_over", self._phrase_out_ns[phrase])
        elif instant.name == "response_started":
            call.record_answer(self._turn)

    def _expect_sound(self) -> None:
        if self._deadline is not None:
            self._deadline.reschedule(asyncio.get_running_loop().time() + self._configuration.limits.tts_s)

    def _expect_nothing(self) -> None:
        if self._deadline is not None:
            self._deadline.reschedule(None)
