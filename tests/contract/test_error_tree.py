"""The error tree: every leaf can speak to a person, and the drawing in the docstring shows them all."""

import ast
import inspect
import re
from pathlib import Path
from string import Formatter

import pytest

from providers import errors
from providers.errors import NetworkFailed, NotUsable, ProtocolBroken, ProviderError, Refused

TREE = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, ProviderError)]
LEAVES = [each for each in TREE if not each.__subclasses__()]
FACTS = {
    "what": "libespeak", "remedy": "make install", "variable": "OPENAI_API_KEY", "language": "Klingon",
    "retry_after": "3", "model": "gpt-1", "seconds": "10",
}  # fmt: skip
"""Every fact that a template may ask for."""


def asked(leaf: type[ProviderError]) -> set[str]:
    """The facts that a template names."""
    return {name for _, name, _, _ in Formatter().parse(leaf.template) if name}


@pytest.mark.parametrize("leaf", TREE, ids=lambda leaf: leaf.__name__)
def test_its_message_says_whom_it_concerns_and_nothing_of_the_cause(leaf: type[ProviderError]) -> None:
    facts = {name: FACTS[name] for name in asked(leaf) - {"provider"}}
    error = leaf("Some Vendor", "llm", cause="sk-secret-key", **facts)
    assert "Some Vendor" in error.public_message
    assert all(fact in error.public_message for fact in facts.values())
    assert "{" not in error.public_message
    assert "sk-secret-key" not in error.public_message
    assert "sk-secret-key" not in str(error)
    assert (error.stage, error.provider, error.code) == ("llm", "Some Vendor", leaf.code)


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.__name__)
def test_a_leaf_has_words_of_its_own(leaf: type[ProviderError]) -> None:
    assert "template" in vars(leaf)
    assert "code" in vars(leaf)
    assert re.sub(r"(?<!^)([A-Z])", r"_\1", leaf.__name__).lower() == leaf.code
    assert leaf.template.rstrip().endswith((".", "?", "}")), "a sentence"


def test_codes_are_unique() -> None:
    codes = [each.code for each in TREE]
    assert len(codes) == len(set(codes))


def test_the_drawing_shows_the_tree_as_it_is() -> None:
    drawn = set(re.findall(r"\b[A-Z][a-zA-Z]+\b", (errors.__doc__ or "").split("Each leaf")[0].split("\n\n", 1)[1]))
    assert drawn == {each.__name__ for each in TREE}
    for family in (NotUsable, Refused, NetworkFailed, ProtocolBroken):
        assert family.__subclasses__(), f"{family.__name__} is drawn with children"


def test_trying_again_helps_only_where_the_other_side_may_change_its_mind() -> None:
    helps = {each.code for each in LEAVES if each.retryable}
    assert helps == {
        "rate_limited", "service_failed", "name_not_found", "connection_refused", "connection_cut", "ended_early",
        "stage_timed_out", "engine_crashed",
    }  # fmt: skip


def test_every_raise_in_the_providers_gives_its_template_what_it_asks_for() -> None:
    """Reads the source: a leaf that is raised by name has all its facts as keywords."""
    folder = Path(inspect.getfile(errors)).parent
    known = {each.__name__: each for each in TREE}
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in known):
                continue
            given = {keyword.arg for keyword in node.keywords}
            lacking = asked(known[node.func.id]) - {"provider"} - given
            assert None in given or not lacking, f"{path.name}:{node.lineno} lacks {lacking}"
