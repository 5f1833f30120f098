"""What plays a reply: the page, or the headless stand-in. The conversation hands over sound and gets marks back."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

from providers.base import Samples

PlayerMarkName: TypeAlias = Literal[
    "audio_received", "playback_started", "playback_stopped", "playback_ended", "text_painted", "avatar_moved"
]
"""The instants that only a player can see."""


@dataclass(frozen=True, slots=True, eq=False)
class ReplyAudio:
    """A stretch of a reply's sound, on its way to the player."""

    turn: str
    """Turn id."""
    serial: int
    """The turn's number within its conversation."""
    pcm: Samples
    """Mono int16; may be empty in the last one."""
    rate_hz: int
    """Sample rate (Hz)."""
    position: int
    """Index of the first sample within the reply."""
    audible: int | None
    """Index within the reply of its first audible sample, once known."""
    last: bool
    """No more sound follows for this reply."""
    on_sent: Callable[[int], None] | None = None
    """Called with the instant (ns) at which it left the server."""


@dataclass(frozen=True, slots=True)
class PlayerMark:
    """An instant that a player saw, already on the server's clock."""

    turn: str
    """Turn id."""
    name: PlayerMarkName
    at_ns: int
    """The instant (ns)."""
    clock: str
    """`browser` or `server`."""
    error_ns: int = 0
    """Half width of its uncertainty (ns)."""
    estimated: bool = False
    """Derived, not seen."""
    data: dict[str, Any] = field(default_factory=dict[str, Any])
    """`buffer_ms`, `output_latency_ms`, `lead_silence_ms`, `heard_ms`."""


class Player(Protocol):
    """Plays one conversation's replies, one at a time, and reports marks to whoever `attach`ed."""

    kind: Literal["page", "headless"]

    def attach(self, marked: Callable[[PlayerMark], None]) -> None:
        """Where marks go; called once, before anything is played."""
        ...

    def wrote(self, turn: str, at_ns: int) -> None:
        """The first visible text of a reply is there; a page that shows it reports `text_painted` by itself."""
        ...

    async def play(self, audio: ReplyAudio) -> None:
        """Hand over a stretch of sound; waits while the way to the player is full."""
        ...

    async def stop(self, turn: str) -> None:
        """Silence this reply now; `playback_stopped` follows if something was playing."""
        ...
