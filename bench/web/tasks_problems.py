"""How the routes of the task simulation say no: `{code, message, remedy, facts}`, the code being the key of its translation."""

from collections.abc import Mapping
from typing import Any, ClassVar

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from bench.events.migrations import StoreError
from bench.preset import PresetError
from bench.scenarios.profession_file import ProfessionError
from bench.scenarios.professions import Busy, Conflict
from bench.scenarios.trial_errors import TrialError
from bench.turn.failure import facts_of
from bench.web.tasks_words import ending_message
from providers.errors import NotUsable, ProviderError, RateLimited, StageTimedOut
from providers.registry import RegistryError

TRIAL_STATUS: Mapping[str, int] = {
    "no_such_trial": 404, "no_such_task": 404, "language_unavailable": 422, "answer_empty": 422, "answer_too_long": 413,
    "already_answered": 409, "not_now": 409, "clock_running": 409, "trial_over": 410, "held_elsewhere": 409,
    "trial_unreadable": 410,
}  # fmt: skip
"""HTTP status by the code of a `TrialError`; 409 for one that is not here."""
RETRY_AFTER_S = 5


class TasksProblem(Exception):
    """A request that cannot be answered. `code` is also the key of its translation."""

    status: ClassVar[int] = 422
    code: ClassVar[str] = "invalid"
    template: ClassVar[str] = "Not valid: {wrong}."
    remedy: ClassVar[str] = ""

    def __init__(self, *, body: Mapping[str, Any] | None = None, **facts: str) -> None:
        """`facts` fill the template; `body` is added to the answer."""
        self.facts, self.body = facts, body or {}
        super().__init__(self.code)


class Invalid(TasksProblem):
    remedy = "Correct it and send it again."


class TooLarge(TasksProblem):
    status, code = 413, "body_too_large"
    template = "That is more than {most_kb} kB, which is the most that is taken here."


class NotThatType(TasksProblem):
    status, code = 415, "not_that_type"
    template = "This address takes {wanted}."


class NoSuchProfession(TasksProblem):
    status, code = 404, "no_such_profession"
    template = "There is no such profession. There are: {known}."


class ProfessionNotValid(TasksProblem):
    code = "profession_not_valid"
    template = "The profession has mistakes: {count}."
    remedy = "Correct them and save it again."


class ProfessionChanged(TasksProblem):
    status, code = 409, "profession_changed"
    template = "The profession was changed elsewhere meanwhile. Load it again, or save yours as a copy."


class ProfessionGone(TasksProblem):
    status, code = 409, "profession_gone"
    template = "The profession was deleted elsewhere meanwhile. Save yours as a new one."


class ProfessionShipped(TasksProblem):
    status, code = 409, "profession_shipped"
    template = "This profession is shipped: it can be copied, but neither changed nor deleted."


class NotSaved(TasksProblem):
    status, code = 503, "not_saved"
    template = "It could not be saved: the disk or its folder does not take it. Nothing was changed."


class SavingElsewhere(TasksProblem):
    status, code = 503, "saving_elsewhere"
    template = "Another program is saving professions. Try again in a moment."


class NoSuchPreset(TasksProblem):
    status, code = 404, "no_such_preset"
    template = "This preset cannot be used: {preset}. Choose another one."


class TooManyStreams(TasksProblem):
    status, code = 429, "too_many_streams"
    template = "Too many windows listen at the same time. Close some and try again."


class RunUnderWay(TasksProblem):
    status, code = 409, "run_under_way"
    template = "A run is under way: stop it first."


class NoReport(TasksProblem):
    status, code = 404, "no_report"
    template = "This trial has no report yet."


class NotRunning(TasksProblem):
    status, code = 503, "not_running"
    template = "The workbench is starting or stopping. Try again in a moment."


def problem_body(error: Exception) -> tuple[int, dict[str, Any]]:
    """Status and content for what a route may raise."""
    match error:
        case TasksProblem():
            message = error.template.format_map(error.facts)
            return error.status, _body(error.code, message, error.facts, error.remedy) | dict(error.body)
        case TrialError():
            return TRIAL_STATUS.get(error.code, 409), _body(error.code, error.public_message, error.facts)
        case StoreError():
            remedy = "Nothing was accepted: what you sent can be sent again."
            return 503, _body(error.code, error.public_message, error.facts, remedy)
        case ProviderError():
            return provider_status(error.code, error), _body(error.code, error.public_message, facts_of(error))
        case RegistryError():
            return 409, _body("provider_gone", ending_message("provider_gone"), {})
        case ProfessionError():
            return 422, _profession_body(error)
        case PresetError():
            return problem_body(NoSuchPreset(preset=error.source[:60]))
        case Busy():
            return problem_body(SavingElsewhere())
        case Conflict():
            return problem_body(ProfessionChanged() if error.current is not None else ProfessionGone())
        case OSError():
            return problem_body(NotSaved())
        case _:
            raise error


def provider_status(code: str, error: ProviderError | None = None) -> int:
    """409: choose another or set it up; 429: slow down; 504: no answer in time; 502: it failed."""
    if isinstance(error, NotUsable) or code in ("not_usable", "engine_missing", "key_missing", "language_unsupported"):
        return 409
    if isinstance(error, RateLimited) or code == "rate_limited":
        return 429
    return 504 if isinstance(error, StageTimedOut) or code == "stage_timed_out" else 502


def answer(error: Exception) -> JSONResponse:
    """The answer to a request that raised this."""
    status, body = problem_body(error)
    headers: dict[str, str] = {}
    if status in (429, 503):
        headers["retry-after"] = _whole_seconds(body["facts"].get("retry_after"))
    if status == 413:
        headers["connection"] = "close"  # the rest of the body is not wanted: nobody has to read it
    return JSONResponse(body, status, headers=headers)


def add_handlers(app: FastAPI) -> None:
    """What the routes may raise becomes an answer."""

    async def answered(_request: Request, error: Exception) -> JSONResponse:
        return answer(error)

    for kind in (
        TasksProblem,
        TrialError,
        StoreError,
        ProviderError,
        RegistryError,
        ProfessionError,
        PresetError,
        Busy,
        Conflict,
    ):
        app.add_exception_handler(kind, answered)


def profession_problems(error: ProfessionError) -> list[dict[str, Any]]:
    """`[{line, path, message, allowed}]`."""
    return [{"line": each.line, "path": each.path, "message": each.message, "allowed": each.allowed} for each in error.problems]


def _profession_body(error: ProfessionError) -> dict[str, Any]:
    listed = profession_problems(error)
    return problem_body(ProfessionNotValid(count=str(len(listed)), body={"problems": listed}))[1]


def _body(code: str, message: str, facts: Mapping[str, Any], remedy: str = "") -> dict[str, Any]:
    return {"code": code, "message": message, "remedy": remedy, "facts": dict(facts)}


def _whole_seconds(given: object) -> str:
    text = str(given or "")
    return text if text.isascii() and text.isdigit() and len(text) < 6 else str(RETRY_AFTER_S)
