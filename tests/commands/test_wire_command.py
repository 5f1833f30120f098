"""The `wire` command as somebody types it."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bench.commands import exit_codes
from bench.commands.wire import Request, line, planned
from bench.wire.http_stamps import HttpStamps
from bench.wire.plan import Plan
from bench.wire.stamps import ChunkStamp
from tests.running import ROOT

CHAT = json.dumps({"model": "gpt-5.6-luna", "stream": True, "messages": [{"role": "user", "content": "hi"}]}).encode()
GEMINI = json.dumps({"contents": [{"parts": [{"text": "hi"}]}]}).encode()
KEYS = {"authorization": "Bearer a-test-key", "x-goog-api-key": "a-test-key", "content-type": "application/json"}
PATIENCE_S = 20.0


class Running:
    """The command in a process of its own, and what it has printed so far."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self.process, self._log = process, log

    @property
    def printed(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def until(self, pattern: str) -> re.Match[str]:
        """Wait until this stands in what was printed."""
        ends = time.monotonic() + PATIENCE_S
        while (found := re.search(pattern, self.printed)) is None:
            assert self.process.poll() is None, f"it ended: {self.printed}"
            assert time.monotonic() < ends, f"never printed {pattern!r}: {self.printed}"
            time.sleep(0.02)
        return found

    def ask(self, address: str, body: bytes, keys: dict[str, str] = KEYS) -> tuple[int, bytes]:
        """Status and as much of the body as came."""
        parts = urlsplit(address)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        with contextlib.closing(connection):
            connection.request("POST", parts.path, body, keys)
            answer = connection.getresponse()
            try:
                return answer.status, answer.read()
            except http.client.IncompleteRead as error:
                return answer.status, error.partial
            except ConnectionResetError:
                return answer.status, b""


@contextlib.contextmanager
def wire(tmp_path: Path, *arguments: str) -> Iterator[Running]:
    log = tmp_path / "printed.txt"
    environment = {**os.environ, "PYTHONUNBUFFERED": "", "FIRSTWORD_DATA_DIR": str(tmp_path)}
    with log.open("w") as out, subprocess.Popen(
        [sys.executable, "workbench.py", "wire", *arguments], cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT, text=True
    ) as process:  # fmt: skip
        try:
            yield Running(process, log)
        finally:
            if process.poll() is None:
                process.kill()


def refused(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "workbench.py", "wire", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def test_it_says_where_it_listens_and_what_was_asked_and_ends_with_ctrl_c(tmp_path: Path) -> None:
    options = (
        "openai",
        "--port",
        "0",
        "--text",
        "eins zwei drei",
        "--first-text-ms",
        "30",
        "--tokens-per-s",
        "200",
        "--no-spin",
    )
    with wire(tmp_path, *options) as running:
        base = running.until(r"OPENAI_BASE_URL=(http://127\.0\.0\.1:\d+/v1)  OPENAI_API_KEY=").group(1)
        running.until("Requests:\n")
        assert "No model is asked" in running.printed
        assert '"eins zwei drei"' in running.printed
        assert "First text 30 ms after the request, then 200 chunks a second." in running.printed
        status, body = running.ask(f"{base}/chat/completions", CHAT)
        assert status == 200
        assert body.rstrip().endswith(b"[DONE]")
        said = running.until(
            r"POST /v1/chat/completions  200  first text written after ([\d.]+) ms, complete after ([\d.]+) ms"
        )
        assert 30 <= float(said.group(1)) <= float(said.group(2))
        status, _ = running.ask(f"{base}/chat/completions", CHAT.replace(b'"stream"', b'"streem"'))
        assert status == 400
        running.until(r"POST /v1/chat/completions  400  COMPLAINT: .*streem")
        assert "a-test-key" not in running.printed
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(10) == exit_codes.OK
        assert running.printed.endswith("Ended.\n")
        assert "Traceback" not in running.printed


def test_the_addresses_of_faults_do_what_is_said(tmp_path: Path) -> None:
    with wire(tmp_path, "gemini", "--port", "0", "--first-text-ms", "20") as running:
        running.until("Requests:\n")
        assert "GOOGLE_GEMINI_BASE_URL=http" in running.printed
        path = "/v1/models/gemini-3.8-flash:streamGenerateContent"
        refusing = running.until(r"  refuses with 429.*?(http://\S+)\n").group(1)
        status, body = running.ask(refusing + path, GEMINI)
        assert status == 429
        assert b'"retryDelay": "7s"' in body
        running.until(r":streamGenerateContent  429  \(fault: status\) complete after")
        breaking = running.until(r"  breaks the connection.*?(http://\S+)\n").group(1)
        assert running.ask(breaking + path, GEMINI)[0] == 200
        running.until(
            r":streamGenerateContent  200  \(fault: cut\) first text written after .* ms, broken off as planned after"
        )
        silent = running.until(r"  stops in the middle.*?(http://\S+)\n").group(1)
        parts = urlsplit(silent)
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=5) as plug:
            head = f"POST {parts.path}{path} HTTP/1.1\r\nhost: x\r\nx-goog-api-key: a-test-key\r\ncontent-length: {len(GEMINI)}\r\n\r\n"
            plug.sendall(head.encode() + GEMINI)
            running.until(r"\(fault: stall\) first text written after .* ms, still being answered")
        running.until(r"\(fault: stall\) first text written after .* ms, the client hung up after")
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(10) == exit_codes.OK


def test_ctrl_c_while_somebody_is_being_answered(tmp_path: Path) -> None:
    with wire(tmp_path, "gemini", "--port", "0", "--tokens-per-s", "0.5") as running:
        port = int(running.until(r"listens at http://127\.0\.0\.1:(\d+)").group(1))
        running.until("Requests:\n")
        with socket.create_connection(("127.0.0.1", port), timeout=5) as plug:
            head = f"POST /v1/models/gemini-3.8-flash:streamGenerateContent HTTP/1.1\r\nhost: x\r\nx-goog-api-key: k\r\ncontent-length: {len(GEMINI)}"
            plug.sendall(head.encode() + b"\r\n\r\n" + GEMINI)
            assert plug.recv(1000)
            running.process.send_signal(signal.SIGINT)
            assert running.process.wait(10) == exit_codes.OK
        assert "Traceback" not in running.printed


@pytest.mark.parametrize(("vendor", "path", "body", "status"), [
    ("openai", "/v1/chat/completions", CHAT, 401), ("gemini", "/v1/models/gemini-3.8-flash:generateContent", GEMINI, 400),
])  # fmt: skip
def test_keys_as_it_says(tmp_path: Path, vendor: str, path: str, body: bytes, status: int) -> None:
    with wire(tmp_path, vendor, "--port", "0", "--first-text-ms", "5", "--tokens-per-s", "1000") as running:
        origin = running.until(r"listens at (http://127\.0\.0\.1:\d+)").group(1)
        running.until('Any key will do; one that begins with "wrong" is refused.')
        assert running.ask(origin + path, body)[0] == 200
        wrong = {**KEYS, "authorization": "Bearer wrong-4711", "x-goog-api-key": "wrong-4711"}
        told, echoed = running.ask(origin + path, body, wrong)
        assert told == status
        assert b"wrong-4711" in echoed
        running.until(f"  {status}  COMPLAINT: .*API key")
        assert "wrong-4711" not in running.printed


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = refused("openai", "--port", str(taken.getsockname()[1]))
    assert done.returncode == exit_codes.PORT_IN_USE
    assert "another program already uses it" in done.stderr
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_it_listens_on_this_computer_only(host: str) -> None:
    done = refused("openai", "--port", "0", "--host", host)
    assert done.returncode == exit_codes.BAD_INPUT
    assert "it asks for no password" in done.stderr
    assert "--anyone" in done.stderr


def test_unless_that_is_what_somebody_wants(tmp_path: Path) -> None:
    with wire(tmp_path, "gemini", "--port", "0", "--host", "0.0.0.0", "--anyone") as running:
        running.until(r"listens at http://0\.0\.0\.0:\d+")
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(10) == exit_codes.OK


@pytest.mark.parametrize(("arguments", "said"), [
    (("nobody",), "There are: openai, gemini"),
    (("openai", "--plan", "missing.json"), "cannot be read"),
    (("openai", "--plan", "{folder}/wrong.json"), "wrong at fault.kind"),
    (("openai", "--plan", "{folder}/broken.json"), "wrong at the file"),
])  # fmt: skip
def test_what_is_wrong_is_said(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    (tmp_path / "wrong.json").write_text('{"fault": {"kind": "bad luck"}}', encoding="utf-8")
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    done = refused(*(each.format(folder=tmp_path) for each in arguments))
    assert done.returncode == exit_codes.BAD_INPUT
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_typed_goes_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text(
        json.dumps({"text": "from the file", "first_text_ms": 5, "fault": {"kind": "stall", "after": 2}}), encoding="utf-8"
    )
    plan = planned(Request("openai", plan=file, text="typed"))
    assert (plan.text, plan.first_text_ms, plan.fault.kind, plan.fault.after) == ("typed", 5, "stall", 2)
    assert planned(Request("openai")) == Plan()


def test_a_line_cannot_move_the_cursor() -> None:
    stamps = HttpStamps(
        id="wire_0", nth=0, method="POST", path="/v1/\x1b[2Jx\r\n", plan="", connection=0, nth_on_connection=0, read_ns=1_000_000,
        status=400, body_sha256="", body_bytes=0, authorization_sha256=None, headers=[], complaint="no \x1b]0;title\x07 field",
    )  # fmt: skip
    stamps.chunks.append(
        ChunkStamp(kind="text", seq=0, due_ms=1, written_ns=3_500_000, returned_ns=3_600_000, size=1, waiting=0)
    )
    stamps.completed_ns = 4_000_000
    assert line(stamps).isprintable()
    assert line(stamps).endswith("first text written after 2.5 ms, complete after 3.0 ms")
