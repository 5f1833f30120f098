"""Streams through a real nginx with `deploy/nginx.sse.conf`: nothing is collected on the way, and hanging up gets through."""

import contextlib
import http.client
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bench.wire.plan import Fault, Plan
from bench.wire.vendor_process import WireServer, running_wire_server
from tests.needs import PROGRAMS, found
from tests.running import ROOT, free_port

SITE = (ROOT / "deploy/nginx.sse.conf").read_text(encoding="utf-8")
MAIN = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""
WORDS = tuple(f"word{number:02}" for number in range(12))
PACE_MS = 40
PLAN = Plan(text=" ".join(WORDS), first_chunk_ms=10, first_text_ms=60, tokens_per_s=1000 / PACE_MS)
QUESTION = {
    "openai": ("/v1/chat/completions", {"model": "gpt-5.6-luna", "stream": True, "messages": [{"role": "user", "content": "hi"}]}),
    "gemini": ("/v1/models/gemini-3.8-flash:streamGenerateContent?alt=sse", {"contents": [{"parts": [{"text": "hi"}]}]}),
}  # fmt: skip
KEYS = {"authorization": "Bearer wire", "x-goog-api-key": "wire"}


@pytest.fixture(scope="module", params=["openai", "gemini"])
def server(request: pytest.FixtureRequest) -> Iterator[WireServer]:
    with running_wire_server(request.param) as running:
        yield running


@contextlib.contextmanager
def nginx_before(server: WireServer, site: str = SITE) -> Iterator[int]:
    """A real nginx before the server, as an ordinary user; gives its port."""
    program = found("nginx")
    if program is None:
        why, how = PROGRAMS["nginx"]
        pytest.fail(f"nginx is missing ({why}): {how}")
    port = free_port()
    folder = Path(tempfile.mkdtemp(prefix="nginx-"))
    names = {"listen": f"127.0.0.1:{port}", "server_name": "_", "upstream": f"{server.host}:{server.port}"}
    for name, value in names.items():
        site = site.replace("{{" + name + "}}", value)
    (folder / "site.conf").write_text(site, encoding="utf-8")
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder), encoding="utf-8")
    ordinary = {}
    if os.geteuid() == 0:
        ordinary = {"user": "nobody", "group": "nogroup", "extra_groups": []}
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, "nobody", "nogroup")
    command = [program, "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, **ordinary) as process:
        try:
            _wait_for(port, process)
            yield port
        finally:
            process.terminate()
            process.wait(10)
            shutil.rmtree(folder)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + 10
    while True:
        if process.poll() is not None or time.monotonic() > ends:
            process.kill()
            said = process.stderr.read().decode() if process.stderr else ""
            pytest.fail(f"nginx did not start: {said}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)


def asked(port: int, server: WireServer, plan: Plan) -> socket.socket:
    """A connection on which the question was sent."""
    path, question = QUESTION[server.vendor]
    body = json.dumps(question).encode()
    head = f"POST /plan/{plan.segment()}{path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in KEYS.items())
    plug = socket.create_connection(("127.0.0.1", port), timeout=10)
    plug.sendall(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
    return plug


def received(plug: socket.socket, until: bytes) -> dict[str, int]:
    """Word → when it was there (CLOCK_MONOTONIC, ns): the clock of the server's own stamps."""
    data, seen = b"", dict[str, int]()
    while until not in data:
        piece = plug.recv(1 << 16)
        now = time.monotonic_ns()
        assert piece, f"the stream ended early: {data[-200:]!r}"
        data += piece
        for word in WORDS:
            if word.encode() in data:
                seen.setdefault(word, now)
    return seen


def written(server: WireServer, plan: Plan) -> list[int]:
    """When each word was written, by the server's stamps (ns)."""
    (stamps,) = server.requests(plan)
    assert stamps.status == 200
    assert stamps.complaint is None
    times = [chunk.written_ns for chunk in stamps.chunks if chunk.kind == "text"]
    assert len(times) == len(WORDS)
    return times


def test_pieces_come_one_by_one(server: WireServer) -> None:
    with nginx_before(server) as port, asked(port, server, PLAN) as plug:
        seen = received(plug, b"\r\n0\r\n\r\n")
    times = written(server, PLAN)
    for place, word in enumerate(WORDS):
        assert times[place] <= seen[word], "read before it was written: the stamps or this test lie"
    late = [word for place, word in enumerate(WORDS[:-2]) if seen[word] >= times[place + 2]]
    assert not late, "was still on its way when the piece after the next was written"


def test_with_nginx_as_it_comes_they_would_not(server: WireServer) -> None:
    """The test above can fail. nginx 1.22 collects what comes by HTTP/1.0, which is how it asks unless told otherwise."""
    plan = PLAN.model_copy(update={"tokens_in": 99})  # another address, so that the requests are told apart
    site = SITE.replace("proxy_buffering off;", "").replace("proxy_http_version 1.1;", "")
    with nginx_before(server, site) as port, asked(port, server, plan) as plug:
        seen = received(plug, b"\r\n0\r\n\r\n")
    assert seen[WORDS[0]] > written(server, plan)[-2]


def test_hanging_up_gets_through(server: WireServer) -> None:
    plan = PLAN.model_copy(update={"fault": Fault(kind="stall", after=4)})
    with nginx_before(server) as port:
        with asked(port, server, plan) as plug:
            received(plug, WORDS[0].encode())
        hung_up_ns = time.monotonic_ns()
        ends = time.monotonic() + 5
        while (stamps := server.requests(plan)[0]).left_ns is None:
            assert time.monotonic() < ends, "nginx kept the request to the service open"
            time.sleep(0.02)
    assert stamps.left_by == "client_gone"
    assert stamps.completed_ns is None
    # A few ms may lie between: the first instant is taken after the socket was closed.
    assert stamps.left_ns > hung_up_ns - 50_000_000
    assert (stamps.left_ns - hung_up_ns) / 1e6 < 2000


def test_a_recording_of_many_megabytes_is_let_through() -> None:
    sound = b"RIFF" + bytes(20_000_000)
    start = {"x-goog-upload-protocol": "resumable", "x-goog-upload-command": "start", "x-goog-upload-header-content-type": "audio/wav",
             "x-goog-upload-header-content-length": str(len(sound)), "content-type": "application/json"}  # fmt: skip
    with running_wire_server("gemini") as server, nginx_before(server) as port:
        told = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        with contextlib.closing(told):
            told.request("POST", "/upload/v1/files", b"{}", {**start, **KEYS})
            begun = told.getresponse()
            begun.read()
            address = urlsplit(begun.headers["x-goog-upload-url"])
            assert address.netloc == f"127.0.0.1:{port}", "the second part has to come the same way"
            told.request("POST", f"{address.path}?{address.query}", sound,
                         {"x-goog-upload-command": "upload, finalize", "x-goog-upload-offset": "0"})  # fmt: skip
            done = told.getresponse()
            assert done.status == 200
            assert json.loads(done.read())["file"]["sizeBytes"] == str(len(sound))
