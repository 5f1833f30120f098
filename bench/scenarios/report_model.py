"""What a language model's judgement has to be like before a figure of it is believed.

Every point needs a reason and words of the answer that stand in it; what fails is told once, and then not scored. A total is
never taken from a model.
"""

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bench.scenarios.report import CriterionResult, TaskResult
from bench.scenarios.rule_score import MOST_POINTS
from bench.scenarios.trial_state import TaskState

SHORTEST_QUOTE = 4
"""Characters: a shorter one stands in every answer and proves nothing."""
_LONGEST_TEXT = 1200
_MOST_ITEMS = 6
_MOST_PROBLEMS = 12
"""So many are told to the model; the rest shows itself."""


class CriterionJudgement(BaseModel):
    """What the model says of one criterion."""

    model_config = ConfigDict(strict=True)
    criterion: str = Field(description="id of the criterion, exactly as given")
    points: Annotated[float, Field(ge=0, le=MOST_POINTS, multiple_of=0.5, description="0 to 5 in steps of 0.5")]
    reason: Annotated[str, Field(min_length=1, description="one or two sentences: why these points")]
    quotes: list[str] = Field(description="passages copied word for word from the answer; empty only for 0 points")


class TaskJudgement(BaseModel):
    """What the model says of one task."""

    model_config = ConfigDict(strict=True)
    task_id: int = Field(description="id of the task, exactly as given")
    criteria: list[CriterionJudgement] = Field(description="one entry for each criterion of the task")
    strengths: list[str] = Field(description="what was good, a short sentence each")
    gaps: list[str] = Field(description="what was missing, a short sentence each")


class Judgement(BaseModel):
    """The whole reply of the model."""

    model_config = ConfigDict(strict=True)
    tasks: list[TaskJudgement]
    summary: str = Field(description="two to four sentences on the whole performance, without figures")


_WORDS = {"type", "properties", "items", "description", "required"}
"""Only words that every vendor's strict mode knows; ranges are told in the descriptions and checked here."""


def answer_schema() -> dict[str, Any]:
    """`Judgement` as a JSON schema without references, every property required and no other allowed."""
    whole = Judgement.model_json_schema()
    return _inlined(whole, cast("dict[str, Any]", whole["$defs"]))


def _inlined(part: dict[str, Any], parts: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in part:
        return _inlined(parts[str(part["$ref"]).rsplit("/", 1)[-1]], parts)
    kept = {word: value for word, value in part.items() if word in _WORDS}
    if "items" in kept:
        kept["items"] = _inlined(kept["items"], parts)
    if "properties" in kept:
        kept["properties"] = {name: _inlined(value, parts) for name, value in kept["properties"].items()}
        kept |= {"required": [*kept["properties"]], "additionalProperties": False}
    return kept


@dataclass(slots=True)
class Read:
    """What could be used of a model's reply."""

    wanted: int
    """Criteria that were to be judged."""
    results: dict[int, TaskResult] = field(default_factory=dict[int, TaskResult])
    """By task id; criteria without a valid judgement are missing."""
    summary: str = ""
    problems: list[str] = field(default_factory=list[str])
    """What is wrong, in words for the model."""

    @property
    def missing(self) -> int:
        """Criteria without a valid judgement."""
        return self.wanted - sum(len(result.criteria) for result in self.results.values())

    @property
    def told(self) -> str:
        """The problems as a list for the model."""
        rest = len(self.problems) - _MOST_PROBLEMS
        lines = [f"- {problem}" for problem in self.problems[:_MOST_PROBLEMS]]
        return "\n".join([*lines, *([f"- and {rest} more"] if rest > 0 else [])])


def read(reply: str, tasks: Sequence[TaskState]) -> Read:
    """Check a reply against the tasks it is to judge. Never raises."""
    found = Read(sum(len(task.task.criteria) for task in tasks))
    data = _object_in(reply)
    if data is None:
        found.problems.append("the reply is not one JSON object")
        data = {}
    listed = data.get("tasks")
    given = _by_id(cast("list[Any]", listed) if isinstance(listed, list) else [], "task_id", "task", found)
    for task_id in given.keys() - {task.task_id for task in tasks}:
        found.problems.append(f"there is no task {_shown(task_id)}")
    for task in tasks:
        found.results[task.task_id] = _read_task(task, given.get(task.task_id), found)
    found.summary = _text(data.get("summary"))
    return found


def merged(first: Read, second: Read) -> Read:
    """The first reply, completed from the repaired one; what both lack stays missing."""
    both = Read(first.wanted, summary=first.summary or second.summary, problems=second.problems)
    for task_id, one in first.results.items():
        other = second.results[task_id]
        criteria = {**other.criteria, **one.criteria}
        both.results[task_id] = TaskResult(
            "model" if criteria else "could not be scored", criteria, one.strengths or other.strengths, one.gaps or other.gaps
        )
    return both


def _read_task(task: TaskState, given: dict[str, Any] | None, found: Read) -> TaskResult:
    place = f"task {task.task_id}"
    if given is None:
        found.problems.append(f"{place} is missing")
        return TaskResult("could not be scored", {}, (), ())
    listed = given.get("criteria")
    judged = _by_id(cast("list[Any]", listed) if isinstance(listed, list) else [], "criterion", f"{place}: criterion", found)
    for name in judged.keys() - {criterion.id for criterion in task.task.criteria}:
        found.problems.append(f"{place}: there is no criterion {_shown(name)}")
    answer = normal(task.answer.text) if task.answer is not None else ""
    criteria: dict[str, CriterionResult] = {}
    for criterion in task.task.criteria:
        result = _read_criterion(f"{place}, criterion '{criterion.id}'", judged.get(criterion.id), answer, found)
        if result is not None:
            criteria[criterion.id] = result
    lists = _items(given.get("strengths")), _items(given.get("gaps"))
    return TaskResult("model" if criteria else "could not be scored", criteria, *lists)


def _read_criterion(place: str, given: dict[str, Any] | None, answer: str, found: Read) -> CriterionResult | None:
    if given is None:
        found.problems.append(f"{place} is missing")
        return None
    try:
        judged = CriterionJudgement.model_validate(given)
    except ValidationError as error:
        fields = {
            str(each["loc"][0]): each["msg"].lower()
            for each in error.errors(include_url=False, include_input=False)
            if each["loc"]
        }
        found.problems.append(f"{place}: " + ", ".join(f"{name}: {message}" for name, message in fields.items()))
        return None
    strange = [quote for quote in judged.quotes if not _stands_in(normal(quote), answer)]
    if strange:
        found.problems.append(f"{place}: does not stand in the answer word for word: {_shown(strange[0])}")
        return None
    if judged.points and not judged.quotes:
        found.problems.append(f"{place}: points without a quote from the answer")
        return None
    if not judged.reason.strip():
        found.problems.append(f"{place}: reason is empty")
        return None
    quotes = tuple(dict.fromkeys(normal(quote) for quote in judged.quotes))[:_MOST_ITEMS]
    return CriterionResult(judged.points, _text(judged.reason), quotes)


def normal(text: str) -> str:
    """As texts are compared: composed characters, single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _stands_in(quote: str, answer: str) -> bool:
    return quote in answer and (len(quote) >= SHORTEST_QUOTE or (bool(quote) and quote == answer))


def _by_id(listed: list[Any], name: str, what: str, found: Read) -> dict[Any, dict[str, Any]]:
    """Entries by their id. One that is given twice is ambiguous, so neither counts."""
    entries: dict[Any, dict[str, Any]] = {}
    twice: set[Any] = set()
    for entry in listed:
        key = cast("dict[str, Any]", entry).get(name) if isinstance(entry, dict) else None
        if not isinstance(key, str | int) or isinstance(key, bool):
            found.problems.append(f"{what}: an entry has no '{name}'")
            continue
        if key in entries:
            twice.add(key)
        entries[key] = entry
    for key in twice:
        found.problems.append(f"{what} {_shown(key)} is given twice")
        del entries[key]
    return entries


def _object_in(reply: str) -> dict[str, Any] | None:
    """The JSON object of a reply, also when words or a code fence stand around it."""
    start, end = reply.find("{"), reply.rfind("}")
    if start < 0 or end < start:
        return None
    try:
        data = json.loads(reply[start : end + 1], parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", data) if isinstance(data, dict) else None


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no figure")


def _items(given: Any) -> tuple[str, ...]:
    texts = [_text(each) for each in cast("list[Any]", given)] if isinstance(given, list) else []
    return tuple(text for text in texts if text)[:_MOST_ITEMS]


def _text(given: Any) -> str:
    """A text of bounded length that any page can show, or empty."""
    if not isinstance(given, str):
        return ""
    tidy = " ".join(given.encode("utf-16", "surrogatepass").decode("utf-16", "replace").split())
    return tidy if len(tidy) <= _LONGEST_TEXT else f"{tidy[:_LONGEST_TEXT]}…"


def _shown(given: Any) -> str:
    text = _text(str(given))
    return repr(text if len(text) <= 80 else f"{text[:80]}…")
