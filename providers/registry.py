"""Finds the providers: every file of this folder is looked at, so a new file is a new provider and nothing else changes."""

import importlib
import inspect
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, cast, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from providers.base import Options, Provider, Role

PACKAGE = "providers"
ROLES: tuple[Role, ...] = get_args(Role)
FAULTS = (ImportError, SyntaxError, NameError, AttributeError, TypeError, ValueError, LookupError, OSError, RuntimeError,
          AssertionError, ArithmeticError)  # fmt: skip
"""What a faulty file raises while it is imported. One bad file must not take the others along."""


# ── what can go wrong ────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One setting that was not accepted."""

    path: str
    """Where it is within the options, such as `voice`."""
    message: str
    """What is wrong, in plain words; never the value itself."""
    allowed: str
    """What would be accepted, such as `80 … 450 words/min`; empty when it cannot be said shortly."""


class RegistryError(Exception):
    """A provider could not be found or built."""


class UnknownProvider(RegistryError):
    """No provider of that name in that role."""

    def __init__(self, role: str, name: str, known: tuple[str, ...], broken: str = "") -> None:
        """`broken`: why the file that would have it could not be read, when that is known."""
        self.role = role
        self.name = name
        self.known = known
        because = f" Not everything could be read: {broken}" if broken else ""
        super().__init__(f"There is no {role} provider called '{name}'. Known: {', '.join(known) or 'none'}.{because}")


class OptionsRefused(RegistryError):
    """The options do not fit the provider."""

    def __init__(self, role: str, name: str, fields: tuple[FieldProblem, ...]) -> None:
        self.role = role
        self.name = name
        self.fields = fields
        told = "; ".join(f"{problem.path or 'options'}: {problem.message}" for problem in fields)
        super().__init__(f"The settings of {name} ({role}) are not right: {told}")


# ── the catalogue ────────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class BrokenFile:
    """A file of the folder, or a class in it, that could not be used."""

    file: str
    """Its name."""
    reason: str
    """What is wrong with it: for the log and for whoever wrote it."""

    def __str__(self) -> str:
        return f"{self.file} cannot be used: {self.reason}"


def catalogue(package: str = PACKAGE) -> dict[Role, dict[str, type[Provider]]]:
    """Role → name → class, in alphabetical order, every role present.

    Reads the folder anew; files that were imported before are not run again. A broken file is left out, see `problems`.
    """
    return _read(package)[0]


def problems(package: str = PACKAGE) -> tuple[BrokenFile, ...]:
    """What `catalogue` had to leave out, and why."""
    return _read(package)[1]


def _read(package: str) -> tuple[dict[Role, dict[str, type[Provider]]], tuple[BrokenFile, ...]]:
    importlib.invalidate_caches()  # a file may have been dropped in a moment ago
    found: dict[Role, dict[str, type[Provider]]] = {role: {} for role in ROLES}
    broken: list[BrokenFile] = []
    for entry in sorted(pkgutil.iter_modules(importlib.import_module(package).__path__), key=lambda entry: entry.name):
        if entry.ispkg:
            continue
        try:
            module = importlib.import_module(f"{package}.{entry.name}")
        except FAULTS as fault:
            broken.append(BrokenFile(f"{entry.name}.py", f"{type(fault).__name__}: {fault}"))
            continue
        for cls in _concrete(module):
            reason = _objection(cls, found)
            if reason:
                broken.append(BrokenFile(f"{entry.name}.py", f"{cls.__name__}: {reason}"))
            else:
                found[cls.role][cls.name] = cls
    return {role: dict(sorted(classes.items())) for role, classes in found.items()}, tuple(broken)


def find(role: str, name: str) -> type[Provider]:
    """The class of a provider. Raises `UnknownProvider`, which lists the known ones of the role."""
    found, broken = _read(PACKAGE)
    classes = found.get(cast(Role, role), {})
    if name not in classes:
        raise UnknownProvider(role, name, tuple(classes), "; ".join(map(str, broken)))
    return classes[name]


def check(role: str, name: str, options: Mapping[str, Any]) -> Options:
    """The options as the provider's own model. Raises `UnknownProvider`, `OptionsRefused`; imports no engine."""
    model = find(role, name).Options
    try:
        return model.model_validate(dict(options))
    except ValidationError as refusal:
        schema = model.model_json_schema()
        raise OptionsRefused(role, name, tuple(_problem(error, schema) for error in refusal.errors())) from None


def build(role: str, name: str, options: Mapping[str, Any]) -> Provider:
    """A provider, not warmed up. Raises `UnknownProvider`, `OptionsRefused`; a missing engine shows when it is used."""
    return find(role, name)(check(role, name, options))


def describe() -> dict[str, list[dict[str, Any]]]:
    """Role → providers in the shape `ProviderInfo` of docs/page-protocol.md."""
    return {role: [_info(cls) for cls in classes.values()] for role, classes in catalogue().items()}


def _info(cls: type[Provider]) -> dict[str, Any]:
    missing = cls.missing()
    return {
        "name": cls.name,
        "title": cls.title,
        "labels": list(cls.capabilities.labels),
        "languages": list(cls.capabilities.languages),
        "schema": cls.Options.model_json_schema(),
        "missing": {"what": missing.what, "remedy": missing.remedy} if missing else None,
    }


# ── looking at a file ────────────────────────────────────────────────────────────────────────────────────────────────────
def _concrete(module: ModuleType) -> list[type[Provider]]:
    """The provider classes that a module defines itself."""
    return [
        cls
        for name, cls in vars(module).items()
        if inspect.isclass(cls)
        and issubclass(cls, Provider)
        and cls.__module__ == module.__name__
        and not inspect.isabstract(cls)
        and not name.startswith("_")
        and module.__name__ != Provider.__module__
    ]


def _objection(cls: type[Provider], found: Mapping[Role, Mapping[str, type[Provider]]]) -> str:
    """Why a class cannot be offered, or nothing."""
    lacking = [word for word in ("name", "title", "role") if not isinstance(getattr(cls, word, None), str)]
    if lacking:
        return f"sets no {', '.join(lacking)}"
    if cls.role not in found:
        return f"role '{cls.role}' is none of {', '.join(ROLES)}"
    if cls.name in found[cls.role]:
        return f"another {cls.role} provider is called '{cls.name}' too ({found[cls.role][cls.name].__module__})"
    return ""


# ── what is wrong with an option ─────────────────────────────────────────────────────────────────────────────────────────
def _problem(error: ErrorDetails, schema: dict[str, Any]) -> FieldProblem:
    path = ".".join(map(str, error["loc"]))
    if error["type"] == "extra_forbidden":
        return FieldProblem(path, "There is no such setting.", ", ".join(schema.get("properties", {})))
    field_schema = schema.get("properties", {}).get(error["loc"][0] if error["loc"] else "", {})
    message = "This setting is needed." if error["type"] == "missing" else f"{error['msg']}."
    return FieldProblem(path, message, _allowed(field_schema))


def _allowed(schema: dict[str, Any]) -> str:
    """The values that a field of a JSON schema takes, in a few words."""
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    if schema.get("type") == "boolean":
        return "true, false"
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if low is not None or high is not None:
        bounds = (
            f"{low} … {high}"
            if low is not None and high is not None
            else f"{low} or more"
            if high is None
            else f"{high} or less"
        )
        return f"{bounds} {schema.get('unit', '')}".strip()
    if schema.get("type") == "string":
        longest, pattern = schema.get("maxLength"), schema.get("pattern")
        return ", ".join([f"up to {longest} characters"] * bool(longest) + [f"matching {pattern}"] * bool(pattern))
    return {"integer": "a whole number", "number": "a number"}.get(schema.get("type", ""), "")
