"""The recordings that can be played: shipped samples with their labels, and what a person brought along."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from bench.access.uploads import Input, Uploads
from bench.audio.samples import Sample, samples
from bench.turn.feed import Recording


class Recordings:
    """Samples and uploads by id."""

    def __init__(self, uploads: Uploads) -> None:
        self._uploads = uploads
        self._samples: dict[str, Sample] = {sample.id: sample for sample in samples()}

    def shipped(self) -> Sequence[Input]:
        """The samples, as the page lists them."""
        return [
            Input(
                sample.id, sample.title, sample.text, sample.language or "", sample.duration_ms, bool(sample.speech_ms), False
            )
            for sample in self._samples.values()
        ]

    def listing(self) -> list[dict[str, Any]]:
        """The `Input` shapes: uploads (newest first), then samples."""
        return [asdict(each) for each in [*self._uploads.all(), *self.shipped()]]

    async def recording(self, id: str) -> Recording | None:
        """Decoded, or None when there is no such input."""
        sample = self._samples.get(id)
        if sample is not None:
            return Recording(id, await asyncio.to_thread(sample.read), sample.speech_ms)
        try:
            return Recording(id, await asyncio.to_thread(self._uploads.samples, id))
        except (KeyError, OSError):
            return None

    async def warm_up(self, but: str) -> Recording | None:
        """A short clear sample that is not the one to be measured."""
        clear = [s for s in self._samples.values() if s.id != but and s.speech_ms and s.snr_db is None and s.language == "en"]
        shortest = min(clear, key=lambda sample: sample.duration_ms, default=None)
        return None if shortest is None else await self.recording(shortest.id)
