"""One catalogue for everything the page says: both languages, nothing missing, nothing left over."""

import re

from bench.metrics.definitions import FIGURES
from bench.web.words import merged
from providers.errors import ProviderError
from tests.house_rules.test_import_directions import ROOT

SCRIPTS = [path for folder in ("page", "tasks") for path in sorted((ROOT / "bench/web/static" / folder).glob("*.js"))]
SOURCES = "".join(path.read_text(encoding="utf-8") for path in SCRIPTS)
PAGE = re.sub(r"/\*.*?\*/", "", SOURCES, flags=re.DOTALL)
"""Without comments."""
COMPOSED = ("label_", "state_", "figure_", "owner_", "part_", "outcome_", "stratum_", "reason_", "problem_", "choice_", "section_",
            "role_", "key_", "th_", "tab_", "cost_", "vendor_", "count_", "task_because_", "task_step_", "task_waiting_")  # fmt: skip
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


def leaves(cls: type[ProviderError] = ProviderError) -> set[type[ProviderError]]:
    return {cls}.union(*(leaves(child) for child in cls.__subclasses__() if child.__module__ == ProviderError.__module__))


def test_every_provider_error_has_its_words_with_its_facts() -> None:
    words = merged()
    for leaf in leaves():
        assert words[f"problem_{leaf.code}"]["en"] == leaf.template, leaf.code


def test_every_ending_with_a_message_has_its_words() -> None:
    source = (ROOT / "bench/turn/failure.py").read_text(encoding="utf-8")
    codes = set(re.findall(r'"failed",\s*"\w*",\s*"(\w+)"', source))
    assert {"player_silent", "internal_error", "tool_not_offered"} <= codes
    assert all(f"problem_{code}" in merged() for code in codes)
