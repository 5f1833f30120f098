"""A client that hides nothing: a socket, h11, and how the answer ended."""

import json
import socket
from dataclasses import dataclass, field
from typing import Any

import h11

from bench.wire.plan import Plan
from bench.wire.vendor_process import WireServer

KEY = "sk-test-0123456789"
CHAT = {"model": "gpt-5.4-mini", "messages": [{"role": "user", "content": "hi"}]}


@dataclass
class Heard:
    """An answer as it came."""

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    chunks: list[bytes] = field(default_factory=list)
    reads: list[bytes] = field(default_factory=list)
    end: str = "silent"
    """`whole`: the body's end. `closed`: the connection ended before. `reset`. `silent`: nothing more came. `no_http`."""

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks)

    def json(self) -> Any:
        return json.loads(self.body)

    def events(self) -> list[Any]:
        """The JSON of server-sent events; `[DONE]` as it is."""
        found = [line.removeprefix("data: ") for line in self.body.decode().split("\n") if line.startswith("data: ")]
        return [each if each == "[DONE]" else json.loads(each) for each in found]


class Client:
    """One connection."""

    def __init__(self, server: WireServer, patience_s: float = 0.4) -> None:
        self.socket = socket.create_connection((server.host, server.port), timeout=patience_s)
        self._protocol = h11.Connection(h11.CLIENT)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def ask(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Heard:
        if self._protocol.our_state is not h11.IDLE:
            self._protocol.start_next_cycle()
        told = {"host": "wire", "content-length": str(len(body)), "authorization": f"Bearer {KEY}", **(headers or {})}
        request = h11.Request(method=method, target=path, headers=[(name, value) for name, value in told.items() if value])
        self.socket.sendall(self._protocol.send(request) or b"")
        self.socket.sendall(
            (self._protocol.send(h11.Data(data=body)) or b"") + (self._protocol.send(h11.EndOfMessage()) or b"")
        )
        return self.hear()

    def hear(self) -> Heard:
        heard = Heard()
        try:
            while self._hear_more(heard):
                pass
        except ConnectionResetError:
            heard.end = "reset"
        except TimeoutError:
            heard.end = "silent"
        except h11.RemoteProtocolError as error:
            heard.end = "closed" if "closed" in str(error) else "no_http"
        return heard

    def _hear_more(self, heard: Heard) -> bool:
        event = self._protocol.next_event()
        if event is h11.NEED_DATA:
            data = self.socket.recv(1 << 16)
            if data:
                heard.reads.append(data)
            self._protocol.receive_data(data)
        elif isinstance(event, h11.Response):
            heard.status = event.status_code
            heard.headers = {name.decode(): value.decode() for name, value in event.headers}
        elif isinstance(event, h11.Data):
            heard.chunks.append(bytes(event.data))
        elif isinstance(event, h11.EndOfMessage):
            heard.end = "whole"
            return False
        elif isinstance(event, h11.ConnectionClosed):
            heard.end = "closed"
            return False
        return True


def address(path: str, plan: Plan | None = None) -> str:
    return path if plan is None else f"/plan/{plan.segment()}{path}"


def post(server: WireServer, path: str, body: Any, plan: Plan | None = None, **headers: str) -> Heard:
    """JSON on a connection of its own."""
    with Client(server) as client:
        told = {"content-type": "application/json", **headers}
        return client.ask("POST", address(path, plan), json.dumps(body).encode(), told)


def get(server: WireServer, path: str, method: str = "GET", plan: Plan | None = None, **headers: str) -> Heard:
    with Client(server) as client:
        return client.ask(method, address(path, plan), headers=headers)
