"""What the Gemini API and its SDK can raise, as leaves of the error tree. The vendor's own text goes into `cause` only."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import httpx2
from google.genai import errors

from providers import keys
from providers.catalogues.models import replacement
from providers.errors import (
    ContentRefused,
    EndedEarly,
    KeyRejected,
    ModelGone,
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
from providers.over_http.exchange import Exchange

FAULTS = (
    errors.APIError, errors.ContinuationInterruptedError, httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL, OSError,
    ValueError, TypeError, LookupError, AttributeError, RuntimeError,
)  # fmt: skip
"""What comes out of the SDK: its own errors, the network's, and what its code trips over when an answer is not the protocol."""

LEAVES: dict[type[BaseException], type[ProviderError] | None] = {
    errors.APIError: None,
    errors.ClientError: None,
    errors.ServerError: None,
    errors.UnknownFunctionCallArgumentError: ProtocolBroken,
    errors.UnsupportedFunctionError: ProtocolBroken,
    errors.FunctionInvocationError: ProtocolBroken,
    errors.UnknownApiResponseError: ProtocolBroken,
    errors.ContinuationInterruptedError: EndedEarly,
    errors.ExperimentalWarning: RequestRefused,
}
"""Every class of the SDK's error module; None: its code decides."""

LONGEST_CAUSE = 1000
"""Of a vendor's own words kept for the log (characters)."""
_KEY_REASONS = {"API_KEY_INVALID", "API_KEY_EXPIRED", "API_KEY_NOT_FOUND", "ACCESS_TOKEN_EXPIRED", "CREDENTIALS_MISSING"}
_REFUSED_FINISH = {"MISSING_THOUGHT_SIGNATURE": RequestRefused, "PUP_LIMITED_DISABLED": NotPermitted}


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asked for what: the facts of public messages."""

    provider: str
    """Title on the screen."""
    stage: Stage
    model: str
    variable: str
    """Environment variable of the key."""
    priced: bool = False
    """The vendor's prices hold at this address."""


@contextmanager
def own_errors(asked: Asked, exchange: Exchange | None = None) -> Generator[None]:
    """Whatever the SDK raises becomes a `ProviderError`."""
    try:
        yield
    except ProviderError:
        raise
    except FAULTS as error:
        raise provider_error(error, asked, exchange) from None  # vendors echo keys, and so do tracebacks


def provider_error(error: BaseException, asked: Asked, exchange: Exchange | None = None) -> ProviderError:
    """The leaf for an exception of the SDK. `exchange` is what was seen of the request at the network."""
    if isinstance(error, errors.APIError):
        return _by_code(error, asked, exchange)
    network = network_error(error, asked.provider, asked.stage)
    if network is not None:
        return network
    cause = _without_keys(f"{type(error).__name__}: {error}")
    leaf = next((leaf for kind, leaf in LEAVES.items() if leaf is not None and isinstance(error, kind)), None)
    if leaf is None:  # before anything came back it was the request that the SDK did not like
        leaf = ProtocolBroken if exchange is not None and exchange.status is not None else RequestRefused
    return leaf(asked.provider, asked.stage, cause=cause)


def _without_keys(text: str) -> str:
    """The service's own words for the log: no key of ours, and not too many of them."""
    for secret in keys.redactable():
        text = text.replace(secret, "…")
    return text[:LONGEST_CAUSE]


def refused_prompt(reason: str, asked: Asked) -> ProviderError:
    """The prompt was blocked, so there is no answer."""
    return ContentRefused(asked.provider, asked.stage, cause=f"promptFeedback {reason}")


def broken_finish(reason: str, asked: Asked) -> ProviderError:
    """The answer ended for a reason that is no ending."""
    leaf = _REFUSED_FINISH.get(reason) or (ProtocolBroken if re.search("MALFORMED|TOOL_CALL", reason) else EndedEarly)
    return leaf(asked.provider, asked.stage, cause=f"finishReason {reason}")


# ── the service said no ──────────────────────────────────────────────────────────────────────────────────────────────────
def _by_code(error: errors.APIError, asked: Asked, exchange: Exchange | None) -> ProviderError:
    code = int(error.code or 0)
    leaf, facts = _leaf(code, error, asked, exchange)
    return leaf(asked.provider, asked.stage, cause=_without_keys(f"{code} {error.status}: {error.message}"), **facts)


def _leaf(
    code: int, error: errors.APIError, asked: Asked, exchange: Exchange | None
) -> tuple[type[ProviderError], dict[str, str]]:
    told = _Told(error)
    if code == 401 or told.reasons & _KEY_REASONS or (code in (400, 403) and told.names_the_key):
        return KeyRejected, {"variable": asked.variable}
    if code == 404 and told.google:  # another 404 is an address that is not this API's
        return ModelGone, {"model": asked.model, "remedy": _remedy(asked.model)}
    if code == 402 or (code == 429 and told.used_up):
        return QuotaExceeded, {}
    if code == 429:
        return RateLimited, {"retry_after": told.retry_after(exchange)}
    if code == 403 or (code == 400 and error.status == "FAILED_PRECONDITION"):  # the region, or billing that is not set up
        return NotPermitted, {}
    if code in (408, 409, 499) or code >= 500:
        return ServiceFailed, {}
    return (RequestRefused if 400 <= code < 500 else ProtocolBroken), {}


class _Told:
    """What an error's body says beside its code, as `google.rpc` details; anything may be missing or of another shape."""

    def __init__(self, error: errors.APIError) -> None:
        body = _object(cast(object, error.details))
        inner = _object(body.get("error", body))
        self._text = str(error.message or "").lower()
        self.google = "code" in inner
        """The body is an error of this API, and not of whatever else answers at the address."""
        self._details = _objects(inner.get("details"))
        self.reasons = {str(each.get("reason")) for each in self._details}

    @property
    def names_the_key(self) -> bool:
        """Some refusals of a key carry no reason, only words; so do keys that were found in public."""
        return "api key" in self._text and re.search(r"not valid|invalid|expired|leaked|not found", self._text) is not None

    @property
    def used_up(self) -> bool:
        """Waiting a minute does not help: a quota of the day or of the account."""
        violations = [each for detail in self._details for each in _objects(detail.get("violations"))]
        per_day = any("perday" in str(each.get("quotaId", "")).lower().replace("_", "") for each in violations)
        none_at_all = any(str(each.get("quotaValue", "")) == "0" for each in violations)
        return per_day or none_at_all or re.search(r"credits? (are|is) depleted|billing account", self._text) is not None

    def retry_after(self, exchange: Exchange | None) -> str:
        """Seconds, in words of ours."""
        told = [str(detail.get("retryDelay", "")) for detail in self._details]
        told += [exchange.headers.get("retry-after", "")] if exchange is not None else []
        for each in told:
            if found := re.fullmatch(r"(\d+(?:\.\d+)?)s?", each.strip()):
                return f"{float(found.group(1)):g}"
        return "a few"


def _object(found: object) -> dict[str, Any]:
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _objects(found: object) -> list[dict[str, Any]]:
    return [_object(each) for each in cast("list[object]", found)] if isinstance(found, list) else []


def _remedy(model: str) -> str:
    instead = replacement("google", model)
    return f"Choose {instead} instead." if instead else "Choose another model."
