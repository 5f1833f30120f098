"""Everything that the `openai` package can raise, and the format's own error objects, as leaves of the error tree."""

import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, cast

import httpx2
import openai

from providers.catalogues.models import gone, replacement
from providers.errors import (
    ConnectionCut,
    ConnectionRefused,
    ContentRefused,
    EndedEarly,
    KeyRejected,
    ModelGone,
    NetworkFailed,
    NotPermitted,
    ProtocolBroken,
    ProviderError,
    QuotaExceeded,
    RateLimited,
    RequestRefused,
    ServiceFailed,
    Stage,
)
from providers.over_http.errors import network_error
from providers.over_http.openai_service import Service

LONGEST_CAUSE = 1000
"""Of a vendor's own words kept for the log (characters)."""
A_FEW = "a few"
"""Seconds to wait where the service names none."""

_QUOTA = {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "quota_exceeded", "insufficient_credits"}
_KEY = {"invalid_api_key", "invalid_authentication", "authentication_error", "incorrect_api_key", "account_deactivated"}
_PERMISSION = {"permission_denied", "unsupported_country_region_territory", "model_not_allowed", "model_terms_required",
               "data_residency_mismatch", "ip_not_authorized"}  # fmt: skip
_MODEL = {
    "model_not_found",
    "model_decommissioned",
    "model_deprecated",
    "deprecated_model",
    "model_not_available",
    "invalid_model",
}
_CONTENT = {"content_filter", "content_policy_violation", "invalid_prompt", "bio_policy", "misalignment_policy_violation",
            "image_content_policy_violation", "safety_violation", "moderation_blocked"}  # fmt: skip
_RATE = {
    "rate_limit_exceeded",
    "rate_limit_error",
    "requests",
    "tokens",
    "slow_down",
    "too_many_requests",
    "conversation_locked",
}
"""`conversation_locked`: the answer before, which was broken off, is still being written at the vendor. Waiting helps."""
_SERVICE = {"server_error", "internal_server_error", "internal_error", "overloaded", "overloaded_error", "service_unavailable",
            "vector_store_timeout", "engine_overloaded", "timeout", "upstream_error", "bad_gateway"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom a request goes to, for what: all that an error has to say of it."""

    provider: str
    """Its title."""
    stage: Stage
    service: Service
    model: str = ""
    secret: str = ""
    """The key that was sent: cut out of whatever is kept for the log."""

    def cause(self, text: object) -> str:
        """The other side's words, for the log."""
        words = " ".join(str(text).split())[:LONGEST_CAUSE]
        return words.replace(self.secret, "…") if len(self.secret) > 5 else words


FAULTS: tuple[type[BaseException], ...] = (
    openai.OpenAIError,
    openai.InvalidWebhookSignatureError,
    httpx2.HTTPError,
    httpx2.StreamError,
    httpx2.InvalidURL,
    OSError,
    EOFError,
    ValueError,
)
"""What the package lets through: its own errors, the client's below it, and those of decoding (`ValueError`)."""


class own_errors:  # noqa: N801 - used like a function; a class, because a generator would cost 2 µs with every word of a reply
    """Whatever goes wrong inside becomes a `ProviderError`. The original is in no traceback of it: it may quote the key."""

    __slots__ = ("_asked",)

    def __init__(self, asked: Asked) -> None:
        self._asked = asked

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if isinstance(error, FAULTS):
            raise provider_error(error, self._asked) from None


class reading:  # noqa: N801 - see own_errors
    """Around looking at what was received: the package does not check types, so wrong ones show up as these."""

    __slots__ = ("_asked",)

    def __init__(self, asked: Asked) -> None:
        self._asked = asked

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if isinstance(error, AttributeError | TypeError | LookupError):
            asked = self._asked
            raise ProtocolBroken(asked.provider, asked.stage, cause=asked.cause(f"{type(error).__name__}: {error}")) from None


def provider_error(error: BaseException, asked: Asked) -> ProviderError:
    """The leaf for whatever the package or the network raised."""
    return leaf_of(error, asked) or ServiceFailed(asked.provider, asked.stage, cause=_told(error, asked))


def leaf_of(error: BaseException, asked: Asked) -> ProviderError | None:
    """The leaf, or None for a kind of exception that nobody has thought of."""
    if isinstance(error, ProviderError):
        return error
    for kind, make in _KINDS:
        if isinstance(error, kind):
            return make(error, asked)
    for kind in type(error).__mro__:
        if kind.__name__ in _BY_NAME:
            return _BY_NAME[kind.__name__](error, asked)
    if type(error) is openai.OpenAIError:  # the package refuses what it was told before it sends anything
        return RequestRefused(asked.provider, asked.stage, cause=_told(error, asked))
    return None


def object_error(
    body: Mapping[str, Any], asked: Asked, *, status: int = 0, headers: Mapping[str, str] | None = None
) -> ProviderError:
    """The leaf for an error object: by its code, then by its type, then by the HTTP status."""
    told = asked.cause(json.dumps(dict(body), ensure_ascii=False, default=str))
    codes = {str(body.get(name)).lower() for name in ("code", "type") if body.get(name)}
    by_code = _by_code(codes, told, asked, headers or {})
    if by_code is not None:
        return by_code
    numeric = next((int(code) for code in codes if code.isdecimal() and 400 <= int(code) <= 599), 0)
    return _by_status(status or numeric, told, asked, headers or {}, str(body.get("param") or ""))


def model_gone(asked: Asked, cause: str) -> ModelGone:
    """With what the catalogue knows: since when it is gone, and what is offered instead."""
    model = asked.model or "this model"
    since = gone(asked.service.vendor, model)
    instead = replacement(asked.service.vendor, model)
    remedy = f"It was shut down on {since}. " if since else ""
    remedy += f"Choose {instead} instead." if instead else "Choose another model."
    return ModelGone(asked.provider, asked.stage, model=model, remedy=remedy, cause=cause)


def rate_limited(asked: Asked, cause: str, headers: Mapping[str, str]) -> RateLimited:
    """With the seconds that the service asks for, where it says them."""
    return RateLimited(asked.provider, asked.stage, retry_after=retry_after(headers), cause=cause)


def retry_after(headers: Mapping[str, str]) -> str:
    """Seconds as they are told to a person: from `retry-after-ms`, else `retry-after` (seconds or a date), else "a few"."""
    seconds: float | None = None
    with contextlib.suppress(KeyError, ValueError):
        seconds = float(headers["retry-after-ms"]) / 1000
    if seconds is None:
        with contextlib.suppress(KeyError, ValueError):
            seconds = float(headers["retry-after"])
    if seconds is None:
        with contextlib.suppress(KeyError, ValueError, TypeError):
            seconds = (parsedate_to_datetime(headers["retry-after"]) - datetime.now(UTC)).total_seconds()
    if seconds is None or not 0 <= seconds < 10_000_000:
        return A_FEW
    return f"{seconds:.1f}".removesuffix(".0") if seconds < 10 else f"{seconds:.0f}"


# ── by what the other side says ──────────────────────────────────────────────────────────────────────────────────────────
def _by_code(codes: set[str], told: str, asked: Asked, headers: Mapping[str, str]) -> ProviderError | None:
    if codes & _QUOTA:
        return QuotaExceeded(asked.provider, asked.stage, cause=told)
    if codes & _KEY:
        return _key_rejected(asked, told)
    if codes & _MODEL:
        return model_gone(asked, told)
    if codes & _CONTENT:
        return ContentRefused(asked.provider, asked.stage, cause=told)
    if codes & _PERMISSION:
        return NotPermitted(asked.provider, asked.stage, cause=told)
    if codes & _RATE:
        return rate_limited(asked, told, headers)
    if codes & _SERVICE:
        return ServiceFailed(asked.provider, asked.stage, cause=told)
    return None


def _by_status(status: int, told: str, asked: Asked, headers: Mapping[str, str], param: str) -> ProviderError:
    provider, stage = asked.provider, asked.stage
    match status:
        case 401:
            return _key_rejected(asked, told)
        case 402:
            return QuotaExceeded(provider, stage, cause=told)
        case 403:
            return NotPermitted(provider, stage, cause=told)
        case 404 if param == "model" or _speaks_of_the_model(told, asked):
            return model_gone(asked, told)
        case 429:
            return rate_limited(asked, told, headers)
        case 408:  # the service gave up waiting, as it does behind a 504
            return ServiceFailed(provider, stage, cause=told)
        case _ if 300 <= status < 400:  # redirects are not followed: they would take the key elsewhere
            return ProtocolBroken(provider, stage, cause=told)
        case _ if 400 <= status < 500:
            return RequestRefused(provider, stage, cause=told)
        case _:
            return ServiceFailed(provider, stage, cause=told)


def _speaks_of_the_model(told: str, asked: Asked) -> bool:
    """Compatible servers answer 404 without a code; then the name of the model in it decides."""
    return bool(asked.model) and asked.model in told


def _key_rejected(asked: Asked, told: str) -> KeyRejected:
    return KeyRejected(asked.provider, asked.stage, variable=asked.service.key_variable or "its key", cause=told)


# ── by the kind of exception ─────────────────────────────────────────────────────────────────────────────────────────────
def _status_error(error: Any, asked: Asked) -> ProviderError:
    status = cast("openai.APIStatusError", error)
    body = cast("dict[str, Any]", status.body) if isinstance(status.body, dict) else {"message": status.message}
    inner = body.get("error")
    found = cast("dict[str, Any]", inner) if isinstance(inner, dict) else body
    return object_error(found, asked, status=status.status_code, headers=status.response.headers)


def _connection_error(error: Any, asked: Asked) -> ProviderError:
    found = network_error(error, asked.provider, asked.stage)
    if found is None:
        return NetworkFailed(asked.provider, asked.stage, cause=_told(error, asked))
    found.cause = asked.cause(found.cause)
    if isinstance(found, ConnectionRefused) and asked.service.start:
        found.facts["hint"] = asked.service.start
    return found


def _inside_a_stream(error: Any, asked: Asked) -> ProviderError:
    found = cast("openai.APIError", error)
    body = cast("dict[str, Any]", found.body) if isinstance(found.body, dict) else {"message": found.message}
    return object_error(body, asked)


def _simply(leaf: type[ProviderError]) -> Callable[[Any, Asked], ProviderError]:
    return lambda error, asked: leaf(asked.provider, asked.stage, cause=_told(error, asked))


def _told(error: BaseException, asked: Asked) -> str:
    return asked.cause(f"{type(error).__name__}: {error}")


_KINDS: tuple[tuple[type[BaseException], Callable[[Any, Asked], ProviderError]], ...] = (
    (openai.APIResponseValidationError, _simply(ProtocolBroken)),
    (openai.APIConnectionError, _connection_error),
    (openai.APIStatusError, _status_error),
    (openai.APIError, _inside_a_stream),
    (openai.ContentFilterFinishReasonError, _simply(ContentRefused)),
    (openai.LengthFinishReasonError, _simply(EndedEarly)),
    (openai.WebSocketConnectionClosedError, _simply(ConnectionCut)),
    (openai.WebSocketQueueFullError, _simply(ConnectionCut)),
    (openai.InvalidWebhookSignatureError, _simply(ProtocolBroken)),
    (httpx2.InvalidURL, _simply(RequestRefused)),
    (httpx2.StreamError, _simply(ConnectionCut)),
    (httpx2.HTTPError, _connection_error),
    (OSError, _connection_error),
    (EOFError, _simply(ConnectionCut)),
    (ValueError, _simply(ProtocolBroken)),  # what cannot be decoded: JSON, UTF-8
)
"""From the particular to the general: the first that fits decides."""

_BY_NAME: Mapping[str, Callable[[Any, Asked], ProviderError]] = {
    "SubjectTokenProviderError": lambda error, asked: _key_rejected(asked, _told(error, asked)),
    "StreamAlreadyConsumed": _simply(ProtocolBroken),
    "AgentOutputParseError": _simply(ProtocolBroken),
    "AgentTurnResultError": _simply(ProtocolBroken),
    **dict.fromkeys(
        ("_AmbiguousModuleClientUsageError", "MutuallyExclusiveAuthError", "APIRemovedInV1", "MissingDependencyError",
         "AgentFilePreparationError", "AgentFileStagingError"),
        _simply(RequestRefused),
    ),
}  # fmt: skip
"""Errors that the package keeps in private modules or in parts that nobody here imports."""
