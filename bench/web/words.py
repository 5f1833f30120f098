"""What the page says, in both languages: all of `bench/words/*.yaml` merged into one file for the browser."""

import hashlib
import json
from pathlib import Path
from typing import Any, cast

import yaml
from fastapi import APIRouter, Request, Response

WORDS_DIR = Path(__file__).parents[1] / "words"


class WordsError(Exception):
    """A words file cannot be read, or two files say different things under one name. Names the file."""


def merged(folder: Path = WORDS_DIR) -> dict[str, Any]:
    """All words: nested mappings of the files, put together. Raises `WordsError`."""
    words: dict[str, Any] = {}
    for file in sorted(folder.glob("*.yaml")):
        try:
            content = yaml.safe_load(file.read_text("utf-8"))
        except yaml.YAMLError as error:
            raise WordsError(f"{file.name} is not YAML: {error}") from error
        if content is None:
            continue
        if not isinstance(content, dict):
            raise WordsError(f"{file.name} must be a mapping of names to words")
        _add(words, cast(dict[str, Any], content), file.name)
    return words


def _add(words: dict[str, Any], more: dict[str, Any], file: str, path: str = "") -> None:
    for name, value in more.items():
        here = f"{path}{name}"
        if isinstance(words.get(name), dict) and isinstance(value, dict):
            _add(words[name], cast(dict[str, Any], value), file, here + ".")
        elif name in words and words[name] != value:
            raise WordsError(f"{file}: '{here}' already has other words in an earlier file")
        else:
            words[name] = value


def router(folder: Path = WORDS_DIR) -> APIRouter:
    """`GET /wb/words.json`, read once at the start. Raises `WordsError`."""
    body = json.dumps(merged(folder), ensure_ascii=False, separators=(",", ":")).encode()
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    routes = APIRouter()

    @routes.api_route("/wb/words.json", methods=["GET", "HEAD"])
    async def words(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        """The words; 304 when the browser has them already."""
        known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
        if etag in known:
            return Response(status_code=304, headers={"etag": etag})
        return Response(body, media_type="application/json", headers={"etag": etag})

    return routes
