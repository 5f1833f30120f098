"""Pocketsphinx: embedded English speech recognition that streams, in a worker process of its own. BSD licence, no network.

Measured on two cores with clear synthetic voices (328 words in 32 utterances, in real time, a fresh conversation each). Fast
search: the final follows the end of the utterance by a median 15 ms, p95 31 ms (n = 64, worst 49 ms); 24 % of the words are
wrong (17 % with a man's voice, 31 % with a woman's), 21 % when one conversation goes on and the decoder knows the voice.
Careful: 0.14 s, often more, and 19 %. First partial 0.2 s after the voice began. A second of clear speech costs 0.09 s of
computing, of noisy speech 0.25–0.5 s; loading takes 0.4 s and 110 MB per worker. In building-site noise it understands little.
"""

import asyncio
import importlib.util
import json
import os
import sys
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Literal

from providers.base import Capabilities, Missing, Options, Samples, SpeechToText, SttSession, Transcript, Wire, knob
from providers.errors import EngineCrashed, EngineMissing, LanguageUnsupported
from providers.workers.framing import Kind, Message, pack
from providers.workers.pool import Worker, WorkerPool

LONGEST_FRAME = 16_000
"""Samples in one frame to the worker (1 s): a discard is heeded between frames and slices of them."""
REMEDY = "This embedded recogniser knows English only: add a faster-whisper provider, choose a vendor, or speak English."


class PocketsphinxOptions(Options):
    """What can be set."""

    passes: Literal["fast", "careful"] = knob(
        "fast",
        en="Search",
        ru="Поиск",
        help_en="Fast: words a few ms after you stop. Careful: two more passes, fewer errors, but about 0.1 s later or more.",
        help_ru="Быстрый — слова через несколько мс. Тщательный — ещё два прохода: ошибок меньше, но на 0,1 с и более позже.",
    )


class PocketsphinxStt(SpeechToText):
    """English speech to text without a network."""

    name = "pocketsphinx"
    title = "Pocketsphinx"
    Options = PocketsphinxOptions
    capabilities = Capabilities(languages=("en",), streams_input=True, word_times=True, labels=("embedded",))

    def __init__(self, options: PocketsphinxOptions) -> None:
        super().__init__(options)
        settings = json.dumps({"parent": os.getpid(), "careful": options.passes == "careful"})
        argv = [sys.executable, "-m", "providers.workers.pocketsphinx_worker", settings]
        self._pool = WorkerPool(argv, provider=self.title, stage="stt")

    @classmethod
    def missing(cls) -> Missing | None:
        if importlib.util.find_spec("pocketsphinx") is None:
            return Missing("the package pocketsphinx", "pip install pocketsphinx")
        return None

    async def warm_up(self) -> None:
        """Start a worker and load the model, about 0.4 s. Raises `EngineMissing`, `EngineCrashed`, `StageTimedOut`."""
        self._check_engine()
        await self._pool.warm()

    @asynccontextmanager
    async def open(self, language: str, wire: Wire) -> AsyncGenerator[SttSession]:
        if language != "en":
            raise LanguageUnsupported(self.title, "stt", language=language, remedy=REMEDY)
        self._check_engine()
        session = PocketsphinxSession(self._pool, wire, self.title)
        await session.start()
        try:
            yield session
        finally:
            session.close()

    async def close(self) -> None:
        await self._pool.close()

    def _check_engine(self) -> None:
        lacking = self.missing()
        if lacking:
            raise EngineMissing(self.title, "stt", what=lacking.what, remedy=lacking.remedy)


class PocketsphinxSession(SttSession):
    """One conversation with one decoder.

    When the worker dies inside an utterance, `results` raises `EngineCrashed` once, and so does the next `push` or `finish`
    of that utterance; what is pushed after that (or after `discard`) goes to a fresh worker, and `results` can be read again.
    """

    def __init__(self, pool: WorkerPool, wire: Wire, provider: str) -> None:
        self._pool = pool
        self._wire = wire
        self._provider = provider
        self._worker: Worker | None = None
        self._left: deque[Message | EngineCrashed] = deque()
        """What dead workers had said, and that they died, in order."""
        self._utterance = 0
        self._heard = False
        """The current utterance has sound."""
        self._lost: EngineCrashed | None = None
        """The current utterance was lost, and whoever pushes it does not know yet."""
        self._awaited: set[int] = set()
        """Finished utterances whose final is still to come."""
        self._news = asyncio.Event()
        self._closed = False

    async def start(self) -> None:
        """Take a worker and have it forget the last voice. Raises `EngineCrashed`, `StageTimedOut`."""
        worker = await self._pool.take(self._wire)
        if self._closed:
            self._pool.give_back(worker)
            return
        worker.news = self._news
        worker.write(pack(Kind.OPEN))
        self._worker = worker
        self._begin()
        self._news.set()

    def close(self) -> None:
        """End the session at once; its worker drops what it was doing and is free for the next one."""
        self._closed = True
        worker, self._worker = self._worker, None
        if worker:
            worker.write(pack(Kind.DISCARD, self._utterance))
            if self._awaited:  # it is computing, and nobody wants to know
                worker.kill()
            self._pool.give_back(worker)
        self._news.set()

    async def push(self, pcm: Samples) -> None:
        for at in range(0, len(pcm), LONGEST_FRAME):
            worker = await self._ready()
            self._heard = True
            worker.write(pack(Kind.AUDIO, self._utterance, pcm[at : at + LONGEST_FRAME].astype("<i2").tobytes()))
            await worker.drain()

    async def finish(self) -> None:
        worker = await self._ready()
        worker.write(pack(Kind.FINISH, self._utterance))
        self._awaited.add(self._utterance)
        self._begin()

    async def discard(self) -> None:
        self._let_go_of_the_dead()
        self._lost = None
        if self._worker:
            self._worker.write(pack(Kind.DISCARD, self._utterance))
            self._begin()

    async def results(self) -> AsyncGenerator[Transcript]:
        while not self._closed:
            said = self._next()
            if isinstance(said, EngineCrashed):
                raise said
            transcript = self._transcript(said) if said else None
            if transcript:
                yield transcript
            elif said is None:
                self._news.clear()
                await self._news.wait()

    def _next(self) -> Message | EngineCrashed | None:
        self._let_go_of_the_dead()
        if self._left:
            return self._left.popleft()
        return self._worker.take() if self._worker else None

    def _transcript(self, message: Message) -> Transcript | None:
        """None for what belongs to a discarded utterance or another session."""
        if message.kind == Kind.FINAL and message.number in self._awaited:
            self._awaited.discard(message.number)
            final = json.loads(message.payload)
            words = tuple((str(word), int(start), int(end)) for word, start, end in final["words"])
            return Transcript(final["text"], True, message.at_ns, words=words)
        if message.kind == Kind.PARTIAL and (message.number == self._utterance or message.number in self._awaited):
            return Transcript(message.payload.decode(), False, message.at_ns)
        return None

    def _begin(self) -> None:
        self._utterance = self._pool.next_number()
        self._heard = False

    async def _ready(self) -> Worker:
        """The worker for the current utterance, a fresh one when the last has died. Raises `EngineCrashed`, `StageTimedOut`."""
        self._let_go_of_the_dead()
        lost, self._lost = self._lost, None
        if lost:
            raise lost
        if self._worker is None and not self._closed:
            await self.start()
        if self._worker is None:
            raise EngineCrashed(self._provider, "stt", cause="the session is closed")
        return self._worker

    def _let_go_of_the_dead(self) -> None:
        """Part from a dead worker. It is a failure only when something was expected of it."""
        worker = self._worker
        if worker is None or not worker.dead:
            return
        self._worker = None
        while message := worker.take():
            self._left.append(message)
        answered = {message.number for message in self._left if isinstance(message, Message) and message.kind == Kind.FINAL}
        if self._heard or self._awaited - answered:
            crash = EngineCrashed(self._provider, "stt", cause=worker.last_words)
            self._left.append(crash)
            self._lost = crash if self._heard else None
        self._awaited &= answered
        self._heard = False
        self._pool.give_back(worker)
        self._news.set()
