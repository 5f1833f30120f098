"""`POST /v1/responses`: the scripted answer as a stream of named events, or whole."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bench.wire.answer import Step, WireAnswer, WireRequest
from bench.wire.openai_chat import padding
from bench.wire.openai_error import complaint, identifier, json_answer, sse, stream_answer
from bench.wire.openai_pace import Pace, Said, pieces, said
from bench.wire.openai_response_request import ResponseBody, check_response
from bench.wire.openai_strict import read_json
from bench.wire.openai_threads import Item, Threads
from bench.wire.plan import Plan, PlannedCall


def read_response(request: WireRequest) -> ResponseBody:
    """Raises `Complaint`."""
    body = read_json(request, ResponseBody)
    check_response(body)
    return body


def response_answer(request: WireRequest, body: ResponseBody, threads: Threads) -> WireAnswer:
    """The answer to a request that was found good. What it adds to a thread is added when it was answered to the end.

    Raises `Complaint` for a conversation, an item or a previous response that is not known."""
    told = said(request.plan, request.nth, body.asked())
    conversation = threads.conversation(body.conversation_id) if body.conversation_id is not None else None
    before = threads.thread_of(body.previous_response_id) if body.previous_response_id is not None else ()
    items = threads.stored(body.input)
    _check_calls([*before, *(conversation.items if conversation is not None else ()), *items])
    made = _Response(request.plan, body, told)

    def keep() -> None:
        if conversation is not None:
            conversation.items += [*items, *made.output]
        if body.store is not False:
            threads.keep_response(made.id, (*before, *items, *made.output))

    if body.stream:
        return stream_answer(tuple(made.steps()), keep)
    return json_answer(made.shown(made.status, made.output), made.end_ms, on_end=keep)


@dataclass(frozen=True, slots=True)
class _Event:
    """Before it has a number."""

    due_ms: float
    kind: str
    type: str
    fields: dict[str, Any]


class _Response:
    """One response and the events that build it."""

    def __init__(self, plan: Plan, body: ResponseBody, told: Said) -> None:
        self._plan, self._body, self._told = plan, body, told
        self._pace = Pace.of(plan)
        self._created = time.time()
        self._obfuscates = body.stream_options is None or body.stream_options.include_obfuscation
        self.id = identifier("resp_")
        self.status = "completed" if told.ending in ("stop", "tool_calls", "refusal") else "incomplete"
        self._thinking = _reasoning_item(told, shown=body.shows_thinking) if told.reasoning else None
        calls = [_call_item(call) for call in told.calls]
        self._message = None if calls or (told.ending == "length" and not told.text) else _message_item(told, self.status)
        said_items = calls if self._message is None else [self._message]
        self.output: list[Item] = [*([] if self._thinking is None else [self._thinking]), *said_items]
        self.end_ms = self._pace.end_due(len(told.text) + sum(len(pieces(call)) for call in told.calls))

    def steps(self) -> Iterator[Step]:
        """The stream."""
        for number, event in enumerate(self._events()):
            data = {"type": event.type, "sequence_number": number, **event.fields}
            yield Step(event.due_ms, sse(data, event.type), event.kind)

    def shown(self, status: str, output: list[Item]) -> dict[str, Any]:
        """The response object."""
        body, over = self._body, status != "in_progress"
        sent = body.model_dump(mode="json", by_alias=True)
        reason = {"length": "max_output_tokens", "content_filter": "content_filter"}.get(self._told.ending)
        return {
            "id": self.id,
            "object": "response",
            "created_at": int(self._created),
            "status": status,
            "background": False,
            "completed_at": int(self._created + self.end_ms / 1000) if status == "completed" else None,
            "error": None,
            "incomplete_details": {"reason": reason} if status == "incomplete" else None,
            "conversation": {"id": body.conversation_id} if body.conversation_id is not None else None,
            **{name: sent[name] for name in ("instructions", "max_output_tokens", "max_tool_calls", "model",
                                             "previous_response_id", "prompt_cache_key", "safety_identifier",
                                             "text", "tool_choice", "tools", "top_logprobs")},
            "metadata": sent["metadata"] or {},
            "output": output,
            "parallel_tool_calls": body.parallel_tool_calls is not False,
            "reasoning": {"effort": None, "summary": None} | (sent["reasoning"] or {}),
            "service_tier": "default",
            "store": body.store is not False,
            "temperature": 1.0 if body.temperature is None else body.temperature,
            "top_p": 1.0 if body.top_p is None else body.top_p,
            "truncation": body.truncation or "disabled",
            "usage": self._usage() if over else None,
            "user": body.user or None,
        }  # fmt: skip

    def _usage(self) -> dict[str, Any]:
        plan, told = self._plan, self._told
        return {
            "input_tokens": plan.tokens_in,
            "input_tokens_details": {"cached_tokens": plan.tokens_cached, "cache_write_tokens": 0},
            "output_tokens": told.tokens_out,
            "output_tokens_details": {"reasoning_tokens": len(told.reasoning)},
            "total_tokens": plan.tokens_in + told.tokens_out,
        }

    def _events(self) -> Iterator[_Event]:
        begun = {"response": self.shown("in_progress", [])}
        yield _Event(self._pace.first_ms, "role", "response.created", begun)
        yield _Event(self._pace.first_ms, "role", "response.in_progress", begun)
        index = 0
        if self._thinking is not None:
            yield from self._thinking_events(self._thinking, index)
            index += 1
        if self._message is not None:
            yield from self._message_events(self._message, index)
        place = 0
        for call, item in zip(self._told.calls, self.output[index:], strict=False):
            yield from self._call_events(call, item, index, place)
            index, place = index + 1, place + len(pieces(call))
        yield _Event(self.end_ms, "done", f"response.{self.status}", {"response": self.shown(self.status, self.output)})

    def _thinking_events(self, item: Item, index: int) -> Iterator[_Event]:
        instants = self._pace.before(len(self._told.reasoning))
        place: dict[str, Any] = {"item_id": item["id"], "output_index": index}
        summary: dict[str, Any] = {**place, "summary_index": 0}
        yield _Event(
            instants[0], "item", "response.output_item.added", {"output_index": index, "item": {**item, "summary": []}}
        )
        if item["summary"]:
            empty, full = {"type": "summary_text", "text": ""}, item["summary"][0]
            yield _Event(instants[0], "item", "response.reasoning_summary_part.added", {**summary, "part": empty})
            for due, token in zip(instants, self._told.reasoning, strict=True):
                yield self._delta(due, "reasoning", "response.reasoning_summary_text.delta", {**summary, "delta": token})
            text = {**summary, "text": full["text"]}
            yield _Event(instants[-1], "item", "response.reasoning_summary_text.done", text)
            yield _Event(instants[-1], "item", "response.reasoning_summary_part.done", {**summary, "part": full})
        yield _Event(instants[-1], "item", "response.output_item.done", {"output_index": index, "item": item})

    def _message_events(self, item: Item, index: int) -> Iterator[_Event]:
        begun: Item = {**item, "status": "in_progress", "content": []}
        (part,) = item["content"]
        word = "refusal" if part["type"] == "refusal" else "text"
        kind = "response.refusal" if word == "refusal" else "response.output_text"
        extra: dict[str, Any] = {} if word == "refusal" else {"logprobs": []}
        place: dict[str, Any] = {"item_id": item["id"], "output_index": index, "content_index": 0}
        start, end = self._pace.text_ms, self.end_ms
        yield _Event(start, "item", "response.output_item.added", {"output_index": index, "item": begun})
        yield _Event(start, "item", "response.content_part.added", {**place, "part": {**part, word: ""}})
        for number, token in enumerate(self._told.text):
            due = self._pace.text_due(number)
            yield self._delta(due, word, f"{kind}.delta", {**place, "delta": token, **extra})
        yield _Event(end, "item", f"{kind}.done", {**place, word: part[word], **extra})
        yield _Event(end, "item", "response.content_part.done", {**place, "part": part})
        yield _Event(end, "item", "response.output_item.done", {"output_index": index, "item": item})

    def _call_events(self, call: PlannedCall, item: Item, index: int, first: int) -> Iterator[_Event]:
        place: dict[str, Any] = {"item_id": item["id"], "output_index": index}
        cut = pieces(call)
        start, end = self._pace.text_due(first), self._pace.text_due(first + len(cut) - 1)
        begun = {**item, "status": "in_progress", "arguments": ""}
        yield _Event(start, "call", "response.output_item.added", {"output_index": index, "item": begun})
        for number, piece in enumerate(cut):
            due = self._pace.text_due(first + number)
            yield self._delta(due, "call", "response.function_call_arguments.delta", {**place, "delta": piece})
        done = {**place, "name": call.name, "arguments": item["arguments"]}
        yield _Event(end, "item", "response.function_call_arguments.done", done)
        yield _Event(end, "item", "response.output_item.done", {"output_index": index, "item": item})

    def _delta(self, due_ms: float, kind: str, name: str, fields: dict[str, Any]) -> _Event:
        return _Event(due_ms, kind, name, fields | (padding(len(fields["delta"])) if self._obfuscates else {}))


def _check_calls(thread: list[Item]) -> None:
    """Every call in the thread has its output, and every output its call. Raises `Complaint`."""
    calls = {item["call_id"] for item in thread if item["type"] == "function_call"}
    outputs = {item.get("call_id") for item in thread if item["type"] == "function_call_output"}
    for call in sorted(calls - outputs):
        raise complaint(400, f"No tool output found for function call {call}.", param="input")
    for call in sorted(str(each) for each in outputs - calls):
        raise complaint(400, f"No tool call found for function call output with call_id {call}.", param="input")


def _reasoning_item(told: Said, *, shown: bool) -> Item:
    summary = [{"type": "summary_text", "text": "".join(told.reasoning)}] if shown else []
    return {"id": identifier("rs_"), "type": "reasoning", "summary": summary}


def _call_item(call: PlannedCall) -> Item:
    return {
        "id": identifier("fc_"),
        "type": "function_call",
        "status": "completed",
        "call_id": identifier("call_"),
        "name": call.name,
        "arguments": "".join(pieces(call)),
    }


def _message_item(told: Said, status: str) -> Item:
    text = "".join(told.text)
    part: Item = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    if told.ending == "refusal":
        part = {"type": "refusal", "refusal": text}
    return {"id": identifier("msg_"), "type": "message", "status": status, "role": "assistant", "content": [part]}
