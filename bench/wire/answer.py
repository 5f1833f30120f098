"""Between a wire server's engine (sockets, clocks, faults) and a vendor's format (what is asked and answered)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from bench.wire.plan import Plan


@dataclass(frozen=True, slots=True)
class WireRequest:
    """A request as it was read, complete."""

    method: str
    path: str
    """Without the plan's part and without the query, such as `/v1/chat/completions`."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    plan: Plan
    nth: int
    """Number of the request under this plan: 0, 1, 2 …"""
    scheme: Literal["http", "https"] = "http"
    """What the client connected with: answers that name an address of this server begin with it."""


@dataclass(frozen=True, slots=True)
class Step:
    """A piece of the answer's body."""

    due_ms: float
    """After the request was read (ms)."""
    data: bytes
    kind: str
    """For the stamps: `head`, `role`, `reasoning`, `text`, `call`, `usage`, `audio`, `delta`, `done`, `end` …"""


@dataclass(frozen=True, slots=True)
class WireAnswer:
    """What is sent back."""

    steps: tuple[Step, ...]
    """In order. The last one closes the answer in the vendor's own way."""
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    framing: Literal["chunked", "length"] = "length"
    """`length`: one body with its length in the head, sent when its only step is due. `chunked`: step by step."""
    on_end: Callable[[], None] | None = None
    """Called when the last proper step was written: what the service keeps only of a complete answer. No fault, no hang-up."""


class Complaint(Exception):
    """The client sent something that the vendor would not take: answered in the vendor's own form, and put on record."""

    def __init__(self, status: int, message: str, code: str = "", param: str = "", *, answer: WireAnswer | None = None) -> None:
        """`answer`: the finished error answer, where it has more in it than `Vendor.refusal` can be told."""
        self.status, self.message, self.code, self.param, self.answer = status, message, code, param, answer
        super().__init__(message)


class Vendor(Protocol):
    """One vendor's format. Knows nothing of sockets; imports no adapter."""

    name: str
    """As in `workbench.py wire <name>`."""

    def answer(self, request: WireRequest) -> WireAnswer:
        """The planned answer, faults not yet applied. Raises `Complaint` for an unknown, missing or wrong field."""
        ...

    def refusal(self, status: int, code: str, message: str, *, retry_after_s: float | None = None) -> WireAnswer:
        """An error answer in the vendor's form (`message` echoes a key, as vendors do; it must never reach a person)."""
        ...

    def error_inside(self, request: WireRequest) -> bytes:
        """The error as it comes in the middle of a stream of this request."""
        ...

    def nonsense(self) -> bytes:
        """Bytes in the place of a chunk that are not the vendor's format."""
        ...
