"""The state machine that decides when the user's turn begins and ends."""

from hypothesis import given
from hypothesis import strategies as st

from bench.turn.end_of_turn import Change, EndOfTurn, PauseBegan, SpeechBegan, SpeechResumed, TurnReleased
from providers.base import VoiceFrame

FRAME = 512


def frames(pattern: str, first: int = 0) -> list[VoiceFrame]:
    """'.': silent, 'v': voiced; 32 ms each."""
    return [VoiceFrame((first + i) * FRAME, (first + i + 1) * FRAME, c == "v", float(c == "v")) for i, c in enumerate(pattern)]


def run(pattern: str, onset: int = 2, pause_ms: float | None = 96) -> list[Change]:
    return EndOfTurn(onset, pause_ms).frames(frames(pattern))


def test_one_voiced_frame_is_not_speech() -> None:
    assert run("..v..v..") == []


def test_speech_begins_at_the_first_frame_of_the_run() -> None:
    assert run(".vv") == [SpeechBegan(FRAME, 3 * FRAME)]


def test_the_end_is_the_end_of_the_last_voiced_frame() -> None:
    changes = run("vvv....")
    assert changes == [SpeechBegan(0, 2 * FRAME), PauseBegan(3 * FRAME), TurnReleased(0, 3 * FRAME, "pause")]


def test_a_hesitation_shorter_than_the_pause_goes_on() -> None:
    kinds = [type(change) for change in run("vv..vv...")]
    assert kinds == [SpeechBegan, PauseBegan, SpeechResumed, PauseBegan, TurnReleased]


def test_the_pause_is_not_rounded_up_to_detector_frames() -> None:
    turns = EndOfTurn(2, 100)
    turns.frames(frames("vv."))
    assert turns.heard_until(2 * FRAME + 1599) == []
    assert turns.heard_until(2 * FRAME + 1600) == [TurnReleased(0, 2 * FRAME, "pause")]


def test_no_release_before_the_detector_has_called_it_silence() -> None:
    turns = EndOfTurn(1, 50)
    turns.frames(frames("v"))
    assert turns.heard_until(50_000) == []


def test_a_key_ends_a_turn_that_no_pause_would() -> None:
    turns = EndOfTurn(1, None)
    assert [type(change) for change in turns.frames(frames("v" + "." * 1000))] == [SpeechBegan, PauseBegan]
    assert turns.release("key") == [TurnReleased(0, FRAME, "key")]
    assert turns.release("key") == []


@given(st.text("v.", max_size=300), st.integers(1, 5), st.sampled_from([32, 96, 300]))
def test_turns_alternate_and_never_overlap(pattern: str, onset: int, pause_ms: float) -> None:
    speaking, last_end = False, 0
    for change in run(pattern, onset, pause_ms):
        match change:
            case SpeechBegan(start=start):
                assert not speaking
                assert start >= last_end
                speaking = True
            case TurnReleased(start=start, end=end):
                assert speaking
                assert start < end
                speaking, last_end = False, end
            case PauseBegan() | SpeechResumed():
                assert speaking


@given(st.text("v.", max_size=120), st.integers(1, 4))
def test_frames_one_by_one_or_all_at_once_are_the_same(pattern: str, onset: int) -> None:
    single = EndOfTurn(onset, 96)
    assert [change for frame in frames(pattern) for change in single.frames([frame])] == run(pattern, onset)
