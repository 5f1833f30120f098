"""One process of the task bench's clients: trials side by side, each a browser of its own, over bare sockets.

    python -m tests.bench.tasks_load <port> <trials> <first number> <preset> <seed> <tasks> <ramp s> <think s, s>

A ramp below 0: one trial after the other. Prints one JSON line: what each request took, when each first token was read, what was answered, what went wrong. A client
library would cost more than the server does; here an answer is only split at its chunks.
"""

import asyncio
import json
import random
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

PROFESSION = "project-manager"
DRAFTS = 3


class Browser:
    """One signed-in browser with one connection that stays open."""

    def __init__(self, port: int, told: dict[str, Any]) -> None:
        self._port = port
        self._told = told
        self._cookie = ""
        self._wire: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def sign_in(self) -> None:
        async for _ in self.request("GET", "/"):
            pass
        assert self._cookie
        self.close()  # the server ends a connection that nobody uses for 30 s

    async def request(self, method: str, path: str, body: Any = None) -> AsyncIterator[tuple[int, bytes]]:
        """(instant at which it was read (ns), piece of the answer). The status is counted."""
        if self._wire is None:
            self._wire = await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 20)
        reader, writer = self._wire
        content = b"" if body is None else json.dumps(body).encode()
        lines = [f"{method} {path} HTTP/1.1", f"host: 127.0.0.1:{self._port}", f"origin: http://127.0.0.1:{self._port}"]
        lines += [f"cookie: {self._cookie}"] if self._cookie else []
        lines += ["content-type: application/json", f"content-length: {len(content)}"] if body is not None else []
        if path == "/":
            lines.remove(lines[2])
        writer.write("\r\n".join([*lines, "", ""]).encode() + content)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status = head.split(" ", 2)[1]
        self._told["statuses"][status] = self._told["statuses"].get(status, 0) + 1
        headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        for line in head.split("\r\n"):
            if line.lower().startswith("set-cookie: "):
                self._cookie = line.split(": ", 1)[1].split(";")[0]
        if "content-length" in headers:
            piece = await reader.readexactly(int(headers["content-length"]))
            yield time.monotonic_ns(), piece
            return
        while size := int(await reader.readline(), 16):
            piece = await reader.readexactly(size + 2)
            yield time.monotonic_ns(), piece[:-2]
        await reader.readline()

    async def json(self, kind: str, method: str, path: str, body: Any = None) -> Any:
        """A whole answer; what it took goes under `kind`."""
        began_ns = time.monotonic_ns()
        answer = [piece async for _, piece in self.request(method, path, body)]
        self._told["took_ms"][kind].append((time.monotonic_ns() - began_ns) / 1e6)
        return json.loads(b"".join(answer))

    async def stream(self, kind: str, method: str, path: str, body: Any = None) -> list[dict[str, Any]]:
        """The messages. Under `kind`: until the first of them, which comes after an answer is on the disk."""
        began_ns = time.monotonic_ns()
        messages: list[dict[str, Any]] = []
        first_ns = 0
        async for at_ns, piece in self.request(method, path, body):
            for line in piece.split(b"\n\n"):
                if line.startswith(b"data: "):
                    message = json.loads(line[6:])
                    if not messages:
                        self._told["took_ms"][kind].append((at_ns - began_ns) / 1e6)
                    if message["type"] == "metadata":
                        first_ns = 0
                    elif message["type"] == "token" and not first_ns:
                        first_ns = at_ns
                    elif message["type"] == "done" and message["data"]["turn"]:
                        self._told["first_token_ns"][message["data"]["turn"]] = first_ns
                    elif message["type"] == "error":
                        self._told["errors"].append(message["data"]["code"])
                    messages.append(message)
        return messages

    def close(self) -> None:
        if self._wire is not None:
            self._wire[1].close()
            self._wire = None


async def one_trial(browser: Browser, told: dict[str, Any], number: int, preset: str, tasks: int, dice: random.Random, think: tuple[float, float]) -> None:  # fmt: skip
    """Questions, drafts, answers, with somebody's thinking in between."""
    asked = f"language=en&preset={preset}"
    path = f"/api/tasks/profession/{PROFESSION}/current/stream?{asked}"
    trial = ""
    for order in range(tasks):
        question = await browser.stream("question", "GET", path)
        began = question[0]["data"]
        trial, task = began["trial"], began["id"]
        text = ""
        for draft in range(DRAFTS):
            await asyncio.sleep(dice.uniform(*think))
            text = f"trial {number} task {task}: " + "the goal, the deadline and the risk; " * (draft + 1)
            body = {"text": text, "base_revision": draft, "window": "w", "trial": trial}
            await browser.json("draft", "PUT", f"/api/tasks/{task}/draft?trial={trial}", body)
        await browser.json("state", "GET", f"/api/trials/{trial}")
        submit = {"answer": text, "submission_id": f"s{order}"}
        told["answers"].setdefault(trial, []).append(text)
        await browser.stream("submit", "POST", f"/api/tasks/{task}/submit/stream?trial={trial}&until=feedback", submit)
    await asyncio.sleep(dice.uniform(*think))
    state = await browser.json("state", "GET", f"/api/trials/{trial}")
    told["kept"][trial] = [task["answer"]["text"] for task in state["tasks"] if task["answer"] is not None]


async def main(port: int, trials: int, first: int, preset: str, seed: int, tasks: int, ramp_s: float, low_s: float, high_s: float) -> None:  # fmt: skip
    told: dict[str, Any] = {
        "took_ms": {"question": [], "draft": [], "state": [], "submit": []}, "statuses": {}, "first_token_ns": {}, "errors": [],
        "answers": {}, "kept": {}, "lag_ms": [], "broken": [],
    }  # fmt: skip

    browsers: dict[int, Browser] = {}
    for number in range(first, first + trials):  # before anything is timed: opening the page is Gradio's time (35 ms each)
        browsers[number] = Browser(port, told)
        await browsers[number].sign_in()

    async def person(number: int) -> None:
        await asyncio.sleep(max(0.0, ramp_s) * (number - first) / max(1, trials))
        browser = browsers[number]
        try:
            await one_trial(browser, told, number, preset, tasks, random.Random(seed + number), (low_s, high_s))
        except (OSError, EOFError, KeyError, ValueError) as error:
            told["broken"].append(f"{number}: {type(error).__name__}")
        finally:
            browser.close()

    async def watch() -> None:
        """How late this process itself is."""
        while True:
            due_s = time.monotonic() + 0.02
            await asyncio.sleep(0.02)
            told["lag_ms"].append((time.monotonic() - due_s) * 1000)

    async with asyncio.TaskGroup() as group:
        watching = group.create_task(watch())
        if ramp_s < 0:
            for number in range(first, first + trials):
                await person(number)
        else:
            async with asyncio.TaskGroup() as people:
                for number in range(first, first + trials):
                    people.create_task(person(number))
        watching.cancel()
    print(json.dumps(told))


if __name__ == "__main__":
    port_, trials_, first_, preset_, seed_, tasks_, *times = sys.argv[1:]
    asyncio.run(main(int(port_), int(trials_), int(first_), preset_, int(seed_), int(tasks_), *map(float, times)))
