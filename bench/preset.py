"""Presets: one YAML file is one ready-made configuration, with a title in both languages. No secrets.

    title: {en: …, ru: …}
    description: {en: …, ru: …}
    configuration: {listening: …, understanding: …, thinking: …, speaking: …, limits: …}

Every mistake is reported at once, each with its line, what is wrong, and what would be allowed.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from bench.configuration import Configuration
from providers import registry

SHIPPED = Path(__file__).parent.parent / "presets"
DEFAULT = "embedded"


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a preset or configuration."""

    path: str
    """Dotted path: `listening.pause_ms`."""
    message: str
    """What is wrong."""
    allowed: str = ""
    """What would be right, or empty."""
    line: int | None = None
    """Line in the file, from 1."""

    def __str__(self) -> str:
        line = f"line {self.line}: " if self.line else ""
        return f"{line}{self.path or 'file'}: {self.message}" + (f" Allowed: {self.allowed}." if self.allowed else "")


class PresetError(Exception):
    """A preset cannot be used; `problems` says why."""

    def __init__(self, source: str, problems: list[Problem]) -> None:
        self.source = source
        self.problems = problems
        super().__init__(f"{source}: " + "; ".join(str(problem) for problem in problems))


class Words(BaseModel):
    """A text in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    en: str
    ru: str


class Preset(BaseModel):
    """A ready-made configuration."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    title: Words
    description: Words = Words(en="", ru="")
    configuration: Configuration = Configuration()


def load(path: Path) -> Preset:
    """Read and check a preset file. Raises `PresetError`, also for a file that cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PresetError(path.name, [Problem("", f"cannot be read ({type(error).__name__})")]) from error
    return parse(text, path.name)


def parse(text: str, source: str) -> Preset:
    """Check a preset's YAML text. Raises `PresetError` with a line for each problem."""
    try:
        node = cast("yaml.Node | None", yaml.compose(text, Loader=yaml.SafeLoader))
        data: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else None
        raise PresetError(source, [Problem("", "is not valid YAML", "see presets/embedded.yaml", line)]) from error
    if not isinstance(data, dict):
        raise PresetError(source, [Problem("", "is empty or not a mapping", "title, description, configuration", 1)])
    lines = dict(_lines(node, ()))
    problems = check_shape(Preset, data)
    if not problems:
        problems = [
            Problem(f"configuration.{each.path}", each.message, each.allowed)
            for each in check_providers(Preset.model_validate(data).configuration)
        ]
    if problems:
        raise PresetError(source, [_at_line(problem, lines) for problem in problems])
    return Preset.model_validate(data)


def check_shape(model: type[BaseModel], data: Any) -> list[Problem]:
    """What is wrong with plain data by a pydantic model: unknown keys, types, ranges."""
    try:
        model.model_validate(data)
    except ValidationError as error:
        return [_explain(dict(each), model) for each in error.errors(include_url=False, include_input=True)]
    return []


def check_providers(configuration: Configuration) -> list[Problem]:
    """What is wrong with the chosen providers: unknown names, options that they do not take."""
    places = {"vad": "listening.vad", "stt": "understanding.stt", "chat": "thinking.chat", "tts": "speaking.tts"}
    problems: list[Problem] = []
    for role, choice in configuration.choices().items():
        known = registry.catalogue().get(role, {})
        provider = known.get(choice.provider)
        if provider is None:
            names = ", ".join(sorted(known))
            problems.append(Problem(f"{places[role]}.provider", f"there is no provider '{choice.provider}'", names))
            continue
        for each in check_shape(provider.Options, choice.options):
            path = f"{places[role]}.options" + (f".{each.path}" if each.path else "")
            problems.append(Problem(path, each.message, each.allowed))
    return problems


def check(data: Any) -> Configuration:
    """A whole configuration as plain data. Raises `PresetError` without lines."""
    problems = check_shape(Configuration, data)
    if not problems:
        problems = check_providers(Configuration.model_validate(data))
    if problems:
        raise PresetError("configuration", problems)
    return Configuration.model_validate(data)


def dump(preset: Preset) -> str:
    """The preset as YAML, defaults included."""
    return yaml.safe_dump(preset.model_dump(mode="json"), allow_unicode=True, sort_keys=False, width=120)


class Presets:
    """The shipped presets and the user's own, by id (the file's name without its ending)."""

    def __init__(self, own: Path | None = None) -> None:
        self._own = own

    def ids(self) -> list[str]:
        """Shipped ones first, the default first of all; then the user's own."""
        shipped = sorted(SHIPPED.glob("*.yaml"), key=lambda path: (path.stem != DEFAULT, path.stem))
        return [path.stem for path in [*shipped, *self._own_files()]]

    def is_own(self, id: str) -> bool:
        """Saved by the user, so it can be overwritten and deleted."""
        return not (SHIPPED / f"{id}.yaml").exists()

    def get(self, id: str) -> Preset:
        """Raises `PresetError`, also for an id that does not exist."""
        path = self._path(id)
        if path is None:
            close = difflib.get_close_matches(id, self.ids(), 3) or self.ids()
            raise PresetError(id, [Problem("", "there is no such preset", ", ".join(close))])
        return load(path)

    def save(self, title: str, configuration: Configuration, overwrite: str = "") -> str:
        """Save as the user's own; returns the id. `overwrite` names one of the user's own to replace."""
        if self._own is None:
            raise PresetError(title, [Problem("", "there is no place to save presets")])
        id = overwrite if overwrite and self.is_own(overwrite) and self._path(overwrite) else self._free_id(title)
        self._own.mkdir(parents=True, exist_ok=True)
        text = dump(Preset(title=Words(en=title, ru=title), configuration=configuration))
        draft = self._own / f".{id}.draft"
        draft.write_text(text, encoding="utf-8")
        draft.replace(self._own / f"{id}.yaml")
        return id

    def delete(self, id: str) -> None:
        """Only the user's own; an unknown one is no error."""
        if self._own is not None and self.is_own(id) and re.fullmatch(r"[\w-]+", id):
            (self._own / f"{id}.yaml").unlink(missing_ok=True)

    def _own_files(self) -> list[Path]:
        return sorted(self._own.glob("*.yaml")) if self._own is not None and self._own.is_dir() else []

    def _path(self, id: str) -> Path | None:
        if not re.fullmatch(r"[\w-]+", id):
            return None
        places = [SHIPPED, *([self._own] if self._own is not None else [])]
        return next((path for place in places if (path := place / f"{id}.yaml").exists()), None)

    def _free_id(self, title: str) -> str:
        stem = re.sub(r"[^\w]+", "-", title.lower()).strip("-")[:60] or "preset"
        taken = set(self.ids())
        return next(name for n in range(len(taken) + 2) if (name := stem if n == 0 else f"{stem}-{n + 1}") not in taken)


def _lines(node: yaml.Node | None, path: tuple[str, ...]) -> Iterable[tuple[tuple[str, ...], int]]:
    """Each path of the YAML tree with its line, from 1."""
    if node is None:
        return
    yield path, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*path, str(key.value)), key.start_mark.line + 1
            yield from (
                (each, line) for each, line in _lines(value, (*path, str(key.value))) if each != (*path, str(key.value))
            )
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _lines(value, (*path, str(index)))


def _at_line(problem: Problem, lines: dict[tuple[str, ...], int]) -> Problem:
    """The problem with the line of its path, or of the nearest part above it that is in the file."""
    path = tuple(problem.path.split(".")) if problem.path else ()
    while path and path not in lines:
        path = path[:-1]
    return Problem(problem.path, problem.message, problem.allowed, lines.get(path, 1))


_LIMITS = {"ge": "at least {}", "gt": "more than {}", "le": "at most {}", "lt": "less than {}"}


def _explain(error: dict[str, Any], model: type[BaseModel]) -> Problem:
    """A pydantic error in plain words, with what would be allowed."""
    path = [str(part) for part in error["loc"]]
    kind, context = str(error["type"]), cast("dict[str, Any]", error.get("ctx", {}))
    if kind == "extra_forbidden":
        owner = _model_at(model, path[:-1])
        known = ", ".join(owner.model_fields) if owner is not None and owner.model_fields else "no options"
        close = difflib.get_close_matches(path[-1], owner.model_fields if owner else [], 1)
        hint = f"unknown key '{path[-1]}'" + (f", did you mean '{close[0]}'?" if close else "")
        return Problem(".".join(path), hint, known)
    limits = [text.format(context[key]) for key, text in _LIMITS.items() if key in context]
    field = _field_limits(model, path)
    given = repr(error.get("input"))
    given = given if len(given) <= 60 else f"{given[:57]}…"
    if kind == "value_error":  # a check of the provider's own, with words of its own; what was given may hold a secret
        return Problem(".".join(path), str(context.get("error", error["msg"])), field or ", ".join(limits))
    message = "is missing" if kind == "missing" else f"{given} is not allowed: {str(error['msg']).lower()}"
    return Problem(".".join(path), message, field or ", ".join(limits) or str(context.get("expected", "")))


def _model_at(model: type[BaseModel], path: list[str]) -> type[BaseModel] | None:
    for part in path:
        field = model.model_fields.get(part)
        annotation = field.annotation if field is not None else None
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return None
        model = annotation
    return model


def _field_limits(model: type[BaseModel], path: list[str]) -> str:
    """The range of a field, from its own metadata: '50 to 5000 ms'."""
    owner = _model_at(model, path[:-1])
    field = owner.model_fields.get(path[-1]) if owner is not None else None
    if field is None:
        return ""
    low = next((v for m in field.metadata for a in ("ge", "gt") if (v := getattr(m, a, None)) is not None), None)
    high = next((v for m in field.metadata for a in ("le", "lt") if (v := getattr(m, a, None)) is not None), None)
    extra = field.json_schema_extra
    unit = f" {extra['unit']}" if isinstance(extra, dict) and extra.get("unit") else ""
    return f"{low} to {high}{unit}" if low is not None and high is not None else ""
