"""One server for all tests that neither stop it nor fill its disk; each test is a browser of its own."""

from collections.abc import Iterator

import pytest

from tests.running import Workbench, running_workbench
from tests.web.tasks_client import Tasks, signed_in


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    with running_workbench(tmp_path_factory.mktemp("workbench")) as running:
        yield running


@pytest.fixture
def tasks(bench: Workbench) -> Iterator[Tasks]:
    with signed_in(bench) as browser:
        yield browser


@pytest.fixture
def other(bench: Workbench) -> Iterator[Tasks]:
    """Somebody else."""
    with signed_in(bench) as browser:
        yield browser
