"""What the person who starts the workbench can set: the environment, then `.env` in the current folder, then the default.

Names are `FIRSTWORD_…`; `PORT` and `CORS_ORIGINS` also work without the prefix, because hosting platforms set them so.
Keys of providers are not settings: `providers.keys` reads them.
"""

import ipaddress
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import platformdirs
from pydantic import AliasChoices, Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")
"""Names of this computer as they stand in a browser's address bar."""


class UnsafeBindError(Exception):
    """The address that was asked for would open the workbench to others. The text says why and what to do."""


class Settings(BaseSettings):
    """Everything that is set once, before the start. Raises `pydantic.ValidationError` that names the variable."""

    model_config = SettingsConfigDict(
        env_prefix="FIRSTWORD_", env_file=".env", extra="ignore", frozen=True, validate_by_name=True, validate_by_alias=True
    )

    host: str = "127.0.0.1"
    """Address to listen at; only loopback is accepted (see `refuse_unsafe`)."""
    port: int = Field(default=7860, ge=1, le=65_535, validation_alias=AliasChoices("FIRSTWORD_PORT", "PORT"))
    """TCP port; 7860 is Gradio's own default."""
    data_dir: Path = Field(default_factory=lambda: platformdirs.user_data_path("firstword", appauthor=False))
    """Folder for recordings, runs and the cookie secret; made with mode 0700."""
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), validation_alias=AliasChoices("FIRSTWORD_CORS_ORIGINS", "CORS_ORIGINS")
    )
    """Other web origins whose pages may call this one, exact, separated by commas. None by default."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    max_upload_mb: int = Field(default=25, ge=1, le=25)
    """Largest upload (MB, 10⁶ bytes)."""
    max_input_minutes: float = Field(default=10.0, gt=0, le=60)
    """Longest recording that is taken (minutes)."""
    keep_uploads_hours: float = Field(default=24.0, gt=0, le=24)
    """Uploads that nobody marked to be kept are deleted after this time (hours)."""

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """`"a, b"` → `("a", "b")`; anything else is pydantic's to judge."""
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("cors_origins")
    @classmethod
    def _exact(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        """An origin is scheme, name and port, nothing else: `*` and paths are mistakes that would open too much."""
        for origin in origins:
            parts = urlsplit(origin)
            if parts.scheme not in ("http", "https") or not parts.hostname or origin != f"{parts.scheme}://{parts.netloc}":
                raise ValueError(f"{origin!r} is not an exact origin such as https://example.org or http://localhost:5173")
            if "*" in origin or "@" in origin:
                raise ValueError(f"{origin!r}: wildcards and user names are not allowed; list every origin in full")
        return origins

    @property
    def max_upload_bytes(self) -> int:
        return self.max_upload_mb * 1_000_000

    @property
    def uploads_dir(self) -> Path:
        return self.data_dir / "uploads"


def is_loopback(host: str) -> bool:
    """Whether `host` can only be reached from this computer. A name other than `localhost` never counts."""
    bare = host.strip("[]")
    if bare == "localhost":
        return True
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False


def refuse_unsafe(settings: Settings) -> None:
    """Raise `UnsafeBindError` unless the workbench would listen on this computer only.

    There are no accounts yet: whoever reaches the port may use the keys, hear the recordings and spend the money.
    """
    if not is_loopback(settings.host):
        raise UnsafeBindError(
            f"Firstword will not listen at {settings.host}: it has no accounts yet, so anyone who can reach that address "
            f"could use your provider keys and hear your recordings. Set FIRSTWORD_HOST=127.0.0.1 (or leave it out). To use "
            f"it from another computer, tunnel to it: ssh -L {settings.port}:127.0.0.1:{settings.port} you@this-computer"
        )


def private_dir(folder: Path) -> Path:
    """Make `folder` (and its parents) readable by its owner only, and return it. Raises `OSError`."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    return folder
