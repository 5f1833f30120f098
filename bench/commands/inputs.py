"""Recordings from files, for the command line: with their labels, when a labels.jsonl beside the file has some."""

import json
from pathlib import Path
from typing import Any

from bench.audio.decode import DecodeError, decode_file
from bench.turn.feed import Recording


class InputError(Exception):
    """A recording cannot be used; the text says why and what to do."""


def read_recording(path: Path, max_minutes: float) -> Recording:
    """Decode a file to 16 kHz mono. Raises `InputError`."""
    try:
        pcm = decode_file(path, max_minutes=max_minutes)
    except DecodeError as error:
        raise InputError(f"{path}: {error}") from error
    return Recording(path.name, pcm, _labels(path))


def _labels(path: Path) -> tuple[tuple[float, float], ...]:
    """True start and end of each stretch of speech (ms), or none."""
    labels = path.parent / "labels.jsonl"
    if not labels.is_file():
        return ()
    for number, line in enumerate(labels.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row: Any = json.loads(line) if line.strip() else {}
            if row.get("file") == path.name:
                return tuple((float(start), float(end)) for start, end in row["speech_ms"])
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise InputError(f"{labels}, line {number}: is not a label ({type(error).__name__})") from error
    return ()
