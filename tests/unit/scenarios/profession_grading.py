"""Answers of three qualities against the shipped criteria: the rules have to tell them apart."""

from dataclasses import dataclass
from functools import lru_cache

from bench.scenarios.profession import Language
from bench.scenarios.professions import Professions
from bench.scenarios.rule_score import CriterionScore, overall, score_task


@dataclass(frozen=True, slots=True)
class Answers:
    """One task in one language."""

    task: int
    """Its id."""
    language: Language
    """The language of the answers."""
    good: str
    """What a professional would write."""
    middling: str
    """Right in parts."""
    poor: str
    """Willing and empty."""

    @property
    def name(self) -> str:
        """For the list of tests."""
        return f"{self.task}-{self.language}"


@lru_cache
def shipped() -> Professions:
    """The shipped professions, read once."""
    return Professions(None)


def graded(task_id: int, language: Language, answer: str) -> tuple[float, tuple[CriterionScore, ...]]:
    """Points on the whole and by criterion."""
    _, task = shipped().task(task_id)
    scores = score_task(answer, task, language)
    return overall(scores, [criterion.weight for criterion in task.criteria]).points, scores


def assert_told_apart(answers: Answers) -> None:
    """Good is at least 4.0, poor at most 1.5, and there is a clear step on both sides of middling."""
    good, good_scores = graded(answers.task, answers.language, answers.good)
    middling, _ = graded(answers.task, answers.language, answers.middling)
    poor, _ = graded(answers.task, answers.language, answers.poor)
    assert good >= 4.0, [(each.criterion, each.points, each.missing) for each in good_scores]
    assert poor <= 1.5
    assert poor + 0.5 <= middling <= good - 0.75, (poor, middling, good)
    assert all(quote.sentence in answers.good for each in good_scores for quote in each.found)
