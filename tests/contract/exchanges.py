"""The instants of one request over HTTP, out of all that were reported, and the order in which they must stand."""

from collections.abc import Sequence

from providers.base import Instant

ORDER = ("connect_started", "connected", "request_sent", "upload_ended", "response_started", "bytes_received", "response_ended")
"""How a request goes; `cancel_sent` stands in the place of `response_ended` when the reader left before the end."""
ALWAYS = ("connected", "request_sent", "upload_ended", "response_started")
"""What every request that was answered has; an empty answer has no bytes."""


def exchanges(instants: Sequence[Instant]) -> list[list[Instant]]:
    """The instants of each request by itself, for requests that do not overlap (those of different phrases may)."""
    found: list[list[Instant]] = []
    for phrase in dict.fromkeys(each.data.get("phrase") for each in instants):
        current: list[Instant] = []
        for instant in (each for each in instants if each.data.get("phrase") == phrase):
            begins = instant.name == "connect_started" or (instant.name == "connected" and not is_connecting(current))
            if begins:
                current = []
                found.append(current)
            assert found, f"{instant.name} before there was a connection"
            current.append(instant)
    return found


def is_connecting(instants: Sequence[Instant]) -> bool:
    """A connection was begun and is not ready yet."""
    return [each.name for each in instants] == ["connect_started"]


def check_exchange(instants: Sequence[Instant]) -> None:
    """One request that was answered to its end: whole, each instant once (bytes as often as they came), in order."""
    names = [each.name for each in instants]
    assert not set(ALWAYS) - set(names), f"not reported: {set(ALWAYS) - set(names)}"
    assert (names.count("response_ended"), names.count("cancel_sent")) in ((1, 0), (0, 1)), "exactly one ending"
    for name in ORDER:
        assert name == "bytes_received" or names.count(name) <= 1, f"{name} twice"
    places = [ORDER.index("response_ended" if name == "cancel_sent" else name) for name in names]
    assert places == sorted(places), f"out of order: {names}"
    at_ns = [each.at_ns for each in instants]
    assert at_ns == sorted(at_ns), "an instant before the one ahead of it"
    received = [each for each in instants if each.name == "bytes_received"]
    assert [each.data["seq"] for each in received] == list(range(len(received)))
    assert all(each.data["bytes"] > 0 for each in received)
    reused = next(each for each in instants if each.name == "connected").data["reused"]
    assert reused is ("connect_started" not in names), "reused and connecting exclude each other"
