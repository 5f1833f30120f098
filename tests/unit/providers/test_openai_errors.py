"""Everything that the package can raise has its leaf, with our own words and without the key."""

import ast
import json
import traceback
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest

from providers import errors
from providers.errors import ProviderError
from providers.over_http.openai_errors import Asked, leaf_of, object_error, own_errors, provider_error, retry_after
from providers.over_http.openai_service import OPENAI, Service

ASKED = Asked("Some Vendor", "llm", OPENAI, "gpt-4o-mini", "sk-secret-secret")
REQUEST = httpx2.Request("POST", "https://api.openai.com/v1/chat/completions")
STATUSES = {"BadRequestError": 400, "AuthenticationError": 401, "OAuthError": 401, "PermissionDeniedError": 403, "NotFoundError": 404,
            "ConflictError": 409, "UnprocessableEntityError": 422, "RateLimitError": 429, "InternalServerError": 500}  # fmt: skip


def everything_raised() -> dict[str, list[str]]:
    """Name → names of its bases, for every class of the package that descends from its root error. Reads the source."""
    found: dict[str, list[str]] = {"OpenAIError": []}
    bases: dict[str, list[str]] = {}
    for path in Path(openai.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                bases[node.name] = [base.id for base in node.bases if isinstance(base, ast.Name)]
    while more := {name: own for name, own in bases.items() if name not in found and set(own) & found.keys()}:
        found |= more
    return found


RAISED = everything_raised()


def raised(name: str) -> BaseException:
    """One of them, as it would be raised. Private classes are stood in for by one of the same name and parents."""
    if name in STATUSES:
        response = httpx2.Response(STATUSES[name], request=REQUEST, json={"error": {"message": "sk-secret-secret"}})
        return getattr(openai, name)("sk-secret-secret", response=response, body={"message": "sk-secret-secret"}) if hasattr(
            openai, name) and name != "OAuthError" else openai.OAuthError(response=response, body={})  # fmt: skip
    if name in ("APIConnectionError", "APITimeoutError"):
        return getattr(openai, name)(request=REQUEST)
    if name == "APIError":
        return openai.APIError("sk-secret-secret", REQUEST, body={"code": "server_error"})
    if name == "APIStatusError":
        return openai.APIStatusError("x", response=httpx2.Response(418, request=REQUEST), body=None)
    if name == "APIResponseValidationError":
        return openai.APIResponseValidationError(httpx2.Response(200, request=REQUEST), None)
    public = getattr(openai, name, None)
    kind = public if public is not None else type(name, (openai.OpenAIError,), {})
    error = kind.__new__(kind)
    Exception.__init__(error, "sk-secret-secret")
    return error


def test_the_source_was_read() -> None:
    assert {"OpenAIError", "APIError", "RateLimitError", "WebSocketQueueFullError", "StreamAlreadyConsumed"} <= RAISED.keys()


@pytest.mark.parametrize("name", sorted(RAISED))
def test_every_error_of_the_package_has_its_leaf(name: str) -> None:
    error = raised(name)
    leaf = leaf_of(error, ASKED)
    assert isinstance(leaf, ProviderError), f"{name} has no leaf: give it one in openai_errors"
    assert leaf.stage == "llm"
    assert "secret" not in leaf.public_message + leaf.cause + str(leaf)


def test_an_unknown_kind_would_be_noticed_and_still_be_an_error_of_ours() -> None:
    class Brand(openai.OpenAIError):
        """Of a later version."""

    assert leaf_of(Brand("new"), ASKED) is None
    assert isinstance(provider_error(Brand("new"), ASKED), errors.ServiceFailed)


@pytest.mark.parametrize(("status", "body", "leaf"), [
    (400, {"code": "invalid_value"}, errors.RequestRefused), (400, {"code": "content_policy_violation"}, errors.ContentRefused),
    (400, {"code": "content_filter"}, errors.ContentRefused), (400, {"code": "conversation_locked"}, errors.RateLimited),
    (401, {}, errors.KeyRejected), (401, {"code": "invalid_api_key"}, errors.KeyRejected), (402, {}, errors.QuotaExceeded),
    (403, {}, errors.NotPermitted), (404, {"code": "model_not_found"}, errors.ModelGone), (404, {}, errors.RequestRefused),
    (404, {"param": "model"}, errors.ModelGone), (404, {"message": "model 'gpt-4o-mini' not found"}, errors.ModelGone),
    (408, {}, errors.ServiceFailed), (409, {}, errors.RequestRefused), (413, {}, errors.RequestRefused),
    (422, {}, errors.RequestRefused), (429, {}, errors.RateLimited), (429, {"code": "insufficient_quota"}, errors.QuotaExceeded),
    (500, {}, errors.ServiceFailed), (503, {"code": "server_is_overloaded"}, errors.ServiceFailed), (504, {}, errors.ServiceFailed),
    (302, {}, errors.ProtocolBroken),
])  # fmt: skip
def test_status_and_code_decide(status: int, body: dict[str, Any], leaf: type[ProviderError]) -> None:
    assert type(object_error(body, ASKED, status=status)) is leaf


@pytest.mark.parametrize(("body", "leaf"), [
    ({"code": "rate_limit_exceeded"}, errors.RateLimited), ({"code": 429}, errors.RateLimited), ({"code": 502}, errors.ServiceFailed),
    ({"type": "insufficient_quota"}, errors.QuotaExceeded), ({"code": "invalid_prompt"}, errors.ContentRefused),
    ({"message": "whatever"}, errors.ServiceFailed),
])  # fmt: skip
def test_inside_a_stream_there_is_no_status(body: dict[str, Any], leaf: type[ProviderError]) -> None:
    assert type(provider_error(openai.APIError("x", REQUEST, body=body), ASKED)) is leaf


def test_a_model_that_is_gone_names_its_heir() -> None:
    gone = object_error({"code": "model_not_found"}, Asked("OpenAI", "llm", OPENAI, "gpt-4"), status=404)
    assert "2026-10-23" in gone.public_message
    assert "gpt-5.6-sol" in gone.public_message


@pytest.mark.parametrize(("headers", "said"), [
    ({}, "a few"), ({"retry-after": "7"}, "7"), ({"retry-after": "0.5"}, "0.5"), ({"retry-after": "soon"}, "a few"),
    ({"retry-after-ms": "1500", "retry-after": "9"}, "1.5"), ({"retry-after": "-3"}, "a few"), ({"retry-after": "nan"}, "a few"),
    ({"retry-after": "inf"}, "a few"), ({"retry-after": "120"}, "120"),
])  # fmt: skip
def test_seconds_are_those_that_the_service_names(headers: dict[str, str], said: str) -> None:
    assert retry_after(headers) == said


def test_a_date_is_turned_into_seconds() -> None:
    assert 50 <= float(retry_after({"retry-after": format_datetime(datetime.now(UTC) + timedelta(seconds=60))})) <= 60


def test_nothing_of_the_original_is_in_the_chain() -> None:
    """An error of the HTTP library may quote the header with the key."""
    with pytest.raises(errors.ProtocolBroken) as caught, own_errors(ASKED):
        json.loads('{"sk-secret-secret"')
    assert "JSONDecodeError" not in "".join(traceback.format_exception(caught.value))


def test_a_local_server_that_is_not_running_says_how_to_start_it() -> None:
    asked = Asked("Ollama", "llm", Service("Ollama", "http://127.0.0.1:1/v1", start="Start it with: ollama serve."))
    refused = openai.APIConnectionError(request=REQUEST)
    refused.__cause__ = ConnectionRefusedError("no")
    told = provider_error(refused, asked)
    assert type(told) is errors.ConnectionRefused
    assert told.public_message.endswith("Start it with: ollama serve.")
