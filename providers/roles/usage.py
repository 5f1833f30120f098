"""What a request consumed: tokens, sound, characters, money."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one request consumed. Unknown is None; parts (`cached`, `reasoning`) are contained in their whole."""

    at_ns: int
    tokens_in: int | None = None
    """Prompt tokens, cached ones included."""
    tokens_out: int | None = None
    """Tokens written, reasoning included."""
    tokens_cached: int | None = None
    """Prompt tokens that the service had kept from earlier."""
    tokens_reasoning: int | None = None
    """Tokens written that nobody sees."""
    audio_s: float | None = None
    """Sound that was transcribed or spoken (s)."""
    characters: int | None = None
    """Text that was spoken (characters)."""
    source: Literal["server", "estimated"] = "server"
    """Who counted."""
    cost_usd: float | None = None
    """Price by the price file (US dollars); None when a price or a count is unknown."""
    priced_on: str = ""
    """Date of the price that was used (ISO 8601), or empty."""
