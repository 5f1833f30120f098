"""A stand-in for a vendor's HTTP service, in a process of its own: scripted answers, exact delays, and a memory of both.

    python -m bench.wire.http_server --vendor openai --port 0
    {"host": "127.0.0.1", "port": 40123, "pid": 4711, "base_url": "http://127.0.0.1:40123/v1"}

It serves until SIGINT or SIGTERM. `bench/wire/README.md` has the addresses; `bench/wire/plan.py` what can be planned.
"""

import argparse
import asyncio
import importlib
import json
import os
import selectors
import signal
import ssl
import sys
from pathlib import Path
from typing import cast

from bench.wire.answer import Vendor
from bench.wire.http_connection import Service, serve_connections
from bench.wire.plan import Plan
from bench.wire.vendor_process import VENDORS, base_path


def vendor_named(name: str) -> Vendor:
    """The format in `bench/wire/<name>_format.py`. Raises `ModuleNotFoundError`."""
    return cast("Vendor", importlib.import_module(f"bench.wire.{name}_format").VENDOR)


def server_context(certificate: Path) -> ssl.SSLContext:
    """TLS with a certificate and its key in one PEM file. Raises `OSError`, `ssl.SSLError`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.set_alpn_protocols(["http/1.1"])
    return context


async def serve(service: Service, host: str, port: int, context: ssl.SSLContext | None, with_parent: bool) -> None:
    """Serve until SIGINT or SIGTERM, or until standard input ends when `with_parent`. Prints the address as JSON."""
    loop = asyncio.get_running_loop()
    over: asyncio.Future[None] = loop.create_future()

    def end() -> None:
        if not over.done():
            over.set_result(None)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)
    if with_parent:
        loop.add_reader(sys.stdin.fileno(), end)
    server = await serve_connections(service, host, port, context)
    told_host, told_port = server.sockets[0].getsockname()[:2]
    scheme = "https" if context is not None else "http"
    shown = f"[{told_host}]" if ":" in told_host else told_host
    base_url = f"{scheme}://{shown}:{told_port}{base_path(service.vendor.name)}"
    print(json.dumps({"host": told_host, "port": told_port, "pid": os.getpid(), "base_url": base_url}), flush=True)
    async with server:
        await over
        for connection in list(service.connections):
            connection.abort()


def run(
    vendor: str,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    plan: Plan | None = None,
    certificate: Path | None = None,
    spin: bool = True,
    with_parent: bool = False,
) -> None:
    """Serve in this process until it is told to end. Raises `OSError` when the address is taken."""
    service = Service(vendor_named(vendor), plan or Plan(), spin)
    context = None if certificate is None else server_context(certificate)

    # select() waits with microseconds, epoll rounds up to milliseconds; but select() knows no more than 1,024 sockets.
    def new_loop() -> asyncio.AbstractEventLoop:
        return asyncio.SelectorEventLoop(selectors.SelectSelector() if spin else selectors.DefaultSelector())

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(serve(service, host, port, context, with_parent))


def read_plan(source: str | None) -> Plan | None:
    """A file's plan, or (`-`) that of standard input's first line. Raises `OSError`, and `ValueError` for what is no plan."""
    if source is None:
        return None
    text = sys.stdin.readline() if source == "-" else Path(source).read_text(encoding="utf-8")
    return Plan.model_validate_json(text)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.wire.http_server", description="Speaks a vendor's HTTP format; answers what is planned."
    )
    parser.add_argument("--vendor", choices=VENDORS, required=True)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 = any free one")
    parser.add_argument("--plan", help="JSON file with the plan for addresses without one; - = standard input's first line")
    parser.add_argument("--with-parent", action="store_true", help="end when standard input is closed")
    parser.add_argument("--certificate", type=Path, help="PEM file with a certificate and its key: serves TLS")
    parser.add_argument(
        "--no-spin", action="store_true", help="do not wait busily: for more than a few hundred streams at once"
    )
    arguments = parser.parse_args()
    run(
        arguments.vendor,
        host=arguments.host,
        port=arguments.port,
        plan=read_plan(arguments.plan),
        certificate=arguments.certificate,
        spin=not arguments.no_spin,
        with_parent=arguments.with_parent,
    )


if __name__ == "__main__":
    main()
