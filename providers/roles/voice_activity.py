"""Voice activity: which stretches of sound are speech."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from providers.roles.provider import Provider
from providers.roles.sound import Samples


@dataclass(frozen=True, slots=True)
class VoiceFrame:
    """The detector's opinion of one stretch of samples."""

    start: int
    """First sample, counted from the detector's last reset."""
    end: int
    """One past the last sample."""
    voiced: bool
    """Speech, by the detector's own threshold and hysteresis."""
    probability: float
    """0 … 1; detectors without one report 0 or 1."""


class Detector(ABC):
    """A voice detector with the state of one stream. Fast (well below 1 ms a frame), so it is called, not awaited."""

    @abstractmethod
    def push(self, pcm: Samples) -> list[VoiceFrame]:
        """Take samples of any length at `CAPTURE_RATE_HZ`; returns the frames that they completed, in order, no gaps."""

    @abstractmethod
    def reset(self) -> None:
        """Forget the past: the next sample is sample 0."""


class VoiceActivity(Provider):
    """Says which stretches of sound are speech."""

    role = "vad"

    @abstractmethod
    def detector(self) -> Detector:
        """A fresh detector. `warm_up` has been awaited before."""
