"""Gemini as a chat model: events, instants, endings, hanging up."""

import asyncio
import time
from contextlib import aclosing
from typing import Any

import pytest

from providers.base import (
    Attachment,
    ChatRequest,
    Message,
    NoTextChunk,
    ReasoningDelta,
    ReplyFinished,
    TextDelta,
    Tool,
    ToolCallReady,
    ToolCallStarted,
    Usage,
)
from providers.errors import (
    ConnectionCut,
    ContentRefused,
    EndedEarly,
    NotPermitted,
    ProtocolBroken,
    ProviderError,
    RequestRefused,
    ServiceFailed,
)
from providers.google_gemini import GeminiChat, GeminiOptions
from tests.unit.providers.gemini_server import (
    END,
    HEAD,
    Script,
    answering,
    chunk,
    event,
    observer,
    plain,
    raw,
    saying,
    serving,
    text,
)

ASKED = ChatRequest((Message("system", "Be brief."), Message("user", "hello")))
COUNT = {"promptTokenCount": 10, "candidatesTokenCount": 4, "thoughtsTokenCount": 6, "cachedContentTokenCount": 3}


async def replied(script: Script, request: ChatRequest = ASKED, **options: Any) -> tuple[list[Any], dict[str, Any]]:
    """All chunks of one reply, and the request's body."""
    async with serving(script) as server:
        chat = GeminiChat(GeminiOptions(base_url=server.base_url, **options))
        try:
            chunks = [chunk async for chunk in chat.stream(request, observer()[1])]
        finally:
            await chat.close()
        return chunks, server.posts[-1].json


async def fails(script: Script, leaf: type[ProviderError]) -> ProviderError:
    with pytest.raises(leaf) as caught:
        await replied(script)
    assert type(caught.value) is leaf
    assert caught.value.public_message
    return caught.value


async def test_what_is_sent_is_what_is_set() -> None:
    _, body = await replied(saying(text("Hi.", finish="STOP")))
    assert body == {
        "contents": [{"parts": [{"text": "hello"}], "role": "user"}],
        "systemInstruction": {"parts": [{"text": "Be brief."}], "role": "user"},
        "generationConfig": {},
    }


async def test_settings_reach_the_service() -> None:
    settings = {"temperature": 0.5, "top_p": 0.9, "max_tokens": 50, "thinking": "low", "include_thoughts": True}
    _, body = await replied(saying(text("Hi.", finish="STOP")), **settings)
    thinking = body["generationConfig"].pop("thinkingConfig")
    assert thinking == {"include_thoughts": True, "thinking_level": "LOW"}
    assert body["generationConfig"] == {"temperature": 0.5, "topP": 0.9, "maxOutputTokens": 50}
    _, body = await replied(saying(text("Hi.", finish="STOP")), thinking="off")
    assert body["generationConfig"]["thinkingConfig"] == {"thinking_budget": 0}


async def test_an_answer_schema_asks_for_json() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    chunks, body = await replied(
        saying(text('{"a":'), text("1}", finish="STOP")), ChatRequest((Message("user", "x"),), answer_schema=schema)
    )
    assert body["generationConfig"] == {"responseMimeType": "application/json", "responseJsonSchema": schema}
    assert "".join(chunk.text for chunk in chunks if isinstance(chunk, TextDelta)) == '{"a":1}'


async def test_thoughts_text_and_empty_chunks_are_told_apart() -> None:
    chunks, _ = await replied(
        saying(
            event({"text": ""}),
            event({"text": "Hm.", "thought": True}),
            text("Hi", usageMetadata={"promptTokenCount": 10}),
            text(".", finish="STOP", usage=COUNT),
        )
    )
    kinds = [type(chunk) for chunk in chunks]
    assert kinds == [NoTextChunk, ReasoningDelta, TextDelta, TextDelta, Usage, ReplyFinished]
    usage = chunks[4]
    assert (usage.tokens_in, usage.tokens_out, usage.tokens_cached, usage.tokens_reasoning) == (10, 10, 3, 6)
    assert chunks[-1].reason == "stop"


async def test_the_last_count_counts_even_after_the_ending() -> None:
    chunks, _ = await replied(
        saying(
            text("Hi.", finish="STOP", usage={"promptTokenCount": 1}),
            raw({"candidates": [], "usageMetadata": {"promptTokenCount": 2, "candidatesTokenCount": 3}}),
        )
    )
    assert (chunks[-2].tokens_in, chunks[-2].tokens_out) == (2, 3)
    assert chunks[-1].at_ns >= chunks[-2].at_ns


async def test_no_count_is_unknown() -> None:
    chunks, _ = await replied(saying(text("Hi.", finish="STOP")))
    assert [type(chunk) for chunk in chunks] == [TextDelta, ReplyFinished]


async def test_nothing_after_the_ending_is_seen() -> None:
    for after in (text(" And more."), b"data: {nonsense\r\n\r\n", raw({"error": {"code": 500, "message": "x"}})):
        chunks, _ = await replied(saying(text("Hi.", finish="STOP"), after))
        assert [type(chunk) for chunk in chunks] == [TextDelta, ReplyFinished]


async def test_an_answer_that_stays_open_after_its_ending_is_over() -> None:
    async def script(_: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + chunk(text("Hi.", finish="STOP")))
        await asyncio.Event().wait()

    began_s = time.monotonic()
    chunks, _ = await replied(script)
    assert isinstance(chunks[-1], ReplyFinished)
    assert time.monotonic() - began_s < 5


# ── instants ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_events_of_one_read_share_its_instant() -> None:
    """Several events in one piece, then one that is cut in two: its instant is that of its second half."""
    last = text(" three", finish="STOP")

    async def script(_: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + chunk(text("one") + text(" two") + last[:30]))
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.write(chunk(last[30:]) + END)

    async with serving(script) as server:
        chat = GeminiChat(GeminiOptions(base_url=server.base_url))
        await chat.warm_up()
        instants, wire = observer()
        chunks = [each async for each in chat.stream(ASKED, wire) if isinstance(each, TextDelta)]
        await chat.close()
    reads = [each.at_ns for each in instants if each.name == "bytes_received"]
    assert [each.text for each in chunks] == ["one", " two", " three"]
    assert [each.at_ns for each in chunks] == [reads[0], reads[0], reads[1]]
    assert reads[1] - reads[0] > 40e6
    started = next(each for each in instants if each.name == "response_started")
    assert started.data["processing_ms"] == 123
    assert [each.name for each in instants][:4] == ["connected", "request_sent", "upload_ended", "response_started"]
    assert instants[-1].name == "response_ended"


async def test_an_event_is_handed_out_before_the_next_bytes_are_there() -> None:
    may_go_on = asyncio.Event()

    async def script(_: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + chunk(text("one")))
        await may_go_on.wait()
        writer.write(chunk(text(" two", finish="STOP")) + END)

    async with serving(script) as server, asyncio.timeout(10):
        chat = GeminiChat(GeminiOptions(base_url=server.base_url))
        async for each in chat.stream(ASKED, observer()[1]):
            if isinstance(each, TextDelta):
                may_go_on.set()
        await chat.close()
    assert may_go_on.is_set()


# ── functions ────────────────────────────────────────────────────────────────────────────────────────────────────────────
BOOK = Tool("book", "Books a time.", {"type": "object", "properties": {"at": {"type": "string"}}})


async def test_a_call_goes_there_and_back_with_its_signature() -> None:
    """The id may be missing; the signature must come back; the result follows the call."""
    calls = (
        {"functionCall": {"name": "book", "args": {"at": "пять"}}, "thoughtSignature": "c2lnbmVk"},
        {"functionCall": {"id": "c2", "name": "book", "args": {}}},
    )
    async with serving(saying(event(*calls, finish="STOP"))) as server:
        chat = GeminiChat(GeminiOptions(base_url=server.base_url))
        asked = ChatRequest((Message("user", "at five"),), tools=(BOOK,))
        chunks = [each async for each in chat.stream(asked, observer()[1])]
        made = tuple(each for each in chunks if isinstance(each, ToolCallReady))
        results = tuple(Message("tool", said, call_id=call.id) for call, said in zip(made, ('{"ok": true}', "no"), strict=True))
        again = ChatRequest((*asked.messages, Message("assistant", "", made), *results), tools=(BOOK,))
        assert [each async for each in chat.stream(again, observer()[1])]
        await chat.close()
    kinds = [type(each) for each in chunks]
    assert kinds == [ToolCallStarted, ToolCallReady, ToolCallStarted, ToolCallReady, ReplyFinished]
    assert chunks[-1].reason == "tool_calls"
    assert made[0].arguments == '{"at": "пять"}'
    assert made[0].id
    assert made[1].id == "c2"
    first, second = (each.json for each in server.posts)
    declared = first["tools"][0]["functionDeclarations"][0]
    assert declared["name"] == "book"
    assert declared.get("parametersJsonSchema", declared.get("parameters_json_schema")) == BOOK.parameters
    assert [content["role"] for content in second["contents"]] == ["user", "model", "user"]
    sent = second["contents"][1]["parts"]
    assert sent[0] == {"functionCall": {"name": "book", "args": {"at": "пять"}}, "thoughtSignature": "c2lnbmVk"}
    assert sent[1] == {"functionCall": {"id": "c2", "name": "book", "args": {}}}
    back = [part["functionResponse"] for part in second["contents"][2]["parts"]]
    assert back == [{"name": "book", "response": {"ok": True}}, {"id": "c2", "name": "book", "response": {"output": "no"}}]


async def test_a_call_that_nothing_is_known_of_goes_with_the_signature_for_that() -> None:
    call = ToolCallReady("old", "book", "{}", 0)
    request = ChatRequest((Message("user", "x"), Message("assistant", "", (call,)), Message("tool", "done", call_id="old")))
    _, body = await replied(saying(text("Hi.", finish="STOP")), request)
    assert body["contents"][1]["parts"][0]["thoughtSignature"] == "skip_thought_signature_validator"


async def test_history_alternates_and_has_nothing_empty_in_it() -> None:
    request = ChatRequest(
        (
            Message("system", "A."),
            Message("user", "one"),
            Message("assistant", ""),
            Message("user", "two", attachments=(Attachment("https://x/files/1", "image"),)),
            Message("assistant", "three"),
            Message("system", "B."),
            Message("user", "four"),
        )
    )
    _, body = await replied(saying(text("Hi.", finish="STOP")), request)
    assert body["systemInstruction"]["parts"] == [{"text": "A.\n\nB."}]
    assert [content["role"] for content in body["contents"]] == ["user", "model", "user"]
    parts = body["contents"][0]["parts"]
    assert parts[:2] == [{"text": "one"}, {"text": "two"}]
    assert parts[2]["fileData"].get("fileUri", parts[2]["fileData"].get("file_uri")) == "https://x/files/1"


# ── endings and errors ───────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("finish", "reason"),
    [
        ("STOP", "stop"),
        ("MAX_TOKENS", "length"),
        ("CONTINUATION", "length"),
        ("SAFETY", "content_filter"),
        ("RECITATION", "content_filter"),
        ("PROHIBITED_CONTENT", "content_filter"),
    ],
)
async def test_endings(finish: str, reason: str) -> None:
    chunks, _ = await replied(saying(text("Hi", finish="FINISH_REASON_UNSPECIFIED"), text(".", finish=finish)))
    assert [chunk.text for chunk in chunks if isinstance(chunk, TextDelta)] == ["Hi", "."]
    assert chunks[-1].reason == reason


@pytest.mark.parametrize(
    ("finish", "leaf"),
    [
        ("MALFORMED_FUNCTION_CALL", ProtocolBroken),
        ("UNEXPECTED_TOOL_CALL", ProtocolBroken),
        ("MISSING_THOUGHT_SIGNATURE", RequestRefused),
        ("PUP_LIMITED_DISABLED", NotPermitted),
        ("OTHER", EndedEarly),
    ],
)
async def test_endings_that_are_none(finish: str, leaf: type[ProviderError]) -> None:
    await fails(saying(text("Hi", finish=finish)), leaf)


@pytest.mark.filterwarnings("ignore:.*is not a valid FinishReason:UserWarning")
async def test_an_ending_that_nobody_knows_is_none() -> None:
    await fails(saying(text("Hi", finish="SOMETHING_NEW")), EndedEarly)


async def test_every_finish_reason_of_the_sdk_has_its_place() -> None:
    from google.genai import types

    from providers.over_http.google_answer import _REASONS

    placed = {*_REASONS, "FINISH_REASON_UNSPECIFIED", "OTHER", "MALFORMED_FUNCTION_CALL", "MALFORMED_RESPONSE",
              "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS", "MISSING_THOUGHT_SIGNATURE", "PUP_LIMITED_DISABLED",
              "IMAGE_OTHER", "NO_IMAGE"}  # fmt: skip
    assert set(types.FinishReason.__members__) == placed


async def test_a_blocked_prompt_is_refused_content() -> None:
    error = await fails(saying(raw({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}})), ContentRefused)
    assert "PROHIBITED" in error.cause


async def test_streams_that_break() -> None:
    await fails(saying(text("Hi")), EndedEarly)
    await fails(saying(b"data: {nonsense\r\n\r\n"), ProtocolBroken)
    await fails(saying(b"data: [1, 2]\r\n\r\n"), ProtocolBroken)
    await fails(saying(b'data: {"candidates": [7]}\r\n\r\n'), ProtocolBroken)
    await fails(saying(raw({"error": {"code": 503, "message": "busy", "status": "UNAVAILABLE"}})), ServiceFailed)
    await fails(saying(raw({"error": {"message": "no code"}})), ProtocolBroken)
    await fails(answering(plain("200 OK", b"<html>")), ProtocolBroken)


async def test_a_connection_that_is_cut_in_an_event() -> None:
    async def script(_: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + chunk(text("Hi")) + chunk(text(" you"))[:20])
        await writer.drain()
        writer.close()

    await fails(script, ConnectionCut)


# ── leaving ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
async def never(_: Any, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def one_word(_: Any, writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + chunk(text("Hi") + text(" you")))
    await asyncio.Event().wait()


async def half_a_word(_: Any, writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + chunk(text("Hi") + text(" you")[:25]))
    await asyncio.Event().wait()


@pytest.mark.parametrize("script", [never, one_word, half_a_word])
async def test_cancelling_hangs_up_at_once(script: Script) -> None:
    """Before the head, between two events, and in the middle of one."""
    async with serving(script) as server, asyncio.timeout(10):
        chat = GeminiChat(GeminiOptions(base_url=server.base_url))
        await chat.warm_up()
        instants, wire = observer()
        seen: list[Any] = []

        async def use() -> None:
            async with aclosing(chat.stream(ASKED, wire)) as chunks:
                async for each in chunks:
                    seen.append(each)

        before = asyncio.all_tasks()
        async with asyncio.TaskGroup() as group:
            task = group.create_task(use())
            while not server.posts or (script is not never and not seen):  # noqa: ASYNC110
                await asyncio.sleep(0.001)
            await asyncio.sleep(0.01)
            task.cancel()
        await left(server.left, instants)
        assert not {each for each in asyncio.all_tasks() - before if "aclose" in repr(each)}
        await chat.close()


async def test_closing_the_generator_hangs_up_at_once() -> None:
    """Left between two events of one read, with the second still undelivered: nothing is read on for its sake."""
    async with serving(one_word) as server, asyncio.timeout(10):
        chat = GeminiChat(GeminiOptions(base_url=server.base_url))
        await chat.warm_up()
        instants, wire = observer()
        chunks = chat.stream(ASKED, wire)
        assert isinstance(await anext(chunks), TextDelta)
        await chunks.aclose()
        await left(server.left, instants)
        await chat.close()


async def left(seen_s: list[float], instants: list[Any]) -> None:
    """The other side has noticed, soon after we said that we left."""
    while not seen_s:  # noqa: ASYNC110 - it is told over a socket
        await asyncio.sleep(0.001)
    assert instants[-1].name == "cancel_sent"
    assert seen_s[0] - instants[-1].at_ns / 1e9 < 0.25


async def test_pieces_of_one_read_share_its_instant_though_the_reader_takes_its_time() -> None:
    """Each event in an HTTP chunk of its own, all of them in one write; the last one comes later."""

    async def script(_: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b"".join(chunk(text(word)) for word in ("one", " two", " three")))
        await writer.drain()
        await asyncio.sleep(0.1)
        writer.write(chunk(text(" four", finish="STOP")) + END)

    async with serving(script) as server:
        chat = GeminiChat(GeminiOptions(base_url=server.base_url))
        for _ in range(2):  # on a fresh connection, and on a kept one
            chunks: list[TextDelta] = []
            async for each in chat.stream(ASKED, observer()[1]):
                if isinstance(each, TextDelta):
                    chunks.append(each)
                    await asyncio.sleep(0.01)
            assert len({each.at_ns for each in chunks[:3]}) == 1
            assert chunks[3].at_ns - chunks[0].at_ns > 80e6
        await chat.close()
        assert len({each.connection for each in server.posts}) == 1
