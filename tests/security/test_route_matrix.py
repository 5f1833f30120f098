"""Every route of the running app × every kind of visitor. A route without a declared policy fails here."""

from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from bench.access.policy import access_to, declared
from tests.security.running_app import Running
from tests.security.visitors import VISITORS, concrete, headers_of, walk


@pytest.fixture(scope="module")
def routes(running: Running) -> list[tuple[str, str]]:
    return sorted({(method, concrete(path)) for method, path in walk(running.app.routes)})


def expected(access: str, visitor: str, path: str) -> str:
    """`in`, `out` or, at the front door, `doorstep`."""
    if access == "closed" or visitor == "evil host":
        return "out"
    if access == "signed_in":
        return "in" if visitor == "own browser" else "out"
    if path == "/" and visitor == "cross-site navigation":
        return "doorstep"
    if path == "/" and visitor in ("foreign origin", "null origin", "other port of this computer"):
        return "out"
    return "in"


def test_the_walk_sees_gradio_and_our_own(routes: list[tuple[str, str]]) -> None:
    assert len(routes) > 80
    assert {
        ("POST", "/gradio_api/queue/join"), ("GET", "/gradio_api/file=x1"), ("GET", "/config"), ("POST", "/wb/ticket"),
        ("WEBSOCKET", "/wb/socket"), ("GET", "/wb/static/x1"), ("GET", "/health"), ("POST", "/wb/inputs"),
    } <= set(routes)  # fmt: skip


def test_every_route_has_a_declared_policy(routes: list[tuple[str, str]]) -> None:
    assert [route for route in routes if declared(route[1], route[0]) is None] == []


def test_a_route_nobody_declared_is_closed_and_noticed(running: Running) -> None:
    assert declared("/api/new", "GET") is None
    assert access_to("/api/new", "GET") == "closed"
    with running.signed_in() as client:
        assert client.get("/api/new").status_code == 403


@pytest.mark.parametrize("visitor", VISITORS)
def test_matrix(visitor: str, running: Running, routes: list[tuple[str, str]]) -> None:
    headers = headers_of(visitor, running)
    wrong: list[str] = []
    with httpx.Client(base_url=running.origin, trust_env=False, timeout=10) as client:
        for method, path in routes:
            if method == "WEBSOCKET":
                continue
            answer = client.request(method, path, headers=headers)
            wanted = expected(access_to(path, method), visitor, path)
            doorstep = answer.status_code == 200 and b"by your own click" in answer.content
            got = "out" if answer.status_code == 403 else "doorstep" if doorstep else "in"
            if method == "HEAD" and wanted == "doorstep":
                wanted = "out"
            if got != wanted:
                wrong.append(f"{method} {path}: {answer.status_code}, wanted {wanted}")
            if got == "out" and method != "HEAD":
                assert set(answer.json()) == {"code", "message", "remedy"}, path
                assert answer.json()["code"] == "forbidden", path
            if got != "in" or path != "/":
                assert "set-cookie" not in answer.headers, path
            client.cookies.clear()
    assert wrong == []


@pytest.mark.parametrize("visitor", VISITORS)
def test_sockets_in_the_matrix(visitor: str, running: Running, routes: list[tuple[str, str]]) -> None:
    headers = headers_of(visitor, running)
    host = headers.pop("host")
    sockets = [path for method, path in routes if method == "WEBSOCKET"]
    assert sockets
    for path in [*sockets, "/gradio_api/queue/data", "/"]:
        with (
            pytest.raises(InvalidStatus) as refused,
            connect(f"ws://{host}{path}", sock=_to(running), additional_headers=headers),
        ):
            pass
        assert refused.value.response.status_code == 403
        # Only our own browser gets as far as being asked for its ticket.
        asked = b'"ticket"' in (refused.value.response.body or b"")
        assert asked == (visitor == "own browser" and access_to(path, "WEBSOCKET") == "signed_in"), path


def _to(running: Running) -> Any:
    import socket

    return socket.create_connection(("127.0.0.1", running.port), timeout=10)


@pytest.mark.parametrize(
    "path",
    [
        "/wb/static/../app.py", "/wb/static/..%2f..%2fapp.py", "/wb/static/%2e%2e/app.py", "//config", "/gradio_api//info",
        "/wb/static/\\..\\app.py", "/wb/inputs/..%2f..%2fsession", "/config%00", "/CONFIG", "/gradio_api/file=http://evil.example/x",
        "/gradio_api/proxy=https://x.hf.space/", "/gradio_api/file=/etc/passwd", "/static/../../../../etc/passwd",
        "/assets/%2e%2e%2f%2e%2e%2fshare.html", "/health/", "/?deep_link=abc",
    ],
)  # fmt: skip
def test_crooked_paths_are_closed_even_for_our_own_browser(path: str, running: Running) -> None:
    """Sent over a bare socket: a polite client would straighten them first."""
    headers = headers_of("own browser", running)
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "connection: close", "", ""]
    with _to(running) as wire:
        wire.sendall("\r\n".join(lines).encode())
        answer = b""
        while piece := wire.recv(65536):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 403 "), answer[:200]


def test_two_host_headers_are_no_host(running: Running) -> None:
    from bench.access.gate import Gate, Refusal
    from bench.access.origins import Origins

    gate = Gate(running.app, sessions=running.state.sessions, origins=Origins.loopback(running.port), cookie=running.cookie)
    scope = {"type": "http", "method": "GET", "path": "/health", "query_string": b"", "headers": []}
    host = (b"host", running.host.encode())
    assert gate.judge(scope) == Refusal("host")
    assert gate.judge(scope | {"headers": [host, host]}) == Refusal("host")
    assert not isinstance(gate.judge(scope | {"headers": [host]}), Refusal)
    assert gate.judge(scope | {"headers": [host], "method": "TRACE"}) == Refusal("method")


def test_a_friend_named_in_the_settings_may_call(running: Running) -> None:
    ask = {
        "origin": "http://friend.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
    }
    with running.client() as client:
        yes = client.options("/wb/ticket", headers=ask)
        no = client.options("/wb/ticket", headers=ask | {"origin": "http://friend.example.evil.example"})
    assert yes.status_code == 200
    assert yes.headers["access-control-allow-origin"] == "http://friend.example"
    assert no.status_code == 403
    assert "access-control-allow-origin" not in no.headers
    with running.signed_in() as client:
        called = client.post("/wb/ticket", headers={"origin": "http://friend.example"})
    assert called.status_code == 200
    assert called.headers["access-control-allow-origin"] == "http://friend.example"
