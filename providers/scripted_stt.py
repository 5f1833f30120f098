"""Speech to text with known delays: hears a fixed text, whatever is said, and tells it at planned times."""

import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from providers.base import CAPTURE_RATE_HZ, Capabilities, Samples, SpeechToText, SttSession, Transcript, Wire, knob
from providers.errors import ConnectionCut
from providers.scripted import Fault, Plan, ServiceOptions, apply_fault, numbered, with_jitter
from providers.scripted_frames import Frame, Step
from providers.scripted_link import Link
from providers.scripted_service import Service

AUDIBLE = 328
"""Sample value at −40 dBFS: louder than this is speech to the scripted ear."""


class ScriptedSttOptions(ServiceOptions):
    """What is heard, and when it is told."""

    text: str = knob(
        "this is what was said", en="Text", ru="Текст",
        help_en="One line for each utterance, over and over.", help_ru="По строке на фразу, по кругу.", max_length=20_000,
    )  # fmt: skip
    partial_every_ms: float = knob(
        250.0, en="Partial every", ru="Промежуточный каждые",
        help_en="One word more is told this often while you speak; 0 is never.",
        help_ru="Так часто добавляется слово, пока вы говорите; 0 — никогда.", unit="ms", ge=0, le=60_000,
    )  # fmt: skip
    final_ms: float = knob(
        120.0, en="Final after", ru="Итог через",
        help_en="From the end of the utterance to its final text.", help_ru="От конца фразы до итогового текста.",
        unit="ms", ge=0, le=600_000,
    )  # fmt: skip
    duplicate_finals: Literal["none", "empty", "different"] = knob(
        "none", en="Second final", ru="Второй итог",
        help_en="Some services end with an empty final, or with another one: does a turn come of it?",
        help_ru="Некоторые сервисы шлют в конце пустой или ещё один итог: не станет ли он репликой?",
    )  # fmt: skip
    duplicate_after_ms: float = knob(
        100.0, en="Second final after", ru="Второй итог через",
        help_en="Between the two.", help_ru="Между ними.", unit="ms", ge=0, le=10_000,
    )  # fmt: skip
    own_end_of_turn_after_ms: float = knob(
        0.0, en="Ends the turn itself after", ru="Сам завершает реплику через",
        help_en="So much silence after speech makes it end the utterance; 0 is never.",
        help_ru="Столько тишины после речи — и он завершает фразу; 0 — никогда.", unit="ms", ge=0, le=60_000,
    )  # fmt: skip

    def line(self, turn: int) -> str:
        """The text of utterance number `turn`."""
        lines = [line.strip() for line in self.text.splitlines() if line.strip()] or [""]
        return lines[turn % len(lines)]


def partials(options: ScriptedSttOptions, turn: int, fault: Fault) -> list[Step]:
    """What is told while the utterance is being heard, with the fault if it strikes by then."""
    words = options.line(turn).split() if options.partial_every_ms else []
    texts = [" ".join(words[: count + 1]) for count in range(len(words))]
    heads = [{"kind": "partial", "text": text} for text in texts]
    told = [Step((place + 1) * options.partial_every_ms, head) for place, head in enumerate(heads)]
    told = with_jitter(numbered(told), options, turn)
    room = len(told) - (1 if fault.kind == "out_of_order" else 0)
    if fault.kind in ("none", "after_done") or (fault.after >= room and fault.kind not in ("empty", "split")):
        return told
    if fault.kind == "empty":
        return []
    closing = Step(0.0, {"kind": "closing"})  # stands for the final, which has a timeline of its own
    return [step for step in apply_fault([*told, closing], fault) if step.head.get("kind") != "closing"]


def finals(options: ScriptedSttOptions, turn: int, heard: bool, own_end: bool, fault: Fault) -> list[Step]:
    """What is told once the utterance is over. A fault that has not struck among the partials strikes here."""
    text = options.line(turn) if heard and fault.kind != "empty" else ""
    steps = [Step(options.final_ms, {"kind": "final", "text": text, "end_of_turn": own_end})]
    if options.duplicate_finals != "none":
        second = f"{text}, I said" if options.duplicate_finals == "different" else ""
        steps.append(Step(options.final_ms + options.duplicate_after_ms, {"kind": "final", "text": second}))
    steps.append(Step(steps[-1].due_ms, {"kind": "end"}))
    steps = with_jitter(numbered(steps), options, turn)
    words = len(options.line(turn).split()) if options.partial_every_ms else 0
    if fault.kind in ("none", "empty") or (fault.kind == "out_of_order" and fault.after < words - 1):
        return steps
    return apply_fault(steps, fault.model_copy(update={"after": 0}))


@dataclass(slots=True)
class _Utterance:
    """One stretch of speech on its way through the service."""

    turn: int
    request: str
    """Id of the request that plays now: the listening one, then the final one."""
    fault: Fault
    expected: int = 0
    """Place of the frame that must come next."""
    pushed: bool = False
    """Some sound has come."""
    heard: bool = False
    """Some of it was louder than silence."""
    silent_ms: float = 0.0
    """How much silence has followed since."""
    unasked: bool = False
    """Its final, still on its way, comes of the service's own opinion: nobody has called `finish` for it."""


class _Listening(SttSession):
    """A session: one connection, one utterance after the other."""

    def __init__(self, service: Service, script: ScriptedSttOptions, link: Link, wire: Wire) -> None:
        self._service = service
        self._script = script
        self._link = link
        self._wire = wire
        self._current: _Utterance | None = None
        self._answering: dict[str, _Utterance] = {}
        self._closed = False

    async def push(self, pcm: Samples) -> None:
        loud = np.flatnonzero(np.abs(pcm.astype(np.int32)) >= AUDIBLE)
        if self._current is None:
            if self._script.own_end_of_turn_after_ms and loud.size == 0:
                return  # it decides by itself where utterances begin and end: this is the silence between them
            self._current = self._begin()
            self._ask(self._current, partials(self._script, self._current.turn, self._current.fault), "begin")
        utterance = self._current
        utterance.pushed = True
        with self._service.own_errors():
            await self._link.listen(utterance.request, pcm.astype("<i2").tobytes())
        utterance.heard = utterance.heard or loud.size > 0
        silent = pcm.size - 1 - int(loud[-1]) if loud.size else pcm.size
        utterance.silent_ms = silent * 1e3 / CAPTURE_RATE_HZ + (0.0 if loud.size else utterance.silent_ms)
        limit_ms = self._script.own_end_of_turn_after_ms
        if limit_ms and utterance is self._current and utterance.silent_ms >= limit_ms:
            self._finish(utterance, own_end=True)

    async def finish(self) -> None:
        unasked = next((utterance for utterance in self._answering.values() if utterance.unasked), None)
        if self._current is None and unasked is not None:
            unasked.unasked = False  # its own end of turn was faster: that final is the one that follows
        else:
            self._finish(self._current or self._begin(), own_end=False)

    async def discard(self) -> None:
        utterance = self._current
        if utterance is None and self._answering:
            utterance = list(self._answering.values())[-1]
        if utterance is None:
            return
        self._current = None
        self._answering.pop(utterance.request, None)
        self._link.stop(utterance.request)
        self._wire.note("cancel_sent", request=utterance.request)

    async def results(self) -> AsyncIterator[Transcript]:
        while not self._closed:
            try:
                with self._service.own_errors():
                    frame = await self._link.inbox.next()
            except ConnectionCut:
                if self._closed:
                    return
                raise
            utterance = self._answering.get(str(frame.head.get("request")))
            if utterance is None:
                continue  # of an utterance that was discarded, or that is complete
            transcript = self._transcript(frame, utterance)
            if transcript is not None:
                yield transcript

    def close(self) -> None:
        """Drop the connection; `results` ends."""
        self._closed = True
        for request in self._answering:
            self._wire.note("cancel_sent", request=request)
        self._link.abort()

    def _begin(self) -> _Utterance:
        turn = self._service.next_turn()
        return _Utterance(turn, "", self._service.fault(turn))

    def _finish(self, utterance: _Utterance, *, own_end: bool) -> None:
        self._current = None
        if utterance.request:
            self._link.stop(utterance.request)
            del self._answering[utterance.request]
        heard = utterance.pushed and (utterance.heard or not self._script.own_end_of_turn_after_ms)
        steps = finals(self._script, utterance.turn, heard, own_end, utterance.fault)
        self._ask(replace(utterance, expected=0, unasked=own_end), steps, "finish")

    def _ask(self, utterance: _Utterance, steps: list[Step], cue: str) -> None:
        """Send the service a timeline for the utterance."""
        with self._service.own_errors():
            self._link.inbox.check()
            utterance.request = uuid.uuid4().hex
            self._answering[utterance.request] = utterance
            sent_ns = self._link.play(utterance.request, Plan(tuple(steps)).steps, None)
        self._wire.note("request_sent", sent_ns, request=utterance.request, cue=cue)

    def _transcript(self, frame: Frame, utterance: _Utterance) -> Transcript | None:
        """What a frame means; None for the closing one. Raises `ProviderError`."""
        head = frame.head
        place, request = utterance.expected, utterance.request
        self._wire.note("bytes_received", frame.at_ns, request=request, seq=place, bytes=frame.size)
        self._service.check_place(frame, place)
        utterance.expected += 1
        kind = head.get("kind")
        utterance.unasked = utterance.unasked and kind == "partial"
        if kind in ("partial", "final"):
            own_end = bool(head.get("end_of_turn", False))
            return Transcript(str(head.get("text", "")), kind == "final", frame.at_ns, end_of_turn=own_end)
        self._answering.pop(request, None)
        if kind == "end":
            self._wire.note("response_ended", frame.at_ns, request=request)
            return None
        if kind == "error":
            raise self._service.refusal(head)
        with self._service.own_errors():
            raise ValueError(f"a chunk of kind {kind!r}")


class ScriptedStt(SpeechToText):
    """Known delays, known text."""

    name = "scripted"
    title = "Scripted recogniser"
    capabilities = Capabilities(streams_input=True, own_end_of_turn=True, labels=("scripted",))
    Options = ScriptedSttOptions

    def __init__(self, options: ScriptedSttOptions) -> None:
        super().__init__(options)
        self._script = options
        self._service = Service(self.title, "stt", options)

    async def warm_up(self) -> None:
        await self._service.warm_up()

    async def close(self) -> None:
        await self._service.close()

    @asynccontextmanager
    async def open(self, language: str, wire: Wire) -> AsyncGenerator[SttSession]:
        """A session on a connection of its own. Any language will do."""
        session = _Listening(self._service, self._script, await self._service.take(wire, self._service.upcoming), wire)
        try:
            yield session
        finally:
            session.close()
