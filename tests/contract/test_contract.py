"""Every provider that streams, through every case of the contract that can happen to it."""

import asyncio

from tests.contract.cases import PATIENCE_S, Case
from tests.contract.examination import Examination
from tests.contract.leaks import nothing_left

_met: dict[str, int] = {}


async def _meet(subject, setting) -> int:
    """The first use of an engine may open files for good (libraries, models): let that happen ahead of the count.

    Gives the number of requests that warming up makes.
    """
    if str(subject) not in _met:
        acquaintance = Examination(subject, setting, "happy")
        provider = await acquaintance.provider()
        asks = subject.stage.warming if subject.stage is not None else None
        _met[str(subject)] = 0 if asks is None else await asyncio.to_thread(asks, setting, acquaintance.plan)
        try:
            await acquaintance.driver.run(provider, acquaintance.wire(), [])
        finally:
            await provider.close()
    return _met[str(subject)]


async def test_case(subject, case: Case, settings) -> None:
    setting = settings(subject)
    async with asyncio.timeout(PATIENCE_S):
        warming = await _meet(subject, setting)
        async with nothing_left():
            examination = Examination(subject, setting, case.name, warming=warming)
            try:
                await case.run(examination)
            finally:
                for provider in examination.built:
                    await provider.close()
