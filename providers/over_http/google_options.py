"""Settings that all providers over the Gemini API share. Imports no SDK."""

from typing import Literal

from pydantic import field_validator

from providers.base import Options, knob
from providers.over_http.google_address import BASE_URL_VARIABLE, checked_address

Thinking = Literal["model default", "off", "minimal", "low", "medium", "high"]


class GoogleOptions(Options):
    """Address and version of the API."""

    base_url: str = knob(
        "", en="Address", ru="Адрес",
        help_en=f"Empty: Google's own, or {BASE_URL_VARIABLE}. Any other address is called without your key.",
        help_ru=f"Пусто — адрес Google или {BASE_URL_VARIABLE}. На любой другой адрес ваш ключ не посылается.",
        max_length=8192,
    )  # fmt: skip
    api_version: Literal["v1", "v1beta"] = knob(
        "v1", en="API version", ru="Версия API",
        help_en="v1beta has preview models and -latest names; v1 changes less.",
        help_ru="v1beta знает пробные модели и имена -latest; v1 меняется реже.",
    )  # fmt: skip

    @field_validator("base_url")
    @classmethod
    def _is_an_address(cls, text: str) -> str:
        return checked_address(text)


def thinking_config(thinking: Thinking, include_thoughts: bool = False) -> dict[str, object] | None:
    """`ThinkingConfig` of the request, or None when nothing is asked for. A budget of 0 switches thinking off where it can be.

    Models from Gemini 3 on take a level and 2.5 a budget, none takes both; Gemini 4 takes neither a budget nor `minimal`.
    """
    asked: dict[str, object] = {"include_thoughts": True} if include_thoughts else {}
    if thinking == "off":
        asked["thinking_budget"] = 0
    elif thinking != "model default":
        asked["thinking_level"] = thinking.upper()
    return asked or None
