"""Files that people bring along → mono int16 at 16 kHz.

What a file is, is read from its first bytes, never from its name. libsndfile reads WAV, AIFF, FLAC, OGG, MP3, AU and CAF;
FFmpeg (through PyAV) the rest. FFmpeg is always told the container, so that it cannot take the file for a play list that
points somewhere else. Several channels become their mean. Nothing is decoded beyond the limit.
"""

import asyncio
import contextlib
import struct
from collections.abc import Generator
from pathlib import Path
from typing import Any, ClassVar

import av
import numpy as np
import soundfile
from av.error import FFmpegError
from numpy.typing import NDArray

from bench.audio.resample import Resampler
from providers.base import CAPTURE_RATE_HZ, Samples

MAX_MINUTES = 10.0
"""The longest sound that is taken, unless the caller says otherwise."""
BLOCK = 65_536
"""Samples that are decoded at once, per channel."""
RATES_HZ = (4_000, 768_000)
"""Lowest and highest rate that is believed."""
SHORTFALL_S = 0.5
"""A file that holds this much less than it says was cut off; the ends of lossy formats are not more exact than that."""
ACCEPTED = "Use WAV, FLAC, OGG, MP3, M4A, MP4 or WebM."
MOST_CHUNKS = 1_000
"""Of a WAV or AIFF file that are looked at for its sound."""
STREAMED_SIZES = (0, 0x7FFFFFFF, 0x7FFFF000, 0xFFFFFFFF)
"""What programs write as the length of a WAV file that they cannot know yet."""

Planes = NDArray[Any]
"""Floats, (samples, channels), full scale is 1."""


# ── what can go wrong ────────────────────────────────────────────────────────────────────────────────────────────────────
class DecodeError(Exception):
    """A file cannot be used. The text says what is wrong, `remedy` what to do; both are ours."""

    code: ClassVar[str] = "not_decodable"
    remedy: str = ACCEPTED


class CannotOpen(DecodeError):
    """The system does not give it to us."""

    code = "cannot_open"
    remedy = "Check the name, and that the file may be read."


class EmptyFile(DecodeError):
    """No byte in it."""

    code = "empty_file"
    remedy = "Record or save it again."


class NotSound(DecodeError):
    """A kind of file that is not taken."""

    code = "not_sound"


class NoAudioStream(DecodeError):
    """A film without sound, or a header with nothing behind it."""

    code = "no_audio_stream"
    remedy = "Record it again with the sound on."


class Truncated(DecodeError):
    """Damaged, or it ends before its announced end."""

    code = "truncated"
    remedy = "Save or copy the file again."


class TooLong(DecodeError):
    """Longer than the limit."""

    code = "too_long"
    remedy = "Cut it into shorter pieces."


# ── the way in ───────────────────────────────────────────────────────────────────────────────────────────────────────────
async def decode(path: Path, *, max_minutes: float = MAX_MINUTES) -> Samples:
    """`decode_file` in a thread of its own. Raises `DecodeError`."""
    return await asyncio.to_thread(decode_file, path, max_minutes=max_minutes)


def decode_file(path: Path, *, max_minutes: float = MAX_MINUTES) -> Samples:
    """Mono int16 at `CAPTURE_RATE_HZ`. Blocking, up to seconds for a long file. Raises `DecodeError`."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(64)
    except OSError as error:
        raise CannotOpen(f"It cannot be opened ({error.strerror}).") from error
    if not size:
        raise EmptyFile("The file is empty.")
    kind = container(head)
    if kind is None:
        raise NotSound("This is not a kind of sound file that can be read here.")
    with contextlib.suppress(soundfile.LibsndfileError):  # a coding that libsndfile does not know: FFmpeg may
        if kind in SNDFILE:
            if kind in ("wav", "aiff"):
                _check_chunks(path, size, kind)
            return _with_sndfile(path, max_minutes)
    try:
        return _with_ffmpeg(path, kind, max_minutes)
    except FFmpegError as error:
        raise Truncated("The file is damaged or was cut off.") from error


# ── what it is ───────────────────────────────────────────────────────────────────────────────────────────────────────────
SNDFILE = ("wav", "aiff", "flac", "ogg", "mp3", "caf", "au")
MAGIC = ((b"fLaC", "flac"), (b"OggS", "ogg"), (b"ID3", "mp3"), (b"caff", "caf"), (b".snd", "au"), (b"RF64", "wav"),
         (b"\x1aE\xdf\xa3", "matroska"), (b"#!AMR", "amr"))  # fmt: skip
BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"wide", b"skip")
"""First boxes of MP4 and QuickTime files."""


def container(head: bytes) -> str | None:
    """FFmpeg's name of the container that begins like this, or None for anything that is not taken."""
    if head[:4] == b"RIFF":
        return {b"WAVE": "wav", b"AVI ": "avi"}.get(head[8:12])
    if head[:4] == b"FORM":
        return "aiff" if head[8:12] in (b"AIFF", b"AIFC") else None
    if head[4:8] in BOXES:
        return "mov"
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:  # a frame of MPEG audio; layer 0 is AAC's
        return "mp3" if head[1] & 0x06 else "aac"
    return next((name for magic, name in MAGIC if head.startswith(magic)), None)


def _check_chunks(path: Path, size: int, kind: str) -> None:
    """Find out that a WAV or AIFF file was cut off, which libsndfile passes over. Raises `Truncated`."""
    sound, order = (b"data", "<I") if kind == "wav" else (b"SSND", ">I")
    at = 12
    with path.open("rb") as file:
        for _chunk in range(MOST_CHUNKS):
            file.seek(at)
            header = file.read(8)
            if len(header) < 8:
                return
            (length,) = struct.unpack(order, header[4:])
            if header[:4] == sound:
                if length not in STREAMED_SIZES and at + 8 + length > size:
                    raise Truncated("The file ends before its announced end.")
                return
            at += 8 + length + length % 2


# ── decoding ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def _with_sndfile(path: Path, max_minutes: float) -> Samples:
    with soundfile.SoundFile(path) as file:
        sound = Sound(file.samplerate, max_minutes)
        sound.announce(file.frames / file.samplerate)
        while len(block := file.read(BLOCK, dtype="float32", always_2d=True)):
            sound.add(block)
    return sound.whole()


def _with_ffmpeg(path: Path, kind: str, max_minutes: float) -> Samples:
    with _opened(path, kind) as (media, stream):
        sound = Sound(int(stream.rate or 0), max_minutes)
        if media.duration is not None:
            sound.announce(media.duration / av.time_base)
        else:  # what browsers record does not say it; the stamps of its packets do, without decoding
            for packet in media.demux(stream):
                if packet.pts is not None and packet.time_base is not None:
                    sound.check_length(float(packet.pts * packet.time_base))
    with _opened(path, kind) as (media, stream):
        resampler = av.AudioResampler(format="fltp", layout=stream.layout, rate=stream.rate)
        for frame in media.decode(stream):
            for planes in resampler.resample(frame):
                sound.add(planes.to_ndarray().T)
    return sound.whole()


@contextlib.contextmanager
def _opened(path: Path, kind: str) -> Generator[tuple[Any, Any]]:
    """The container and its first stream of sound. Raises `NoAudioStream`, `FFmpegError`."""
    with path.open("rb") as file, av.open(file, format=kind, metadata_errors="ignore") as media:
        if not media.streams.audio:
            raise NoAudioStream("There is no sound in this file.")
        yield media, media.streams.audio[0]


class Sound:
    """Collects what is decoded: mean of the channels, 16 kHz, int16. Refuses as soon as it is too long."""

    def __init__(self, rate_hz: int, max_minutes: float) -> None:
        """Raises `NotSound` for a rate that nobody records at."""
        if not RATES_HZ[0] <= rate_hz <= RATES_HZ[1]:
            raise NotSound(f"A rate of {rate_hz} Hz cannot be played.")
        self._rate_hz = rate_hz
        self._max_minutes = max_minutes
        self._resampler = Resampler(rate_hz, CAPTURE_RATE_HZ)
        self._parts: list[Samples] = []
        self._taken = 0
        """Samples so far, at the file's rate."""
        self._announced_s: float | None = None

    def announce(self, seconds: float) -> None:
        """The length that the file gives itself. Raises `TooLong` without decoding anything."""
        self._announced_s = seconds
        self.check_length(seconds)

    def check_length(self, seconds: float) -> None:
        """Raises `TooLong`."""
        if seconds > self._max_minutes * 60:
            raise TooLong(f"It is {_length(seconds)} long; the limit is {self._max_minutes:g} minutes.")

    def add(self, planes: Planes) -> None:
        """The next samples of all channels. Raises `TooLong`."""
        self._taken += len(planes)
        if self._taken > self._max_minutes * 60 * self._rate_hz:
            raise TooLong(f"It is longer than the limit of {self._max_minutes:g} minutes.")
        mono = np.nan_to_num(planes.mean(axis=1, dtype=np.float64), posinf=1, neginf=-1) * 32768
        self._parts.append(self._resampler.push(np.clip(np.rint(mono), -32768, 32767).astype(np.int16)))

    def whole(self) -> Samples:
        """All of it. Raises `NoAudioStream`, `Truncated`."""
        if not self._taken:
            raise NoAudioStream("There is no sound in this file.")
        if self._announced_s is not None and self._taken / self._rate_hz < self._announced_s - SHORTFALL_S:
            raise Truncated("The file ends before its announced end.")
        return np.concatenate([*self._parts, self._resampler.flush()])


def _length(seconds: float) -> str:
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{seconds / 60:.1f} minutes"
