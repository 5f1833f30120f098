"""Security headers on every answer: pages, files, errors, refusals and sockets."""

import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        # Gradio's page has inline scripts, and gr.HTML compiles its template with `new Function`: it does not run without
        # 'unsafe-eval'. What a person or a model wrote therefore never goes into a template, only into text nodes.
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "connect-src 'self'",  # covers our own ws:// too; nothing outside can be reached, which keeps the offline promise
        "font-src 'self' data:",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

HEADERS: tuple[tuple[str, str], ...] = (
    ("content-security-policy", CONTENT_SECURITY_POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("permissions-policy", "microphone=(self), camera=(), geolocation=(), display-capture=(), usb=(), payment=()"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
)

_HASHED = re.compile(r"/assets/[^/]+-[A-Za-z0-9_-]{8,}\.(js|css|woff2?)")
"""Gradio's bundle: the name holds a hash of the content, so it never changes under its name."""
_REVALIDATED = re.compile(r"/(wb/static|static|assets)/.+|/theme\.css|/wb/words\.json|/favicon\.ico|/manifest\.json")
"""Files: kept by the browser, asked for again each time (`no-cache` with an ETag costs a 304)."""


def caching(path: str, status: int) -> str:
    """The `Cache-Control` of an answer: only files may be kept, and errors never."""
    if status in (200, 206, 304):
        if _HASHED.fullmatch(path):
            return "private, max-age=31536000, immutable"
        if _REVALIDATED.fullmatch(path):
            return "no-cache"
    return "no-store"


class SecurityHeaders:
    """ASGI middleware; stands outside of everything else, the gate included, so that its refusals carry the headers too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start", "websocket.accept"):
                message["headers"] = list(message.get("headers", []))
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS:
                    headers[name] = value
                headers["cache-control"] = caching(scope["path"], message.get("status", 101))
            await send(message)

        await self._app(scope, receive, with_headers)
