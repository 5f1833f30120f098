"""Cases of the contract that need a service at the other end of a network: its refusals, its accounts, its connections."""

import asyncio
import json
import time
from typing import Any

import pytest

from providers.base import ChatRequest, Message, ReasoningDelta, TextDelta, Tool, ToolCallReady, ToolCallStarted
from providers.errors import (
    KeyRejected,
    ModelGone,
    NameNotFound,
    NotPermitted,
    ProtocolBroken,
    QuotaExceeded,
    RateLimited,
    Refused,
    ServiceFailed,
    TlsFailed,
)
from tests.contract.cases import STALL_S, answered, case, completes, fails, hung_up, recovered
from tests.contract.drivers import ChatDriver
from tests.contract.examination import Examination
from tests.contract.exchanges import exchanges

SLOW_READER_S = 0.015
"""How long the slow reader thinks about each chunk (s): several of a fast answer come in the meantime."""
RETRY_AFTER_S = 7
"""What the service asks for in `rate_limited` (s)."""
TOOLS = (
    Tool("weather", "The weather of a town.", {"type": "object", "properties": {"town": {"type": "string"}, "days": {"type": "integer"}},
                                               "required": ["town"]}),
    Tool("hours", "When a shop is open.", {"type": "object", "properties": {"shop": {"type": "string"}}, "required": ["shop"]}),
)  # fmt: skip
"""What the model may call."""
ARGUMENTS: dict[str, dict[str, Any]] = {
    "weather": {"town": "Ouagadougou, naïve façade, 東京 and whatever else makes it long", "days": 3},
    "hours": {"shop": 'Жук "&" Söhne'},
}
"""What it calls them with: long enough to be cut into many chunks, with characters of several bytes and quotes."""
RESULT = '{"ok": true, "note": "warm, 東京"}'


# ── the network ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@case()
async def name_not_found(examination: Examination) -> None:
    """The name in the address does not exist."""
    await fails(examination, NameNotFound)


@case()
async def tls_failed(examination: Examination) -> None:
    """Nobody vouches for the certificate: no request is made."""
    await fails(examination, TlsFailed)
    assert not [each for each in examination.instants if each.name == "request_sent"], "the key must not go to a stranger"


@case()
async def not_http(examination: Examination) -> None:
    """What listens there does not speak HTTP."""
    await fails(examination, ProtocolBroken)


@case()
async def half_open(examination: Examination) -> None:
    """The request is read and nothing is ever answered: the turn's own time-out cancels, and the other side sees it."""
    provider = await examination.provider()
    seen: list[Any] = []
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(STALL_S):
            await examination.driver.run(provider, examination.wire(), seen)
    assert not any(examination.driver.is_output(chunk) for chunk in seen)
    assert not [each for each in examination.instants if each.name == "response_started"]
    await hung_up(examination)
    await recovered(examination, provider)


# ── the service says no ──────────────────────────────────────────────────────────────────────────────────────────────────
@case()
async def key_rejected(examination: Examination) -> None:
    """401: the key is not taken."""
    error = await fails(examination, KeyRejected)
    assert not error.retryable
    assert error.facts.get("variable"), "says which variable holds the key"


@case()
async def not_permitted(examination: Examination) -> None:
    """403: not for this account or region."""
    await fails(examination, NotPermitted)


@case()
async def model_gone(examination: Examination) -> None:
    """404: the model does not exist, or no longer."""
    error = await fails(examination, ModelGone)
    assert error.facts.get("model"), "says which model"


@case()
async def rate_limited(examination: Examination) -> None:
    """429 with `retry-after`: the seconds are in the message."""
    error = await fails(examination, RateLimited)
    assert error.retryable
    assert error.facts.get("retry_after") == str(RETRY_AFTER_S)
    assert f" {RETRY_AFTER_S} seconds" in error.public_message


@case()
async def rate_limited_silently(examination: Examination) -> None:
    """429 without `retry-after`: no number is made up."""
    error = await fails(examination, RateLimited)
    assert not any(letter.isdigit() for letter in error.facts.get("retry_after", ""))


@case()
async def quota_exceeded(examination: Examination) -> None:
    """The account is used up: waiting does not help."""
    error = await fails(examination, QuotaExceeded)
    assert not error.retryable


@case()
async def service_failed(examination: Examination) -> None:
    """500: the service is broken."""
    error = await fails(examination, ServiceFailed)
    assert error.retryable


@case()
async def service_unavailable(examination: Examination) -> None:
    """503: the service is down for the moment."""
    error = await fails(examination, ServiceFailed)
    assert error.retryable


@case()
async def error_inside(examination: Examination) -> None:
    """An answer that began well says in its middle that it failed."""
    await fails(examination, Refused, ServiceFailed)


# ── connections and instants ─────────────────────────────────────────────────────────────────────────────────────────────
def connected(examination: Examination) -> list[bool]:
    """Whether each request used a connection that was there before, in order."""
    return [each.data["reused"] for each in examination.instants if each.name == "connected"]


@case()
async def connection_reused(examination: Examination) -> None:
    """The second use goes over the connection of the first."""
    provider = examination.cold_provider()
    await answered(examination, provider)
    await answered(examination, provider)
    assert connected(examination)
    assert all(connected(examination))
    assert len({request.connection for request in await examination.requests()}) <= 1, "the server saw another connection"


@case()
async def warm_connection(examination: Examination) -> None:
    """After warming up, the first use finds a connection ready."""
    await completes(examination)
    assert connected(examination)
    assert all(connected(examination))
    assert not [each for each in examination.instants if each.name == "connect_started"]


@case()
async def instants_in_order(examination: Examination) -> None:
    """Cold: connecting, request, answer, in order; every chunk's instant is that of the read that completed it."""
    seen = await answered(examination, examination.cold_provider())
    read = {each.at_ns for each in examination.instants if each.name == "bytes_received"}
    assert {chunk.at_ns for chunk in seen if examination.driver.was_read(chunk)} <= read, "an instant at which nothing was read"
    requests = await examination.requests()
    if not requests:  # there is nobody else to ask
        return
    reported = sorted(exchanges(examination.instants), key=lambda each: at(each, "request_sent"))
    assert len(reported) == len(requests), "each request once"
    for instants, truth in zip(reported, sorted(requests, key=lambda each: each.read_ns), strict=True):
        assert at(instants, "request_sent") <= truth.read_ns, "sent after it was read"
        assert truth.head_written_ns <= at(instants, "response_started"), "read before it was written"
        assert truth.chunks[0].written_ns <= at(instants, "bytes_received")
        assert truth.chunks[-1].written_ns <= at(instants, "response_ended")


def at(instants: list[Any], name: str) -> int:
    """The first instant of that name (ns)."""
    return next(each.at_ns for each in instants if each.name == name)


@case("chat", "transcriber", "tts")
async def slow_reader(examination: Examination) -> None:
    """A reader that takes its time does not move the instants of what had been read already."""
    provider = await examination.provider()
    handed_ns: list[int] = []

    class Slow(list[Any]):
        def append(self, chunk: Any) -> None:
            handed_ns.append(time.monotonic_ns())
            super().append(chunk)
            time.sleep(SLOW_READER_S)  # noqa: ASYNC251 - a reader that blocks: the answer comes in meanwhile

    seen = Slow()
    await examination.driver.run(provider, examination.wire(), seen)
    examination.driver.check_complete(seen)
    examination.check_content(seen)
    read = {each.at_ns for each in examination.instants if each.name == "bytes_received"}
    handed = [(chunk.at_ns, at_ns) for at_ns, chunk in zip(handed_ns, seen, strict=True) if examination.driver.was_read(chunk)]
    assert {at_ns for at_ns, _ in handed} <= read, "an instant at which nothing was read"
    lags_s = [(handed_ns - at_ns) / 1e9 for at_ns, handed_ns in handed]
    assert min(lags_s) >= 0, "handed out before it was read"
    assert max(lags_s) >= 3 * SLOW_READER_S, "what came in one read did not keep its instant"


@case()
async def usage_counted(examination: Examination) -> None:
    """What was consumed is reported as the service counted it."""
    examination.check_usage(await completes(examination))


# ── what only a large model does ─────────────────────────────────────────────────────────────────────────────────────────
@case("chat")
async def reasoning_apart(examination: Examination) -> None:
    """Thinking comes as thinking, ahead of the text and never in it."""
    seen = await completes(examination)
    assert examination.plan is not None
    thought = [place for place, chunk in enumerate(seen) if isinstance(chunk, ReasoningDelta)]
    assert thought, "nothing was thought"
    assert "".join(seen[place].text for place in thought) == examination.plan.reasoning
    assert max(thought) < next(place for place, chunk in enumerate(seen) if isinstance(chunk, TextDelta))


async def calls_tools(examination: Examination, *names: str) -> None:
    """The model calls these functions, is told their results, and answers."""
    driver, provider = examination.driver, await examination.provider()
    assert isinstance(driver, ChatDriver)
    asked = driver.question(provider, tools=TOOLS)
    seen: list[Any] = []
    await driver.ask(provider, asked, examination.wire(), seen)
    driver.check_complete(seen)
    assert not driver.text(seen), "a call is no text"
    assert seen[-1].reason == "tool_calls"
    calls = check_calls(seen, names)
    results = tuple(Message("tool", RESULT, call_id=call.id) for call in calls)
    said = Message("assistant", "", calls=tuple(calls))
    # nothing is offered any more: a wire server calls what it is planned to call as long as it may
    told = ChatRequest((*asked.messages, said, *results), asked.language, asked.conversation)
    examination.instants.clear()
    after: list[Any] = []
    await driver.ask(provider, told, examination.wire(), after)
    driver.check_complete(after)
    examination.check_content(after)
    examination.check_exchanges()
    requests = await examination.requests()
    assert [request.complaint for request in requests] == [None, None], "the vendor would not have taken the results"


def check_calls(seen: list[Any], names: tuple[str, ...]) -> list[ToolCallReady]:
    """Each call was begun once and then ready once, with the arguments that the model wrote."""
    started = [chunk for chunk in seen if isinstance(chunk, ToolCallStarted)]
    ready = [chunk for chunk in seen if isinstance(chunk, ToolCallReady)]
    assert [chunk.name for chunk in started] == list(names)
    assert [chunk.name for chunk in ready] == list(names)
    assert [chunk.id for chunk in started] == [chunk.id for chunk in ready]
    assert len({chunk.id for chunk in ready}) == len(names), "every call has an id of its own"
    for begun, call in zip(started, ready, strict=True):
        assert call.id
        assert seen.index(begun) < seen.index(call)
        assert begun.at_ns <= call.at_ns
        assert json.loads(call.arguments) == ARGUMENTS[call.name]
    return ready


@case("chat")
async def tool_call(examination: Examination) -> None:
    """The model calls a function; its result goes back with the next request, which is answered."""
    await calls_tools(examination, "weather")


@case("chat")
async def several_tool_calls(examination: Examination) -> None:
    """The model calls two functions at once."""
    await calls_tools(examination, "weather", "hours")
