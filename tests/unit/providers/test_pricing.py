"""What a request cost: counted once, by the price of the day, or not at all."""

import pytest

from providers.base import Usage
from providers.catalogues.pricing import priced


def cost(model: str, written: int = 0, **counts: float) -> float | None:
    told = priced(Usage(at_ns=1, **counts), "openai", model, cache_write_tokens=written)  # type: ignore[arg-type]
    assert bool(told.priced_on) == (told.cost_usd is not None)
    return told.cost_usd


def test_tokens() -> None:
    assert cost("gpt-6-luna", tokens_in=100_000, tokens_out=10_000) == pytest.approx(0.01 + 0.005)


def test_cached_and_reasoning_tokens_are_counted_once() -> None:
    assert cost("gpt-6-sol", tokens_in=1000, tokens_cached=600, tokens_out=100, tokens_reasoning=90) == pytest.approx(
        (400 * 2.00 + 600 * 0.20 + 100 * 10.00) / 1e6
    )


def test_keeping_a_prompt_for_later_has_its_price() -> None:
    assert cost("gpt-6-luna", written=500, tokens_in=1000, tokens_cached=300, tokens_out=0) == pytest.approx(
        (200 * 0.10 + 300 * 0.01 + 500 * 0.125) / 1e6
    )


def test_a_long_prompt_makes_the_whole_request_dearer() -> None:
    short, long = cost("gpt-6-luna", tokens_in=272_000, tokens_out=1000), cost("gpt-6-luna", tokens_in=272_001, tokens_out=1000)
    assert short == pytest.approx((272_000 * 0.10 + 1000 * 0.50) / 1e6)
    assert long == pytest.approx((272_001 * 0.20 + 1000 * 0.75) / 1e6)


def test_sound_and_characters() -> None:
    assert cost("gpt-transcribe", audio_s=30.0, tokens_in=5, tokens_out=5) == pytest.approx(0.0045 / 2)
    assert cost("whisper-1", audio_s=60.0) == pytest.approx(0.006)
    assert cost("tts-1", characters=1000, audio_s=60.0) == pytest.approx(0.015)
    assert cost("gpt-4o-mini-transcribe", tokens_in=1000, tokens_out=100, audio_s=9.0) == pytest.approx(
        (1000 * 1.25 + 100 * 5) / 1e6
    )


def test_what_is_not_known_is_not_guessed() -> None:
    assert cost("gpt-99", tokens_in=1, tokens_out=1) is None
    assert cost("gpt-5.6-sol", tokens_in=1, tokens_out=1) is None, "no price in the catalogue"
    assert cost("gpt-6-luna", tokens_in=1) is None, "a count is missing"
    assert cost("gpt-transcribe") is None
    assert cost("gpt-4o-mini-tts", characters=10, audio_s=1.0) is None


def test_the_day_of_the_price_is_told() -> None:
    assert priced(Usage(at_ns=1, tokens_in=1, tokens_out=1), "openai", "gpt-6-luna").priced_on == "2026-11-21"
