"""A stretch of captured sound, and when it was captured."""

from dataclasses import dataclass

from providers.base import CAPTURE_RATE_HZ, Samples

FRAME_SAMPLES = 320
"""20 ms at 16 kHz: small enough to cost little in a turn, large enough for a socket."""


@dataclass(frozen=True, slots=True, eq=False)
class AudioFrame:
    """Mono int16 at `CAPTURE_RATE_HZ`."""

    pcm: Samples
    """The samples."""
    captured_ns: int
    """Instant of the first sample, on the server's clock (ns)."""
    error_ns: int = 0
    """Half width of that instant's uncertainty (ns)."""
    late_ns: int = 0
    """Fed input only: how long after its due time the frame was sent (ns)."""

    @property
    def duration_ns(self) -> int:
        """Length of the stretch (ns)."""
        return len(self.pcm) * 1_000_000_000 // CAPTURE_RATE_HZ
