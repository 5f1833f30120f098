"""What the routes of trials have in common: which trial is meant, in which language, by whom."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, Query, Request

from bench.access.gate import session_of
from bench.scenarios.profession_file import ProfessionError
from bench.scenarios.trial import Trial
from bench.scenarios.trial_errors import NoSuchTask, NoSuchTrial
from bench.turn.text_turn import Sent
from bench.web.tasks_bodies import SentBody
from bench.web.tasks_desk import TasksDesk
from bench.web.tasks_problems import Invalid, NoSuchProfession, NotRunning
from bench.web.tasks_stream import EventStream, Source

GetDesk = Callable[[], TasksDesk | None]
OLDEST_S = 900.0
"""An instant of the page that is older than this (s) has nothing to do with the request."""
AHEAD_S = 1.0
"""So far in the future may lie an instant that was converted from the page's clock (s)."""


@dataclass(frozen=True, slots=True)
class Common:
    """The query parameters that all of these routes take."""

    language: Literal["en", "ru"]
    preset: str
    column: str
    trial: str
    retry: bool
    until: Literal["", "feedback"]
    """`feedback`: end there; what follows is asked for by itself, so that its clock does not run while the feedback is read."""


def common(
    language: Literal["en", "ru"] = "en",
    preset: Annotated[str, Query(max_length=100)] = "embedded",
    column: Annotated[str, Query(pattern=r"^[A-D]?$")] = "",
    trial: Annotated[str, Query(max_length=64)] = "",
    retry: bool = False,
    until: Literal["", "feedback"] = "",
) -> Common:
    """See `Common`."""
    return Common(language, preset, column, trial, retry, until)


CommonQuery = Annotated[Common, Depends(common)]


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and the running server."""

    owner: str
    """The session id."""
    desk: TasksDesk

    def stream(self, source: Source) -> EventStream:
        """An answer that goes on."""
        return EventStream(source, self.desk.streams, self.owner)

    async def current(self, profession: str, asked: Common, *, page: bool = True) -> Trial:
        """The trial of `trial=`, else the running one of that profession, else a new one."""
        if asked.trial:
            return await self.desk.trials.get(self.owner, asked.trial)
        preset = await asyncio.to_thread(self.desk.presets.get, asked.preset)
        try:
            return await self.desk.trials.get_or_start(
                self.owner, profession, asked.language, configuration=preset.configuration, preset=asked.preset,
                column=asked.column, page=page,
            )  # fmt: skip
        except ProfessionError as error:
            raise await no_such_profession(self.desk) from error

    async def of_task(self, task_id: int, asked: Common, trial: str = "") -> Trial:
        """The trial of `trial=`, else the newest with that task. Raises `NoSuchTrial`, `NoSuchTask`."""
        if asked.trial or trial:
            found = await self.desk.trials.get(self.owner, asked.trial or trial)
        else:
            found = await self.desk.trials.of_task(self.owner, task_id, asked.column)
        if found is None:
            raise NoSuchTrial
        if found.state.task(task_id) is None:
            raise NoSuchTask(task=str(task_id))
        return found

    def sent(self, given: SentBody | None) -> Sent | None:
        """The instant of the user's message. Raises `Invalid` for one that cannot be."""
        if given is None:
            return None
        refuse_impossible(given.at_ns, self.desk.clock.now_ns(), "sent.at_ns")
        return Sent(round(given.at_ns), round(given.error_ns))


def refuse_impossible(at_ns: float, now_ns: int, where: str) -> None:
    """Raises `Invalid` for an instant that does not belong to what is going on."""
    if not now_ns - OLDEST_S * 1e9 <= at_ns <= now_ns + AHEAD_S * 1e9:
        raise Invalid(wrong=f"{where}: not an instant of the last {OLDEST_S / 60:g} minutes on the server's clock")


async def no_such_profession(desk: TasksDesk) -> NoSuchProfession:
    """With the names of those that there are."""
    names = [entry.profession.name for entry in await asyncio.to_thread(desk.professions.list)]
    return NoSuchProfession(known=", ".join(names), body={"professions": names})


def asker(desk: GetDesk) -> Callable[[Request], Asker]:
    """For each request: who asks. Raises `NotRunning`."""

    def asks(request: Request) -> Asker:
        found = desk()
        if found is None:
            raise NotRunning
        return Asker(session_of(request).id, found)

    return asks
