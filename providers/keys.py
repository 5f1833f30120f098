"""Reads the keys of providers on the server, and knows what must never be shown.

A key comes from the environment, or from `.env` in the current folder. It never leaves this process except to its own
vendor: the page is told `present(name)`, the log formatter is told `redactable()`. A new provider needs no edit here: it
asks for its variable by name, and variables are recognised as secret by the way they are called.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

DOT_ENV = ".env"

_SECRET_NAME = re.compile(r"(^|_)(API_?KEY|ACCESS_?KEY|KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?|DSN)$", re.IGNORECASE)
"""`OPENAI_API_KEY`, `BOT_TOKEN`, `AWS_SECRET_ACCESS_KEY`, `GOOGLE_APPLICATION_CREDENTIALS` …"""

_SHORTEST = 6
"""Shorter values are not treated as secrets: hiding every 'on' would make a log unreadable and protect nothing."""


class _DotEnv(BaseSettings):
    """All of `.env`, whatever the names are."""

    model_config = SettingsConfigDict(extra="allow", case_sensitive=True)


def _dot_env() -> Mapping[str, str]:
    """The lines of `.env`; empty when there is no such file."""
    if not Path(DOT_ENV).is_file():
        return {}
    return {name: value for name, value in (_DotEnv(_env_file=DOT_ENV).model_extra or {}).items() if isinstance(value, str)}  # pyright: ignore[reportCallIssue]


def key(variable: str) -> SecretStr | None:
    """The key in that variable, or None when it is not set or empty. Wrapped, so that printing it shows stars."""
    value = os.environ.get(variable) or _dot_env().get(variable) or ""
    return SecretStr(value.strip()) if value.strip() else None


OTHER_NAMES: Mapping[str, tuple[str, ...]] = {"GOOGLE_API_KEY": ("GEMINI_API_KEY",)}
"""Further names under which a vendor's own tools look for the same key."""


def set_as(variable: str) -> str:
    """The name under which this key is set: the variable's own, or another one that its vendor uses; empty when it is not."""
    return next((name for name in (variable, *OTHER_NAMES.get(variable, ())) if present(name)), "")


def present(variable: str) -> bool:
    """Whether there is a key: all that the page may know."""
    return key(variable) is not None


def redactable() -> tuple[str, ...]:
    """Every secret value this process knows, longest first, for the log formatter and the exporters. Never show it.

    `…_PATH` variables name files, and a file's name is no secret; what is in it is read and kept by its adapter.
    """
    everything = {**_dot_env(), **os.environ}
    values = {value.strip() for name, value in everything.items() if _SECRET_NAME.search(name)}
    return tuple(sorted((value for value in values if len(value) >= _SHORTEST), key=lambda value: (-len(value), value)))
