"""What a wire server remembers of each HTTP request: what was asked, and when each piece of the answer was written.

All instants are CLOCK_MONOTONIC (`time.monotonic_ns`), which is the same in every process of one boot. Secrets are kept as
hashes only.
"""

from collections import OrderedDict

from pydantic import BaseModel, ConfigDict

from bench.wire.stamps import ChunkStamp, Leaving

KEPT_REQUESTS = 20_000
"""Stamps of older requests are forgotten, and counted."""


class HttpStamps(BaseModel):
    """One request and its answer."""

    model_config = ConfigDict(extra="forbid")

    id: str
    """The answer's `x-request-id` where the vendor sends one, else `wire_<n>`; also in its `x-firstword-request`."""
    nth: int
    """Number of the request under its plan: 0, 1, 2 …"""
    method: str
    path: str
    """Without the plan's part and without the query."""
    plan: str
    """The plan's segment in the address; empty: the server's own plan."""
    connection: int
    """Number of its connection: 0, 1, 2 … in the order in which they came."""
    nth_on_connection: int
    """Number of the request on that connection; above 0 the connection was reused."""
    read_ns: int
    """When its last byte had been read (ns)."""
    status: int | None = None
    """HTTP status that was answered; None when there was none."""
    head_written_ns: int | None = None
    """Right before the head of the answer was handed to the kernel (ns); None when it was not."""
    chunks: list[ChunkStamp] = []
    """The pieces of the body written so far; `size` is without HTTP's own framing."""
    completed_ns: int | None = None
    """When the last proper piece was written (ns); None when it was not."""
    left_ns: int | None = None
    """When the answer was broken off (ns); None when it was not."""
    left_by: Leaving | None = None
    """Who broke it off."""
    complaint: str | None = None
    """What was wrong with the request, without the key; None when nothing was."""
    body_sha256: str
    body_bytes: int
    """Size of the request's body (bytes)."""
    authorization_sha256: str | None
    """SHA-256 of the value of `authorization`, else of `x-goog-api-key`; None when there was neither."""
    headers: list[str]
    """Names of the request's headers, in lower case, as they came."""

    def first(self, kind: str) -> ChunkStamp | None:
        """The first chunk of that sort, or None when none was written."""
        return next((chunk for chunk in self.chunks if chunk.kind == kind), None)

    def real_ms(self, chunk: ChunkStamp) -> float:
        """From the reading of the request to the writing of the chunk (ms): the truth that a figure is held against."""
        return (chunk.written_ns - self.read_ns) / 1e6


class RequestsAnswer(BaseModel):
    """What `GET /wire/requests` answers."""

    model_config = ConfigDict(extra="forbid")

    requests: list[HttpStamps]
    forgotten: int
    """Older requests that are not kept."""


class HttpMemory:
    """The stamps of the latest requests, and the counters."""

    def __init__(self) -> None:
        self._requests: OrderedDict[int, HttpStamps] = OrderedDict()
        self._under_plan: dict[str, int] = {}
        self._serial = 0
        self.forgotten = 0
        self.connections = 0

    def next_serial(self) -> int:
        """A number that no request had before."""
        self._serial += 1
        return self._serial - 1

    def next_under(self, plan: str) -> int:
        """Number of the next request under this plan."""
        nth = self._under_plan.get(plan, 0)
        self._under_plan[plan] = nth + 1
        return nth

    def add(self, serial: int, stamps: HttpStamps) -> None:
        self._requests[serial] = stamps
        while len(self._requests) > KEPT_REQUESTS:
            self._requests.popitem(last=False)
            self.forgotten += 1

    def known(self, plan: str | None) -> RequestsAnswer:
        """In the order in which they were read; `plan` None: of every plan."""
        chosen = [stamps for stamps in self._requests.values() if plan is None or stamps.plan == plan]
        return RequestsAnswer.model_construct(requests=chosen, forgotten=self.forgotten)

    def forget(self) -> None:
        """Everything, the counting of requests under plans included: the next one of each is number 0 again."""
        self._requests.clear()
        self._under_plan.clear()
        self.forgotten = 0
