"""Settings of a provider: the form, the preset schema and the docs are generated from them."""

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
    **limits: Any,
) -> Any:
    """A field of an `Options` class: title and one line on what the knob trades, in both languages, with unit and range.

    `limits` are pydantic's own (`ge`, `le`, `max_length` …). Raises nothing.
    """
    extra: Any = {"unit": unit, "ru": {"title": ru, "description": help_ru}}
    return Field(default, title=en, description=help_en, json_schema_extra=extra, **limits)
