"""What the Gemini API and its SDK can raise, as leaves of the tree."""

import inspect
import ssl
from typing import Any

import httpx2
import pytest
from google.genai import errors

from providers import errors as tree
from providers.errors import (
    ConnectionCut,
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
    TlsFailed,
)
from providers.over_http.google_errors import FAULTS, LEAVES, Asked, own_errors, provider_error

ASKED = Asked("Google Gemini", "llm", "gemini-3-pro-preview", "GOOGLE_API_KEY")
SECRET = "secret-echoed-by-the-vendor"
RPC = "type.googleapis.com/google.rpc."


def classes() -> list[type[BaseException]]:
    found = [each for each in vars(errors).values() if inspect.isclass(each) and issubclass(each, BaseException)]
    assert len(found) > 5
    return found


@pytest.mark.parametrize("kind", classes(), ids=lambda kind: kind.__name__)
def test_every_class_of_the_sdks_errors_has_its_leaf(kind: type[BaseException]) -> None:
    assert kind in LEAVES, "new in the SDK: say what it means"
    arguments = (500, {"error": {"code": 500, "message": SECRET}}) if issubclass(kind, errors.APIError) else (SECRET,)
    error = kind(*arguments)
    leaf = provider_error(error, ASKED)
    assert type(leaf) is (LEAVES[kind] or ServiceFailed)
    assert issubclass(kind, (*FAULTS, Warning)), "it would not be caught"
    assert SECRET in leaf.cause
    assert SECRET not in f"{leaf} {leaf.public_message}"


def told(code: int, status: str, message: str = SECRET, *details: dict[str, Any]) -> errors.APIError:
    body = {"error": {"code": code, "message": message, "status": status, "details": list(details)}}
    kind = errors.ClientError if code < 500 else errors.ServerError
    return kind(code, body)


INFO = {"@type": f"{RPC}ErrorInfo", "reason": "API_KEY_INVALID", "domain": "googleapis.com"}
RETRY = {"@type": f"{RPC}RetryInfo", "retryDelay": "37.5s"}


def quota(**violation: str) -> dict[str, Any]:
    return {"@type": f"{RPC}QuotaFailure", "violations": [violation]}


PER_MINUTE = quota(quotaId="GenerateRequestsPerMinutePerProjectPerModel-FreeTier", quotaValue="10")
PER_DAY = quota(quotaId="GenerateRequestsPerDayPerProjectPerModel-FreeTier", quotaValue="20")


@pytest.mark.parametrize(
    ("error", "leaf"),
    [
        (told(400, "INVALID_ARGUMENT", SECRET, INFO), KeyRejected),
        (told(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."), KeyRejected),
        (told(401, "UNAUTHENTICATED"), KeyRejected),
        (told(403, "PERMISSION_DENIED", "Your API key was reported as leaked."), KeyRejected),
        (told(403, "PERMISSION_DENIED"), NotPermitted),
        (told(400, "FAILED_PRECONDITION", "User location is not supported for the API use."), NotPermitted),
        (told(400, "INVALID_ARGUMENT"), RequestRefused),
        (told(404, "NOT_FOUND"), ModelGone),
        (errors.ClientError(404, {"message": "<html>", "status": "Not Found"}), RequestRefused),
        (told(402, "FAILED_PRECONDITION"), QuotaExceeded),
        (told(429, "RESOURCE_EXHAUSTED", "check your plan and billing details", PER_MINUTE, RETRY), RateLimited),
        (told(429, "RESOURCE_EXHAUSTED", SECRET, PER_DAY, RETRY), QuotaExceeded),
        (told(429, "RESOURCE_EXHAUSTED", SECRET, quota(quotaValue="0")), QuotaExceeded),
        (told(429, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted."), QuotaExceeded),
        (told(408, "DEADLINE_EXCEEDED"), ServiceFailed),
        (told(499, "CANCELLED"), ServiceFailed),
        (told(500, "INTERNAL"), ServiceFailed),
        (told(503, "UNAVAILABLE"), ServiceFailed),
        (told(504, "DEADLINE_EXCEEDED"), ServiceFailed),
        (told(413, ""), RequestRefused),
        (errors.APIError(302, {"message": "", "status": "Found"}), ProtocolBroken),
        (errors.ClientError(429, ["not", "an", "object"]), RateLimited),
        (errors.ClientError(400, {"error": "a text"}), RequestRefused),
        (errors.ClientError(400, {"error": {"details": "a text"}}), RequestRefused),
        (httpx2.ReadError("gone"), ConnectionCut),
        (httpx2.ConnectTimeout("slow"), NetworkFailed),
        (ssl.SSLError("bad"), TlsFailed),
        (ValueError("unsupported parameter"), RequestRefused),
    ],
    ids=lambda each: each.__name__ if inspect.isclass(each) else f"{type(each).__name__} {str(each)[:40]}",
)
def test_leaves(error: BaseException, leaf: type[ProviderError]) -> None:
    found = provider_error(error, ASKED)
    assert type(found) is leaf
    assert "{" not in found.public_message
    assert SECRET not in f"{found} {found.public_message}"
    assert found.stage == "llm"


def test_facts_of_the_public_messages() -> None:
    waits = provider_error(told(429, "RESOURCE_EXHAUSTED", "", PER_MINUTE, RETRY), ASKED)
    assert "37.5 seconds" in waits.public_message
    assert "a few seconds" in provider_error(told(429, ""), ASKED).public_message
    gone = provider_error(told(404, "NOT_FOUND"), ASKED)
    assert "gemini-3-pro-preview" in gone.public_message
    assert "gemini-3.1-pro-preview" in gone.public_message
    assert "GOOGLE_API_KEY" in provider_error(told(401, ""), ASKED).public_message


def test_what_is_raised_has_no_trace_of_the_vendors_words() -> None:
    with pytest.raises(KeyRejected) as caught, own_errors(ASKED):
        raise told(401, "UNAUTHENTICATED")
    assert caught.value.__suppress_context__
    assert caught.value.__cause__ is None


def test_errors_of_ours_pass_and_strangers_too() -> None:
    ours = tree.EndedEarly("x", "llm")
    with pytest.raises(tree.EndedEarly) as caught, own_errors(ASKED):
        raise ours
    assert caught.value is ours
    with pytest.raises(KeyboardInterrupt), own_errors(ASKED):
        raise KeyboardInterrupt
