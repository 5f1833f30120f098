"""An error becomes a turn's ending: which stage, a code, and what a person can do. Never a provider's own text."""

import logging
from typing import Any, cast

from bench.turn.live_turn import Ending
from providers.errors import ProviderError, StageTimedOut

_log = logging.getLogger(__name__)


class PlayerSilent(Exception):
    """The player did not report the end of playback."""


class ToolNotOffered(Exception):
    """The model wants a function called, and none was offered to it."""


def ending_of(error: BaseException) -> Ending:
    """`timed_out` for a stage that ran out of time, `failed` for everything else."""
    error = _first(error)
    if isinstance(error, ProviderError):
        outcome = "timed_out" if isinstance(error, StageTimedOut) else "failed"
        return Ending(outcome, error.stage, error.code, error.public_message, facts_of(error))
    if isinstance(error, ToolNotOffered):
        return Ending(
            "failed", "llm", "tool_not_offered",
            "The model wanted to call a function, but none was offered to it. Change the prompt, or choose another model.",
        )  # fmt: skip
    if isinstance(error, PlayerSilent):
        return Ending(
            "failed", "playback", "player_silent", "The page did not report that it played the reply. Is it still open?"
        )
    _log.error("a turn failed by a fault of our own", exc_info=error)
    return Ending("failed", "", "internal_error", "The workbench itself failed. The log says where.")


def facts_of(error: ProviderError) -> dict[str, Any]:
    """What fills the error's message in any language: names and numbers in our own words, never a provider's text."""
    return {"provider": error.provider, **error.facts}


def _first(error: BaseException) -> BaseException:
    """The first leaf of an exception group: the cause, before what it cancelled."""
    while isinstance(error, BaseExceptionGroup):
        error = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
    return error
