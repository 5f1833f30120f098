"""Loudness."""

import numpy as np
import pytest

from bench.audio.level import FLOOR_DB, rms_db


def test_full_scale() -> None:
    square = np.tile([32767, -32768], 800).astype(np.int16)
    assert rms_db(square) == pytest.approx(0, abs=0.001)
    sine = (32767 * np.sin(np.arange(16_000) * 2 * np.pi * 100 / 16_000)).astype(np.int16)
    assert rms_db(sine) == pytest.approx(-3.01, abs=0.01)


def test_a_tenth_is_twenty_decibels_less() -> None:
    assert rms_db(np.full(320, 3277, np.int16)) == pytest.approx(-20, abs=0.01)


def test_silence_has_a_floor_and_one_step_is_above_it() -> None:
    assert rms_db(np.zeros(320, np.int16)) == FLOOR_DB
    assert rms_db(np.zeros(0, np.int16)) == FLOOR_DB
    assert FLOOR_DB < rms_db(np.ones(320, np.int16)) < -90
