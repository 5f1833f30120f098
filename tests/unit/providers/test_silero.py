"""Silero, on the shipped samples."""

import asyncio
import time
from pathlib import Path

import numpy as np
import pytest

from bench.audio.samples import Sample, samples
from providers import silero_vad
from providers.base import VoiceFrame
from providers.errors import EngineMissing
from providers.silero_vad import SileroOptions, SileroVad

CLEAR = [sample for sample in samples() if sample.speech_ms and sample.snr_db is None]


def frames(sample: Sample, options: SileroOptions | None = None) -> list[VoiceFrame]:
    return SileroVad(options or SileroOptions()).detector().push(sample.read())


def stretches(found: list[VoiceFrame], gap_ms: float = 0) -> list[tuple[float, float]]:
    """(start ms, end ms) of the voiced stretches."""
    out: list[tuple[float, float]] = []
    for frame in found:
        if frame.voiced:
            start, end = frame.start / 16, frame.end / 16
            if out and start - out[-1][1] <= gap_ms:
                out[-1] = (out[-1][0], end)
            else:
                out.append((start, end))
    return out


@pytest.mark.parametrize("sample", CLEAR, ids=lambda sample: sample.id)
def test_speech_is_found_where_it_is(sample: Sample) -> None:
    found = stretches(frames(sample))
    assert -32 <= found[0][0] - sample.speech_ms[0][0] <= 110
    assert 0 <= found[-1][1] - sample.speech_ms[-1][1] <= 130


@pytest.mark.parametrize("sample", [s for s in CLEAR if len(s.speech_ms) > 1], ids=lambda sample: sample.id)
def test_hesitations_are_heard(sample: Sample) -> None:
    (_, pause_from), (pause_until, _) = sample.speech_ms
    found = stretches(frames(sample))
    gaps = [(before[1], after[0]) for before, after in zip(found, found[1:], strict=False)]
    assert any(pause_from <= start <= pause_from + 110 and abs(end - pause_until) <= 110 for start, end in gaps)


def test_the_stated_bias_is_the_measured_one() -> None:
    """Median and p95 of the ends on the shipped samples lie where `end_bias_ms` says, within a frame."""
    ends = [stretches(frames(sample))[-1][1] - sample.speech_ms[-1][1] for sample in CLEAR if sample.language == "en"]
    assert SileroVad.capabilities.end_bias_ms is not None
    median_ms, p95_ms = SileroVad.capabilities.end_bias_ms
    assert np.median(ends) == pytest.approx(median_ms, abs=16)
    assert max(ends) <= p95_ms + 32


@pytest.mark.parametrize("id", ["silence", "site-noise-only"])
def test_silence_and_machines_are_no_speech(id: str) -> None:
    (sample,) = [sample for sample in samples() if sample.id == id]
    assert not any(frame.voiced for frame in frames(sample))


def test_speech_is_found_in_the_noise_of_a_building_site() -> None:
    (sample,) = [sample for sample in samples() if sample.id == "en-slab-site5db"]
    found = stretches(frames(sample))
    assert abs(found[0][0] - sample.speech_ms[0][0]) < 200
    assert abs(found[-1][1] - sample.speech_ms[-1][1]) < 260


def test_frames_are_of_512_samples_without_gaps() -> None:
    detector = SileroVad(SileroOptions()).detector()
    out = [frame for size in (1, 511, 512, 513, 4096, 0, 3) for frame in detector.push(np.zeros(size, np.int16))]
    assert [(frame.start, frame.end) for frame in out] == [(at, at + 512) for at in range(0, 5632, 512)]


def test_hysteresis() -> None:
    """Voiced from the upper threshold on, until below the lower one; the lower never lies above the upper."""

    class Scripted:
        probabilities = iter([0.4, 0.5, 0.36, 0.35, 0.34, 0.4, 0.9, 0.1])

        def run(self, output_names: None, input_feed: object) -> list[np.ndarray]:
            return [np.array([[next(self.probabilities)]]), np.zeros((2, 1, 128), np.float32)]

    detector = silero_vad.SileroDetector(Scripted(), 0.5, 0.35)
    voiced = [frame.voiced for frame in detector.push(np.zeros(512 * 8, np.int16))]
    assert voiced == [False, True, True, True, False, False, True, False]
    strict = SileroVad(SileroOptions(threshold=0.2, negative_threshold=0.9)).detector()
    quiet = strict.push(np.zeros(5120, np.int16))
    assert not any(frame.voiced for frame in quiet)


def test_a_higher_threshold_hears_less() -> None:
    (sample,) = [sample for sample in samples() if sample.id == "en-slab-site5db"]
    low, high = (sum(f.voiced for f in frames(sample, SileroOptions(threshold=t, negative_threshold=0.05))) for t in (0.3, 0.9))
    assert low > high > 0


def test_a_damaged_model_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    damaged = tmp_path / "silero_vad_16k.onnx"
    damaged.write_bytes(silero_vad.MODEL.read_bytes()[:-1] + b"?")
    monkeypatch.setattr(silero_vad, "MODEL", damaged)
    silero_vad.load.cache_clear()
    with pytest.raises(EngineMissing, match="engine_missing") as caught:
        SileroVad(SileroOptions()).detector()
    assert "silero_vad_16k.onnx" in caught.value.public_message
    monkeypatch.undo()
    SileroVad(SileroOptions()).detector()


def test_a_lost_model_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silero_vad, "MODEL", tmp_path / "gone.onnx")
    missing = SileroVad.missing()
    assert missing is not None
    assert "model file" in missing.what


def test_the_licence_lies_beside_the_model() -> None:
    assert "MIT License" in silero_vad.MODEL.with_suffix(".LICENSE").read_text()
    assert "Silero Team" in silero_vad.MODEL.with_suffix(".LICENSE").read_text()


async def test_one_session_serves_the_process_and_streams_do_not_mix() -> None:
    vad, other = SileroVad(SileroOptions()), SileroVad(SileroOptions(threshold=0.6))
    await asyncio.gather(vad.warm_up(), other.warm_up())
    assert silero_vad.load() is silero_vad.load()
    (sample,) = [sample for sample in samples() if sample.id == "en-time-slt"]
    pcm = sample.read()
    alone = vad.detector().push(pcm)
    first, second = vad.detector(), vad.detector()
    mixed: list[VoiceFrame] = []
    for at in range(0, len(pcm), 320):
        mixed += first.push(pcm[at : at + 320])
        second.push(pcm[::-1][at : at + 320])
    assert mixed == alone


def test_a_frame_costs_well_below_a_millisecond() -> None:
    detector = SileroVad(SileroOptions()).detector()
    took: list[float] = []
    for _ in range(300):
        before_s = time.perf_counter()
        detector.push(np.zeros(512, np.int16))
        took.append(time.perf_counter() - before_s)
    assert np.median(took) < 0.002
