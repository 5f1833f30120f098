"""The cases of the contract: what each is called, whom it concerns, and what must come of it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from providers.base import Role
from providers.errors import ConnectionCut, EndedEarly, NetworkFailed, ProtocolBroken, ProviderError, Refused, ServiceFailed
from tests.contract.drivers import used
from tests.contract.examination import Examination

PATIENCE_S = 60.0
"""No case takes longer, not even with an engine that loads a model (s)."""
STALL_S = 0.25
"""Time-out of the turn in the stall case (s)."""
HANG_UP_MS = 250.0
"""A cancelled request must have been broken off at the other side by then (ms)."""


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
        CASES[name] = Case(name, run, roles or ("chat", "stt", "tts"), universal)
        return run

    return register


def cases_of(role: Role) -> list[Case]:
    """All cases of a role."""
    return [each for each in CASES.values() if role in each.roles]


# ── answers that come ────────────────────────────────────────────────────────────────────────────────────────────────────
async def completes(examination: Examination) -> list[Any]:
    """One undisturbed use."""
    seen = await used(examination.driver, await examination.provider(), examination.wire())
    examination.driver.check_complete(seen)
    examination.check_text(seen)
    examination.check_instants()
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
        examination.check_text(seen)
        await asyncio.sleep(0.02)


@case(universal=True)
async def two_at_once(examination: Examination) -> None:
    """Two uses of one provider at the same time do not touch each other."""
    provider = await examination.provider()
    async with asyncio.TaskGroup() as group:
        uses = [group.create_task(used(examination.driver, provider, examination.wire())) for _ in range(2)]
    for use in uses:
        examination.driver.check_complete(use.result())
        examination.check_text(use.result())


@case(universal=True)
async def closed_twice(examination: Examination) -> None:
    """Warming up again and closing again do no harm; a closed provider that never worked neither."""
    provider = await examination.provider()
    await provider.warm_up()
    await provider.close()
    await provider.close()
    unused = examination.subject.build(examination.setting, examination.case)
    await unused.close()


# ── answers that go wrong ────────────────────────────────────────────────────────────────────────────────────────────────
async def fails(examination: Examination, *leaves: type[ProviderError]) -> ProviderError:
    """One use that ends in an error of these leaves."""
    seen: list[Any] = []
    with pytest.raises(ProviderError) as caught:
        await examination.driver.run(await examination.provider(), examination.wire(), seen)
    examination.check_error(caught.value, *leaves)
    return caught.value


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
    await hung_up(examination)


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
    with pytest.raises(ProviderError) as caught:
        await examination.driver.run(await examination.provider(), examination.wire(), [])
    examination.check_error(caught.value, NetworkFailed)


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
    examination.check_text(seen)


# ── answers that nobody wants any more ───────────────────────────────────────────────────────────────────────────────────
async def cancelled(examination: Examination, ready: Callable[[list[Any]], bool]) -> list[Any]:
    """Start a use and cancel it as soon as `ready(chunks so far)`."""
    provider = await examination.provider()
    seen: list[Any] = []
    async with asyncio.TaskGroup() as group:
        use = group.create_task(examination.driver.run(provider, examination.wire(), seen))
        while not ready(seen) and not use.done():  # noqa: ASYNC110 - any engine, any way of saying so
            await asyncio.sleep(0.001)
        use.cancel()
    if examination.must_be_cancelled:
        assert use.cancelled(), "the answer was over before it could be cancelled"
    count = len(seen)
    await hung_up(examination)
    assert len(seen) == count, "a chunk after the cancelling"
    return seen


async def hung_up(examination: Examination) -> None:
    """The other side has seen the request broken off in time, where it can be asked."""
    stage = examination.subject.stage
    if stage is None or stage.hung_up_ms is None:
        return
    deadline_s = asyncio.get_running_loop().time() + 5
    while (took_ms := await asyncio.to_thread(stage.hung_up_ms, examination.setting, examination.instants)) is None:
        assert asyncio.get_running_loop().time() < deadline_s, "the other side was never told"
        await asyncio.sleep(0.01)
    assert took_ms <= HANG_UP_MS


@case(universal=True)
async def cancel_before_output(examination: Examination) -> None:
    """Cancelled while waiting for the first chunk."""
    looks = iter(range(20))

    def under_way(_: list[Any]) -> bool:
        sent = any(each.name == "request_sent" for each in examination.instants)
        return sent or (examination.subject.role == "stt" and next(looks, None) is None)  # which need not report it

    seen = await cancelled(examination, under_way)
    if examination.must_be_cancelled:
        assert not any(examination.driver.is_output(chunk) for chunk in seen)


@case(universal=True)
async def cancel_after_output(examination: Examination) -> None:
    """Cancelled in the middle of the answer."""
    await cancelled(examination, lambda seen: any(examination.driver.is_output(chunk) for chunk in seen))
