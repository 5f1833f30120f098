"""A report for people: as Markdown, and as one HTML file that needs nothing else and runs nothing.

Whatever a candidate, a model or a profession's author wrote is escaped for the place where it stands.
"""

import re
from collections.abc import Iterator
from html import escape

from bench.scenarios.profession import Language
from bench.scenarios.report import CriterionReport, Report, TaskReport
from bench.scenarios.report_picture import picture
from bench.scenarios.report_words import REASONS, SCORED_BY, WORDS, figure, percent
from bench.scenarios.rule_score import RULES

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+!|<>~&])")
_LINE_START = re.compile(r"^(\d*)([-+=.)])(?=[\s=-]|$)")
"""What would begin a list or underline a heading."""

_STYLE = """
:root{color-scheme:light dark;--ink:#1a1d21;--soft:#5a6169;--line:#d5d9de;--ground:#fff;--bar:#0072b2;--rest:#e6e9ed}
@media(prefers-color-scheme:dark){:root{--ink:#e8eaed;--soft:#a3abb4;--line:#3a4149;--ground:#15181c;--bar:#56b4e9;--rest:#2b3138}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:52rem;padding:2rem 1rem 4rem;background:var(--ground);color:var(--ink);
  font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.6rem;margin:0}h2{font-size:1.2rem;margin:2.5rem 0 .5rem}h3{font-size:1rem;margin:1.5rem 0 .25rem}
.total{font-size:2.4rem;font-weight:600;margin:.5rem 0}.soft{color:var(--soft)}
table{border-collapse:collapse;width:100%;margin:.5rem 0}
th,td{text-align:left;vertical-align:top;padding:.4rem .6rem .4rem 0;border-bottom:1px solid var(--line)}
td{overflow-wrap:anywhere}th[scope=row]{min-width:9rem;font-weight:500}
th.n,td.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
blockquote{margin:.3rem 0;padding-left:.7rem;border-left:3px solid var(--line);overflow-wrap:anywhere}
svg{width:100%;min-width:36rem;height:auto;display:block}svg text{fill:var(--ink);font:13px system-ui,sans-serif}
.bar{fill:var(--bar)}.rest{fill:var(--rest)}.none{fill:none;stroke:var(--soft);stroke-dasharray:4 3}
svg .task{font-weight:600}.scroll{overflow-x:auto}.scroll table{min-width:36rem}
@media print{.scroll table,svg{min-width:0}body{max-width:none;padding:0}h2{break-after:avoid}tr{break-inside:avoid}}
"""


# ── Markdown ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def markdown(report: Report) -> str:
    """The report as Markdown text, in its own language."""
    words, language = WORDS[report.language], report.language
    lines = [f"# {words['report']}: {_md(report.profession)}", "", f"**{words['total']}: {_total(report)}**", ""]
    lines += [_md(line) for line in _told(report)]
    if report.summary:
        lines += ["", f"## {words['summary']}", "", _md(report.summary)]
    for task in report.tasks:
        shown = percent(task.percent, language) if task.percent is not None else words["not_scored"]
        lines += ["", f"## {words['task']} {task.order}. {_md(task.title)}: {shown}", ""]
        lines += [line for remark in _remarks(task, language) for line in (f"*{_md(remark)}*", "")]
        lines += [
            f"| {words['criterion']} | {words['points']} | {words['weight']} | {words['reason']} |",
            "|---|---:|---:|---|",
        ]
        lines += [
            f"| {_md(each.title)} | {_points(each, language)} | {figure(each.weight, language, 2)} | {_md(each.reason)} |"
            for each in task.criteria
        ]
        lines += list(_md_quotes(task, words["quotes"]))
        for name, items in (("strengths", task.strengths), ("gaps", task.gaps)):
            lines += ["", f"**{words[name]}:** {'; '.join(map(_md, items)) or words['none']}"]
    lines += ["", f"## {words['method']}", "", *(f"- {_md(rule)}" for rule in _method(report))]
    return "\n".join(lines) + "\n"


def _md_quotes(task: TaskReport, title: str) -> Iterator[str]:
    if any(each.quotes for each in task.criteria):
        yield from ("", f"**{title}:**", "")
    for each in task.criteria:
        for quote in each.quotes:
            yield f"> {_md(quote)}  "
            yield f"> — {_md(each.title)}"
            yield ""


def _md(text: str) -> str:
    """One line in which nothing is markup, in a table cell neither."""
    return _LINE_START.sub(r"\1\\\2", _MARKDOWN.sub(r"\\\1", " ".join(text.split())))


# ── HTML ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────
def html(report: Report) -> str:
    """The report as one HTML document, in its own language."""
    words, language = WORDS[report.language], report.language
    title = escape(f"{words['report']}: {report.profession}")
    summary = f"<h2>{words['summary']}</h2><p>{escape(report.summary)}</p>" if report.summary else ""
    parts = [
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>{title}</title><style>{_STYLE}</style></head><body><main>",
        f'<h1>{title}</h1><p class="total">{escape(_total(report))}</p>',
        *(f'<p class="soft">{escape(line)}</p>' for line in _told(report)),
        summary,
        f'<h2>{words["picture"]}</h2><div class="scroll">{picture(report)}</div>',
        *(_task(task, language) for task in report.tasks),
        f"<h2>{words['method']}</h2><ul>{''.join(f'<li>{escape(rule)}</li>' for rule in _method(report))}</ul>",
        "</main></body></html>\n",
    ]
    return "".join(parts)


def _task(task: TaskReport, language: Language) -> str:
    words = WORDS[language]
    shown = percent(task.percent, language) if task.percent is not None else words["not_scored"]
    rows = "".join(_row(each, language) for each in task.criteria)
    head = "".join(
        f'<th scope="col"{" class=n" if name in ("points", "weight") else ""}>{words[name]}</th>'
        for name in ("criterion", "points", "weight", "reason")
    )
    lists = "".join(
        _list(words[name], items, words["none"]) for name, items in (("strengths", task.strengths), ("gaps", task.gaps))
    )
    return (
        f"<h2>{words['task']} {task.order}. {escape(task.title)}: {escape(shown)}</h2>"
        + "".join(f'<p class="soft">{escape(remark)}</p>' for remark in _remarks(task, language))
        + f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>{lists}'
    )


def _row(criterion: CriterionReport, language: Language) -> str:
    quotes = "".join(f"<blockquote>{escape(quote)}</blockquote>" for quote in criterion.quotes)
    return (
        f'<tr><th scope="row">{escape(criterion.title)}</th><td class="n">{escape(_points(criterion, language))}</td>'
        f'<td class="n">{figure(criterion.weight, language, 2)}</td><td>{escape(criterion.reason)}{quotes}</td></tr>'
    )


def _list(title: str, items: tuple[str, ...], none: str) -> str:
    rows = "".join(f"<li>{escape(item)}</li>" for item in items)
    return f"<h3>{title}</h3>" + (f"<ul>{rows}</ul>" if rows else f'<p class="soft">{none}</p>')


# ── both ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────
def _total(report: Report) -> str:
    words = WORDS[report.language]
    if report.total is not None:
        return f"{figure(report.total, report.language)} {words['of']} 100"
    return words["no_total"].format(scored=report.scored, criteria=report.criteria)


def _told(report: Report) -> Iterator[str]:
    """Who scored, when, and what could not be."""
    words, language = WORDS[report.language], report.language
    yield SCORED_BY[language][report.scored_by].capitalize() + "."
    if report.reason in REASONS[language]:
        yield REASONS[language][report.reason]
    if report.total is None and report.partial is not None:
        yield words["partial"].format(percent=percent(report.partial, language))
    yield words["made"].format(when=report.made_utc[:16].replace("T", " "), model=report.model)


def _remarks(task: TaskReport, language: Language) -> Iterator[str]:
    words = WORDS[language]
    if not task.answered:
        yield words["empty"]
    if task.ended_by == "expired":
        yield words["expired"]
    if task.late_s > 0:
        yield words["late"].format(seconds=figure(task.late_s, language))


def _method(report: Report) -> Iterator[str]:
    words = WORDS[report.language]
    if any(task.scored_by == "rules" and task.answered for task in report.tasks):
        yield from RULES[report.language]
    if any(task.scored_by == "model" for task in report.tasks):
        yield words["quote_rule"]
    yield words["total_rule"]


def _points(criterion: CriterionReport, language: Language) -> str:
    return WORDS[language]["not_scored"] if criterion.points is None else figure(criterion.points, language)
