"""The cases of the contract: what each is called, whom it concerns, and what must come of it."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from providers.base import Provider, Role
from providers.errors import ConnectionCut, EndedEarly, NetworkFailed, ProtocolBroken, ProviderError, Refused, ServiceFailed
from tests.contract.drivers import used
from tests.contract.examination import Examination
from tests.contract.exchanges import exchanges

PATIENCE_S = 60.0
"""No case takes longer, not even with an engine that loads a model (s)."""
STALL_S = 0.25
"""Time-out of the turn in the stall case (s)."""
HANG_UP_MS = 250.0
"""A cancelled request must have been broken off at the other side by then (ms)."""


STREAMING: tuple[Role, ...] = ("chat", "stt", "transcriber", "tts")
"""The roles that answer over time."""

Run = Callable[[Examination], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Case:
    """One case of the contract."""

    name: str
    run: Run
    roles: tuple[Role, ...]
    universal: bool
    """Needs no provoking: every provider goes through it, declared or not."""


CASES: dict[str, Case] = {}


def case(*roles: Role, universal: bool = False) -> Callable[[Run], Run]:
    """Registers a case under the name of its function, for these roles (none = all that stream)."""

    def register(run: Run) -> Run:
        name = getattr(run, "__name__", "")
        CASES[name] = Case(name, run, roles or STREAMING, universal)
        return run

    return register


def cases_of(role: Role) -> list[Case]:
    """All cases of a role."""
    return [each for each in CASES.values() if role in each.roles]


# ── answers that come ────────────────────────────────────────────────────────────────────────────────────────────────────
async def completes(examination: Examination) -> list[Any]:
    """One undisturbed use."""
    return await answered(examination, await examination.provider())


async def answered(examination: Examination, provider: Provider) -> list[Any]:
    """One undisturbed use of a provider that is there already."""
    examination.instants.clear()
    seen = await used(examination.driver, provider, examination.wire())
    examination.driver.check_complete(seen)
    examination.check_content(seen)
    examination.check_instants()
    if examination.over_http:
        examination.check_exchanges()
        complaints = [request.complaint for request in await examination.requests() if request.complaint]
        assert not complaints, "the vendor would not have taken the request"
    return seen


@case(universal=True)
async def happy(examination: Examination) -> None:
    """The answer comes, chunk by chunk, in order, with one ending."""
    seen = await completes(examination)
    assert any(examination.driver.is_output(chunk) for chunk in seen)


@case()
async def slow_first_chunk(examination: Examination) -> None:
    """Nothing for a while, and then the answer: no time-out of the adapter's own."""
    await completes(examination)


@case("chat")
async def no_text_first(examination: Examination) -> None:
    """Chunks without text come ahead; none of them passes for text."""
    seen = await completes(examination)
    assert not examination.driver.is_output(seen[0])


@case()
async def empty(examination: Examination) -> None:
    """The answer has no content: it still ends properly."""
    await completes(examination)


@case()
async def split_characters(examination: Examination) -> None:
    """Bytes arrive cut inside a character: the text is whole."""
    await completes(examination)


@case()
async def after_done(examination: Examination) -> None:
    """A chunk follows the ending: it is not seen, neither in this answer nor in the next."""
    provider = await examination.provider()
    for _ in range(2):
        seen = await used(examination.driver, provider, examination.wire())
        examination.driver.check_complete(seen)
        examination.check_content(seen)
        await asyncio.sleep(0.02)


@case(universal=True)
async def two_at_once(examination: Examination) -> None:
    """Two uses of one provider at the same time do not touch each other."""
    provider = await examination.provider()
    async with asyncio.TaskGroup() as group:
        uses = [group.create_task(used(examination.driver, provider, examination.wire())) for _ in range(2)]
    for use in uses:
        examination.driver.check_complete(use.result())
        examination.check_content(use.result())


@case(universal=True)
async def closed_twice(examination: Examination) -> None:
    """Warming up again and closing again do no harm; a closed provider that never worked neither."""
    provider = await examination.provider()
    await provider.warm_up()
    await provider.close()
    await provider.close()
    await examination.cold_provider().close()


# ── answers that go wrong ────────────────────────────────────────────────────────────────────────────────────────────────
async def fails(examination: Examination, *leaves: type[ProviderError]) -> ProviderError:
    """One use that ends in an error of these leaves; then one that does not, where that is staged."""
    provider = await provider_that_starts(examination)
    seen: list[Any] = []
    with pytest.raises(ProviderError) as caught:
        await examination.driver.run(provider, examination.wire(), seen)
    examination.check_error(caught.value, *leaves)
    examination.check_kept(seen)
    await recovered(examination, provider)
    return caught.value


async def provider_that_starts(examination: Examination) -> Provider:
    """Warmed up where that succeeds: a service that cannot be reached may say so at warming up already, with the same error."""
    provider = examination.cold_provider()
    with contextlib.suppress(ProviderError):
        await provider.warm_up()
    return provider


async def recovered(examination: Examination, provider: Provider) -> None:
    """The same provider answers properly, where the staged fault strikes only once."""
    if examination.staged.recovers:
        await answered(examination, provider)


@case()
async def stall(examination: Examination) -> None:
    """The answer stops half-way and nothing happens: the turn's own time-out cancels it."""
    provider = await examination.provider()
    seen: list[Any] = []
    before_s = asyncio.get_running_loop().time()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(STALL_S):
            await examination.driver.run(provider, examination.wire(), seen)
    assert asyncio.get_running_loop().time() - before_s < STALL_S + 1
    examination.check_kept(seen)
    await hung_up(examination)
    await recovered(examination, provider)


@case()
async def cut(examination: Examination) -> None:
    """The connection breaks half-way."""
    await fails(examination, ConnectionCut, EndedEarly)


@case()
async def ended_early(examination: Examination) -> None:
    """The other side says goodbye without having finished: that is no polite ending."""
    await fails(examination, ConnectionCut, EndedEarly)


@case()
async def malformed(examination: Examination) -> None:
    """Something comes that is not the protocol: never taken for a goodbye."""
    assert not isinstance(await fails(examination, ProtocolBroken), EndedEarly)


@case()
async def out_of_order(examination: Examination) -> None:
    """Chunks come in the wrong order: noticed, never passed on as they are, nor taken for a goodbye."""
    assert not isinstance(await fails(examination, ProtocolBroken), EndedEarly)


@case()
async def refused_connection(examination: Examination) -> None:
    """Nobody listens at the address."""
    await fails(examination, NetworkFailed)


@case()
async def refused_request(examination: Examination) -> None:
    """The service answers no, with a text of its own."""
    await fails(examination, Refused, ServiceFailed)


@case()
async def reuse_after_error(examination: Examination) -> None:
    """The first use fails; the same provider then works."""
    provider = await examination.provider()
    with pytest.raises(ProviderError):
        await examination.driver.run(provider, examination.wire(), [])
    seen = await used(examination.driver, provider, examination.wire())
    examination.driver.check_complete(seen)
    examination.check_content(seen)


# ── answers that nobody wants any more ───────────────────────────────────────────────────────────────────────────────────
async def cancelled(examination: Examination, ready: Callable[[list[Any]], bool]) -> list[Any]:
    """Start a use and cancel it as soon as `ready(chunks so far)`."""
    provider = await examination.provider()
    seen: list[Any] = []
    async with asyncio.TaskGroup() as group:
        use = group.create_task(examination.driver.run(provider, examination.wire(), seen))
        while not ready(seen) and not use.done():  # noqa: ASYNC110 - any engine, any way of saying so
            await asyncio.sleep(0.001)
        await read_by_the_server(examination, use)
        use.cancel()
    if examination.must_be_cancelled:
        assert use.cancelled(), "the answer was over before it could be cancelled"
    count = len(seen)
    await hung_up(examination)
    assert len(seen) == count, "a chunk after the cancelling"
    if examination.over_http:
        names = [each.name for each in examination.instants]
        assert names[-1] == "cancel_sent", "nothing after it"
        for exchange in exchanges(examination.instants):
            ends = [each.name for each in exchange if each.name in ("response_ended", "cancel_sent")]
            assert len(ends) == 1, "each request ends once"
    await recovered(examination, provider)
    return seen


async def read_by_the_server(examination: Examination, use: "asyncio.Task[None]") -> None:
    """The wire server has read the request: before that there is nothing that it could see broken off."""
    while examination.over_http and not await examination.requests() and not use.done():  # noqa: ASYNC110 - in another process
        await asyncio.sleep(0.001)


async def hung_up(examination: Examination) -> None:
    """The other side has seen the request broken off in time, where it can be asked."""
    stage = examination.subject.stage
    if stage is None or stage.hung_up_ms is None:
        return
    deadline_s = asyncio.get_running_loop().time() + 5
    asked = stage.hung_up_ms, examination.setting, examination.instants, examination.plan
    while (took_ms := await asyncio.to_thread(*asked)) is None:
        assert asyncio.get_running_loop().time() < deadline_s, "the other side was never told"
        await asyncio.sleep(0.01)
    assert took_ms <= HANG_UP_MS


@case(universal=True)
async def cancel_before_output(examination: Examination) -> None:
    """Cancelled while waiting for the first chunk."""
    looks = iter(range(20))

    def under_way(_: list[Any]) -> bool:
        sent = any(each.name == "request_sent" for each in examination.instants)
        may_be_silent = examination.subject.role == "stt" and not examination.over_http
        return sent or (may_be_silent and next(looks, None) is None)

    seen = await cancelled(examination, under_way)
    if examination.must_be_cancelled:
        assert not any(examination.driver.is_output(chunk) for chunk in seen)


@case(universal=True)
async def cancel_after_output(examination: Examination) -> None:
    """Cancelled in the middle of the answer."""
    await cancelled(examination, lambda seen: any(examination.driver.is_output(chunk) for chunk in seen))
