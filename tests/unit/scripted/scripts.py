"""Running the scripted providers and noting what they report."""

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from providers.base import ChatRequest, Instant, Message, Samples, Wire
from providers.scripted_chat import ScriptedChat, ScriptedChatOptions
from providers.scripted_tts import ScriptedTts, ScriptedTtsOptions

FRAME = 320


@dataclass(slots=True)
class Notes:
    """An observer that keeps everything."""

    now_ns: Callable[[], int]
    instants: list[Instant] = field(default_factory=list[Instant])

    @property
    def wire(self) -> Wire:
        return Wire(self.now_ns, self.instants.append)

    def named(self, name: str) -> list[Instant]:
        """The instants of that name."""
        return [instant for instant in self.instants if instant.name == name]

    @property
    def requests(self) -> list[str]:
        """Ids of the requests, in order."""
        return [instant.data["request"] for instant in self.named("request_sent")]


def question(text: str = "hello") -> ChatRequest:
    """A conversation of one line."""
    return ChatRequest((Message("user", text),))


async def asked(chat: ScriptedChat, wire: Wire, text: str = "hello") -> list[Any]:
    """All chunks of one reply."""
    async with aclosing(chat.stream(question(text), wire)) as chunks:
        return [chunk async for chunk in chunks]


async def spoken(tts: ScriptedTts, wire: Wire, *phrases: str) -> list[Any]:
    """All chunks of one spoken reply."""

    async def written() -> AsyncIterator[str]:
        for phrase in phrases:
            yield phrase

    async with aclosing(tts.speak(written(), "en", wire)) as chunks:
        return [chunk async for chunk in chunks]


def chat(**options: Any) -> ScriptedChat:
    """A scripted chat model."""
    return ScriptedChat(ScriptedChatOptions.model_validate(options))


def tts(**options: Any) -> ScriptedTts:
    """A scripted voice."""
    return ScriptedTts(ScriptedTtsOptions.model_validate(options))


def loud(frames: int = 1) -> Samples:
    """Frames of 20 ms that are clearly audible."""
    return (np.sin(np.arange(frames * FRAME) * 0.2) * 8000).astype(np.int16)


def silent(frames: int = 1) -> Samples:
    """Frames of 20 ms of nothing."""
    return np.zeros(frames * FRAME, np.int16)
