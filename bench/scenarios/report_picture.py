"""The picture of a report: a bar for each criterion, as inline SVG. Its table twin is the report's own table of points."""

from collections.abc import Iterator
from html import escape

from bench.scenarios.report import CriterionReport, Report
from bench.scenarios.report_words import WORDS, figure
from bench.scenarios.rule_score import MOST_POINTS

_WIDTH, _LABEL, _VALUE, _ROW, _HEAD = 800, 330, 90, 26, 30
_LONGEST_LABEL = 44


def picture(report: Report) -> str:
    """Bars from 0 to 5 points, tasks one after another; what was not scored is a dashed outline and says so."""
    body: list[str] = []
    y = 0
    for task in report.tasks:
        body.append(f'<text x="0" y="{y + 20}" class="task">{task.order}. {escape(_short(task.title, 80))}</text>')
        y += _HEAD
        for criterion in task.criteria:
            body += _bar(criterion, y, report)
            y += _ROW
        y += 8
    title = escape(WORDS[report.language]["picture"])
    return f'<svg viewBox="0 0 {_WIDTH} {y}" role="img" aria-label="{title}">{"".join(body)}</svg>'


def _bar(criterion: CriterionReport, y: int, report: Report) -> Iterator[str]:
    wide = _WIDTH - _LABEL - _VALUE
    yield f'<text x="12" y="{y + 17}">{escape(_short(criterion.title, _LONGEST_LABEL))}</text>'
    if criterion.points is None:
        yield f'<rect class="none" x="{_LABEL}" y="{y + 4}" width="{wide}" height="16" rx="3"/>'
        shown = WORDS[report.language]["not_scored"]
    else:
        yield f'<rect class="rest" x="{_LABEL}" y="{y + 4}" width="{wide}" height="16" rx="3"/>'
        long = wide * criterion.points / MOST_POINTS
        yield f'<rect class="bar" x="{_LABEL}" y="{y + 4}" width="{long:g}" height="16" rx="3"/>'
        shown = figure(criterion.points, report.language)
    yield f'<text x="{_WIDTH - _VALUE + 10}" y="{y + 17}">{escape(shown)}</text>'


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"
