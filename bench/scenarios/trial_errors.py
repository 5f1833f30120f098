"""What a trial refuses.

TrialError
├── NoSuchTrial            unknown, deleted, or somebody else's
├── NoSuchTask             not a task of this trial
├── LanguageUnavailable    the profession has no text in that language
├── AnswerEmpty            an empty answer without its confirmation
├── AnswerTooLong          more than 100 kB
├── AlreadyAnswered        a draft for a task that has its answer
├── NotNow                 something else comes first
├── ClockRunning           "the time is up", says a page whose clock is wrong
├── TrialOver              completed or abandoned
├── HeldElsewhere          another running program works on it
└── TrialUnreadable        stored by a program with other rules
"""

from typing import ClassVar


class TrialError(Exception):
    """A trial cannot do what it was asked for. `code` is also the key of its translation."""

    code: ClassVar[str] = "trial_error"
    template: ClassVar[str] = "That is not possible here."

    def __init__(self, **facts: str) -> None:
        """`facts` fill the public template."""
        self.facts = facts
        super().__init__(f"{self.code}: {self.public_message}")

    @property
    def public_message(self) -> str:
        """What a person reads: what happened and what to do."""
        return self.template.format_map(self.facts)


class NoSuchTrial(TrialError):
    code = "no_such_trial"
    template = "There is no such trial. Start the profession again."


class NoSuchTask(TrialError):
    code = "no_such_task"
    template = "This trial has no task {task}."


class LanguageUnavailable(TrialError):
    code = "language_unavailable"
    template = "This profession has no text in '{language}'. It has: {allowed}."


class AnswerEmpty(TrialError):
    code = "answer_empty"
    template = "The answer is empty. Write something, or confirm that you want to submit it empty."


class AnswerTooLong(TrialError):
    code = "answer_too_long"
    template = "The answer is too long: {size_kb} kB, at most {most_kb} kB are taken. Nothing was lost; shorten it."


class AlreadyAnswered(TrialError):
    code = "already_answered"
    template = "This task has been answered already. What you wrote after that is kept, but does not count."


class NotNow(TrialError):
    code = "not_now"
    template = "Something else comes first: {step} of task {task}."


class TrialOver(TrialError):
    code = "trial_over"
    template = "This trial is over."


class HeldElsewhere(TrialError):
    code = "held_elsewhere"
    template = "Another running Firstword works on this trial. Go on there, or close it."


class TrialUnreadable(TrialError):
    code = "trial_unreadable"
    template = "This trial was stored by another version of Firstword and cannot be gone on with."


class ClockRunning(TrialError):
    code = "clock_running"
    template = "There are {seconds} seconds left by the server's clock. The answer was not taken; go on writing."
