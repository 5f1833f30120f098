import json

import numpy as np
import pytest

from bench.experiments.pairs import answers
from bench.experiments.verdict import Verdict, judge, verdict_view
from bench.metrics.turn_record import TurnRecord
from tests.unit.experiments.runs import FAST, SLOW, UNANSWERED, cut_in_two, later, pause, run, turn
from tests.unit.metrics.building import TYPED, mark, ns, span

JITTER = [3.0, 0, 7, 2, 9, 4, 1, 8, 5, 6, 2.5, 3.5]
OTHER = [1.0, 6, 4, 9, 2, 7, 8, 3, 0, 5, 4.5, 2.5]


def verdict(**records: list[TurnRecord]) -> Verdict:
    found = judge(records)
    assert found is not None
    return found


def note(found: Verdict, start: str) -> str:
    notes = [each.en for each in found.notes if start in each.en]
    assert len(notes) == 1, [each.en for each in found.notes]
    return notes[0]


def has_note(found: Verdict, text: str) -> bool:
    return any(text in each.en for each in found.notes)


def test_the_pause_setting_is_named_as_the_cause() -> None:
    found = verdict(A=run(FAST, JITTER), B=run(SLOW, OTHER))
    assert found.sentence.en == ("A starts speaking 400 ms sooner (397–403 ms, 12 pairs). All of it is your own pause setting.")
    assert found.sentence.ru == (
        "A начинает говорить на 400 мс раньше (397–403 мс, 12 пар). Вся эта разница — ваша собственная настройка паузы."
    )
    assert found.headline.decided
    assert (found.shares[0].owner, found.shares[0].ms) == ("setting", 400)


def test_the_order_of_the_columns_does_not_matter() -> None:
    one, other = verdict(A=run(FAST, JITTER), B=run(SLOW, OTHER)), verdict(B=run(SLOW, OTHER), A=run(FAST, JITTER))
    assert (one.sentence, one.shares) == (other.sentence, other.shares)


def test_shares_add_up_to_the_mean_difference() -> None:
    slow = later(pause(FAST, 500), {"tts_first_byte": 90, "audio_received": 13})
    spans = [span("audio_handed_over", "workbench", 1480, 1490)]
    found = verdict(A=run(FAST, JITTER), B=run(slow, OTHER, extra=spans))
    differences = [pair.difference_ns / 1e6 for pair in found.headline.pairs]
    assert sum(share.ms for share in found.shares) == pytest.approx(np.mean(differences))
    assert sum(share.share or 0 for share in found.shares) == pytest.approx(1)
    assert found.sentence.en.endswith("66 % of it is your own pause setting.")  # 200 of 303
    assert "add up to the mean" in note(found, "Hodges–Lehmann")


def test_cannot_tell_yet() -> None:
    found = verdict(A=run(FAST, JITTER), B=run(FAST, OTHER))
    assert not found.headline.decided
    assert found.sentence.en.startswith("Cannot tell yet: ")
    assert found.sentence.ru.startswith("Пока нельзя сказать: ")
    estimate = found.headline.estimate
    assert estimate is not None
    assert estimate.low is not None and estimate.high is not None and estimate.low < 0 < estimate.high  # noqa: PT018


def test_five_pairs_are_too_few_however_large_the_difference() -> None:
    found = verdict(A=run(FAST, JITTER[:5]), B=run(SLOW, OTHER[:5]))
    assert found.sentence.en == "Cannot tell yet: 5 pairs are too few for an interval; about 1 more pair."
    assert found.headline.more_pairs == 1
    assert verdict_view(found)["low_ms"] is None


def test_nothing_to_pair() -> None:
    found = verdict(A=run(FAST, JITTER), B=[])
    assert found.sentence.en == "Cannot tell yet: no input was answered by both A and B."
    view = verdict_view(found)
    assert (view["n"], view["difference_ms"], view["decided"], view["shares"]) == (0, None, False, [])
    assert judge({"A": run(FAST, JITTER)}) is None


def test_warm_ups_and_turns_outside_blocks_take_no_part() -> None:
    extra = [turn(later(FAST, {"stt_final": 5000}), -1, warm_up=True), turn(later(FAST, {"stt_final": 5000}), 99, outcome=None)]
    found = verdict(A=[*run(FAST, JITTER), *extra], B=[*run(SLOW, OTHER), *extra])
    assert len(found.headline.pairs) == 12


def test_who_cuts_the_speaker_off_does_not_win_by_it() -> None:
    """B answers in the middle of the sentence; its time still runs from the end of the last stretch of speech."""
    cut = [each for block in range(4) for each in cut_in_two(later(FAST, {"turn_released": JITTER[block]}), block)]
    fine = [turn(later(FAST, {"llm_first_text": ms}), block) for block, ms in enumerate(JITTER) if block >= 4]
    found = verdict(A=run(SLOW, OTHER), B=[*cut, *fine])
    assert found.cut_off == {"A": 0, "B": 4}
    assert found.sentence.en.endswith("But B cut the speaker off in 4 of 12.")
    assert found.sentence.ru.endswith("Но B перебивает говорящего: 4 раза из 12.")
    slower = verdict(A=run(FAST, OTHER), B=[each for block in range(12) for each in cut_in_two(SLOW, block)])
    assert slower.sentence.en.endswith(" B cut the speaker off in 12 of 12.")
    assert "But" not in slower.sentence.en


def test_voice_to_voice_runs_from_the_last_labelled_end_to_the_next_sound() -> None:
    [answer] = answers(cut_in_two(FAST, 0), "voice_to_voice").values()
    assert (answer.total_ms, answer.cut_off) == (560, 1)
    # A reply in the middle of the sentence answers nothing.
    over = turn({**FAST, "speech_ended": 400, "playback_started": 600}, 0, outcome="interrupted")
    [answer] = answers([over, turn(FAST, 0, begun_ms=600)], "voice_to_voice").values()
    assert answer.total_ms == 560
    [answer] = answers([turn({**FAST, "playback_started": 900}, 0)], "voice_to_voice").values()
    assert answer.total_ms is None
    # The reply to the first half was slow: it began to sound after the last word, and that is what the speaker heard first.
    early = turn({**FAST, "speech_ended": 400, "playback_started": 1100}, 0, outcome="interrupted")
    [answer] = answers([early, turn(FAST, 0, begun_ms=600)], "voice_to_voice").values()
    assert answer.total_ms == 100
    assert answer.waterfall is not None
    assert sum(part.duration_ns for part in answer.waterfall.parts) == ns(100)


def test_an_estimated_end_does_not_outbid_a_labelled_one_and_the_inputs_own_end_outbids_both() -> None:
    guess = turn({k: v for k, v in FAST.items() if k != "speech_ended"}, 0, extra=[mark("speech_ended", 1200, estimated=True)])
    truth = turn({**FAST, "playback_started": 1900}, 0, begun_ms=1)
    [answer] = answers([guess, truth], "voice_to_voice").values()
    assert answer.total_ms == 560  # from 1000, to the first sound of the two
    known = turn({**FAST, "speech_ended": (1000, {"input_end_ns": ns(1500)})}, 0)
    [answer] = answers([known], "voice_to_voice").values()
    assert answer.total_ms == 60


def test_a_configuration_that_noticed_less_of_the_speech_is_told() -> None:
    deaf = {**FAST, "speech_ended": 400, "playback_started": 700}
    found = verdict(A=run(FAST, OTHER), B=[turn(deaf, block) for block in range(12)])
    assert "B noticed less of the same speech in 12 of 12" in note(found, "noticed less")


def test_failed_turns_stay_in_the_denominator() -> None:
    failed = [turn(UNANSWERED, block, outcome="failed") for block in (10, 11)]
    found = verdict(A=run(FAST, JITTER), B=[*run(SLOW, OTHER[:10]), *failed])
    assert len(found.headline.pairs) == 10
    assert note(found, "failed") == "B: 2 failed of 12."


def test_a_timed_out_turn_counts_as_at_least_its_limit() -> None:
    stuck = [turn(UNANSWERED, block, outcome="timed_out", ended_ms=21_383) for block in (10, 11)]
    found = verdict(A=run(FAST, JITTER), B=[*run(SLOW, OTHER[:10]), *stuck])
    assert len(found.headline.pairs) == 12
    assert max(pair.difference_ns for pair in found.headline.pairs) > ns(19_000)
    assert has_note(found, "2 timed-out turns count as at least its limit")
    assert has_note(found, "B: 2 timed out of 12.")
    assert sum(share.ms for share in found.shares) < 1000  # the parts of a wait that did not end are not known
    doubtful = [turn(UNANSWERED, block, outcome="timed_out", ended_ms=1500) for block in (10, 11)]
    assert len(verdict(A=run(FAST, JITTER), B=[*run(SLOW, OTHER[:10]), *doubtful]).headline.pairs) == 10
    both = verdict(A=[*run(FAST, JITTER[:10]), *stuck], B=[*run(SLOW, OTHER[:10]), *stuck])
    assert len(both.headline.pairs) == 10


def test_demo_mode_says_so() -> None:
    found = verdict(A=run(FAST, JITTER, strata=("demo_mode",)), B=run(SLOW, OTHER, strata=("demo_mode",)))
    assert found.demo_mode
    assert has_note(found, "Demo mode")
    assert not verdict(A=run(FAST, JITTER), B=run(SLOW, OTHER)).demo_mode


def test_a_trend_within_the_run_raises_a_warning() -> None:
    rising = [20.0 * block for block in range(12)]
    found = verdict(A=run(FAST, JITTER), B=run(FAST, rising))
    assert note(found, "during the run") == "B got slower during the run, by about 20 ms per block: something drifted."
    assert not has_note(verdict(A=run(FAST, JITTER), B=run(SLOW, OTHER)), "during the run")


def test_unlike_turns_are_not_compared_silently() -> None:
    cold = [turn(FAST, block, strata=("cold",) if block == 0 else ()) for block in range(12)]
    assert "cold 1 of 24" in note(verdict(A=cold, B=run(SLOW, OTHER)), "Unlike turns")
    assert not has_note(verdict(A=run(FAST, JITTER), B=run(SLOW, OTHER)), "Unlike turns")


def test_estimated_ends_and_small_differences_are_told() -> None:
    of = {name: at for name, at in FAST.items() if name != "speech_ended"}
    blurred = [mark("speech_ended", 1000, estimated=True, error_ns=ns(100))]
    found = verdict(A=run(of, JITTER, extra=blurred), B=run(later(of, {"tts_first_byte": 50}), OTHER, extra=blurred))
    assert has_note(found, "detector's estimate")
    assert has_note(found, "smaller than the error bound of a single measurement (±100 ms on average)")


def test_typed_turns_are_compared_by_chat_response() -> None:
    slow = later(TYPED, {"llm_first_text": 1100})
    fields = {"input": "typed", "input_id": ""}
    found = verdict(A=run(TYPED, JITTER, **fields), B=run(slow, OTHER, **fields))
    assert found.figure == "chat_response"
    assert found.sentence.en == "A answers 1.10 s sooner (1097–1103 ms, 12 pairs). All of it is the language model."
    assert found.sentence.ru == "A отвечает на 1,10 с раньше (1097–1103 мс, 12 пар). Вся эта разница — языковая модель."
    assert found.cut_off == {"A": 0, "B": 0}


def test_typed_turns_that_are_spoken_are_compared_by_their_first_sound() -> None:
    aloud = {**TYPED, "playback_started": 3000}
    fields = {"input": "typed", "input_id": ""}
    found = verdict(A=run(aloud, JITTER, **fields), B=run(later(aloud, {"playback_started": 500}), OTHER, **fields))
    assert found.figure == "message_to_voice"
    assert found.sentence.en.startswith("A starts speaking")


def test_more_than_two_are_judged_by_holm() -> None:
    slowest = pause(FAST, 1500)
    found = verdict(A=run(SLOW, OTHER), B=run(slowest, JITTER), C=run(FAST, JITTER))
    assert (found.headline.first, found.headline.second) == ("C", "A")
    assert found.sentence.en.startswith("C starts speaking 400 ms sooner than A (")
    assert len(found.comparisons) == 3
    assert has_note(found, "C starts speaking 1.20 s sooner than B")
    assert has_note(found, "Holm")
    seven = verdict(A=run(SLOW, OTHER[:6]), B=run(slowest, JITTER[:6]), C=run(FAST, JITTER[:6]))
    assert not seven.headline.decided  # 2/64 is enough for one comparison, not for three


def test_the_view_is_the_pages_shape() -> None:
    view = json.loads(json.dumps(verdict_view(verdict(A=run(FAST, JITTER), B=run(SLOW, OTHER)))))
    assert set(view) >= {
        "figure", "n", "first", "second", "sentence", "difference_ms", "low_ms", "high_ms", "decided", "more_pairs", "shares",
        "cut_off", "demo_mode", "notes",
    }  # fmt: skip
    assert set(view["sentence"]) == {"en", "ru"}
    assert all(set(share) == {"owner", "ms", "share"} for share in view["shares"])
    assert all(set(each) == {"en", "ru"} for each in view["notes"])
    assert view["percent"] == pytest.approx(71, abs=1)
