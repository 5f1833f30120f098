"""Files that people bring along: every kind that is taken, and every kind of trouble."""

import asyncio
import io
import struct
import time
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from bench.audio import decode as module
from bench.audio.decode import (
    CannotOpen,
    DecodeError,
    EmptyFile,
    NoAudioStream,
    NotSound,
    TooLong,
    Truncated,
    container,
    decode,
    decode_file,
)


def tone(rate_hz: int, seconds: float, hz: float = 300) -> np.ndarray:
    return 0.3 * np.sin(2 * np.pi * hz * np.arange(round(rate_hz * seconds)) / rate_hz)


def pitch_hz(pcm: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(pcm * np.hanning(len(pcm))))
    return float(np.argmax(spectrum) * 16_000 / len(pcm))


def check(pcm: np.ndarray, seconds: float, level: float = 0.3) -> None:
    """It is the tone, at its length and its loudness."""
    assert pcm.dtype == np.int16
    assert len(pcm) / 16_000 == pytest.approx(seconds, abs=0.06)
    assert pitch_hz(pcm) == pytest.approx(300, abs=4)
    assert np.abs(pcm[4000:-4000]).max() / 32768 == pytest.approx(level, abs=0.03)


def encoded(path: Path, format: str, codec: str, rate_hz: int, seconds: float, options: dict[str, str] | None = None) -> Path:
    """Written by FFmpeg, as a phone or a browser would."""
    with av.open(str(path), "w", format=format, options=options or {}) as media:
        stream = media.add_stream(codec, rate=rate_hz, layout="mono")
        resampler = av.AudioResampler(format=stream.format.name, layout="mono", rate=rate_hz, frame_size=960)
        pcm = (tone(rate_hz, seconds) * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(pcm[None, :], format="s16", layout="mono")
        frame.rate = rate_hz
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            media.mux(stream.encode(piece))
        media.mux(stream.encode(None))
    return path


def wav_header(rate_hz: int, channels: int, frames: int) -> bytes:
    size = frames * channels * 2
    return (
        b"RIFF"
        + struct.pack("<I", 36 + size & 0xFFFFFFFF)
        + b"WAVEfmt "
        + struct.pack("<IHHIIHH", 16, 1, channels, rate_hz, rate_hz * channels * 2, channels * 2, 16)
        + b"data"
        + struct.pack("<I", size & 0xFFFFFFFF)
    )


@pytest.mark.parametrize(
    ("format", "subtype"),
    [("WAV", "PCM_16"), ("WAV", "PCM_24"), ("WAV", "FLOAT"), ("WAV", "ULAW"), ("FLAC", "PCM_16"), ("OGG", "VORBIS"),
     ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III"), ("AIFF", "PCM_16"), ("CAF", "PCM_16"), ("AU", "PCM_16"), ("RF64", "PCM_16")],
)  # fmt: skip
def test_what_libsndfile_reads(tmp_path: Path, format: str, subtype: str) -> None:
    path = tmp_path / "recording.bin"  # names say nothing
    soundfile.write(path, tone(48_000, 1.5), 48_000, format=format, subtype=subtype)
    check(decode_file(path), 1.5)


@pytest.mark.parametrize(
    ("format", "codec"), [("webm", "libopus"), ("matroska", "libopus"), ("mp4", "aac"), ("mov", "pcm_s16le"), ("adts", "aac")]
)
def test_what_ffmpeg_reads(tmp_path: Path, format: str, codec: str) -> None:
    check(decode_file(encoded(tmp_path / "recording.bin", format, codec, 48_000, 1.5)), 1.5)


def test_what_a_browser_records_does_not_say_how_long_it_is(tmp_path: Path) -> None:
    path = encoded(tmp_path / "recorded.webm", "webm", "libopus", 48_000, 1.5, {"live": "1"})
    with av.open(str(path)) as media:
        assert media.duration is None
    check(decode_file(path), 1.5)
    with pytest.raises(TooLong, match="limit is 0.02 minutes"):
        decode_file(path, max_minutes=0.02)


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 16_000, 22_050, 44_100, 96_000, 192_000])
def test_any_rate(tmp_path: Path, rate_hz: int) -> None:
    soundfile.write(tmp_path / "a.wav", tone(rate_hz, 1.0), rate_hz)
    check(decode_file(tmp_path / "a.wav"), 1.0)


@pytest.mark.parametrize("channels", [2, 6, 8])
def test_channels_become_their_mean(tmp_path: Path, channels: int) -> None:
    soundfile.write(tmp_path / "a.wav", np.repeat(tone(48_000, 1.0)[:, None], channels, axis=1), 48_000)
    check(decode_file(tmp_path / "a.wav"), 1.0)


def test_sixteen_bits_at_sixteen_kilohertz_pass_bit_for_bit(tmp_path: Path) -> None:
    pcm = np.random.default_rng(3).integers(-32768, 32768, 20_000).astype(np.int16)
    soundfile.write(tmp_path / "a.flac", pcm, 16_000, subtype="PCM_16")
    assert np.array_equal(decode_file(tmp_path / "a.flac"), pcm)


def test_floats_beyond_full_scale_and_beyond_reason(tmp_path: Path) -> None:
    sound = tone(16_000, 1.0) * 10
    sound[100:110] = np.nan
    sound[200:210] = np.inf
    soundfile.write(tmp_path / "a.wav", sound, 16_000, subtype="FLOAT")
    pcm = decode_file(tmp_path / "a.wav")
    assert not np.any(pcm[100:110])
    assert pcm.max() == 32767
    assert pcm.min() == -32768


# ── trouble ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_no_byte(tmp_path: Path) -> None:
    (tmp_path / "a.wav").touch()
    with pytest.raises(EmptyFile):
        decode_file(tmp_path / "a.wav")


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(CannotOpen):
        decode_file(tmp_path / "a.wav")


@pytest.mark.parametrize(
    "content",
    [b"Hello, I am a text.\n" * 50, b"%PDF-1.7 ...", b"<html><body>", b"\x89PNG\r\n\x1a\n", b"PK\x03\x04", b"\0" * 500, b"x",
     b"#EXTM3U\nhttp://127.0.0.1:9/a.ts\n", b"ffconcat version 1.0\nfile /etc/hostname\n"],
)  # fmt: skip
def test_not_sound(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.wav").write_bytes(content)
    with pytest.raises(NotSound) as caught:
        decode_file(tmp_path / "a.wav")
    assert "WebM" in caught.value.remedy


@pytest.mark.parametrize("format", ["WAV", "FLAC", "AIFF"])
@pytest.mark.parametrize("share", [0.3, 0.8])
def test_cut_off(tmp_path: Path, format: str, share: float) -> None:
    whole = io.BytesIO()
    soundfile.write(whole, np.random.default_rng(0).uniform(-0.5, 0.5, 64_000), 16_000, format=format)
    (tmp_path / "a").write_bytes(whole.getvalue()[: int(len(whole.getvalue()) * share)])
    with pytest.raises(Truncated):
        decode_file(tmp_path / "a")


@pytest.mark.parametrize(("format", "codec"), [("mp4", "aac"), ("webm", "libopus")])
def test_cut_off_film_formats(tmp_path: Path, format: str, codec: str) -> None:
    path = encoded(tmp_path / "a", format, codec, 48_000, 4.0)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(Truncated):
        decode_file(path)


@pytest.mark.parametrize("head", [b"RIFF\x24\0\0\0WAVE", b"fLaC", b"OggS", b"ID3\x04", b"\x1aE\xdf\xa3", b"\0\0\0\x18ftypmp42"])
def test_nothing_but_a_beginning_or_rubbish_behind_it(tmp_path: Path, head: bytes) -> None:
    for rest in (b"", np.random.default_rng(9).bytes(5000)):
        (tmp_path / "a").write_bytes(head + rest)
        with pytest.raises(DecodeError):
            decode_file(tmp_path / "a")


def test_a_header_without_sound(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(0), 16_000)
    with pytest.raises(NoAudioStream):
        decode_file(tmp_path / "a.wav")


def test_a_film_without_sound(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.mp4"), "w") as media:
        stream = media.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        for _ in range(5):
            media.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")))
        media.mux(stream.encode(None))
    with pytest.raises(NoAudioStream):
        decode_file(tmp_path / "a.mp4")


def test_a_streamed_wav_whose_length_was_never_filled_in(tmp_path: Path) -> None:
    header = wav_header(16_000, 1, 0)[:-4] + b"\xff\xff\xff\xff"
    (tmp_path / "a.wav").write_bytes(header + (tone(16_000, 1.0) * 32767).astype("<i2").tobytes())
    check(decode_file(tmp_path / "a.wav"), 1.0)


def test_three_hours_are_refused_without_decoding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.wav"
    frames = 3 * 3600 * 16_000
    with path.open("wb") as file:
        file.write(wav_header(16_000, 1, frames))
        file.truncate(44 + frames * 2)  # a hole: the disk stores nothing
    decoded: list[int] = []
    monkeypatch.setattr(module.Sound, "add", lambda self, planes: decoded.append(len(planes)))
    before_s = time.perf_counter()
    with pytest.raises(TooLong, match=r"3 h 0 min long; the limit is 10 minutes"):
        decode_file(path)
    assert time.perf_counter() - before_s < 0.5
    assert decoded == []


@pytest.mark.parametrize(("format", "codec", "options"), [("mp4", "aac", {}), ("webm", "libopus", {"live": "1"})])
def test_a_long_film_is_refused_without_decoding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: str, codec: str, options: dict[str, str]
) -> None:
    path = encoded(tmp_path / "a", format, codec, 48_000, 20, options)
    decoded: list[int] = []
    monkeypatch.setattr(module.Sound, "add", lambda self, planes: decoded.append(len(planes)))
    with pytest.raises(TooLong, match="limit is 0.2 minutes"):
        decode_file(path, max_minutes=0.2)
    assert decoded == []


def test_a_file_that_lies_about_its_length_is_stopped_at_the_limit(tmp_path: Path) -> None:
    header = wav_header(16_000, 1, 0)[:-4] + b"\xff\xff\xff\xff"
    (tmp_path / "a.wav").write_bytes(header + bytes(16_000 * 2 * 30))
    with pytest.raises(TooLong):
        decode_file(tmp_path / "a.wav", max_minutes=0.25)


def test_an_absurd_rate(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(wav_header(7, 1, 100) + bytes(200))
    with pytest.raises(NotSound):
        decode_file(tmp_path / "a.wav")


def test_every_error_says_what_to_do() -> None:
    leaves = DecodeError.__subclasses__()
    assert len({leaf.code for leaf in leaves}) == len(leaves) == 6
    assert all(leaf("x").remedy for leaf in leaves)


def test_a_film_is_not_taken_for_sound_of_another_kind() -> None:
    assert container(b"RIFF\0\0\0\0AVI LIST") == "avi"
    assert container(b"RIFF\0\0\0\0WEBPVP8 ") is None
    assert container(b"\xff\xf1\x50\x80") == "aac"
    assert container(b"\xff\xfb\x90\x00") == "mp3"
    assert container(b"") is None


async def test_the_event_loop_keeps_running(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.flac", tone(48_000, 60), 48_000)
    lag_s = 0.0

    async def watch() -> None:
        nonlocal lag_s
        while True:
            before_s = time.perf_counter()
            await asyncio.sleep(0.005)
            lag_s = max(lag_s, time.perf_counter() - before_s - 0.005)

    async with asyncio.TaskGroup() as group:
        watching = group.create_task(watch())
        pcm = await decode(tmp_path / "a.flac")
        watching.cancel()
    assert len(pcm) == pytest.approx(60 * 16_000, abs=100)
    assert lag_s < 0.15
