"""A profession: who examines, in which tasks, and what a good answer to each of them holds. Both languages side by side.

One YAML file of `presets/professions/` or of the user's own folder is one profession. The models here say what such a file
may hold; reading it, with a line for every mistake, is in `profession_file.py`.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Literal, TypedDict

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

Language = Literal["en", "ru"]
LANGUAGES: tuple[Language, ...] = ("en", "ru")

LONGEST_LIMIT_MINUTES = 180
"""A task is a sitting, not a day's work."""
LARGEST_ID = 999_999_999
"""Well inside the whole numbers that every browser keeps exactly."""

_STRICT = ConfigDict(extra="forbid", frozen=True)
_LOOSE_STAR = re.compile(r"(?<!\w\w)\*|\*(?=[\w*])")
"""A `*` with fewer than two letters before it, or in the middle of a word."""


class Mistake(TypedDict):
    """A contradiction between parts that are each sound."""

    path: tuple[str | int, ...]
    """Where: ("tasks", 1, "id")."""
    message: str
    """What is wrong."""
    allowed: str
    """What would be right."""


def _tidy(text: str) -> str:
    """Line ends as Unix has them, no blank lines around, so that saving and reading again changes nothing."""
    if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
        raise PydanticCustomError("sign", "holds half a character", {"allowed": "whole characters"})
    return "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")).strip("\n")


def _sign(text: str) -> str:
    choices = [" ".join(choice.split()) for choice in _tidy(text).split("|")]
    if not all(re.search(r"\w", choice) for choice in choices):
        raise PydanticCustomError("sign", "has an empty alternative", {"allowed": "words, alternatives with | between them"})
    if any(_LOOSE_STAR.search(choice) for choice in choices):
        raise PydanticCustomError(
            "sign", "has a * in the wrong place", {"allowed": "* at the end of a word of 2 letters or more"}
        )
    return "|".join(choices)


def _written(value: object) -> object:
    """A figure is a fine sign: `- 117` in a file needs no quotes."""
    return str(value) if type(value) is int else value


def _text(longest: int) -> AfterValidator:
    def check(text: str) -> str:
        if len(tidied := _tidy(text)) > longest:
            raise PydanticCustomError("long", "is too long", {"allowed": f"at most {longest} characters"})
        return tidied

    return AfterValidator(check)


Sign = Annotated[str, BeforeValidator(_written), StringConstraints(max_length=400), AfterValidator(_sign)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Id = Annotated[int, Field(strict=True, ge=1, le=LARGEST_ID)]


class Title(BaseModel):
    """A few words, in one language or both."""

    model_config = _STRICT
    en: Annotated[str, _text(160)] | None = None
    """English, or None."""
    ru: Annotated[str, _text(160)] | None = None
    """Russian, or None."""

    def text(self, language: Language) -> str:
        """The text in that language, empty if there is none."""
        return (self.en if language == "en" else self.ru) or ""

    @property
    def languages(self) -> tuple[Language, ...]:
        """The languages that have a text."""
        return tuple(language for language in LANGUAGES if self.text(language).strip())


class Text(Title):
    """Up to some pages, in one language or both."""

    en: Annotated[str, _text(20_000)] | None = None
    """English, or None."""
    ru: Annotated[str, _text(20_000)] | None = None
    """Russian, or None."""


class Signs(BaseModel):
    """Words by which the embedded rules recognise what a criterion looks for; each is one thing an answer may hold.

    `deadline*` any ending · `roll* back` up to two other words may stand between · `risk*|danger*` either.
    """

    model_config = _STRICT
    en: Annotated[tuple[Sign, ...], Field(max_length=40)] = ()
    """English signs."""
    ru: Annotated[tuple[Sign, ...], Field(max_length=40)] = ()
    """Russian signs."""

    def of(self, language: Language) -> tuple[str, ...]:
        """The signs in that language."""
        return self.en if language == "en" else self.ru

    @property
    def languages(self) -> tuple[Language, ...]:
        """The languages that have signs."""
        return tuple(language for language in LANGUAGES if self.of(language))


class Criterion(BaseModel):
    """One thing by which an answer is scored."""

    model_config = _STRICT
    id: Slug
    """Unique within its task."""
    title: Title
    """What the report calls it."""
    weight: Annotated[float, Field(gt=0, le=10, allow_inf_nan=False)] = 1
    """Its part of the total, relative to the task's other criteria."""
    looks_for: Text
    """What an answer with full marks holds, in a sentence or two."""
    signs: Signs
    """By what the embedded rules recognise it."""


class Task(BaseModel):
    """One piece of work."""

    model_config = _STRICT
    id: Id
    """Unique over all professions, and kept for ever: runs are stored under it."""
    title: Title
    """What lists call it."""
    description: Text
    """What is wanted from the candidate; the model writes the question from it."""
    material: Text = Text()
    """Letters, tables, logs that belong to the task; Markdown. Empty if the description says it all."""
    time_limit_minutes: Annotated[float, Field(gt=0, le=LONGEST_LIMIT_MINUTES, allow_inf_nan=False)]
    """Minutes from the end of the question."""
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1, max_length=12)]
    """By what the answer is scored."""


class Profession(BaseModel):
    """An ordered list of tasks and the examiner who gives them."""

    model_config = _STRICT
    id: Id
    """Stable number, unique over all professions."""
    name: Slug
    """Stable name, unique over all professions."""
    title: Title
    """What lists call it."""
    summary: Text
    """One or two sentences for the one who chooses."""
    prompt: Text
    """Who the model plays and how it speaks."""
    tasks: Annotated[tuple[Task, ...], Field(min_length=1, max_length=50)]
    """In the order in which they are given."""

    @property
    def languages(self) -> tuple[Language, ...]:
        """The languages in which it can be played."""
        return self.title.languages

    @model_validator(mode="after")
    def _agrees(self) -> "Profession":
        mistakes = [*_repeated_ids(self), *_missing_languages(self)]
        if mistakes:
            raise PydanticCustomError("mistakes", "contradicts itself", {"mistakes": mistakes})
        return self


def _repeated_ids(profession: Profession) -> Iterator[Mistake]:
    seen: dict[int, int] = {}
    for number, task in enumerate(profession.tasks):
        if task.id in seen:
            message = f"task {number + 1} has the same id {task.id} as task {seen[task.id] + 1}"
            yield Mistake(path=("tasks", number, "id"), message=message, allowed="another number for each task")
        seen.setdefault(task.id, number)
        ids: set[str] = set()
        for place, criterion in enumerate(task.criteria):
            if criterion.id in ids:
                message = f"task {number + 1} has two criteria '{criterion.id}'"
                path = ("tasks", number, "criteria", place, "id")
                yield Mistake(path=path, message=message, allowed="another id for each criterion of a task")
            ids.add(criterion.id)


def _missing_languages(profession: Profession) -> Iterator[Mistake]:
    wanted = profession.title.languages
    if not wanted:
        yield Mistake(path=("title",), message="is empty", allowed="a text in en, ru or both")
        return
    allowed = ", ".join(wanted)
    for path, texts in _all_texts(profession):
        if path[-1] == "material" and not texts.languages:
            continue
        what = "signs" if isinstance(texts, Signs) else "text"
        for language in LANGUAGES:
            if language in wanted and language not in texts.languages:
                yield Mistake(path=path, message=f"has no {what} in '{language}', but the title has", allowed=allowed)
            elif language not in wanted and language in texts.languages:
                yield Mistake(
                    path=path, message=f"has {what} in '{language}', but the title has not", allowed=", ".join(wanted)
                )


def _all_texts(profession: Profession) -> Iterator[tuple[tuple[str | int, ...], Title | Signs]]:
    yield ("summary",), profession.summary
    yield ("prompt",), profession.prompt
    for number, task in enumerate(profession.tasks):
        yield ("tasks", number, "title"), task.title
        yield ("tasks", number, "description"), task.description
        yield ("tasks", number, "material"), task.material
        for place, criterion in enumerate(task.criteria):
            path = ("tasks", number, "criteria", place)
            yield (*path, "title"), criterion.title
            yield (*path, "looks_for"), criterion.looks_for
            yield (*path, "signs"), criterion.signs
