"""Chat completions over a socket: what is sent, when it was read, and what is left when it is broken off."""

import asyncio
import gc
import time
from contextlib import aclosing
from typing import Any, cast

import pytest

from providers import registry
from providers.base import (
    Attachment,
    ChatRequest,
    Instant,
    Message,
    TextDelta,
    Tool,
    ToolCallReady,
    Wire,
)
from providers.openai_chat import OpenAiChat
from providers.over_http import openai_link
from tests.contract.leaks import nothing_left
from tests.unit.providers.openai_server import END, STREAM, Asked, counted, delta, event, piece, plain, serving

HELLO = ChatRequest((Message("system", "Be brief."), Message("user", "hello")))


def chat(base_url: str, name: str = "openai", **options: Any) -> OpenAiChat:
    return cast("OpenAiChat", registry.build("chat", name, {"base_url": base_url, **options}))


async def short(asked: Asked, writer: asyncio.StreamWriter) -> None:
    body = b"".join(map(event, (delta("Hi"), delta(finish="stop"), counted(), "[DONE]")))
    writer.write(plain(body, kind="text/event-stream"))


async def body_of(request: ChatRequest, name: str = "openai", **options: Any) -> dict[str, Any]:
    """What is sent."""
    async with serving(short) as server:
        provider = chat(server.base_url, name, **options)
        _ = [chunk async for chunk in provider.stream(request, Wire(time.monotonic_ns, lambda _: None))]
        await provider.close()
        return server.asked[-1].json


async def test_nothing_is_sent_that_was_not_set() -> None:
    assert await body_of(HELLO) == {
        "model": "gpt-6-luna", "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hello"}],
        "stream": True, "stream_options": {"include_usage": True, "include_obfuscation": False}, "reasoning_effort": "none",
    }  # fmt: skip


async def test_what_was_set_is_sent() -> None:
    sent = await body_of(
        HELLO, temperature=0.0, top_p=0.5, max_tokens=7, reasoning_effort="low", verbosity="low", service_tier="flex"
    )
    assert {"temperature": 0.0, "top_p": 0.5, "max_completion_tokens": 7, "reasoning_effort": "low", "verbosity": "low",
            "service_tier": "flex"}.items() <= sent.items()  # fmt: skip


async def test_servers_of_the_format_get_no_fields_of_the_vendors_own() -> None:
    for name in ("ollama", "llamacpp", "vllm", "lmstudio", "openrouter", "openai-compatible"):
        sent = await body_of(HELLO, name, max_tokens=7)
        assert sent["max_tokens"] == 7
        assert sent["stream_options"] == {"include_usage": True}
        assert not {"max_completion_tokens", "service_tier", "verbosity", "store", "reasoning_effort"} & sent.keys()


async def test_calls_results_files_and_schemas_have_their_place() -> None:
    messages = (
        Message("user", "see", attachments=(Attachment("file-1", "file"),)),
        Message("assistant", "", calls=(ToolCallReady("a", "f", "{}", 1),)),
        Message("tool", "42", call_id="a"),
    )
    tool = Tool("f", "Does it.", {"type": "object", "properties": {}})
    sent = await body_of(ChatRequest(messages, tools=(tool,), answer_schema={"type": "object"}))
    assert sent["messages"] == [
        {"role": "user", "content": [{"type": "file", "file": {"file_id": "file-1"}}, {"type": "text", "text": "see"}]},
        {"role": "assistant", "content": None,
         "tool_calls": [{"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "a", "content": "42"},
    ]  # fmt: skip
    assert sent["tools"][0]["function"]["name"] == "f"
    assert sent["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "answer", "strict": True, "schema": {"type": "object"}},
    }


async def test_events_of_one_read_have_one_instant_and_a_slow_reader_does_not_move_them() -> None:
    """Three words in one write, then two more while the reader sleeps."""

    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(STREAM + piece(b"".join(event(delta(word)) for word in "abc")))
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.write(piece(b"".join(event(delta(word)) for word in "de")))
        await writer.drain()
        await asyncio.sleep(0.2)
        writer.write(piece(event(delta(finish="stop")) + event(counted()) + event("[DONE]")) + END)

    async with serving(answer) as server:
        provider = chat(server.base_url)
        instants: list[Instant] = []
        at_ns: dict[str, int] = {}
        async for chunk in provider.stream(HELLO, Wire(time.monotonic_ns, instants.append)):
            if isinstance(chunk, TextDelta):
                at_ns[chunk.text] = chunk.at_ns
                await asyncio.sleep(0.03)  # for each: the second write is there before the third word is taken
        await provider.close()
    assert at_ns["a"] == at_ns["b"] == at_ns["c"]
    assert at_ns["d"] == at_ns["e"]
    assert at_ns["d"] - at_ns["a"] >= 50_000_000, "not before it was written"
    read = [each.at_ns for each in instants if each.name == "bytes_received"]
    assert set(at_ns.values()) <= set(read)


async def test_a_closed_generator_and_a_cancelled_task_hang_up_at_once() -> None:
    async def endless(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(STREAM)
        while True:
            writer.write(piece(event(delta("word "))))
            await writer.drain()
            await asyncio.sleep(0.01)

    async with nothing_left(), serving(endless) as server:
        provider = chat(server.base_url)
        await provider.warm_up()
        async with aclosing(provider.stream(HELLO, Wire(time.monotonic_ns, lambda _: None))) as chunks:
            async for chunk in chunks:
                if isinstance(chunk, TextDelta):
                    break
        await asyncio.wait_for(server.hung_up.wait(), 1)
        server.hung_up.clear()

        async def listen() -> None:
            async for _ in provider.stream(HELLO, Wire(time.monotonic_ns, lambda _: None)):
                pass

        async with asyncio.TaskGroup() as group:
            task = group.create_task(listen())
            await asyncio.sleep(0.1)
            task.cancel()
        await asyncio.wait_for(server.hung_up.wait(), 1)
        await provider.close()


async def test_a_complete_reply_does_not_wait_for_a_server_that_never_ends_it() -> None:
    async def hanging(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(STREAM + piece(event(delta("Hi")) + event(delta(finish="stop")) + event(counted())))
        await writer.drain()
        await asyncio.sleep(30)

    async with serving(hanging) as server:
        provider = chat(server.base_url)
        async with asyncio.timeout(5):
            seen = [type(chunk).__name__ async for chunk in provider.stream(HELLO, Wire(time.monotonic_ns, lambda _: None))]
        assert seen[-1] == "ReplyFinished"
        await provider.close()


async def test_the_first_request_finds_the_connection_of_the_warming_up() -> None:
    async with serving(short) as server:
        provider = chat(server.base_url)
        for _ in range(2):
            await provider.warm_up()
        for _ in range(2):
            instants: list[Instant] = []
            _ = [chunk async for chunk in provider.stream(HELLO, Wire(time.monotonic_ns, instants.append))]
            assert next(each for each in instants if each.name == "connected").data["reused"]
        assert server.connections == 1
        await provider.close()


async def test_warming_up_gives_up_on_a_server_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai_link, "WARM_UP_S", 0.2)

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with nothing_left():
        listener = await asyncio.start_server(silent, "127.0.0.1", 0)
        await chat("http://127.0.0.1:1/v1").warm_up()  # imports
        provider = chat(f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/v1")
        async with asyncio.timeout(2):
            await provider.warm_up()
        await provider.close()
        listener.close()


def test_a_closed_provider_may_be_used_in_another_loop() -> None:
    """As tests do. Nothing of the first loop is left open."""

    async def once(provider: OpenAiChat) -> None:
        async with nothing_left(), serving(short) as server:
            object.__setattr__(provider.link, "_chosen", server.base_url)
            seen = [type(each).__name__ async for each in provider.stream(HELLO, Wire(time.monotonic_ns, lambda _: None))]
            assert seen[-1] == "ReplyFinished"
            await provider.close()

    provider = chat("http://127.0.0.1:1/v1")
    for _ in range(2):
        asyncio.run(once(provider))
        gc.collect()
