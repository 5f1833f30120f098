"""Trials on a model that says what a test wants, over a store in memory or a real one."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.clock import Clock, LoopClock
from bench.configuration import Configuration
from bench.events.kinds import Event, TurnEnded, TurnStarted
from bench.events.migrations import DiskFullError
from bench.metrics.turn_record import TurnRecord, fold_turns
from bench.scenarios.profession import Profession
from bench.scenarios.profession_file import Problem, ProfessionError
from bench.scenarios.professions import Entry
from bench.scenarios.trial import Trial
from bench.scenarios.trial_pieces import Piece, StepDone, StepFailed, TextAdded
from bench.scenarios.trials import Trials
from providers.base import Capabilities, ChatModel, ChatRequest, NoTextChunk, Options, ReplyFinished, TextDelta, Usage, Wire

START = datetime(2030, 5, 6, 9, 0, tzinfo=UTC)
OWNER = "session-of-somebody"


def both(text: str, russian: str = "") -> dict[str, str]:
    return {"en": text, "ru": russian or f"{text} по-русски"}


def profession(tasks: int = 3, minutes: float = 10, **changes: Any) -> Profession:
    """A small one; each task has two criteria with weights 1 and 3."""
    criteria = [
        {"id": "risk", "title": both("Risks", "Риски"), "weight": 1, "looks_for": both("Names a risk."),
         "signs": {"en": ["risk*", "slip*"], "ru": ["риск*", "срыв*"]}},
        {"id": "people", "title": both("People", "Люди"), "weight": 3, "looks_for": both("Names who has to know."),
         "signs": {"en": ["client*", "team*"], "ru": ["клиент*", "команд*"]}},
    ]  # fmt: skip
    each = [
        {"id": 700 + number, "title": both(f"Plan {number}", f"План {number}"),
         "description": both(f"Write plan number {number}.", f"Напишите план номер {number}."),
         "material": both("| day | load |\n|---|---|\n| Mon | 12 400 |"), "time_limit_minutes": minutes, "criteria": criteria}
        for number in range(1, tasks + 1)
    ]  # fmt: skip
    data: dict[str, Any] = {
        "id": 7, "name": "planner", "title": both("Planner", "Плановик"), "summary": both("Plans."),
        "prompt": both("You are an old planner."), "tasks": each,
    }  # fmt: skip
    return Profession.model_validate(data | changes)


@dataclass
class Shelf:
    """Professions without files."""

    professions: list[Profession] = field(default_factory=lambda: [profession()])

    def get(self, key: int | str) -> Entry:
        for each in self.professions:
            if key in (each.id, each.name, str(each.id)):
                return Entry(each, False, "r1")
        raise ProfessionError(str(key), [Problem("", "there is no such profession")])


@dataclass
class MemoryStore:
    """Forgets nothing; `failing` commits are refused."""

    rows: list[Event] = field(default_factory=list)
    papers: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    failing: int = 0

    def append(self, *events: Event) -> None:
        self.rows += events

    async def commit(self, *events: Event) -> object:
        await asyncio.sleep(0)
        if self.failing:
            self.failing -= 1
            raise DiskFullError
        self.rows += events
        return None

    async def events(
        self, *, conversation: str | None = None, kinds: Sequence[type[Event]] | None = None, limit: int = -1
    ) -> list[tuple[int, Event]]:
        await asyncio.sleep(0)
        found = [
            (number, event) for number, event in enumerate(self.rows)
            if conversation in (None, event.conversation) and (kinds is None or isinstance(event, tuple(kinds)))
        ]  # fmt: skip
        return found if limit < 0 else found[:limit]

    async def delete_conversation(self, conversation: str) -> int:
        self.rows = [event for event in self.rows if event.conversation != conversation]
        return 1

    async def put_document(self, kind: str, key: str, document: dict[str, Any]) -> None:
        await asyncio.sleep(0)
        self.papers[kind, key] = document

    async def documents(self, kind: str) -> dict[str, dict[str, Any]]:
        return {key: document for (of, key), document in self.papers.items() if of == kind}

    async def delete_document(self, kind: str, key: str) -> bool:
        return self.papers.pop((kind, key), None) is not None


Said = str | Exception | float
"""A piece of text, something to raise, or a wait (s)."""


class StagedChat(ChatModel):
    """Says what `play` gives for each request; by default a short text that names its step and task."""

    name = "staged"
    title = "Staged"
    Options = Options

    def __init__(self, play: Callable[[ChatRequest], Sequence[Said]] | None = None, **capabilities: Any) -> None:
        super().__init__(Options())
        self.capabilities = Capabilities(**capabilities)  # type: ignore[misc]
        self.play = play or usual
        self.requests: list[ChatRequest] = []
        self.closed = False

    async def close(self) -> None:
        self.closed = True

    async def stream(self, request: ChatRequest, wire: Wire) -> AsyncIterator[Any]:
        self.requests.append(request)
        wire.note("request_sent")
        for said in self.play(request):
            if isinstance(said, float):
                await asyncio.sleep(said)
                yield NoTextChunk(wire.now_ns())
            elif isinstance(said, Exception):
                raise said
            else:
                yield TextDelta(said, wire.now_ns())
        yield Usage(at_ns=wire.now_ns(), tokens_in=10, tokens_out=3)
        yield ReplyFinished(wire.now_ns())


def step_of(request: ChatRequest) -> str:
    found = re.search(r"^STEP: (\w+)\s*\Z", request.messages[0].text, re.MULTILINE)
    return found[1].lower() if found else ""


def task_of(request: ChatRequest) -> int:
    found = re.search(r"^=== TASK (\d+) of", request.messages[0].text, re.MULTILINE)
    return int(found[1]) if found else 0


def usual(request: ChatRequest) -> Sequence[Said]:
    return [0.1, f"{step_of(request).capitalize()} ", 0.05, f"number {task_of(request)}", "."]


@dataclass
class Stage:
    trials: Trials
    chat: StagedChat
    store: Any
    shelf: Shelf

    async def trial(self, owner: str = OWNER, language: Any = "en", page: bool = False, **more: Any) -> Trial:
        configuration = more.pop("configuration", Configuration())
        return await self.trials.get_or_start(owner, 7, language, configuration=configuration, page=page, **more)

    def turns(self) -> list[TurnRecord]:
        return list(fold_turns(self.store.rows))

    def outcomes(self) -> list[tuple[str, str]]:
        """Of every turn that began, in order: every one has exactly one ending."""
        ended = [event for event in self.store.rows if isinstance(event, TurnEnded)]
        assert len({event.turn for event in ended}) == len(ended), "a turn ended twice"
        begun = [event.turn for event in self.store.rows if isinstance(event, TurnStarted)]
        by_turn = {event.turn: (event.outcome, event.reason) for event in ended}
        return [by_turn[turn] for turn in begun if turn in by_turn]


@contextlib.asynccontextmanager
async def staged(
    chat: StagedChat | None = None, store: Any = None, shelf: Shelf | None = None, process: str = "p1", clock: Clock | None = None,
    wall: Callable[[], datetime] | None = None, **more: Any,
) -> AsyncIterator[Stage]:  # fmt: skip
    """A running service; leaving it is a proper shutdown. The wall clock follows the loop's time."""
    chat, store, shelf = chat or StagedChat(), store if store is not None else MemoryStore(), shelf or Shelf()
    trials = Trials(
        store,
        shelf,
        clock or LoopClock(),
        process,
        wall=wall or loop_wall,
        build=more.pop("build", lambda choice: chat),
        **more,
    )
    started = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        living = group.create_task(trials.run(started.set))
        await started.wait()
        try:
            yield Stage(trials, chat, store, shelf)
        finally:
            living.cancel()


def loop_wall() -> datetime:
    return START + timedelta(seconds=asyncio.get_running_loop().time())


async def gathered(pieces: AsyncIterator[Piece]) -> list[Piece]:
    return [piece async for piece in pieces]


def text_of(pieces: Sequence[Piece]) -> str:
    return "".join(piece.text for piece in pieces if isinstance(piece, TextAdded))


def kinds_of(pieces: Sequence[Piece]) -> list[str]:
    return [type(piece).__name__ for piece in pieces if not isinstance(piece, TextAdded)]


def done(pieces: Sequence[Piece], number: int = 0) -> StepDone:
    return [piece for piece in pieces if isinstance(piece, StepDone)][number]


def failure(pieces: Sequence[Piece]) -> StepFailed:
    assert isinstance(pieces[-1], StepFailed), pieces
    return pieces[-1]


GOOD = (
    "Because the client waits, I would move the launch by 3 days. There is a risk that the deadline slips, so the team knows."
)


async def answered(trial: Trial, text: str = GOOD) -> list[Piece]:
    """Ask the current question, answer it, and take what follows."""
    await gathered(trial.question())
    task = trial.state.current
    assert task is not None
    await trial.submit(task.task_id, text, f"s{task.task_id}")
    return await gathered(trial.continuation(task.task_id))
