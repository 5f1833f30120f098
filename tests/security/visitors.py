"""Who knocks, and at which doors: the routes of the running app, and what each kind of visitor's browser sends."""

import re
from collections.abc import Iterator
from typing import Any

from starlette.routing import Mount, Route, WebSocketRoute

from bench.access.identity import Session, Sessions, load_secret
from bench.access.policy import METHODS
from tests.security.running_app import Running

VISITORS = (
    "anonymous", "own browser", "unknown cookie", "forged cookie", "expired cookie", "foreign origin", "null origin",
    "evil host", "cross-site navigation", "other port of this computer",
)  # fmt: skip


def walk(routes: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """(method, path pattern) of every route below, mounts and included routers opened. An unknown kind of route is an error."""
    for route in routes:
        if hasattr(route, "original_router"):
            yield from walk(route.original_router.routes, prefix + route.include_context.prefix)
        elif isinstance(route, Mount):
            inner = getattr(route.app, "routes", None)
            if inner is None:  # files
                yield "GET", prefix + route.path + "/{path:path}"
            else:
                yield from walk(inner, prefix + route.path)
        elif isinstance(route, WebSocketRoute):
            yield "WEBSOCKET", prefix + route.path
        elif isinstance(route, Route):
            for method in route.methods or METHODS:
                yield method, prefix + route.path
        else:
            raise TypeError(f"no idea how to look into {type(route)}")


def concrete(pattern: str) -> str:
    """A path that the pattern takes."""
    return re.sub(r"\{[^}]*\}", "x1", pattern)


def headers_of(visitor: str, running: Running) -> dict[str, str]:
    """What that visitor's browser sends. All but the first bring a cookie where a real browser could."""
    secret = load_secret(running.state.settings.data_dir)
    sessions = Sessions(secret)
    good = sessions.cookie_value(sessions.start())
    old = sessions.cookie_value(Session("a" * 43, 1_000_000_000))
    forger = Sessions(b"x" * 32)
    own = {
        "host": running.host,
        "origin": running.origin,
        "sec-fetch-site": "same-origin",
        "cookie": f"{running.cookie}={good}",
    }
    return {
        "anonymous": {"host": running.host},
        "own browser": own,
        "unknown cookie": own | {"cookie": f"{running.cookie}=deadbeef"},
        "forged cookie": own | {"cookie": f"{running.cookie}={forger.cookie_value(forger.start())}"},
        "expired cookie": own | {"cookie": f"{running.cookie}={old}"},
        "foreign origin": own | {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
        "null origin": own | {"origin": "null", "sec-fetch-site": "cross-site"},
        "evil host": own | {"host": f"evil.example:{running.port}", "origin": f"http://evil.example:{running.port}"},
        "cross-site navigation": {
            "host": running.host, "cookie": own["cookie"], "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate",
        },
        "other port of this computer": own | {"origin": "http://127.0.0.1:1", "sec-fetch-site": "same-site"},
    }[visitor]  # fmt: skip
