"""`/v1/models` and `/v1/files`: what the account has."""

import time
from collections import OrderedDict
from typing import Any

from bench.wire.answer import Complaint, WireAnswer, WireRequest
from bench.wire.openai_error import complaint, identifier, json_answer
from bench.wire.openai_multipart import FormField, checked_form, read_form
from bench.wire.openai_strict import checked_query

MODELS: dict[str, str | None] = {
    "gpt-6-astra": None,
    "gpt-6.1-terra": None,
    "gpt-6-luna": None,
    "gpt-5.4-mini": None,
    "gpt-4o-mini": "2027-01-14",
    "gpt-4.1-mini": "2027-01-14",
    "gpt-transcribe": None,
    "gpt-4o-mini-transcribe": "2027-02-26",
    "gpt-4o-transcribe": "2027-02-26",
    "gpt-4o-transcribe-diarize": "2027-02-26",
    "whisper-1": "2027-02-26",
    "gpt-4o-mini-tts": "2027-01-06",
    "tts-1": "2027-01-06",
}
"""Id → the day on which it is shut down."""
GONE = "gone-"
"""Ids that begin with it do not exist."""
_CREATED = 1_760_000_000
KEPT_FILES = 500
"""Older files are forgotten; their contents are never kept."""
_PURPOSES = ("assistants", "batch", "fine-tune", "vision", "user_data", "evals")
_FORM = {
    "purpose": FormField(among=_PURPOSES, required=True),
    "expires_after[anchor]": FormField(among=("created_at",)),
    "expires_after[seconds]": FormField("number"),
}
_QUERY = {"after": r"[\w-]+", "limit": r"[1-9]\d{0,4}", "order": "asc|desc", "purpose": r"[\w-]+"}


def no_such_model(model: str) -> Complaint:
    """For a model that does not exist."""
    message = f"The model `{model}` does not exist or you do not have access to it."
    return complaint(404, message, "model_not_found", "model")


def models_answer(request: WireRequest) -> WireAnswer:
    """`GET /v1/models` and `GET /v1/models/{id}`. Raises `Complaint`."""
    name = request.path.removeprefix("/v1/models").strip("/")
    if request.method != "GET":
        raise complaint(405, f"Not allowed to {request.method} on {request.path}.", "method_not_supported")
    checked_query(request, {})
    if not name:
        return json_answer({"object": "list", "data": [_model(each) for each in MODELS]})
    if name not in MODELS:
        raise no_such_model(name)
    return json_answer(_model(name))


def _model(name: str) -> dict[str, Any]:
    shown = {"id": name, "object": "model", "created": _CREATED, "owned_by": "system"}
    return shown if MODELS[name] is None else {**shown, "shutdown_date": MODELS[name]}


class Files:
    """Files that were uploaded; without their contents."""

    def __init__(self) -> None:
        self._files: OrderedDict[str, dict[str, Any]] = OrderedDict()

    def known(self, name: str) -> dict[str, Any]:
        """Raises `Complaint`."""
        found = self._files.get(name)
        if found is None:
            raise complaint(404, f"No such File object: {name}", param="id")
        return found

    def answer(self, request: WireRequest) -> WireAnswer:
        """`/v1/files` and `/v1/files/{id}`. Raises `Complaint`."""
        name = request.path.removeprefix("/v1/files").strip("/")
        match request.method, bool(name):
            case "POST", False:
                return json_answer(self._add(request))
            case "GET", False:
                return json_answer(self._page(checked_query(request, _QUERY)))
            case "GET", True:
                return json_answer(self.known(name))
            case "DELETE", True:
                self._files.pop(self.known(name)["id"])
                return json_answer({"id": name, "object": "file", "deleted": True})
            case _:
                raise complaint(405, f"Not allowed to {request.method} on {request.path}.", "method_not_supported")

    def _add(self, request: WireRequest) -> dict[str, Any]:
        fields, file = checked_form(read_form(request), _FORM)
        if not file.data:
            raise complaint(400, "File is empty.", "empty_file", "file")
        if ("expires_after[anchor]" in fields) != ("expires_after[seconds]" in fields):
            raise complaint(400, "'expires_after' takes both 'anchor' and 'seconds'.", "invalid_value", "expires_after")
        now = int(time.time())
        made: dict[str, Any] = {
            "id": identifier("file-"),
            "object": "file",
            "bytes": len(file.data),
            "created_at": now,
            "filename": file.filename,
            "purpose": fields["purpose"][0],
            "status": "processed",
        }
        if "expires_after[seconds]" in fields:
            made["expires_at"] = now + int(float(fields["expires_after[seconds]"][0]))
        self._files[made["id"]] = made
        if len(self._files) > KEPT_FILES:
            self._files.popitem(last=False)
        return made

    def _page(self, query: dict[str, str]) -> dict[str, Any]:
        """Newest first unless `order=asc` is asked for."""
        chosen = [each for each in self._files.values() if query.get("purpose", each["purpose"]) == each["purpose"]]
        ordered = chosen if query.get("order") == "asc" else chosen[::-1]
        if "after" in query:
            names = [each["id"] for each in ordered]
            ordered = ordered[names.index(query["after"]) + 1 :] if query["after"] in names else []
        limit = int(query.get("limit", "10000"))
        shown = ordered[:limit]
        first, last = (shown[0]["id"], shown[-1]["id"]) if shown else (None, None)
        return {"object": "list", "data": shown, "first_id": first, "last_id": last, "has_more": len(ordered) > limit}
