"""The recordings that are shipped with the workbench, with the words and the true times of speech in them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import soundfile

from bench.audio.decode import decode_file
from providers.base import Samples

FOLDER = Path(__file__).resolve().parents[2] / "samples"
LABELS = "labels.jsonl"
TITLE_WORDS = 7


@dataclass(frozen=True, slots=True)
class Sample:
    """One recording."""

    id: str
    """The file's name without its ending."""
    path: Path
    """A FLAC file."""
    title: str
    """For the screen: the first words, and what is special about it."""
    text: str
    """What is said in it; empty for noise and silence."""
    language: str | None
    """ISO 639-1, or None when nobody speaks."""
    voice: str | None
    """Who speaks: a synthetic voice."""
    speech_ms: tuple[tuple[float, float], ...]
    """True start and end of each stretch of speech (ms from the first sample)."""
    snr_db: float | None
    """Speech over noise (dB); None without added noise."""
    duration_ms: float
    """Length (ms)."""

    def read(self) -> Samples:
        """Its sound: mono int16 at `CAPTURE_RATE_HZ`. Blocking, some 10 ms."""
        return decode_file(self.path)


def samples(folder: Path = FOLDER) -> tuple[Sample, ...]:
    """All of them in the order of the labels; none when there is no such folder. Blocking, some 10 ms."""
    labels = folder / LABELS
    if not labels.is_file():
        return ()
    rows = [json.loads(line) for line in labels.read_text(encoding="utf-8").splitlines() if line.strip()]
    return tuple(_sample(folder / str(row["file"]), row) for row in rows)


def _sample(path: Path, row: dict[str, Any]) -> Sample:
    spans = tuple((float(start), float(end)) for start, end in row["speech_ms"])
    return Sample(
        id=path.stem,
        path=path,
        title=_title(path.stem, row["text"], row["voice"], spans, row["snr_db"]),
        text=row["text"],
        language=row["language"],
        voice=row["voice"],
        speech_ms=spans,
        snr_db=row["snr_db"],
        duration_ms=soundfile.info(path).duration * 1000,
    )


def _title(id: str, text: str, voice: str | None, spans: tuple[tuple[float, float], ...], snr_db: float | None) -> str:
    words = text.split()
    said = " ".join(words[:TITLE_WORDS]) + (" …" if len(words) > TITLE_WORDS else "")
    special = [f"pause {after[0] - before[1]:.0f} ms" for before, after in zip(spans, spans[1:], strict=False)]
    special += [f"noise {snr_db:g} dB below"] if snr_db is not None else []
    return " · ".join([said or id.replace("-", " "), *([voice] if voice else []), *special])
