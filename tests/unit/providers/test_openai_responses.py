"""Responses: events one by one, and the conversation that is kept at the vendor."""

import asyncio
import json
import time
from typing import Any, cast

import pytest
from openai.types.responses import ResponseStreamEvent

from providers import registry
from providers.base import (
    Attachment,
    ChatRequest,
    Instant,
    Message,
    NoTextChunk,
    ReasoningDelta,
    ReplyFinished,
    TextDelta,
    ToolCallReady,
    ToolCallStarted,
    Usage,
    Wire,
)
from providers.errors import ContentRefused, EndedEarly, ProtocolBroken, RateLimited, ServiceFailed
from providers.openai_responses import OpenAiResponses
from providers.over_http.openai_errors import Asked as AskedOf
from providers.over_http.openai_errors import reading
from providers.over_http.openai_response_reply import ResponseReply
from providers.over_http.openai_service import OPENAI
from providers.over_http.openai_thread import Thread
from tests.unit.providers.openai_server import Asked, Server, event, plain, serving

ASKED = AskedOf("OpenAI", "llm", OPENAI, "m")
SYSTEM = Message("system", "Be brief.")
USAGE = {"input_tokens": 9, "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 2}, "output_tokens": 5,
         "output_tokens_details": {"reasoning_tokens": 1}, "total_tokens": 14}  # fmt: skip


def response(status: str = "completed", **more: Any) -> dict[str, Any]:
    return {"id": "r", "object": "response", "status": status, "output": [], "usage": USAGE, **more}


def events(*told: dict[str, Any]) -> list[dict[str, Any]]:
    """Numbered."""
    return [{"sequence_number": number, **each} for number, each in enumerate(told)]


def text(delta: Any) -> dict[str, Any]:
    return {
        "type": "response.output_text.delta",
        "item_id": "i",
        "output_index": 0,
        "content_index": 0,
        "delta": delta,
        "logprobs": [],
    }


CREATED = {"type": "response.created", "response": response("in_progress")}
DONE = {"type": "response.completed", "response": response()}


def read(*told: dict[str, Any]) -> list[Any]:
    """Everything that comes of the events, the ending included; event n is read at instant n."""
    from openai._models import construct_type

    reply, found, at_ns = ResponseReply(ASKED), [], 0
    for at_ns, each in enumerate(told, 1):
        with reading(ASKED):
            found += reply.read(cast("Any", construct_type(type_=ResponseStreamEvent, value=each)), at_ns)
        if reply.complete:
            break
    return [*found, *reply.end(at_ns)]


def test_a_reply() -> None:
    assert read(*events(CREATED, text("Hi"), text(" you"), DONE)) == [
        NoTextChunk(1), TextDelta("Hi", 2), TextDelta(" you", 3),
        Usage(at_ns=4, tokens_in=9, tokens_out=5, tokens_cached=4, tokens_reasoning=1), ReplyFinished(4, "stop"),
    ]  # fmt: skip


def test_thinking_and_white_space() -> None:
    thought = {
        "type": "response.reasoning_summary_text.delta",
        "item_id": "i",
        "output_index": 0,
        "summary_index": 0,
        "delta": "hm",
    }
    found = read(*events(thought, text(""), text("\n"), text("Hi"), DONE))
    assert found[:4] == [ReasoningDelta("hm", 1), NoTextChunk(2), NoTextChunk(3), TextDelta("\nHi", 4)]


def test_a_call_is_ready_once() -> None:
    item = {"type": "function_call", "call_id": "a", "name": "f", "arguments": "", "id": "fc"}
    found = read(*events(
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.function_call_arguments.delta", "output_index": 0, "item_id": "fc", "delta": "{}"},
        {"type": "response.function_call_arguments.done", "output_index": 0, "item_id": "fc", "arguments": "{}", "name": "f"},
        {"type": "response.output_item.done", "output_index": 0, "item": {**item, "arguments": "{}"}}, DONE,
    ))  # fmt: skip
    assert found[:4] == [ToolCallStarted("a", "f", 1), NoTextChunk(2), ToolCallReady("a", "f", "{}", 3), NoTextChunk(4)]
    assert found[-1].reason == "tool_calls"


@pytest.mark.parametrize(
    ("why", "reason"), [("max_output_tokens", "length"), ("content_filter", "content_filter"), ("steered", "stop")]
)
def test_an_incomplete_one_says_why(why: str, reason: str) -> None:
    closing = {"type": "response.incomplete", "response": response("incomplete", incomplete_details={"reason": why})}
    assert read(*events(text("Hi"), closing))[-1].reason == reason


def test_refusals() -> None:
    refused = {"type": "response.refusal.done", "item_id": "i", "output_index": 0, "content_index": 0, "refusal": "No."}
    with pytest.raises(ContentRefused):
        read(*events(refused, DONE))
    filtered = {
        "type": "response.incomplete",
        "response": response("incomplete", incomplete_details={"reason": "content_filter"}),
    }
    with pytest.raises(ContentRefused):
        read(*events(CREATED, filtered))


def test_failing() -> None:
    with pytest.raises(RateLimited):
        read(
            *events(
                {
                    "type": "response.failed",
                    "response": response("failed", error={"code": "rate_limit_exceeded", "message": "m"}),
                }
            )
        )
    with pytest.raises(ServiceFailed):
        read(*events({"type": "response.failed", "response": response("failed")}))
    with pytest.raises(ServiceFailed):
        read(*events(CREATED), {"type": "error", "code": "server_error", "message": "m", "param": None, "sequence_number": 77})
    with pytest.raises(EndedEarly):
        read(*events(CREATED, text("Hi")))


def test_numbers_out_of_order_are_noticed_before_the_text_is_passed_on() -> None:
    told = events(CREATED, text("a"), text("b"), text("c"), DONE)
    with pytest.raises(ProtocolBroken):
        read(told[0], told[2], told[1])
    with pytest.raises(ProtocolBroken):
        read(told[0], told[1], told[3])
    assert read(*(({key: each[key] for key in each if key != "sequence_number"}) for each in told))[-1].reason == "stop"


@pytest.mark.parametrize("told", [text(5), text(None), {"type": 5}, {}, {"type": "response.completed"},
                                  {"type": "response.output_item.added", "output_index": 0}])  # fmt: skip
def test_what_is_not_of_the_format_is_broken(told: dict[str, Any]) -> None:
    with pytest.raises(ProtocolBroken):
        read(*events(CREATED), {**told, "sequence_number": 1}, {**DONE, "sequence_number": 2})


# ── the thread by itself ─────────────────────────────────────────────────────────────────────────────────────────────────
A, B, C = Message("user", "a"), Message("assistant", "b, and much more"), Message("user", "c")


def test_only_what_is_new_is_sent() -> None:
    assert Thread("t").input((A,)) == [{"role": "user", "content": "a"}]
    assert Thread("t", (A, B), 2).input((A, Message("assistant", "b,  and much\nmore"), C)) == [
        {"role": "user", "content": "c"}
    ]


def test_an_interruption_is_told_in_one_note() -> None:
    note, new = Thread("t", (A, B), 2).input((A, Message("assistant", "b, and"), C))
    assert note["role"] == "developer"
    assert "assistant: b, and\n" in note["content"]
    assert new == {"role": "user", "content": "c"}


def test_what_is_uncertain_is_told_even_if_it_looks_the_same() -> None:
    """The answer was broken off: the vendor may have kept neither question nor answer."""
    note, new = Thread("t", (A, B), 0).input((A, B, C))
    assert "user: a\nassistant: b, and much more\n" in note["content"]
    assert new == {"role": "user", "content": "c"}


def test_a_reply_of_which_nothing_was_heard() -> None:
    note, *new = Thread("t", (A, B), 1).input((A, C))
    assert "before the user heard any of it" in note["content"]
    assert new == [{"role": "user", "content": "c"}]


def test_a_thread_that_waits_for_a_result_that_never_comes_is_given_up() -> None:
    called = Message("assistant", "", (ToolCallReady("x", "f", "{}", 1),))
    assert not Thread("t", (A, called), 2).fits((A, C))
    assert Thread("t", (A, called), 2).fits((A, called, Message("tool", "1", call_id="x")))


# ── over a socket ────────────────────────────────────────────────────────────────────────────────────────────────────────
class Vendor:
    """Keeps conversations."""

    def __init__(self) -> None:
        self.made = 0
        self.gone: set[str] = set()
        self.reply = events(CREATED, text("Good "), text("day."), DONE)

    async def answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.path.endswith("/conversations"):
            self.made += 1
            writer.write(plain(json.dumps({"id": f"conv_{self.made}", "object": "conversation", "created_at": 1}).encode()))
        elif asked.json.get("conversation") in self.gone:
            told = {
                "message": "not found",
                "type": "invalid_request_error",
                "param": "conversation",
                "code": "conversation_not_found",
            }
            writer.write(plain(json.dumps({"error": told}).encode(), "404 Not Found"))
        else:
            writer.write(plain(b"".join(map(event, self.reply)), kind="text/event-stream"))


def provider_at(server: Server, **options: Any) -> OpenAiResponses:
    return cast("OpenAiResponses", registry.build("chat", "openai-responses", {"base_url": server.base_url, **options}))


async def ask(provider: OpenAiResponses, *messages: Message, conversation: str = "x") -> tuple[list[Any], list[Instant]]:
    instants: list[Instant] = []
    request = ChatRequest((SYSTEM, *messages), conversation=conversation)
    return [chunk async for chunk in provider.stream(request, Wire(time.monotonic_ns, instants.append))], instants


async def test_without_a_thread_everything_is_sent_and_nothing_stored() -> None:
    vendor = Vendor()
    async with serving(vendor.answer) as server:
        provider = provider_at(server, max_tokens=20)
        await ask(provider, Message("user", "see", attachments=(Attachment("f1", "image"), Attachment("f2", "file"))))
        await provider.close()
    assert vendor.made == 0
    assert server.asked[-1].json == {
        "model": "gpt-6-luna", "instructions": "Be brief.", "stream": True, "stream_options": {"include_obfuscation": False},
        "store": False, "reasoning": {"effort": "none"}, "max_output_tokens": 20,
        "input": [{"role": "user", "content": [
            {"type": "input_image", "file_id": "f1", "detail": "auto"}, {"type": "input_file", "file_id": "f2"},
            {"type": "input_text", "text": "see"}]}],
    }  # fmt: skip


async def test_the_second_turn_sends_what_is_new_and_has_no_set_up() -> None:
    vendor = Vendor()
    async with serving(vendor.answer) as server:
        provider = provider_at(server, thread="conversation")
        await provider.warm_up()
        await provider.warm_up()
        assert vendor.made == 1, "one is made ahead"
        _, first = await ask(provider, A)
        _, second = await ask(provider, A, Message("assistant", "Good day."), C)
        await provider.close()
    assert vendor.made == 1
    assert [len([each for each in instants if each.name == "request_sent"]) for instants in (first, second)] == [1, 1]
    sent = [each.json for each in server.to("responses")]
    assert [each["conversation"] for each in sent] == ["conv_1", "conv_1"]
    assert [each["input"] for each in sent] == [[{"role": "user", "content": "a"}], [{"role": "user", "content": "c"}]]
    assert all(each["instructions"] == "Be brief." and "store" not in each for each in sent)


async def test_a_thread_that_was_not_made_ahead_is_made_in_an_exchange_of_its_own() -> None:
    vendor = Vendor()
    async with serving(vendor.answer) as server:
        provider = provider_at(server, thread="conversation")
        _, instants = await ask(provider, A)
        _, other = await ask(provider, A, conversation="y")
        await provider.close()
    for seen in (instants, other):
        assert [each.data.get("purpose") for each in seen if each.name == "request_sent"] == ["thread", None]
    assert [each.json["conversation"] for each in server.to("responses")] == ["conv_1", "conv_2"]


async def test_after_an_interruption_the_difference_is_told_once() -> None:
    vendor = Vendor()
    async with serving(vendor.answer) as server:
        provider = provider_at(server, thread="conversation")
        await ask(provider, A)
        await ask(provider, A, Message("assistant", "Good"), C)
        await ask(provider, A, Message("assistant", "Good"), C, Message("assistant", "Good day."), Message("user", "d"))
        await provider.close()
    kinds = [[item["role"] for item in each.json["input"]] for each in server.to("responses")]
    assert kinds == [["user"], ["developer", "user"], ["user"]]


async def test_a_broken_off_reply_leaves_the_thread_uncertain() -> None:
    vendor = Vendor()
    async with serving(vendor.answer) as server:
        provider = provider_at(server, thread="conversation")
        stream = provider.stream(ChatRequest((SYSTEM, A), conversation="x"), Wire(time.monotonic_ns, lambda _: None))
        async for chunk in stream:
            if isinstance(chunk, TextDelta):
                break
        await stream.aclose()
        await ask(provider, A, Message("assistant", "Good"), C)
        await provider.close()
    note, new = server.to("responses")[-1].json["input"]
    assert note["role"] == "developer"
    assert "user: a\nassistant: Good\n" in note["content"]
    assert new == {"role": "user", "content": "c"}


async def test_a_lost_thread_fails_the_turn_and_the_next_one_begins_anew_with_everything() -> None:
    vendor = Vendor()
    async with serving(vendor.answer) as server:
        provider = provider_at(server, thread="conversation")
        await ask(provider, A)
        vendor.gone.add("conv_1")
        with pytest.raises(ServiceFailed) as caught:
            await ask(provider, A, Message("assistant", "Good day."), C)
        assert caught.value.retryable
        await ask(provider, A, Message("assistant", "Good day."), C)
        await provider.close()
    last = server.to("responses")[-1].json
    assert last["conversation"] == "conv_2"
    assert [item["role"] for item in last["input"]] == ["user", "assistant", "user"]


@pytest.mark.parametrize(("status", "roles"), [("429 Too Many Requests", ["user"]), ("200 OK", ["developer", "user"])])
async def test_a_refused_request_changes_nothing_but_one_that_fails_half_way_does(status: str, roles: list[str]) -> None:
    """With 429 it was not taken; with 200 nobody knows what was kept."""
    vendor = Vendor()
    failing = json.dumps({"error": {"code": "rate_limit_exceeded", "message": "m"}})
    kind = "application/json" if status.startswith("4") else "text/event-stream"

    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if len(server.to("responses")) == 2:
            writer.write(plain(failing.encode() if kind.endswith("json") else event(failing), status, kind))
        else:
            await vendor.answer(asked, writer)

    async with serving(answer) as server:
        provider = provider_at(server, thread="conversation")
        await ask(provider, A)
        with pytest.raises(RateLimited):
            await ask(provider, A, Message("assistant", "Good day."), C)
        await ask(provider, A, Message("assistant", "Good day."), C)
        await provider.close()
    assert [item["role"] for item in server.to("responses")[-1].json["input"]] == roles
