"""A vendor that does everything wrong with the key it is sent: it quotes it, in many spellings, wherever it can."""

import base64
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote

FAULTS = ("401", "403", "404", "429", "500", "302", "inside", "malformed", "headers", "model")
"""What goes wrong, chosen by the name of the model (`echo-401` …): an HTTP status, an error inside a stream, a chunk that is
no JSON, a head with the key in it and a cut body, and a redirect that takes the key elsewhere (`302`)."""


def spellings(key: str) -> str:
    """The key as vendors print it in errors, dashboards and logs."""
    half = len(key) // 2
    encoded = base64.b64encode(key.encode()).decode()
    return (
        f"Incorrect API key provided: {key}. Basic {encoded}; {quote(key, safe='')}; {key[::-1]}; {key[half:]}{key[:half]}; "
        f"{key[:half]} and {key[half:]}; {masked(key)}; {key.encode().hex()}"
    )


def masked(key: str) -> str:
    """As OpenAI shows a key: its beginning and its end."""
    return f"{key[:8]}********{key[-4:]}"


@dataclass(slots=True)
class HostileVendor:
    """It is running."""

    address: str = ""
    seen: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """(model, key) of each request that was for a model."""


def _key(headers: Any) -> str:
    return headers.get("x-goog-api-key") or headers.get("authorization", "").removeprefix("Bearer ")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    vendor: HostileVendor

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("content-length", 0))))

    def _answer(self, body: bytes) -> None:
        key = _key(self.headers)
        found = re.search(r"echo-\w+", self.path + body.decode("utf-8", "replace"))
        fault = found.group(0).removeprefix("echo-") if found else "401"
        if found:
            self.vendor.seen.append((found.group(0), key))
        if fault in ("inside", "malformed", "headers"):
            return self._stream(fault, key)
        status = int(fault) if fault.isdecimal() else 404
        self._whole(status, self._error(status, key), key)

    def _error(self, status: int, key: str) -> dict[str, Any]:
        said = spellings(key)
        if "goog" in str(self.headers).lower():
            info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": said, "metadata": {"consumer": key}}
            return {"error": {"code": status, "message": said, "status": said, "details": [info, {"retryDelay": key}]}}
        return {"error": {"message": said, "type": said, "param": said, "code": said}}

    def _whole(self, status: int, error: dict[str, Any], key: str) -> None:
        data = json.dumps(error).encode()
        self.send_response(status, f"No {key}")
        self._telling(key)
        self.send_header("location", f"{self.vendor.address}/elsewhere?key={key}")
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _telling(self, key: str) -> None:
        """In whatever may be shown of the head of an answer."""
        self.send_header("x-request-id", f"req-{key}")
        self.send_header("x-firstword-wire", key[::-1])
        for name in ("www-authenticate", "retry-after", "openai-processing-ms", "server-timing"):
            self.send_header(name, f"{key} {key[::-1]}")

    def _stream(self, fault: str, key: str) -> None:
        self.send_response(200)
        if fault == "headers":
            self._telling(key)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        self.close_connection = True
        if fault == "inside":
            self.wfile.write(f"data: {json.dumps(self._error(500, key))}\n\n".encode())
        elif fault == "malformed":
            self.wfile.write(f'data: {{"{spellings(key)}": \n\n'.encode())


@contextmanager
def hostile_vendor() -> Iterator[HostileVendor]:
    """It listens on this computer until the end of the block."""
    vendor = HostileVendor()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"vendor": vendor}))
    server.daemon_threads = True
    vendor.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, name="hostile vendor")
    thread.start()
    try:
        yield vendor
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
