"""A store in a fresh folder, and short ways to make events."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bench.clock import ManualClock
from bench.events.kinds import ConversationStarted, Marked, Outcome, TurnEnded, TurnStarted
from bench.events.store import Store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite3"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    async with await Store.open(path, ManualClock(at_ns=5), "this-process") as opened:
        yield opened


class Make:
    """Events of conversation `c` and its turns."""

    @staticmethod
    def conversation(
        conversation: str = "c", at_ns: int = 1, page: str = "page-1", preset: str = "demo"
    ) -> ConversationStarted:
        return ConversationStarted(
            at_ns=at_ns, conversation=conversation, wall_utc="2030-01-02T03:04:05Z", process="this-process", preset=preset,
            configuration={"listening": {"pause_ms": 300}}, fingerprint="f" * 16, tab="voice", column="A", page=page,
        )  # fmt: skip

    @staticmethod
    def turn(turn: str, at_ns: int = 2, conversation: str = "c", experiment: str = "", serial: int = 0) -> TurnStarted:
        return TurnStarted(
            at_ns=at_ns, conversation=conversation, turn=turn, serial=serial, input="typed", experiment=experiment
        )  # fmt: skip

    @staticmethod
    def mark(turn: str, at_ns: int = 3, name: str = "llm_sent", conversation: str = "c") -> Marked:
        return Marked(at_ns=at_ns, conversation=conversation, turn=turn, name=name)

    @staticmethod
    def ended(turn: str, at_ns: int = 9, conversation: str = "c", outcome: Outcome = "answered") -> TurnEnded:
        return TurnEnded(at_ns=at_ns, conversation=conversation, turn=turn, outcome=outcome)


@pytest.fixture
def make() -> type[Make]:
    return Make
