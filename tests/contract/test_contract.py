"""Every provider that streams, through every case of the contract that can happen to it."""

import asyncio

from tests.contract.cases import PATIENCE_S, Case
from tests.contract.examination import Examination
from tests.contract.leaks import nothing_left

_met: set[str] = set()


async def _meet(subject, setting) -> None:
    """The first use of an engine may open files for good (libraries, models): let that happen ahead of the count."""
    if str(subject) in _met:
        return
    _met.add(str(subject))
    acquaintance = Examination(subject, setting, "happy")
    provider = await acquaintance.provider()
    await acquaintance.driver.run(provider, acquaintance.wire(), [])
    await provider.close()


async def test_case(subject, case: Case, settings) -> None:
    setting = settings(subject)
    async with asyncio.timeout(PATIENCE_S):
        await _meet(subject, setting)
        async with nothing_left():
            examination = Examination(subject, setting, case.name)
            try:
                await case.run(examination)
            finally:
                for provider in examination.built:
                    await provider.close()
