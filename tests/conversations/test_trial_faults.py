"""The model fails: the answer is kept, the ledger has the turn, the step can be tried again, and a fallback is visible."""

import logging
from collections.abc import Callable, Sequence

import pytest

from bench.events.kinds import FeedbackGiven, QuestionAsked
from bench.scenarios.trial_errors import NotNow
from bench.scenarios.trial_pieces import Change, FellBack
from providers.base import ChatRequest
from providers.errors import ConnectionCut, ContentRefused, KeyMissing, KeyRejected, ProviderError, RateLimited, ServiceFailed
from providers.registry import UnknownProvider
from tests.conversations.trial_stage import (
    GOOD,
    Said,
    StagedChat,
    answered,
    done,
    failure,
    gathered,
    kinds_of,
    staged,
    step_of,
    text_of,
    usual,
)
from tests.virtual_time import VirtualTime


def failing(times: int, how: Sequence[Said], step: str = "question") -> Callable[[ChatRequest], Sequence[Said]]:
    """The first calls of a step go wrong, the others as usual."""
    left = times

    def play(request: ChatRequest) -> Sequence[Said]:
        nonlocal left
        if step_of(request) == step and left:
            left -= 1
            return how
        return usual(request)

    return play


FAILURES: dict[str, tuple[Sequence[Said], tuple[str, str]]] = {
    "cut": ([ConnectionCut("Staged", "llm")], ("failed", "connection_cut")),
    "broken": ([ServiceFailed("Staged", "llm")], ("failed", "service_failed")),
    "refused": ([ContentRefused("Staged", "llm")], ("failed", "content_refused")),
    "empty": ([], ("silent", "empty_reply")),
    "blank": (["  \n"], ("silent", "empty_reply")),
    "stalled": ([60.0, "late"], ("timed_out", "stage_timed_out")),
    "our own fault": ([ValueError("a bug")], ("failed", "internal_error")),
}


@pytest.mark.parametrize("name", FAILURES)
async def test_streaming_that_fails_before_its_first_word_falls_back_once(virtual_time: VirtualTime, name: str) -> None:
    how, outcome = FAILURES[name]
    async with staged(StagedChat(failing(1, how))) as stage:
        trial = await stage.trial()
        asked = await gathered(trial.question())
        assert kinds_of(asked) == ["StepBegan", "FellBack", "StepDone"]
        fell = next(piece for piece in asked if isinstance(piece, FellBack))
        assert (fell.outcome, fell.reason) == outcome
        assert (done(asked).text, done(asked).fallback, done(asked).streamed) == ("Question number 1.", True, False)
        assert stage.outcomes() == [outcome, ("answered", "")]
        first, second = stage.turns()
        assert fell.turn == first.turn
        assert {"fallback", "unstreamed"} <= set(second.strata)
        assert "fallback" not in first.strata
        event = next(event for event in stage.store.rows if isinstance(event, QuestionAsked))
        assert (event.fallback, event.streamed, event.written_in) == (True, False, second.turn)
        replayed = await gathered(trial.question())
        assert replayed[0].fallback  # type: ignore[union-attr]


@pytest.mark.parametrize("name", FAILURES)
async def test_a_question_that_fails_twice_can_be_tried_again(virtual_time: VirtualTime, name: str) -> None:
    how, outcome = FAILURES[name]
    async with staged(StagedChat(failing(2, how))) as stage:
        trial = await stage.trial()
        changes: list[Change] = []
        trial.subscribe(changes.append)
        asked = await gathered(trial.question())
        assert (failure(asked).outcome, failure(asked).reason) == outcome
        assert trial.remaining_s() is None
        assert stage.outcomes() == [outcome, outcome]
        assert await gathered(trial.current()) == asked, "told again, not asked again"
        assert len(stage.chat.requests) == 2
        assert done(await gathered(trial.current(retry=True))).text == "Question number 1."
        assert stage.outcomes()[2:] == [("answered", "")]
        assert [change.kind for change in changes] == ["step_failed", "question_asked", "clock_started"]


async def test_a_stream_that_breaks_after_its_first_word_does_not_fall_back(virtual_time: VirtualTime) -> None:
    async with staged(StagedChat(failing(1, ["Half a ", ConnectionCut("Staged", "llm")]))) as stage:
        trial = await stage.trial()
        asked = await gathered(trial.question())
        assert kinds_of(asked) == ["StepBegan", "StepFailed"]
        assert text_of(asked) == "Half a "
        again = await gathered(trial.question(retry=True))
        assert text_of(again) == "Question number 1."


async def test_an_unstreamed_call_that_fails_has_nothing_to_fall_back_to(virtual_time: VirtualTime) -> None:
    async with staged(StagedChat(failing(1, FAILURES["cut"][0]))) as stage:
        trial = await stage.trial()
        assert kinds_of(await gathered(trial.question(stream=False))) == ["StepBegan", "StepFailed"]
        assert len(stage.chat.requests) == 1


@pytest.mark.parametrize("error", [KeyRejected("Staged", "llm", variable="KEY"), RateLimited("Staged", "llm", retry_after="9")])
async def test_what_another_call_would_meet_again_is_not_asked_again(virtual_time: VirtualTime, error: ProviderError) -> None:
    async with staged(StagedChat(failing(1, [error]))) as stage:
        trial = await stage.trial()
        asked = await gathered(trial.question())
        assert kinds_of(asked) == ["StepBegan", "StepFailed"]
        assert failure(asked).reason == error.code
        assert failure(asked).message == error.public_message


async def test_feedback_that_fails_keeps_the_answer_and_can_be_skipped(virtual_time: VirtualTime) -> None:
    async with staged(StagedChat(failing(4, FAILURES["broken"][0], "feedback"))) as stage:
        trial = await stage.trial()
        after = await answered(trial)
        assert failure(after).step == "feedback"
        assert trial.state.tasks[0].answer is not None
        assert trial.state.tasks[0].answer.text == GOOD
        assert failure(await gathered(trial.continuation(701, retry=True))).reason == "service_failed"
        with pytest.raises(NotNow):
            await gathered(trial.question(task_id=702))
        await trial.skip_feedback(701)
        await trial.skip_feedback(701)
        rest = await gathered(trial.continuation(701))
        assert kinds_of(rest) == ["StepBegan", "StepDone"]
        assert done(rest).text == "Question number 2."
        assert len([event for event in stage.store.rows if isinstance(event, FeedbackGiven)]) == 1
        assert [message.role for message in stage.chat.requests[-1].messages] == ["system", "user", "assistant", "user"]


async def test_a_long_wait_within_the_text_times_out(virtual_time: VirtualTime) -> None:
    async with staged(StagedChat(failing(1, ["Well, ", 100.0, "so"]))) as stage:
        trial = await stage.trial()
        asked = await gathered(trial.question())
        assert (failure(asked).outcome, failure(asked).facts["seconds"]) == ("timed_out", "15")


async def test_a_model_that_cannot_be_built(virtual_time: VirtualTime) -> None:
    def build(_: object) -> StagedChat:
        raise KeyMissing("Staged", "llm", variable="STAGED_KEY")

    async with staged(build=build) as stage:
        with pytest.raises(KeyMissing):
            await stage.trial()
        assert stage.store.rows == []


async def test_a_model_that_is_gone_after_a_restart(virtual_time: VirtualTime) -> None:
    async with staged() as stage:
        trial = await stage.trial()

    def build(_: object) -> StagedChat:
        raise UnknownProvider("chat", "staged", ())

    async with staged(store=stage.store, process="p2", build=build) as stage:
        trial = await stage.trials.get("session-of-somebody", trial.id)
        asked = await gathered(trial.question())
        assert failure(asked).reason == "provider_gone"


async def test_the_log_has_a_line_for_each_call(virtual_time: VirtualTime, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "bench.scenarios")
    async with staged(StagedChat(failing(1, FAILURES["cut"][0]))) as stage:
        await gathered((await stage.trial()).question())
    lines = [record.getMessage() for record in caplog.records if record.name == "bench.scenarios.trial_steps"]
    assert lines[0].startswith("[STREAMING] question task=701 turn=")
    assert "outcome=failed ttft_ms=none total_ms=none chars=0" in lines[0]
    assert lines[1].startswith("[TIMING] question task=701")
    assert "outcome=answered ttft_ms=100.0 total_ms=150.0 chars=18" in lines[1]


async def test_a_fault_in_one_trial_harms_no_other(virtual_time: VirtualTime) -> None:
    async with staged() as stage:
        one, two = await stage.trial("one"), await stage.trial("two")
        await gathered(two.question())
        one._record.state = None  # type: ignore[assignment]
        with pytest.raises(AttributeError):
            await gathered(one.question())
        assert text_of(await gathered((await stage.trial("three")).question()))
        assert (await two.submit(701, GOOD, "s")).accepted
