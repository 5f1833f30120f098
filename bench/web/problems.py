"""One shape for everything that goes wrong over HTTP: `{code, message, remedy}`, as in the page's own protocol."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from bench.turn.failure import facts_of
from providers.errors import ProviderError

_COMMON: Mapping[int, tuple[str, str]] = {
    404: ("not_found", "There is nothing here."),
    405: ("method_not_allowed", "This address does not take that method."),
}


def problem(status: int, code: str, message: str, remedy: str = "", headers: Mapping[str, str] | None = None) -> JSONResponse:
    """An answer with our own words; never put a provider's text or the visitor's input into it."""
    return JSONResponse({"code": code, "message": message, "remedy": remedy}, status, headers=dict(headers or {}))


def provider_problem(error: ProviderError) -> dict[str, Any]:
    """What a provider could not do, as the page words it: `{code, message, stage, facts}`."""
    return {"code": error.code, "message": error.public_message, "stage": error.stage, "facts": facts_of(error)}


def add_handlers(app: FastAPI) -> None:
    """Let the framework's own errors take that shape too."""

    async def http_error(_request: Request, error: Exception) -> JSONResponse:
        status = error.status_code if isinstance(error, HTTPException) else 500
        code, message = _COMMON.get(status, ("refused", "This cannot be answered."))
        return problem(status, code, message, headers=error.headers if isinstance(error, HTTPException) else None)

    async def invalid(_request: Request, error: Exception) -> JSONResponse:
        """Names the fields and what is wrong with them, without repeating what was sent."""
        errors: Sequence[dict[str, Any]] = error.errors() if isinstance(error, RequestValidationError) else []
        wrong = "; ".join(f"{'.'.join(map(str, each['loc'][1:]))}: {each['msg']}" for each in errors)
        return problem(422, "invalid", f"Not valid: {wrong}.", "Correct it and send it again.")

    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(RequestValidationError, invalid)
