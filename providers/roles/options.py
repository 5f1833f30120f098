"""Settings of a provider: the form, the preset schema and the docs are generated from them."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Options(BaseModel):
    """Settings of one provider. The form, the preset schema and the docs are generated from the subclass."""

    model_config = ConfigDict(extra="forbid", frozen=True)


AnyOptions = Options
"""The base under another name: a provider's class attribute is called `Options` too."""


def knob(
    default: Any,
    *,
    en: str,
    ru: str,
    help_en: str,
    help_ru: str,
    unit: str = "",
    suggestions: Sequence[Mapping[str, str]] = (),
    **limits: Any,
) -> Any:
    """A field of an `Options` class: title and one line on what the knob trades, in both languages, with unit and range.

    `suggestions` are offered beside free text: each has a `value` and may have `until` (ISO date on which the vendor shuts
    it down), `replacement`, and a remark as `note` and `note_ru`. `limits` are pydantic's own (`ge`, `max_length` …).
    """
    extra: Any = {"unit": unit, "ru": {"title": ru, "description": help_ru}}
    if suggestions:
        extra["suggestions"] = [dict(each) for each in suggestions]
    return Field(default, title=en, description=help_en, json_schema_extra=extra, **limits)
