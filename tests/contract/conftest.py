"""Gives every contract test its subjects and cases."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import pytest

from tests.contract import wire_cases  # noqa: F401 - registers its cases
from tests.contract.cases import cases_of
from tests.contract.subjects import Subject, subjects

Setting = Mapping[str, Any]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`subject` alone: every provider. With `case`: every case that can happen to it. `detector`: voice detectors only."""
    found = subjects()
    if "detector" in metafunc.fixturenames:
        detectors = [subject for subject in found if subject.role == "vad"]
        metafunc.parametrize("detector", detectors, ids=str)
    elif "case" in metafunc.fixturenames:
        pairs = [(subject, case) for subject in found for case in cases_of(subject.role) if applies(subject, case.name)]
        metafunc.parametrize(("subject", "case"), pairs, ids=[f"{subject}-{case.name}" for subject, case in pairs])
    elif "subject" in metafunc.fixturenames:
        metafunc.parametrize("subject", found, ids=str)


def applies(subject: Subject, name: str) -> bool:
    """Declared to be provoked, or universal where nothing is declared."""
    if subject.stage is None:
        return any(case.universal for case in cases_of(subject.role) if case.name == name)
    return name in subject.stage.cases


@pytest.fixture(scope="session")
def settings() -> Iterator[Callable[[Subject], Setting]]:
    """What a subject's stage talks to, started once for all its tests."""
    running: dict[Any, Setting] = {}
    with ExitStack() as stack:

        def setting(subject: Subject) -> Setting:
            if subject.stage is None:
                return {}
            start = subject.stage.setting
            if start not in running:
                running[start] = stack.enter_context(start())
            return running[start]

        yield setting


@pytest.fixture(autouse=True)
def skip_where_something_is_missing(request: pytest.FixtureRequest) -> None:
    """A provider that says what it lacks cannot be examined; the reason is in the report. A key is not lacking over HTTP: an
    address of our own gets none."""
    subject = request.node.callspec.params.get("subject") if hasattr(request.node, "callspec") else None
    if not isinstance(subject, Subject) or (subject.stage is not None and subject.stage.over_http):
        return
    if "case" in request.node.callspec.params:
        missing = subject.engine.missing()
        if missing is not None:
            pytest.fail(f"{subject} needs {missing.what}: {missing.remedy}")
