"""What one stage of one turn has consumed so far, as its provider counts it."""

from dataclasses import replace
from typing import TypeVar

from bench.events.kinds import UsageReported
from bench.turn.live_turn import LiveTurn
from bench.turn.recorder import Recorder
from providers.base import Usage

Number = TypeVar("Number", int, float)


class Consumption:
    """Puts each new state on record. Unknown plus known is unknown: a sum with a hole in it would look like the whole."""

    def __init__(self, stage: str, turn: LiveTurn, recorder: Recorder) -> None:
        self._stage, self._turn, self._recorder = stage, turn, recorder
        self._so_far: Usage | None = None

    def latest(self, usage: Usage) -> None:
        """The count of the one request so far: it replaces what was counted before."""
        self._so_far = usage
        self._note(usage)

    def add(self, usage: Usage) -> None:
        """The count of a further request."""
        self._so_far = usage if self._so_far is None else _sum(self._so_far, usage)
        self._note(self._so_far)

    def _note(self, usage: Usage) -> None:
        self._recorder.note(
            UsageReported(
                at_ns=usage.at_ns, conversation=self._turn.conversation, turn=self._turn.id, stage=self._stage,
                tokens_in=usage.tokens_in, tokens_out=usage.tokens_out, source=usage.source,
                tokens_cached=usage.tokens_cached, tokens_reasoning=usage.tokens_reasoning,
                audio_ms=None if usage.audio_s is None else usage.audio_s * 1e3, characters=usage.characters,
                cost_usd=usage.cost_usd, priced_on=usage.priced_on,
            )
        )  # fmt: skip


def _sum(first: Usage, second: Usage) -> Usage:
    dates = sorted(date for date in {first.priced_on, second.priced_on} if date)
    return replace(
        second,
        tokens_in=_plus(first.tokens_in, second.tokens_in), tokens_out=_plus(first.tokens_out, second.tokens_out),
        tokens_cached=_plus(first.tokens_cached, second.tokens_cached),
        tokens_reasoning=_plus(first.tokens_reasoning, second.tokens_reasoning),
        audio_s=_plus(first.audio_s, second.audio_s), characters=_plus(first.characters, second.characters),
        source="server" if first.source == second.source == "server" else "estimated",
        cost_usd=_plus(first.cost_usd, second.cost_usd), priced_on=dates[0] if dates else "",
    )  # fmt: skip


def _plus(first: Number | None, second: Number | None) -> Number | None:
    return None if first is None or second is None else first + second
