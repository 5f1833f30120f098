from typing import Any

from bench.turn.service_call import ServiceCall
from providers.base import Instant, InstantName


def call(*instants: tuple[InstantName, int, dict[str, Any]]) -> ServiceCall:
    found = ServiceCall("stt")
    for name, at_ns, data in instants:
        found.take(Instant(name, at_ns, data))
    return found


def test_a_connection_opened_before_the_turn_was_ready() -> None:
    found = call(("connect_started", 10, {}), ("connected", 20, {"reused": False}), ("request_sent", 30, {"request": "r"}))
    assert found.sent(15) == {"request": "r", "connection_reused": False}
    assert found.sent(21) == {"request": "r", "connection_reused": True}


def test_nothing_told_is_nothing_claimed() -> None:
    assert call(("request_sent", 30, {})).sent() == {}
    assert call(("request_sent", 30, {})).answered() == {}


def test_upload_and_head() -> None:
    found = call(
        ("connected", 5, {"reused": True}),
        ("request_sent", 1_000_000, {}),
        ("upload_ended", 3_500_000, {}),
        ("response_started", 9_000_000, {"status": 200, "request_id": "a", "processing_ms": 3, "simulated": "openai"}),
        ("bytes_received", 9_100_000, {"bytes": 4}),
    )
    assert found.answered() == {"request_id": "a", "processing_ms": 3.0, "simulated": "openai", "upload_ms": 2.5}
    assert found.sent() == {"connection_reused": True}


def test_a_request_that_only_prepares_is_not_the_one_that_is_timed() -> None:
    thread = {"purpose": "thread"}
    found = call(
        ("connect_started", 10, thread), ("connected", 20, {"reused": False, **thread}), ("request_sent", 20, thread),
        ("response_started", 40, {"request_id": "of the thread", **thread}), ("response_ended", 50, thread),
        ("connected", 60, {"reused": True}), ("request_sent", 60, {}),
        ("response_started", 90, {"request_id": "of the reply"}),
    )  # fmt: skip
    assert found.sent_ns == 60
    assert found.set_up == [(20, 50)]
    assert found.sent() == {"connection_reused": False}, "it was opened for this turn, if by the request before"
    assert found.answered() == {"request_id": "of the reply"}
