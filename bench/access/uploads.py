"""Recordings that a person brought along: taken in small pieces, judged by content, kept under names of our own.

What arrives is decoded at once, in a thread, and only our own FLAC of it stays; the bytes that came are deleted. Nothing a
visitor wrote becomes part of a path.
"""

import asyncio
import contextlib
import json
import logging
import os
import secrets
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import soundfile

from bench.audio.decode import DecodeError, TooLong, decode_file
from bench.settings import private_dir
from providers.base import CAPTURE_RATE_HZ, Samples

logger = logging.getLogger(__name__)

MOST = 100
"""Uploads that may lie here at once."""
PIECE_BYTES = 1 << 20
"""How much is gathered before it goes to the disk."""
SECONDS_TO_ARRIVE = 120.0
"""A whole upload must have come by then: 25 MB in this time is 1.7 Mbit/s."""
SWEEP_S = 600.0
LONGEST_TITLE = 120


class UploadError(Exception):
    """An upload that is not taken. `status` is HTTP's; the public text is ours and says what to do."""

    code: ClassVar[str] = "upload_refused"
    status: ClassVar[int] = 400

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class TooLargeError(UploadError):
    code = "upload_too_large"
    status = 413


class TooLongError(UploadError):
    code = "upload_too_long"
    status = 413


class UnreadableError(UploadError):
    code = "upload_unreadable"
    status = 415


class TooSlowError(UploadError):
    code = "upload_too_slow"
    status = 408


class TooManyError(UploadError):
    code = "uploads_full"
    status = 409


@dataclass(frozen=True, slots=True)
class Input:
    """Something that can be played to the columns: a shipped sample or an upload. The page's `Input` shape."""

    id: str
    """Letters, digits, `-` and `_`."""
    title: str
    text: str
    """What is said in it, as far as known; the reference for word errors. May be empty."""
    language: str | None
    """ISO 639-1; None when nobody speaks."""
    duration_ms: float
    labelled: bool
    """The true end of speech is known."""
    own: bool
    """Brought by the user."""


@dataclass(frozen=True, slots=True)
class Note:
    """What the visitor says about the recording."""

    title: str = ""
    """Any text; cleaned before use."""
    text: str = ""
    language: str = "en"
    keep: bool = False
    """Do not delete it on schedule."""


Decode = Callable[[Path], Samples]
"""Blocking: a file of any kind → mono int16 at `CAPTURE_RATE_HZ`. Raises `UploadError`."""


def decoder(max_minutes: float) -> Decode:
    """`bench.audio.decode` with a limit, its refusals turned into ours."""

    def decode(file: Path) -> Samples:
        try:
            return decode_file(file, max_minutes=max_minutes)
        except TooLong as error:
            raise TooLongError(str(error), error.remedy) from error
        except DecodeError as error:
            raise UnreadableError(str(error), error.remedy) from error

    return decode


class Uploads:
    """The folder of uploads. One instance per process; safe to use from one event loop."""

    def __init__(
        self,
        folder: Path,
        *,
        decode: Decode,
        max_bytes: int,
        keep_hours: float = 24.0,
        now_s: Callable[[], float] = time.time,
        seconds_to_arrive: float = SECONDS_TO_ARRIVE,
    ) -> None:
        self._folder = private_dir(folder)
        self._decode = decode
        self._max_bytes = max_bytes
        self._keep_s = keep_hours * 3600
        self._now_s = now_s
        self._seconds_to_arrive = seconds_to_arrive
        self._one_at_a_time = asyncio.Lock()

    # ── what is here ─────────────────────────────────────────────────────────────────────────────────────────────────────
    def all(self) -> list[Input]:
        """Newest first. Reads small files; a note that cannot be read is left out."""
        found: list[tuple[float, Input]] = []
        for paper in self._folder.glob("*.json"):
            with contextlib.suppress(OSError, ValueError, TypeError):  # deleted meanwhile, or damaged by a full disk
                found.append((paper.stat().st_mtime, self._read(paper)))
        return [upload for _, upload in sorted(found, key=lambda pair: -pair[0])]

    def samples(self, upload_id: str) -> Samples:
        """Its sound: mono int16 at `CAPTURE_RATE_HZ`. Blocking. Raises `KeyError` when there is no such upload."""
        if not self._note(upload_id).is_file():
            raise KeyError(upload_id)
        pcm, _ = soundfile.read(self._sound(upload_id), dtype="int16")
        return np.asarray(pcm, dtype=np.int16)

    # ── taking and giving up ─────────────────────────────────────────────────────────────────────────────────────────────
    async def add(self, pieces: AsyncIterator[bytes], note: Note, *, declared_bytes: int | None = None) -> Input:
        """Take a recording from the network. Raises `UploadError`; nothing of a refused upload stays.

        `declared_bytes` is what the sender announced, so that too much is refused before it travels.
        """
        if declared_bytes is not None and declared_bytes > self._max_bytes:
            raise self._too_large()
        if sum(1 for _ in self._folder.glob("*.json")) >= MOST:
            raise TooManyError(f"There are already {MOST} recordings here.", "Delete some, then try again.")
        upload_id = f"u-{secrets.token_hex(12)}"
        part = self._folder / f"{upload_id}.part"
        try:
            try:
                async with asyncio.timeout(self._seconds_to_arrive):
                    await self._receive(pieces, part)
            except TimeoutError:
                raise TooSlowError("The recording took too long to arrive.", "Try again, or use a smaller file.") from None
            async with self._one_at_a_time:
                return await asyncio.to_thread(self._store, upload_id, part, note)
        finally:
            part.unlink(missing_ok=True)

    def remove(self, upload_id: str) -> bool:
        """Delete a recording and its note; whether there was one."""
        note = self._note(upload_id)
        there = note.is_file()
        note.unlink(missing_ok=True)
        self._sound(upload_id).unlink(missing_ok=True)
        return there

    def sweep(self) -> int:
        """Delete what is past its time (and what a crash left behind); how many files went."""
        before = self._now_s() - self._keep_s
        gone = 0
        for file in list(self._folder.iterdir()):
            with contextlib.suppress(FileNotFoundError):  # another process of the same user may sweep too
                if file.stat().st_mtime < before and not self._kept(file):
                    file.unlink()
                    gone += 1
        return gone

    async def sweeping(self) -> None:
        """Sweep now and every ten minutes, until cancelled. Run it in the app's task group."""
        while True:
            try:
                gone = await asyncio.to_thread(self.sweep)
            except OSError as error:
                logger.warning("could not delete old uploads: %s", error)
            else:
                logger.log(logging.INFO if gone else logging.DEBUG, "deleted %d files of uploads past their time", gone)
            await asyncio.sleep(SWEEP_S)

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────────
    async def _receive(self, pieces: AsyncIterator[bytes], part: Path) -> None:
        """Write what arrives, and stop reading at the limit."""
        total = 0
        gathered = bytearray()
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            async for piece in pieces:
                total += len(piece)
                if total > self._max_bytes:
                    raise self._too_large()
                gathered += piece
                if len(gathered) >= PIECE_BYTES:
                    await asyncio.to_thread(file.write, bytes(gathered))
                    gathered.clear()
            await asyncio.to_thread(file.write, bytes(gathered))
        if total == 0:
            raise UnreadableError("The file is empty.", "Choose a recording with sound in it.")

    def _store(self, upload_id: str, part: Path, note: Note) -> Input:
        """Decode, write our own FLAC and its note (last: an upload without a note does not exist)."""
        pcm = self._decode(part)
        if len(pcm) == 0:
            raise UnreadableError("There is no sound in the file.", "Choose another recording.")
        sound, paper = self._sound(upload_id), self._note(upload_id)
        upload = Input(
            id=upload_id,
            title=clean_title(note.title),
            text=note.text,
            language=note.language,
            duration_ms=round(len(pcm) * 1000 / CAPTURE_RATE_HZ, 3),
            labelled=False,
            own=True,
        )
        try:
            os.close(os.open(sound, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            soundfile.write(sound, pcm, CAPTURE_RATE_HZ, format="FLAC", subtype="PCM_16")
            with os.fdopen(os.open(paper, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                json.dump({**asdict(upload), "keep": note.keep}, file, ensure_ascii=False)
        except BaseException:
            self.remove(upload_id)
            raise
        return upload

    def _kept(self, file: Path) -> bool:
        """Whether the upload that `file` belongs to is marked to be kept."""
        try:
            return bool(json.loads(self._note(file.stem).read_text("utf-8"))["keep"])
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return False

    def _read(self, paper: Path) -> Input:
        fields = json.loads(paper.read_text("utf-8"))
        fields.pop("keep", None)
        return Input(**fields)

    def _note(self, upload_id: str) -> Path:
        return self._folder / f"{_safe(upload_id)}.json"

    def _sound(self, upload_id: str) -> Path:
        return self._folder / f"{_safe(upload_id)}.flac"

    def _too_large(self) -> TooLargeError:
        megabytes = self._max_bytes / 1_000_000
        return TooLargeError(f"The file is larger than {megabytes:g} MB.", "Cut it, or save it as MP3, Opus or FLAC.")


def _safe(upload_id: str) -> str:
    """The id if it is one of ours, else a name that no file has: it becomes part of a path."""
    return upload_id if upload_id.replace("-", "").replace("_", "").isalnum() and upload_id.isascii() else "no-such-upload"


def clean_title(title: str) -> str:
    """A title for the screen: printable, one line, of bounded length, without the folders of a file name."""
    last = title.replace("\\", "/").rsplit("/", 1)[-1]
    printable = "".join(char if char.isprintable() else " " for char in last)
    return " ".join(printable.split())[:LONGEST_TITLE].strip() or "Recording"
