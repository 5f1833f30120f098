"""What several tests of the embedded engines need: a wire that remembers, phrases, samples, living processes."""

import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import soundfile

from providers.base import Instant, Samples, Wire

SAMPLES = Path(__file__).resolve().parents[3] / "samples"


def wire(instants: list[Instant] | None = None) -> Wire:
    """On the machine's monotonic clock."""
    return Wire(time.monotonic_ns, (instants if instants is not None else []).append)


async def said(*phrases: str) -> AsyncIterator[str]:
    """Phrases that are all there at once."""
    for phrase in phrases:
        yield phrase


def sample(name: str) -> Samples:
    """A shipped sample."""
    pcm, rate_hz = soundfile.read(SAMPLES / f"{name}.flac", dtype="int16")
    assert rate_hz == 16_000
    return np.asarray(pcm)


def children() -> set[int]:
    """Ids of this process's children, zombies included."""
    return {int(child) for task in Path("/proc/self/task").iterdir() for child in (task / "children").read_text().split()}


def alive(pid: int) -> bool:
    """The process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def cpu_s(pid: int) -> float:
    """Processor time that a process has used so far (s)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
