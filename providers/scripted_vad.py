"""A voice detector whose answers are known: by plain energy, or by a list of stretches that are called speech."""

import math
from typing import Literal

import numpy as np
from pydantic import model_validator

from providers.base import CAPTURE_RATE_HZ, Capabilities, Detector, Options, Samples, VoiceActivity, VoiceFrame, knob
from providers.errors import EngineCrashed

FRAME = CAPTURE_RATE_HZ // 50
"""Samples of one frame: 20 ms."""
SILENT_DB = -120.0
"""Level given to digital silence (dBFS)."""


class VadFault(Options):
    """What a detector can do wrong."""

    kind: Literal["none", "error", "deaf", "stuck"] = knob(
        "none", en="Fault", ru="Сбой",
        help_en="Does not start, hears nothing, or never hears the end.",
        help_ru="Не запускается, не слышит, или не слышит конца.",
    )  # fmt: skip
    after_ms: int = knob(
        0, en="After", ru="После",
        help_en="Works properly for so much sound.", help_ru="Столько звука работает правильно.",
        unit="ms", ge=0, le=3_600_000,
    )  # fmt: skip


class ScriptedVadOptions(Options):
    """What counts as speech."""

    by: Literal["energy", "spans"] = knob(
        "energy", en="Speech is", ru="Речь — это",
        help_en="What is loud enough, or the stretches given below.", help_ru="То, что громче порога, или заданные отрезки.",
    )  # fmt: skip
    threshold_db: float = knob(
        -40.0, en="Threshold", ru="Порог",
        help_en="Lower: hears quieter voices, and more noise.", help_ru="Ниже — слышит тише, но и шум.",
        unit="dBFS", ge=-90, le=0,
    )  # fmt: skip
    tail_ms: int = knob(
        0, en="Tail", ru="Хвост",
        help_en="Goes on calling it speech for so long after the end.",
        help_ru="Столько после конца ещё считает речью.", unit="ms", ge=0, le=5000,
    )  # fmt: skip
    spans_ms: tuple[tuple[int, int], ...] = knob(
        (), en="Stretches of speech", ru="Отрезки речи",
        help_en="Start and end of each, from the first sample.", help_ru="Начало и конец каждого от первого отсчёта.",
        unit="ms",
    )  # fmt: skip
    fault: VadFault = knob(
        VadFault(), en="Fault plan", ru="План сбоев", help_en="What goes wrong, and when.", help_ru="Что и когда ломается."
    )

    @model_validator(mode="after")
    def _spans(self) -> "ScriptedVadOptions":
        flat = [instant for span in self.spans_ms for instant in span]
        if flat != sorted(flat) or any(instant < 0 for instant in flat):
            raise ValueError("stretches of speech must follow each other")
        return self


class _ScriptedDetector(Detector):
    """Frames of 20 ms; voiced by the script, and for the tail after it."""

    def __init__(self, script: ScriptedVadOptions) -> None:
        self._script = script
        self.reset()

    def reset(self) -> None:
        self._left: Samples = np.zeros(0, dtype=np.int16)
        self._place = 0
        self._last_speech_end: int | None = None
        self._voiced = False

    def push(self, pcm: Samples) -> list[VoiceFrame]:
        sound = np.concatenate([self._left, pcm])
        whole = sound.size // FRAME * FRAME
        self._left = sound[whole:]
        return [self._frame(sound[start : start + FRAME]) for start in range(0, whole, FRAME)]

    def _frame(self, pcm: Samples) -> VoiceFrame:
        start, end = self._place, self._place + FRAME
        self._place = end
        if self._is_speech(pcm, start):
            self._last_speech_end = end
        tail = self._script.tail_ms * CAPTURE_RATE_HZ // 1000
        voiced = self._last_speech_end is not None and end <= self._last_speech_end + tail
        fault = self._script.fault
        if fault.kind != "none" and start * 1000 >= fault.after_ms * CAPTURE_RATE_HZ:
            voiced = (self._voiced or voiced) if fault.kind == "stuck" else voiced and fault.kind != "deaf"
        self._voiced = voiced
        return VoiceFrame(start, end, voiced, 1.0 if voiced else 0.0)

    def _is_speech(self, pcm: Samples, start: int) -> bool:
        """A frame is speech when it is loud enough, or when its middle lies in a given stretch."""
        if self._script.by == "energy":
            return level_db(pcm) >= self._script.threshold_db
        middle_ms = (start + FRAME // 2) * 1000 / CAPTURE_RATE_HZ
        return any(first <= middle_ms < last for first, last in self._script.spans_ms)


def level_db(pcm: Samples) -> float:
    """RMS level in dBFS (0 = a full-scale square wave)."""
    rms = math.sqrt(float(np.mean(np.square(pcm.astype(np.float64))))) / 32768
    return max(SILENT_DB, 20 * math.log10(rms)) if rms > 0 else SILENT_DB


class ScriptedVad(VoiceActivity):
    """Runs inside this process only: a detector is called, not awaited, and its delay is counted in samples."""

    name = "scripted"
    title = "Scripted detector"
    # The bias of the default options (energy at −40 dBFS, no tail; a tail adds itself): median and p95 over 72 labelled
    # stretches of clean synthetic speech. A word that fades out may be taken to end up to 100 ms early.
    capabilities = Capabilities(streams_input=True, end_bias_ms=(0.0, 10.0), labels=("scripted",))
    Options = ScriptedVadOptions

    def __init__(self, options: ScriptedVadOptions) -> None:
        super().__init__(options)
        self._script = options

    async def warm_up(self) -> None:
        if self._script.fault.kind == "error":
            raise EngineCrashed(self.title, "vad", cause="asked for by the fault plan")

    def detector(self) -> Detector:
        return _ScriptedDetector(self._script)
