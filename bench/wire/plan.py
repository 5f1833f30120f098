"""What a wire server is to answer, when, and what goes wrong: the script that replaces the model behind the format.

A plan is JSON. Clients choose it by the address that they are given: `http://host:port/plan/<base64url of the JSON>/v1`
stands for `http://host:port/v1` with that plan, so an adapter under test needs no knowledge of it. Without one, the plan that
the server was started with holds.
"""

import base64
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

FaultKind: TypeAlias = Literal[
    "none",
    "delay",
    "stall",
    "status",
    "error_inside",
    "malformed",
    "cut",
    "ended_early",
    "empty",
    "out_of_order",
    "after_done",
    "split",
    "half_open",
    "not_http",
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Fault(_Part):
    """What goes wrong, after how many proper chunks."""

    kind: FaultKind = "none"
    """`delay`: everything from there on comes `ms` later. `stall`: nothing more comes and the connection stays. `status`: the
    request is answered with HTTP `status` in the vendor's own words. `error_inside`: the vendor's error in the middle of a
    stream that began with 200. `malformed`: bytes that are not the format. `cut`: TCP reset. `ended_early`: the stream ends
    politely without its final part. `empty`: a proper answer without content. `out_of_order`: two chunks change places.
    `after_done`: a chunk too many. `split`: every chunk in two TCP pieces, cut inside a character where there is one.
    `half_open`: the request is read and nothing is ever answered, not even a head. `not_http`: the answer is no HTTP."""
    after: int = Field(default=0, ge=0)
    """Chunks that still come properly (chunks)."""
    ms: float = Field(default=1000.0, ge=0)
    """Length of a delay (ms)."""
    status: int = Field(default=500, ge=400, le=599)
    """HTTP status of `status`."""
    code: str = ""
    """The vendor's own code for it, such as `insufficient_quota`; empty: the usual one of the status."""
    retry_after_s: float | None = Field(default=None, ge=0)
    """What `retry-after` says (s); None: the header is not sent."""
    only_requests: tuple[int, ...] = ()
    """Numbers of the requests under this plan that fail, from 0; empty: every one."""


class PlannedCall(_Part):
    """A function call that the scripted model makes."""

    name: str
    arguments: dict[str, Any] = {}


class Plan(_Part):
    """A scripted answer."""

    text: str = "This is a wire server: its words are scripted, its delays are known, and no model was asked."
    """What is replied, transcribed, or (as its length) spoken."""
    first_chunk_ms: float = Field(default=20.0, ge=0)
    """Request read → first chunk of any kind (ms)."""
    first_text_ms: float = Field(default=120.0, ge=0)
    """Request read → first chunk with visible text, sound or transcript (ms); never before the first chunk."""
    tokens_per_s: float = Field(default=60.0, gt=0)
    """Pace of the text after its first chunk (chunks/s)."""
    reasoning: str = ""
    """Thinking that comes before the text, in the vendor's own form."""
    calls: tuple[PlannedCall, ...] = ()
    """Function calls made instead of the text, when the request offers functions of those names."""
    no_text_first: int = Field(default=1, ge=0)
    """Chunks without text ahead of the first one: the vendor's role-only, empty or keep-alive chunks."""
    tokens_in: int = Field(default=12, ge=0)
    tokens_cached: int = Field(default=0, ge=0)
    audio_s: float = Field(default=1.0, ge=0)
    """Length of spoken sound (s)."""
    lead_silence_ms: float = Field(default=40.0, ge=0)
    """Silence at the beginning of spoken sound (ms)."""
    chunk_ms: float = Field(default=100.0, gt=0)
    """Sound in each chunk (ms)."""
    realtime_factor: float = Field(default=0.2, ge=0)
    """Time between two chunks of sound, as a share of the sound in them."""
    words: tuple[tuple[str, float, float], ...] = ()
    """(word, start s, end s) for transcripts with word times; empty: spread evenly over the recording."""
    fault: Fault = Fault()

    def segment(self) -> str:
        """The plan as it stands in an address: `/plan/<segment>/…`."""
        return base64.urlsafe_b64encode(self.model_dump_json(exclude_defaults=True).encode()).decode().rstrip("=")

    @classmethod
    def of_segment(cls, segment: str) -> "Plan":
        """Raises `ValueError` (pydantic's too) for what is no plan."""
        return cls.model_validate_json(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
