"""Whose key goes where: to its own vendor, to the address that this machine's admin has set, and to nobody else."""

import asyncio
import hashlib
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from bench.wire.plan import Fault, Plan
from providers import registry
from providers.base import Provider, Role, Wire
from providers.errors import KeyMissing, KeyRejected
from tests.contract.drivers import DRIVERS
from tests.contract.examination import ERROR_STAGES, own_plan
from tests.contract.subjects import Subject, subjects
from tests.contract.wire_stages import FAST, SPEECH, talkers

KEY = "cnry-1f7c/A+b=0"
"""Of a form that no vendor gives out."""
ADMINS = {
    "OPENAI_API_KEY": ("OPENAI_BASE_URL", "Bearer "),
    "GOOGLE_API_KEY": ("GOOGLE_GEMINI_BASE_URL", ""),
    "OPENAI_COMPATIBLE_API_KEY": ("OPENAI_COMPATIBLE_BASE_URL", "Bearer "),
}
"""Variable of the key → variable with which the admin moves the vendor elsewhere, and what stands before the key."""
VARIABLES = (*ADMINS, "GROQ_API_KEY", "OPENROUTER_API_KEY", "GEMINI_API_KEY")
Settings = Callable[[Subject], Mapping[str, Any]]


def first_stages() -> list[Subject]:
    """Every provider over HTTP once."""
    found = {(each.role, each.name): each for each in reversed(subjects()) if each.stage is not None and each.stage.over_http}
    return list(found.values())


OVER_HTTP = first_stages()
WITH_KEY = [each for each in OVER_HTTP if each.engine.key_variable]
MOVABLE = [each for each in WITH_KEY if each.engine.key_variable in ADMINS]
CHECKED = [each for each in WITH_KEY if each.name != "openrouter"]
"""OpenRouter is asked at an address of its own that OpenAI's format does not have."""
MUST_HAVE_KEY = [each for each in WITH_KEY if each.engine.key_variable != "OPENAI_COMPATIBLE_API_KEY"]


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """A machine without any key and without `.env`."""
    monkeypatch.chdir(tmp_path)
    for variable in (*VARIABLES, *(moved for moved, _ in ADMINS.values())):
        monkeypatch.delenv(variable, raising=False)


def plan_for(role: Role) -> Plan:
    """A plan that nobody else uses."""
    return own_plan(SPEECH if role == "tts" else FAST, 0)


def options(subject: Subject, base_url: str = "") -> dict[str, Any]:
    """Those of the subject's stage, at that address or at the usual one."""
    told = dict(subject.staged("happy").options)
    return told | ({"base_url": base_url} if base_url else {})


async def sent(subject: Subject, provider: Provider, server: Any, plan: Plan) -> set[str | None]:
    """Hashes of what went along as the key with the requests of one use."""
    try:
        await provider.warm_up()
        await DRIVERS[subject.role].run(provider, Wire(time.monotonic_ns, lambda instant: None), [])
    finally:
        await provider.close()
    requests = await asyncio.to_thread(server.requests, plan)
    assert requests, "nothing was asked"
    return {each.authorization_sha256 for each in requests}


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("key_of", MOVABLE, ids=str)
async def test_the_admins_address_gets_the_key(key_of: Subject, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    variable = key_of.engine.key_variable
    moved, before = ADMINS[variable]
    server, plan = settings(key_of)["talkers"].server, plan_for(key_of.role)
    monkeypatch.setenv(variable, KEY)
    monkeypatch.setenv(moved, server.base_url(plan))
    provider = registry.build(key_of.role, key_of.name, options(key_of))
    assert await sent(key_of, provider, server, plan) == {sha256(before + KEY)}


@pytest.mark.parametrize("key_of", WITH_KEY, ids=str)
async def test_an_address_in_the_options_gets_no_key(
    key_of: Subject, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though the key is there; and though the admin has moved the vendor to another port of the same computer."""
    variable = key_of.engine.key_variable
    there = settings(key_of)["talkers"]
    monkeypatch.setenv(variable, KEY)
    if variable in ADMINS:
        monkeypatch.setenv(ADMINS[variable][0], f"http://127.0.0.1:{there.nobody}")
    plan = plan_for(key_of.role)
    provider = registry.build(key_of.role, key_of.name, options(key_of, there.server.base_url(plan)))
    hashes = await sent(key_of, provider, there.server, plan)
    assert not hashes & {sha256(KEY), sha256(f"Bearer {KEY}")}
    assert hashes <= {sha256("no-key"), sha256("Bearer no-key"), None}


@pytest.mark.parametrize("key_of", MUST_HAVE_KEY, ids=str)
async def test_without_a_key_nothing_is_asked_of_the_vendor(key_of: Subject) -> None:
    assert key_of.engine.missing() is not None
    assert key_of.engine.key_variable in key_of.engine.missing().what
    provider = registry.build(key_of.role, key_of.name, options(key_of))
    instants: list[Any] = []
    with pytest.raises(KeyMissing) as caught:
        await DRIVERS[key_of.role].run(provider, Wire(time.monotonic_ns, instants.append), [])
    await provider.close()
    assert instants == []
    assert caught.value.stage == ERROR_STAGES[key_of.role]
    assert key_of.engine.key_variable in caught.value.public_message


@pytest.mark.parametrize("key_of", CHECKED, ids=str)
async def test_a_key_is_checked(key_of: Subject, settings: Settings) -> None:
    """It says nothing to a good one and `KeyRejected` to a wrong one."""
    server, plan = settings(key_of)["talkers"].server, plan_for(key_of.role)
    good = registry.build(key_of.role, key_of.name, options(key_of, server.base_url(plan)))
    refused = plan.model_copy(update={"fault": Fault(kind="status", status=401)})
    wrong = registry.build(key_of.role, key_of.name, options(key_of, server.base_url(refused)))
    try:
        await good.check_key()
        with pytest.raises(KeyRejected) as caught:
            await wrong.check_key()
    finally:
        await good.close()
        await wrong.close()
    assert caught.value.facts["variable"] == key_of.engine.key_variable
    assert caught.value.stage == ERROR_STAGES[key_of.role]


def test_every_provider_with_a_key_is_examined() -> None:
    """None is left out because it has no wire server."""
    keyed = {(role, each["name"]) for role, offered in registry.describe().items() for each in offered
             if registry.find(role, str(each["name"])).key_variable}  # fmt: skip
    assert keyed == {(each.role, each.name) for each in WITH_KEY}
    assert talkers("openai") is talkers("openai"), "started once"
