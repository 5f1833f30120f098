"""Models of a vendor: what each is for, until when, what replaces it, and what it costs. Read from `<vendor>.yaml` once.

    as_of: 2026-11-21                    the day on which the sources were read
    source: https://…                    where prices stand, unless a model names its own
    models:
      - id: some-model
        aliases: [some-model-2026-01-01] other names of the same model at the same price
        roles: [chat]                    as in `providers.base.Role`
        suggested: true                  offered in the settings (the default); false: known, but not offered
        shutdown: 2027-01-06             the vendor ends it on that day
        replacement: another-model       in the vendor's own words
        note: {en: …, ru: …}
        price: {…}                       see `providers.catalogues.pricing`; absent where no source states it

Nothing in such a file is guessed: what no source states is left out, and then the cost of a turn is unknown too.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from providers.base import Role

FOLDER = Path(__file__).parent


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Note(_Part):
    """A remark in both languages."""

    en: str
    ru: str


class LongContext(_Part):
    """What the whole request costs when its prompt is longer than usual."""

    above_tokens_in: int = Field(gt=0)
    """Prompt tokens above which this holds."""
    factor_in: float = Field(gt=0)
    """Of the price of prompt tokens, cached ones included."""
    factor_out: float = Field(gt=0)


class Price(_Part):
    """US dollars. Several may hold for one model; each is multiplied by what was counted."""

    per_1m_in: float | None = Field(None, ge=0)
    per_1m_cached: float | None = Field(None, ge=0)
    """Cached prompt tokens; absent: as much as other prompt tokens."""
    per_1m_cache_write: float | None = Field(None, ge=0)
    """Prompt tokens that the service keeps for later; absent: as much as other prompt tokens."""
    per_1m_out: float | None = Field(None, ge=0)
    """Written tokens, reasoning included."""
    per_minute: float | None = Field(None, ge=0)
    """Of sound that was transcribed or spoken."""
    per_1m_characters: float | None = Field(None, ge=0)
    """Of spoken text."""
    long_context: LongContext | None = None
    until: date | None = None
    """Last day of this price; after it the price is unknown."""
    as_of: date | None = None
    """Day on which the source was read, where it differs from the file's."""
    source: str = ""
    """Where it stands, where that differs from the file's."""


class ModelEntry(_Part):
    """One model."""

    id: str
    aliases: tuple[str, ...] = ()
    roles: tuple[Role, ...]
    suggested: bool = True
    shutdown: date | None = None
    replacement: str = ""
    note: Note | None = None
    price: Price | None = None


class Catalogue(_Part):
    """Everything that is known of a vendor's models."""

    as_of: date
    source: str
    models: tuple[ModelEntry, ...] = ()


@cache
def catalogue(vendor: str) -> Catalogue:
    """The vendor's file. Raises `ValueError` (pydantic's) for a faulty one; an unknown vendor has an empty one."""
    path = FOLDER / f"{vendor}.yaml"
    if not vendor.isidentifier() or not path.is_file():
        return Catalogue(as_of=date.min, source="")
    return Catalogue.model_validate(_loaded(path.read_text(encoding="utf-8")))


def _loaded(text: str) -> Any:
    """YAML with the parser in C where there is one: ten times as fast."""
    import yaml  # only when a catalogue is asked for

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(text, loader)  # noqa: S506 - both are safe loaders


def models(vendor: str) -> tuple[ModelEntry, ...]:
    """In the order of the file: the best suggestion of each role first."""
    return catalogue(vendor).models


def entry(vendor: str, model: str) -> ModelEntry | None:
    """What is known of a model under any of its names, or None."""
    return next((each for each in models(vendor) if model == each.id or model in each.aliases), None)


def suggestions(vendor: str, role: Role) -> Sequence[dict[str, str]]:
    """For `knob(suggestions=…)`: what is offered beside free text, with the day on which the vendor ends it."""
    return [_suggestion(each) for each in models(vendor) if role in each.roles and each.suggested]


def _suggestion(model: ModelEntry) -> dict[str, str]:
    told = {
        "value": model.id,
        "until": model.shutdown.isoformat() if model.shutdown else "",
        "replacement": model.replacement,
        "note": model.note.en if model.note else "",
        "note_ru": model.note.ru if model.note else "",
    }
    return {name: text for name, text in told.items() if text}


def gone(vendor: str, model: str, today: date | None = None) -> str:
    """The day on which the model was shut down (ISO 8601), or empty: it is still there, or nothing is known of it."""
    found = entry(vendor, model)
    day = today or datetime.now(UTC).date()
    return found.shutdown.isoformat() if found and found.shutdown and found.shutdown <= day else ""


def replacement(vendor: str, model: str) -> str:
    """What the vendor offers instead, or empty."""
    found = entry(vendor, model)
    return found.replacement if found else ""
