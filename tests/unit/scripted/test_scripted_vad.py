"""The scripted detector."""

import numpy as np
import pytest
from pydantic import ValidationError

from providers.errors import EngineCrashed
from providers.scripted_vad import ScriptedVad, ScriptedVadOptions, level_db
from tests.unit.scripted.scripts import FRAME, loud, silent


def voiced_ms(pcm: np.ndarray, **options: object) -> list[tuple[int, int]]:
    """Stretches that the detector calls speech (ms)."""
    frames = ScriptedVad(ScriptedVadOptions.model_validate(options)).detector().push(pcm)
    flags = np.array([False, *(frame.voiced for frame in frames), False])
    edges = np.flatnonzero(np.diff(flags.astype(int))) * 20
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


SOUND = np.concatenate([silent(10), loud(20), silent(30), loud(5), silent(20)])


def test_energy_finds_the_loud_stretches_exactly() -> None:
    assert voiced_ms(SOUND) == [(200, 600), (1200, 1300)]


def test_the_tail_adds_exactly_itself() -> None:
    assert voiced_ms(SOUND, tail_ms=100) == [(200, 700), (1200, 1400)]


def test_the_threshold_decides() -> None:
    quiet = (loud(5) * 0.01).astype(np.int16)
    assert level_db(quiet) < -45
    assert voiced_ms(quiet) == []
    assert voiced_ms(quiet, threshold_db=-60) == [(0, 100)]


def test_spans_are_speech_whatever_is_heard() -> None:
    assert voiced_ms(silent(100), by="spans", spans_ms=[[100, 500], [700, 1000]], tail_ms=40) == [(100, 540), (700, 1040)]


def test_levels_are_known() -> None:
    assert level_db(silent()) == -120.0
    assert level_db(np.full(FRAME, -32768, np.int16)) == pytest.approx(0.0)
    assert level_db(np.full(FRAME, 3277, np.int16)) == pytest.approx(-20.0, abs=0.01)


def test_faults() -> None:
    assert voiced_ms(SOUND, fault={"kind": "deaf", "after_ms": 400}) == [(200, 400)]
    assert voiced_ms(SOUND, fault={"kind": "stuck", "after_ms": 0}) == [(200, 1700)]


async def test_a_detector_that_does_not_start() -> None:
    provider = ScriptedVad(ScriptedVadOptions.model_validate({"fault": {"kind": "error"}}))
    with pytest.raises(EngineCrashed):
        await provider.warm_up()


@pytest.mark.parametrize("spans", [[[500, 100]], [[0, 300], [200, 400]], [[-1, 5]]])
def test_impossible_stretches_are_refused(spans: list[list[int]]) -> None:
    with pytest.raises(ValidationError):
        ScriptedVadOptions.model_validate({"spans_ms": spans})
