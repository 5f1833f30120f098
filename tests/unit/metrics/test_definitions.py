import pytest

from bench.configuration import Configuration
from bench.events.kinds import MARK_NAMES, ReplyStreamed, UsageReported
from bench.metrics.definitions import FIGURES, at_least_ms, figure, figures
from bench.metrics.rates import chunk_gaps_ms, output_rate, real_time_factor
from tests.unit.metrics.building import TYPED, VOICE, mark, ns, record, stall, without


def test_every_figure_of_a_spoken_turn() -> None:
    found = {name: each.ms for name, each in figures(record(VOICE)).items()}
    assert found == {
        "ttft": 31,
        "first_chunk": 17,
        "first_reasoning": None,
        "vad_pause": 372,
        "stt_final": 382,
        "batching": 60,
        "tts_start": 25,  # 11 ms until the chunk came, and 14 ms of silence in it
        "tts_first_byte": 10,
        "voice_to_voice": 560,
        "chat_response": None,
        "message_to_voice": None,
        "interruption": None,
    }


def test_definitions_are_whole() -> None:
    known = Configuration().model_dump()
    for each in FIGURES:
        assert each.from_mark in MARK_NAMES
        assert each.to_mark in MARK_NAMES
        assert all(each.title)
        assert all(text.endswith(".") for text in each.definition)
        at = known
        for key in each.knob.split("."):
            at = at[key]
    assert len({each.name for each in FIGURES}) == len(FIGURES)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("vad_pause", "typed"),
        ("stt_final", "typed"),
        ("voice_to_voice", "typed"),
        ("tts_start", "no tts_sent: answered"),
        ("interruption", "no barge_in: answered"),
    ],
)
def test_what_a_typed_turn_does_not_have(name: str, reason: str) -> None:
    assert figure(record(TYPED, input="typed"), name).reason == reason


def test_a_typed_turn() -> None:
    turn = record(TYPED, input="typed")
    assert (figure(turn, "chat_response").ms, figure(turn, "ttft").ms) == (44, 31)
    assert figure(record(VOICE), "chat_response").reason == "spoken"
    assert figure(record(VOICE), "message_to_voice").reason == "spoken"
    aloud = record({**TYPED, "playback_started": 300}, input="typed")
    assert figure(aloud, "message_to_voice").ms == pytest.approx(300 - TYPED["message_sent"])


def test_released_by_key() -> None:
    found = figure(record(VOICE, strata=("key_released",)), "vad_pause")
    assert (found.ms, found.error_ms, found.reason) == (None, None, "released by key")
    assert figure(record(VOICE, strata=("key_released",)), "stt_final").ms == 382


def test_inside_a_live_model() -> None:
    turn = record(VOICE, strata=("live",))
    assert {name for name, each in figures(turn).items() if each.reason == "inside the model"} == {
        "ttft", "first_chunk", "first_reasoning", "tts_start", "tts_first_byte",
    }  # fmt: skip


def test_a_missing_mark_is_named_with_the_outcome() -> None:
    gone = without(VOICE, "playback_started")
    assert figure(record(gone, outcome=None), "voice_to_voice").reason == "no playback_started yet"
    failed = record(gone, outcome="failed", stage="tts", reason="key_rejected")
    assert figure(failed, "voice_to_voice").reason == "no playback_started: failed at tts (key_rejected)"


def test_an_impossible_figure_is_refused() -> None:
    found = figure(record({**VOICE, "llm_first_text": 1371}), "ttft")
    assert (found.ms, found.reason) == (None, "impossible: llm_first_text is 12.0 ms before llm_sent")


def test_unknown_silence_is_not_taken_for_none() -> None:
    found = figure(record({**VOICE, "tts_first_sound": 1486}), "tts_start")
    assert found.ms is None
    assert "silence" in found.reason


def test_errors_add_up_and_estimates_show() -> None:
    turn = record(
        without(VOICE, "speech_ended", "playback_started"),
        extra=[
            mark("speech_ended", 1000, error_ns=ns(100), estimated=True),
            mark("playback_started", 1560, error_ns=ns(1.5), clock="browser"),
            stall(1390, 1402),
            stall(1550, 1600),
        ],
    )
    found = figure(turn, "voice_to_voice")
    assert found.error_ms == pytest.approx(100 + 1.5 + 12 + 10)
    assert found.estimated
    assert (figure(turn, "ttft").error_ms, figure(turn, "ttft").estimated) == (12, False)
    assert figure(turn, "batching").error_ms == 0


def test_how_long_a_timed_out_turn_waited() -> None:
    turn = record(without(VOICE, "llm_first_text", "playback_started"), outcome="timed_out", ended_ms=21_383)
    assert at_least_ms(turn, "ttft") == 20_000
    assert at_least_ms(turn, "voice_to_voice") == 20_383
    assert at_least_ms(turn, "vad_pause") is None  # it has a value
    assert at_least_ms(turn, "interruption") is None  # nothing was interrupted
    assert at_least_ms(record(without(VOICE, "llm_first_text")), "ttft") is None


def test_output_rate() -> None:
    usage = UsageReported(at_ns=ns(1501), conversation="c", turn="t", stage="llm", tokens_out=44, source="estimated")
    found = output_rate(record(VOICE, extra=[usage]))
    assert found.tokens_per_s == pytest.approx(43 / 0.086)
    assert found.source == "estimated"
    assert output_rate(record(VOICE)).reason == "tokens unknown"
    assert output_rate(record(without(VOICE, "llm_text_ended"), extra=[usage])).reason == "no llm_text_ended"
    at_once = output_rate(record({**VOICE, "llm_text_ended": 1414}, extra=[usage]))
    assert (at_once.tokens_per_s, at_once.reason) == (None, "all text came at one instant")


def test_chunk_gaps_and_real_time_factor() -> None:
    pieces = [ReplyStreamed(at_ns=ns(at), conversation="c", turn="t", text=text) for at, text in ((1, "a"), (4, " "), (9, "b"))]
    assert chunk_gaps_ms(record({}, extra=pieces)) == (8,)
    assert real_time_factor(250, 1000) == 0.25
    assert real_time_factor(250, 0) is None
