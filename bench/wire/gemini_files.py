"""Files of the Gemini Developer API: the resumable upload, and what is remembered of what was uploaded (not its bytes)."""

import base64
import hashlib
import json
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError

from bench.wire.answer import Step, WireAnswer, WireRequest
from bench.wire.gemini_error import JSON_TYPE, complaint, invalid, pretty, refused
from bench.wire.gemini_request import CreateFileRequest
from bench.wire.plan import Plan

KEPT = 1000
"""Older files and unfinished uploads are forgotten."""
MAX_BYTES = 2 << 30
"""The largest file (bytes), https://ai.google.dev/gemini-api/docs/files."""
KEPT_FOR = timedelta(hours=48)


@dataclass(slots=True)
class _Upload:
    """An upload that was begun."""

    id: str
    file: dict[str, Any]
    size: int
    """What was announced (bytes)."""
    received: int = 0
    digest: Any = field(default_factory=hashlib.sha256)


class Files:
    """What one server keeps."""

    def __init__(self) -> None:
        self._files: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._uploads: OrderedDict[str, _Upload] = OrderedDict()
        self._begun = 0

    def known(self, uri: str) -> bool:
        """Whether a request may refer to this address; addresses elsewhere are not checked."""
        name = uri.partition("/files/")[2]
        return not name or f"files/{name}" in self._files

    def listed(self, version: str, page_size: str, page_token: str) -> WireAnswer:
        """`GET /{version}/files`."""
        if page_size and not page_size.isdigit():
            raise invalid(f"Invalid value at 'page_size' (TYPE_INT32), \"{page_size}\"", "pageSize")
        names = list(reversed(self._files))
        if page_token and page_token not in names:
            raise invalid("Invalid page token.", "pageToken")
        start = names.index(page_token) + 1 if page_token else 0
        size = min(int(page_size or 0) or 10, 100)
        shown = names[start : start + size]
        page: dict[str, Any] = {"files": [self._files[name] for name in shown]} if shown else {}
        if start + size < len(names):
            page["nextPageToken"] = shown[-1]
        return _json(page)

    def one(self, method: str, name: str) -> WireAnswer:
        """`GET` or `DELETE /{version}/files/{id}`."""
        if name not in self._files:
            raise refused(403, f"You do not have permission to access the File {name.removeprefix('files/')} or it may not "
                                 "exist.", "PERMISSION_DENIED")  # fmt: skip
        return _json(self._files[name] if method == "GET" else (self._files.pop(name), {})[1])

    def uploaded(self, request: WireRequest, version: str) -> WireAnswer:
        """`POST /upload/{version}/files`: begins an upload, takes its bytes, ends it. Raises `Complaint`."""
        command = {each.strip() for each in request.headers.get("x-goog-upload-command", "").split(",")}
        if command == {"start"}:
            return self._begin(request, version)
        upload = self._uploads.get(request.query.get("upload_id", ""))
        if upload is None:
            raise refused(404, "Upload not found.", "NOT_FOUND")
        if command == {"query"}:
            return _json({}, {"x-goog-upload-status": "active", "x-goog-upload-size-received": str(upload.received)})
        if not command or not command <= {"upload", "finalize"}:
            raise invalid("X-Goog-Upload-Command is none of start, query, upload, finalize.", "x-goog-upload-command")
        if "upload" in command:
            self._take(upload, request)
        if "finalize" not in command:
            return _json({}, {"x-goog-upload-status": "active"})
        if upload.received != upload.size:
            raise invalid(f"Finalized after {upload.received} of {upload.size} bytes.", "x-goog-upload-command")
        return self._finished(upload, request, version)

    def _begin(self, request: WireRequest, version: str) -> WireAnswer:
        if request.headers.get("x-goog-upload-protocol") != "resumable":
            raise invalid("X-Goog-Upload-Protocol has to be resumable.", "x-goog-upload-protocol")
        size = request.headers.get("x-goog-upload-header-content-length", "")
        kind = request.headers.get("x-goog-upload-header-content-type", "")
        if not size.isdigit() or int(size) > MAX_BYTES:
            raise invalid("X-Goog-Upload-Header-Content-Length is missing or wrong.", "x-goog-upload-header-content-length")
        if not kind:
            raise invalid("X-Goog-Upload-Header-Content-Type is missing.", "x-goog-upload-header-content-type")
        try:
            asked = CreateFileRequest.model_validate_json(request.body or b"{}").file
        except ValidationError as error:
            raise complaint(error, "CreateFileRequest") from error
        if asked.size_bytes is not None and str(asked.size_bytes) != size:
            raise invalid("file.size_bytes is not what X-Goog-Upload-Header-Content-Length says.", "file.size_bytes")
        self._begun += 1
        known = hashlib.sha256(f"{self._begun} {request.nth}".encode()).hexdigest()
        file: dict[str, Any] = {"name": asked.name or f"files/{known[:12]}", "mimeType": asked.mime_type or kind}
        if asked.display_name:
            file["displayName"] = asked.display_name
        if file["name"] in self._files:
            raise refused(409, f"File {file['name']} already exists.", "ALREADY_EXISTS")
        self._uploads[known] = _Upload(known, file, int(size))
        _shorten(self._uploads)
        query = f"upload_id={known}&upload_protocol=resumable"
        location = f"{_origin(request)}/upload/{version}/files?{query}"
        return _json({}, {"x-goog-upload-url": location, "x-goog-upload-status": "active",
                          "x-goog-upload-chunk-granularity": "8388608"})  # fmt: skip

    def _take(self, upload: _Upload, request: WireRequest) -> None:
        if request.headers.get("x-goog-upload-offset") != str(upload.received):
            raise invalid(f"X-Goog-Upload-Offset is not {upload.received}.", "x-goog-upload-offset")
        upload.received += len(request.body)
        upload.digest.update(request.body)
        if upload.received > upload.size:
            raise invalid(f"{upload.received} bytes were sent, {upload.size} announced.", "x-goog-upload-offset")

    def _finished(self, upload: _Upload, request: WireRequest, version: str) -> WireAnswer:
        del self._uploads[upload.id]
        now = datetime.now(UTC)
        name = upload.file["name"]
        digest = base64.b64encode(upload.digest.hexdigest().encode()).decode()
        self._files[name] = {
            **upload.file, "sizeBytes": str(upload.size), "createTime": _time(now), "updateTime": _time(now),
            "expirationTime": _time(now + KEPT_FOR), "sha256Hash": digest,
            "uri": f"{_origin(request)}/{version}/{name}", "state": "ACTIVE", "source": "UPLOADED",
        }  # fmt: skip
        _shorten(self._files)
        return _json({"file": self._files[name]}, {"x-goog-upload-status": "final"})


def _json(body: dict[str, Any], headers: dict[str, str] | None = None) -> WireAnswer:
    return WireAnswer((Step(0.0, pretty(body) if body else json.dumps(body).encode(), "done"),),
                      content_type=JSON_TYPE, headers=headers or {})  # fmt: skip


def _shorten(kept: OrderedDict[str, Any]) -> None:
    while len(kept) > KEPT:
        kept.popitem(last=False)


def _time(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


def _origin(request: WireRequest) -> str:
    """Scheme, host and plan of the address that the client uses, so that the upload's second part comes here too."""
    plan = "" if request.plan == Plan() else f"/plan/{request.plan.segment()}"
    scheme = request.headers.get("x-forwarded-proto", request.scheme)
    return f"{scheme}://{request.headers.get('host', 'localhost')}{plan}"
