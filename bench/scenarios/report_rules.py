"""The report by stated rules, for the embedded model and for whoever prefers it: no language model takes part."""

from bench.scenarios.profession import Language
from bench.scenarios.report import CriterionResult, Report, TaskResult, compose, no_answer
from bench.scenarios.rule_score import CriterionScore, score_task
from bench.scenarios.trial_state import TaskState, TrialState

_MOST_QUOTES = 4
"""Of one criterion; each says the same: a sign was found."""

_SUMMARY: dict[Language, tuple[str, str, str]] = {
    "en": (
        "Scored by fixed rules that recognise words, not meaning.",
        "Strongest: {best}.",
        "Most to gain: {worst}.",
    ),
    "ru": (
        "Оценено по правилам: они узнают слова, а не смысл.",
        "Сильнее всего: {best}.",
        "Больше всего можно добавить: {worst}.",
    ),
}


def report_by_rules(state: TrialState, *, made_utc: str, model: str) -> Report:
    """Score every task by its criteria's signs (see `rule_score.RULES`). Some 10 ms per long answer: call it from a thread."""
    results = {task.task_id: _result(task, state.language) for task in state.tasks}
    report = compose(state, results, made_utc=made_utc, model=model, scored_by="rules")
    return report.model_copy(update={"summary": _summary(report)})


def _result(task: TaskState, language: Language) -> TaskResult:
    if task.answer is None or not task.answer.text.strip():
        return no_answer(task, language)
    scores = score_task(task.answer.text, task.task, language, task.question or "")
    return TaskResult("rules", {each.criterion: _criterion(each) for each in scores})


def _criterion(score: CriterionScore) -> CriterionResult:
    quotes = tuple(dict.fromkeys(quote.sentence for quote in score.found))
    return CriterionResult(score.points, score.reason, quotes[:_MOST_QUOTES])


def _summary(report: Report) -> str:
    """The rules' nature, the best task and the one with most to gain; a tie goes to the earlier task."""
    said, best, worst = _SUMMARY[report.language]
    ranked = sorted((task for task in report.tasks if task.percent is not None), key=lambda task: -(task.percent or 0))
    if len(ranked) < 2 or ranked[0].percent == ranked[-1].percent:
        return said
    return " ".join((said, best.format(best=ranked[0].title), worst.format(worst=ranked[-1].title)))
