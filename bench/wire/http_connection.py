"""One client's HTTP/1.1 connection: reads requests, asks the vendor's format for the answer, and has it played."""

import asyncio
import hashlib
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast
from urllib.parse import parse_qs, parse_qsl, unquote

import h11

from bench.wire.answer import Complaint, Vendor, WireRequest
from bench.wire.faults import Script, fault_of, faulty, key_of, script
from bench.wire.http_control import CONTROL, control_answer
from bench.wire.http_player import Player, reason
from bench.wire.http_stamps import HttpMemory, HttpStamps
from bench.wire.plan import Plan

BODY_LIMIT = 30 << 20
"""A longer body is read to its end, thrown away, and refused with 413 (bytes): above every limit of the vendors' own."""
HEAD_LIMIT = 64 << 10
"""A longer head is no HTTP (bytes)."""
AHEAD_LIMIT = 1 << 20
"""A client that sends more than this while it is being answered is cut off (bytes)."""
SECRET_LENGTH = 6
"""A shorter key is no secret, and may be part of ordinary words (characters)."""
WIRE_HEADER = "x-firstword-wire"
"""In every answer: this is a wire server, and whose format it speaks."""
REQUEST_HEADER = "x-firstword-request"
"""In every answer but the control routes': the id of its stamps."""


@dataclass(slots=True)
class Service:
    """What all connections of a server share."""

    vendor: Vendor
    plan: Plan
    """For addresses without one."""
    spin: bool = True
    memory: HttpMemory = field(default_factory=HttpMemory)
    connections: "set[HttpConnection]" = field(default_factory=set["HttpConnection"])


@dataclass(slots=True)
class _Reading:
    """A request while its body is being read."""

    head: h11.Request
    pieces: list[bytes] = field(default_factory=list[bytes])
    size: int = 0
    hashed: Any = field(default_factory=hashlib.sha256)

    def add(self, data: bytes) -> None:
        self.hashed.update(data)
        self.size += len(data)
        if self.size <= BODY_LIMIT:
            self.pieces.append(data)
        else:
            self.pieces.clear()


class HttpConnection(asyncio.Protocol):
    """One client."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._number = service.memory.connections
        service.memory.connections += 1
        self._protocol = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_LIMIT)
        self._reading: _Reading | None = None
        self._player: Player | None = None
        self._ahead = 0
        self._served = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        plug: socket.socket = self._transport.get_extra_info("socket")
        plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._service.connections.add(self)

    def data_received(self, data: bytes) -> None:
        read_ns = time.monotonic_ns()
        if self._player is not None:
            self._ahead += len(data)
            if self._ahead > AHEAD_LIMIT:
                return self._transport.abort()
        self._protocol.receive_data(data)
        if self._player is None:
            self._read(read_ns)

    def eof_received(self) -> None:
        """No client of these vendors closes one direction only: whoever ends here has left."""
        if self._player is not None:
            self._player.leave("client_gone")

    def connection_lost(self, exc: Exception | None) -> None:
        self._service.connections.discard(self)
        if self._player is not None:
            self._player.leave("client_gone")
            self._player = None

    def abort(self) -> None:
        """The server ends."""
        self._transport.abort()

    def _read(self, read_ns: int) -> None:
        try:
            while self._player is None:
                event = self._protocol.next_event()
                if isinstance(event, h11.Request):
                    self._reading = _Reading(event)
                elif isinstance(event, h11.Data) and self._reading is not None:
                    self._reading.add(bytes(event.data))
                elif isinstance(event, h11.EndOfMessage) and self._reading is not None:
                    self._answer(self._reading, read_ns)
                elif isinstance(event, h11.ConnectionClosed):
                    return self._transport.close()
                elif event is h11.NEED_DATA or event is h11.PAUSED:
                    if self._protocol.they_are_waiting_for_100_continue:
                        go_on = h11.InformationalResponse(status_code=100, headers=[])
                        self._transport.write(self._protocol.send(go_on) or b"")
                    return
        except h11.RemoteProtocolError as error:
            self._refuse_nonsense(error)

    def _refuse_nonsense(self, error: h11.RemoteProtocolError) -> None:
        """Not HTTP: said once, if that is still possible, then the connection is closed. No request is put on record."""
        if self._protocol.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            answer = self._service.vendor.refusal(error.error_status_hint, "", f"This is no HTTP/1.1: {error}")
            body = b"".join(step.data for step in answer.steps)
            headers = [("content-type", answer.content_type), ("content-length", str(len(body))), ("connection", "close")]
            headers.append((WIRE_HEADER, self._service.vendor.name))
            opening = h11.Response(status_code=answer.status, headers=headers, reason=reason(answer.status))
            events = (opening, h11.Data(data=body), h11.EndOfMessage())
            self._transport.write(b"".join(self._protocol.send(event) or b"" for event in events))
        self._transport.close()

    def _answer(self, reading: _Reading, read_ns: int) -> None:
        self._reading = None
        address, _, query = reading.head.target.decode("latin-1").partition("?")
        method = reading.head.method.decode("latin-1")
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in reading.head.headers}
        segment, path = parted_address(address)
        serial = self._service.memory.next_serial()
        stamps = HttpStamps(
            id=f"wire_{serial}",
            nth=0,
            method=method,
            path=path,
            plan=segment,
            connection=self._number,
            nth_on_connection=self._served,
            read_ns=read_ns,
            body_sha256=reading.hashed.hexdigest(),
            body_bytes=reading.size,
            authorization_sha256=_secret_hash(headers),
            headers=[name.decode("latin-1") for name, _ in reading.head.headers],
        )
        self._served += 1
        if not segment and path.startswith(CONTROL):
            plan = parse_qs(query, keep_blank_values=True).get("plan", [None])[0]
            chosen = script(
                control_answer(
                    "GET" if method == "HEAD" else method, path, plan, self._service.vendor.name, self._service.memory
                )
            )
        else:
            stamps.nth = self._service.memory.next_under(segment)
            self._service.memory.add(serial, stamps)
            request = WireRequest(
                method="GET" if method == "HEAD" else method,
                path=path,
                query=dict(parse_qsl(query, keep_blank_values=True)),
                headers=headers,
                body=b"".join(reading.pieces),
                plan=self._service.plan,
                nth=stamps.nth,
                scheme="http" if self._transport.get_extra_info("sslcontext") is None else "https",
            )
            chosen = self._told_apart(self._chosen(request, reading.size, stamps), stamps)
        self._play(chosen, stamps, head_only=method == "HEAD")

    def _chosen(self, request: WireRequest, size: int, stamps: HttpStamps) -> Script:
        """The vendor's answer with the plan's fault, or the vendor's complaint."""
        vendor = self._service.vendor
        try:
            if size > BODY_LIMIT:
                raise Complaint(413, f"The body has {size} bytes; a wire server takes {BODY_LIMIT}.")
            if stamps.plan:
                request = replace(request, plan=_plan_of(stamps.plan))
            answer = vendor.answer(request)
        except Complaint as complaint:
            key = key_of(request)
            stamps.complaint = complaint.message.replace(key, "…") if len(key) >= SECRET_LENGTH else complaint.message
            refused = complaint.answer or vendor.refusal(complaint.status, complaint.code, complaint.message)
            return script(refused)
        return faulty(answer, fault_of(request.plan, request.nth), vendor, request)

    def _told_apart(self, chosen: Script, stamps: HttpStamps) -> Script:
        """With the id of the stamps in the head."""
        stamps.id = next((value for name, value in chosen.headers.items() if name.lower() == "x-request-id"), stamps.id)
        return replace(chosen, headers={**chosen.headers, REQUEST_HEADER: stamps.id})

    def _play(self, chosen: Script, stamps: HttpStamps, *, head_only: bool) -> None:
        chosen = replace(chosen, headers={**chosen.headers, WIRE_HEADER: self._service.vendor.name})
        self._ahead = 0
        self._player = Player(
            self._transport, self._protocol, chosen, stamps, spin=self._service.spin, over=self._next_request
        )  # fmt: skip
        self._player.start(head_only=head_only)

    def _next_request(self) -> None:
        self._player = None
        if self._protocol.our_state is h11.DONE and self._protocol.their_state is h11.DONE:
            self._protocol.start_next_cycle()
            self._read(time.monotonic_ns())
        else:
            self._transport.close()


def parted_address(address: str) -> tuple[str, str]:
    """(segment of the plan or empty, path without it)."""
    path = unquote(address)
    if not path.startswith("/plan/"):
        return "", path
    segment, _, rest = path.removeprefix("/plan/").partition("/")
    return segment or "-", "/" + rest


def _plan_of(segment: str) -> Plan:
    try:
        return Plan.of_segment(segment)
    except ValueError as error:
        raise Complaint(400, f"The plan in the address is none: {str(error)[:300]}") from error


def _secret_hash(headers: Mapping[str, str]) -> str | None:
    value = headers.get("authorization") or headers.get("x-goog-api-key")
    return hashlib.sha256(value.encode("latin-1")).hexdigest() if value else None


async def serve_connections(service: Service, host: str, port: int, context: ssl.SSLContext | None) -> asyncio.Server:
    """A listening server. Raises `OSError` when the address is taken."""
    return await asyncio.get_running_loop().create_server(lambda: HttpConnection(service), host, port, ssl=context)
