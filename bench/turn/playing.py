"""Playing a recording to one or more conversations, until all of them have answered it."""

from collections.abc import Sequence

from bench.audio.frame import FRAME_SAMPLES
from bench.clock import Clock
from bench.turn.conversation import Conversation
from bench.turn.feed import Recording, feed
from providers.base import CAPTURE_RATE_HZ

_SETTLE_MS = 500.0
"""Silence after the recording, beyond the longest pause setting, in which a detector may still make up its mind."""


async def play_to(recording: Recording, conversations: Sequence[Conversation], clock: Clock) -> None:
    """Feed the recording in real time, then silence until every turn it caused has its outcome.

    A conversation that heard no speech in it gets a `silent` turn: no input is left out of the ledger. Cancel to stop.
    """
    t0_ns = clock.now_ns()
    before = {conversation.id: conversation.turns for conversation in conversations}
    longest_ms = max((conversation.configuration.listening.pause_ms for conversation in conversations), default=0)
    try:
        for conversation in conversations:
            conversation.expect(recording.stretches(t0_ns))
        sent = 0
        async for frame in feed(recording, clock, t0_ns):
            sent += 1
            for conversation in conversations:
                conversation.hear(frame, "file", recording.id)
            past_ms = sent * FRAME_SAMPLES * 1000 / CAPTURE_RATE_HZ - recording.duration_ms
            for conversation in conversations:
                if past_ms > 0 and conversation.speaking and conversation.configuration.listening.release == "key":
                    conversation.release("key")  # a recording cannot press the key: its end does
            if past_ms > longest_ms + _SETTLE_MS and all(conversation.idle for conversation in conversations):
                break
        for conversation in conversations:
            if conversation.turns == before[conversation.id]:
                conversation.heard_nothing("file", recording.id)
            await conversation.wait_idle()
    finally:
        for conversation in conversations:
            conversation.expect(())
