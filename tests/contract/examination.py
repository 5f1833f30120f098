"""One case of the contract with one provider: what it runs on, and what is checked of whatever it does."""

import asyncio
import itertools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from bench.wire.plan import Plan
from providers.base import Instant, Provider, Role, Usage, Wire
from providers.errors import ProviderError, Stage
from tests.contract.drivers import DRIVERS, Driver, SpeechDriver
from tests.contract.exchanges import check_exchange, exchanges
from tests.contract.staging import Staged
from tests.contract.subjects import Subject

ERROR_STAGES: dict[Role, Stage] = {"vad": "vad", "stt": "stt", "transcriber": "stt", "chat": "llm", "tts": "tts"}
_numbers = itertools.count(1)


def own_plan(plan: Plan, warming: int) -> Plan:
    """The same plan with an address that nobody else uses, so that its requests are this case's and nobody else's.

    Faults of chosen requests are moved behind the requests that warming up makes.
    """
    # `ms` is the length of a delay; no case of this suite plans the fault `delay`, so it is free to tell plans apart
    struck = tuple(number + warming for number in plan.fault.only_requests)
    own = plan.fault.model_copy(update={"ms": 1000.0 + next(_numbers), "only_requests": struck})
    return plan.model_copy(update={"fault": own})


@dataclass(slots=True)
class Examination:
    """One case with one subject."""

    subject: Subject
    setting: Mapping[str, Any]
    """Options that reach what the provider talks to."""
    case: str
    instants: list[Instant] = field(default_factory=list[Instant])
    """All that was reported on the wire."""
    built: list[Provider] = field(default_factory=list[Provider])
    plan: Plan | None = None
    """What the wire server answers, under an address of this examination's own."""
    warming: int = 0
    """Requests that warming up makes."""

    def __post_init__(self) -> None:
        planned = self.staged.plan
        self.plan = own_plan(planned, self.warming) if planned is not None else None

    @property
    def staged(self) -> Staged:
        return self.subject.staged(self.case)

    @property
    def driver(self) -> Driver:
        return DRIVERS[self.subject.role]

    @property
    def over_http(self) -> bool:
        """Every instant of a request over HTTP must be reported."""
        return self.subject.stage is not None and self.subject.stage.over_http

    @property
    def must_be_cancelled(self) -> bool:
        """The answer is staged to last long enough to be cancelled in time."""
        return self.subject.stage is not None and not self.staged.may_finish

    def wire(self) -> Wire:
        """The observer, on the machine's monotonic clock."""
        return Wire(time.monotonic_ns, self.instants.append)

    async def provider(self) -> Provider:
        """Built for the case and warmed up."""
        provider = self.cold_provider()
        await provider.warm_up()
        return provider

    def cold_provider(self) -> Provider:
        """Built for the case."""
        provider = self.subject.build(self.setting, self.case, self.plan)
        self.built.append(provider)
        return provider

    async def requests(self) -> Sequence[Any]:
        """The wire server's records of this case's requests, in order; empty where there is no wire server."""
        stage = self.subject.stage
        if stage is None or stage.requests is None or self.plan is None:
            return ()
        return await asyncio.to_thread(stage.requests, self.setting, self.plan)

    def check_content(self, seen: list[Any]) -> None:
        """Text and length of the sound are the expected ones, where these are known."""
        expected = self.staged.text
        if expected is not None:
            assert self.driver.text(seen) == expected, f"{self.driver.text(seen)!r} instead of {expected!r}"
        if self.staged.sound_s is not None:
            assert isinstance(self.driver, SpeechDriver)
            lengths = self.driver.sound_s(seen)
            assert lengths == {0: pytest.approx(self.staged.sound_s, abs=1e-4), 2: pytest.approx(self.staged.sound_s, abs=1e-4)}

    def check_kept(self, seen: list[Any]) -> None:
        """What came before it went wrong is there, as it was said."""
        whole = self.staged.begins
        if whole is not None:
            kept = self.driver.text(seen) or self.driver.partial_text(seen)
            assert kept, "nothing of the text before the fault was kept"
            assert whole.startswith(kept), f"{kept!r} is no beginning of {whole!r}"

    def check_usage(self, seen: list[Any]) -> None:
        """Counted once for each request, by the server, as planned."""
        counted = [chunk for chunk in seen if isinstance(chunk, Usage)]
        counted += [used for chunk in seen if (used := getattr(chunk, "usage", None)) is not None]
        assert counted, "nothing was counted"
        for each in counted:
            said, expected = {name: getattr(each, name) for name in self.staged.usage}, dict(self.staged.usage)
            assert None not in said.values(), f"counted {said} instead of {expected}"
            assert said == pytest.approx(expected), f"counted {said} instead of {expected}"
            assert "source" in expected or each.source == "server"

    def check_error(self, error: ProviderError, *leaves: type[ProviderError]) -> None:
        """A leaf of the tree, with its stage and a message that is ours."""
        expected = (self.staged.leaf,) if self.staged.leaf is not None else leaves
        assert isinstance(error, expected), f"{error!r} ({error.cause}) instead of {[leaf.__name__ for leaf in expected]}"
        assert not type(error).__subclasses__() or type(error) in expected, "a leaf of the tree"
        assert error.stage == ERROR_STAGES[self.subject.role]
        assert error.code == type(error).code
        message = error.public_message
        assert message
        assert "{" not in message
        assert not error.cause or error.cause not in message, "the cause is for the log only"
        texts = self.subject.stage.vendor_texts if self.subject.stage is not None else ()
        assert not [text for text in texts if text in message or text in str(error)], "no text of the other side"
        assert not [text for text in texts for fact in error.facts.values() if text in fact], "no text of the other side"

    def check_instants(self) -> None:
        """The request was reported; a connection before it, the answer's end after it; nothing in the future."""
        at = {name: [each.at_ns for each in self.instants if each.name == name] for name in {e.name for e in self.instants}}
        if self.subject.role in ("chat", "tts", "transcriber"):
            assert at.get("request_sent"), "request_sent was not reported"
        for earlier, later in (
            ("connect_started", "connected"),
            ("connected", "request_sent"),
            ("request_sent", "response_ended"),
        ):
            if earlier in at and later in at:
                assert min(at[earlier]) <= min(at[later]), f"{earlier} after {later}"
        assert all(each.at_ns <= time.monotonic_ns() for each in self.instants)
        assert all(isinstance(each.data.get("reused"), bool) for each in self.instants if each.name == "connected")

    def check_exchanges(self) -> None:
        """Over HTTP: every request was reported whole, its instants in order."""
        for exchange in exchanges(self.instants):
            check_exchange(exchange)
