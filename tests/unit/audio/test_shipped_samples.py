"""The recordings that are shipped: complete, labelled, and what they say they are."""

from pathlib import Path

import numpy as np
import pytest

from bench.audio.level import rms_db
from bench.audio.samples import FOLDER, Sample, samples

SHIPPED = samples()


def test_the_labels_and_the_files_are_the_same_set() -> None:
    assert {sample.path for sample in SHIPPED} == set(FOLDER.glob("*.flac"))
    assert len({sample.id for sample in SHIPPED}) == len(SHIPPED) >= 12
    assert len({sample.title for sample in SHIPPED}) == len(SHIPPED), "two would look alike on the screen"


def test_there_is_something_of_every_kind() -> None:
    assert {sample.language for sample in SHIPPED} == {"en", "ru", None}
    pauses = [sample for sample in SHIPPED if len(sample.speech_ms) > 1]
    assert {round(sample.speech_ms[1][0] - sample.speech_ms[0][1]) for sample in pauses} == {300, 500, 700, 900, 1500}
    assert any(sample.snr_db is not None for sample in SHIPPED)
    assert any(not sample.speech_ms for sample in SHIPPED)


@pytest.mark.parametrize("sample", SHIPPED, ids=lambda sample: sample.id)
def test_the_labels_agree_with_the_sound(sample: Sample) -> None:
    pcm = sample.read()
    assert pcm.dtype == np.int16
    assert len(pcm) / 16 == pytest.approx(sample.duration_ms, abs=1)
    for start, end in sample.speech_ms:
        assert 0 < start < end < sample.duration_ms
        assert rms_db(pcm[round(start * 16) : round(end * 16)]) > -35
    if sample.speech_ms and sample.snr_db is None:
        first, last = sample.speech_ms[0][0], sample.speech_ms[-1][1]
        assert rms_db(pcm[: round((first - 10) * 16)]) < -60
        assert rms_db(pcm[round((last + 10) * 16) :]) < -60
        assert rms_db(pcm[round(first * 16) : round((first + 20) * 16)]) > -55
    if len(sample.speech_ms) > 1:
        (_, pause_from), (pause_until, _) = sample.speech_ms
        assert rms_db(pcm[round((pause_from + 10) * 16) : round((pause_until - 10) * 16)]) < -60


def test_no_folder_is_no_samples(tmp_path: Path) -> None:
    assert samples(tmp_path / "nowhere") == ()
