"""Somebody who works through tasks over HTTP, as a page or curl would; and the models and professions that tests need."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.running import Workbench

Message = dict[str, Any]


class Tasks:
    """One signed-in browser. The same cookie works at another port, so that it can come back after a restart."""

    def __init__(self, bench: Workbench, client: httpx.Client) -> None:
        self.bench = bench
        self.client = client

    def ask(self, method: str, path: str, *, status: int = 200, **more: Any) -> Any:
        """The JSON of an answer with that status."""
        answer = self.client.request(method, path, **more)
        assert answer.status_code == status, (answer.status_code, answer.text[:500])
        return answer.json() if answer.content else None

    def stream(self, method: str, path: str, **more: Any) -> Iterator[Message]:
        """Messages as they come; closing the iterator leaves."""
        with self.client.stream(method, path, **more) as answer:
            if answer.status_code != 200:
                answer.read()
            assert answer.status_code == 200, (answer.status_code, answer.text[:500])
            assert answer.headers["content-type"].startswith("text/event-stream")
            yield from events(answer.iter_lines())

    def question(self, profession: str = "project-manager", **query: Any) -> list[Message]:
        return [*self.stream("GET", f"/api/tasks/profession/{profession}/current/stream", params=query)]

    def submit(
        self, task: int, answer: str = "An answer.", *, query: dict[str, Any] | None = None, **more: Any
    ) -> list[Message]:
        body = {"answer": answer, **more}
        return [*self.stream("POST", f"/api/tasks/{task}/submit/stream", params=query, json=body)]

    def trial(self, id: str) -> Message:
        return self.ask("GET", f"/api/trials/{id}")


def events(lines: Iterator[str]) -> Iterator[Message]:
    """The messages in the lines of an event stream; anything that is none is a mistake, but for the signs of life."""
    for line in lines:
        if line.startswith("data: "):
            message = json.loads(line.removeprefix("data: "))
            assert set(message) == {"type", "data"}
            yield message
        else:
            assert line in ("", ": keep-alive")


@contextmanager
def signed_in(bench: Workbench, cookie: str = "") -> Iterator[Tasks]:
    """A new browser, or the one with that cookie."""
    name = f"firstword_{bench.port}"
    with httpx.Client(base_url=bench.url, headers={"origin": bench.url}, timeout=30, trust_env=False) as client:
        if cookie:
            client.cookies.set(name, cookie)
        else:
            client.get("/").raise_for_status()
        yield Tasks(bench, client)


def cookie_of(tasks: Tasks) -> str:
    """What makes this browser the one that it is."""
    return str(tasks.client.cookies[f"firstword_{tasks.bench.port}"])


def types(messages: list[Message]) -> list[str]:
    """The types, each run of tokens as one."""
    kinds = [message["type"] for message in messages]
    return [kind for n, kind in enumerate(kinds) if kind != "token" or n == 0 or kinds[n - 1] != "token"]


def text_of(messages: list[Message], part: str) -> str:
    """What the tokens of that part say together."""
    return "".join(each["data"]["token"] for each in messages if each["type"] == "token" and each["data"]["part"] == part)


def last(messages: list[Message], type: str) -> Message:
    """The data of the last message of that type."""
    return [message["data"] for message in messages if message["type"] == type][-1]


def add_preset(data: Path, name: str, *, limits: dict[str, float] | None = None, **options: Any) -> str:
    """A preset whose model is scripted. Its name makes it a model of its own, with its own count of requests."""
    chat = {
        "text": "one two three four five six",
        "first_text_ms": 5,
        "tokens_per_s": 500,
        "seed": sum(name.encode()) * 1000 + len(name),
    }
    configuration = {"thinking": {"chat": {"provider": "scripted", "options": chat | options}}, "limits": limits or {}}
    folder = data / "presets"
    folder.mkdir(parents=True, exist_ok=True)
    preset = {"title": {"en": name, "ru": name}, "configuration": configuration}
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(preset), "utf-8")
    return name


def profession(name: str, *, minutes: float = 10, count: int = 2, languages: tuple[str, ...] = ("en", "ru")) -> Message:
    """A small profession without numbers: the workbench gives them out."""

    def both(text: str) -> dict[str, str]:
        return {language: text for language in languages}

    criterion = {
        "id": "goal", "title": both("Goal"), "looks_for": both("A goal."),
        "signs": {language: ["goal*", "deadline*"] for language in languages},
    }  # fmt: skip
    return {
        "name": name, "title": both(name), "summary": both("Short."), "prompt": both("You examine."),
        "tasks": [
            {"title": both(f"Task {n}"), "description": both(f"Do number {n}."), "time_limit_minutes": minutes, "criteria": [criterion]}
            for n in range(1, count + 1)
        ],
    }  # fmt: skip


def add_profession(tasks: Tasks, name: str, **more: Any) -> list[int]:
    """Save one; the numbers of its tasks."""
    saved = tasks.ask("POST", "/api/professions", json={"profession": profession(name, **more)}, status=201)
    return [task["id"] for task in saved["profession"]["tasks"]]
