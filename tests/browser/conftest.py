"""One workbench for all tests of the page: it is started once, as a user would."""

from collections.abc import Iterator

import pytest

from tests.running import Workbench, running_workbench


@pytest.fixture(scope="session")
def workbench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    with running_workbench(tmp_path_factory.mktemp("workbench") / "data") as bench:
        yield bench
