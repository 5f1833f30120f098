"""The provider: pace in virtual time, what of the wait was set, cancelling, usage."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bench.clock import LoopClock
from providers.base import ReplyFinished, TextDelta, Usage
from providers.rulebook import INLINE_CHARS, RulebookOptions
from providers.rules.partner import pieces, reply
from tests.unit.rulebook.scripts import Notes, asked, request, rulebook, text_of
from tests.virtual_time import VirtualTime, run_virtual

HELLO = request(["i feel sad and i miss my dog"])


async def timed(**options: object) -> tuple[list[float], list[float]]:
    """When each token came, and how much of the wait before it was set (ms)."""
    provider, notes = rulebook(**options), Notes(LoopClock().now_ns)
    await provider.warm_up()
    chunks = await asked(provider, HELLO, notes.wire)
    (sent,) = notes.instants
    assert sent.name == "request_sent"
    deltas = [chunk for chunk in chunks if isinstance(chunk, TextDelta)]
    return [(delta.at_ns - sent.at_ns) / 1e6 for delta in deltas], [delta.set_ms for delta in deltas]


async def test_the_reply_comes_in_tokens_then_usage_then_the_end() -> None:
    provider, notes = rulebook(persona="psychologist"), Notes(lambda: 0)
    chunks = await asked(provider, HELLO, notes.wire)
    assert text_of(chunks) == reply(HELLO, "psychologist")
    *deltas, usage, end = chunks
    assert all(isinstance(delta, TextDelta) for delta in deltas)
    assert isinstance(usage, Usage)
    assert (usage.tokens_in, usage.tokens_out, usage.source) == (8, len(pieces(text_of(chunks))), "estimated")
    assert isinstance(end, ReplyFinished)
    assert end.reason == "stop"
    assert [instant.name for instant in notes.instants] == ["request_sent"]


async def test_without_settings_nothing_is_waited_for(virtual_time: VirtualTime) -> None:
    at_ms, set_ms = await timed()
    assert len(at_ms) > 5
    assert set(at_ms) == {0.0}
    assert set(set_ms) == {0.0}


async def test_the_pace_is_kept_and_told_as_set(virtual_time: VirtualTime) -> None:
    at_ms, set_ms = await timed(first_token_ms=350, tokens_per_s=40)
    assert at_ms == pytest.approx([350 + 25 * index for index in range(len(at_ms))], abs=1e-3)
    assert set_ms == pytest.approx([350.0] + [25.0] * (len(set_ms) - 1), abs=1e-3)


async def test_only_the_first_token_waits_when_there_is_no_pace(virtual_time: VirtualTime) -> None:
    at_ms, set_ms = await timed(first_token_ms=10_000)
    assert at_ms == pytest.approx([10_000.0] * len(at_ms), abs=1e-3)
    assert set_ms == pytest.approx([10_000.0] + [0.0] * (len(set_ms) - 1), abs=1e-3)


@given(st.floats(0, 10_000), st.just(0.0) | st.floats(0.1, 1000))
def test_what_was_set_never_exceeds_the_wait_and_nothing_drifts(first_token_ms: float, tokens_per_s: float) -> None:
    at_ms, set_ms = run_virtual(timed(first_token_ms=first_token_ms, tokens_per_s=tokens_per_s))
    gaps = [at_ms[0], *(later - earlier for earlier, later in zip(at_ms, at_ms[1:], strict=False))]
    assert all(set_part <= gap + 1e-9 for set_part, gap in zip(set_ms, gaps, strict=True))
    due_ms = first_token_ms + ((len(at_ms) - 1) * 1000 / tokens_per_s if tokens_per_s else 0)
    assert at_ms[-1] == pytest.approx(due_ms, abs=1e-3)
    assert sum(set_ms) == pytest.approx(due_ms, abs=0.01)


async def test_a_late_reader_is_not_charged_to_the_settings_and_is_caught_up(virtual_time: VirtualTime) -> None:
    provider, notes = rulebook(tokens_per_s=100), Notes(LoopClock().now_ns)
    await provider.warm_up()
    start_ns, at_ms, set_ms = virtual_time.now_ns, [], []
    async for chunk in provider.stream(HELLO, notes.wire):
        if isinstance(chunk, TextDelta):
            at_ms.append((chunk.at_ns - start_ns) / 1e6)
            set_ms.append(chunk.set_ms)
            if len(at_ms) == 2:
                await virtual_time.pass_ms(25)
    assert at_ms[:6] == pytest.approx([0, 10, 35, 35, 40, 50], abs=1e-3)
    assert set_ms[:6] == pytest.approx([0, 10, 10, 0, 5, 10], abs=1e-3)


@pytest.mark.parametrize("after_ms", [0, 1, 349, 350, 351, 400, 1000])
async def test_cancelling_works_at_any_instant(virtual_time: VirtualTime, after_ms: float) -> None:
    provider, notes = rulebook(first_token_ms=350, tokens_per_s=10), Notes(LoopClock().now_ns)
    await provider.warm_up()
    task = asyncio.ensure_future(asked(provider, HELLO, notes.wire))
    await virtual_time.pass_ms(after_ms)
    before = virtual_time.now_ms
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert virtual_time.now_ms == before


async def test_cancelling_works_between_tokens_at_full_speed() -> None:
    provider, notes = rulebook(), Notes(lambda: 0)
    await provider.warm_up()
    seen: list[object] = []
    three = asyncio.Event()

    async def read() -> None:
        async for chunk in provider.stream(HELLO, notes.wire):
            seen.append(chunk)
            if len(seen) == 3:
                three.set()

    task = asyncio.ensure_future(read())
    await three.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert 3 <= len(seen) < 8


async def test_a_stream_that_is_left_ends_quietly() -> None:
    provider, notes = rulebook(), Notes(lambda: 0)
    stream = provider.stream(HELLO, notes.wire)
    assert isinstance(await anext(stream), TextDelta)
    await stream.aclose()  # type: ignore[attr-defined]


async def test_two_conversations_at_once_do_not_mix() -> None:
    provider, notes = rulebook(persona="barbershop"), Notes(lambda: 0)
    first, second = request(["a haircut on friday at three"]), request(["стрижку завтра утром"], language="ru")
    both = await asyncio.gather(asked(provider, first, notes.wire), asked(provider, second, notes.wire))
    assert [text_of(chunks) for chunks in both] == [reply(first, "barbershop"), reply(second, "barbershop")]


async def test_a_long_message_is_read_in_a_thread_with_the_same_result() -> None:
    long = request(["i feel sad. " * INLINE_CHARS])
    chunks = await asked(rulebook(), long, Notes(lambda: 0).wire)
    assert text_of(chunks) == reply(long)


@given(st.text(max_size=300))
def test_whatever_is_said_the_stream_ends_properly(text: str) -> None:
    chunks = asyncio.run(asked(rulebook(), request([text]), Notes(lambda: 0).wire))
    assert text_of(chunks).strip()
    assert isinstance(chunks[-1], ReplyFinished)


async def test_warming_up_and_closing_may_be_repeated() -> None:
    provider = rulebook()
    await provider.warm_up()
    await provider.warm_up()
    await provider.close()
    await provider.close()
    assert text_of(await asked(provider, HELLO, Notes(lambda: 0).wire))


@pytest.mark.parametrize(
    "options",
    [
        {"persona": "pirate"},
        {"first_token_ms": -1},
        {"first_token_ms": 10_001},
        {"tokens_per_s": 1001},
        {"tokens_per_s": 0.01},
        {"tokens_per_s": float("nan")},
        {"temperature": 1},
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        RulebookOptions.model_validate(options)


def test_every_option_has_words_in_both_languages() -> None:
    for field in RulebookOptions.model_fields.values():
        extra = field.json_schema_extra
        assert isinstance(extra, dict)
        assert field.title
        assert field.description
        assert extra["ru"]["title"]
        assert extra["ru"]["description"]


def test_it_is_labelled_for_what_it_is() -> None:
    provider = rulebook()
    assert provider.capabilities.labels == ("embedded", "rule-based")
    assert provider.capabilities.languages == ("en", "ru")
    assert (provider.name, provider.role, provider.title) == ("rulebook", "chat", "Rulebook")
    assert type(provider).missing() is None
