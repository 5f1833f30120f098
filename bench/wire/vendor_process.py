"""Starts a wire server in a process of its own, and asks it what it really did."""

import http.client
import json
import ssl
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from select import select
from typing import Any

from bench.wire.http_stamps import HttpStamps, RequestsAnswer
from bench.wire.plan import Plan

START_S = 20.0
"""Patience with a fresh process on a busy machine (s)."""
ANSWER_S = 10.0
"""Patience with an answer of the control routes (s)."""
ROOT = Path(__file__).resolve().parents[2]
VENDORS = ("openai", "gemini")


def base_path(vendor: str) -> str:
    """What stands behind host and port in the base URL that this vendor's SDK takes."""
    return "/v1" if vendor == "openai" else ""


@dataclass(frozen=True, slots=True)
class WireServer:
    """A running wire server. All but `base_url` block on a connection of their own: in a coroutine use `to_thread`."""

    vendor: str
    host: str
    port: int
    pid: int
    tls: bool = False

    def base_url(self, plan: Plan | None = None) -> str:
        """What the vendor's SDK takes as its base URL; None: the plan that the server was started with."""
        scheme = "https" if self.tls else "http"
        chosen = "" if plan is None else f"/plan/{plan.segment()}"
        return f"{scheme}://{self.host}:{self.port}{chosen}{base_path(self.vendor)}"

    def requests(self, plan: Plan | None = None) -> list[HttpStamps]:
        """The requests that it remembers (the latest 20 000), in the order in which it read them; None: of every plan."""
        query = "" if plan is None else f"?plan={plan.segment()}"
        return RequestsAnswer.model_validate_json(self._ask("GET", f"/wire/requests{query}")).requests

    def forget(self) -> None:
        """All requests, and the counting of requests under plans."""
        self._ask("DELETE", "/wire/requests")

    def health(self) -> dict[str, Any]:
        """`vendor`, `pid`, and `now_ns` of its clock. Raises `OSError` when it does not answer."""
        return json.loads(self._ask("GET", "/wire/health"))

    def _ask(self, method: str, path: str) -> bytes:
        side = self._side()
        try:
            side.request(method, path)
            answer = side.getresponse()
            body = answer.read()
        finally:
            side.close()
        if answer.status != 200:
            raise ConnectionError(f"the wire server answered {answer.status}: {body[:200]!r}")
        return body

    def _side(self) -> http.client.HTTPConnection:
        if not self.tls:
            return http.client.HTTPConnection(self.host, self.port, timeout=ANSWER_S)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False  # the certificate is made for a test, on this machine, and nothing secret is asked
        context.verify_mode = ssl.CERT_NONE
        return http.client.HTTPSConnection(self.host, self.port, timeout=ANSWER_S, context=context)


@contextmanager
def running_wire_server(
    vendor: str, plan: Plan | None = None, certificate: Path | None = None, spin: bool = True, python: str = sys.executable
) -> Generator[WireServer]:
    """A wire server in another process, ready to serve; ended on leaving, or when this process dies.

    `certificate`: PEM file with a certificate and its key. `spin`: wait busily for exact instants (a few hundred streams at
    most); without it a thousand streams and more. Raises `RuntimeError` when it does not come up.
    """
    command = [python, "-m", "bench.wire.http_server", "--vendor", vendor, "--port", "0", "--with-parent"]
    command += [] if certificate is None else ["--certificate", str(certificate)]
    command += [] if spin else ["--no-spin"]
    command += [] if plan is None else ["--plan", "-"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603
        try:
            if plan is not None and process.stdin is not None:
                process.stdin.write(plan.model_dump_json().encode() + b"\n")
                process.stdin.flush()
            yield _ready(process, vendor, tls=certificate is not None)
        finally:
            if process.stdin is not None:
                process.stdin.close()
            try:
                process.wait(ANSWER_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _ready(process: subprocess.Popen[bytes], vendor: str, *, tls: bool) -> WireServer:
    """Wait until the process has printed its address and answers there."""
    if process.stdout is None or not select([process.stdout], [], [], START_S)[0]:
        raise RuntimeError(f"the wire server said nothing within {START_S} s")
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"the wire server ended with code {process.wait()}")
    told = json.loads(line)
    server = WireServer(vendor, told["host"], told["port"], told["pid"], tls)
    server.health()
    return server
