"""One case of the contract with one provider: what it runs on, and what is checked of whatever it does."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from providers.base import Instant, Provider, Role, Wire
from providers.errors import ProviderError, Stage
from tests.contract.drivers import DRIVERS, Driver
from tests.contract.subjects import Subject

ERROR_STAGES: dict[Role, Stage] = {"vad": "vad", "stt": "stt", "chat": "llm", "tts": "tts"}


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

    @property
    def driver(self) -> Driver:
        return DRIVERS[self.subject.role]

    @property
    def must_be_cancelled(self) -> bool:
        """The answer is staged to last long enough to be cancelled in time."""
        return self.subject.stage is not None and not self.subject.staged(self.case).may_finish

    def wire(self) -> Wire:
        """The observer, on the machine's monotonic clock."""
        return Wire(time.monotonic_ns, self.instants.append)

    async def provider(self) -> Provider:
        """Built for the case and warmed up."""
        provider = self.subject.build(self.setting, self.case)
        self.built.append(provider)
        await provider.warm_up()
        return provider

    def check_text(self, seen: list[Any]) -> None:
        """The text is the expected one, where that is known."""
        expected = self.subject.staged(self.case).text
        if expected is not None:
            assert self.driver.text(seen) == expected

    def check_error(self, error: ProviderError, *leaves: type[ProviderError]) -> None:
        """A leaf of the tree, with its stage and a message that is ours."""
        assert isinstance(error, leaves), f"{error!r} instead of {[leaf.__name__ for leaf in leaves]}"
        assert error.stage == ERROR_STAGES[self.subject.role]
        assert error.code == type(error).code
        message = error.public_message
        assert message
        assert "{" not in message
        assert not error.cause or error.cause not in message, "the cause is for the log only"
        texts = self.subject.stage.vendor_texts if self.subject.stage is not None else ()
        assert not [text for text in texts if text in message or text in str(error)], "no text of the other side"

    def check_instants(self) -> None:
        """The request was reported; a connection before it, the answer's end after it; nothing in the future."""
        at = {name: [each.at_ns for each in self.instants if each.name == name] for name in {e.name for e in self.instants}}
        if self.subject.role in ("chat", "tts"):
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
