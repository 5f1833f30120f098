"""What a client of the scripted server may say to it (`bench/wire/README.md`)."""

from base64 import b64decode
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter


class Message(BaseModel):
    """Any message: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Step(Message):
    """One frame to write."""

    due_ms: float = Field(ge=0)
    head: dict[str, Any]
    samples: tuple[int, int] | None = None
    act: Literal["write", "split", "malformed", "cut", "close"] = "write"


class Sound(Message):
    """Silence, then a stretch of samples over and over."""

    lead: int = Field(ge=0)
    loop: str = Field(min_length=4)
    """int16 little endian, base64."""

    def samples(self) -> bytes:
        """The stretch as bytes."""
        return b64decode(self.loop)


class Play(Message):
    """Write these frames, each when it is due."""

    do: Literal["play"]
    request: str = Field(min_length=1, max_length=64)
    steps: list[Step]
    sound: Sound | None = None


class Stop(Message):
    """Write no more of them."""

    do: Literal["stop"]
    request: str


class Listen(Message):
    """Sound of the user is in the payload."""

    do: Literal["listen"]
    request: str


class Hello(Message):
    """Who are you, and what time is it?"""

    do: Literal["hello"]


class Stamps(Message):
    """What did you do for these requests? One frame for each."""

    do: Literal["stamps"]
    requests: list[str]


class Known(Message):
    """Which requests do you remember, in the order in which you read them?"""

    do: Literal["known"]


Asked: TypeAlias = Play | Stop | Listen | Hello | Stamps | Known
ASKED: TypeAdapter[Asked] = TypeAdapter(Annotated[Asked, Field(discriminator="do")])
