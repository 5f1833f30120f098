from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.events.kinds import Event
from bench.metrics.definitions import figure
from bench.metrics.turn_record import TurnRecord
from bench.metrics.waterfall import Waterfall, waterfall
from tests.unit.metrics.building import TYPED, VOICE, mark, ns, record, span, stall, without

CUTS = (
    "turn_released", "stt_final", "llm_sent", "llm_first_text", "phrase_released", "tts_sent", "tts_first_byte", "audio_sent",
    "audio_received",
)  # fmt: skip


def fall(turn: TurnRecord) -> Waterfall:
    found = waterfall(turn)
    assert found is not None
    return found


def rows(found: Waterfall) -> list[tuple[str, str, float]]:
    return [(part.owner, part.name, part.duration_ns / 1e6) for part in found.parts]


def by_owner(found: Waterfall) -> dict[str, float]:
    sums: dict[str, float] = defaultdict(float)
    for part in found.parts:
        sums[part.owner] += part.duration_ns / 1e6
    return dict(sums)


def assert_sound(found: Waterfall) -> None:
    at = 0
    for part in found.parts:
        assert part.from_ns == at
        assert part.duration_ns > 0
        at += part.duration_ns
    assert at == found.total_ns


def test_a_spoken_turn_from_the_end_of_speech_to_the_speaker() -> None:
    turn = record(
        VOICE, extra=[span("request_built", "workbench", 1382, 1383), span("audio_handed_over", "workbench", 1486, 1487)]
    )
    found = fall(turn)
    assert rows(found) == [
        ("setting", "pause", 300),
        ("detector", "detector", 72),
        ("stt", "speech to text", 10),
        ("workbench", "request_built", 1),
        ("setting", "set delay", 30),
        ("llm", "model", 1),
        ("setting", "batch window", 60),
        ("unexplained", "hand-over", 1),
        ("tts", "speech", 10),
        ("unexplained", "hand-over", 1),
        ("workbench", "audio_handed_over", 1),
        ("network", "network", 2),
        ("tts", "lead silence", 14),
        ("workbench", "player", 12),
        ("device", "output latency", 45),
    ]
    assert (found.from_mark, found.until_mark, found.complete, found.missing) == ("speech_ended", "playback_started", True, ())
    assert found.total_ns / 1e6 == figure(turn, "voice_to_voice").ms
    assert_sound(found)


def test_the_window_is_the_users_and_the_wait_for_text_the_models() -> None:
    def batching(**data: float) -> list[tuple[str, str, float]]:
        found = fall(record({**VOICE, "phrase_released": (1474, data)}))
        return [row for row in rows(found) if row[1] in ("batch window", "waiting for text")]

    assert batching(held_ms=60, window_ms=40) == [("setting", "batch window", 40), ("llm", "waiting for text", 20)]
    assert batching(held_ms=60, set_ms=60, window_ms=40) == [("setting", "batch window", 60)]
    assert batching(held_ms=60) == [("llm", "waiting for text", 60)]
    assert batching(held_ms=10, window_ms=40) == [("setting", "batch window", 10), ("llm", "waiting for text", 50)]


def test_released_by_key_is_the_users_own_time() -> None:
    found = fall(record({**VOICE, "turn_released": (1372, {"reason": "key"})}))
    assert rows(found)[0] == ("setting", "your key", 372)


def test_player_and_device() -> None:
    def playback(**data: float | None) -> list[tuple[str, str, float]]:
        found = fall(record({**VOICE, "playback_started": (1560, data)}))
        return [(part.owner, part.name, part.duration_ns / 1e6) for part in found.parts if part.cut == "playback_started"]

    assert playback(lead_silence_ms=14, buffer_ms=8, output_latency_ms=45) == [
        ("tts", "lead silence", 14),
        ("workbench", "player", 8),
        ("device", "output latency", 45),
        ("unexplained", "playback", 4),
    ]
    assert playback() == [("unexplained", "playback", 71)]
    assert playback(lead_silence_ms=500, buffer_ms=8, output_latency_ms=45) == [("tts", "lead silence", 71)]
    assert playback(lead_silence_ms=None, buffer_ms=500, output_latency_ms=45) == [
        ("workbench", "player", 26),
        ("device", "output latency", 45),
    ]


def test_a_loop_stall_is_never_charged_to_a_provider() -> None:
    turn = record(VOICE, extra=[stall(1476, 1480), stall(1480, 1484)])
    found = fall(turn)
    assert [row for row in rows(found) if row[0] in ("tts", "workbench")][:3] == [
        ("tts", "speech", 1),
        ("workbench", "loop stall", 8),
        ("tts", "speech", 1),
    ]
    assert found.error_ns == ns(8)
    assert_sound(found)


def test_connecting_goes_to_the_network() -> None:
    turn = record(VOICE, extra=[span("connecting", "network", 1476, 1479), span("connecting", "network", 1382.2, 1382.9)])
    owners = by_owner(fall(turn))
    assert owners["network"] == pytest.approx(2 + 3 + 0.7)
    assert owners["tts"] == pytest.approx(7 + 14)
    assert owners["unexplained"] == pytest.approx(0.3 + 1 + 2)


def test_a_missing_cut_merges_into_the_next_and_says_so() -> None:
    found = fall(record(without(VOICE, "tts_first_byte", "stt_final")))
    assert found.missing == ("stt_final", "tts_first_byte")
    assert [(part.name, part.merged) for part in found.parts if part.merged] == [
        ("hand-over", ("stt_final",)),
        ("hand-over", ("tts_first_byte",)),
    ]
    assert_sound(found)


def test_work_done_ahead_costs_only_what_it_adds() -> None:
    ahead = {
        **VOICE,
        "llm_sent": 1100,
        "llm_first_text": 1200,
        "phrase_released": 1260,
        "tts_sent": 1261,
        "tts_first_byte": 1300,
    }
    owners = by_owner(fall(record(ahead)))
    assert "llm" not in owners
    assert owners["setting"] == 300
    assert owners["tts"] == 14  # the silence only


def test_what_comes_after_the_end_costs_nothing() -> None:
    late = record({**VOICE, "stt_final": 1900})
    found = fall(late)
    assert found.total_ns / 1e6 == figure(late, "voice_to_voice").ms == 560
    assert_sound(found)


def test_a_typed_turn_ends_with_the_painted_text_unless_it_was_spoken() -> None:
    found = fall(record(TYPED, input="typed", extra=[span("request_built", "workbench", 1, 3)]))
    assert (found.from_mark, found.until_mark, found.missing) == ("message_sent", "text_painted", ())
    assert rows(found) == [
        ("unexplained", "hand-over", 1),
        ("workbench", "request_built", 2),
        ("llm", "model", 31),
        ("unexplained", "hand-over", 10),
    ]
    spoken = record({**TYPED, "phrase_released": 40, "tts_sent": 41, "playback_started": 90}, input="typed")
    assert (fall(spoken).until_mark, fall(spoken).total_ns) == ("playback_started", ns(90))
    forced = waterfall(spoken, "text_painted")
    assert forced is not None
    assert forced.total_ns == ns(44)


def test_a_reply_that_is_not_spoken_ends_with_its_text() -> None:
    silent = {**without(VOICE, *CUTS[4:], "tts_first_sound", "playback_started"), "text_painted": 1430}
    found = fall(record(silent))
    assert (found.until_mark, found.complete, found.total_ns) == ("text_painted", True, ns(430))
    assert not fall(record(silent, outcome=None)).complete  # it may still be spoken


def test_a_turn_that_got_nowhere_ends_at_its_last_cut() -> None:
    failed = without(
        VOICE, "phrase_released", "tts_first_byte", "tts_first_sound", "audio_sent", "audio_received", "playback_started"
    )
    found = fall(record({**failed, "text_painted": 1430}, outcome="failed", stage="tts"))
    assert (found.until_mark, found.complete, found.total_ns) == ("tts_sent", False, ns(475))
    assert found.missing == ("phrase_released",)


def test_no_waterfall_without_a_beginning_or_with_the_end_before_it() -> None:
    assert waterfall(record(without(VOICE, "speech_ended"))) is None
    assert waterfall(record({"speech_ended": 1000}, outcome=None)) is None
    assert waterfall(record({**VOICE, "playback_started": 900})) is None


def test_a_live_model_is_one_segment() -> None:
    live = {"speech_ended": 1000, "audio_sent": 1500, "audio_received": 1502, "playback_started": 1510}
    found = fall(record(live, strata=("live",)))
    assert rows(found) == [("llm", "model", 500), ("network", "network", 2), ("unexplained", "playback", 8)]
    assert found.missing == ()
    released = fall(record({**live, "turn_released": (1400, {"set_ms": 0})}, strata=("live",)))
    assert rows(released)[:2] == [("detector", "detector", 400), ("llm", "model", 100)]


def test_from_another_instant() -> None:
    found = waterfall(record(VOICE), from_ns=ns(1380))
    assert found is not None
    assert found.total_ns == ns(180)
    assert rows(found)[0] == ("stt", "speech to text", 2)
    assert_sound(found)


INSTANT = st.integers(-50_000_000, 2_000_000_000)
AMOUNT = st.one_of(st.none(), st.floats(-10, 3000), st.just(float("nan")))


@st.composite
def any_turn(draw: st.DrawFn) -> TurnRecord:
    data = {"set_ms": draw(AMOUNT), "held_ms": draw(AMOUNT), "window_ms": draw(AMOUNT)}
    events: list[Event] = [
        mark(name, draw(INSTANT) / 1e6, data, error_ns=draw(st.integers(0, 10**6)))
        for name in draw(st.sets(st.sampled_from(CUTS)))
    ]
    played = {"lead_silence_ms": draw(AMOUNT), "buffer_ms": draw(AMOUNT), "output_latency_ms": draw(AMOUNT)}
    ends = draw(st.sets(st.sampled_from(("playback_started", "text_painted"))))
    events += [mark(end, draw(INSTANT) / 1e6, played) for end in ends]
    for begin, length in draw(st.lists(st.tuples(INSTANT, st.integers(0, 10**9)), max_size=4)):
        events.append(stall(begin / 1e6, (begin + length) / 1e6))
    owners = st.sampled_from(("workbench", "network", "llm"))
    names = st.sampled_from(("connecting", "request_built"))
    for begin, length, owner, name in draw(st.lists(st.tuples(INSTANT, st.integers(0, 10**9), owners, names), max_size=4)):
        events.append(span(name, owner, begin / 1e6, (begin + length) / 1e6))
    typed = draw(st.booleans())
    strata = draw(st.sampled_from(((), ("live",), ("key_released",))))
    return record(
        {"message_sent" if typed else "speech_ended": 0},
        input="typed" if typed else "file",
        outcome=draw(st.sampled_from(("answered", "failed", None))),
        extra=events,
        strata=strata,
    )


@given(any_turn())
def test_any_order_any_missing_subset_any_stalls(turn: TurnRecord) -> None:
    found = waterfall(turn)
    if found is None:
        return
    assert_sound(found)
    end = turn.marks[found.until_mark]
    start = turn.marks[found.from_mark]
    assert found.total_ns == end.at_ns - start.at_ns
    if found.parts:
        assert {name for part in found.parts for name in part.merged} == set(found.missing)
    stalled = sum(part.duration_ns for part in found.parts if part.name == "loop stall")
    assert stalled == sum(max(0, min(e, end.at_ns) - max(b, start.at_ns)) for b, e in turn.stalls)


@given(any_turn())
def test_no_missing_cut_moves_the_total(turn: TurnRecord) -> None:
    whole = waterfall(turn)
    if whole is None or not whole.complete:
        return
    for gone in CUTS:
        marks = {name: mark for name, mark in turn.marks.items() if name != gone}
        again = waterfall(record({}, input=turn.input, outcome=turn.outcome, extra=marks.values(), strata=turn.strata))
        if again is not None and again.until_mark == whole.until_mark:
            assert again.total_ns == whole.total_ns
