"""Starts the scripted server in a process of its own, and asks it what it really did."""

import json
import socket
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from select import select
from typing import Any

from bench.wire.frames import pack, unpack
from bench.wire.stamps import RequestStamps

START_S = 20.0
"""Patience with a fresh process on a busy machine (s)."""
ANSWER_S = 10.0
"""Patience with an answer on the side connection (s)."""
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class ScriptedServer:
    """A running scripted server. Its methods block on a side connection: in a coroutine call them with `to_thread`."""

    host: str
    port: int
    pid: int

    @property
    def address(self) -> str:
        """What the `server` option of a scripted provider takes."""
        return f"{self.host}:{self.port}"

    def hello(self) -> dict[str, Any]:
        """`pid`, and `now_ns` and `read_ns` of its clock. Raises `OSError` when it does not answer."""
        return self._ask({"do": "hello"}, 1)[0]

    def known(self) -> list[str]:
        """Ids of the requests that it remembers (the latest 20 000), in the order in which it read them."""
        return list(self._ask({"do": "known"}, 1)[0]["requests"])

    def stamps(self, requests: Sequence[str]) -> dict[str, RequestStamps]:
        """What it did for these request ids. Raises `KeyError` for one that it does not know, or no longer."""
        answers = self._ask({"do": "stamps", "requests": list(requests)}, len(requests))
        found = {request: answer["stamps"] for request, answer in zip(requests, answers, strict=True)}
        unknown = [request for request, stamps in found.items() if stamps is None]
        if unknown:
            raise KeyError(f"the server does not know {unknown}")
        return {request: RequestStamps.model_validate(stamps) for request, stamps in found.items()}

    def _ask(self, message: dict[str, Any], answers: int) -> list[dict[str, Any]]:
        """Send one message on a side connection and read `answers` frames."""
        told: list[dict[str, Any]] = []
        buffer = bytearray()
        with socket.create_connection((self.host, self.port), timeout=ANSWER_S) as side:
            side.sendall(pack(message))
            while len(told) < answers:
                data = side.recv(1 << 16)
                if not data:
                    raise ConnectionResetError("the scripted server hung up")
                buffer += data
                told += [json.loads(head) for head, _ in unpack(buffer)]
        return told


@contextmanager
def running_scripted_server(python: str = sys.executable) -> Generator[ScriptedServer]:
    """A scripted server in another process, ready to serve; ended on leaving, or when this process dies.

    Raises `RuntimeError` when it does not come up.
    """
    command = [python, "-m", "bench.wire.scripted_server", "--port", "0", "--with-parent"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603
        try:
            yield _ready(process)
        finally:
            if process.stdin is not None:
                process.stdin.close()
            try:
                process.wait(ANSWER_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _ready(process: subprocess.Popen[bytes]) -> ScriptedServer:
    """Wait until the process has printed its address and answers there."""
    if process.stdout is None or not select([process.stdout], [], [], START_S)[0]:
        raise RuntimeError(f"the scripted server said nothing within {START_S} s")
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"the scripted server ended with code {process.wait()}")
    server = ScriptedServer(**json.loads(line))
    server.hello()
    return server
