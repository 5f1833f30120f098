"""Listens, tells where, opens the browser, and leaves in good order."""

import errno
import logging
import os
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from bench.settings import is_loopback

logger = logging.getLogger(__name__)

WS_MAX_BYTES = 64 * 1024
"""A frame of 20 ms is 664 bytes; a whole configuration with its prompt is below 40 kB."""
PING_S = 5.0
"""A browser that went to sleep or lost its network is noticed within 2 × 5 s."""
GRACE_S = 10
"""How long running turns may take to end after the signal to stop."""

STOPPED = 0
PORT_IN_USE = 3
NOT_STARTED = 4


class CannotListenError(Exception):
    """The port cannot be had. The text says which, why and what to do; `exit_code` is for the shell."""

    exit_code = PORT_IN_USE


def listen(host: str, port: int) -> socket.socket:
    """A listening-to-be socket on loopback. Raises `CannotListenError`.

    Bound here and not by the server, so that a port in use is known before anything slow starts.
    """
    if not is_loopback(host):
        raise CannotListenError(f"{host} is not an address of this computer only.")
    address = "127.0.0.1" if host == "localhost" else host.strip("[]")
    # The protocol is named because asyncio switches Nagle's algorithm off only on sockets that say TCP: without it every
    # second small message waits for the other side's delayed ACK (measured: 42 ms instead of 2 ms per request).
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a restart need not wait for old connections to fade
    try:
        bound.bind((address, port))
        bound.listen(128)
    except OSError as error:
        bound.close()
        why = {
            errno.EADDRINUSE: "another program (perhaps another Firstword) already uses it",
            errno.EACCES: "this user may not use ports below 1024",
            errno.EADDRNOTAVAIL: f"this computer has no address {address}",
        }.get(error.errno or 0, error.strerror or "the system refused")
        other = port + 1 if 1024 <= port < 65_535 else 7860
        raise CannotListenError(
            f"Cannot listen on port {port}: {why}. Choose another port: PORT={other} in the environment or .env, "
            f"or stop the other program."
        ) from error
    return bound


def configured(app: ASGIApp) -> uvicorn.Config:
    """How the app is served: small socket messages, no compression of sound, dead browsers noticed, nothing told about us."""
    return uvicorn.Config(
        app,
        lifespan="on",
        ws="websockets-sansio",
        ws_max_size=WS_MAX_BYTES,
        ws_per_message_deflate=False,
        ws_ping_interval=PING_S,
        ws_ping_timeout=PING_S,
        timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=30,
        access_log=False,  # it would write down every address with its query
        server_header=False,
        proxy_headers=False,
        log_config=None,  # everything goes through the redacting handler of the root logger
    )


def _is_news(record: logging.LogRecord) -> bool:
    """uvicorn 0.54 calls a socket that was refused with an HTTP answer an error; anyone could fill the log with those."""
    return record.msg != "ASGI callable returned without completing handshake."


class Server(uvicorn.Server):
    """uvicorn's server, which tells when it listens and when it is about to stop."""

    def __init__(
        self, config: uvicorn.Config, on_started: Callable[[], None], on_leaving: Callable[[], None] = lambda: None
    ) -> None:  # fmt: skip
        super().__init__(config)
        self._on_started = on_started
        self._on_leaving = on_leaving
        logging.getLogger("uvicorn.error").addFilter(_is_news)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._on_leaving()
        await super().shutdown(sockets=sockets)


def serve(
    app: ASGIApp, host: str, port: int, *, open_browser: bool = True, on_leaving: Callable[[], None] = lambda: None
) -> int:  # fmt: skip
    """Serve until Ctrl+C or SIGTERM; returns the exit code of the process (0, `PORT_IN_USE`, `NOT_STARTED`).

    On a signal: `on_leaving` is called (to end answers that would go on for ever), no new connections, sockets are told 1012
    (restarting), running requests get `GRACE_S`, then the app's lifespan ends.
    """
    try:
        bound = listen(host, port)
    except CannotListenError as error:
        print(f"firstword: {error}", file=sys.stderr)
        return error.exit_code
    address = f"http://{'[::1]' if ':' in host else host}:{bound.getsockname()[1]}/"
    server = Server(configured(app), lambda: _announce(address, open_browser), on_leaving)
    before = signal.signal(signal.SIGTERM, _already_handled)
    try:
        server.run(sockets=[bound])
    except KeyboardInterrupt:
        logger.info("stopped by Ctrl+C")
    except SystemExit:
        return NOT_STARTED  # the app's own start failed; the log says why
    finally:
        signal.signal(signal.SIGTERM, before)
        bound.close()
    return STOPPED


def _already_handled(number: int, frame: FrameType | None) -> None:
    """uvicorn raises the signal again after its graceful end, for handlers like this one; the process then ends with 0."""


def _announce(address: str, open_browser: bool) -> None:
    print(f"Firstword is ready: {address}  (Ctrl+C stops it)", flush=True)
    if open_browser:
        # Finding and starting a browser may take seconds; it must not hold up the first requests.
        threading.Thread(target=webbrowser.open, args=(address,), name="open-browser", daemon=True).start()
