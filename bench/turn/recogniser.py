"""The speech-to-text stage of a conversation: one session for all its utterances, kept open between them.

Sound goes in through a bounded queue, so that a slow engine never delays the voice detector; an engine that dies fails the
utterance that it was hearing and is opened anew for the next.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass

from bench.turn.service_call import ServiceCall
from providers.base import Samples, SpeechToText, SttSession, Transcript, Wire
from providers.errors import EndedEarly, ProviderError

_QUEUE_FRAMES = 1000
"""20 s of sound at 20 ms a frame: more means that the engine will never catch up."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """A final transcript, and what the engine told of the request that brought it."""

    transcript: Transcript
    call: ServiceCall


_FINISH = "finish"
_DISCARD = "discard"


class Recogniser:
    """Owns the session. `run` lives as long as the conversation; the rest is called from its loop."""

    def __init__(self, engine: SpeechToText, language: str, now_ns: Callable[[], int]) -> None:
        self._engine = engine
        self._language = language
        self._now_ns = now_ns
        self._queue: asyncio.Queue[Samples | str] = asyncio.Queue(_QUEUE_FRAMES)
        self._finals: deque[asyncio.Future[Recognised]] = deque()
        self._on_partial: Callable[[Transcript], None] = lambda transcript: None
        self._on_own_end: Callable[[Recognised], None] = lambda recognised: None
        self._in_utterance = False
        self._call = self._new_call()
        self._given_up = asyncio.Event()
        self._failure: ProviderError | None = None
        self.dropped = 0
        self.failed_call = self._new_call()
        """What it had told of the request that failed last."""

    def listen(self, on_partial: Callable[[Transcript], None], on_own_end: Callable[[Recognised], None]) -> None:
        """Who hears partials, and finals that nobody asked for (the engine's own end of turn)."""
        self._on_partial, self._on_own_end = on_partial, on_own_end

    def push(self, pcm: Samples) -> None:
        """Sound of the current utterance. Counted in `dropped` when the engine is 20 s behind."""
        self._in_utterance = True
        if self._failure is not None:
            return
        if self._queue.full():
            self.dropped += 1
        else:
            self._queue.put_nowait(pcm)

    def finish(self) -> "asyncio.Future[Recognised]":
        """The utterance is over; the future gets its final transcript or a `ProviderError`."""
        final: asyncio.Future[Recognised] = asyncio.get_running_loop().create_future()
        self._in_utterance = False
        if self._failure is not None:
            final.set_exception(self._failure)
            self._failure = None
            return final
        self._finals.append(final)
        self._command(_FINISH)
        return final

    def discard(self) -> None:
        """Forget the current utterance."""
        self._in_utterance, self._failure = False, None
        self._command(_DISCARD)

    def restart(self) -> None:
        """Give the session up and open another: it did not answer in time."""
        self._given_up.set()

    async def run(self) -> None:
        """Keep a session open until cancelled."""
        while True:
            self._given_up.clear()
            try:
                await self._session()
            except* ProviderError as group:
                self._fail(_first(group))
            # Only reached after a failure: wait for the next sound before the engine is opened again.
            await self._wait_for_sound()

    async def _session(self) -> None:
        wire = Wire(self._now_ns, lambda instant: self._call.take(instant))
        async with self._engine.open(self._language, wire) as session, asyncio.TaskGroup() as group:
            group.create_task(self._pump(session))
            group.create_task(self._watch())
            async with aclosing(_closable(session)) as results:
                async for transcript in results:
                    self._take(transcript)
            raise EndedEarly(self._engine.title, "stt")

    def _new_call(self, connected: bool = False) -> ServiceCall:
        """`connected`: the session has a connection from before, which the next request uses unless it opens another."""
        return ServiceCall("stt", bool(self._engine.key_variable), True if connected else None)

    def _next_call(self) -> ServiceCall:
        """What was told so far; from now on it is told of another request."""
        call, self._call = self._call, self._new_call(self._call.reused is not None)
        return call

    async def _watch(self) -> None:
        await self._given_up.wait()
        raise EndedEarly(self._engine.title, "stt")

    async def _pump(self, session: SttSession) -> None:
        while True:
            item = await self._queue.get()
            if isinstance(item, str):
                await (session.finish() if item == _FINISH else session.discard())
            else:
                await session.push(item)

    def _take(self, transcript: Transcript) -> None:
        if not transcript.final:
            self._on_partial(transcript)
            return
        recognised = Recognised(transcript, self._next_call())
        if self._finals:
            final = self._finals.popleft()
            if not final.done():
                final.set_result(recognised)
        else:
            self._on_own_end(recognised)

    def _command(self, command: str) -> None:
        if self._queue.full():
            self._queue.get_nowait()  # a command is never the one that is dropped
            self.dropped += 1
        self._queue.put_nowait(command)

    def _fail(self, error: ProviderError) -> None:
        self.failed_call, self._call = self._call, self._new_call()
        waiting, self._finals = self._finals, deque()
        for final in waiting:
            if not final.done():
                final.set_exception(error)
        self._failure = error if self._in_utterance else None
        while not self._queue.empty():
            self._queue.get_nowait()

    async def _wait_for_sound(self) -> None:
        item = await self._queue.get()
        kept: list[Samples | str] = [item]
        with contextlib.suppress(asyncio.QueueEmpty):
            while True:
                kept.append(self._queue.get_nowait())
        for each in kept:
            self._queue.put_nowait(each)


async def _closable(session: SttSession) -> AsyncGenerator[Transcript, None]:
    """The session's results as something that can be closed."""
    async for transcript in session.results():
        yield transcript


def _first(group: BaseExceptionGroup[ProviderError]) -> ProviderError:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            return _first(error)
        return error
    raise AssertionError("an exception group is never empty")
