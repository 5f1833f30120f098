"""Whole turns on scripted engines with known delays, in virtual time: the marks must say exactly what the script did."""

import asyncio

import pytest

from bench.audio.samples import samples
from bench.events.kinds import InputIgnored, TranscriptHeard, TurnEnded
from bench.metrics.definitions import figure
from bench.metrics.waterfall import waterfall
from bench.turn.feed import Recording
from bench.turn.live_turn import Ending
from bench.turn.playing import play_to
from providers.silero_vad import SileroVad
from tests.conversations.talk import spoken, talking
from tests.virtual_time import VirtualTime

PAUSE = {"listening": {"pause_ms": 300, "onset_frames": 2}, "speaking": {"window_ms": 60}}


async def test_a_spoken_turn_has_every_mark_where_the_script_put_it(virtual_time: VirtualTime) -> None:
    script = {
        "stt": {"final_ms": 80},
        "chat": {
            "role_only_first": True,
            "first_chunk_ms": 120,
            "first_text_ms": 200,
            "tokens_per_s": 1000,
            "text": "Yes. Well.",
        },
        "tts": {"first_byte_ms": 90, "lead_silence_ms": 40},
    }
    async with talking(PAUSE, **script) as talk:
        await play_to(spoken((500, 1500)), [talk.conversation], talk.clock)
        assert talk.outcomes() == [("answered", "")]
        record = talk.records()[0]
        assert record.marks["speech_ended"].data["source"] == "label"
        assert 300 <= talk.ms("speech_ended", "turn_released") <= 300 + 40
        assert talk.ms("turn_released", "stt_final") == pytest.approx(80, abs=0.1)
        assert talk.ms("llm_sent", "llm_first_chunk") == pytest.approx(120, abs=0.1)
        assert figure(record, "ttft").ms == pytest.approx(200, abs=0.1)
        assert figure(record, "tts_start").ms == pytest.approx(130, abs=6)
        assert figure(record, "voice_to_voice").ms == pytest.approx(300 + 80 + 200 + 130, abs=50)
        fall = waterfall(record)
        assert fall is not None
        assert fall.complete
        assert sum(part.duration_ns for part in fall.parts) == fall.total_ns
        unexplained = sum(part.duration_ns for part in fall.parts if part.owner == "unexplained") / 1e6
        assert unexplained < 1


async def test_a_typed_turn_enters_at_the_model(virtual_time: VirtualTime) -> None:
    async with talking() as talk:
        await talk.say("hello")
        marks = talk.marks()
        assert "speech_ended" not in marks
        assert (
            marks["message_sent"].at_ns
            <= marks["llm_sent"].at_ns
            < marks["llm_first_text"].at_ns
            < marks["playback_started"].at_ns
        )
        assert "hello" in talk.records()[0].reply


async def test_text_only_needs_no_player(virtual_time: VirtualTime) -> None:
    async with talking({"speaking": {"aloud": False}}) as talk:
        await talk.say("hello")
        assert talk.outcomes() == [("answered", "")]
        assert "tts_sent" not in talk.marks()


async def test_history_goes_with_each_request(virtual_time: VirtualTime) -> None:
    async with talking({"thinking": {"prompt": "Be brief."}}, chat={"text": "ok {user}"}) as talk:
        await talk.say("one")
        await talk.say("two")
        roles = [message.role for message in talk.conversation._life._history]  # noqa: SLF001 - the model's view
        assert roles == ["user", "assistant", "user", "assistant"]


async def test_a_hesitation_longer_than_the_pause_cuts_the_speaker_off_and_says_so(virtual_time: VirtualTime) -> None:
    async with talking(PAUSE, chat={"first_text_ms": 50}) as talk:
        await play_to(spoken((500, 1200), (1900, 2600)), [talk.conversation], talk.clock)
        first, second = talk.records()
        assert first.outcome == "interrupted"
        assert second.outcome == "answered"
        assert first.marks["speech_ended"].data["input_end_ns"] == second.marks["speech_ended"].at_ns


async def test_a_longer_pause_does_not(virtual_time: VirtualTime) -> None:
    async with talking({"listening": {"pause_ms": 900}}) as talk:
        await play_to(spoken((500, 1200), (1900, 2600)), [talk.conversation], talk.clock)
        assert talk.outcomes() == [("answered", "")]


async def test_speaking_over_the_reply_interrupts_it(virtual_time: VirtualTime) -> None:
    async with talking(
        PAUSE, chat={"text": "one two three four five six seven eight nine ten eleven twelve", "first_text_ms": 20}
    ) as talk:
        await play_to(spoken((500, 1200), (3200, 4200)), [talk.conversation], talk.clock)
        first, second = talk.records()
        assert (first.outcome, first.reason) == ("interrupted", "barge_in")
        assert second.outcome == "answered"
        barge, stopped = first.marks["barge_in"], first.marks["playback_stopped"]
        assert 0 < (stopped.at_ns - barge.at_ns) / 1e6 < 100
        heard = talk.conversation._life._history[1].text  # noqa: SLF001 - the model is told what was heard
        assert heard.endswith("…")
        assert len(heard.split()) < 13


async def test_silence_in_the_input_is_a_turn_of_its_own(virtual_time: VirtualTime) -> None:
    async with talking() as talk:
        silent = spoken((500, 501))
        await play_to(type(silent)("silence", silent.pcm * 0), [talk.conversation], talk.clock)
        assert talk.outcomes() == [("silent", "no_speech")]


async def test_nothing_understood_is_silent(virtual_time: VirtualTime) -> None:
    async with talking(PAUSE, stt={"fault": {"kind": "empty"}}) as talk:
        await play_to(spoken((500, 1200)), [talk.conversation], talk.clock)
        assert talk.outcomes() == [("silent", "nothing_heard")]


async def test_a_click_is_ignored_when_so_configured_and_stands_in_the_ledger(virtual_time: VirtualTime) -> None:
    async with talking({"listening": {"pause_ms": 300, "ignore_shorter_ms": 200}}) as talk:
        await play_to(spoken((500, 580)), [talk.conversation], talk.clock)
        assert talk.outcomes() == [("silent", "too_short")]
        assert [event.reason for event in talk.events if isinstance(event, InputIgnored)] == ["too_short"]


async def test_a_new_message_interrupts_the_reply_to_the_last(virtual_time: VirtualTime) -> None:
    async with talking() as talk:
        talk.conversation.say("one", talk.clock.now_ns())
        await asyncio.sleep(0.5)
        await talk.say("two")
        assert talk.outcomes() == [("interrupted", "new_message"), ("answered", "")]


@pytest.mark.parametrize("after_s", [0, 0.1, 0.349, 0.351, 0.4, 0.6, 1.0, 2.0])
async def test_stop_ends_a_turn_at_any_instant(virtual_time: VirtualTime, after_s: float) -> None:
    async with talking() as talk:
        talk.conversation.say("one", talk.clock.now_ns())
        await asyncio.sleep(after_s)
        talk.conversation.stop(Ending("cancelled", "", "user_stopped"))
        await talk.conversation.wait_idle()
        if after_s > 0:
            assert talk.outcomes() == [("cancelled", "user_stopped")]
        await talk.say("again")
        assert talk.outcomes()[-1] == ("answered", "")


@pytest.mark.parametrize(
    ("stage", "kind", "outcome", "reason"),
    [
        ("chat", "error", "failed", "service_failed"), ("chat", "malformed", "failed", "protocol_broken"),
        ("chat", "cut", "failed", "connection_cut"), ("chat", "refuse", "failed", "connection_refused"),
        ("chat", "stall", "timed_out", "stage_timed_out"), ("chat", "empty", "silent", "empty_reply"),
        ("chat", "ended_early", "failed", "ended_early"), ("tts", "error", "failed", "service_failed"),
        ("tts", "stall", "timed_out", "stage_timed_out"), ("tts", "cut", "failed", "connection_cut"),
        ("stt", "error", "failed", "service_failed"), ("stt", "stall", "timed_out", "stage_timed_out"),
    ],
)  # fmt: skip
async def test_each_fault_has_one_honest_outcome_and_the_talk_goes_on(
    virtual_time: VirtualTime, stage: str, kind: str, outcome: str, reason: str
) -> None:
    fault = {stage: {"fault": {"kind": kind, "only_turns": [0], "after": 0}}}
    limits = {"limits": {"stt_s": 2, "first_text_s": 2, "between_text_s": 2, "tts_s": 2}, **PAUSE}
    async with talking(limits, **fault) as talk:
        await play_to(spoken((500, 1200)), [talk.conversation], talk.clock)
        ended = next(event for event in talk.events if isinstance(event, TurnEnded))
        assert (ended.outcome, ended.reason) == (outcome, reason)
        if outcome in ("failed", "timed_out"):
            assert ended.stage == {"chat": "llm"}.get(stage, stage)
            assert ended.message
            assert "sk-" not in ended.message
        await play_to(spoken((500, 1200)), [talk.conversation], talk.clock)
        assert talk.outcomes()[-1] == ("answered", "")


@pytest.mark.parametrize("after", [1, 3])
async def test_partial_text_is_kept_when_the_model_breaks_off(virtual_time: VirtualTime, after: int) -> None:
    async with talking(chat={"fault": {"kind": "cut", "after": after, "only_turns": [0]}}) as talk:
        await talk.say("hello")
        record = talk.records()[0]
        assert record.outcome == "failed"
        assert len(record.reply.split()) == after


async def test_an_engines_own_end_of_turn_and_its_echo_cause_one_turn(virtual_time: VirtualTime) -> None:
    script = {"stt": {"own_end_of_turn_after_ms": 200, "duplicate_finals": "empty", "duplicate_after_ms": 100}}
    async with talking({"listening": {"release": "stt"}}, **script) as talk:
        await play_to(spoken((500, 1200), tail_ms=1500), [talk.conversation], talk.clock)
        assert talk.outcomes() == [("answered", "")]
        assert talk.marks()["turn_released"].data["reason"] == "stt"
        assert [event.reason for event in talk.events if isinstance(event, InputIgnored)] == ["duplicate_final"]


async def test_a_different_second_final_is_not_lost(virtual_time: VirtualTime) -> None:
    script = {"stt": {"own_end_of_turn_after_ms": 200, "duplicate_finals": "different", "duplicate_after_ms": 100}}
    async with talking({"listening": {"release": "stt"}}, **script) as talk:
        await play_to(spoken((500, 1200), tail_ms=1500), [talk.conversation], talk.clock)
        finals = [event.text for event in talk.events if isinstance(event, TranscriptHeard) and event.final]
        assert len(set(finals)) == 2
        assert [outcome for outcome, _ in talk.outcomes()] == ["interrupted", "answered"]


async def test_partials_come_while_speaking(virtual_time: VirtualTime) -> None:
    async with talking(PAUSE, stt={"partial_every_ms": 200}) as talk:
        await play_to(spoken((500, 1700)), [talk.conversation], talk.clock)
        released_ns = talk.marks()["turn_released"].at_ns
        partials = [e for e in talk.events if isinstance(e, TranscriptHeard) and not e.final]
        assert len(partials) >= 3
        assert partials[0].at_ns < released_ns


async def test_the_whole_reply_is_spoken_only_after_its_last_word(virtual_time: VirtualTime) -> None:
    async with talking({"speaking": {"cut": "whole_reply"}}, chat={"tokens_per_s": 30}) as talk:
        await talk.say("hello")
        marks = talk.marks()
        assert marks["phrase_released"].at_ns >= marks["llm_text_ended"].at_ns


async def test_batches_are_spoken_before_the_model_has_finished(virtual_time: VirtualTime) -> None:
    async with talking(
        {"speaking": {"window_ms": 40}}, chat={"tokens_per_s": 10, "text": "a b c d e f g h i j k l m n"}
    ) as talk:
        await talk.say("hello")
        marks = talk.marks()
        assert marks["playback_started"].at_ns < marks["llm_text_ended"].at_ns


async def test_a_key_ends_the_turn_when_so_configured(virtual_time: VirtualTime) -> None:
    async with talking({"listening": {"release": "key"}}) as talk:
        await play_to(spoken((500, 1200), tail_ms=4000), [talk.conversation], talk.clock)
        record = talk.records()[0]
        assert record.outcome == "answered"
        assert "key_released" in record.strata
        assert figure(record, "vad_pause").reason == "released by key"


async def test_closing_in_mid_turn_leaves_no_turn_open(virtual_time: VirtualTime) -> None:
    async with talking() as talk:
        talk.conversation.say("one", talk.clock.now_ns())
        await asyncio.sleep(0.5)
    assert talk.outcomes() == [("cancelled", "closed")]


@pytest.mark.parametrize("sample", ["site-noise-only", "silence"])
async def test_noise_and_silence_are_never_answered(virtual_time: VirtualTime, sample: str) -> None:
    """With the real detector; a recogniser that hears nothing in it makes the turn silent, should the detector be fooled."""
    pcm = next(each for each in samples() if each.id == sample).read()
    silero = SileroVad(SileroVad.Options())
    await silero.warm_up()
    async with talking(vad_engine=silero, stt={"text": ""}) as talk:
        await play_to(Recording(sample, pcm), [talk.conversation], talk.clock)
        assert {outcome for outcome, _ in talk.outcomes()} == {"silent"}
