"""What every test may ask for."""

import asyncio
from collections.abc import Callable, Mapping

import pytest

from tests.virtual_time import VirtualTime, VirtualTimeLoop, loop_factories


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Tests that ask for `virtual_time` run on a loop whose clock jumps; all others on the usual one."""
    return loop_factories(getattr(item, "fixturenames", ()))


@pytest.fixture
async def virtual_time() -> VirtualTime:
    """The jumping clock of this test's own loop."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    return VirtualTime(loop)
