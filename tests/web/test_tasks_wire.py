"""What goes over the socket: each token by itself, sizes, origins, and bodies that are not what they should be."""

import json
import socket
import time
from typing import Any

import httpx
import pytest

from tests.running import Workbench
from tests.web.tasks_client import Tasks, add_preset, cookie_of


def raw(bench: Workbench, request: str, headers: dict[str, str], body: bytes = b"") -> socket.socket:
    """A request as curl writes it."""
    wire = socket.create_connection(("127.0.0.1", bench.port), timeout=15)
    lines = [
        f"{request} HTTP/1.1",
        f"host: 127.0.0.1:{bench.port}",
        *(f"{name}: {value}" for name, value in headers.items()),
        "",
        "",
    ]
    wire.sendall("\r\n".join(lines).encode() + body)
    return wire


def test_a_bare_client_gets_each_token_when_it_is_there(bench: Workbench, tasks: Tasks) -> None:
    preset = add_preset(bench.data, "one-by-one", first_text_ms=50, tokens_per_s=20, text=" ".join(f"w{n}" for n in range(12)))
    cookie = f"firstword_{bench.port}={cookie_of(tasks)}"
    path = f"/api/tasks/profession/support-engineer/current/stream?preset={preset}"
    arrivals: list[tuple[float, bytes]] = []
    with raw(bench, f"GET {path}", {"cookie": cookie, "accept-encoding": "gzip, br"}) as wire:
        answer = b""
        while b'"type":"done"' not in answer:
            piece = wire.recv(65536)
            assert piece
            arrivals.append((time.monotonic(), piece))
            answer += piece
    head = answer.split(b"\r\n\r\n")[0].lower()
    assert b"200 ok" in head
    assert b"cache-control: no-store" in head
    assert b"x-accel-buffering: no" in head
    assert b"content-encoding" not in head
    assert b"content-length" not in head
    # Each has a chunk of its own on the wire …
    chunks = [chunk for chunk in answer.split(b"\r\n\r\n", 1)[1].split(b"\r\n")[1::2] if chunk]
    assert sum(b'"type":"token"' in chunk for chunk in chunks) == 12
    assert all(chunk.count(b"data: ") == 1 for chunk in chunks)
    # … and came when it was written: 11 gaps of 50 ms. Held back, they would have come together.
    with_tokens = [at for at, piece in arrivals if b'"type":"token"' in piece]
    assert len(with_tokens) > 5
    assert with_tokens[-1] - with_tokens[0] > 0.3


def test_without_an_origin_or_a_cookie_nothing_is_changed(bench: Workbench, tasks: Tasks) -> None:
    tasks.question("project-manager")
    writing = [
        ("POST", "/api/tasks/101/submit"), ("POST", "/api/tasks/101/submit/stream"), ("PUT", "/api/tasks/101/draft"),
        ("POST", "/api/professions"), ("PUT", "/api/professions/1"), ("DELETE", "/api/professions/1"),
        ("POST", "/api/professions/import"), ("POST", "/api/professions/preview"), ("POST", "/api/tasks/compare"),
    ]  # fmt: skip
    with httpx.Client(base_url=bench.url, cookies=dict(tasks.client.cookies), trust_env=False) as client:
        assert client.get("/api/professions").status_code == 200
        for method, path in writing:
            assert client.request(method, path, json={}).status_code == 403, path
            assert client.request(method, path, json={}, headers={"origin": "https://evil.example"}).status_code == 403, path
    with httpx.Client(base_url=bench.url, headers={"origin": bench.url}, trust_env=False) as stranger:
        assert stranger.get("/api/professions").status_code == 403
        assert stranger.get("/api/tasks/profession/1/current/stream").status_code == 403
        for method, path in writing:
            assert stranger.request(method, path, json={}).status_code == 403, path


@pytest.mark.parametrize("sign", ["a", "ж", "字", "🙂"])
def test_an_answer_may_have_100_kb_and_not_a_byte_more(tasks: Tasks, sign: str) -> None:
    most = sign * (100_000 // len(sign.encode())) + "a" * (100_000 % len(sign.encode()))
    assert len(most.encode()) == 100_000
    began = tasks.question("support-engineer")[0]["data"]
    path = f"/api/tasks/{began['id']}"
    for method, address, body in (
        ("POST", f"{path}/submit", {"answer": most + "a"}),
        ("POST", f"{path}/submit/stream", {"answer": most + "a"}),
        ("PUT", f"{path}/draft", {"text": most + "a", "base_revision": 0}),
    ):
        refused = tasks.ask(method, address, json=body, status=413)
        assert (refused["code"], refused["facts"]) == ("answer_too_long", {"size_kb": "100.0", "most_kb": "100"})
    assert tasks.ask("PUT", f"{path}/draft", json={"text": most, "base_revision": 0})["revision"] == 1
    escaped = json.dumps({"answer": most}, ensure_ascii=True).encode()
    tasks.ask(
        "POST", f"{path}/submit", content=escaped, headers={"content-type": "application/json"}, params={"until": "feedback"}
    )
    assert tasks.trial(began["trial"])["tasks"][0]["answer"]["text"] == most


def test_a_body_that_is_too_large_is_refused_before_it_is_read(bench: Workbench, tasks: Tasks) -> None:
    headers = {
        "cookie": f"firstword_{bench.port}={cookie_of(tasks)}", "origin": bench.url, "content-type": "application/json",
        "content-length": "100000000000",
    }  # fmt: skip
    with raw(bench, "POST /api/tasks/101/submit", headers, b'{"answer": "') as wire:
        answer = b""
        while piece := wire.recv(65536):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 413")
    assert b'"code":"body_too_large"' in answer

    def endless() -> Any:
        for _ in range(1000):
            yield b" " * 10_000

    refused = tasks.client.post("/api/professions/import", content=endless(), headers={"content-type": "application/yaml"})
    assert (refused.status_code, refused.json()["code"], refused.json()["facts"]) == (
        413,
        "body_too_large",
        {"most_kb": "2000"},
    )


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", "null", '{"answer": 5}', '{"answer": "x", "extra": 1}', '{"answer": "x", "reason": "late"}', '{"text": "x"}',
     '{"answer": "\\ud800"}', '{"answer": "x", "submission_id": ""}', '{"answer": "x", "confirm_empty": "yes"}',
     '{"answer": "x", "sent": {"at_ns": 1}}', '{"answer": "x", "sent": {"at_ns": NaN}}', "[" * 100_000],
)  # fmt: skip
def test_a_body_that_is_not_valid_says_what_is_wrong_and_repeats_nothing(tasks: Tasks, body: str) -> None:
    task = tasks.question("support-engineer")[0]["data"]["id"]
    send = {"content": body.encode(), "headers": {"content-type": "application/json"}}
    refused = tasks.ask("POST", f"/api/tasks/{task}/submit", **send, status=422)
    assert refused["code"] == "invalid"
    assert refused["facts"]["wrong"]
    assert len(refused["message"]) < 1000


def test_only_json_is_taken_as_json(tasks: Tasks) -> None:
    task = tasks.question("support-engineer")[0]["data"]["id"]
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        refused = tasks.ask(
            "POST", f"/api/tasks/{task}/submit", content=b'{"answer": "x"}', headers={"content-type": kind}, status=415
        )
        assert refused["code"] == "not_that_type"


def test_an_empty_answer_wants_to_be_meant(tasks: Tasks) -> None:
    began = tasks.question("support-engineer")[0]["data"]
    path = f"/api/tasks/{began['id']}/submit"
    assert tasks.ask("POST", path, json={"answer": "  \n "}, status=422)["code"] == "answer_empty"
    assert tasks.trial(began["trial"])["tasks"][0]["answer"] is None
    assert tasks.ask("POST", path, json={"answer": "", "confirm_empty": True})["submission"]["accepted"]


def test_a_task_of_another_profession_is_noticed(tasks: Tasks) -> None:
    task = tasks.question("support-engineer")[0]["data"]["id"]
    wrong = {"answer": "x", "profession_id": "project-manager"}
    assert tasks.ask("POST", f"/api/tasks/{task}/submit", json=wrong, status=422)["code"] == "invalid"
    for right in ("support-engineer", 2, "2"):
        tasks.ask("POST", f"/api/tasks/{task}/submit", json={"answer": "x", "profession_id": right})


def test_the_page_says_when_it_painted(tasks: Tasks) -> None:
    question = tasks.question("support-engineer", sent_at_ns=time.monotonic_ns())
    trial, turn = question[0]["data"]["trial"], question[-1]["data"]["turn"]
    painted = f"/api/trials/{trial}/painted"
    at_ns = time.monotonic_ns()
    assert tasks.ask("POST", painted, json={"turn": turn, "at_ns": at_ns, "error_ns": 900_000}) == {"known": True}
    assert tasks.ask("POST", painted, json={"turn": turn, "at_ns": float(at_ns), "error_ns": 0}) == {"known": False}
    assert tasks.ask("POST", painted, json={"turn": "unknown", "at_ns": at_ns}) == {"known": False}
    for impossible in (0, at_ns + 10**12, at_ns - 10**13):
        assert tasks.ask("POST", painted, json={"turn": turn, "at_ns": impossible}, status=422)["code"] == "invalid"
    assert tasks.ask("GET", "/api/tasks/profession/2/current", params={"sent_at_ns": "nan"}, status=422)["code"] == "invalid"
    time.sleep(0.1)
    response_ms = tasks.question("support-engineer")[-1]["data"]["figures"]["response_ms"]
    assert 0 < response_ms < 10_000
