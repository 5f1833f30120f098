"""The task's clock: the server's, kept over restarts, and what is there is taken when it is over."""

import asyncio
from datetime import datetime, timedelta

import pytest

from bench.events.kinds import AnswerSubmitted, ClockStarted
from bench.scenarios.trial_answers import GRACE_S, RECONNECT_S
from bench.scenarios.trial_errors import ClockRunning, HeldElsewhere, NotNow
from bench.scenarios.trial_state import TaskState
from tests.conversations.trial_stage import (
    OWNER,
    MemoryStore,
    Shelf,
    StagedChat,
    Trial,
    answered,
    done,
    gathered,
    loop_wall,
    profession,
    staged,
)
from tests.virtual_time import VirtualTime


def first(trial: Trial) -> TaskState:
    return trial.state.tasks[0]


async def test_the_clock_starts_when_the_question_has_been_delivered(virtual_time: VirtualTime) -> None:
    async with staged() as stage:
        trial = await stage.trial()
        with pytest.raises(NotNow):
            await trial.start(701)
        asked = await gathered(trial.question())
        clock = done(asked).clock
        assert clock is not None
        assert clock.limit_s == 600
        await virtual_time.pass_ms(90_000)
        assert trial.remaining_s(701) == pytest.approx(510, abs=0.01)
        replayed = done(await gathered(trial.question())).clock
        assert replayed == clock == await trial.start(701)
        assert len([event for event in stage.store.rows if isinstance(event, ClockStarted)]) == 1


async def test_at_the_end_of_its_time_the_draft_is_taken_and_marked(virtual_time: VirtualTime) -> None:
    async with staged() as stage:
        trial = await stage.trial()
        await gathered(trial.question())
        await trial.save_draft(701, "as far as I got", 0)
        await virtual_time.pass_ms(600_000 + GRACE_S * 1000 - 50)
        assert first(trial).answer is None
        await virtual_time.pass_ms(100)
        answer = first(trial).answer
        assert answer is not None
        assert (answer.text, answer.reason, answer.late_s) == ("as far as I got", "expired", 0)
        assert len(stage.chat.requests) == 1, "nobody is there: the next task does not begin by itself"
        again = await trial.submit(701, "and a little more", "s1", "expired")
        assert (again.accepted, again.again, again.reason) == (False, True, "expired")
        assert [draft.text for draft in first(trial).overwritten] == ["and a little more"]
        after = await gathered(trial.continuation(701))
        assert done(after, 1).clock is not None
        feedback = next(turn for turn in stage.turns() if "feedback" in turn.strata)
        assert "expired" in feedback.strata
        assert "The time ran out" in stage.chat.requests[1].messages[-1].text


async def test_without_a_draft_the_answer_is_empty(virtual_time: VirtualTime) -> None:
    async with staged(StagedChat(labels=("rule-based",)), shelf=Shelf([profession(1)])) as stage:
        trial = await stage.trial()
        await gathered(trial.question())
        await virtual_time.pass_ms(700_000)
        answer = first(trial).answer
        assert answer is not None
        assert (answer.text, answer.reason) == ("", "expired")
        report = (await gathered(trial.current()))[-1].report  # type: ignore[union-attr]
        assert report.total == 0
        assert report.tasks[0].answered is False
        assert "(no answer)" in stage.chat.requests[1].messages[-1].text


@pytest.mark.parametrize(("late_s", "late"), [(-1.0, 0.0), (0.5, 0.5), (1.9, 1.9)])
async def test_a_page_sends_its_last_words_itself(virtual_time: VirtualTime, late_s: float, late: float) -> None:
    async with staged() as stage:
        trial = await stage.trial()
        await gathered(trial.question())
        await trial.save_draft(701, "older", 0)
        await virtual_time.pass_ms((600 + late_s) * 1000)
        sent = await trial.submit(701, "the very last words", "s1", "expired")
        assert sent.accepted
        answer = first(trial).answer
        assert answer is not None
        assert (answer.text, answer.reason) == ("the very last words", "expired")
        assert answer.late_s == pytest.approx(late, abs=0.01)
        await virtual_time.pass_ms(60_000)
        assert len([event for event in stage.store.rows if isinstance(event, AnswerSubmitted)]) == 1


async def test_an_empty_text_at_the_end_stands_for_the_draft(virtual_time: VirtualTime) -> None:
    async with staged() as stage:
        trial = await stage.trial()
        await gathered(trial.question())
        await trial.save_draft(701, "the draft", 0)
        await virtual_time.pass_ms(600_000)
        await trial.submit(701, " ", "s1", "expired")
        assert first(trial).answer is not None
        assert first(trial).answer.text == "the draft"  # type: ignore[union-attr]


async def test_a_page_with_a_wrong_clock_cannot_end_the_task_early(virtual_time: VirtualTime) -> None:
    async with staged() as stage:
        trial = await stage.trial()
        await gathered(trial.question())
        await virtual_time.pass_ms(120_000)
        with pytest.raises(ClockRunning) as refused:
            await trial.submit(701, "too early", "s1", "expired")
        assert refused.value.facts == {"seconds": "480"}
        assert trial.state.step == "answer"


async def test_a_submit_just_after_the_deadline_is_taken_and_marked(virtual_time: VirtualTime) -> None:
    async with staged() as stage:
        trial = await stage.trial()
        await gathered(trial.question())
        await virtual_time.pass_ms(601_000)
        sent = await trial.submit(701, "by hand", "s1")
        assert (sent.accepted, sent.reason) == (True, "expired")
        assert sent.late_s == pytest.approx(1.0, abs=0.01)


async def test_the_clock_runs_through_a_restart(virtual_time: VirtualTime) -> None:
    store = MemoryStore()
    async with staged(store=store) as stage:
        trial = await stage.trial()
        await gathered(trial.question())
        await trial.save_draft(701, "before the restart", 0)
        await virtual_time.pass_ms(60_000)
    await virtual_time.pass_ms(60_000)
    async with staged(store=store, process="p2") as stage:
        trial = await stage.trial()
        assert trial.remaining_s() == pytest.approx(480, abs=0.01)
        await virtual_time.pass_ms(480_000 + GRACE_S * 1000 + 100)
        assert first(trial).answer is not None
        assert first(trial).answer.text == "before the restart"  # type: ignore[union-attr]


@pytest.mark.parametrize("page_comes_back", [True, False])
async def test_time_that_ran_out_while_the_server_was_down(virtual_time: VirtualTime, page_comes_back: bool) -> None:
    store = MemoryStore()
    async with staged(store=store) as stage:
        trial = await stage.trial()
        await gathered(trial.question())
        await trial.save_draft(701, "before", 0)
    await virtual_time.pass_ms(3_600_000)
    async with staged(store=store, process="p2") as stage:
        if page_comes_back:
            await virtual_time.pass_ms(5_000)
            trial = await stage.trial()
            sent = await trial.submit(701, "written while it was down", "s1", "expired")
            assert (sent.accepted, sent.reason) == (True, "expired")
            assert sent.late_s == pytest.approx(3005, abs=0.1)
        else:
            await virtual_time.pass_ms((RECONNECT_S + GRACE_S) * 1000 + 100)
            answers = [event for event in store.rows if isinstance(event, AnswerSubmitted)]
            assert [(answer.text, answer.reason) for answer in answers] == [("before", "expired")], "nobody had asked for it"


async def test_a_disk_that_fails_at_the_deadline_is_tried_again(virtual_time: VirtualTime) -> None:
    async with staged() as stage:
        trial = await stage.trial()
        await gathered(trial.question())
        await trial.save_draft(701, "kept", 0)
        stage.store.failing = 3
        await virtual_time.pass_ms(630_000)
        assert stage.store.failing == 0
        assert first(trial).answer is not None
        assert first(trial).answer.text == "kept"  # type: ignore[union-attr]


async def test_a_server_clock_set_back_or_forth(virtual_time: VirtualTime) -> None:
    shift = timedelta(0)

    def wall() -> datetime:
        return loop_wall() + shift

    async with staged(wall=wall) as stage:
        trial = await stage.trial()
        await gathered(trial.question())
        shift = timedelta(hours=-1)
        assert trial.remaining_s() == 600, "never more than the limit"
        shift = timedelta(hours=1)
        assert trial.remaining_s() == 0
        await virtual_time.pass_ms(31_000)
        assert first(trial).answer is not None


async def test_a_user_who_is_quicker_stops_the_clock(virtual_time: VirtualTime) -> None:
    async with staged() as stage:
        trial = await stage.trial()
        await answered(trial)
        await virtual_time.pass_ms(300_000)
        await trial.abandon()
        await virtual_time.pass_ms(3_600_000)
        answers = [event for event in stage.store.rows if isinstance(event, AnswerSubmitted)]
        assert [(answer.task_id, answer.reason) for answer in answers] == [(701, "user")]


async def test_deadline_and_submit_at_the_same_instant_count_once(virtual_time: VirtualTime) -> None:
    async with staged() as stage:
        trial = await stage.trial()
        await gathered(trial.question())
        clock = first(trial).clock
        assert clock is not None
        due_s = (clock.deadline_utc - trial.now()).total_seconds() + GRACE_S
        await asyncio.gather(*(_submit_after(trial, due_s + step / 1000) for step in (-1, 0, 1)))
        assert len([event for event in stage.store.rows if isinstance(event, AnswerSubmitted)]) == 1


async def _submit_after(trial: Trial, seconds: float) -> None:
    await asyncio.sleep(seconds)
    await trial.submit(701, f"after {seconds}", f"s{seconds}", "expired")


async def test_trials_that_nobody_came_back_to_are_given_up(virtual_time: VirtualTime) -> None:
    async with staged() as stage:
        trial = await stage.trial()
        await gathered(trial.question(start_clock=False))
    await virtual_time.pass_ms(31 * 24 * 3_600_000)
    async with staged(store=stage.store, process="p2") as stage:
        await virtual_time.pass_ms(10)
        assert [entry.ended for entry in stage.trials.entries(OWNER)] == ["abandoned"]
        assert (await stage.trial()).id != trial.id


async def test_another_running_program_keeps_its_trials(virtual_time: VirtualTime) -> None:
    async with staged() as stage:
        trial = await stage.trial()
        await gathered(trial.question())
        async with staged(store=stage.store, process="other") as other:
            with pytest.raises(HeldElsewhere):
                await other.trials.get(OWNER, trial.id)
            await virtual_time.pass_ms(700_000)
        assert len([event for event in stage.store.rows if isinstance(event, AnswerSubmitted)]) == 1
