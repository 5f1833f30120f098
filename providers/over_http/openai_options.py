"""Settings that several providers of the format share."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator

from providers.base import knob
from providers.over_http.openai_service import checked_address

Address: TypeAlias = Annotated[str, AfterValidator(checked_address)]
"""Empty, or http(s) with a host and without a password."""

Effort: TypeAlias = Literal["", "none", "minimal", "low", "medium", "high", "xhigh", "max"]
"""How long a model reasons; empty: as the model does by itself."""


def base_url_knob(standard: str) -> Any:
    """Where the server is. `standard`: what empty stands for."""
    return knob(
        "", en="Address", ru="Адрес",
        help_en=f"Of the server, up to /v1. Empty: {standard}. The key goes to the service's own address only.",
        help_ru=f"Адрес сервера до /v1. Пусто — {standard}. Ключ отправляется только на собственный адрес сервиса.",
    )  # fmt: skip
