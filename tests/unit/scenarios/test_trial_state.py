"""The fold: the same events give the same state, and what comes twice changes nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.configuration import Configuration
from bench.events import codec
from bench.events.kinds import (
    AnswerSubmitted,
    ClockStarted,
    DraftSaved,
    Event,
    FeedbackGiven,
    LoopStalled,
    QuestionAsked,
    ReportMade,
    TrialEnded,
    TrialStarted,
    TrialTakenUp,
)
from bench.scenarios.trial_state import Draft, TrialState, after, state_of
from tests.conversations.trial_stage import profession

T = "trial-1"
START = TrialStarted(
    at_ns=1, conversation=T, owner="o", profession=profession(2).model_dump(mode="json", exclude_none=True), language="en",
    preset="p", configuration=Configuration().canonical(), wall_utc="2030-01-01T10:00:00.000+00:00",
)  # fmt: skip


def asked(task: int, text: str = "Q") -> Event:
    return QuestionAsked(at_ns=2, conversation=T, task_id=task, text=text, written_in="t1", streamed=True)


def clock(task: int, minute: int = 0) -> Event:
    start = datetime(2030, 1, 1, 10, minute, tzinfo=UTC)
    return ClockStarted(at_ns=3, conversation=T, task_id=task, limit_s=600.0, wall_utc=start.isoformat(),
                        deadline_utc=(start + timedelta(minutes=10)).isoformat())  # fmt: skip


def draft(task: int, revision: int, base: int, window: str = "A") -> Event:
    return DraftSaved(
        at_ns=4, conversation=T, task_id=task, text=f"d{revision}", revision=revision, base_revision=base, window=window
    )


def answer(task: int, text: str = "A", submission: str = "s") -> Event:
    return AnswerSubmitted(at_ns=5, conversation=T, task_id=task, submission=submission, text=text, reason="user",
                           wall_utc="2030-01-01T10:05:00.000+00:00")  # fmt: skip


def feedback(task: int, text: str = "F") -> Event:
    return FeedbackGiven(at_ns=6, conversation=T, task_id=task, text=text, written_in="t2", streamed=True)


REPORT = ReportMade(at_ns=7, conversation=T, report={"total": 1}, scored_by="model")
END = TrialEnded(at_ns=8, conversation=T, reason="completed")
WHOLE = [START, asked(701), clock(701), draft(701, 1, 0), answer(701), feedback(701), asked(702), clock(702), answer(702), feedback(702),
         REPORT, END]  # fmt: skip


def known(events: list[Event]) -> TrialState:
    state = state_of(events)
    assert state is not None
    return state


def test_the_steps() -> None:
    steps = [(known(WHOLE[:count]).step, current.task_id if (current := known(WHOLE[:count]).current) else None)
             for count in range(1, len(WHOLE) + 1)]  # fmt: skip
    assert steps == [
        ("question", 701), ("answer", 701), ("answer", 701), ("answer", 701), ("feedback", 701), ("question", 702), ("answer", 702),
        ("answer", 702), ("feedback", 702), ("report", None), ("finished", None), ("finished", None),
    ]  # fmt: skip
    assert state_of([]) is None
    assert state_of(WHOLE[1:]) is None


def test_an_abandoned_trial_is_finished() -> None:
    assert known([START, TrialEnded(at_ns=2, conversation=T, reason="abandoned")]).step == "finished"


def test_the_first_counts() -> None:
    again = [asked(701, "other"), clock(701, 5), answer(701, "other", "s2"), feedback(701, "other"), asked(702, "other"),
             ReportMade(at_ns=9, conversation=T, report={}, scored_by="rules"), TrialEnded(at_ns=9, conversation=T, reason="abandoned")]  # fmt: skip
    assert known([*WHOLE, *again]) == known(WHOLE)


@settings(deadline=None, max_examples=150, derandomize=True)
@given(st.lists(st.integers(0, len(WHOLE) - 1), max_size=12), st.data())
def test_whatever_comes_twice_changes_nothing(places: list[int], data: st.DataObject) -> None:
    events = list(WHOLE)
    for place in sorted(places):
        event = WHOLE[place]
        if not isinstance(event, DraftSaved):
            events.insert(data.draw(st.integers(events.index(event) + 1, len(events))), event)
    assert known(events) == known(WHOLE)


def test_strange_events_are_ignored() -> None:
    strange = [LoopStalled(at_ns=5, from_ns=1), asked(999), answer(999)]
    assert known([*WHOLE[:3], *strange]) == known(WHOLE[:3])


def test_folding_stored_lines_gives_the_same() -> None:
    assert known([codec.from_line(codec.to_line(event)) for event in WHOLE]) == known(WHOLE)


def test_drafts() -> None:
    state = known([*WHOLE[:3], draft(701, 1, 0, "A"), draft(701, 2, 1, "B"), draft(701, 3, 1, "A"), draft(701, 4, 2, "A")])
    assert state.tasks[0].draft == Draft("d4", 4, "A")
    assert state.tasks[0].overwritten == (Draft("d2", 2, "B"),)


def test_who_took_it_up() -> None:
    ups = [TrialTakenUp(at_ns=1, conversation=T, talk=f"c{number}", process=f"p{number}") for number in (1, 2)]
    state = known([START, *ups])
    assert (state.talks, state.process) == (("c1", "c2"), "p2")


@pytest.mark.parametrize(("minutes", "left"), [(-60, 600), (0, 600), (4, 360), (10, 0), (50, 0)])
def test_what_is_left(minutes: int, left: float) -> None:
    state = known(WHOLE[:3])
    now = datetime(2030, 1, 1, 10, tzinfo=UTC) + timedelta(minutes=minutes)
    assert state.remaining_s(701, now) == left
    assert state.remaining_s(702, now) is None
    assert known(WHOLE[:5]).remaining_s(701, now) is None


def test_it_is_pure() -> None:
    state = known(WHOLE[:2])
    before: Any = repr(state)
    after(state, clock(701))
    assert repr(state) == before
