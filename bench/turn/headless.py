"""A player without a loudspeaker: consumes a reply's sound in real time and reports the instants a page would.

It has no buffer and no device, so its playback starts when the first audible sample would sound on an ideal page. Whatever it
plays is labelled 'headless player' and never mixed with a page's figures.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from bench.clock import Clock
from bench.turn.player import PlayerMark, PlayerMarkName, ReplyAudio


@dataclass(slots=True)
class _Reply:
    """What is known of the reply being played."""

    started_ns: int
    """When its first sample sounded (ns); moves on when sound came too late."""
    samples: int = 0
    rate_hz: int = 1
    audible: int | None = None
    audible_marked: bool = False
    last: bool = False
    timers: tuple[asyncio.TimerHandle, ...] = ()

    def instant_ns(self, sample: int) -> int:
        """When a sample sounds (ns)."""
        return self.started_ns + sample * 1_000_000_000 // self.rate_hz


class HeadlessPlayer:
    """Implements `Player`. One per conversation."""

    kind: Literal["page", "headless"] = "headless"

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._replies: dict[str, _Reply] = {}
        self._marked: Callable[[PlayerMark], None] = lambda mark: None

    def attach(self, marked: Callable[[PlayerMark], None]) -> None:
        self._marked = marked

    def wrote(self, turn: str, at_ns: int) -> None:
        """An ideal page paints at once."""
        self._mark(turn, "text_painted", at_ns)

    async def play(self, audio: ReplyAudio) -> None:
        now_ns = self._clock.now_ns()
        if audio.on_sent is not None:
            audio.on_sent(now_ns)
        reply = self._replies.get(audio.turn)
        if reply is None:
            reply = self._replies[audio.turn] = _Reply(now_ns, rate_hz=audio.rate_hz)
            self._mark(audio.turn, "audio_received", now_ns)
        elif now_ns > reply.instant_ns(reply.samples) and len(audio.pcm):
            reply.started_ns += now_ns - reply.instant_ns(reply.samples)  # it ran dry: the rest sounds later
        reply.samples = audio.position + len(audio.pcm)
        reply.audible = audio.audible if audio.audible is not None else reply.audible
        reply.last = reply.last or audio.last
        self._schedule(audio.turn, reply)

    async def stop(self, turn: str) -> None:
        reply = self._replies.pop(turn, None)
        if reply is None:
            return
        for timer in reply.timers:
            timer.cancel()
        now_ns = self._clock.now_ns()
        if now_ns < reply.instant_ns(reply.samples):
            self._mark(turn, "playback_stopped", now_ns, heard_ms=(now_ns - reply.started_ns) / 1e6)

    def _schedule(self, turn: str, reply: _Reply) -> None:
        for timer in reply.timers:
            timer.cancel()
        loop, now_ns = asyncio.get_running_loop(), self._clock.now_ns()
        timers: list[asyncio.TimerHandle] = []
        if reply.audible is not None and not reply.audible_marked:
            due_ns = reply.instant_ns(reply.audible)
            timers.append(loop.call_later(max(0, due_ns - now_ns) / 1e9, self._started, turn, reply))
        if reply.last:
            due_ns = reply.instant_ns(reply.samples)
            timers.append(loop.call_later(max(0, due_ns - now_ns) / 1e9, self._ended, turn, reply))
        reply.timers = tuple(timers)

    def _started(self, turn: str, reply: _Reply) -> None:
        if reply.audible is None or reply.audible_marked:
            return
        reply.audible_marked = True
        lead_ms = reply.audible * 1000 / reply.rate_hz
        # The instant is arithmetic, not the timer's: a late timer must not make the reply look late.
        self._mark(turn, "playback_started", reply.instant_ns(reply.audible), lead_silence_ms=lead_ms, buffer_ms=0.0,
                   output_latency_ms=0.0)  # fmt: skip

    def _ended(self, turn: str, reply: _Reply) -> None:
        if self._replies.pop(turn, None) is not None:
            self._started(turn, reply)
            self._mark(turn, "playback_ended", reply.instant_ns(reply.samples))

    def _mark(self, turn: str, name: PlayerMarkName, at_ns: int, **data: Any) -> None:
        self._marked(PlayerMark(turn, name, at_ns, "server", data=data))
