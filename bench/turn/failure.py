"""An error becomes a turn's ending: which stage, a code, and what a person can do. Never a provider's own text."""

import logging
from typing import cast

from bench.turn.live_turn import Ending
from providers.errors import ProviderError, StageTimedOut

_log = logging.getLogger(__name__)


class PlayerSilent(Exception):
    """The player did not report the end of playback."""


def ending_of(error: BaseException) -> Ending:
    """`timed_out` for a stage that ran out of time, `failed` for everything else."""
    error = _first(error)
    if isinstance(error, StageTimedOut):
        return Ending("timed_out", error.stage, error.code, error.public_message)
    if isinstance(error, ProviderError):
        return Ending("failed", error.stage, error.code, error.public_message)
    if isinstance(error, PlayerSilent):
        return Ending(
            "failed", "playback", "player_silent", "The page did not report that it played the reply. Is it still open?"
        )
    _log.error("a turn failed by a fault of our own", exc_info=error)
    return Ending("failed", "", "internal_error", "The workbench itself failed. The log says where.")


def _first(error: BaseException) -> BaseException:
    """The first leaf of an exception group: the cause, before what it cancelled."""
    while isinstance(error, BaseExceptionGroup):
        error = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
    return error
