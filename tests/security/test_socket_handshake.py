"""The socket opens for one ticket, once, for the browser that asked for it, from our own page."""

import json
from contextlib import AbstractContextManager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from bench.access.tickets import Tickets
from bench.clock import ManualClock
from tests.security.running_app import Running


def cookie_header(running: Running, client: Any) -> dict[str, str]:
    return {"cookie": f"{running.cookie}={client.cookies[running.cookie]}"}


def knock(running: Running, client: Any, query: str, origin: str | None = None) -> AbstractContextManager[ClientConnection]:
    return connect(
        f"ws://{running.host}/wb/socket{query}",
        origin=origin or running.origin,  # pyright: ignore[reportArgumentType]
        additional_headers=cookie_header(running, client),
        open_timeout=10,
    )


def refused_with(running: Running, client: Any, query: str, origin: str | None = None) -> dict[str, str]:
    with pytest.raises(InvalidStatus) as refusal, knock(running, client, query, origin):
        pass
    assert refusal.value.response.status_code == 403
    assert refusal.value.response.headers["content-security-policy"]
    return json.loads(refusal.value.response.body)


def test_a_good_ticket_opens_and_says_whose(running: Running) -> None:
    with running.signed_in() as client:
        ticket = client.post("/wb/ticket").json()["ticket"]
        session = running.state.sessions.read(client.cookies[running.cookie])
        assert session is not None
        with knock(running, client, f"?ticket={ticket}") as socket:
            assert json.loads(socket.recv(5)) == {"type": "welcome", "session": session.label}
            socket.send("hello")
            assert socket.recv(5) == "hello"
            assert socket.response.headers["x-content-type-options"] == "nosniff"
            assert "sec-websocket-extensions" not in socket.response.headers  # no compression on sound


def test_a_ticket_opens_once(running: Running) -> None:
    with running.signed_in() as client:
        ticket = client.post("/wb/ticket").json()["ticket"]
        with knock(running, client, f"?ticket={ticket}") as socket:
            socket.recv(5)
        assert refused_with(running, client, f"?ticket={ticket}")["code"] == "ticket"


@pytest.mark.parametrize("query", ["", "?ticket=", "?ticket=nonsense", "?other=1"])
def test_no_ticket(running: Running, query: str) -> None:
    with running.signed_in() as client:
        assert refused_with(running, client, query)["code"] == "ticket"


def test_two_tickets_are_none(running: Running) -> None:
    with running.signed_in() as client:
        first, second = (client.post("/wb/ticket").json()["ticket"] for _ in range(2))
        assert refused_with(running, client, f"?ticket={first}&ticket={second}")["code"] == "ticket"


def test_an_expired_ticket(running: Running) -> None:
    with running.signed_in() as client:
        ticket = client.post("/wb/ticket").json()["ticket"]
        running.state.clock.advance_ms(30_000)
        assert refused_with(running, client, f"?ticket={ticket}")["code"] == "ticket"
        ticket = client.post("/wb/ticket").json()["ticket"]
        running.state.clock.advance_ms(29_999)
        with knock(running, client, f"?ticket={ticket}") as socket:
            assert socket.recv(5)


def test_the_ticket_of_another_browser(running: Running) -> None:
    with running.signed_in() as one, running.signed_in() as other:
        ticket = one.post("/wb/ticket").json()["ticket"]
        assert refused_with(running, other, f"?ticket={ticket}")["code"] == "ticket"
        # It is burnt by the attempt: whoever saw it in passing cannot race its owner.
        assert refused_with(running, one, f"?ticket={ticket}")["code"] == "ticket"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:1", "https://127.0.0.1"])
def test_a_foreign_page_with_a_good_ticket(running: Running, origin: str) -> None:
    with running.signed_in() as client:
        ticket = client.post("/wb/ticket").json()["ticket"]
        assert refused_with(running, client, f"?ticket={ticket}", origin)["code"] == "forbidden"
        with knock(running, client, f"?ticket={ticket}") as socket:  # the ticket was not used up by the foreign page
            assert socket.recv(5)


def test_a_refused_socket_is_no_error_in_the_log(running: Running, caplog: pytest.LogCaptureFixture) -> None:
    with running.signed_in() as client:
        refused_with(running, client, "?ticket=nonsense")
        assert client.get("/health").status_code == 200
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_localhost_is_foreign_to_127_0_0_1(running: Running) -> None:
    with running.signed_in() as client:
        ticket = client.post("/wb/ticket").json()["ticket"]
        origin = f"http://localhost:{running.port}"
        assert refused_with(running, client, f"?ticket={ticket}", origin)["code"] == "forbidden"


def test_a_message_that_is_too_big_closes_the_socket(running: Running) -> None:
    with running.signed_in() as client:
        ticket = client.post("/wb/ticket").json()["ticket"]
        with knock(running, client, f"?ticket={ticket}") as socket:
            socket.recv(5)
            socket.send("a" * 65_536)
            assert len(socket.recv(5)) == 65_536
            socket.send("a" * 65_537)
            with pytest.raises(ConnectionClosedError) as closed:
                socket.recv(5)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1009


def test_a_crash_behind_the_socket_closes_it_and_says_nothing(running: Running) -> None:
    with running.signed_in() as client:
        ticket = client.post("/wb/ticket").json()["ticket"]
        with knock(running, client, f"?ticket={ticket}") as socket:
            socket.recv(5)
            socket.send("crash")
            with pytest.raises(ConnectionClosedError) as closed:
                socket.recv(5)
            assert closed.value.rcvd is not None
            assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1011, "")


class TestTickets:
    """The book of tickets, without a server."""

    def test_bounded_per_session(self) -> None:
        tickets = Tickets(ManualClock(), most_per_session=3)
        issued = [tickets.issue("a") for _ in range(5)]
        assert [tickets.redeem(ticket, "a") for ticket in issued] == [False, False, True, True, True]

    def test_one_session_does_not_push_out_another(self) -> None:
        tickets = Tickets(ManualClock(), most_per_session=3)
        kept = tickets.issue("quiet")
        for _ in range(50):
            tickets.issue("loud")
        assert len(tickets) == 4
        assert tickets.redeem(kept, "quiet")

    def test_bounded_in_all(self) -> None:
        tickets = Tickets(ManualClock(), most=10)
        for number in range(100):
            tickets.issue(f"session {number}")
        assert len(tickets) == 10

    def test_expired_ones_are_swept(self) -> None:
        clock = ManualClock()
        tickets = Tickets(clock, lifetime_ms=1000)
        for number in range(5):
            tickets.issue(f"session {number}")
        clock.advance_ms(1000)
        tickets.issue("new")
        assert len(tickets) == 1

    def test_the_ticket_itself_is_not_kept(self) -> None:
        tickets = Tickets(ManualClock())
        ticket = tickets.issue("session-id")
        kept = repr(vars(tickets))
        assert ticket not in kept
        assert "session-id" not in kept
        assert len(ticket) >= 43
