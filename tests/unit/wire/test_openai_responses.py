"""`/v1/responses` and `/v1/conversations` of the wire server: the events in their order, and what threads hold."""

import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from bench.wire.plan import Fault, Plan, PlannedCall
from bench.wire.vendor_process import WireServer, running_wire_server
from tests.unit.wire.raw_http import KEY, post

PATH = "/v1/responses"
ASK = {"model": "gpt-5.4-mini", "input": "hi"}
QUICK = Plan(text="один two three", first_chunk_ms=1, first_text_ms=2, tokens_per_s=5000)
WEATHER: Any = {
    "type": "function",
    "name": "weather",
    "strict": True,
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
}


@pytest.fixture(scope="module")
def server() -> Iterator[WireServer]:
    with running_wire_server("openai", QUICK) as running:
        yield running


@pytest.fixture
async def sdk(server: WireServer) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(api_key=KEY, base_url=server.base_url(), max_retries=0) as client:
        yield client


def under(sdk: AsyncOpenAI, server: WireServer, **changes: Any) -> AsyncOpenAI:
    return sdk.with_options(base_url=server.base_url(QUICK.model_copy(update=changes)))


def test_the_events_of_a_text(server: WireServer) -> None:
    heard = post(server, PATH, {**ASK, "stream": True})
    events = heard.events()
    assert [each["type"] for each in events] == [
        "response.created", "response.in_progress", "response.output_item.added", "response.content_part.added",
        "response.output_text.delta", "response.output_text.delta", "response.output_text.delta", "response.output_text.done",
        "response.content_part.done", "response.output_item.done", "response.completed"]  # fmt: skip
    assert [each["sequence_number"] for each in events] == list(range(len(events)))
    names = [line.removeprefix("event: ") for line in heard.body.decode().split("\n") if line.startswith("event: ")]
    assert names == [each["type"] for each in events]
    assert "[DONE]" not in heard.body.decode()
    assert "".join(each["delta"] for each in events if each["type"].endswith("text.delta")) == QUICK.text
    assert all(each["obfuscation"] for each in events if each["type"].endswith("delta"))
    assert (events[0]["response"]["status"], events[0]["response"]["usage"]) == ("in_progress", None)
    done = events[-1]["response"]
    assert done["output"] == [events[-2]["item"]]
    assert done["usage"]["output_tokens"] == 3
    plain = post(server, PATH, {**ASK, "stream": True, "stream_options": {"include_obfuscation": False}}).events()
    assert all("obfuscation" not in each for each in plain)


async def test_the_helper_of_the_sdk_builds_the_answer(sdk: AsyncOpenAI, server: WireServer) -> None:
    async with sdk.responses.stream(model="m", input="hi") as stream:
        async for _ in stream:
            pass
        final = await stream.get_final_response()
    assert (final.output_text, final.status) == (QUICK.text, "completed")
    whole = await sdk.responses.create(
        model="m", input=[{"role": "user", "content": "hi"}], instructions="be brief", store=False
    )
    assert (whole.output_text, whole.instructions) == (QUICK.text, "be brief")


async def test_thinking_is_summed_up_for_who_asks(sdk: AsyncOpenAI, server: WireServer) -> None:
    planned = under(sdk, server, reasoning="let me see")
    stream = await planned.responses.create(model="m", input="hi", stream=True, reasoning={"summary": "auto", "effort": "low"})
    events = [event async for event in stream]
    kinds = [event.type for event in events]
    start = kinds.index("response.output_item.added")
    assert kinds[start : start + 8] == [
        "response.output_item.added", "response.reasoning_summary_part.added", "response.reasoning_summary_text.delta",
        "response.reasoning_summary_text.delta", "response.reasoning_summary_text.delta",
        "response.reasoning_summary_text.done", "response.reasoning_summary_part.done", "response.output_item.done"]  # fmt: skip
    deltas = [event.delta for event in events if event.type == "response.reasoning_summary_text.delta"]
    assert "".join(deltas) == "let me see"
    assert [event.output_index for event in events if event.type == "response.output_text.delta"] == [1, 1, 1]
    last = events[-1]
    assert last.type == "response.completed"
    assert [item.type for item in last.response.output] == ["reasoning", "message"]
    assert last.response.usage is not None
    assert last.response.usage.output_tokens_details.reasoning_tokens == 3
    silent = [event.type async for event in await planned.responses.create(model="m", input="hi", stream=True)]
    assert not [kind for kind in silent if "reasoning" in kind]


async def test_the_function_loop(sdk: AsyncOpenAI, server: WireServer) -> None:
    arguments = {"city": "Köln am Rhein"}
    planned = under(sdk, server, calls=(PlannedCall(name="weather", arguments=arguments),))
    stream = await planned.responses.create(model="m", input="hi", stream=True, tools=[WEATHER])
    events = [event async for event in stream]
    deltas = [event.delta for event in events if event.type == "response.function_call_arguments.delta"]
    assert len(deltas) > 1
    assert json.loads("".join(deltas)) == arguments
    done = next(event for event in events if event.type == "response.function_call_arguments.done")
    assert json.loads(done.arguments) == arguments
    final = events[-1]
    assert final.type == "response.completed"
    (call,) = final.response.output
    assert call.type == "function_call"
    first = final.response.id
    result: Any = {"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}
    second = await planned.responses.create(model="m", input=[result], previous_response_id=first, tools=[WEATHER])
    assert second.output_text == QUICK.text
    with pytest.raises(openai.BadRequestError, match="No tool output found for function call"):
        await planned.responses.create(model="m", input="never mind", previous_response_id=first, tools=[WEATHER])
    with pytest.raises(openai.BadRequestError, match="No tool call found"):
        await planned.responses.create(model="m", input=[result], tools=[WEATHER])


async def test_a_conversation_holds_what_was_said(sdk: AsyncOpenAI, server: WireServer) -> None:
    made = await sdk.conversations.create(items=[{"type": "message", "role": "user", "content": "first"}], metadata={"a": "b"})
    for streamed in (False, True):
        answer = await sdk.responses.create(model="m", input="again", conversation=made.id, stream=streamed)
        if not isinstance(answer, openai.types.responses.Response):
            async for _ in answer:
                pass
    items: list[Any] = [item async for item in sdk.conversations.items.list(made.id, order="asc", limit=2)]
    assert [(item.role, item.content[0].text) for item in items] == [
        ("user", "first"), ("user", "again"), ("assistant", QUICK.text), ("user", "again"), ("assistant", QUICK.text)]  # fmt: skip
    newest = await sdk.conversations.items.list(made.id, limit=1)
    assert [item.id for item in newest.data] == [items[-1].id]
    assert (await sdk.conversations.items.retrieve(items[0].id, conversation_id=made.id)).id == items[0].id
    await sdk.conversations.items.delete(items[0].id, conversation_id=made.id)
    added = await sdk.conversations.items.create(made.id, items=[{"type": "message", "role": "assistant", "content": "x"}])
    assert len(added.data) == 1
    assert len([item async for item in sdk.conversations.items.list(made.id)]) == 5
    changed = await sdk.conversations.update(made.id, metadata={"c": "d"})
    assert changed.metadata == {"c": "d"}
    assert (await sdk.conversations.retrieve(made.id)).metadata == {"c": "d"}
    assert (await sdk.conversations.delete(made.id)).deleted
    with pytest.raises(openai.NotFoundError):
        await sdk.conversations.retrieve(made.id)


@pytest.mark.parametrize("kind", ["cut", "ended_early", "status", "error_inside"])
async def test_an_answer_that_broke_off_is_not_in_the_thread(sdk: AsyncOpenAI, server: WireServer, kind: Any) -> None:
    made = await sdk.conversations.create()
    broken = under(sdk, server, fault=Fault(kind=kind, after=6))
    kinds: list[str] = []
    with contextlib.suppress(openai.InternalServerError, openai.APIConnectionError):
        async for event in await broken.responses.create(model="m", input="hi", conversation={"id": made.id}, stream=True):
            kinds.append(event.type)
    begun = ["response.created", "response.in_progress", "response.output_item.added", "response.content_part.added",
             "response.output_text.delta", "response.output_text.delta"]  # fmt: skip
    assert kinds == {"status": [], "error_inside": [*begun, "error"]}.get(kind, begun)
    assert [item async for item in sdk.conversations.items.list(made.id)] == []


async def test_answers_that_are_incomplete(sdk: AsyncOpenAI, server: WireServer) -> None:
    long = under(sdk, server, text=" word" * 40)
    cut = await long.responses.create(model="m", input="hi", max_output_tokens=16)
    assert (cut.status, len(cut.output_text.split())) == ("incomplete", 16)
    assert cut.incomplete_details is not None
    assert cut.incomplete_details.reason == "max_output_tokens"
    filtered = under(sdk, server, fault=Fault(kind="empty", after=1, code="content_filter"))
    events = [event async for event in await filtered.responses.create(model="m", input="hi", stream=True)]
    assert events[-1].type == "response.incomplete"
    assert events[-1].response.output_text == "один"
    refusing = under(sdk, server, fault=Fault(kind="empty", code="refusal"))
    events = [event async for event in await refusing.responses.create(model="m", input="hi", stream=True)]
    assert "".join(event.delta for event in events if event.type == "response.refusal.delta") == QUICK.text
    assert events[-1].type == "response.completed"


MESSAGE = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "x"}]}
WRONG: list[tuple[str, dict[str, Any], int, str]] = [
    ("unknown field", {"foo": 1}, 400, "Unknown parameter: 'foo'."),
    ("messages as in the other API", {"messages": []}, 400, "Unknown parameter: 'messages'."),
    ("no input", {"input": []}, 400, "must be provided"),
    ("a tool as in the other API", {"tools": [{"type": "function", "function": {"name": "a"}}]}, 400, "tools[0].name"),
    ("a tool without strict", {"tools": [{"type": "function", "name": "a", "parameters": {}}]}, 400, "tools[0].strict"),
    ("a part of the other API", {"input": [{**MESSAGE, "content": [{"type": "text", "text": "x"}]}]}, 400, "input[0].content[0]"),
    ("an image without detail", {"input": [{**MESSAGE, "content": [{"type": "input_image", "image_url": "http://x"}]}]}, 400,
     "input[0].content[0].detail"),
    ("an assistant's part without annotations", {"input": [{"role": "assistant", "type": "message", "id": "m", "status": "completed",
     "content": [{"type": "output_text", "text": "x"}]}]}, 400, "annotations"),
    ("too small a limit", {"max_output_tokens": 5}, 400, "max_output_tokens"),
    ("both kinds of state", {"conversation": "conv_1", "previous_response_id": "resp_1"}, 400, "Mutually exclusive"),
    ("an unknown conversation", {"conversation": "conv_none"}, 404, "conv_none"),
    ("an unknown response", {"previous_response_id": "resp_none"}, 400, "resp_none"),
    ("an unknown item", {"input": [{"type": "item_reference", "id": "msg_none"}]}, 404, "msg_none"),
    ("an open schema", {"text": {"format": {"type": "json_schema", "name": "a", "strict": True, "schema": {"type": "object",
     "properties": {}}}}}, 400, "additionalProperties"),
    ("a file without a name", {"input": [{**MESSAGE, "content": [{"type": "input_file", "file_data": "data:text/plain;base64,AAAA"}]}]},
     400, "filename"),
    ("a file that is not there", {"input": [{**MESSAGE, "content": [{"type": "input_file", "file_id": "file-none"}]}]}, 404, "file-none"),
    ("a model that is gone", {"model": "gone-1"}, 404, "gone-1"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "status", "words"), [each[1:] for each in WRONG], ids=[each[0] for each in WRONG])
def test_what_is_wrong_is_refused_and_on_record(server: WireServer, change: dict[str, Any], status: int, words: str) -> None:
    heard = post(server, PATH, {**ASK, **change})
    error = heard.json()["error"]
    assert heard.status == status, heard.body
    assert words in error["message"]
    assert server.requests()[-1].complaint == error["message"]


def test_conversations_are_strict_too(server: WireServer) -> None:
    assert post(server, "/v1/conversations", {"items": [MESSAGE] * 21}).status == 400
    assert post(server, "/v1/conversations", {"foo": 1}).status == 400
    assert post(server, "/v1/conversations/conv_none/items", {"items": [MESSAGE]}).status == 404
