import random
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bench.events.kinds import ReplyStreamed, TurnStarted
from bench.metrics.turn_record import TurnFolder, fold, fold_turns, mark_ns, mark_number
from tests.unit.metrics.building import (
    VOICE,
    ended,
    mark,
    marks,
    ns,
    record,
    span,
    stall,
    started,
    whole_log,
    without,
)


def test_a_turn_in_full() -> None:
    turn = fold(whole_log(), "t")
    assert turn is not None
    assert (turn.outcome, turn.transcript, turn.reply) == ("answered", "i would like", "On Friday at three.")
    assert turn.at_utc == "2026-03-01T10:00:00.500+00:00"
    assert turn.strata == ("headless_player",)
    assert turn.stalls == ((ns(1390), ns(1409)),)
    assert len(turn.reply_at_ns) == 3
    assert [usage.tokens_out for usage in turn.usage] == [12]
    assert [mark for mark in turn.marks if mark.startswith("llm")] == [
        "llm_sent",
        "llm_first_chunk",
        "llm_first_text",
        "llm_text_ended",
    ]


@given(st.randoms(use_true_random=False))
def test_any_order_gives_the_same_record(shuffler: random.Random) -> None:
    log = whole_log()
    expected = (fold(log, "t"), fold(log, "u"))
    shuffler.shuffle(log)
    assert (fold(log, "t"), fold(log, "u")) == expected


@given(st.randoms(use_true_random=False), st.sets(st.integers(0, 40)))
def test_folding_one_by_one_equals_folding_at_once(shuffler: random.Random, looks: set[int]) -> None:
    log = whole_log()
    shuffler.shuffle(log)
    folder = TurnFolder("t")
    for index, event in enumerate(log):
        folder.add(event)
        if index in looks:  # looking in between changes nothing
            assert folder.record == fold(log[: index + 1], "t")
    assert folder.record == fold(log, "t")


@given(st.randoms(use_true_random=False))
def test_a_whole_log_gives_each_turn_as_folded_alone(shuffler: random.Random) -> None:
    log = whole_log()
    shuffler.shuffle(log)
    assert fold_turns(log) == (fold(log, "t"), fold(log, "u"))


def test_what_is_not_the_turns_changes_nothing() -> None:
    folder = TurnFolder("t")
    assert folder.add(started())
    before = folder.record
    assert not folder.add(mark("llm_sent", 5, turn="other"))
    assert folder.record is before
    assert TurnFolder("t").record is None
    assert fold([ended()], "t") is None


def test_the_first_of_most_marks_counts_and_the_last_of_those_that_mean_the_last() -> None:
    twice = [*marks({"llm_first_text": 10, "speech_ended": 10}), *marks({"llm_first_text": 20, "speech_ended": 20})]
    turn = fold([started(), *twice], "t")
    assert turn is not None
    assert turn.marks["llm_first_text"].at_ns == ns(10)
    assert turn.marks["speech_ended"].at_ns == ns(20)


def test_a_retried_request_counts_from_the_attempt_that_was_heard() -> None:
    retry = [mark("llm_sent", 2000, attempt=1), mark("llm_first_text", 2050, attempt=1)]
    turn = record(without(VOICE, "llm_first_text"), extra=retry)
    assert turn.marks["llm_sent"].at_ns == ns(2000)
    assert turn.marks["llm_first_text"].at_ns == ns(2050)
    assert turn.marks["stt_final"].at_ns == ns(1382)  # another stage, which was not retried
    assert "retried" in turn.strata


def test_an_attempt_that_came_to_nothing_does_not_replace_the_one_that_was_heard() -> None:
    turn = record(VOICE, extra=[mark("llm_sent", 2000, attempt=1)])
    assert turn.marks["llm_sent"].at_ns == ns(1383)


def test_retrying_a_later_phrase_does_not_move_the_first_sound() -> None:
    later = [mark("tts_sent", 2000, attempt=1), mark("tts_first_byte", 2010, attempt=1)]
    turn = record(VOICE, extra=later)
    assert turn.marks["tts_sent"].at_ns == ns(1475)
    before = [mark("tts_sent", 1478, attempt=1), mark("tts_first_byte", 1486, attempt=1)]
    assert record(VOICE, extra=before).marks["tts_sent"].at_ns == ns(1478)


def test_speech_that_fills_a_wait_is_not_the_reply() -> None:
    turn = record(VOICE, extra=[mark("tts_sent", 1376, {"filler": True}), mark("playback_started", 1380, {"filler": True})])
    assert turn.marks["tts_sent"].at_ns == ns(1475)
    assert turn.marks["playback_started"].at_ns == ns(1560)


def test_strata_that_the_marks_show() -> None:
    cold = {**VOICE, "llm_sent": (1383, {"connection_reused": False}), "tool_called": 1420}
    assert record(cold, strata=("first_turn",)).strata == ("first_turn", "cold", "tool_turn")
    by_key = {**VOICE, "turn_released": (1372, {"reason": "key"})}
    assert record(by_key, strata=("key_released",)).strata == ("key_released",)
    assert record(by_key).strata == ("key_released",)


def test_only_stalls_that_touch_the_turn_are_kept() -> None:
    turn = record(VOICE, extra=[stall(-50, -10), stall(-5, 3), stall(2990, 3100), stall(3001, 3050)])
    assert turn.stalls == ((ns(-5), ns(3)), (ns(2990), ns(3100)))
    assert all(a[1] < b[0] for a, b in pairwise(turn.stalls))


def test_pieces_with_one_instant_keep_their_order() -> None:
    pieces = [ReplyStreamed(at_ns=5, conversation="c", turn="t", text=text) for text in "abc"]
    turn = fold([started(), *pieces, ReplyStreamed(at_ns=1, conversation="c", turn="t", text=">")], "t")
    assert turn is not None
    assert turn.reply == ">abc"


def test_a_running_turn_has_no_outcome() -> None:
    turn = fold(
        [TurnStarted(at_ns=0, conversation="c", turn="t", serial=3, input="microphone"), span("x", "workbench", 1, 2)], "t"
    )
    assert turn is not None
    assert (turn.outcome, turn.ended_ns, turn.serial, turn.at_utc) == (None, None, 3, None)
    assert len(turn.spans) == 1


def test_numbers_from_a_page_are_not_believed() -> None:
    for bad in ("12", True, float("nan"), float("inf"), None, [1]):
        assert mark_number(mark("playback_started", 0, {"x": bad}), "x") is None
        assert mark_ns(mark("playback_started", 0, {"x": bad}), "x") == 0
    assert mark_ns(mark("playback_started", 0, {"x": -3}), "x") == 0
    assert mark_ns(mark("playback_started", 0, {"x": 1.5}), "x") == 1_500_000
    assert mark_number(None, "x") is None
