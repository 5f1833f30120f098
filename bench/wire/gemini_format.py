"""The Gemini Developer API: which address is which, who may ask, and what is answered.

    POST /{v1|v1beta}/models/{model}:streamGenerateContent[?alt=sse]      :generateContent      :countTokens
    GET  /{v1|v1beta}/models    GET /{v1|v1beta}/models/{model}
    POST /upload/{v1|v1beta}/files    GET /{v1|v1beta}/files    GET, DELETE /{v1|v1beta}/files/{id}

Keys that begin with `rejected` or `wrong` and models that begin with `gone-` are refused as the service refuses them. A plan's
fault of kind `none` (all of the text) or `empty` (its first `after` words) may carry a code: `blocked` (promptFeedback),
`content_filter`, `length`, or a reason of Google's to finish, such as `RECITATION`. One of kind `status` may carry a canonical
status (`FAILED_PRECONDITION` with 400: the region), a reason (`API_KEY_INVALID` with 400) or `per_day` (with 429).
"""

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bench.wire import gemini_models
from bench.wire.answer import Complaint, Step, WireAnswer, WireRequest
from bench.wire.gemini_answer import Answering
from bench.wire.gemini_checks import check
from bench.wire.gemini_error import JSON_TYPE, complaint, error_body, invalid, pretty, refusal, refused
from bench.wire.gemini_files import Files
from bench.wire.gemini_request import CountTokensRequest, GenerateContentRequest

KEY_HEADER = "x-goog-api-key"
WRONG_KEYS = ("rejected", "wrong")
"""Keys that begin so are not valid."""

_GENERAL_QUERY = {"alt", "prettyPrint", "fields", "key", "$alt", "$prettyPrint"}
"""Taken at every address."""
_ADDRESS = re.compile(
    r"^/(?P<upload>upload/)?(?P<version>v1|v1beta)/(?P<kind>models|files)(?:/(?P<id>[^:]+))?(?::(?P<verb>\w+))?$"
)

_Asked = TypeVar("_Asked", bound=BaseModel)


class Gemini:
    """Google's format."""

    name = "gemini"

    def __init__(self) -> None:
        self._files = Files()

    def answer(self, request: WireRequest) -> WireAnswer:
        """The planned answer. Raises `Complaint`."""
        found = _ADDRESS.match(request.path)
        if found is None:
            raise refused(404, f"The requested URL {request.path} was not found on this server.", "NOT_FOUND")
        address = found.groupdict(default="")
        begun = address["upload"] and "upload_id" in request.query  # the SDK sends no key with the bytes
        if not begun:
            _check_key(request.headers)
        if address["kind"] == "files":
            return self._file(request, address)
        match request.method, address["id"], address["verb"]:
            case "GET", "", "":
                _check_query(request, {"pageSize", "pageToken"})
                return _json(gemini_models.listed(request.query.get("pageSize", ""), request.query.get("pageToken", "")))
            case "GET", model, "":
                _check_model(model, address["version"], "")
                return _json(_model(model))
            case "POST", model, ("generateContent" | "streamGenerateContent" | "countTokens") as verb if model:
                _check_query(request, set())
                _check_model(model, address["version"], verb)
                return self._generated(request, model, verb)
            case _:
                raise refused(404, f"{request.method} {request.path} is not an address of this service.", "NOT_FOUND")

    def refusal(self, status: int, code: str, message: str, *, retry_after_s: float | None = None) -> WireAnswer:
        """An error answer. `code`: a canonical status (`UNAVAILABLE`) or a reason (`API_KEY_INVALID`)."""
        return refusal(status, code, message, retry_after_s=retry_after_s)

    def error_inside(self, request: WireRequest) -> bytes:
        """Printed over several lines and without `data:`, behind the events that were sent before.

        The official SDK collects such lines ("when API returns an error message, it comes line by line"), and others found
        them as a tail of the body that forms no event: https://github.com/theopenco/llmgateway/pull/3616.
        """
        fault = request.plan.fault
        key = request.headers.get(KEY_HEADER, "")
        return pretty(error_body(fault.status, fault.code, "", aside=key, retry_after_s=fault.retry_after_s))

    def nonsense(self) -> bytes:
        """An event whose JSON breaks off."""
        return b'data: {"candidates": [{"content": {"parts": [{"text": "bro\r\n\r\n'

    def _generated(self, request: WireRequest, model: str, verb: str) -> WireAnswer:
        if verb == "countTokens":
            return self._counted(request, model)
        asked = _read(request, GenerateContentRequest)
        self._check(asked, model)
        answering = Answering(request, asked, model)
        return answering.streamed() if verb == "streamGenerateContent" else answering.whole()

    def _counted(self, request: WireRequest, model: str) -> WireAnswer:
        asked = _read(request, CountTokensRequest)
        if (asked.contents is None) == (asked.generate_content_request is None):
            raise invalid("* CountTokensRequest: exactly one of contents and generate_content_request has to be set.\n")
        whole = asked.generate_content_request or GenerateContentRequest(contents=asked.contents or [])
        self._check(whole, model)
        plan = request.plan
        told: dict[str, Any] = {"totalTokens": plan.tokens_in}
        if plan.tokens_cached:
            told["cachedContentTokenCount"] = plan.tokens_cached
        told["promptTokensDetails"] = [{"modality": "TEXT", "tokenCount": plan.tokens_in}]
        return _json(told, plan.first_chunk_ms)

    def _check(self, asked: GenerateContentRequest, model: str) -> None:
        check(asked, model)
        for part in (part for content in asked.contents for part in content.parts):
            if part.file_data is not None and not self._files.known(part.file_data.file_uri):
                name = part.file_data.file_uri.rpartition("/")[2]
                raise refused(403, f"You do not have permission to access the File {name} or it may not exist.",
                                "PERMISSION_DENIED", "file_uri")  # fmt: skip

    def _file(self, request: WireRequest, address: Mapping[str, str]) -> WireAnswer:
        match request.method, address["upload"], address["id"], address["verb"]:
            case "POST" | "PUT", "upload/", "", "":
                _check_query(request, {"upload_id", "upload_protocol"})
                return self._files.uploaded(request, address["version"])
            case "GET", "", "", "":
                _check_query(request, {"pageSize", "pageToken"})
                query = request.query
                return self._files.listed(address["version"], query.get("pageSize", ""), query.get("pageToken", ""))
            case "GET" | "DELETE", "", name, "" if name:
                return self._files.one(request.method, f"files/{name}")
            case _:
                raise refused(404, f"{request.method} {request.path} is not an address of this service.", "NOT_FOUND")


def _check_key(headers: Mapping[str, str]) -> None:
    key = headers.get(KEY_HEADER, "")
    if not key:
        said = ("Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other "
                "form of API consumer identity to call this API.")  # fmt: skip
        raise refused(403, said, "PERMISSION_DENIED", KEY_HEADER)
    if key.startswith(WRONG_KEYS):
        echo = refusal(400, "API_KEY_INVALID", key)
        raise Complaint(400, "API key not valid. Please pass a valid API key.", "API_KEY_INVALID", KEY_HEADER, answer=echo)


def _check_model(model: str, version: str, verb: str) -> None:
    if gemini_models.exists(model, version):
        return
    unsupported = f", or is not supported for {verb}" if verb else ""
    said = (f"models/{model} is not found for API version {version}{unsupported}. Call ListModels to see the list of available "
            "models and their supported methods.")  # fmt: skip
    raise refused(404, said, "NOT_FOUND", "model")


def _model(name: str) -> dict[str, Any]:
    return (gemini_models.known(name) or gemini_models.Model(name, name)).told()


def _check_query(request: WireRequest, known: set[str]) -> None:
    for name in request.query:
        if name not in known | _GENERAL_QUERY:
            said = f"Cannot bind query parameter. Field '{name}' could not be found in request message."
            raise invalid(f'Invalid JSON payload received. Unknown name "{name}": {said}', name)


def _read(request: WireRequest, kind: type[_Asked]) -> _Asked:
    try:
        return kind.model_validate_json(request.body)
    except ValidationError as error:
        raise complaint(error, kind.__name__) from error


def _json(body: dict[str, Any], due_ms: float = 0.0) -> WireAnswer:
    return WireAnswer((Step(due_ms, pretty(body), "done"),), content_type=JSON_TYPE)


VENDOR = Gemini()
