"""Reading and writing a profession's YAML. Every mistake comes with its line, what is wrong, and what would be allowed.

A file may come from a stranger: its size, depth and expansion are bounded before anything is built of it, and nothing in it
can name a Python type.
"""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import yaml
from pydantic import BaseModel, ValidationError

from bench.scenarios.profession import Criterion, Profession, Signs, Task, Text, Title

LARGEST_BYTES = 1_000_000
"""Some twenty times the shipped ones."""
_DEEPEST = 24
_MOST_NODES = 40_000
"""Values in the file once its aliases are written out: the shipped ones have about 600."""
_MOST_PROBLEMS = 20
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where PyYAML was built with it: some ten times faster."""

_Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a profession."""

    path: str
    """Dotted path: `tasks.0.time_limit_minutes`; empty: the whole file."""
    message: str
    """What is wrong."""
    allowed: str = ""
    """What would be right, or empty."""
    line: int | None = None
    """Line in the file, from 1; None: it did not come from a file."""

    def __str__(self) -> str:
        line = f"line {self.line}: " if self.line else ""
        return f"{line}{_place(self.path)}: {self.message}" + (f" Allowed: {self.allowed}." if self.allowed else "")


class ProfessionError(Exception):
    """A profession cannot be used; `problems` says why."""

    def __init__(self, source: str, problems: list[Problem]) -> None:
        self.source = source
        self.problems = problems
        super().__init__(f"{source}: " + "; ".join(str(problem) for problem in problems))


def _place(path: str) -> str:
    """`tasks.0.criteria.1.weight` as people count: task 1, criterion 2, weight."""
    names = {"tasks": "task", "criteria": "criterion"}
    parts = path.split(".")
    numbered = [
        f"{names.get(before, before)} {int(part) + 1}" if part.isdigit() else part
        for before, part in zip(["", *parts], parts, strict=False)
    ]
    kept = [word for word, after in zip(numbered, [*parts[1:], ""], strict=True) if not after.isdigit()]
    return ", ".join(kept) or "file"


def read(content: bytes | str, source: str) -> Profession:
    """A profession from the content of a file. Raises `ProfessionError` with a line for each problem."""
    data, lines = tree(content, source)
    return check(data, source, lines)


def check(data: Any, source: str, lines: dict[_Path, int] | None = None) -> Profession:
    """A profession from plain data. Raises `ProfessionError`, with lines if they are known."""
    try:
        return Profession.model_validate(data)
    except ValidationError as error:
        found = [cast("dict[str, Any]", each) for each in error.errors(include_url=False)]
    problems = [
        Problem(".".join(map(str, path)), message, allowed, _line(path, lines))
        for each in found
        if not _is_echo(each, found)
        for path, message, allowed in _explain(each)
    ]
    problems.sort(key=lambda problem: problem.line or 0)
    if len(problems) > _MOST_PROBLEMS:
        problems = [*problems[:_MOST_PROBLEMS], Problem("", f"and {len(problems) - _MOST_PROBLEMS} more mistakes")]
    raise ProfessionError(source, problems)


def tree(content: bytes | str, source: str) -> tuple[dict[str, Any], dict[_Path, int]]:
    """Plain data and the line of each path, unchecked. Raises `ProfessionError` for what is not a bounded YAML mapping."""
    text = _decoded(content, source)
    builder = _Builder(source)
    try:
        _bound(text, source)
        data = builder.build(cast("yaml.Node | None", yaml.compose(text, Loader=_LOADER)), ())
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else None
        detail = getattr(error, "problem", None) or "it holds characters that YAML does not allow"
        raise ProfessionError(
            source, [Problem("", f"is not valid YAML: {detail}", "see a shipped profession", line)]
        ) from error
    if not isinstance(data, dict):
        allowed = ", ".join(Profession.model_fields)
        raise ProfessionError(source, [Problem("", "is empty or not a list of 'key: value'", allowed, 1)])
    return cast("dict[str, Any]", data), builder.lines


def dump(profession: Profession) -> str:
    """The profession as YAML, texts of several lines as blocks, ready to be edited by hand."""
    data = profession.model_dump(mode="json", exclude_none=True)
    for task in data["tasks"]:
        if not task["material"]:
            del task["material"]
    return yaml.dump(data, Dumper=_Readable, allow_unicode=True, sort_keys=False, width=120)


class _Readable(yaml.SafeDumper):
    """Writes texts of several lines as blocks."""


def _write_text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Readable.add_representer(str, _write_text)


def _decoded(content: bytes | str, source: str) -> str:
    size = len(content) if isinstance(content, bytes) else len(content.encode("utf-8", "replace"))
    if size > LARGEST_BYTES:
        raise ProfessionError(source, [Problem("", f"is {size:,} bytes large", f"at most {LARGEST_BYTES:,} bytes")])
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
    except UnicodeDecodeError as error:
        raise ProfessionError(source, [Problem("", "is not a text file in UTF-8", "a YAML file saved as UTF-8")]) from error
    if "\0" in text:
        raise ProfessionError(source, [Problem("", "is not a text file", "a YAML file saved as UTF-8")])
    return text


def _bound(text: str, source: str) -> None:
    """Before nodes are composed: composing is recursive, in C without a guard, and would take the process along."""
    depth = nodes = 0
    events = cast("Iterator[yaml.Event]", yaml.parse(text, Loader=_LOADER))
    for event in events:
        nodes += isinstance(event, yaml.NodeEvent)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        line = event.start_mark.line + 1
        if depth > _DEEPEST:
            raise ProfessionError(source, [Problem("", f"is nested more than {_DEEPEST} deep", "see a shipped one", line)])
        if nodes > _MOST_NODES:
            raise ProfessionError(source, [Problem("", "holds too many values", f"at most {_MOST_NODES:,} in all", line)])


class _Builder:
    """Plain data from YAML nodes; unlike PyYAML's own it counts what aliases expand to and refuses a key given twice."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._scalars = yaml.constructor.SafeConstructor()
        self._nodes = 0
        self.lines: dict[_Path, int] = {}

    def build(self, node: yaml.Node | None, path: _Path) -> Any:
        if node is None:
            return None
        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        self._nodes += 1
        if self._nodes > _MOST_NODES or len(path) > _DEEPEST:
            raise self._error(path, "holds too many values, its & and * counted", f"at most {_MOST_NODES:,} in all", line)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*path, number)) for number, item in enumerate(node.value)]
        try:
            return self._scalars.construct_object(node)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        except (ValueError, yaml.constructor.ConstructorError) as error:
            raise self._error(
                path, f"'{str(node.value)[:40]}' cannot be read", "text or a number; text in quotes", line
            ) from error

    def _mapping(self, node: yaml.MappingNode, path: _Path) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise self._error(path, "has a key that is not a word", "'key: value'", line)
            name = str(key.value)
            if name in data:
                raise self._error((*path, name), "is given twice", "each key once", line)
            self.lines[*path, name] = line
            data[name] = self.build(value, (*path, name))
        return data

    def _error(self, path: _Path, message: str, allowed: str, line: int) -> ProfessionError:
        return ProfessionError(self._source, [Problem(".".join(map(str, path)), message, allowed, line)])


def _line(path: _Path, lines: dict[_Path, int] | None) -> int | None:
    """The line of the path, or of the nearest part above it that is in the file."""
    if lines is None:
        return None
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


_MODELS: dict[str, type[BaseModel]] = {
    "tasks": Task,
    "criteria": Criterion,
    "signs": Signs,
    "title": Title,
    **dict.fromkeys(("summary", "prompt", "description", "material", "looks_for"), Text),
}
_KINDS = {
    "string_type": "text; numbers and dates in quotes",
    "int_type": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "model_type": "a text in en, in ru or in both, as 'en: …'",
    "tuple_type": "a list, each line beginning with '- '",
    "string_pattern_mismatch": "small Latin letters, digits and single hyphens, as 'project-manager'",
}
_BOUNDS = {"ge": "at least {}", "gt": "more than {}", "le": "at most {}", "lt": "less than {}"}
_RANGES = {"time_limit_minutes": "more than 0, at most 180 minutes", "weight": "more than 0, at most 10"}


def _is_echo(error: dict[str, Any], errors: list[dict[str, Any]]) -> bool:
    """pydantic calls a list too short when its only item has a mistake of its own."""
    path: _Path = error["loc"]
    return error["type"] == "too_short" and any(
        each["loc"][: len(path)] == path and len(each["loc"]) > len(path) for each in errors
    )


def _explain(error: dict[str, Any]) -> Iterator[tuple[_Path, str, str]]:
    """A pydantic error in plain words, with what would be allowed."""
    path, kind = cast("_Path", error["loc"]), str(error["type"])
    context = cast("dict[str, Any]", error.get("ctx", {}))
    field = str(path[-1]) if path else ""
    given = repr(error.get("input"))
    given = given if len(given) <= 60 else f"{given[:57]}…"
    if kind == "mistakes":
        yield from ((each["path"], each["message"], each["allowed"]) for each in context["mistakes"])
    elif kind == "extra_forbidden":
        known = list(_owner(path).model_fields)
        close = difflib.get_close_matches(field, known, 1)
        yield path, f"unknown key '{field}'" + (f", did you mean '{close[0]}'?" if close else ""), ", ".join(known)
    elif kind == "missing":
        yield path, "is missing", _RANGES.get(field, "")
    elif kind == "too_short":
        what = {"tasks": "there are no tasks", "criteria": "there are no criteria"}.get(field, "is empty")
        yield path, what, f"at least {context['min_length']}"
    elif kind in ("too_long", "string_too_long"):
        yield path, "is too long", f"at most {context['max_length']}{' characters' if kind == 'string_too_long' else ''}"
    elif kind in ("sign", "long"):
        yield path, f"{given} {error['msg']}" if kind == "sign" else str(error["msg"]), str(context["allowed"])
    else:
        bounds = ", ".join(text.format(context[name]) for name, text in _BOUNDS.items() if name in context)
        yield path, f"{given} is not allowed", _RANGES.get(field) or _KINDS.get(kind) or bounds or str(error["msg"]).lower()


def _owner(path: _Path) -> type[BaseModel]:
    names = [part for part in path[:-1] if isinstance(part, str)]
    return _MODELS.get(names[-1], Profession) if names else Profession
