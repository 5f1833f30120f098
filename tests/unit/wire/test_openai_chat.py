"""`/v1/chat/completions` of the wire server: with the official SDK, byte by byte, and refused where the vendor would."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from bench.wire.openai_pace import tokens
from bench.wire.plan import Fault, Plan, PlannedCall
from bench.wire.vendor_process import WireServer, running_wire_server
from tests.unit.wire.raw_http import CHAT, KEY, Client, get, post

PATH = "/v1/chat/completions"
TEXT = "Первое слово, then  two\nlines — 1.5 € 👩‍🚀 and averyveryverylongwordwithoutspaces "
QUICK = Plan(text=TEXT, first_chunk_ms=1, first_text_ms=2, tokens_per_s=5000)
WEATHER: dict[str, Any] = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}
ASK: Any = [{"role": "user", "content": "hi"}]


@pytest.fixture(scope="module")
def server() -> Iterator[WireServer]:
    with running_wire_server("openai", QUICK) as running:
        yield running


@pytest.fixture
async def sdk(server: WireServer) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(api_key=KEY, base_url=server.base_url(), max_retries=0) as client:
        yield client


def under(sdk: AsyncOpenAI, server: WireServer, plan: Plan) -> AsyncOpenAI:
    return sdk.with_options(base_url=server.base_url(plan))


@pytest.mark.parametrize("text", [TEXT, "", " ", "\n\nx", "日本語のテキストはスペースなしで続きます", "a" * 100])
def test_tokens_join_to_the_text(text: str) -> None:
    assert "".join(tokens(text)) == text
    assert all(tokens(text))


async def test_a_stream_through_the_sdk(sdk: AsyncOpenAI) -> None:
    stream = await sdk.chat.completions.create(model="m", messages=ASK, stream=True, stream_options={"include_usage": True})
    chunks = [chunk async for chunk in stream]
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == TEXT
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[0].choices[0].delta.content == ""
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert [chunk.usage is not None for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == len(tokens(TEXT))
    assert stream.response.headers["x-request-id"].startswith("req_")
    assert stream.response.headers["openai-processing-ms"] == "1"
    assert stream.response.headers["openai-version"]


async def test_a_whole_answer_through_the_sdk(sdk: AsyncOpenAI, server: WireServer) -> None:
    planned = under(sdk, server, QUICK.model_copy(update={"tokens_in": 50, "tokens_cached": 20, "reasoning": "let me see"}))
    answer = await planned.chat.completions.create(model="m", messages=ASK)
    assert answer.choices[0].message.content == TEXT
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert answer.usage.prompt_tokens_details is not None
    assert answer.usage.completion_tokens_details is not None
    assert (answer.usage.prompt_tokens, answer.usage.prompt_tokens_details.cached_tokens) == (50, 20)
    assert answer.usage.completion_tokens_details.reasoning_tokens == 3
    assert answer.choices[0].message.model_extra == {"reasoning_content": "let me see"}


def test_the_usage_chunk_and_the_padding_come_only_as_asked(server: WireServer) -> None:
    plain = post(server, PATH, {**CHAT, "stream": True}).events()
    assert plain[-1] == "[DONE]"
    assert all("usage" not in each and each["obfuscation"] for each in plain[:-1])
    options = {"include_usage": True, "include_obfuscation": False}
    asked = post(server, PATH, {**CHAT, "stream": True, "stream_options": options}).events()[:-1]
    assert [each["usage"] is None for each in asked] == [True] * (len(asked) - 1) + [False]
    assert all("obfuscation" not in each for each in asked)


def test_chunks_ahead_of_the_text(server: WireServer) -> None:
    plan = Plan(text="a b", no_text_first=3, reasoning="hm well", first_chunk_ms=10, first_text_ms=60, tokens_per_s=100)
    deltas = [each["choices"][0]["delta"] for each in post(server, PATH, {**CHAT, "stream": True}, plan).events()[:-1]]
    assert deltas == [{"role": "assistant", "content": "", "refusal": None}, {"content": ""}, {"content": ""},
                      {"reasoning_content": "hm"}, {"reasoning_content": " well"}, {"content": "a"}, {"content": " b"}, {}]  # fmt: skip
    (stamps,) = server.requests(plan)
    assert [chunk.due_ms for chunk in stamps.chunks] == [10, 20, 30, 40, 50, 60, 70, 70, 70]
    assert [chunk.kind for chunk in stamps.chunks] == ["role", "empty", "empty", "reasoning", "reasoning", "text", "text",
                                                       "finish", "done"]  # fmt: skip
    none = post(server, PATH, {**CHAT, "stream": True}, plan.model_copy(update={"no_text_first": 0, "reasoning": ""}))
    assert none.events()[0]["choices"][0]["delta"] == {"role": "assistant", "content": "a", "refusal": None}


async def test_calls_through_the_sdk(sdk: AsyncOpenAI, server: WireServer) -> None:
    arguments = {"city": "Köln", "days": [1, 2], "units": "metric"}
    calls = (PlannedCall(name="weather", arguments=arguments), PlannedCall(name="other"), PlannedCall(name="weather"))
    planned = under(sdk, server, QUICK.model_copy(update={"calls": calls}))
    stream = await planned.chat.completions.create(model="m", messages=ASK, stream=True, tools=[WEATHER])
    deltas = [chunk.choices[0] async for chunk in stream]
    assert deltas[-1].finish_reason == "tool_calls"
    assert all(not each.delta.content for each in deltas), "instead of the text"
    pieces = [call for each in deltas for call in each.delta.tool_calls or []]
    first = [piece for piece in pieces if piece.index == 0]
    assert first[0].id is not None
    assert first[0].function is not None
    assert (first[0].type, first[0].function.name, first[0].function.arguments) == ("function", "weather", "")
    assert all(piece.id is None and piece.function and piece.function.name is None for piece in first[1:])
    assert len(first) > 2
    assert json.loads("".join(piece.function.arguments or "" for piece in first if piece.function)) == arguments
    assert {piece.index for piece in pieces} == {0, 1}, "functions that were not offered are not called"
    one = await planned.chat.completions.create(model="m", messages=ASK, tools=[WEATHER], parallel_tool_calls=False)
    (call,) = one.choices[0].message.tool_calls or []
    again: Any = [*ASK, one.choices[0].message.to_dict(), {"role": "tool", "tool_call_id": call.id, "content": "sunny"}]
    for message in again:
        for name in ("annotations", "refusal"):
            message.pop(name, None)
    answered = await planned.chat.completions.create(model="m", messages=again, tools=[WEATHER])
    assert answered.choices[0].message.content == TEXT, "after the result comes the text"
    silent = await planned.chat.completions.create(model="m", messages=ASK, tools=[WEATHER], tool_choice="none")
    assert silent.choices[0].message.content == TEXT


@pytest.mark.parametrize("code", ["refusal", "content_filter", "length", ""])
async def test_answers_without_content(sdk: AsyncOpenAI, server: WireServer, code: str) -> None:
    planned = under(
        sdk, server, Plan(text="I cannot.", first_text_ms=1, first_chunk_ms=1, fault=Fault(kind="empty", code=code))
    )
    stream = await planned.chat.completions.create(model="m", messages=ASK, stream=True)
    choices = [chunk.choices[0] async for chunk in stream]
    assert "".join(each.delta.content or "" for each in choices) == ""
    assert "".join(each.delta.refusal or "" for each in choices) == ("I cannot." if code == "refusal" else "")
    assert choices[-1].finish_reason == (code if code in ("content_filter", "length") else "stop")


async def test_the_limit_and_stop_words_end_the_text(sdk: AsyncOpenAI, server: WireServer) -> None:
    planned = under(sdk, server, Plan(text="one two three", first_text_ms=1, first_chunk_ms=1))
    short = await planned.chat.completions.create(model="m", messages=ASK, max_completion_tokens=2)
    assert (short.choices[0].message.content, short.choices[0].finish_reason) == ("one two", "length")
    stopped = await planned.chat.completions.create(model="m", messages=ASK, stop=[" three"])
    assert (stopped.choices[0].message.content, stopped.choices[0].finish_reason) == ("one two", "stop")


PIXEL = "data:image/png;base64," + base64.b64encode(b"\x89PNG").decode()


def test_attachments_and_schemas_that_are_right_are_taken(server: WireServer) -> None:
    parts = [{"type": "text", "text": "look"}, {"type": "image_url", "image_url": {"url": PIXEL}},
             {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
             {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,AAAA"}}]  # fmt: skip
    schema = {"type": "object", "properties": {"a": {"type": "array", "items": {"type": "string"}}}, "required": ["a"],
              "additionalProperties": False}  # fmt: skip
    body = {**CHAT, "messages": [{"role": "developer", "content": "be brief"}, {"role": "user", "content": parts}],
            "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": schema, "strict": True}},
            "temperature": 1, "seed": 4, "reasoning_effort": "low", "verbosity": "low", "store": False,
            "service_tier": "auto", "metadata": {"a": "b"}, "user": "u", "n": 1, "prompt_cache_key": "k"}  # fmt: skip
    heard = post(server, PATH, body)
    assert heard.status == 200, heard.body


CALLED = {"role": "assistant", "content": None,
          "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}]}  # fmt: skip
RESULT = {"role": "tool", "tool_call_id": "c1", "content": "sunny"}
OPEN = {"type": "object", "properties": {"a": {"type": "string"}}}
WRONG: list[tuple[str, dict[str, Any], str, str]] = [
    ("unknown field", {"foo": 1}, "foo", "Unknown parameter: 'foo'."),
    ("unknown field deep inside", {"messages": [{"role": "user", "content": "x", "foo": 1}]}, "messages[0].foo", "Unknown"),
    ("no content", {"messages": [{"role": "user"}]}, "messages[0].content", "Missing required parameter"),
    ("no messages", {"messages": []}, "messages", "at least 1"),
    ("a number as text", {"messages": [{"role": "user", "content": 5}]}, "messages[0].content", "Invalid type"),
    ("text as a number", {"temperature": "1"}, "temperature", "Invalid type"),
    ("text as a switch", {"stream": "true"}, "stream", "Invalid type"),
    ("null where none may be", {"user": None}, "user", "Invalid type"),
    ("unknown role", {"messages": [{"role": "robot", "content": "x"}]}, "messages[0]", "role"),
    ("unknown part", {"messages": [{"role": "user", "content": [{"type": "input_text", "text": "x"}]}]}, "messages[0].content[0]", ""),
    ("too hot", {"temperature": 2.5}, "temperature", "less than or equal to 2"),
    ("unknown effort", {"reasoning_effort": "huge"}, "reasoning_effort", "Invalid value"),
    ("both limits", {"max_tokens": 5, "max_completion_tokens": 5}, "max_tokens", "not supported"),
    ("options without a stream", {"stream_options": {"include_usage": True}}, "stream_options", "only allowed"),
    ("a choice without tools", {"tool_choice": "auto"}, "tool_choice", "only allowed"),
    ("parallel calls without tools", {"parallel_tool_calls": True}, "parallel_tool_calls", "only allowed"),
    ("a tool of another API", {"tools": [{"type": "function", "name": "weather", "parameters": {}}]}, "tools[0].function", "Missing"),
    ("a tool that is not there", {"tools": [WEATHER], "tool_choice": {"type": "function", "function": {"name": "x"}}},
     "tool_choice", "not found"),
    ("a bad name", {"tools": [{"type": "function", "function": {"name": "a b"}}]}, "tools[0].function.name", "pattern"),
    ("parameters that are no object", {"tools": [{"type": "function", "function": {"name": "a", "parameters": {"type": "array"}}}]},
     "tools[0].function.parameters", "type: \"object\""),
    ("an open schema that should be strict", {"tools": [{"type": "function", "function": {"name": "a", "parameters": OPEN,
     "strict": True}}]}, "tools[0].function.parameters", "additionalProperties"),
    ("a strict schema with options", {"response_format": {"type": "json_schema", "json_schema": {"name": "a", "strict": True,
     "schema": {**OPEN, "additionalProperties": False}}}}, "response_format.json_schema.schema", "'required'"),
    ("an open schema in an array", {"response_format": {"type": "json_schema", "json_schema": {"name": "a", "strict": True,
     "schema": {"type": "object", "properties": {"b": {"type": "array", "items": OPEN}}, "required": ["b"],
     "additionalProperties": False}}}}, "response_format.json_schema.schema", "('properties', 'b', 'items')"),
    ("no schema", {"response_format": {"type": "json_schema", "json_schema": {"name": "a"}}}, "response_format.json_schema", "schema"),
    ("json without the word", {"response_format": {"type": "json_object"}}, "messages", "must contain the word 'json'"),
    ("a result without a call", {"messages": [RESULT]}, "messages[0].role", "preceding message"),
    ("a call without a result", {"messages": [CALLED, {"role": "user", "content": "x"}]}, "messages", "c1"),
    ("a bad image", {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,!"}}]}]},
     "messages[0].content[0].image_url.url", "base64"),
    ("a file without the prefix", {"messages": [{"role": "user", "content": [{"type": "file", "file": {"file_data": "AAAA"}}]}]},
     "messages[0].content[0].file.file_data", "data URL"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "param", "words"), [each[1:] for each in WRONG], ids=[each[0] for each in WRONG])
def test_what_is_wrong_is_refused_and_on_record(server: WireServer, change: dict[str, Any], param: str, words: str) -> None:
    heard = post(server, PATH, {**CHAT, **change})
    error = heard.json()["error"]
    assert (heard.status, error["type"]) == (400, "invalid_request_error"), heard.body
    assert error["param"] == param
    assert words in error["message"]
    assert server.requests()[-1].complaint == error["message"]


def test_a_missing_model_other_bodies_and_files_that_are_not_there(server: WireServer) -> None:
    missing = post(server, PATH, {"messages": ASK}).json()["error"]
    assert (missing["code"], missing["param"]) == ("missing_required_parameter", "model")
    with Client(server) as client:
        form = client.ask("POST", PATH, json.dumps(CHAT).encode(), {"content-type": "text/plain"})
        assert form.json()["error"]["code"] == "unsupported_content_type"
        assert client.ask("POST", PATH, b"{", {"content-type": "application/json"}).status == 400
    file = {"messages": [{"role": "user", "content": [{"type": "file", "file": {"file_id": "file-none"}}]}]}
    assert post(server, PATH, {**CHAT, **file}).status == 404


async def test_keys(server: WireServer) -> None:
    for header in ({"authorization": ""}, {"authorization": "Bearer"}, {"authorization": f"Basic {KEY}"}):
        heard = get(server, "/v1/models", **header)
        assert (heard.status, heard.json()["error"]["code"]) == (401, "invalid_api_key")
    async with AsyncOpenAI(api_key="wrong-0123456789", base_url=server.base_url(), max_retries=0) as client:
        with pytest.raises(openai.AuthenticationError) as caught:
            await client.models.list()
    assert "wrong-0123456789" in caught.value.message, "the vendor echoes keys"
    stamps = (await asyncio.to_thread(server.requests))[-1]
    assert stamps.complaint is not None
    assert "wrong-0123456789" not in stamps.model_dump_json()


STATUSES: list[tuple[int, str, type[openai.APIStatusError], str]] = [
    (401, "", openai.AuthenticationError, "invalid_api_key"),
    (403, "", openai.PermissionDeniedError, "unsupported_country_region_territory"),
    (404, "", openai.NotFoundError, "model_not_found"),
    (429, "", openai.RateLimitError, "rate_limit_exceeded"),
    (429, "insufficient_quota", openai.RateLimitError, "insufficient_quota"),
    (400, "content_filter", openai.BadRequestError, "content_filter"),
    (400, "context_length_exceeded", openai.BadRequestError, "context_length_exceeded"),
    (500, "", openai.InternalServerError, ""),
    (503, "", openai.InternalServerError, "server_is_overloaded"),
]


@pytest.mark.parametrize(("status", "code", "error", "told"), STATUSES)
async def test_refusals_through_the_sdk(
    sdk: AsyncOpenAI, server: WireServer, status: int, code: str, error: type[openai.APIStatusError], told: str
) -> None:
    plan = QUICK.model_copy(update={"fault": Fault(kind="status", status=status, code=code)})
    with pytest.raises(error) as caught:
        await under(sdk, server, plan).chat.completions.create(model="m", messages=ASK, stream=True)
    assert (caught.value.status_code, caught.value.code or "") == (status, told)
    assert (caught.value.request_id or "").startswith("req_")
    assert "retry-after" not in caught.value.response.headers


async def test_a_model_that_is_gone(sdk: AsyncOpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        await sdk.chat.completions.create(model="gone-1", messages=ASK)
    assert caught.value.code == "model_not_found"


async def test_an_error_inside_a_stream_through_the_sdk(sdk: AsyncOpenAI, server: WireServer) -> None:
    plan = QUICK.model_copy(update={"fault": Fault(kind="error_inside", after=3)})
    stream = await under(sdk, server, plan).chat.completions.create(model="m", messages=ASK, stream=True)
    assert len([await anext(stream) for _ in range(3)]) == 3
    with pytest.raises(openai.APIError) as caught:
        await anext(stream)
    assert caught.value.type == "server_error"
    assert not isinstance(caught.value, openai.APIStatusError)


async def test_leaving_a_stream_is_seen_by_the_server(sdk: AsyncOpenAI, server: WireServer) -> None:
    plan = Plan(text="a b c d e f", first_chunk_ms=1, first_text_ms=2, tokens_per_s=2)
    async with await under(sdk, server, plan).chat.completions.create(model="m", messages=ASK, stream=True) as stream:
        async for chunk in stream:
            if chunk.choices[0].delta.content:
                break
    for _ in range(200):
        (stamps,) = await asyncio.to_thread(server.requests, plan)
        if stamps.left_by is not None:
            break
        await asyncio.sleep(0.01)
    assert (stamps.left_by, stamps.completed_ns) == ("client_gone", None)
