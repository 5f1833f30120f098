"""The wire server's own addresses: what was asked, what was written when, and whether it is there. Never under a plan."""

import json
import os
import time

from bench.wire.answer import Step, WireAnswer
from bench.wire.http_stamps import HttpMemory

CONTROL = "/wire/"
"""Paths that begin with it are the server's own."""


def control_answer(method: str, path: str, plan: str | None, vendor: str, memory: HttpMemory) -> WireAnswer:
    """`GET /wire/requests`, `GET /wire/health`, `DELETE /wire/requests`. `plan`: the value of the query's `plan`, or None."""
    match path, method:
        case "/wire/requests", "GET":
            return _json(memory.known(plan).model_dump_json())
        case "/wire/requests", "DELETE":
            memory.forget()
            return _json("{}")
        case "/wire/health", "GET":
            return _json(json.dumps({"vendor": vendor, "pid": os.getpid(), "now_ns": time.monotonic_ns()}))
        case (("/wire/requests" | "/wire/health"), _):
            return _json(json.dumps({"error": f"{method} is not for {path}"}), 405)
        case _:
            return _json(json.dumps({"error": "known are /wire/requests and /wire/health"}), 404)


def _json(text: str, status: int = 200) -> WireAnswer:
    return WireAnswer(steps=(Step(0.0, text.encode(), "control"),), status=status)
