"""The scripted voice, in virtual time: when the sound comes, and what exactly is in it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.clock import LoopClock
from bench.wire.scripted_server import Cutter
from providers.base import AudioChunk, PhraseFinished, SpokenUnit
from providers.errors import ConnectionCut
from providers.scripted_frames import Sound
from providers.scripted_tts import syllable, syllables
from tests.unit.scripted.scripts import Notes, spoken, tts
from tests.virtual_time import VirtualTime


def sound(chunks: list, phrase: int = 0) -> np.ndarray:
    """All samples of a phrase."""
    return np.concatenate([chunk.pcm for chunk in chunks if isinstance(chunk, AudioChunk) and chunk.phrase == phrase])


def loud_windows(pcm: np.ndarray, rate_hz: int) -> np.ndarray:
    """Which stretches of 10 ms are above −40 dBFS RMS."""
    window = rate_hz // 100
    frames = pcm[: pcm.size // window * window].reshape(-1, window).astype(float)
    return np.sqrt((frames**2).mean(axis=1)) / 32768 > 0.01


async def test_chunks_come_at_the_first_byte_time_and_then_at_the_real_time_factor(virtual_time: VirtualTime) -> None:
    notes = Notes(LoopClock().now_ns)
    script = tts(first_byte_ms=150, chunk_ms=50, realtime_factor=0.5, word_times=False)
    chunks = await spoken(script, notes.wire, "Hello")
    sent_ns = notes.named("request_sent")[0].at_ns
    assert notes.named("request_sent")[0].data["phrase"] == 0
    audio = [chunk for chunk in chunks if isinstance(chunk, AudioChunk)]
    assert [(chunk.at_ns - sent_ns) / 1e6 for chunk in audio] == [150.0 + 25 * k for k in range(8)]
    assert chunks[-1] == PhraseFinished(0, audio[-1].at_ns)


@pytest.mark.parametrize("rate_hz", [8000, 16000, 22050, 24000, 44100, 48000])
@pytest.mark.parametrize("lead_silence_ms", [0, 30, 130])
async def test_the_first_audible_sample_is_where_the_silence_ends(
    virtual_time: VirtualTime, rate_hz: int, lead_silence_ms: int
) -> None:
    script = tts(rate_hz=rate_hz, lead_silence_ms=lead_silence_ms, chunk_ms=35)
    pcm = sound(await spoken(script, Notes(LoopClock().now_ns).wire, "Hello"))
    assert pcm.size == (lead_silence_ms + 400) * rate_hz // 1000
    loud = loud_windows(pcm, rate_hz)
    first = int(np.flatnonzero(loud)[0])
    assert first == lead_silence_ms // 10
    assert loud[first : first + 5].all(), "held for 50 ms"
    assert not pcm[: lead_silence_ms * rate_hz // 1000].any()


async def test_a_word_lasts_its_syllables_and_is_found_where_it_is_said(virtual_time: VirtualTime) -> None:
    chunks = await spoken(tts(lead_silence_ms=100), Notes(LoopClock().now_ns).wire, "Hello, dear Ольга!")
    words = [chunk for chunk in chunks if isinstance(chunk, SpokenUnit)]
    assert [(word.text, word.start_ms, word.end_ms) for word in words] == [
        ("Hello", 100, 500), ("dear", 500, 700), ("Ольга", 700, 1100),
    ]  # fmt: skip
    assert isinstance(chunks[0], AudioChunk), "the first bytes of a phrase are sound"
    assert sound(chunks).size == 1100 * 24


async def test_nothing_speakable_is_not_sent(virtual_time: VirtualTime) -> None:
    notes = Notes(LoopClock().now_ns)
    chunks = await spoken(tts(), notes.wire, "Hi.", " — … ", "😀", "Bye.")
    assert [chunk.phrase for chunk in chunks if isinstance(chunk, PhraseFinished)] == [0, 1, 2, 3]
    assert [instant.data["phrase"] for instant in notes.named("request_sent")] == [0, 3]


async def test_a_fault_counts_chunks_over_all_phrases_and_strikes_once(virtual_time: VirtualTime) -> None:
    wire = Notes(LoopClock().now_ns).wire
    options = {"chunk_ms": 200, "word_times": False, "realtime_factor": 0.0, "first_byte_ms": 100}  # "Hi": one chunk, one end
    delayed = await spoken(tts(**options, fault={"kind": "delay", "after": 2, "ms": 1000}), wire, "Hi", "Hi", "Hi")
    instants = [chunk.at_ns / 1e6 for chunk in delayed if isinstance(chunk, AudioChunk)]
    assert np.diff(instants).tolist() == pytest.approx([1100.0, 100.0])
    with pytest.raises(ConnectionCut):
        await spoken(tts(**options, fault={"kind": "cut", "after": 3}), wire, "Hi", "Hi", "Hi")


def test_syllables_of_a_word() -> None:
    assert {word: syllables(word) for word in ("yes", "Hello", "Ольга", "стрижка", "tsk", "aeiou", "42")} == {
        "yes": 1, "Hello": 2, "Ольга": 2, "стрижка": 2, "tsk": 1, "aeiou": 1, "42": 1,
    }  # fmt: skip


@given(st.integers(0, 50), st.lists(st.integers(0, 700), min_size=2, max_size=8), st.sampled_from([8000, 16000]))
def test_sound_cut_anywhere_has_no_seams_and_the_server_cuts_it_alike(lead: int, places: list[int], rate_hz: int) -> None:
    loop = syllable(rate_hz)
    inside, outside = Sound(lead, loop), Cutter(lead, loop)
    places = sorted({0, *places})
    naive = bytes(2 * lead) + loop * 3
    for cutter in (inside, outside):
        cut = b"".join(cutter.cut(start, end) for start, end in zip(places, places[1:], strict=False))
        assert cut == naive[: 2 * places[-1]]
