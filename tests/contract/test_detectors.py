"""Every voice detector, through the contract of its role."""

import asyncio

import numpy as np
import pytest

from providers import registry
from providers.base import CAPTURE_RATE_HZ, VoiceActivity
from tests.contract.drivers import hum
from tests.contract.leaks import nothing_left
from tests.contract.subjects import Subject

SECOND = CAPTURE_RATE_HZ


@pytest.fixture
async def voice(detector: Subject):
    """The provider, warmed up, closed afterwards with nothing left."""
    missing = detector.engine.missing()
    if missing is not None:
        pytest.fail(f"{detector} needs {missing.what}: {missing.remedy}")
    provider = registry.build("vad", detector.name, {})
    assert isinstance(provider, VoiceActivity)
    await provider.warm_up()
    await provider.close()  # whatever is opened once and for all is open now
    async with nothing_left():
        await provider.warm_up()
        yield provider
        await provider.close()
        await provider.close()


async def test_frames_follow_each_other_without_a_gap(voice: VoiceActivity) -> None:
    """Whatever the lengths of the pushes, each sample is in exactly one frame and none is lost but the unfinished rest."""
    detector, place, pushed = voice.detector(), 0, 0
    for length in (1, 319, 320, 321, 512, 0, 7, 1600, 16_000, 3):
        pushed += length
        for frame in detector.push(hum(pushed - length, length)):
            assert frame.start == place
            assert frame.end > frame.start
            assert 0.0 <= frame.probability <= 1.0
            place = frame.end
        assert place <= pushed
    assert pushed - place < SECOND // 10


async def test_the_same_sound_in_other_pieces_gives_the_same_frames(voice: VoiceActivity) -> None:
    sound = np.concatenate([np.zeros(SECOND // 2, np.int16), hum(0, SECOND), np.zeros(SECOND, np.int16)])
    whole = voice.detector().push(sound)
    pieces = voice.detector()
    assert [frame for start in range(0, sound.size, 333) for frame in pieces.push(sound[start : start + 333])] == whole


async def test_silence_is_not_speech(voice: VoiceActivity) -> None:
    assert not any(frame.voiced for frame in voice.detector().push(np.zeros(2 * SECOND, np.int16)))


async def test_reset_forgets(voice: VoiceActivity) -> None:
    """After a reset the next sample is sample 0, and nothing of the past is left."""
    detector = voice.detector()
    sound = np.concatenate([hum(0, SECOND), np.zeros(SECOND // 4, np.int16)])
    first = detector.push(sound[: SECOND + 100])
    detector.reset()
    assert detector.push(sound[: SECOND + 100]) == first


async def test_two_at_once(voice: VoiceActivity) -> None:
    """Two streams of one provider do not touch each other."""
    speaking, silent = voice.detector(), voice.detector()
    alone = voice.detector().push(np.zeros(SECOND, np.int16))
    frames = []
    for start in range(0, SECOND, 320):
        speaking.push(hum(start, 320))
        frames += silent.push(np.zeros(320, np.int16))
    assert frames == alone


async def test_it_is_fast_enough_to_be_called(voice: VoiceActivity) -> None:
    """A second of sound takes well below a second: the detector runs in the event loop."""
    detector = voice.detector()
    sound = hum(0, SECOND)
    detector.push(sound)
    before_s = asyncio.get_running_loop().time()
    detector.push(sound)
    assert asyncio.get_running_loop().time() - before_s < 0.5
