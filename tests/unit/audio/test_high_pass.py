"""The rumble filter."""

import numpy as np
import pytest

from bench.audio.high_pass import HighPass

RATE = 16_000


def sine(hz: float, seconds: float = 0.5) -> np.ndarray:
    return (np.sin(2 * np.pi * hz * np.arange(int(RATE * seconds)) / RATE) * 10_000).astype(np.int16)


def gain_db(cutoff_hz: float, hz: float) -> float:
    out = HighPass(cutoff_hz).filter(sine(hz))[1000:]
    return 20 * np.log10(max(np.sqrt(np.mean(out.astype(float) ** 2)), 1e-3) / (10_000 / np.sqrt(2)))


def test_rumble_goes_and_speech_stays() -> None:
    assert gain_db(200, 50) < -35
    assert gain_db(200, 200) == pytest.approx(-6, abs=0.3)
    assert gain_db(200, 450) == pytest.approx(0, abs=0.1)
    assert gain_db(200, 3000) == pytest.approx(0, abs=0.1)


def test_a_constant_is_removed() -> None:
    out = HighPass(80).filter(np.full(4000, 12_000, np.int16))
    assert np.abs(out[400:]).max() <= 1


@pytest.mark.parametrize("size", [1, 100, 320, 999])
def test_pieces_make_no_difference(size: int) -> None:
    sound = np.random.default_rng(1).integers(-20_000, 20_000, 3000).astype(np.int16)
    whole = HighPass(200).filter(sound)
    pieces = HighPass(200)
    out = np.concatenate([pieces.filter(sound[at : at + size]) for at in range(0, len(sound), size)])
    assert np.abs(out.astype(int) - whole).max() <= 1  # rounding of sums in another order
    assert len(whole) == len(sound)


def test_the_delay_is_as_told() -> None:
    high_pass = HighPass(200)
    click = np.zeros(1000, np.int16)
    click[300] = 20_000
    assert int(np.argmax(np.abs(high_pass.filter(click)))) - 300 == high_pass.delay_samples == 100


def test_zero_is_off() -> None:
    sound = sine(30)
    off = HighPass(0)
    assert off.delay_samples == 0
    assert np.array_equal(off.filter(sound), sound)


@pytest.mark.parametrize("cutoff_hz", [-1, 8000, 20_000])
def test_a_cutoff_that_cannot_be(cutoff_hz: float) -> None:
    with pytest.raises(ValueError, match="cutoff"):
        HighPass(cutoff_hz)


def test_loud_sound_is_clipped_and_does_not_wrap() -> None:
    square = np.tile(np.repeat(np.array([32767, -32768], np.int16), 20), 50)
    out = HighPass(300).filter(square).astype(int)
    assert np.abs(np.diff(np.sign(out[200:]))).sum() / 2 == pytest.approx(len(out[200:]) / 20, abs=2), (
        "changed sign where it may not"
    )
