"""Security headers stand on every answer: pages, files, errors, refusals, sockets, crashes."""

from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from bench.web.headers import CONTENT_SECURITY_POLICY, HEADERS, caching
from tests.security.running_app import Running
from tests.security.visitors import concrete, headers_of, walk

MUST: dict[str, str] = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def lacking(headers: Any) -> list[str]:
    """Names of the headers that are missing or wrong."""
    wrong = [name for name, value in MUST.items() if headers.get(name) != value]
    policy = headers.get("content-security-policy", "")
    for part in ("default-src 'self'", "connect-src 'self'", "frame-ancestors 'none'", "object-src 'none'"):
        if part not in [each.strip() for each in policy.split(";")]:
            wrong.append(f"csp {part}")
    if "microphone=(self)" not in headers.get("permissions-policy", ""):
        wrong.append("permissions-policy")
    if not headers.get("cache-control"):
        wrong.append("cache-control")
    return wrong


@pytest.mark.parametrize("visitor", ["anonymous", "own browser", "evil host", "cross-site navigation"])
def test_on_every_route(visitor: str, running: Running) -> None:
    headers = headers_of(visitor, running)
    bad: dict[str, list[str]] = {}
    with httpx.Client(base_url=running.origin, trust_env=False, timeout=10) as client:
        for method, pattern in sorted(set(walk(running.app.routes))):
            if method != "WEBSOCKET":
                answer = client.request(method, concrete(pattern), headers=headers)
                if missing := lacking(answer.headers):
                    bad[f"{method} {pattern}"] = missing
    assert bad == {}


def test_the_check_can_fail() -> None:
    assert "csp connect-src 'self'" in lacking({})
    loose = dict(HEADERS) | {
        "cache-control": "no-store",
        "content-security-policy": CONTENT_SECURITY_POLICY + " https://evil.example",
    }
    assert lacking(dict(HEADERS) | {"cache-control": "no-store"}) == []
    assert lacking(loose | {"content-security-policy": loose["content-security-policy"].replace("frame-ancestors", "x")}) != []


def test_no_source_outside_is_named() -> None:
    """Nothing but ourselves, data and blobs: no host, no scheme, no wildcard."""
    allowed = {"'self'", "'none'", "'unsafe-inline'", "'unsafe-eval'", "data:", "blob:"}
    for directive in CONTENT_SECURITY_POLICY.split(";"):
        assert set(directive.split()[1:]) <= allowed, directive
    by_name = {directive.split()[0]: directive.split()[1:] for directive in CONTENT_SECURITY_POLICY.split(";")}
    assert by_name["connect-src"] == ["'self'"]
    assert by_name["script-src"] == ["'self'", "'unsafe-inline'", "'unsafe-eval'"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/wb/static/nothing.js", 404),
        ("GET", "/assets/nothing.js", 404),
        ("GET", "/wb/inputs?x=1", 200),
        ("DELETE", "/wb/inputs/u-nothing", 404),
        ("POST", "/wb/inputs?language=Klingon", 422),
        ("POST", "/wb/inputs", 415),
        ("OPTIONS", "/wb/inputs", 403),
        ("PUT", "/wb/inputs", 403),
        ("GET", "/wb/words.json", 200),
        ("GET", "/favicon.ico", 200),
    ],
)
def test_on_errors(method: str, path: str, status: int, running: Running) -> None:
    with running.signed_in() as client:
        answer = client.request(method, path)
    assert answer.status_code == status
    assert lacking(answer.headers) == []
    if status >= 400:
        assert answer.headers["cache-control"] == "no-store"


def test_on_a_crash_which_says_nothing(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Any:
        raise RuntimeError("sk-canary-crash /etc/passwd")

    with running.signed_in() as client:
        uploads = running.state.uploads
        monkeypatch.setattr(uploads, "all", broken)
        answer = client.get("/wb/inputs")
        monkeypatch.undo()
        assert client.get("/wb/inputs").status_code == 200
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal"
    assert b"canary" not in answer.content
    assert lacking(answer.headers) == []


def test_on_an_accepted_socket(running: Running) -> None:
    with running.signed_in() as client:
        ticket = client.post("/wb/ticket").json()["ticket"]
        cookie = {"cookie": f"{running.cookie}={client.cookies[running.cookie]}"}
        address = f"ws://{running.host}/wb/socket?ticket={ticket}"
        with connect(address, origin=running.origin, additional_headers=cookie) as socket:  # pyright: ignore[reportArgumentType]
            assert lacking(socket.response.headers) == []


def test_nothing_tells_what_serves(running: Running) -> None:
    with running.client() as client:
        answer = client.get("/health")
    assert answer.json() == {"status": "ok"}
    assert "server" not in answer.headers
    assert "x-powered-by" not in answer.headers


def test_files_are_revalidated_and_words_answer_304(running: Running) -> None:
    with running.signed_in() as client:
        first = client.get("/wb/words.json")
        again = client.get("/wb/words.json", headers={"if-none-match": first.headers["etag"]})
        other = client.get("/wb/words.json", headers={"if-none-match": '"else"'})
        theme = client.get("/theme.css")
        page = client.get("/")
    assert first.headers["cache-control"] == "no-cache"
    assert (again.status_code, again.content) == (304, b"")
    assert other.status_code == 200
    assert theme.headers["cache-control"] == "no-cache"
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "status", "value"),
    [
        ("/assets/index-DphvyggB.js", 200, "private, max-age=31536000, immutable"),
        ("/assets/index-DphvyggB.js", 404, "no-store"),
        ("/assets/index.js", 200, "no-cache"),
        ("/wb/static/page/main.js", 200, "no-cache"),
        ("/wb/static/page/main-abcdefgh.js", 200, "no-cache"),
        ("/wb/static/page/main.js", 304, "no-cache"),
        ("/wb/static/page/main.js", 403, "no-store"),
        ("/wb/inputs", 200, "no-store"),
        ("/", 200, "no-store"),
    ],
)
def test_caching(path: str, status: int, value: str) -> None:
    assert caching(path, status) == value
