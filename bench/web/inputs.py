"""The recordings a person can play to the columns: list, bring one, delete one.

`POST /wb/inputs?title=…&language=en&text=…&keep=false` takes the file itself as the body (no form): so it can be counted
while it arrives, and refused before it is read to the end.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from bench.access.uploads import Input, Note, UnreadableError, UploadError, Uploads
from bench.web.problems import problem


def router(uploads: Uploads, samples: Callable[[], Sequence[Input]], changed: Callable[[], Awaitable[None]]) -> APIRouter:
    """Routes over `uploads`; `samples` are the shipped inputs, `changed` is awaited after each change."""
    routes = APIRouter()

    @routes.api_route("/wb/inputs", methods=["GET", "HEAD"])
    async def listed() -> dict[str, list[dict[str, Any]]]:  # pyright: ignore[reportUnusedFunction]
        """`{"inputs": [Input]}`: uploads (newest first), then samples."""
        return {"inputs": [asdict(each) for each in [*uploads.all(), *samples()]]}

    @routes.post("/wb/inputs", status_code=201)
    async def bring(  # pyright: ignore[reportUnusedFunction]
        request: Request,
        title: Annotated[str, Query(max_length=500)] = "",
        text: Annotated[str, Query(max_length=2000)] = "",
        language: Annotated[str, Query(pattern=r"^[a-z]{2}$")] = "en",
        keep: bool = False,
    ) -> Response:
        """201 `{"input": Input}`; 408, 409, 413, 415 with `{code, message, remedy}`."""
        try:
            if request.headers.get("content-type", "").startswith("multipart/"):
                raise UnreadableError("The recording came inside a form.", "Send the file itself as the body of the request.")
            upload = await uploads.add(
                request.stream(),
                Note(title, text, language, keep),
                declared_bytes=_declared(request.headers.get("content-length")),
            )
        except UploadError as error:
            # The rest of the body is not wanted: with the connection closed, nobody has to read it.
            return problem(error.status, error.code, error.message, error.remedy, {"connection": "close"})
        await changed()
        return JSONResponse({"input": asdict(upload)}, 201)

    @routes.delete("/wb/inputs/{upload_id}", status_code=204)
    async def delete(upload_id: Annotated[str, Path(max_length=64)]) -> Response:  # pyright: ignore[reportUnusedFunction]
        """204; 404 when there is no such upload (samples cannot be deleted)."""
        if not uploads.remove(upload_id):
            return problem(404, "no_such_input", "There is no such recording.")
        await changed()
        return Response(status_code=204)

    return routes


def _declared(content_length: str | None) -> int | None:
    return int(content_length) if content_length is not None and content_length.isascii() and content_length.isdigit() else None
