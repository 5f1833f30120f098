"""What is known of Google's models."""

import dataclasses
from datetime import UTC, date, datetime

import pytest

from bench.preset import SHIPPED, load
from providers.base import Usage
from providers.catalogues import pricing
from providers.catalogues.models import catalogue, entry, models, suggestions
from providers.google_gemini import GeminiOptions
from providers.google_speech import GeminiSpeechOptions
from providers.google_transcribe import GeminiListeningOptions

COUNT = Usage(at_ns=0, tokens_in=1_000_000, tokens_out=1_000_000, tokens_cached=0)


def test_what_is_offered_first_is_the_default() -> None:
    for role, options in (("chat", GeminiOptions), ("tts", GeminiSpeechOptions)):
        assert suggestions("google", role)[0]["value"] == options().model  # pyright: ignore[reportAttributeAccessIssue]
    assert GeminiListeningOptions().model in [each["value"] for each in suggestions("google", "stt")]


def test_nothing_is_offered_that_is_gone_and_prices_have_their_day() -> None:
    read = catalogue("google").as_of
    for model in models("google"):
        assert not (model.suggested and model.shutdown is not None and model.shutdown <= read), model.id
        assert model.price is None or (model.price.as_of or read) <= datetime.now(UTC).date()


@pytest.mark.parametrize(("day", "cost"), [(date(2026, 11, 30), 12.0), (date(2026, 12, 1), None)])
def test_a_price_that_has_run_out_is_unknown(monkeypatch: pytest.MonkeyPatch, day: date, cost: float | None) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> "Clock":  # type: ignore[override]
            return cls(day.year, day.month, day.day, 12, tzinfo=UTC)

    monkeypatch.setattr(pricing, "datetime", Clock)
    assert pricing.priced(COUNT, "google", "gemini-4-argon").cost_usd == cost


def test_a_long_prompt_costs_more() -> None:
    found = entry("google", "gemini-3.1-pro-preview")
    assert found is not None
    assert pricing.priced(COUNT, "google", found.id).cost_usd == pytest.approx(2 * 2 + 1.5 * 12)
    short = dataclasses.replace(COUNT, tokens_in=100_000)
    assert pricing.priced(short, "google", found.id).cost_usd == pytest.approx(0.2 + 12)


def test_the_presets_use_googles_providers() -> None:
    assert load(SHIPPED / "google.yaml").configuration.thinking.chat.provider == "google"
    assert load(SHIPPED / "google-voice.yaml").configuration.understanding.stt.provider == "google"
