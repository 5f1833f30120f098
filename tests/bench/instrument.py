"""The instrument against the truth: 1,000 scripted turns, every figure compared with the stamps of the server's own process.

The server stamps CLOCK_MONOTONIC when it has read a request and right when it writes each chunk. What is measured here is
what we say minus what it did: the cost of our own sockets, loop and bookkeeping, and any mistake in them.
"""

import asyncio
import contextlib
import itertools
import random
import time
from collections.abc import AsyncIterator
from typing import Any

from bench.clock import MonotonicClock
from bench.configuration import Configuration
from bench.events.kinds import LoopStalled
from bench.metrics.definitions import figure
from bench.metrics.turn_record import TurnRecord, fold_turns
from bench.metrics.waterfall import waterfall
from bench.stall import StallWatch
from bench.turn.conversation import Conversation
from bench.turn.headless import HeadlessPlayer
from bench.turn.playing import play_to
from bench.turn.reply import Stages
from bench.turn.turn_life import Engines, Origin
from bench.wire.scripted_process import ScriptedServer, running_scripted_server
from bench.wire.stamps import RequestStamps
from providers.scripted_chat import ScriptedChat
from providers.scripted_stt import ScriptedStt
from providers.scripted_tts import ScriptedTts
from providers.scripted_vad import ScriptedVad
from tests.bench.tables import print_quantiles
from tests.conversations.talk import Sink, spoken

TURNS = 1000
LANES = 6
"""Conversations at once: enough to finish in five minutes, few enough for the machine to count as idle."""
VOICE_EVERY = 5
"""Every fifth turn is spoken (it takes real time), the others are typed."""


class _Silent:
    def event(self, event: Any) -> None: ...
    def state(self, state: str, left_ms: float | None = None) -> None: ...
    def level(self, rms_db: float, probability: float, voiced: bool) -> None: ...
    def not_saved(self, error: Exception) -> None:
        raise error


def script(dice: random.Random, server: str) -> Engines:
    """Engines with delays drawn from 20–300 ms."""

    def delay() -> float:
        return round(dice.uniform(20, 300), 1)

    chat = {"first_text_ms": delay(), "tokens_per_s": 200, "text": "Yes, of course.", "server": server}
    tts = {"first_byte_ms": delay(), "lead_silence_ms": round(delay() / 5), "realtime_factor": 0.05, "server": server}
    stt = {"final_ms": delay(), "partial_every_ms": 0, "server": server}
    return Engines(
        ScriptedVad(ScriptedVad.Options()), ScriptedStt(ScriptedStt.Options(**stt)),
        Stages(ScriptedChat(ScriptedChat.Options(**chat)), ScriptedTts(ScriptedTts.Options(**tts))),
    )  # fmt: skip


@contextlib.asynccontextmanager
async def conversation(engines: Engines, sink: Sink, clock: MonotonicClock) -> AsyncIterator[Conversation]:
    for provider in (engines.vad, engines.stt, engines.stages.chat, engines.stages.tts):
        await provider.warm_up()
    whole = Configuration.model_validate({"listening": {"pause_ms": 100}})
    talk = Conversation(whole, engines, HeadlessPlayer(clock), sink, clock, _Silent(), Origin("bench"))
    started = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(talk.run(started.set))
        await started.wait()
        try:
            yield talk
        finally:
            task.cancel()
    for provider in (engines.vad, engines.stt, engines.stages.chat, engines.stages.tts):
        await provider.close()


async def lane(turns: "itertools.count[int]", total: int, sink: Sink, clock: MonotonicClock, server: str, seed: int) -> None:
    """Turns, one after the other, ten in each conversation."""
    dice = random.Random(seed)
    recording = spoken((60, 260), tail_ms=40)
    number = next(turns)
    while number < total:
        async with conversation(script(dice, server), sink, clock) as talk:
            for _ in range(10):
                if number >= total:
                    return
                if number % VOICE_EVERY == 0:
                    await play_to(recording, [talk], clock)
                else:
                    talk.say("How are you?", clock.now_ns())
                    await talk.wait_idle()
                number = next(turns)


def errors(records: list[TurnRecord], server: ScriptedServer) -> dict[str, list[float]]:
    """Measured minus true (absolute, ms) for each figure that a server can know the truth of."""
    found: dict[str, list[float]] = {"TTFT": [], "STT final after release": [], "TTS first byte": [], "VAD pause": []}
    wanted = [
        m.data["request"] for r in records for n in ("llm_sent", "tts_sent", "stt_final") if (m := r.marks.get(n)) is not None
    ]
    truth: dict[str, RequestStamps] = {}
    for begin in range(0, len(wanted), 500):
        truth |= server.stamps(wanted[begin : begin + 500])
    for record in records:
        marks = record.marks
        chat = truth[marks["llm_sent"].data["request"]]
        first = chat.first("text")
        ttft = figure(record, "ttft").ms
        if first is not None and ttft is not None:
            found["TTFT"].append(abs(ttft - chat.real_ms(first)))
        if "tts_first_byte" in marks:
            tts = truth[marks["tts_sent"].data["request"]]
            byte = tts.first("audio")
            measured = (marks["tts_first_byte"].at_ns - marks["tts_sent"].at_ns) / 1e6
            if byte is not None:
                found["TTS first byte"].append(abs(measured - tts.real_ms(byte)))
        if "stt_final" in marks and "request" in marks["stt_final"].data:
            final = truth[marks["stt_final"].data["request"]].first("final")
            if final is not None:
                found["STT final after release"].append(abs(marks["stt_final"].at_ns - final.written_ns) / 1e6)
        pause = figure(record, "vad_pause").ms
        if pause is not None:
            # true end + pause, rounded up to the frame that completes it: the feed sends a frame when its last sample is due
            late_ms = marks["turn_released"].data["late_ms"] or 0.0
            found["VAD pause"].append(abs(pause - 100 - late_ms))
    return found


async def main(total: int = TURNS) -> None:
    """Run it and print the table."""
    clock, sink = MonotonicClock(), Sink()
    stalls: list[LoopStalled] = []
    began = time.monotonic()
    with running_scripted_server() as server:
        watch = StallWatch(clock, lambda stall: (stalls.append(stall), sink.append(stall))[0])
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(watch.run())
            turns = itertools.count()
            async with asyncio.TaskGroup() as lanes:
                for seed in range(LANES):
                    lanes.create_task(lane(turns, total, sink, clock, server.address, seed))
            watching.cancel()
        records = list(fold_turns(sink.events))
        outcomes = {r.outcome: sum(1 for each in records if each.outcome == r.outcome) for r in records}
        print(
            f"{len(records)} turns {outcomes} in {time.monotonic() - began:.0f} s, {LANES} at once; {len(stalls)} loop stalls"
        )
        print_quantiles("|measured − true|", await asyncio.to_thread(errors, records, server))
    falls = [fall for record in records if (fall := waterfall(record)) is not None and fall.complete]
    wrong = sum(sum(part.duration_ns for part in fall.parts) != fall.total_ns for fall in falls)
    rest = [sum(part.duration_ns for part in fall.parts if part.owner == "unexplained") / 1e6 for fall in falls]
    print(f"waterfalls that do not add up: {wrong} of {len(falls)}")
    print_quantiles("unexplained per turn", {"all turns": rest})
    await stall_is_ours()


async def stall_is_ours() -> None:
    """A 500 ms stall of our own loop in the middle of the model's wait belongs to the workbench."""
    clock, sink = MonotonicClock(), Sink()
    with running_scripted_server() as server:
        engines = script(random.Random(1), server.address)
        chat = ScriptedChat.Options(first_text_ms=300, text="Yes.", server=server.address)
        engines = Engines(engines.vad, engines.stt, Stages(ScriptedChat(chat), engines.stages.tts))
        watch = StallWatch(clock, sink.append)
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(watch.run())
            async with conversation(engines, sink, clock) as talk:
                talk.say("How are you?", clock.now_ns())
                await asyncio.sleep(0.1)
                time.sleep(0.5)  # noqa: ASYNC251 - the stall
                await talk.wait_idle()
            watching.cancel()
        (record,) = fold_turns(sink.events)
        fall = waterfall(record)
        owners: dict[str, float] = {}
        for part in fall.parts if fall else ():
            owners[part.owner] = owners.get(part.owner, 0) + part.duration_ns / 1e6
        print("with a 500 ms stall of our own loop: " + ", ".join(f"{owner} {ms:.0f} ms" for owner, ms in owners.items()))
