"""A conversation on scripted engines, with the headless player, in virtual time: everything it did is in `events`."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bench.clock import LoopClock
from bench.configuration import Configuration
from bench.events.kinds import Event, Marked, TurnEnded, TurnStarted
from bench.metrics.turn_record import TurnRecord, fold_turns
from bench.turn.conversation import Conversation
from bench.turn.feed import Recording
from bench.turn.headless import HeadlessPlayer
from bench.turn.reply import Stages
from bench.turn.turn_life import Engines, Origin
from providers.base import CAPTURE_RATE_HZ, ChatModel, SpeechToText, TextToSpeech, VoiceActivity
from providers.scripted_chat import ScriptedChat
from providers.scripted_stt import ScriptedStt
from providers.scripted_tts import ScriptedTts
from providers.scripted_vad import ScriptedVad


@dataclass
class Sink:
    """A store that forgets nothing and waits for nothing."""

    events: list[Event] = field(default_factory=list)

    def append(self, *events: Event) -> None:
        self.events += events

    async def commit(self, *events: Event) -> None:
        self.events += events


@dataclass
class Talk:
    """A running conversation and what came of it."""

    conversation: Conversation
    sink: Sink
    clock: LoopClock
    states: list[str]

    @property
    def events(self) -> list[Event]:
        return self.sink.events

    def records(self) -> list[TurnRecord]:
        return sorted(fold_turns(self.events), key=lambda record: record.serial)

    def outcomes(self) -> list[tuple[str, str]]:
        serials = {event.turn: event.serial for event in self.events if isinstance(event, TurnStarted)}
        ended = [event for event in self.events if isinstance(event, TurnEnded)]
        assert len({event.turn for event in ended}) == len(ended), "a turn ended twice"
        return [(e.outcome, e.reason) for e in sorted(ended, key=lambda e: serials[e.turn])]

    def marks(self, turn: int = 0) -> dict[str, Marked]:
        return dict(self.records()[turn].marks)

    def ms(self, first: str, second: str, turn: int = 0) -> float:
        marks = self.marks(turn)
        return (marks[second].at_ns - marks[first].at_ns) / 1e6

    async def say(self, text: str) -> None:
        self.conversation.say(text, self.clock.now_ns())
        await self.conversation.wait_idle()


class _Watcher:
    def __init__(self) -> None:
        self.states: list[str] = []

    def event(self, event: Event) -> None: ...

    def state(self, state: str, left_ms: float | None = None) -> None:
        self.states.append(state)

    def level(self, rms_db: float, probability: float, voiced: bool) -> None: ...

    def not_saved(self, error: Exception) -> None:
        raise error


@contextlib.asynccontextmanager
async def talking(
    configuration: dict[str, Any] | None = None, vad_engine: VoiceActivity | None = None,
    stt_engine: SpeechToText | None = None, chat_engine: ChatModel | None = None, tts_engine: TextToSpeech | None = None,
    **options: dict[str, Any],
) -> AsyncIterator[Talk]:  # fmt: skip
    """`options`: `vad`, `stt`, `chat`, `tts` options of the scripted providers; `…_engine` instead of the scripted one."""
    clock, sink, watcher = LoopClock(), Sink(), _Watcher()
    engines = Engines(
        vad_engine or ScriptedVad(ScriptedVad.Options(**options.get("vad", {}))),
        stt_engine or ScriptedStt(ScriptedStt.Options(**options.get("stt", {}))),
        Stages(
            chat_engine or ScriptedChat(ScriptedChat.Options(**options.get("chat", {}))),
            tts_engine or ScriptedTts(ScriptedTts.Options(**options.get("tts", {}))),
        ),
    )
    for provider in (engines.vad, engines.stt, engines.stages.chat, engines.stages.tts):
        await provider.warm_up()
    whole = Configuration.model_validate(configuration or {})
    if not whole.speaking.aloud:
        engines = Engines(engines.vad, engines.stt, Stages(engines.stages.chat, None))
    conversation = Conversation(whole, engines, HeadlessPlayer(clock), sink, clock, watcher, Origin("test"))
    started = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(conversation.run(started.set))
        await started.wait()
        try:
            yield Talk(conversation, sink, clock, watcher.states)
        finally:
            task.cancel()


def spoken(*stretches_ms: tuple[int, int], tail_ms: int = 500) -> Recording:
    """A labelled recording: a tone where somebody speaks, silence elsewhere."""
    length = (max(end for _, end in stretches_ms) + tail_ms) * CAPTURE_RATE_HZ // 1000
    pcm = np.zeros(length, np.int16)
    for start, end in stretches_ms:
        at = np.arange(start * 16, end * 16)
        pcm[at] = (8000 * np.sin(at * 0.3)).astype(np.int16)
    return Recording("spoken", pcm, tuple((float(a), float(b)) for a, b in stretches_ms))
