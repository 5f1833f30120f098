"""What every event has. The kinds are in `kinds.py` and `trial_kinds.py`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What every event has."""

    at_ns: int
    """Instant on the server's monotonic clock (ns)."""
    conversation: str = ""
    """Conversation id; empty for process-wide events."""
    turn: str = ""
    """Turn id; empty for events of the whole conversation."""
