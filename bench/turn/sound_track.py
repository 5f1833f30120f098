"""The sound of one reply on its way from the speech engine to the player: positions, the first audible sample, phrases."""

from dataclasses import dataclass

from bench.audio.audible import AudibleOnset
from providers.base import AudioChunk


@dataclass(slots=True)
class SpokenPhrase:
    """Where a phrase lies in the reply's sound."""

    text: str
    start: int
    """First sample."""
    end: int
    """One past the last sample so far."""


class SoundTrack:
    """Positions are sample numbers within the reply, at `rate_hz`."""

    def __init__(self) -> None:
        self.rate_hz = 0
        self.samples = 0
        self.audible: int | None = None
        self.audible_chunk_ns: int | None = None
        self.phrases: list[SpokenPhrase] = []
        self._onset: AudibleOnset | None = None
        self._chunks: list[tuple[int, int]] = []

    def add(self, chunk: AudioChunk) -> int:
        """Take a chunk; returns the position of its first sample. Finds the first audible sample as a side effect."""
        if self._onset is None:
            self.rate_hz = chunk.rate_hz
        self._onset = self._onset or AudibleOnset(chunk.rate_hz)
        position, self.samples = self.samples, self.samples + len(chunk.pcm)
        if chunk.phrase < len(self.phrases):
            phrase = self.phrases[chunk.phrase]
            phrase.start = min(phrase.start, position) if phrase.end > phrase.start else position
            phrase.end = self.samples
        if self.audible is None:
            self._chunks.append((self.samples, chunk.at_ns))
            self.audible = self._onset.push(chunk.pcm)
            if self.audible is not None:
                self.audible_chunk_ns = next(at_ns for end, at_ns in self._chunks if self.audible < end)
        return position

    @property
    def lead_silence_ms(self) -> float:
        """Silence before the first audible sample, measured from the start of the reply (ms)."""
        return 0.0 if self.audible is None else self.audible * 1000 / self.rate_hz

    def silence_after_arrival_ms(self) -> float:
        """How much silence a player that began with the first byte still has to play when the first audible sample arrives.

        Whichever is later: the sample's place in a sound that has been playing since its first byte, or its place in a chunk
        that came when the player had run dry.
        """
        if self.audible is None or self.audible_chunk_ns is None:
            return 0.0
        chunk_start = max((end for end, _ in self._chunks if end <= self.audible), default=0)
        in_chunk_ms = (self.audible - chunk_start) * 1000 / self.rate_hz
        played_ms = (self.audible_chunk_ns - self._chunks[0][1]) / 1e6
        return max(self.lead_silence_ms - played_ms, in_chunk_ms)

    def heard_text(self, heard_ms: float) -> str:
        """The words that were heard when playback stopped after `heard_ms`: whole phrases, then a share of the last one."""
        heard = heard_ms * self.rate_hz / 1000
        said: list[str] = []
        for phrase in self.phrases:
            share = 0.0 if phrase.end <= phrase.start else (heard - phrase.start) / (phrase.end - phrase.start)
            words = phrase.text.split()
            said += words[: round(len(words) * min(1.0, max(0.0, share)))]
        return " ".join(said)
