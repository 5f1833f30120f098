"""How a text of a trial is written: the model is asked, streamed or not; streaming that fails before its first word is
followed by one unstreamed call, visibly. Each call is a turn with its own line in the ledger."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from bench.scenarios.trial_generation import Generation
from bench.scenarios.trial_pieces import FellBack, StepFailed, TextAdded, WrittenStep
from bench.turn.live_turn import Ending
from bench.turn.text_turn import Sent, TextTalk, Written
from providers.base import ChatModel, ChatRequest, Message

_log = logging.getLogger(__name__)

HOPELESS = frozenset(
    {"not_usable", "engine_missing", "key_missing", "key_rejected", "not_permitted", "quota_exceeded", "rate_limited",
     "model_gone"}
)  # fmt: skip
"""Failures that another call at once would meet again, streamed or not."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be written."""

    step: WrittenStep
    task_id: int | None
    messages: tuple[Message, ...]
    language: str
    streamed: bool
    """Word by word; False: the same call, collected and shown at once."""
    strata: tuple[str, ...] = ()
    """What else is true of the turn."""
    text: str = ""
    """The user's message that it answers, or empty."""
    sent: Sent | None = None
    """When the user sent that message; None: nobody sent one, the trial goes on by itself."""
    profession: str = ""
    """Its name, for the log."""


@dataclass(frozen=True, slots=True)
class Result:
    """A text that was written."""

    written: Written
    streamed: bool
    fallback: bool


async def write(wish: Wish, talk: TextTalk, chat: ChatModel, out: Generation) -> Result | None:
    """Write it, adding its text to `out` as it comes. None when it failed: then `out` has been told how."""
    written = await _call(wish, talk, chat, out, streamed=wish.streamed, fallback=False)
    fallback = False
    if wish.streamed and _may_fall_back(written):
        ending = written.ending
        out.add(FellBack(written.turn, ending.outcome, ending.stage, ending.reason, ending.message, ending.facts))
        fallback = True
        written = await _call(wish, talk, chat, out, streamed=False, fallback=True)
    if written.ending.outcome != "answered":
        out.add(failed(wish.step, wish.task_id, written.ending, written.turn))
        return None
    return Result(written, wish.streamed and not fallback, fallback)


def failed(step: WrittenStep, task_id: int | None, ending: Ending, turn: str = "") -> StepFailed:
    """The piece that tells how a text could not be written."""
    return StepFailed(step, task_id, ending.outcome, ending.stage, ending.reason, ending.message, ending.facts, turn)


async def _call(
    wish: Wish, talk: TextTalk, chat: ChatModel, out: Generation, *, streamed: bool, fallback: bool
) -> Written:  # fmt: skip
    on_text: Callable[[str], None] = lambda text: out.add(TextAdded(text))  # noqa: E731
    strata = (wish.step, *wish.strata, *(() if streamed else ("unstreamed",)), *(("fallback",) if fallback else ()))
    written = await talk.write(
        chat, ChatRequest(wish.messages, wish.language), on_text, streamed=streamed, strata=strata, text=wish.text,
        sent=None if fallback else wish.sent,
    )  # fmt: skip
    log(wish.step, wish.profession, wish.task_id, written, streamed=streamed)
    return written


def log(step: WrittenStep, profession: str, task_id: int | None, written: Written, *, streamed: bool) -> None:
    """The line by which somebody who watches the server sees the same figures as the charts."""
    _log.info(
        "[%s] %s task=%s turn=%s outcome=%s ttft_ms=%s total_ms=%s chars=%d streamed=%s profession=%s",
        "STREAMING" if streamed else "TIMING", step, task_id, written.turn, written.ending.outcome,
        _shown(written.first_text_ms), _shown(written.total_ms), len(written.text), str(streamed).lower(), profession,
    )  # fmt: skip


def _shown(ms: float | None) -> str:
    return "none" if ms is None else f"{ms:.1f}"


def _may_fall_back(written: Written) -> bool:
    """Nothing has been shown yet, and another way of asking may help."""
    ending = written.ending
    return ending.outcome in ("failed", "timed_out", "silent") and not written.text.strip() and ending.reason not in HOPELESS
