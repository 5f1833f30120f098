"""The report for people: one file, nothing runs, nothing that somebody wrote becomes markup, both languages, light and dark."""

import re
from html.parser import HTMLParser

import pytest

from bench.scenarios.report import CriterionReport, Report, TaskReport
from bench.scenarios.report_page import html, markdown
from bench.scenarios.rule_score import RULES

EVIL = "<script>alert(1)</script> <img src=x onerror=alert(1)> \"'&amp; | **b** [l](javascript:x) `c` </style>\n# h\n- x\n> q"


def report(text: str = "Plain", language: str = "en", points: float | None = 3.5, **changes: object) -> Report:
    criteria = (
        CriterionReport(criterion="a", title=text, weight=1, points=points, reason=text, quotes=(text, "second quote")),
        CriterionReport(criterion="b", title="Other", weight=2.5, points=5, reason="All there.", quotes=()),
    )
    task = TaskReport(task_id=1, order=1, title=text, ended_by="expired", late_s=1.25, answered=True, scored_by="model",
                      criteria=criteria, strengths=(text,), gaps=(), percent=None if points is None else 91.4)  # fmt: skip
    data = {
        "trial": "t", "profession_id": 7, "profession": text, "language": language, "made_utc": "2030-01-02T03:04:05.678+00:00",
        "model": text, "scored_by": "model", "reason": "incomplete" if points is None else "", "tasks": (task,),
        "total": None if points is None else 91.4, "scored": 1 if points is None else 2, "criteria": 2, "partial": 100, "summary": text,
    }  # fmt: skip
    return Report.model_validate(data | changes)


class Page(HTMLParser):
    """Tags, attributes and text of a page; fails on a tag that is closed by another."""

    VOID = {"meta", "rect"}

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.names: set[str] = set()
        self.text = ""
        self.open: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.names |= {name for name, _ in attrs}
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.names |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.text += data


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("points", [0.0, 3.5, None])
def test_the_page_is_well_formed_and_complete(language: str, points: float | None) -> None:
    page = Page(html(report("Weather", language, points)))
    assert {"svg", "table", "blockquote", "title"} <= set(page.tags)
    for word in ("Weather", "second quote", "All there."):
        assert word in page.text
    shown = (
        {"en": "91.4 of 100", "ru": "91,4 из 100"}[language]
        if points is not None
        else {"en": "No total", "ru": "Итога нет"}[language]
    )
    assert shown in page.text
    assert shown in markdown(report("Weather", language, points)).replace("\\", "")
    assert {"en": "Received 1.2 s after", "ru": "через 1,2 с"}[language] in page.text


def test_nothing_that_somebody_wrote_becomes_markup() -> None:
    plain, evil = Page(html(report())), Page(html(report(EVIL)))
    assert plain.tags == evil.tags
    assert plain.names == evil.names
    assert not {name for name in evil.names if name.startswith("on") or name in ("src", "href")}
    assert "script" not in evil.tags
    assert "<script>alert(1)</script>" in evil.text
    assert "default-src 'none'" in html(report(EVIL))


def test_nothing_that_somebody_wrote_becomes_markdown() -> None:
    lines, evil = markdown(report()).splitlines(), markdown(report(EVIL)).splitlines()
    assert len(lines) == len(evil)
    for line, other in zip(lines, evil, strict=True):
        assert re.match(r"[#>|*-]*", line)[0] == re.match(r"[#>|*-]*", other)[0]  # type: ignore[index]
        assert len(re.findall(r"(?<!\\)\|", line)) == len(re.findall(r"(?<!\\)\|", other))
    for sign in "<`[]":
        assert not re.search(rf"(?<!\\){re.escape(sign)}", "\n".join(evil))


@pytest.mark.parametrize("start", ["- x", "+ x", "1. x", "12) x", "# x", "> x", "===", "---"])
def test_a_text_does_not_begin_a_list_or_heading(start: str) -> None:
    text = markdown(report(summary=start))
    assert f"\n{start}\n" not in text
    sign = next(sign for sign in start if not sign.isdigit())
    assert f"\n{start.replace(sign, chr(92) + sign, 1)}\n" in text


def test_the_picture_has_a_bar_for_each_criterion_and_tells_what_was_not_scored() -> None:
    page = html(report(points=None))
    assert page.count('class="bar"') == 1
    assert page.count('class="none"') == 1
    assert page.count("not scored") >= 3
    assert 'width="380"' in page
    assert 'role="img" aria-label="Points by criterion"' in page


def test_light_dark_and_alone() -> None:
    page = html(report())
    assert "prefers-color-scheme:dark" in page
    assert "http" not in page.replace("http-equiv", "")
    assert "url(" not in page
    assert "@import" not in page


def test_the_rules_are_printed_with_what_they_scored() -> None:
    task = report().tasks[0].model_copy(update={"scored_by": "rules"})
    text = html(report(tasks=(task,), scored_by="rules"))
    assert all(rule.split(":")[0][:20] in text for rule in RULES["en"])
    assert RULES["en"][0][:20] not in html(report())
