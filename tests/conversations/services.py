"""Services with a key that answer over a network that does not exist: they report what an adapter over HTTP reports."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import numpy as np

from providers.base import (
    AudioChunk,
    ChatChunk,
    ChatModel,
    ChatRequest,
    Options,
    PhraseFinished,
    ReplyFinished,
    Samples,
    SpeechChunk,
    SpeechToText,
    SttSession,
    TextDelta,
    TextToSpeech,
    Transcript,
    Usage,
    Wire,
)

KEY = "VENDOR_API_KEY"
HEAD = {"status": 200, "request_id": "req_1", "processing_ms": 12.5}
CONNECT_S, ANSWER_S, TEXT_S = 0.08, 0.05, 0.02


class Network:
    """What each request sees: the first one opens a connection, unless it was warmed up."""

    def __init__(self, head: dict[str, Any] | None = None) -> None:
        self.head = HEAD if head is None else head
        self.warm = False

    async def ask(self, wire: Wire, **data: Any) -> None:
        """Connect if need be, send, upload, wait for the head of the answer."""
        if not self.warm:
            wire.note("connect_started", **data)
            await asyncio.sleep(CONNECT_S)
        wire.note("connected", reused=self.warm, **data)
        self.warm = True
        wire.note("request_sent", **data)
        await asyncio.sleep(0.01)
        wire.note("upload_ended", **data)
        await asyncio.sleep(ANSWER_S)
        wire.note("response_started", **self.head, **data)


class VendorChat(ChatModel):
    """Answers with the given chunks, made at the instant they are yielded."""

    name, title, key_variable = "vendor", "Vendor", KEY

    def __init__(self, *chunks: Any, head: dict[str, Any] | None = None) -> None:
        super().__init__(Options())
        self.chunks = chunks
        self.network = Network(head)
        self.asked: list[ChatRequest] = []

    async def warm_up(self) -> None:
        """Not warm: the tests say so themselves."""

    async def stream(self, request: ChatRequest, wire: Wire) -> AsyncIterator[ChatChunk]:
        self.asked.append(request)
        await self.network.ask(wire)
        await asyncio.sleep(TEXT_S)
        for make in self.chunks:
            yield make(wire.now_ns())


def text(words: str) -> Any:
    return lambda at_ns: TextDelta(words, at_ns)


def ended(reason: Any = "stop") -> Any:
    return lambda at_ns: ReplyFinished(at_ns, reason)


def used(**counts: Any) -> Any:
    return lambda at_ns: Usage(at_ns=at_ns, **counts)


class VendorSpeech(TextToSpeech):
    """A request for each phrase, each counted."""

    name, title, key_variable = "vendor", "Vendor voice", KEY

    def __init__(self, *usage: dict[str, Any], head: dict[str, Any] | None = None) -> None:
        super().__init__(Options())
        self.usage: Sequence[dict[str, Any]] = usage
        self.network = Network(head)

    async def speak(self, phrases: AsyncIterator[str], language: str, wire: Wire) -> AsyncIterator[SpeechChunk]:
        phrase = 0
        async for _ in phrases:
            await self.network.ask(wire, phrase=phrase)
            yield AudioChunk(np.full(1600, 8000, np.int16), 16_000, wire.now_ns(), phrase)
            if phrase < len(self.usage):
                yield Usage(at_ns=wire.now_ns(), **self.usage[phrase])
            yield PhraseFinished(phrase, wire.now_ns())
            phrase += 1


class VendorEar(SpeechToText):
    """Sends each utterance off when it is over, as services for whole recordings want it."""

    name, title, key_variable = "vendor", "Vendor ear", KEY

    def __init__(self, usage: dict[str, Any] | None = None, error: Exception | None = None) -> None:
        super().__init__(Options())
        self.usage, self.error = usage, error
        self.network = Network()

    @asynccontextmanager
    async def open(self, language: str, wire: Wire) -> AsyncIterator[SttSession]:
        yield _Utterances(self, wire)


class _Utterances(SttSession):
    def __init__(self, ear: VendorEar, wire: Wire) -> None:
        self._ear, self._wire = ear, wire
        self._over: asyncio.Queue[None] = asyncio.Queue()

    async def push(self, pcm: Samples) -> None: ...

    async def discard(self) -> None: ...

    async def finish(self) -> None:
        self._over.put_nowait(None)

    async def results(self) -> AsyncIterator[Transcript]:
        while True:
            await self._over.get()
            await self._ear.network.ask(self._wire)
            if self._ear.error is not None:
                raise self._ear.error
            usage = None if self._ear.usage is None else Usage(at_ns=self._wire.now_ns(), **self._ear.usage)
            yield Transcript("good morning", True, self._wire.now_ns(), usage=usage)
