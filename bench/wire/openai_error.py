"""OpenAI's error form, and the head that all its answers share."""

import json
import math
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.wire.answer import Complaint, Step, WireAnswer


@dataclass(frozen=True, slots=True)
class _Words:
    type: str
    message: str


_INVALID, _SERVER = "invalid_request_error", "server_error"
USUAL_CODES: dict[int, str] = {
    401: "invalid_api_key",
    403: "unsupported_country_region_territory",
    404: "model_not_found",
    429: "rate_limit_exceeded",
    503: "server_is_overloaded",
}
"""The code of a status when the plan names none."""
_CODES: dict[str, _Words] = {
    "invalid_api_key": _Words(_INVALID, "Incorrect API key provided"),
    "unsupported_country_region_territory": _Words("request_forbidden", "Country, region, or territory not supported"),
    "insufficient_permissions": _Words(
        _INVALID, "You have insufficient permissions for this operation. Missing scopes: model.request"
    ),
    "model_not_found": _Words(_INVALID, "The model does not exist or you do not have access to it"),
    "rate_limit_exceeded": _Words("requests", "Rate limit reached for requests"),
    "insufficient_quota": _Words(
        "insufficient_quota", "You exceeded your current quota, please check your plan and billing details"
    ),
    "content_filter": _Words(_INVALID, "The prompt was filtered by the content management policy"),
    "context_length_exceeded": _Words(
        _INVALID, "This model's maximum context length was exceeded. Please reduce the length of the messages"
    ),
    "server_is_overloaded": _Words("service_unavailable_error", "The server is currently overloaded. Please try again later"),
}  # fmt: skip


def wire_json(data: Any) -> str:
    """JSON as the vendor writes it: compact, with characters as they are."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def sse(data: Any, event: str = "") -> bytes:
    """One server-sent event."""
    name = f"event: {event}\n" if event else ""
    return f"{name}data: {wire_json(data)}\n\n".encode()


def identifier(prefix: str) -> str:
    """A new id in the vendor's manner, such as `resp_9f…`."""
    return prefix + uuid.uuid4().hex


def head(processing_ms: float) -> dict[str, str]:
    """Headers of every answer; `processing_ms` is how long the model is said to have taken until the head."""
    return {
        "x-request-id": identifier("req_"),
        "openai-processing-ms": str(round(processing_ms)),
        "openai-version": "2020-10-01",
        "openai-organization": "wire",
    }


def json_answer(
    data: Any, due_ms: float = 0.0, *, status: int = 200, kind: str = "end", on_end: Callable[[], None] | None = None
) -> WireAnswer:
    """A whole answer as JSON."""
    body = wire_json(data).encode()
    return WireAnswer((Step(due_ms, body, kind),), status=status, headers=head(due_ms), on_end=on_end)


def stream_answer(steps: tuple[Step, ...], on_end: Callable[[], None] | None = None) -> WireAnswer:
    """Server-sent events."""
    return WireAnswer(
        steps,
        content_type="text/event-stream; charset=utf-8",
        headers=head(steps[0].due_ms if steps else 0.0) | {"cache-control": "no-cache"},
        framing="chunked",
        on_end=on_end,
    )


def error_object(message: str, kind: str, code: str, param: str = "") -> dict[str, Any]:
    """What stands in an error answer, and inside a stream."""
    return {"error": {"message": message, "type": kind, "param": param or None, "code": code or None}}


def refusal_answer(status: int, code: str, message: str, retry_after_s: float | None) -> WireAnswer:
    """A planned refusal in the vendor's words for that code, then `message`."""
    chosen = code or USUAL_CODES.get(status, "")
    words = _CODES.get(chosen)
    if words is None:
        usual = "The server had an error while processing your request" if status >= 500 else "The request was refused"
        words = _Words(_SERVER if status >= 500 else _INVALID, usual)
    error = error_object(f"{words.message}: {message}", words.type, "" if chosen == "insufficient_permissions" else chosen)
    answer = json_answer(error, status=status, kind="error")
    if retry_after_s is None:
        return answer
    later = {"retry-after": str(math.ceil(retry_after_s)), "retry-after-ms": str(round(retry_after_s * 1000))}
    return WireAnswer(answer.steps, status=status, headers={**answer.headers, **later})


def complaint(status: int, message: str, code: str = "", param: str = "", *, kind: str = _INVALID) -> Complaint:
    """What is raised for a request that the vendor would not take."""
    answer = json_answer(error_object(message, kind, code, param), status=status, kind="error")
    return Complaint(status, message, code, param, answer=answer)
