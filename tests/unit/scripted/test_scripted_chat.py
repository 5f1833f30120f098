"""The scripted chat model, in virtual time: every chunk at its planned instant, to the nanosecond."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bench.clock import LoopClock
from providers.base import NoTextChunk, ReasoningDelta, ReplyFinished, TextDelta, Usage
from providers.errors import ConnectionRefused, EndedEarly, QuotaExceeded, RateLimited
from providers.scripted import Fault, apply_fault, numbered, with_jitter
from providers.scripted_chat import ScriptedChatOptions
from providers.scripted_frames import Step
from tests.unit.scripted.scripts import Notes, asked, chat
from tests.virtual_time import VirtualTime


def times(chunks: list, notes: Notes) -> list[float]:
    """When each chunk came, after its request was sent (ms)."""
    sent_ns = notes.named("request_sent")[-1].at_ns
    return [(chunk.at_ns - sent_ns) / 1e6 for chunk in chunks]


async def test_words_come_at_the_first_text_time_and_then_at_the_pace(virtual_time: VirtualTime) -> None:
    notes = Notes(LoopClock().now_ns)
    chunks = await asked(chat(text="one two three", first_text_ms=350, tokens_per_s=40), notes.wire)
    assert [type(chunk) for chunk in chunks] == [TextDelta, TextDelta, TextDelta, Usage, ReplyFinished]
    assert times(chunks, notes) == [350.0, 375.0, 400.0, 400.0, 400.0]
    assert "".join(chunk.text for chunk in chunks if isinstance(chunk, TextDelta)) == "one two three"
    assert {chunk.set_ms for chunk in chunks if isinstance(chunk, TextDelta)} == {0.0}


async def test_gaps_are_used_over_and_over(virtual_time: VirtualTime) -> None:
    notes = Notes(LoopClock().now_ns)
    script = chat(text="a b c d", first_text_ms=0, gaps_ms=[10, 200], usage=False)
    assert times(await asked(script, notes.wire), notes) == [0.0, 10.0, 210.0, 220.0, 220.0]


async def test_a_role_chunk_and_reasoning_come_ahead_and_are_no_text(virtual_time: VirtualTime) -> None:
    notes = Notes(LoopClock().now_ns)
    script = chat(text="yes", role_only_first=True, first_chunk_ms=100, first_text_ms=300, reasoning_ms=120, usage=False)
    chunks = await asked(script, notes.wire)
    assert [type(chunk) for chunk in chunks] == [NoTextChunk, *[ReasoningDelta] * 3, TextDelta, ReplyFinished]
    assert times(chunks, notes) == [100.0, 180.0, 230.0, 280.0, 300.0, 300.0]


async def test_the_user_is_quoted_literally(virtual_time: VirtualTime) -> None:
    chunks = await asked(chat(text="You said: {user}"), Notes(LoopClock().now_ns).wire, "{0} or {user}?")
    assert "".join(chunk.text for chunk in chunks if isinstance(chunk, TextDelta)) == "You said: {0} or {user}?"


async def test_the_reason_for_the_end_is_told(virtual_time: VirtualTime) -> None:
    chunks = await asked(chat(finish="length"), Notes(LoopClock().now_ns).wire)
    assert chunks[-1].reason == "length"


async def test_a_delay_moves_everything_behind_it_by_exactly_that_much(virtual_time: VirtualTime) -> None:
    notes = Notes(LoopClock().now_ns)
    fault = {"kind": "delay", "after": 1, "ms": 500}
    script = chat(text="a b c", first_text_ms=100, tokens_per_s=100, usage=False, fault=fault)
    assert times(await asked(script, notes.wire), notes) == [100.0, 610.0, 620.0, 620.0]


async def test_a_fault_strikes_only_in_its_turns_and_at_its_stage(virtual_time: VirtualTime) -> None:
    script = chat(fault={"kind": "error", "code": "rate_limited", "only_turns": [1], "at": "llm"})
    wire = Notes(LoopClock().now_ns).wire
    assert len(await asked(script, wire)) > 3
    with pytest.raises(RateLimited) as caught:
        await asked(script, wire)
    assert "sk-proj" not in caught.value.public_message
    assert "sk-proj" in caught.value.cause
    assert len(await asked(script, wire)) > 3
    elsewhere = chat(fault={"kind": "error", "at": "tts"})
    assert len(await asked(elsewhere, wire)) > 3


async def test_a_refused_connection_never_sends_a_request(virtual_time: VirtualTime) -> None:
    notes = Notes(LoopClock().now_ns)
    with pytest.raises(ConnectionRefused):
        await asked(chat(fault={"kind": "refuse"}), notes.wire)
    assert [instant.name for instant in notes.instants] == ["connect_started"]


async def test_an_error_is_an_answer_after_which_the_connection_is_kept(virtual_time: VirtualTime) -> None:
    script = chat(first_text_ms=100, fault={"kind": "error", "code": "quota_exceeded", "after": 0})
    notes = Notes(LoopClock().now_ns)
    with pytest.raises(QuotaExceeded):
        await asked(script, notes.wire)
    assert virtual_time.now_ms == 100.0
    assert not notes.named("cancel_sent")


async def test_ending_without_the_final_part_is_an_error(virtual_time: VirtualTime) -> None:
    with pytest.raises(EndedEarly):
        await asked(chat(fault={"kind": "ended_early", "after": 3}), Notes(LoopClock().now_ns).wire)


async def test_cancelling_is_reported_and_leaves_no_timer(virtual_time: VirtualTime) -> None:
    notes = Notes(LoopClock().now_ns)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.4):
            await asked(chat(first_text_ms=350), notes.wire)
    assert [instant.at_ns for instant in notes.named("cancel_sent")] == [virtual_time.now_ns]
    assert notes.named("cancel_sent")[0].data["request"] == notes.requests[0]
    count = len(notes.instants)
    await virtual_time.pass_ms(10_000)
    assert len(notes.instants) == count


async def test_every_instant_carries_the_request(virtual_time: VirtualTime) -> None:
    notes = Notes(LoopClock().now_ns)
    script = chat(text="a b")
    await asked(script, notes.wire)
    await asked(script, notes.wire)
    assert len(set(notes.requests)) == 2
    assert {instant.data["request"] for instant in notes.instants} == set(notes.requests)
    assert [instant.data["seq"] for instant in notes.named("bytes_received")] == [0, 1, 2, 3] * 2


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=20), st.floats(0, 300), st.integers(0, 5), st.integers(0, 3))
def test_jitter_is_repeatable_bounded_and_keeps_the_order(dues: list[float], jitter_ms: float, seed: int, turn: int) -> None:
    steps = numbered([Step(due, {}) for due in sorted(dues)])
    options = ScriptedChatOptions(jitter_ms=jitter_ms, seed=seed)
    late = with_jitter(steps, options, turn)
    assert late == with_jitter(steps, options, turn)
    assert [step.due_ms for step in late] == sorted(step.due_ms for step in late)
    for planned, real in zip(steps, late, strict=True):
        assert planned.due_ms <= real.due_ms <= planned.due_ms + jitter_ms


def test_another_seed_or_turn_gives_other_jitter() -> None:
    steps = numbered([Step(0.0, {})])
    jitter = {
        with_jitter(steps, ScriptedChatOptions(jitter_ms=100, seed=seed), turn)[0].due_ms
        for seed, turn in ((1, 0), (1, 1), (2, 0))
    }
    assert len(jitter) == 3


@given(st.integers(1, 8), st.integers(0, 12), st.sampled_from(Fault.model_fields["kind"].annotation.__args__))
def test_a_fault_never_strikes_behind_the_closing_frame(count: int, after: int, kind: str) -> None:
    """Whatever `after` says, an answer that is to go wrong never ends as if nothing had been."""
    whole = numbered([*(Step(float(place), {"kind": "text"}) for place in range(count)), Step(float(count), {"kind": "end"})])
    steps = apply_fault(whole, Fault(kind=kind, after=after))
    if kind in ("stall", "error", "malformed", "cut", "ended_early"):
        assert steps[: min(after, count)] == whole[: min(after, count)]
        assert not [step for step in steps if step.head.get("kind") == "end" and step.act == "write"]
    elif kind == "out_of_order":
        assert [step.head["seq"] for step in steps] != list(range(count + 1))
        assert [step.due_ms for step in steps] == [step.due_ms for step in whole]
    else:
        assert [step.head["kind"] for step in steps].count("end") == 1


def test_impossible_scripts_are_refused() -> None:
    for options in (
        {"role_only_first": True, "first_chunk_ms": 500, "first_text_ms": 100}, {"reasoning_ms": 400, "first_text_ms": 100},
        {"gaps_ms": [-1]}, {"server": "nowhere"}, {"fault": {"kind": "explode"}}, {"first_text_ms": -1},
    ):  # fmt: skip
        with pytest.raises(ValidationError):
            ScriptedChatOptions.model_validate(options)
