"""Keys are checked once each, in the background, within a limit; nothing goes out without one; their values go nowhere."""

import asyncio
import json
import logging
from collections.abc import Callable

import pytest

from bench.web import key_states
from bench.web.key_states import KeyState, KeyStates
from providers import registry
from providers.base import ChatModel, Missing, Options, Provider, SpeechToText
from providers.errors import ConnectionRefused, KeyRejected, QuotaExceeded, ServiceFailed
from tests.virtual_time import VirtualTime

VARIABLE = "VENDOR_API_KEY"
SECRET = "canary-value-9f27"


class Vendor:
    """What its check does, and how often it was asked."""

    def __init__(self, does: Callable[[], object] = lambda: None) -> None:
        self.does, self.asked, self.closed = does, 0, 0


def providers_of(vendor: Vendor, missing: Missing | None = None) -> list[type[Provider]]:
    class Shared:
        key_variable = VARIABLE
        title = "Vendor"

        @classmethod
        def missing(cls) -> Missing | None:
            return missing

        async def check_key(self) -> None:
            vendor.asked += 1
            outcome = vendor.does()
            if asyncio.iscoroutine(outcome):
                await outcome

        async def close(self) -> None:
            vendor.closed += 1

    chat = type("Chat", (Shared, ChatModel), {"name": "vendor", "Options": Options, "stream": lambda *_: None})
    stt = type("Stt", (Shared, SpeechToText), {"name": "vendor", "Options": Options, "open": lambda *_: None})
    return [chat, stt]


def raises(error: Exception) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    monkeypatch.delenv(VARIABLE, raising=False)

    def offer(vendor: Vendor, key: str = SECRET, missing: Missing | None = None) -> None:
        found = {role: {} for role in registry.ROLES}
        for cls in providers_of(vendor, missing):
            found[cls.role][cls.name] = cls
        monkeypatch.setattr(key_states.registry, "catalogue", lambda: found)
        if key:
            monkeypatch.setenv(VARIABLE, key)

    return offer


async def checked(states: KeyStates) -> KeyState:
    await states.check()
    (state,) = states.states()
    return state


async def test_without_a_key_nobody_is_asked(offered: Callable[..., None]) -> None:
    vendor = Vendor()
    offered(vendor, key="", missing=Missing("the key", "set it"))
    state = await checked(KeyStates())
    assert (state.state, state.optional, vendor.asked) == ("missing", False, 0)


async def test_a_key_that_is_not_needed_is_optional(offered: Callable[..., None]) -> None:
    offered(Vendor(), key="")
    assert (await checked(KeyStates())).optional


async def test_a_key_is_asked_about_once_however_many_roles_use_it(offered: Callable[..., None]) -> None:
    vendor = Vendor()
    offered(vendor)
    seen: list[str] = []
    states = KeyStates(lambda: seen.append(states.states()[0].state))
    state = await checked(states)
    assert (state.state, vendor.asked, vendor.closed) == ("accepted", 1, 1)
    assert seen == ["present", "checking", "accepted"]


@pytest.mark.parametrize(
    ("error", "expected", "code"),
    [
        (KeyRejected("Vendor", "llm", variable=VARIABLE), "rejected", "key_rejected"),
        (ConnectionRefused("Vendor", "llm"), "unreachable", "connection_refused"),
        (ServiceFailed("Vendor", "llm"), "present", "service_failed"),
        (QuotaExceeded("Vendor", "llm"), "present", "quota_exceeded"),
    ],
)
async def test_what_the_answer_means(offered: Callable[..., None], error: Exception, expected: str, code: str) -> None:
    vendor = Vendor(raises(error))
    offered(vendor)
    state = await checked(KeyStates())
    assert (state.state, state.problem.code if state.problem else "", vendor.closed) == (expected, code, 1)


async def test_a_vendor_that_says_nothing_is_unreachable_after_five_seconds(
    offered: Callable[..., None], virtual_time: VirtualTime
) -> None:
    offered(Vendor(lambda: asyncio.sleep(60)))
    loop = asyncio.get_running_loop()
    began = loop.time()
    state = await checked(KeyStates())
    assert state.state == "unreachable"
    assert 5 <= loop.time() - began < 5.5


async def test_a_fault_of_an_adapter_is_logged_and_ends_nothing(
    offered: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    offered(Vendor(raises(ZeroDivisionError("in the adapter"))))
    with caplog.at_level(logging.ERROR):
        state = await checked(KeyStates())
    assert (state.state, state.problem) == ("present", None)
    assert VARIABLE in caplog.text


async def test_it_is_checked_again_when_asked_for(offered: Callable[..., None]) -> None:
    vendor = Vendor()
    offered(vendor)
    done = asyncio.Semaphore(0)
    states = KeyStates(lambda: done.release() if states.states()[0].state == "accepted" else None)
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        running = group.create_task(states.run())
        await done.acquire()
        states.check_again()
        await done.acquire()
        running.cancel()
    assert vendor.asked == 2


async def test_the_key_is_nowhere_in_what_the_page_gets(offered: Callable[..., None]) -> None:
    offered(Vendor(raises(KeyRejected("Vendor", "llm", variable=VARIABLE, cause=f"Incorrect key {SECRET}"))))
    states = KeyStates()
    await checked(states)
    told = json.dumps(states.views())
    assert SECRET not in told
    assert set(states.views()[0]) == {"key", "variable", "providers", "state", "optional", "problem"}
    assert str(len(SECRET)) not in told


async def test_another_name_of_the_same_key_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOOGLE_API_KEY", raising=False)
    monkeypatch.setenv("GEMINI_API_KEY", SECRET)
    states = KeyStates()
    await states.look()
    google = next(state for state in states.states() if state.key == "GOOGLE_API_KEY")
    assert (google.variable, google.state) == ("GEMINI_API_KEY", "present")
