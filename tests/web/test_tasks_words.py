"""Every refusal of the task simulation has its words in both languages, with the facts that fill them."""

import re

from bench.events.migrations import StoreError
from bench.scenarios.trial_errors import TrialError
from bench.web import tasks_words
from bench.web.tasks_problems import TRIAL_STATUS, TasksProblem, problem_body
from bench.web.words import merged

KEPT_FROM_ROUTES = {"database_too_new", "process_id_taken", "events_lost", "events_unencodable"}
"""Refusals that come before the first request or after the last one."""


def leaves(cls: type) -> set[type]:
    return {cls}.union(*(leaves(child) for child in cls.__subclasses__() if child.__module__ == cls.__module__))


def test_each_code_has_its_words() -> None:
    words = merged()
    for leaf in [*leaves(TasksProblem), *leaves(TrialError) - {TrialError}]:
        assert words[f"problem_{leaf.code}"]["en"] == leaf.template, leaf.code
        assert set(re.findall(r"\{(\w+)\}", words[f"problem_{leaf.code}"]["ru"])) == set(
            re.findall(r"\{(\w+)\}", leaf.template)
        )
    for leaf in leaves(StoreError):
        if leaf.code not in KEPT_FROM_ROUTES and leaf.__module__ == StoreError.__module__:
            assert f"problem_{leaf.code}" in words, leaf.code
    for code, told in tasks_words._MESSAGES.items():
        assert words[f"problem_{code}"]["en"] == told, code


def test_each_refusal_of_a_trial_has_a_status() -> None:
    assert {leaf.code for leaf in leaves(TrialError) - {TrialError}} == set(TRIAL_STATUS)


def test_what_a_disk_says_never_reaches_the_page() -> None:
    status, body = problem_body(StoreError(cause="/private/path"))
    assert status == 503
    assert "/private/path" not in str(body)
    assert body["remedy"]
