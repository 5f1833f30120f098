"""One catalogue for everything the page says: both languages, nothing missing, nothing left over."""

import re

from bench.metrics.definitions import FIGURES
from bench.web.words import merged
from tests.house_rules.test_import_directions import ROOT

SOURCES = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "bench/web/static/page").glob("*.js")))
PAGE = re.sub(r"/\*.*?\*/", "", SOURCES, flags=re.DOTALL)
"""Without comments."""
COMPOSED = ("label_", "state_", "figure_", "owner_", "part_", "outcome_", "stratum_", "reason_", "problem_", "choice_", "section_",
            "role_", "key_", "th_", "tab_")  # fmt: skip
"""Beginnings of names that the page puts together."""


def test_every_word_is_there_in_both_languages() -> None:
    for name, words in merged().items():
        assert set(words) == {"en", "ru"}, name
        assert words["en"].strip(), name
        assert words["ru"].strip(), name
        assert set(re.findall(r"\{(\w+)\}", words["en"])) == set(re.findall(r"\{(\w+)\}", words["ru"])), name


def test_the_page_asks_for_no_word_that_is_not_there() -> None:
    asked = set(re.findall(r"\bt\(\"([a-z_A-Z-]+)\"", PAGE)) | set(re.findall(r"(?:\? |: )\"([a-z]+_[a-z_]+)\"\)", PAGE))
    known = set(merged())
    assert {word for word in asked if word not in known} == set()


def test_no_word_is_left_over() -> None:
    unused = [name for name in merged() if not name.startswith(COMPOSED) and f'"{name}"' not in PAGE and f"{name}_hint" not in merged()
              and not (name.endswith("_hint") and name.removesuffix("_hint") in merged()) and f"`{name}" not in PAGE]  # fmt: skip
    assert unused == []


def test_every_figure_has_its_name_on_the_page() -> None:
    words = merged()
    shown = set(re.findall(r"\"(\w+)\"", "".join(re.findall(r"const FIGURES = .*", PAGE))))
    assert {name for name in shown if name not in ("voice", "chat")} <= {figure.name for figure in FIGURES}
    assert all(f"figure_{name}" in words for name in shown if name not in ("voice", "chat"))
