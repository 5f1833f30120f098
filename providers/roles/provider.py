"""Any provider: what it says of itself, warming up, closing."""

from abc import ABC
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from providers.roles.options import AnyOptions

Role: TypeAlias = Literal["vad", "stt", "transcriber", "chat", "tts", "live", "avatar"]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Asked for, never guessed from a name."""

    languages: tuple[str, ...] = ()
    """ISO 639-1 codes it understands or speaks; empty = any."""
    streams_input: bool = False
    """Takes its input piece by piece."""
    streams_output: bool = True
    """Yields before it has finished."""
    word_times: bool = False
    """Reports when each word falls."""
    phoneme_times: bool = False
    """Reports when each speech sound falls."""
    own_end_of_turn: bool = False
    """Decides by itself that the user's turn is over."""
    reports_usage: bool = False
    """Counts its own tokens."""
    end_bias_ms: tuple[float, float] | None = None
    """Voice detectors: measured median and p95 of (detected end − true end) in ms."""
    labels: tuple[str, ...] = ()
    """Honest labels for the screen: `embedded`, `rule-based`, `scripted`."""
    tools: bool = False
    """Chat models: can call functions."""
    answer_schema: bool = False
    """Chat models: can be held to a JSON schema."""
    max_upload_bytes: int | None = None
    """Transcribers: the largest file that the service takes (bytes); None = no limit of its own."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Why a provider cannot be used here, and what to do."""

    what: str
    """What is not there, in plain words."""
    remedy: str
    """A command or a step that mends it."""


class Provider(ABC):
    """One engine or vendor in one role."""

    name: ClassVar[str]
    """Id in presets: lower case, unique within its role."""
    role: ClassVar[Role]
    title: ClassVar[str]
    """Name on the screen."""
    capabilities: ClassVar[Capabilities] = Capabilities()
    Options: ClassVar[type[AnyOptions]] = AnyOptions

    key_variable: ClassVar[str] = ""
    """Environment variable that holds its key; empty: it needs none."""

    def __init__(self, options: AnyOptions) -> None:
        self.options = options

    @classmethod
    def missing(cls) -> Missing | None:
        """What has to be installed or set first, or None. Cheap: imports no engine."""
        return None

    async def warm_up(self) -> None:  # noqa: B027 - nothing to do is a fine default
        """Load models, start workers, open connections, so that the first turn is like the others. May be called again."""

    async def check_key(self) -> None:  # noqa: B027 - nothing to do is a fine default
        """Ask the service once, cheaply, whether it takes the key. Raises `KeyRejected` or another `ProviderError`."""

    async def close(self) -> None:  # noqa: B027 - nothing to do is a fine default
        """Release everything. May be called again."""
