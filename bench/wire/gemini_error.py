"""Errors as Google's services word them: one JSON form, a canonical status, and typed details."""

import json
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from bench.wire.answer import Complaint, Step, WireAnswer

SERVICE = "generativelanguage.googleapis.com"
ECHOED_KEY = "AIza" + "SyScripted-0000-not-a-real-key-00000"
"""What refusals echo in the place of the caller's key: it looks like one, so that whatever lets it through is seen."""

_RPC = "type.googleapis.com/google.rpc."

_STATUSES = {
    400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 409: "ABORTED",
    429: "RESOURCE_EXHAUSTED", 499: "CANCELLED", 500: "INTERNAL", 501: "UNIMPLEMENTED", 503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}  # fmt: skip
"""HTTP status → canonical status, https://cloud.google.com/apis/design/errors#handling_errors."""

_USUAL = {
    "INVALID_ARGUMENT": "Request contains an invalid argument.",
    "API_KEY_INVALID": "API key not valid. Please pass a valid API key.",
    "FAILED_PRECONDITION": "User location is not supported for the API use.",
    "UNAUTHENTICATED": "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other "
    "valid authentication credential.",
    "PERMISSION_DENIED": "Permission denied: Consumer has been suspended.",
    "NOT_FOUND": "Requested entity was not found.",
    "RESOURCE_EXHAUSTED": "You exceeded your current quota, please check your plan and billing details. For more information "
    "on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits.",
    "INTERNAL": "An internal error has occurred. Please retry or report in "
    "https://developers.generativeai.google/guide/troubleshooting",
    "UNAVAILABLE": "This model is currently experiencing high demand. Spikes in demand are usually temporary. Please try again "
    "later.",
    "DEADLINE_EXCEEDED": "Deadline expired before operation could complete.",
}
PER_DAY = ("per_day", "insufficient_quota")
"""Codes for a quota of the day that is used up: the same 429, told apart only by the `quotaId` in its details."""
_REASONS = {
    "API_KEY_INVALID": "INVALID_ARGUMENT",
    "CONSUMER_SUSPENDED": "PERMISSION_DENIED",
    "SERVICE_DISABLED": "PERMISSION_DENIED",
}
"""Reasons of an `ErrorInfo` that may stand where a status is asked for → the status that they come with."""


def refusal(status: int, code: str, message: str, *, retry_after_s: float | None = None) -> WireAnswer:
    """An error answer: the service's usual words, then `message`.

    `code` is a canonical status, the reason of an `ErrorInfo`, or one of `PER_DAY`; empty: the usual one of `status`. How long
    to wait comes in a `RetryInfo`: these services send no `retry-after`.
    """
    return _answer(status, error_body(status, code, "", aside=message, retry_after_s=retry_after_s))


def refused(status: int, message: str, code: str, param: str = "") -> Complaint:
    """What is raised for a request that the service would not take, in exactly these words."""
    return Complaint(status, message, code, param, answer=_answer(status, error_body(status, code, message)))


def invalid(message: str, param: str = "") -> Complaint:
    """The same with 400."""
    return refused(400, message, "INVALID_ARGUMENT", param)


def _answer(status: int, body: dict[str, Any]) -> WireAnswer:
    return WireAnswer(steps=(Step(0.0, pretty(body), "error"),), status=status, content_type=JSON_TYPE)


JSON_TYPE = "application/json; charset=UTF-8"


def pretty(body: object) -> bytes:
    """JSON as these services print it."""
    return json.dumps(body, indent=2, ensure_ascii=False).encode() + b"\n"


def error_body(
    status: int, code: str, message: str, *, aside: str = ECHOED_KEY, retry_after_s: float | None = None
) -> dict[str, Any]:
    """The error as an object. Without a `message` it is the usual one, followed by `aside`."""
    canonical = "RESOURCE_EXHAUSTED" if code in PER_DAY else _REASONS.get(code, code) or _STATUSES.get(status, "UNKNOWN")
    usual = _USUAL.get(code) or _USUAL.get(canonical, "The request failed.")
    said = message or f"{usual} ({aside})"
    error: dict[str, Any] = {"code": status, "message": said, "status": canonical}
    details = [*_reason(code, said), *_quota(canonical, code)]
    if retry_after_s is not None:
        details.append({"@type": f"{_RPC}RetryInfo", "retryDelay": f"{retry_after_s:g}s"})
    return {"error": error | {"details": details} if details else error}


def _reason(code: str, message: str) -> list[dict[str, Any]]:
    if code not in _REASONS:
        return []
    consumer = {"service": SERVICE, "consumer": f"api_key:{ECHOED_KEY}"}
    info = {"@type": f"{_RPC}ErrorInfo", "reason": code, "domain": "googleapis.com", "metadata": consumer}
    return [info, {"@type": f"{_RPC}LocalizedMessage", "locale": "en-US", "message": message}]


def _quota(canonical: str, code: str) -> list[dict[str, Any]]:
    if canonical != "RESOURCE_EXHAUSTED":
        return []
    per = "Day" if code in PER_DAY else "Minute"
    violation = {"quotaMetric": f"{SERVICE}/generate_content_free_tier_requests",
                 "quotaId": f"GenerateRequestsPer{per}PerProjectPerModel-FreeTier", "quotaValue": "15"}  # fmt: skip
    link = {"description": "Learn more about Gemini API quotas", "url": "https://ai.google.dev/gemini-api/docs/rate-limits"}
    return [{"@type": f"{_RPC}QuotaFailure", "violations": [violation]}, {"@type": f"{_RPC}Help", "links": [link]}]


def complaint(error: ValidationError, whole: str) -> Complaint:
    """What the service would say to the first thing that is wrong with a request of the type `whole`."""
    first = error.errors(include_url=False, include_context=False)[0]
    place, kind = first["loc"], first["type"]
    where = path(place)
    if kind == "json_invalid":
        return invalid(f"Invalid JSON payload received. {first['msg']}")
    if kind == "extra_forbidden":
        at = f" at '{path(place[:-1])}'" if place[:-1] else ""
        return invalid(f'Invalid JSON payload received. Unknown name "{place[-1]}"{at}: Cannot find field.', where)
    if kind in ("missing", "too_short"):
        return invalid(f"* {whole}.{where}: {place[-1]} is not specified\n", where)
    return invalid(
        f"Invalid value at '{where}' ({kind}), {json.dumps(first['input'], default=str)[:120]}: {first['msg']}", where
    )


def path(place: Sequence[int | str]) -> str:
    """`contents[0].parts[1].text`."""
    said = ""
    for each in place:
        said += f"[{each}]" if isinstance(each, int) else f".{each}" if said else str(each)
    return said
