"""Whom the contract suite examines: every provider that the registry finds, on each of its stages."""

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import tests.contract.stages
from bench.wire.plan import Plan
from providers import registry
from providers.base import Provider, Role
from tests.contract.staging import Stage, Staged


@dataclass(frozen=True, slots=True)
class Subject:
    """One provider on one stage, or without any."""

    role: Role
    name: str
    stage: Stage | None

    def __str__(self) -> str:
        variant = self.stage.variant if self.stage is not None else "undeclared"
        return "-".join(part for part in (self.role, self.name, variant.replace(" ", "_")) if part)

    @property
    def engine(self) -> type[Provider]:
        """Its class."""
        return registry.find(self.role, self.name)

    def staged(self, case: str) -> Staged:
        """What provokes the case; nothing for a provider without a stage."""
        return self.stage.cases[case] if self.stage is not None else Staged()

    def build(self, setting: Mapping[str, Any], case: str, plan: Plan | None = None) -> Provider:
        """The provider with the options of the stage and of the case. `plan`: what the wire server is to answer it."""
        staged = self.staged(case)
        way = setting
        if self.stage is not None and self.stage.reach is not None and plan is not None:
            way = self.stage.reach(setting, plan, staged.where)
        return registry.build(self.role, self.name, {**way, **staged.options})


def stages() -> list[Stage]:
    """All that the files in `stages/` declare."""
    found: list[Stage] = []
    for module in pkgutil.iter_modules(tests.contract.stages.__path__, "tests.contract.stages."):
        found += importlib.import_module(module.name).STAGES
    return found


def subjects() -> list[Subject]:
    """Every provider of every role, once for each of its stages, or once without."""
    declared = stages()
    found: list[Subject] = []
    for role, name in registered():
        own = [stage for stage in declared if (stage.role, stage.provider) == (role, name)]
        found += [Subject(role, name, stage) for stage in own or inherited(role, name, declared) or (None,)]
    return found


def inherited(role: Role, name: str, declared: list[Stage]) -> list[Stage]:
    """The stages over HTTP of the nearest class that the provider derives from: it speaks the same format."""
    for ancestor in registry.find(role, name).__mro__[1:]:
        for stage in declared:
            if (
                stage.role == role
                and stage.over_http
                and stage.heirs != frozenset()
                and registry.find(role, stage.provider) is ancestor
            ):
                return [heir(stage, name)]
    return []


def heir(stage: Stage, name: str) -> Stage:
    """The stage for a provider that derives from the one it was made for."""
    chosen = stage.cases.keys() if stage.heirs is None else stage.heirs & stage.cases.keys()
    rest = {case: f"the same code was examined as {stage.provider}" for case in stage.cases.keys() - chosen}
    cases = {case: without_model(stage.cases[case]) for case in stage.cases if case in chosen}
    return replace(stage, provider=name, cases=cases, not_applicable={**stage.not_applicable, **rest})


def without_model(staged: Staged) -> Staged:
    """Each provider has models of its own."""
    return replace(staged, options={name: value for name, value in staged.options.items() if name != "model"})


def registered() -> list[tuple[Role, str]]:
    """Role and name of every provider that the registry offers."""
    return [(cast(Role, role), str(each["name"])) for role, offered in registry.describe().items() for each in offered]
