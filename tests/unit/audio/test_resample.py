"""Changing the rate of a stream."""

import numpy as np
import pytest

from bench.audio.resample import Resampler


def sine(rate_hz: int, seconds: float, hz: float = 440) -> np.ndarray:
    return (np.sin(2 * np.pi * hz * np.arange(round(rate_hz * seconds)) / rate_hz) * 12_000).astype(np.int16)


@pytest.mark.parametrize(
    ("from_hz", "to_hz"), [(48_000, 16_000), (22_050, 16_000), (8000, 16_000), (16_000, 24_000), (44_100, 16_000)]
)
def test_the_same_tone_at_the_same_time(from_hz: int, to_hz: int) -> None:
    resampler = Resampler(from_hz, to_hz)
    sound = sine(from_hz, 0.5)
    out = np.concatenate([*(resampler.push(sound[at : at + 317]) for at in range(0, len(sound), 317)), resampler.flush()])
    expected = sine(to_hz, 0.5)
    assert abs(len(out) - len(expected)) <= 1
    middle = slice(to_hz // 20, -to_hz // 20)
    assert np.abs(out[: len(expected)].astype(int)[middle] - expected[: len(out)].astype(int)[middle]).max() < 40


def test_equal_rates_pass_untouched() -> None:
    resampler = Resampler(16_000, 16_000)
    sound = np.random.default_rng(0).integers(-32768, 32767, 1000).astype(np.int16)
    assert np.array_equal(resampler.push(sound), sound)
    assert len(resampler.flush()) == 0
    assert resampler.held_ms == 0


def test_silence_stays_silent() -> None:
    resampler = Resampler(48_000, 16_000)
    assert not np.any(np.concatenate([resampler.push(np.zeros(4800, np.int16)), resampler.flush()]))


def test_a_flush_begins_anew() -> None:
    resampler = Resampler(22_050, 16_000)
    sound = sine(22_050, 0.2)
    first = np.concatenate([resampler.push(sound), resampler.flush()])
    second = np.concatenate([resampler.push(sound), resampler.flush()])
    assert np.array_equal(first, second)


def test_what_is_held_back_is_told() -> None:
    resampler = Resampler(48_000, 16_000)
    out = resampler.push(sine(48_000, 1.0))
    held_ms = resampler.held_ms
    assert 1 < held_ms < 100
    assert len(resampler.flush()) == pytest.approx(held_ms * 16, abs=2)
    assert len(out) + held_ms * 16 == pytest.approx(16_000, abs=2)


def test_full_scale_is_clipped_and_does_not_wrap() -> None:
    square = np.tile(np.repeat(np.array([32767, -32768], np.int16), 48), 50)
    resampler = Resampler(48_000, 16_000)
    out = np.concatenate([resampler.push(square), resampler.flush()]).astype(int)
    assert np.all(np.sign(out[4:12]) == 1)
    assert out.max() == 32767


@pytest.mark.parametrize("rates", [(0, 16_000), (16_000, -1)])
def test_impossible_rates(rates: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="positive"):
        Resampler(*rates)
