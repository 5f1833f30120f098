"""From a checked request and its plan to what the Gemini Developer API would send, piece by piece."""

import base64
import hashlib
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bench.wire.answer import Step, WireAnswer, WireRequest
from bench.wire.faults import fault_of
from bench.wire.gemini_checks import SIGNATURE
from bench.wire.gemini_error import JSON_TYPE, pretty
from bench.wire.gemini_models import thinks_signed
from bench.wire.gemini_request import GenerateContentRequest, decoded
from bench.wire.gemini_sound import MIME_TYPE, RATE_HZ, seconds, spoken
from bench.wire.plan import Plan

AUDIO_TOKENS_PER_S = 25
"""Of spoken sound (tokens/s), https://ai.google.dev/gemini-api/docs/tokens."""
FINISHES = {"content_filter": "SAFETY", "length": "MAX_TOKENS"} | {
    each: each
    for each in (
        "SAFETY", "RECITATION", "LANGUAGE", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MALFORMED_FUNCTION_CALL",
        "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS", "MISSING_THOUGHT_SIGNATURE", "MALFORMED_RESPONSE", "MAX_TOKENS",
    )
}  # fmt: skip
"""Code of a fault of kind `none` or `empty` → the reason with which the answer ends."""
BLOCKED = "blocked"
"""A fault of kind `none` or `empty` with this code withholds the answer: `promptFeedback` and no candidate."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A chunk before it is written down."""

    due_ms: float
    kind: str
    parts: tuple[dict[str, Any], ...]
    written: int = 0
    """Tokens of the answer in it."""
    thought: int = 0
    """Tokens of thinking in it, told or not."""


@dataclass(frozen=True, slots=True)
class Answering:
    """One request that is being answered."""

    asked: WireRequest
    request: GenerateContentRequest
    model: str

    @property
    def plan(self) -> Plan:
        """What was planned."""
        return self.asked.plan

    def streamed(self) -> WireAnswer:
        """Piece by piece: server-sent events with `alt=sse`, else one JSON array that grows."""
        bodies = self._bodies()
        events = self.asked.query.get("alt") == "sse"
        steps = [Step(piece.due_ms, _event(body) if events else _item(body, first=not n), piece.kind)
                 for n, (piece, body) in enumerate(bodies)]  # fmt: skip
        if not events:
            steps[-1] = replace(steps[-1], data=steps[-1].data + b"]")
        kind = "text/event-stream" if events else JSON_TYPE
        return WireAnswer(tuple(steps), content_type=kind, headers=_timing(steps[0].due_ms), framing="chunked")

    def whole(self) -> WireAnswer:
        """In one body, when the last piece would have been there."""
        bodies = self._bodies()
        due_ms, last = bodies[-1][0].due_ms, bodies[-1][1]
        if "candidates" in last:
            parts = _joined([part for piece, _ in bodies for part in piece.parts])
            content = {"parts": parts, "role": "model"} if parts else {"role": "model"}
            last = {**last, "candidates": [{**last["candidates"][0], "content": content}]}
        step = Step(due_ms, pretty(last), "done")
        return WireAnswer((step,), content_type=JSON_TYPE, headers=_timing(due_ms))

    def _bodies(self) -> list[tuple[Piece, dict[str, Any]]]:
        """Every chunk's JSON with its counts, which add up as the answer goes on."""
        if fault_of(self.plan, self.asked.nth).code == BLOCKED:
            piece = Piece(self._first_ms, "blocked", ())
            feedback = {"blockReason": "PROHIBITED_CONTENT"}
            return [(piece, {"promptFeedback": feedback, "usageMetadata": self._usage(0, 0), **self._tail()})]
        pieces, reason = self._pieces()
        told: list[tuple[Piece, dict[str, Any]]] = []
        written = thought = 0
        for place, piece in enumerate(pieces):
            written, thought = written + piece.written, thought + piece.thought
            candidate: dict[str, Any] = {"content": {"parts": list(piece.parts), "role": "model"}, "index": 0}
            if place == len(pieces) - 1:
                candidate["finishReason"] = reason
            told.append((piece, {"candidates": [candidate], "usageMetadata": self._usage(written, thought), **self._tail()}))
        return told

    def _tail(self) -> dict[str, Any]:
        known = hashlib.sha256(self.asked.body + str(self.asked.nth).encode()).digest()
        return {"modelVersion": self.model, "responseId": base64.urlsafe_b64encode(known[:12]).decode()}

    @property
    def _first_ms(self) -> float:
        """When the first visible thing is due (ms)."""
        return max(self.plan.first_chunk_ms, self.plan.first_text_ms)

    @property
    def _speaks(self) -> bool:
        return "AUDIO" in (self.request.settings.response_modalities or ())

    def _pieces(self) -> tuple[list[Piece], str]:
        """The chunks, and why the answer ends."""
        visible, reason = self._visible()
        thoughts = self._thoughts()
        limit = self.request.settings.max_output_tokens
        if limit is not None and not self._speaks:
            if len(thoughts) + sum(piece.written for piece in visible) > limit:
                reason = "MAX_TOKENS"
            thoughts = thoughts[:limit]
            visible = visible[: max(0, limit - len(thoughts))]
        code = fault_of(self.plan, self.asked.nth).code
        reason = FINISHES.get(code, reason)
        end_ms = visible[-1].due_ms if visible else self._first_ms
        pieces = [*self._ahead(thoughts), *visible, Piece(end_ms, "done", tuple(self._closing(visible)))]
        if not self.request.thinking.include_thoughts:  # not told, but counted
            pieces[0] = replace(pieces[0], thought=len(thoughts))
        return pieces, reason

    def _ahead(self, thoughts: Sequence[str]) -> list[Piece]:
        """Chunks without visible text, spread from the first chunk's instant up to the first text's."""
        shown = bool(self.request.thinking.include_thoughts)
        pieces = [Piece(0.0, "role", ({"text": ""},)) for _ in range(self.plan.no_text_first)]
        if shown:
            pieces += [Piece(0.0, "reasoning", ({"text": each, "thought": True},), thought=1) for each in thoughts]
        step_ms = (self._first_ms - self.plan.first_chunk_ms) / max(1, len(pieces))
        return [replace(piece, due_ms=self.plan.first_chunk_ms + n * step_ms) for n, piece in enumerate(pieces)]

    def _thoughts(self) -> list[str]:
        return [] if self.request.thinking.thinking_budget == 0 or self._speaks else _pieces_of(self.plan.reasoning)

    def _visible(self) -> tuple[list[Piece], str]:
        fault = fault_of(self.plan, self.asked.nth)
        if fault.kind == "empty":
            begun = [] if self._speaks else self._text(self.plan.text)
            return begun[: fault.after], "STOP"
        if self._speaks:
            return self._sound(), "STOP"
        callable_ = self.request.functions()
        calls = [call for call in self.plan.calls if call.name in callable_]
        pace_ms = 1000 / self.plan.tokens_per_s
        if calls:
            parts = [self._call(call.name, call.arguments, nth) for nth, call in enumerate(calls)]
            return [Piece(self._first_ms + n * pace_ms, "call", (part,), 1) for n, part in enumerate(parts)], "STOP"
        text = self.plan.text
        for stop in self.request.settings.stop_sequences or ():
            text = text.partition(stop)[0] if stop else text
        return self._text(text), "STOP"

    def _text(self, text: str) -> list[Piece]:
        pace_ms = 1000 / self.plan.tokens_per_s
        return [Piece(self._first_ms + n * pace_ms, "text", ({"text": each},), 1)
                for n, each in enumerate(_pieces_of(text))]  # fmt: skip

    def _call(self, name: str, arguments: dict[str, Any], nth: int) -> dict[str, Any]:
        call: dict[str, Any] = {"name": name, "args": arguments}
        if not thinks_signed(self.model):
            return {"functionCall": call}
        known = hashlib.sha256(f"{name} {nth} {self.asked.nth}".encode() + self.asked.body).hexdigest()[:8]
        part: dict[str, Any] = {"functionCall": {**call, "id": known}}
        if nth == 0:  # of calls at once, only the first is signed
            part["thoughtSignature"] = base64.b64encode(SIGNATURE + known.encode()).decode()
        return part

    def _sound(self) -> list[Piece]:
        pieces: list[Piece] = []
        heard = 0
        for n, pcm in enumerate(spoken(self.plan)):
            part = {"inlineData": {"mimeType": MIME_TYPE, "data": base64.b64encode(pcm).decode()}}
            before, heard = heard, heard + len(pcm) // 2
            tokens = _audio_tokens(heard) - _audio_tokens(before)
            due_ms = self._first_ms + n * self.plan.chunk_ms * self.plan.realtime_factor
            pieces.append(Piece(due_ms, "audio", (part,), tokens))
        return pieces

    def _closing(self, visible: Sequence[Piece]) -> list[dict[str, Any]]:
        """The parts of the last chunk: empty text, and the word times when they were asked for."""
        config = self.request.settings.audio_transcription_config
        words = self._words() if config is not None and config.word_timestamp and visible else []
        timed = [{"audioTranscription": {"text": self.plan.text, "words": words, "finished": True}}] if words else []
        return [{"text": ""}, *timed] if not self._speaks else []

    def _words(self) -> list[dict[str, str]]:
        """As planned, or spread evenly over the recordings; empty when their length is unknown."""
        words = self.plan.words
        if not words:
            lengths = [seconds(decoded(part.inline_data.data)) for content in self.request.contents for part in content.parts
                       if part.inline_data is not None and part.inline_data.mime_type.startswith("audio/")]  # fmt: skip
            length = sum(each or 0.0 for each in lengths)
            said = self.plan.text.split()
            share = length / len(said) if said else 0.0
            words = tuple((word, n * share, (n + 1) * share) for n, word in enumerate(said)) if length else ()
        return [{"word": word, "startOffset": f"{start:.3f}s", "endOffset": f"{end:.3f}s"} for word, start, end in words]

    def _usage(self, written: int, thought: int) -> dict[str, Any]:
        plan = self.plan
        parts = [part for content in self.request.contents for part in content.parts]
        heard = any(part.inline_data is not None and part.inline_data.mime_type.startswith("audio/") for part in parts)
        read = min(plan.tokens_in, sum(len((part.text or "").split()) for part in parts)) if heard else plan.tokens_in
        prompt = [{"modality": "TEXT", "tokenCount": read}, {"modality": "AUDIO", "tokenCount": plan.tokens_in - read}]
        usage: dict[str, Any] = {"promptTokenCount": plan.tokens_in}
        if written:
            usage["candidatesTokenCount"] = written
        usage["totalTokenCount"] = plan.tokens_in + written + thought
        if plan.tokens_cached:
            usage["cachedContentTokenCount"] = plan.tokens_cached
        usage["promptTokensDetails"] = [each for each in prompt if each["tokenCount"]]
        if written and self._speaks:
            usage["candidatesTokensDetails"] = [{"modality": "AUDIO", "tokenCount": written}]
        if thought:
            usage["thoughtsTokenCount"] = thought
        return usage


def _audio_tokens(samples: int) -> int:
    return math.ceil(samples * AUDIO_TOKENS_PER_S / RATE_HZ)


def _pieces_of(text: str) -> list[str]:
    """A word and the space before it each; joined they are the text."""
    return re.findall(r"\s*\S+|\s+", text)


def _joined(parts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Neighbouring parts of the same sort become one."""
    joined: list[dict[str, Any]] = []
    for part in parts:
        before = joined[-1] if joined else {}
        if "text" in part and "text" in before and part.get("thought") == before.get("thought"):
            joined[-1] = {**before, "text": before["text"] + part["text"]}
        elif "inlineData" in part and "inlineData" in before:
            data = base64.b64decode(before["inlineData"]["data"]) + base64.b64decode(part["inlineData"]["data"])
            joined[-1] = {"inlineData": {**part["inlineData"], "data": base64.b64encode(data).decode()}}
        elif part != {"text": ""}:
            joined.append(part)
    return joined


def _event(body: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(body, ensure_ascii=False).encode() + b"\r\n\r\n"


def _item(body: dict[str, Any], *, first: bool) -> bytes:
    return (b"[" if first else b",\r\n") + pretty(body)


def _timing(ms: float) -> dict[str, str]:
    """How long the service's front end waited for the first byte, by its own account (ms)."""
    return {"server-timing": f"gfet4t7; dur={ms:.0f}", "vary": "Origin, X-Origin, Referer"}
