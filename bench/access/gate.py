"""The door: one ASGI gate in front of everything, sockets, static files and Gradio's mount included.

Order of its questions: is the request meant for us (Host)? is the path open to anyone (policy)? does it come from our own
page (Origin, Sec-Fetch-Site)? is the browser signed in (cookie)? The answer to a refused request says nothing but that; the
reason goes to the log.
"""

import contextlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bench.access.identity import Session, Sessions
from bench.access.origins import Origins
from bench.access.policy import METHODS, SAFE_METHODS, Access, access_to

logger = logging.getLogger(__name__)

SESSION_KEY = "firstword.session"
"""Where in the ASGI scope the signed-in session stands for the routes behind the gate."""

Reason: TypeAlias = Literal[
    "host", "method", "closed", "origin", "cross_site", "not_signed_in", "deep_link",
]  # fmt: skip

CRASHED = json.dumps(
    {"code": "internal", "message": "Something broke in the workbench.", "remedy": "Try again; the server's log says more."}
).encode()
FORBIDDEN = json.dumps({"code": "forbidden", "message": "Not allowed.", "remedy": "Open the start page of Firstword."}).encode()

DOORSTEP = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Firstword</title>'
    '<meta name="viewport" content="width=device-width"><body style="font:16px/1.5 system-ui;margin:15vh auto;max-width:32em">'
    "<h1>Firstword</h1><p>Another site led you here. Your workbench opens only by your own click.</p>"
    '<p lang="ru">Сюда вас привёл другой сайт. Стенд открывается только по вашему нажатию.</p>'
    '<p><a href="" style="font-size:1.25em">Open Firstword · Открыть</a></p></body></html>'
).encode()
"""Shown instead of the page after a click on another site: an empty `href` is this address, and following it is our own
navigation, to which the browser attaches its cookie. A link with `?compare=` so costs one more click and nobody is signed in
by a foreign page."""

_HIDDEN_HEADERS = frozenset({b"forwarded", b"x-gradio-server"})
"""Besides `X-Forwarded-*`: headers from which Gradio would take the page's own address. No proxy stands in front of us."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The request may go on."""

    session: Session | None
    """The signed-in browser; None on public paths."""
    sign_in: bool = False
    """Give this browser its cookie with the answer."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The request ends here."""

    reason: Reason
    """For the log."""
    doorstep: bool = False
    """A person navigated here from another site: show the way in instead of an error."""


def session_of(connection: HTTPConnection) -> Session:
    """The session of a request behind the gate. Raises `LookupError` on a public path without one."""
    session = connection.scope.get(SESSION_KEY)
    if not isinstance(session, Session):
        raise LookupError("this path is public: nobody is signed in")
    return session


def _cookies(headers: Headers, name: str) -> list[str]:
    """Every value that the browser sent under that name (a page on another port of this computer may add its own)."""
    values: list[str] = []
    for line in headers.getlist("cookie"):
        for part in line.split(";"):
            key, _, value = part.strip().partition("=")
            if key == name:
                values.append(value.strip('"'))
    return values


class Gate:
    """ASGI middleware. `cookie` is its name: browsers share cookies among the ports of one host, so it bears the port."""

    def __init__(self, app: ASGIApp, *, sessions: Sessions, origins: Origins, cookie: str) -> None:
        self._app = app
        self._sessions = sessions
        self._origins = origins
        self._cookie = cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        answer = _Answer(send)
        try:
            await self._let_in(scope, receive, answer.send)
        except Exception as error:  # the outermost ASGI handler: nothing of a crash may reach the browser
            logger.error("crashed on %s", _method(scope), exc_info=error)
            with contextlib.suppress(OSError):  # the browser may be gone by now
                await answer.apologise(scope)

    async def _let_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        judged = self.judge(scope)
        if isinstance(judged, Refusal):
            logger.info("refused %s: %s", _method(scope), judged.reason)
            await _refuse(judged, scope, receive, send)
            return
        inner = dict(scope)
        inner["headers"] = [(name, value) for name, value in scope["headers"] if not _hidden(name)]
        if judged.session is not None:
            inner[SESSION_KEY] = judged.session
        await self._app(inner, receive, self._signing_in(judged, send) if judged.sign_in else send)

    def judge(self, scope: Mapping[str, Any]) -> Entry | Refusal:
        """What to do with a request; pure, so that every case can be tried."""
        headers = Headers(raw=scope["headers"])
        method = _method(scope)
        if not self._origins.knows(headers.getlist("host")):
            return Refusal("host")
        if method not in METHODS and method != "WEBSOCKET":
            return Refusal("method")
        if self._preflight(method, headers):
            return Entry(None)
        access = access_to(scope["path"], method)
        if access == "closed":
            return Refusal("closed")
        foreign = self._foreign(method, access, headers)
        if foreign is not None:
            return foreign
        session = next(filter(None, map(self._sessions.read, _cookies(headers, self._cookie))), None)
        if access == "signed_in" and session is None:
            return Refusal("not_signed_in")
        if scope["path"] == "/":
            return self._front_door(scope, headers, method, session)
        return Entry(session)

    def _preflight(self, method: str, headers: Headers) -> bool:
        """A browser asks, without cookie, whether a page of another origin may call; the CORS layer behind answers."""
        asks = method == "OPTIONS" and "access-control-request-method" in headers
        return asks and headers.get("origin", "") in self._origins.allowed

    def _foreign(self, method: str, access: Access, headers: Headers) -> Refusal | None:
        """Whether the request was made by somebody else's page."""
        host = headers["host"]
        origins = headers.getlist("origin")
        if method not in SAFE_METHODS or method == "WEBSOCKET":
            ours = len(origins) == 1 and self._origins.may_call(host, origins[0])
            return None if ours else Refusal("origin")
        if access == "public":
            return None
        if origins:
            ours = len(origins) == 1 and self._origins.may_call(host, origins[0])
            return None if ours else Refusal("origin")
        ours = headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
        return None if ours else Refusal("cross_site")

    def _front_door(self, scope: Mapping[str, Any], headers: Headers, method: str, session: Session | None) -> Entry | Refusal:
        """`/`: the page, which signs a local browser in unless another site sent it here."""
        if "deep_link" in QueryParams(scope["query_string"]):
            return Refusal("deep_link")
        origin = headers.get("origin")
        site = headers.get("sec-fetch-site", "none")
        if site not in ("none", "same-origin") or (origin is not None and not self._origins.own(headers["host"], origin)):
            return Refusal("cross_site", doorstep=method == "GET" and headers.get("sec-fetch-mode") == "navigate")
        if method != "GET":
            return Entry(session)
        if session is None:
            return Entry(self._sessions.start(), sign_in=True)
        renewed = self._sessions.renewed(session)
        return Entry(renewed or session, sign_in=renewed is not None)

    def _signing_in(self, entry: Entry, send: Send) -> Send:
        """`send` that adds the cookie to the answer."""
        assert entry.session is not None
        value = self._sessions.cookie_value(entry.session)
        cookie = f"{self._cookie}={value}; HttpOnly; Path=/; SameSite=Strict; Max-Age={self._sessions.lifetime_s}"

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                message.setdefault("headers", [])
                MutableHeaders(scope=message).append("set-cookie", cookie)
            await send(message)

        return with_cookie


class _Answer:
    """Watches how far an answer has come, to know what can still be said after a crash."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._state: Literal["nothing", "begun", "closed"] = "nothing"

    async def send(self, message: Message) -> None:
        if message["type"] == "websocket.close":
            self._state = "closed"
        elif self._state == "nothing":
            self._state = "begun"
        await self._send(message)

    async def apologise(self, scope: Scope) -> None:
        """A plain 500 if nothing was sent yet; an open socket is closed with 1011 (internal error)."""
        if scope["type"] == "websocket" and self._state == "begun":
            await self.send({"type": "websocket.close", "code": 1011})
        elif self._state == "nothing":
            await _reply(scope, self.send, 500, CRASHED, b"application/json")


def _method(scope: Mapping[str, Any]) -> str:
    return "WEBSOCKET" if scope["type"] == "websocket" else str(scope["method"])


def _hidden(name: bytes) -> bool:
    return name in _HIDDEN_HEADERS or name.startswith(b"x-forwarded-")


async def _refuse(refusal: Refusal, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a refused request."""
    if scope["type"] == "websocket":
        await receive()  # websocket.connect
    if refusal.doorstep:
        await _reply(scope, send, 200, DOORSTEP, b"text/html; charset=utf-8")
    else:
        await _reply(scope, send, 403, FORBIDDEN, b"application/json")


async def _reply(scope: Scope, send: Send, status: int, body: bytes, kind: bytes) -> None:
    """One whole answer; a refused socket gets an ordinary HTTP answer where the server can send one."""
    prefix = "http.response"
    if scope["type"] == "websocket":
        if "websocket.http.response" not in scope.get("extensions", {}):
            await send({"type": "websocket.close", "code": 1008 if status == 403 else 1011})
            return
        prefix = "websocket.http.response"
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": f"{prefix}.start", "status": status, "headers": headers})
    await send({"type": f"{prefix}.body", "body": b"" if scope.get("method") == "HEAD" else body})
