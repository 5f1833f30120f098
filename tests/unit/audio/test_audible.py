"""Where a sound becomes audible: the definition, its exactness, and that pieces make no difference."""

import numpy as np
import pytest

from bench.audio.audible import AudibleOnset

RATES = (8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000)


def tone(rate_hz: int, ms: float, rms_db: float) -> np.ndarray:
    """A 300 Hz sine of that level."""
    at = np.arange(round(rate_hz * ms / 1000)) / rate_hz
    return (np.sin(2 * np.pi * 300 * at) * 32768 * np.sqrt(2) * 10 ** (rms_db / 20)).astype(np.int16)


def after_silence(rate_hz: int, silence: int, *sounds: np.ndarray) -> np.ndarray:
    return np.concatenate([np.zeros(silence, np.int16), *sounds])


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("silence_ms", [0, 12.4, 137, 800])
def test_a_sudden_sound_is_found_to_the_millisecond(rate_hz: int, silence_ms: float) -> None:
    silence = round(rate_hz * silence_ms / 1000)
    found = AudibleOnset(rate_hz).push(after_silence(rate_hz, silence, tone(rate_hz, 200, -10)))
    assert found is not None
    assert abs(found - silence) * 1000 / rate_hz <= 1.5  # 1 ms hop; the sine itself begins at zero


def test_a_barely_audible_sound_is_found_at_most_a_window_late() -> None:
    found = AudibleOnset(16_000).push(after_silence(16_000, 8000, tone(16_000, 200, -39)))
    assert found is not None
    assert 0 <= found - 8000 <= 160


@pytest.mark.parametrize("size", [1, 7, 160, 320, 1324])
def test_pieces_make_no_difference(size: int) -> None:
    rng = np.random.default_rng(5)
    sound = after_silence(22_050, 5000, (rng.standard_normal(9000) * 3000).astype(np.int16))
    whole = AudibleOnset(22_050).push(sound)
    onset = AudibleOnset(22_050)
    answers = [onset.push(sound[at : at + size]) for at in range(0, len(sound), size)]
    found = [answer for answer in answers if answer is not None]
    assert whole is not None
    assert set(found) == {whole}
    first_told = (answers.index(whole) + 1) * size
    assert first_told >= whole + 49 * 22, "said before it had held for 50 ms"
    assert first_told <= whole + 50 * 22 + size + 22


def test_a_click_is_not_a_sound() -> None:
    click = tone(16_000, 30, -5)
    assert AudibleOnset(16_000).push(after_silence(16_000, 1600, click, np.zeros(8000, np.int16))) is None


def test_what_is_below_the_threshold_is_not_audible() -> None:
    assert AudibleOnset(16_000).push(tone(16_000, 500, -41)) is None
    assert AudibleOnset(16_000).push(tone(16_000, 500, -39)) is not None


def test_a_click_before_the_sound_does_not_count() -> None:
    sound = after_silence(16_000, 1600, tone(16_000, 20, -5), np.zeros(3200, np.int16), tone(16_000, 100, -10))
    found = AudibleOnset(16_000).push(sound)
    assert found is not None
    assert abs(found - (1600 + 320 + 3200)) <= 16


def test_nothing_pushed_is_nothing_found() -> None:
    onset = AudibleOnset(16_000)
    assert onset.push(np.zeros(0, np.int16)) is None
    with pytest.raises(ValueError, match="rate"):
        AudibleOnset(0)
