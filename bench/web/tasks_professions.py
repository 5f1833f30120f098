"""Professions: list, read, save, copy, delete, take out and bring in as YAML. Files are read and written in threads."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from bench.scenarios.profession_file import ProfessionError
from bench.scenarios.professions import Conflict, Entry
from bench.web.tasks_asking import Asker, GetDesk, asker, no_such_profession
from bench.web.tasks_bodies import PROFESSION_BYTES, NewBody, SaveBody, json_body, read_body
from bench.web.tasks_problems import (
    Invalid,
    NotSaved,
    NotThatType,
    ProfessionChanged,
    ProfessionGone,
    ProfessionShipped,
    profession_problems,
)
from bench.web.tasks_view import profession_line

ProfessionKey = Annotated[str, Path(max_length=64)]
YAML_BYTES = 2_000_000
Result = TypeVar("Result")


def router(desk: GetDesk) -> APIRouter:
    """The routes over `desk`."""
    routes, ask = APIRouter(), asker(desk)

    @routes.get("/api/professions")
    async def listed(request: Request, broken: bool = False) -> list[dict[str, Any]]:  # pyright: ignore[reportUnusedFunction]
        """All that can be played; with `broken`, the files that cannot, each with its mistakes."""
        professions = ask(request).desk.professions
        if broken:
            wrong = await asyncio.to_thread(professions.broken)
            return [{"file": each.source, "problems": profession_problems(each)} for each in wrong]
        entries = await asyncio.to_thread(professions.list)
        return [profession_line(each.profession, own=each.own, revision=each.revision) for each in entries]

    @routes.get("/api/professions/{profession}")
    async def one(request: Request, profession: ProfessionKey) -> dict[str, Any]:  # pyright: ignore[reportUnusedFunction]
        """The whole of it."""
        return _whole(await _found(ask(request), profession))

    @routes.get("/api/professions/{profession}/export")
    async def export(request: Request, profession: ProfessionKey) -> Response:  # pyright: ignore[reportUnusedFunction]
        """Its YAML, as a file."""
        by = ask(request)
        entry = await _found(by, profession)
        text = await asyncio.to_thread(by.desk.professions.export, entry.profession.id)
        headers = {"content-disposition": f'attachment; filename="{entry.profession.name}.yaml"'}
        return Response(text.encode(), media_type="application/yaml; charset=utf-8", headers=headers)

    _add_writing(routes, desk)
    return routes


def _add_writing(routes: APIRouter, desk: GetDesk) -> None:
    ask = asker(desk)

    @routes.put("/api/professions/{profession}")
    async def save(request: Request, profession: ProfessionKey) -> JSONResponse:  # pyright: ignore[reportUnusedFunction]
        """Save a changed one: 200. Of a shipped one it becomes a copy: 201, with a note."""
        by = ask(request)
        body = await json_body(request, SaveBody, PROFESSION_BYTES)
        entry = await _known(by, profession)
        if entry is None:
            raise ProfessionGone if body.revision else await no_such_profession(by.desk)
        number = entry.profession.id
        if body.profession.get("id", number) != number:
            raise Invalid(wrong="profession.id: not the one in the address")
        data = body.profession | {"id": number}
        saved = await _writing(lambda: by.desk.professions.save(data, body.revision))
        return JSONResponse(_whole(saved), 200 if saved.profession.id == number else 201)

    @routes.post("/api/professions")
    async def new(request: Request) -> JSONResponse:  # pyright: ignore[reportUnusedFunction]
        """A new one, whole or as a copy: 201."""
        by = ask(request)
        body = await json_body(request, NewBody, PROFESSION_BYTES)
        if (body.profession is None) == (body.copy_of is None):
            raise Invalid(wrong="body: either profession or copy_of")
        if body.copy_of is not None:
            source = (await _found(by, str(body.copy_of))).profession.id
            return JSONResponse(_whole(await _writing(lambda: by.desk.professions.duplicate(source))), 201)
        data = {name: value for name, value in (body.profession or {}).items() if name != "id"}
        return JSONResponse(_whole(await _writing(lambda: by.desk.professions.save(data))), 201)

    @routes.post("/api/professions/import")
    async def take_in(request: Request) -> JSONResponse:  # pyright: ignore[reportUnusedFunction]
        """A YAML file as the body: 201; 422 with a line for each mistake."""
        by = ask(request)
        if request.headers.get("content-type", "").startswith("multipart/"):
            raise NotThatType(wanted="the YAML file itself as the body, not a form")
        content = await read_body(request, YAML_BYTES)
        return JSONResponse(_whole(await _writing(lambda: by.desk.professions.take_in(content, "file"))), 201)

    @routes.delete("/api/professions/{profession}", status_code=204)
    async def delete(  # pyright: ignore[reportUnusedFunction]
        request: Request, profession: ProfessionKey, revision: Annotated[str, Query(max_length=64)] = ""
    ) -> Response:
        """Delete one of the user's own. Trials that run go on with what they began with."""
        by = ask(request)
        entry = await _found(by, profession)
        if not entry.own:
            raise ProfessionShipped
        await _writing(lambda: by.desk.professions.delete(entry.profession.id, revision))
        return Response(status_code=204)


async def _known(by: Asker, key: str) -> Entry | None:
    try:
        return await asyncio.to_thread(by.desk.professions.get, key)
    except ProfessionError:
        return None


async def _found(by: Asker, key: str) -> Entry:
    """Raises `NoSuchProfession`, which names those that there are."""
    entry = await _known(by, key)
    if entry is None:
        raise await no_such_profession(by.desk)
    return entry


async def _writing(work: Callable[[], Result]) -> Result:
    """In a thread. A conflict tells what is there now; a folder that cannot be written is a problem with words."""
    try:
        return await asyncio.to_thread(work)
    except Conflict as conflict:
        if conflict.current is not None:
            raise ProfessionChanged(body={"current": _whole(conflict.current)}) from conflict
        raise
    except OSError as error:
        raise NotSaved from error


def _whole(entry: Entry) -> dict[str, Any]:
    return {
        "profession": entry.profession.model_dump(mode="json", exclude_none=True), "own": entry.own,
        "revision": entry.revision, "languages": entry.profession.languages, "notes": entry.notes,
    }  # fmt: skip
