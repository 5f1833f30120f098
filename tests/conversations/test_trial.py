"""A trial from its first question to its report: written once whoever asks, and nothing that was accepted is lost."""

import asyncio
from contextlib import aclosing

import pytest

from bench.events.kinds import AnswerSubmitted, DraftSaved, Marked, QuestionAsked, TrialStarted, TrialTakenUp
from bench.events.migrations import DiskFullError
from bench.metrics.definitions import figure
from bench.scenarios.profession_file import ProfessionError
from bench.scenarios.trial_answers import MOST_BYTES
from bench.scenarios.trial_errors import (
    AlreadyAnswered,
    AnswerEmpty,
    AnswerTooLong,
    LanguageUnavailable,
    NoSuchTask,
    NoSuchTrial,
    NotNow,
    TrialOver,
)
from bench.scenarios.trial_pieces import Change, ReportDone, StepBegan, TextAdded
from bench.scenarios.trial_state import state_of
from bench.turn.text_turn import Sent
from tests.conversations.trial_stage import (
    GOOD,
    OWNER,
    MemoryStore,
    Shelf,
    StagedChat,
    answered,
    done,
    gathered,
    kinds_of,
    profession,
    staged,
    step_of,
    task_of,
    text_of,
)
from tests.virtual_time import VirtualTime


async def test_the_whole_way(virtual_time: VirtualTime) -> None:
    async with staged(StagedChat(labels=("rule-based",))) as stage:
        trial = await stage.trial()
        asked = await gathered(trial.current())
        assert kinds_of(asked) == ["StepBegan", "StepDone"]
        assert text_of(asked) == done(asked).text == "Question number 1."
        assert done(asked).clock is not None
        for number in (1, 2, 3):
            task = trial.state.current
            assert task is not None
            assert trial.remaining_s() == pytest.approx(600, abs=1)
            submitted = await trial.submit(task.task_id, GOOD, f"s{number}")
            assert (submitted.accepted, submitted.again, submitted.reason, submitted.late_s) == (True, False, "user", 0)
            after = await gathered(trial.continuation(task.task_id))
            assert done(after).step == "feedback"
            assert done(after).text == f"Feedback number {number}."
            if number < 3:
                assert done(after, 1).text == f"Question number {number + 1}."
        report = after[-1]
        assert isinstance(report, ReportDone)
        assert report.report.total == 100
        assert report.report.scored_by == "rules"
        assert trial.state.ended == "completed"
        assert trial.state.step == "finished"
        assert stage.outcomes() == [("answered", "")] * 6
        assert [record.strata[-2] for record in stage.turns()] == ["question", "feedback"] * 3
        assert (await stage.trials.get(OWNER, trial.id)).state == trial.state
        assert [entry.ended for entry in stage.trials.entries(OWNER)] == ["completed"]
        stored = state_of(event for event in stage.store.rows if event.conversation == trial.id)
        assert stored == trial.state, "what is in memory is what the events tell"
        again = await stage.trial()
        assert again.id != trial.id


async def test_history_feeds_each_next_task(virtual_time: VirtualTime) -> None:
    async with staged() as stage:
        trial = await stage.trial()
        await answered(trial, "First I call the client.")
        request = stage.chat.requests[-1]
        assert (step_of(request), task_of(request)) == ("question", 2)
        assert [message.role for message in request.messages] == ["system", "user", "assistant", "user"][:2] + [
            "assistant", "user", "assistant", "user",
        ]  # fmt: skip
        assert "First I call the client." in request.messages[3].text
        assert request.messages[4].text == "Feedback number 1."
        assert {each.conversation for each in stage.chat.requests} == {trial.state.talks[0]}


async def test_figures_of_streamed_and_unstreamed_turns_have_the_same_marks(virtual_time: VirtualTime) -> None:
    async with staged() as stage:
        for column, stream in (("A", True), ("B", False)):
            trial = await stage.trial(column=column)
            sent = Sent(virtual_time.now_ns)
            got = [piece async for piece in trial.question(stream, sent) if isinstance(piece, TextAdded)]
            assert len(got) == (3 if stream else 1)
        streamed, unstreamed = stage.turns()
        for record in (streamed, unstreamed):
            assert figure(record, "ttft").ms == pytest.approx(100)
            assert record.marks["llm_text_ended"].at_ns - record.marks["llm_sent"].at_ns == pytest.approx(150e6)
        assert figure(streamed, "chat_response").ms == pytest.approx(100)
        assert figure(unstreamed, "chat_response").ms == pytest.approx(150)
        assert "unstreamed" in unstreamed.strata
        assert "unstreamed" not in streamed.strata


async def test_a_page_reports_when_it_painted(virtual_time: VirtualTime) -> None:
    async with staged() as stage:
        trial = await stage.trial(page=True)
        asked = await gathered(trial.question(sent=Sent(virtual_time.now_ns, 2_000_000)))
        turn = done(asked).turn
        assert "text_painted" not in stage.turns()[0].marks
        assert trial.painted(turn, virtual_time.now_ns, 1_000_000)
        assert not trial.painted(turn, virtual_time.now_ns)
        assert not trial.painted("unknown", 5)
        marks = [event for event in stage.store.rows if isinstance(event, Marked) and event.name == "text_painted"]
        assert [(mark.turn, mark.clock, mark.error_ns) for mark in marks] == [(turn, "browser", 1_000_000)]


async def test_a_page_that_paints_after_the_end_is_still_heard(virtual_time: VirtualTime) -> None:
    async with staged(StagedChat(labels=("rule-based",)), shelf=Shelf([profession(1)])) as stage:
        after = await answered(await stage.trial(page=True))
        assert isinstance(after[-1], ReportDone)
        finished = await stage.trials.get(OWNER, after[-1].report.trial)
        assert finished.painted(done(after).turn, virtual_time.now_ns)


# ── who asks, and how often ──────────────────────────────────────────────────────────────────────────────────────────────
async def test_whoever_comes_later_sees_the_same_question_from_its_beginning(virtual_time: VirtualTime) -> None:
    async with staged() as stage:
        trial = await stage.trial()

        async def late(seconds: float, stream: bool) -> list[object]:
            await asyncio.sleep(seconds)
            return list(await gathered(trial.question(stream)))

        results = await asyncio.gather(late(0, True), late(0.12, True), late(0.12, False), late(5, True))
        assert {text_of(each) for each in results} == {"Question number 1."}
        assert len([piece for piece in results[2] if isinstance(piece, TextAdded)]) == 1
        began = [each[0] for each in results]
        assert [isinstance(each, StepBegan) and each.replayed for each in began] == [False, False, False, True]
        assert len(stage.chat.requests) == 1
        assert len([event for event in stage.store.rows if isinstance(event, QuestionAsked)]) == 1


async def test_a_reader_who_leaves_does_not_stop_the_model_and_starts_no_clock(virtual_time: VirtualTime) -> None:
    async with staged() as stage:
        trial = await stage.trial()
        async with aclosing(trial.question()) as pieces:
            async for piece in pieces:
                if isinstance(piece, TextAdded):
                    break
        await asyncio.sleep(5)
        assert trial.state.current is not None
        assert trial.state.current.question == "Question number 1."
        assert trial.remaining_s() is None
        await gathered(trial.question(start_clock=False))
        assert trial.remaining_s() is None
        await gathered(trial.question())
        assert trial.remaining_s() == 600


async def test_a_submit_sent_twice_counts_once_and_goes_on_alike(virtual_time: VirtualTime) -> None:
    async with staged() as stage:
        trial = await stage.trial()
        await gathered(trial.question())
        first, twin, other = await asyncio.gather(
            trial.submit(701, "mine", "s1"), trial.submit(701, "mine", "s1"), trial.submit(701, "another text", "s2")
        )
        assert (first.accepted, twin.accepted, other.accepted) == (True, False, False)
        assert (twin.again, other.again) == (True, True)
        follow = await asyncio.gather(*(gathered(trial.continuation(701)) for _ in range(3)))
        assert follow[0] == follow[1] == follow[2]
        later = await gathered(trial.continuation(701))
        assert text_of(later) == text_of(follow[0])
        assert [event.text for event in stage.store.rows if isinstance(event, AnswerSubmitted)] == ["mine"]
        assert [draft.text for draft in trial.state.tasks[0].overwritten] == ["another text"]
        assert len(stage.chat.requests) == 3


async def test_a_double_submit_of_the_last_answer_gets_the_report_again(virtual_time: VirtualTime) -> None:
    async with staged(StagedChat(labels=("rule-based",)), shelf=Shelf([profession(1)])) as stage:
        trial = await stage.trial()
        first = await answered(trial)
        found = await stage.trials.of_task(OWNER, 701)
        assert found is not None
        assert (await found.submit(701, GOOD, "s701")).again
        again = await gathered(found.continuation(701))
        assert isinstance(first[-1], ReportDone)
        assert again[-1] == first[-1]


async def test_two_windows_write_drafts(virtual_time: VirtualTime) -> None:
    async with staged() as stage:
        trial = await stage.trial()
        await gathered(trial.question())
        changes: list[Change] = []
        end = trial.subscribe(changes.append)
        one = await trial.save_draft(701, "from A", 0, "A")
        assert (one.revision, one.overwrote) == (1, None)
        blind = await trial.save_draft(701, "from B", 0, "B")
        assert blind.revision == 2
        assert blind.overwrote is not None
        assert blind.overwrote.text == "from A"
        assert (await trial.save_draft(701, "from B", 2, "B")).unchanged
        seen = await trial.save_draft(701, "B, and A again", 2, "A")
        assert (seen.revision, seen.overwrote) == (3, None)
        fast = await trial.save_draft(701, "A went on before it heard", 2, "A")
        assert fast.overwrote is None
        assert changes == [Change("draft_saved", 701, window, number + 1) for number, window in enumerate("ABAA")]
        end()
        task = trial.state.tasks[0]
        assert task.draft is not None
        assert (task.draft.text, task.draft.revision) == ("A went on before it heard", 4)
        assert [draft.text for draft in task.overwritten] == ["from A"]
        await trial.submit(701, "the answer", "s1")
        with pytest.raises(AlreadyAnswered):
            await trial.save_draft(701, "too late", 4, "B")
        assert trial.state.tasks[0].overwritten[-1].text == "too late"
        assert len(changes) == 4
        assert len([event for event in stage.store.rows if isinstance(event, DraftSaved)]) == 5


# ── what is refused ──────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_answers_that_are_refused(virtual_time: VirtualTime) -> None:
    async with staged() as stage:
        trial = await stage.trial()
        with pytest.raises(NotNow):
            await trial.submit(701, "early", "s0")
        with pytest.raises(NotNow):
            await trial.save_draft(701, "early", 0)
        await gathered(trial.question())
        for empty in ("", " \n\t"):
            with pytest.raises(AnswerEmpty):
                await trial.submit(701, empty, "s1")
        with pytest.raises(AnswerTooLong, match=r"100\.0 kB, at most 100 kB|100\.001"):
            await trial.submit(701, "я" * (MOST_BYTES // 2) + "a", "s1")
        with pytest.raises(AnswerTooLong):
            await trial.save_draft(701, "a" * (MOST_BYTES + 1), 0)
        with pytest.raises(NoSuchTask):
            await trial.submit(999, "x", "s1")
        with pytest.raises(NotNow):
            await gathered(trial.question(task_id=702))
        with pytest.raises(NotNow):
            await gathered(trial.continuation(701))
        with pytest.raises(NotNow):
            await gathered(trial.report())
        with pytest.raises(NotNow):
            await trial.skip_feedback(701)
        assert trial.state.step == "answer"
        assert (await trial.submit(701, "", "s1", confirm_empty=True)).accepted


@pytest.mark.parametrize(
    "text", ["я" * (MOST_BYTES // 2), "日本語の答えです。", "نص عربي", "half \ud83d of it", "a\x00b", "🙂" * 100]
)
async def test_answers_in_any_language_up_to_the_limit(virtual_time: VirtualTime, text: str) -> None:
    async with staged() as stage:
        trial = await stage.trial()
        await gathered(trial.question())
        await trial.submit(701, text, "s1")
        kept = trial.state.tasks[0].answer
        assert kept is not None
        assert kept.text == text.replace("\ud83d", "\N{REPLACEMENT CHARACTER}")
        assert kept.text.encode()
        assert text_of(await gathered(trial.continuation(701)))


async def test_whose_trial_it_is(virtual_time: VirtualTime) -> None:
    async with staged() as stage:
        trial = await stage.trial()
        assert (await stage.trial()) is trial
        assert (await stage.trial("somebody else")).id != trial.id
        assert (await stage.trial(language="ru")).id != trial.id
        assert (await stage.trial(column="B")).id != trial.id
        with pytest.raises(NoSuchTrial):
            await stage.trials.get("somebody else", trial.id)
        with pytest.raises(NoSuchTrial):
            await stage.trials.get(OWNER, "unknown")
        assert await stage.trials.of_task("stranger", 701) is None
        assert await stage.trials.of_task(OWNER, 701, column="") is not None
        assert len(await stage.trials.running(OWNER)) == 3
        assert OWNER not in repr(stage.store.rows)
        assert OWNER not in repr(stage.store.papers)


async def test_several_windows_that_start_at_once_get_one_trial(virtual_time: VirtualTime) -> None:
    async with staged() as stage:
        trials = await asyncio.gather(*(stage.trial() for _ in range(5)))
        assert len({id(trial) for trial in trials}) == 1
        assert len([event for event in stage.store.rows if isinstance(event, TrialStarted)]) == 1


async def test_a_language_that_the_profession_has_not(virtual_time: VirtualTime) -> None:
    def english(value: object) -> object:
        if isinstance(value, dict):
            return {key: english(each) for key, each in value.items() if key != "ru"}
        return [english(each) for each in value] if isinstance(value, list) else value

    only = type(profession()).model_validate(english(profession().model_dump(mode="json", exclude_none=True)))
    async with staged(shelf=Shelf([only])) as stage:
        with pytest.raises(LanguageUnavailable, match="It has: en"):
            await stage.trial(language="ru")
        with pytest.raises(ProfessionError):
            await stage.trials.get_or_start(OWNER, "nobody", "en", configuration=(await stage.trial())._writing._configuration)


async def test_a_profession_deleted_and_edited_while_in_use(virtual_time: VirtualTime) -> None:
    async with staged() as stage:
        trial = await stage.trial()
        await gathered(trial.question())
        stage.shelf.professions[:] = []
        assert (await stage.trial()) is trial
        await trial.submit(701, GOOD, "s1")
        assert done(await gathered(trial.continuation(701)), 1).text == "Question number 2."
        stage.shelf.professions[:] = [profession(1)]
        assert len((await stage.trial()).state.tasks) == 3
        store = stage.store
    async with staged(store=store, shelf=Shelf([]), process="p2") as stage:
        trial = await stage.trial()
        assert trial.state.tasks[1].question == "Question number 2."


async def test_abandoning_ends_what_is_being_written(virtual_time: VirtualTime) -> None:
    async with staged() as stage:
        trial = await stage.trial()
        reading = asyncio.create_task(gathered(trial.question()))
        await asyncio.sleep(0.12)
        await trial.abandon()
        assert kinds_of(await reading) == ["StepBegan", "StepFailed"]
        assert stage.outcomes() == [("cancelled", "abandoned")]
        await trial.abandon()
        with pytest.raises(TrialOver):
            await gathered(trial.current())
        with pytest.raises(TrialOver):
            await trial.submit(701, "x", "s")
        assert (await stage.trial()).id != trial.id
        assert [entry.ended for entry in stage.trials.entries(OWNER)] == ["abandoned", ""]


async def test_deleting_leaves_nothing(virtual_time: VirtualTime) -> None:
    async with staged() as stage:
        trial = await stage.trial()
        await answered(trial)
        with pytest.raises(NoSuchTrial):
            await stage.trials.delete("stranger", trial.id)
        await stage.trials.delete(OWNER, trial.id)
        assert stage.store.papers == {}
        assert stage.store.rows == []
        with pytest.raises(NoSuchTrial):
            await stage.trials.get(OWNER, trial.id)


# ── restart ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_a_restart_at_every_step_loses_nothing(virtual_time: VirtualTime) -> None:
    store, seen = MemoryStore(), []
    for round_number in range(12):
        async with staged(StagedChat(labels=("rule-based",)), store=store, process=f"p{round_number}") as stage:
            trial = await stage.trial()
            seen.append((trial.id, trial.state.step))
            current = trial.state.current
            match trial.state.step:
                case "question":
                    await gathered(trial.question())
                case "answer" if current is not None and current.draft is None:
                    await trial.save_draft(current.task_id, "kept", 0)
                case "answer" if current is not None:
                    assert current.draft is not None
                    assert current.draft.text == "kept"
                    await trial.submit(current.task_id, GOOD, f"s{current.task_id}")
                case "feedback" if current is not None:
                    async with aclosing(trial.continuation(current.task_id)) as pieces:
                        async for piece in pieces:
                            if piece.__class__.__name__ == "StepDone":
                                break
    assert len({trial for trial, _ in seen}) == 1
    assert [step for _, step in seen] == ["question", "answer", "answer", "feedback"] * 3
    assert [task.answer.text for task in trial.state.tasks if task.answer] == [GOOD] * 3
    talks = [event.talk for event in store.rows if isinstance(event, TrialTakenUp)]
    assert len(talks) == len(set(talks)) == 6, "a conversation for each process in which the model wrote"


async def test_a_trial_that_died_before_it_began_is_begun_anew(virtual_time: VirtualTime) -> None:
    async with staged() as stage:
        trial = await stage.trial()
        stage.store.rows.clear()
    async with staged(store=stage.store, process="p2") as stage:
        other = await stage.trial()
        assert other.id != trial.id
        assert [entry.trial for entry in stage.trials.entries(OWNER)] == [other.id]
        assert [key for _, key in stage.store.papers] == [other.id]


async def test_a_shutdown_while_the_model_writes(virtual_time: VirtualTime) -> None:
    store = MemoryStore()
    async with staged(store=store) as stage:
        trial = await stage.trial()
        reading = asyncio.create_task(gathered(trial.question()))
        await asyncio.sleep(0.12)
    assert kinds_of(await reading)[-1] == "StepFailed"
    assert stage.outcomes() == [("cancelled", "closed")]
    async with staged(store=store, process="p2") as stage:
        assert done(await gathered((await stage.trial()).current())).text == "Question number 1."


async def test_a_disk_that_refuses_accepts_nothing(virtual_time: VirtualTime) -> None:
    async with staged() as stage:
        trial = await stage.trial()
        await gathered(trial.question())
        stage.store.failing = 1
        with pytest.raises(DiskFullError):
            await trial.submit(701, "precious", "s1")
        assert trial.state.step == "answer"
        assert (await trial.submit(701, "precious", "s1")).accepted
        stage.store.failing = 2  # the end of the turn, and the feedback
        failed = await gathered(trial.continuation(701))
        assert failed[-1].reason == "disk_full"  # type: ignore[union-attr]
        assert trial.state.step == "feedback"
        assert done(await gathered(trial.continuation(701, retry=True))).text == "Feedback number 1."


async def test_a_cancelled_request_does_not_take_back_what_it_wrote(virtual_time: VirtualTime) -> None:
    async with staged() as stage:
        trial = await stage.trial()
        await gathered(trial.question())
        request = asyncio.create_task(trial.submit(701, "sent", "s1"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        await asyncio.sleep(0.1)
        assert trial.state.step == "feedback"
        assert (await trial.submit(701, "sent", "s1")).again
