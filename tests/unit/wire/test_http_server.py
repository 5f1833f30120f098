"""The engine of the wire servers over real sockets: connections, plans, faults, stamps, and people who leave."""

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from bench.wire.http_stamps import HttpStamps
from bench.wire.plan import Fault, Plan
from bench.wire.vendor_process import ROOT, WireServer, running_wire_server
from tests.unit.wire.raw_http import CHAT, KEY, Client, address, get, post

QUICK = {"first_chunk_ms": 2.0, "first_text_ms": 5.0, "tokens_per_s": 1000.0, "text": "один two three"}
STREAM = {**CHAT, "stream": True}
PATH = "/v1/chat/completions"
LATE_MS = 200.0
"""Lateness that a busy machine is forgiven (ms)."""


@pytest.fixture(scope="module")
def server() -> Iterator[WireServer]:
    with running_wire_server("openai") as running:
        yield running


def planned(kind: str = "none", **fault: object) -> Plan:
    return Plan.model_validate({**QUICK, "fault": {"kind": kind, **fault}})


def only(server: WireServer, plan: Plan) -> HttpStamps:
    (stamps,) = server.requests(plan)
    return stamps


def until(true: Callable[[], bool]) -> None:
    """Wait for what another process does after a socket was closed."""
    for _ in range(200):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("it never happened")


def test_a_connection_is_kept_and_counted(server: WireServer) -> None:
    plan = planned(after=11)  # a plan of its own
    with Client(server) as client:
        for _ in range(3):
            assert client.ask("POST", address(PATH, plan), json.dumps(STREAM).encode(),
                              {"content-type": "application/json"}).end == "whole"  # fmt: skip
    post(server, PATH, STREAM, plan)
    stamps = server.requests(plan)
    assert [each.nth for each in stamps] == [0, 1, 2, 3]
    assert [each.nth_on_connection for each in stamps] == [0, 1, 2, 0]
    assert len({each.connection for each in stamps}) == 2


def test_stamps_say_what_was_asked_and_when_what_was_written(server: WireServer) -> None:
    plan = planned(after=12)
    before_ns = time.monotonic_ns()
    heard = post(server, PATH, STREAM, plan)
    after_ns = time.monotonic_ns()
    stamps = only(server, plan)
    body = json.dumps(STREAM).encode()
    assert (stamps.method, stamps.path, stamps.plan, stamps.status) == ("POST", PATH, plan.segment(), 200)
    assert (stamps.body_bytes, stamps.body_sha256) == (len(body), hashlib.sha256(body).hexdigest())
    assert stamps.authorization_sha256 == hashlib.sha256(f"Bearer {KEY}".encode()).hexdigest()
    assert stamps.headers == ["host", "content-length", "authorization", "content-type"]
    assert stamps.id == heard.headers["x-request-id"] == heard.headers["x-firstword-request"]
    assert heard.headers["x-firstword-wire"] == "openai"
    assert KEY not in stamps.model_dump_json()
    kinds = [chunk.kind for chunk in stamps.chunks]
    assert kinds == ["role", "text", "text", "text", "finish", "done"]
    assert [chunk.due_ms for chunk in stamps.chunks] == [2.0, 5.0, 6.0, 7.0, 7.0, 7.0]
    written = [chunk.written_ns for chunk in stamps.chunks]
    assert written == sorted(written)
    assert before_ns <= stamps.read_ns <= (stamps.head_written_ns or 0) == written[0]
    assert written[-1] == stamps.completed_ns <= after_ns
    for chunk in stamps.chunks:
        assert 0 <= stamps.real_ms(chunk) - chunk.due_ms <= LATE_MS, "never early"
    assert stamps.left_ns is None
    assert stamps.complaint is None


def test_a_body_in_many_pieces_is_read_when_its_last_byte_is(server: WireServer) -> None:
    plan = planned(after=13)
    body = json.dumps(STREAM).encode()
    with Client(server, 2.0) as client:
        head = (
            f"POST {address(PATH, plan)} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer k\r\ncontent-type: application/json\r\n"
        )
        client.socket.sendall(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body[:-1])
        sent_ns = time.monotonic_ns()
        client.socket.sendall(body[-1:])
        assert client.socket.recv(15) == b"HTTP/1.1 200 OK"
    assert only(server, plan).read_ns >= sent_ns


def test_a_client_may_wait_to_be_told_to_go_on(server: WireServer) -> None:
    with socket.create_connection((server.host, server.port), timeout=2) as plug:
        plug.sendall(b"POST /v1/files HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n")
        assert plug.recv(100).startswith(b"HTTP/1.1 100")
        plug.sendall(b"{}")
        assert plug.recv(100).startswith(b"HTTP/1.1 401")


def test_a_large_body_is_read_and_a_huge_one_refused(server: WireServer) -> None:
    plan, huge = planned(after=14), planned(after=15)
    with Client(server, 10) as client:
        large = client.ask("POST", address("/v1/files", plan), bytes(29 << 20), {"content-type": "application/json"})
        too_large = client.ask("POST", address("/v1/files", huge), bytes(31 << 20))
    assert (large.status, too_large.status) == (400, 413)
    assert only(server, plan).body_sha256 == hashlib.sha256(bytes(29 << 20)).hexdigest()
    assert only(server, huge).body_bytes == 31 << 20
    assert str(31 << 20) in str(only(server, huge).complaint)


def test_bad_plans_methods_and_addresses_are_answered_and_on_record(server: WireServer) -> None:
    bad = get(server, "/plan/abc/v1/models")
    assert bad.status == 400
    assert "plan in the address" in bad.json()["error"]["message"]
    assert "plan in the address" in str(next(each for each in server.requests() if each.plan == "abc").complaint)
    assert get(server, "/v1/nothing").status == 404
    assert get(server, PATH).status == 405
    assert get(server, "/wire/nothing").status == 404
    assert get(server, "/wire/health", "POST").status == 405


def test_head_is_answered_without_a_body(server: WireServer) -> None:
    with socket.create_connection((server.host, server.port), timeout=0.3) as plug:
        ask = b"HEAD /v1/models HTTP/1.1\r\nhost: x\r\nauthorization: Bearer k\r\n\r\n"
        for _ in range(2):
            plug.sendall(ask)
            head, _, rest = plug.recv(4096).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 OK")
            assert b"content-length: " in head
            assert rest == b""


def test_what_is_no_http_is_told_so(server: WireServer) -> None:
    with socket.create_connection((server.host, server.port), timeout=2) as plug:
        plug.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        heard = b""
        while data := plug.recv(4096):
            heard += data
    assert heard.startswith(b"HTTP/1.1 400 ")
    assert json.loads(heard.partition(b"\r\n\r\n")[2])["error"]["type"] == "invalid_request_error"


def test_the_control_routes(server: WireServer) -> None:
    plan = planned(after=16)
    post(server, PATH, STREAM, plan)
    assert server.health()["vendor"] == "openai"
    assert [each.plan for each in server.requests(plan)] == [plan.segment()]
    assert all(not each.path.startswith("/wire") for each in server.requests()), "its own routes are not on record"
    with running_wire_server("openai") as other:
        post(other, PATH, STREAM, plan)
        other.forget()
        assert other.requests() == []
        post(other, PATH, STREAM, plan)
        assert [each.nth for each in other.requests()] == [0], "the counting begins again"


def test_the_plan_of_the_server_holds_where_the_address_has_none() -> None:
    with running_wire_server("openai", Plan(text="mine"), spin=False) as server:
        assert post(server, PATH, CHAT).json()["choices"][0]["message"]["content"] == "mine"
        other = post(server, PATH, CHAT, Plan(text="other"))
        assert other.json()["choices"][0]["message"]["content"] == "other"
        assert server.base_url().endswith("/v1")


# ---- faults, each as a client sees it and as the server remembers it


def text_of(events: list[object]) -> str:
    deltas = [each["choices"][0]["delta"] for each in events if isinstance(each, dict) and each.get("choices")]
    return "".join(delta.get("content") or "" for delta in deltas)


def test_delay(server: WireServer) -> None:
    plan = planned("delay", after=2, ms=30)
    heard = post(server, PATH, STREAM, plan)
    assert text_of(heard.events()) == QUICK["text"]
    assert [chunk.due_ms for chunk in only(server, plan).chunks] == [2.0, 5.0, 36.0, 37.0, 37.0, 37.0]


def test_stall(server: WireServer) -> None:
    plan = planned("stall", after=2)
    heard = post(server, PATH, STREAM, plan)
    assert heard.end == "silent"
    assert text_of(heard.events()) == "один"
    until(lambda: only(server, plan).left_by == "client_gone")
    assert only(server, plan).completed_ns is None
    whole = post(server, PATH, CHAT, plan)
    assert (whole.status, whole.body, whole.end) == (200, b"", "silent")


def test_status_in_the_vendors_words(server: WireServer) -> None:
    plan = planned("status", status=429, code="insufficient_quota", retry_after_s=1.5)
    heard = post(server, PATH, STREAM, plan)
    assert heard.status == 429
    assert heard.json()["error"]["code"] == "insufficient_quota"
    assert (heard.headers["retry-after"], heard.headers["retry-after-ms"]) == ("2", "1500")
    assert KEY in heard.json()["error"]["message"], "vendors echo keys; who shows such a message is found out by it"
    assert only(server, plan).complaint is None


@pytest.mark.parametrize("body", [STREAM, CHAT], ids=["stream", "whole"])
def test_error_inside(server: WireServer, body: dict[str, object]) -> None:
    plan = planned("error_inside", after=2)
    heard = post(server, PATH, body, plan)
    assert (heard.status, heard.end) == (200, "whole")
    last = heard.events()[-1] if body is STREAM else heard.json()
    assert last["error"]["type"] == "server_error"
    stamps = server.requests(plan)[-1]
    assert (stamps.completed_ns, stamps.left_by) == (None, "server_cut")


def test_malformed(server: WireServer) -> None:
    heard = post(server, PATH, STREAM, planned("malformed", after=2))
    assert heard.end == "whole"
    with pytest.raises(UnicodeDecodeError):
        heard.body.decode()


@pytest.mark.parametrize("body", [STREAM, CHAT], ids=["stream", "whole"])
def test_cut(server: WireServer, body: dict[str, object]) -> None:
    plan = planned("cut", after=2)
    heard = post(server, PATH, body, plan)
    assert (heard.status, heard.end) == (200, "reset")
    stamps = server.requests(plan)[-1]
    assert (stamps.completed_ns, stamps.left_by) == (None, "server_cut")


def test_cut_before_the_first_chunk_still_has_a_head(server: WireServer) -> None:
    heard = post(server, PATH, STREAM, planned("cut"))
    assert (heard.status, heard.chunks, heard.end) == (200, [], "reset")


def test_ended_early(server: WireServer) -> None:
    plan = planned("ended_early", after=2)
    with Client(server) as client:
        heard = client.ask("POST", address(PATH, plan), json.dumps(STREAM).encode(), {"content-type": "application/json"})
        assert (heard.end, text_of(heard.events())) == ("whole", "один")
        assert client.socket.recv(10) == b"", "and the connection is closed"
    assert only(server, plan).left_by == "server_cut"


def test_empty(server: WireServer) -> None:
    heard = post(server, PATH, STREAM, planned("empty"))
    assert text_of(heard.events()) == ""
    assert heard.events()[-1] == "[DONE]"


def test_out_of_order(server: WireServer) -> None:
    plan = planned("out_of_order", after=2)
    assert text_of(post(server, PATH, STREAM, plan).events()) == "один three two"
    due = [chunk.due_ms for chunk in only(server, plan).chunks]
    assert due == sorted(due)


def test_after_done(server: WireServer) -> None:
    plan = planned("after_done")
    heard = post(server, PATH, STREAM, plan)
    assert [type(each) for each in heard.events()[-2:]] == [str, dict]
    stamps = only(server, plan)
    assert stamps.chunks[-1].kind == "extra"
    assert (stamps.completed_ns or 0) <= stamps.chunks[-1].written_ns


def test_split_inside_a_character(server: WireServer) -> None:
    heard = post(server, PATH, STREAM, planned("split"))
    assert text_of(heard.events()) == QUICK["text"]
    first = next(place for place, data in enumerate(heard.chunks) if data.endswith(b"\xd0"))
    assert heard.chunks[first + 1][0] & 0xC0 == 0x80, "the rest of the character"


def test_half_open_answers_nothing(server: WireServer) -> None:
    plan = planned("half_open")
    heard = post(server, PATH, STREAM, plan)
    assert (heard.status, heard.reads, heard.end) == (None, [], "silent")
    until(lambda: only(server, plan).left_by == "client_gone")
    assert only(server, plan).head_written_ns is None


def test_not_http(server: WireServer) -> None:
    assert post(server, PATH, STREAM, planned("not_http")).end == "no_http"


def test_only_the_requests_that_are_named_fail(server: WireServer) -> None:
    plan = planned("status", status=503, only_requests=[1])
    assert [post(server, PATH, CHAT, plan).status for _ in range(3)] == [200, 503, 200]


@pytest.mark.parametrize("how", ["politely", "reset"])
@pytest.mark.parametrize("first_ms", [5.0, 10_000.0], ids=["while it plays", "before the head"])
def test_whoever_leaves_is_noticed(server: WireServer, how: str, first_ms: float) -> None:
    plan = Plan(first_chunk_ms=first_ms, first_text_ms=20_000, text=how)
    body = json.dumps(STREAM).encode()
    with socket.create_connection((server.host, server.port), timeout=5) as plug:
        plug.sendall(f"POST {address(PATH, plan)} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer k\r\ncontent-length: {len(body)}\r\n"
                     "content-type: application/json\r\n\r\n".encode() + body)  # fmt: skip
        if first_ms < 100:
            assert plug.recv(15).startswith(b"HTTP/1.1 200")  # and the rest unread: closing resets the connection
        else:
            until(lambda: len(server.requests(plan)) == 1)
        if how == "politely":
            plug.shutdown(socket.SHUT_WR)
            until(lambda: only(server, plan).left_ns is not None)
        left_ns = time.monotonic_ns()
    until(lambda: only(server, plan).left_ns is not None)
    stamps = only(server, plan)
    assert (stamps.left_by, stamps.completed_ns) == ("client_gone", None)
    assert (stamps.head_written_ns is None) == (first_ms > 100)
    if how == "reset":
        assert (stamps.left_ns or 0) >= left_ns


# ---- the process


def test_it_ends_with_its_parent_and_with_a_signal() -> None:
    command = [sys.executable, "-m", "bench.wire.http_server", "--vendor", "openai", "--with-parent"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        told = json.loads(process.stdout.readline())  # type: ignore[union-attr]
        assert told["base_url"] == f"http://127.0.0.1:{told['port']}/v1"
        process.stdin.close()  # type: ignore[union-attr]
        assert process.wait(10) == 0
    with running_wire_server("openai") as server, Client(server) as client:  # somebody is being answered
        body = json.dumps(STREAM).encode()
        plan = Plan(fault=Fault(kind="stall"))
        assert client.ask("POST", address(PATH, plan), body, {"content-type": "application/json"}).end == "silent"
        os.kill(server.pid, signal.SIGTERM)
        assert client.hear().end in ("reset", "closed")


def test_a_vendor_that_is_not_there_is_refused() -> None:
    command = [sys.executable, "-m", "bench.wire.http_server", "--vendor", "nobody"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=20)
    assert done.returncode == 2
    assert b"invalid choice" in done.stderr
