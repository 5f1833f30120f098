"""`POST /v1/chat/completions`: the scripted answer as a stream of chunks, or whole."""

import secrets
import time
from typing import Any

from bench.wire.answer import Step, WireAnswer, WireRequest
from bench.wire.openai_chat_request import ChatBody, check_chat
from bench.wire.openai_error import identifier, json_answer, sse, stream_answer
from bench.wire.openai_pace import Pace, Said, pieces, said
from bench.wire.openai_strict import read_json
from bench.wire.plan import Plan


def read_chat(request: WireRequest) -> ChatBody:
    """Raises `Complaint`."""
    body = read_json(request, ChatBody)
    check_chat(body)
    return body


def chat_answer(request: WireRequest, body: ChatBody) -> WireAnswer:
    """The answer to a request that was found good."""
    told = said(request.plan, request.nth, body.asked())
    script = _Chunks(request.plan, body, told)
    if body.stream:
        return stream_answer(script.steps())
    return json_answer(script.whole(), script.end_ms)


def finish_reason(told: Said) -> str:
    """A refusal is an ordinary end here."""
    return "stop" if told.ending == "refusal" else told.ending


def usage(plan: Plan, told: Said) -> dict[str, Any]:
    """What is paid for."""
    return {
        "prompt_tokens": plan.tokens_in,
        "completion_tokens": told.tokens_out,
        "total_tokens": plan.tokens_in + told.tokens_out,
        "prompt_tokens_details": {"cached_tokens": plan.tokens_cached, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": len(told.reasoning),
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


class _Chunks:
    """The chunks of one answer."""

    def __init__(self, plan: Plan, body: ChatBody, told: Said) -> None:
        self._plan, self._body, self._told = plan, body, told
        self._pace = Pace.of(plan)
        options = body.stream_options
        self._asks_usage = options is not None and options.include_usage
        self._obfuscates = options is None or options.include_obfuscation
        self._same: dict[str, Any] = {
            "id": identifier("chatcmpl-"),
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": body.model,
            "service_tier": "default",
            "system_fingerprint": None,
        }
        count = len(told.text) + sum(len(pieces(call)) + 1 for call in told.calls)
        self.end_ms = self._pace.end_due(count)

    def steps(self) -> tuple[Step, ...]:
        """The stream. Its first chunk bears the role, whatever else is in it."""
        deltas = [*self._ahead(), *self._text(), *self._calls()] or [(self._pace.text_ms, "role", {})]
        due_ms, kind, first = deltas[0]
        opening = {"role": "assistant", "content": None if self._told.calls else "", "refusal": None}
        deltas[0] = (due_ms, kind, {**opening, **first})
        steps = [Step(due, self._chunk(delta), kind) for due, kind, delta in deltas]
        steps.append(Step(self.end_ms, self._chunk({}, finish_reason(self._told)), "finish"))
        if self._asks_usage:
            last: dict[str, Any] = {**self._same, "choices": [], "usage": usage(self._plan, self._told)}
            steps.append(Step(self.end_ms, sse(last | self._padding(0)), "usage"))
        return (*steps, Step(self.end_ms, b"data: [DONE]\n\n", "done"))

    def whole(self) -> dict[str, Any]:
        """The answer when it is not streamed."""
        told, text = self._told, "".join(self._told.text)
        message: dict[str, Any] = {"role": "assistant", "content": text, "refusal": None, "annotations": []}
        if told.ending == "refusal":
            message |= {"content": None, "refusal": text}
        if told.reasoning:
            message["reasoning_content"] = "".join(told.reasoning)
        if told.calls:
            message["content"] = None
            message["tool_calls"] = [
                {"id": identifier("call_"), "type": "function",
                 "function": {"name": call.name, "arguments": "".join(pieces(call))}}
                for call in told.calls
            ]  # fmt: skip
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish_reason(told)}
        return {**self._same, "object": "chat.completion", "choices": [choice], "usage": usage(self._plan, told)}

    def _ahead(self) -> list[tuple[float, str, dict[str, Any]]]:
        """Chunks without text: the role, empty ones, and the thinking in the way of compatible servers."""
        ahead: list[tuple[str, dict[str, Any]]] = [("empty", {"content": ""})] * self._plan.no_text_first
        ahead[:1] = [("role", {})] if ahead else []
        ahead += [("reasoning", {"reasoning_content": token}) for token in self._told.reasoning]
        return [(due, kind, delta) for due, (kind, delta) in zip(self._pace.before(len(ahead)), ahead, strict=True)]

    def _text(self) -> list[tuple[float, str, dict[str, Any]]]:
        kind, name = ("refusal", "refusal") if self._told.ending == "refusal" else ("text", "content")
        return [(self._pace.text_due(place), kind, {name: token}) for place, token in enumerate(self._told.text)]

    def _calls(self) -> list[tuple[float, str, dict[str, Any]]]:
        """The first delta of a call has its id and name, the later ones pieces of its arguments."""
        deltas: list[dict[str, Any]] = []
        for index, call in enumerate(self._told.calls):
            named = {"name": call.name, "arguments": ""}
            deltas.append({"index": index, "id": identifier("call_"), "type": "function", "function": named})
            deltas += [{"index": index, "function": {"arguments": piece}} for piece in pieces(call)]
        return [(self._pace.text_due(place), "call", {"tool_calls": [delta]}) for place, delta in enumerate(deltas)]

    def _chunk(self, delta: dict[str, Any], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        data: dict[str, Any] = {**self._same, "choices": [choice]}
        if self._asks_usage:
            data["usage"] = None
        return sse(data | self._padding(len(str(delta))))

    def _padding(self, size: int) -> dict[str, str]:
        return padding(size) if self._obfuscates else {}


def padding(size: int) -> dict[str, str]:
    """Random characters that hide the length of a delta."""
    return {"obfuscation": secrets.token_urlsafe(16)[: 16 - size % 16]}
