"""Whom the contract suite examines: every provider that the registry finds, on each of its stages."""

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import tests.contract.stages
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

    def build(self, setting: Mapping[str, Any], case: str) -> Provider:
        """The provider with the options of the stage and of the case."""
        return registry.build(self.role, self.name, {**setting, **self.staged(case).options})


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
        found += [Subject(role, name, stage) for stage in own or (None,)]
    return found


def registered() -> list[tuple[Role, str]]:
    """Role and name of every provider that the registry offers."""
    return [(cast(Role, role), str(each["name"])) for role, offered in registry.describe().items() for each in offered]
