"""One server for all tests that only look."""

from collections.abc import Iterator

import pytest

from tests.security.running_app import FakeState, Running, run_app, settings_for


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One server for all tests that only look. Its data folder is its own."""
    yield from run_app(FakeState(settings_for(tmp_path_factory.mktemp("firstword"), cors_origins=("http://friend.example",))))
