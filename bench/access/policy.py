"""Which path may be asked for, with which method, by whom. A path that stands nowhere here is closed.

The first row that fits decides. Gradio brings some eighty routes along, of which its own login covers about half; the page
needs four kinds of them (measured with a browser: nothing else is requested), so the rest stays shut for everyone.
"""

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

Access: TypeAlias = Literal["public", "signed_in", "closed"]

READ = frozenset({"GET", "HEAD"})
GET = frozenset({"GET"})
POST = frozenset({"POST"})
SOCKET = frozenset({"WEBSOCKET"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
METHODS = SAFE_METHODS | {"POST", "PUT", "PATCH", "DELETE"}

_NAME = "[A-Za-z0-9_-]{1,64}"
"""A number, a name or an id."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row."""

    access: Access
    path: re.Pattern[str]
    """Matched against the whole decoded path."""
    methods: frozenset[str]
    """HTTP methods, or `WEBSOCKET`. For a closed row: all."""


def _rule(access: Access, pattern: str, methods: frozenset[str]) -> Rule:
    return Rule(access, re.compile(pattern), methods)


def _closed(pattern: str) -> Rule:
    return _rule("closed", pattern, METHODS | SOCKET)


RULES: tuple[Rule, ...] = (
    # The front door: the page itself signs a local browser in; the others say nothing that is worth hiding.
    _rule("public", r"/", READ),
    _rule("public", r"/health", READ),
    _rule("public", r"/favicon\.ico", READ),
    _rule("public", r"/manifest\.json", READ),  # browsers fetch it without cookies
    # The workbench.
    _rule("signed_in", r"/wb/static/.+", READ),
    _rule("signed_in", r"/wb/words\.json", READ),
    _rule("signed_in", r"/wb/ticket", frozenset({"POST"})),
    _rule("signed_in", r"/wb/inputs", READ | {"POST"}),
    _rule("signed_in", r"/wb/inputs/[A-Za-z0-9_-]{1,64}", frozenset({"DELETE"})),
    _rule("signed_in", r"/wb/socket", SOCKET),
    # The task simulation. Ids and names are checked by the routes; a trial of somebody else is not found.
    _rule("signed_in", rf"/api/tasks/profession/{_NAME}/current(/stream)?", GET),
    _rule("signed_in", rf"/api/tasks/{_NAME}/(submit|submit/stream|start|skip-feedback)", POST),
    _rule("signed_in", rf"/api/tasks/{_NAME}/draft", frozenset({"PUT"})),
    _rule("signed_in", r"/api/tasks/compare", POST),
    _rule("signed_in", r"/api/professions", GET | POST),
    _rule("signed_in", r"/api/professions/(import|preview)", POST),
    _rule("signed_in", rf"/api/professions/{_NAME}", GET | {"PUT", "DELETE"}),
    _rule("signed_in", rf"/api/professions/{_NAME}/export", GET),
    _rule("signed_in", r"/api/trials", GET),
    _rule("signed_in", rf"/api/trials/{_NAME}", GET | {"DELETE"}),
    _rule("signed_in", rf"/api/trials/{_NAME}/events", GET),
    _rule("signed_in", rf"/api/trials/{_NAME}/report\.(html|md)", GET),
    _rule("signed_in", rf"/api/trials/{_NAME}/(abandon|painted)", POST),
    # What Gradio's page loads.
    _rule("signed_in", r"/assets/.+", READ),
    _rule("signed_in", r"/static/.+", READ),
    _rule("signed_in", r"/theme\.css", READ),
    # What Gradio brings and the workbench does not use. No listener is reachable: the page speaks through its own socket.
    _closed(r"/gradio_api(/.*)?"),  # queue, call, run, upload, file=, proxy=, heartbeat, runs, deep links, mcp, dev/reload …
    _closed(r"/config/?"),
    _closed(r"/(login|logout)/?"),
    _closed(r"/(openapi\.json|docs|docs/.*|redoc)"),
    _closed(r"/monitoring(/.*)?"),
    _closed(r"/svelte/.*"),
    _closed(r"/pwa_icon(/.*)?"),
    _closed(r"/robots\.txt"),
)


def plain(path: str) -> bool:
    """Whether a path says the same to everyone who reads it: no `..`, `//`, backslash or control character."""
    return (
        path.startswith("/")
        and "//" not in path
        and "\\" not in path
        and all(part not in (".", "..") for part in path.split("/"))
        and path.isprintable()
    )


def declared(path: str, method: str) -> Access | None:
    """What the table says about this path and method; None when it says nothing."""
    for rule in RULES:
        if method in rule.methods and rule.path.fullmatch(path):
            return rule.access
    return None


def access_to(path: str, method: str) -> Access:
    """Who may use this path with this method. What is not declared is closed."""
    return (declared(path, method) or "closed") if plain(path) else "closed"
