"""Interruption in a real browser, and how often mere noise would interrupt."""

import tempfile
from pathlib import Path

import numpy as np

from bench.audio.frame import FRAME_SAMPLES, AudioFrame
from bench.audio.samples import samples
from bench.clock import MonotonicClock
from bench.configuration import Listening
from bench.events.store import Store
from bench.metrics.definitions import figure
from bench.metrics.turn_record import fold_turns
from bench.turn.ear import Ear
from bench.turn.end_of_turn import SpeechBegan
from providers import registry
from tests.bench.tables import print_quantiles
from tests.bench.voice import play
from tests.browser.open_page import opened
from tests.running import running_workbench

TURNS = 20


async def main(turns: int = TURNS) -> None:
    """The second sentence of `en-barge-in` is spoken over the reply to the first."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        with running_workbench(data) as bench:
            async with opened(bench.url, path="/?compare=embedded-pause-300") as at:
                await at.ready()
                for _ in range(turns):
                    await play(at, "en-barge-in")
        async with await Store.open(data / "firstword.sqlite3", MonotonicClock(), "bench") as store:
            records = fold_turns([event for _, event in await store.events()])
    from_start: list[float] = []
    onset: list[float] = []
    for record in records:
        ms = figure(record, "interruption").ms
        if ms is not None:
            from_start.append(ms)
            onset.append(record.marks["barge_in"].data["decided_after_ms"])
    print(
        f"{sum(record.outcome == 'interrupted' for record in records)} of {turns} replies interrupted, {len(from_start)} measured"
    )
    from_decision = [whole - decided for whole, decided in zip(from_start, onset, strict=True)]
    rows = {"labelled start → silence (≤ 260)": from_start, "decision → silence (≤ 80)": from_decision, "onset delay": onset}
    print_quantiles("interruption", rows)
    await false_interruptions()


async def false_interruptions() -> None:
    """Speech begun per minute of noise and silence, and beside the speech of the site clips, at the shipped onset setting."""
    for detector in ("silero", "webrtc"):
        provider = registry.build("vad", detector, {})
        await provider.warm_up()
        for sample in samples():
            if sample.speech_ms and sample.snr_db is None:
                continue  # clean speech: nothing there could be mistaken for it
            ear, began = Ear(Listening(), provider.detector()), 0  # type: ignore[attr-defined]
            pcm = np.tile(sample.read(), 12)
            for start in range(0, len(pcm) - FRAME_SAMPLES, FRAME_SAMPLES):
                heard = ear.hear(AudioFrame(pcm[start : start + FRAME_SAMPLES], start * 62_500))
                began += sum(isinstance(change, SpeechBegan) for change in heard.changes)
            false = max(0, began - 12 * len(sample.speech_ms))  # beyond the speech that is in it
            print(f"false interruptions, {detector:<7} {sample.id:<16} {false / (len(pcm) / 16_000 / 60):6.1f} a minute")
