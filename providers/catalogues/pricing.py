"""What a request cost, by the price file: nothing is estimated, and whatever is not known makes the cost unknown."""

from dataclasses import replace
from datetime import UTC, datetime

from providers.base import Usage
from providers.catalogues.models import Price, catalogue, entry

_MILLION = 1_000_000


def priced(usage: Usage, vendor: str, model: str, cache_write_tokens: int = 0) -> Usage:
    """The usage with `cost_usd` and `priced_on`, at the vendor's standard rates; unchanged where a price or a count is missing
    or the price has run out.

    Cached tokens are part of the prompt and reasoning is part of what was written, so both are counted once. Above the length
    that the source names, the long-context rates hold for the whole request. What a catalogue does not tell is not charged:
    writing into a cache, the surcharges and rebates of service tiers, regional surcharges.
    """
    found = entry(vendor, model)
    if found is None or found.price is None:
        return usage
    if found.price.until is not None and datetime.now(UTC).date() > found.price.until:
        return usage
    cost_usd = _cost_usd(found.price, usage, cache_write_tokens)
    if cost_usd is None:
        return usage
    day = found.price.as_of or catalogue(vendor).as_of
    return replace(usage, cost_usd=cost_usd, priced_on=day.isoformat())


def _cost_usd(price: Price, usage: Usage, written: int) -> float | None:
    parts: list[float | None] = []
    if price.per_1m_in is not None or price.per_1m_out is not None:
        parts.append(_tokens_usd(price, usage, written))
    if price.per_minute is not None:
        parts.append(None if usage.audio_s is None else usage.audio_s / 60 * price.per_minute)
    if price.per_1m_characters is not None:
        parts.append(None if usage.characters is None else usage.characters / _MILLION * price.per_1m_characters)
    known = [part for part in parts if part is not None]
    return sum(known) if parts and len(known) == len(parts) else None


def _tokens_usd(price: Price, usage: Usage, written: int) -> float | None:
    """None when a count is missing, or a price for tokens that were counted."""
    if usage.tokens_in is None or usage.tokens_out is None:
        return None
    if (price.per_1m_in is None and usage.tokens_in) or (price.per_1m_out is None and usage.tokens_out):
        return None
    cached = min(usage.tokens_cached or 0, usage.tokens_in)
    if cached and price.per_1m_cached is None:
        return None  # cheaper than new ones, nobody told us by how much
    written = min(written, usage.tokens_in - cached)
    per_in, per_out = price.per_1m_in or 0.0, price.per_1m_out or 0.0
    per_cached = price.per_1m_cached or 0.0
    per_written = per_in if price.per_1m_cache_write is None else price.per_1m_cache_write
    prompt = (usage.tokens_in - cached - written) * per_in + cached * per_cached + written * per_written
    reply = usage.tokens_out * per_out
    longer = price.long_context
    if longer is not None and usage.tokens_in > longer.above_tokens_in:
        prompt, reply = prompt * longer.factor_in, reply * longer.factor_out
    return (prompt + reply) / _MILLION
