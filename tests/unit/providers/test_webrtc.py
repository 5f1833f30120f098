"""WebRTC's detector, on the shipped samples."""

import numpy as np
import pytest

from bench.audio.samples import Sample, samples
from providers.base import VoiceFrame
from providers.webrtc_vad import WebrtcOptions, WebrtcVad

CLEAR = [sample for sample in samples() if sample.speech_ms and sample.snr_db is None]


def frames(sample: Sample, **options: int) -> list[VoiceFrame]:
    return WebrtcVad(WebrtcOptions.model_validate(options)).detector().push(sample.read())


@pytest.mark.parametrize("sample", CLEAR, ids=lambda sample: sample.id)
def test_speech_is_found_where_it_is(sample: Sample) -> None:
    voiced = [frame for frame in frames(sample) if frame.voiced]
    assert -60 <= voiced[0].start / 16 - sample.speech_ms[0][0] <= 200
    assert -60 <= voiced[-1].end / 16 - sample.speech_ms[-1][1] <= 130


def test_the_stated_bias_is_the_measured_one() -> None:
    ends: list[float] = []
    for sample in CLEAR:
        if sample.language == "en":
            ends.append(max(frame.end for frame in frames(sample) if frame.voiced) / 16 - sample.speech_ms[-1][1])
    assert WebrtcVad.capabilities.end_bias_ms is not None
    median_ms, p95_ms = WebrtcVad.capabilities.end_bias_ms
    assert np.median(ends) == pytest.approx(median_ms, abs=30)
    assert max(ends) <= p95_ms + 30


@pytest.mark.parametrize("frame_ms", [10, 20, 30])
def test_frames_are_as_long_as_set(frame_ms: int) -> None:
    detector = WebrtcVad(WebrtcOptions.model_validate({"frame_ms": frame_ms})).detector()
    out = [frame for size in (1, 479, 480, 481, 4000, 0, 3) for frame in detector.push(np.zeros(size, np.int16))]
    assert [(frame.start, frame.end) for frame in out] == [
        (at, at + frame_ms * 16) for at in range(0, 5444 // (frame_ms * 16) * frame_ms * 16, frame_ms * 16)
    ]
    assert {frame.probability for frame in out} == {0.0}


def test_it_takes_machines_for_speech() -> None:
    """Its known weakness, said in its file: if this fails, say there that it got better."""
    (sample,) = [sample for sample in samples() if sample.id == "site-noise-only"]
    assert np.mean([frame.voiced for frame in frames(sample)]) > 0.9


def test_aggressiveness_hears_less() -> None:
    (sample,) = [sample for sample in samples() if sample.id == "en-haircut-pause900"]
    loose, strict = (sum(frame.voiced for frame in frames(sample, aggressiveness=level)) for level in (0, 3))
    assert loose > strict


def test_reset_forgets_the_adaptation() -> None:
    (sample,) = [sample for sample in samples() if sample.id == "en-time-slt"]
    detector = WebrtcVad(WebrtcOptions()).detector()
    first = detector.push(sample.read())
    detector.push(np.zeros(5, np.int16))
    detector.reset()
    assert detector.push(sample.read()) == first
