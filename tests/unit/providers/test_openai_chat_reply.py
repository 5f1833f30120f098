"""Chunks of chat completions, one by one."""

from typing import Any

import pytest
from openai.types.chat import ChatCompletionChunk

from providers.base import NoTextChunk, ReasoningDelta, ReplyFinished, TextDelta, ToolCallReady, ToolCallStarted, Usage
from providers.errors import ContentRefused, EndedEarly, ProtocolBroken, RateLimited, ServiceFailed
from providers.over_http.openai_chat_reply import ChatReply
from providers.over_http.openai_errors import Asked, reading
from providers.over_http.openai_service import OPENAI
from tests.unit.providers.openai_server import counted, delta

ASKED = Asked("OpenAI", "llm", OPENAI, "m")


def read(*chunks: dict[str, Any]) -> list[Any]:
    """Everything that comes of the chunks, the ending included; chunk n is read at instant n."""
    reply, found = ChatReply(ASKED), []
    for at_ns, chunk in enumerate(chunks, 1):
        with reading(ASKED):
            found += reply.read(ChatCompletionChunk.construct(**chunk), at_ns)
        if reply.complete:
            break
    return [*found, *reply.end(at_ns)]


def call(index: int | None, id: str | None = None, name: str | None = None, arguments: str = "") -> dict[str, Any]:
    """A piece of a function call."""
    return {"index": index, "id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


def test_role_and_empty_chunks_are_no_text() -> None:
    found = read(delta("", role="assistant"), delta(), delta("Hi"), delta(finish="stop"), counted())
    assert found == [
        NoTextChunk(1), NoTextChunk(2), TextDelta("Hi", 3), NoTextChunk(4),
        Usage(at_ns=5, tokens_in=10, tokens_out=4), ReplyFinished(5, "stop"),
    ]  # fmt: skip


def test_white_space_ahead_is_no_text_yet_and_is_not_lost() -> None:
    found = read(delta("\n"), delta("  "), delta("Hi"), delta(" "), delta("you"), delta(finish="stop"))
    assert [chunk.text for chunk in found if isinstance(chunk, TextDelta)] == ["\n  Hi", " ", "you"]
    assert found[:2] == [NoTextChunk(1), NoTextChunk(2)]


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_thinking_is_never_text(field: str) -> None:
    found = read(delta(**{field: "hm"}), delta("Hi"), delta(finish="stop"))
    assert found[:2] == [ReasoningDelta("hm", 1), TextDelta("Hi", 2)]


def test_calls_are_put_together_by_their_index() -> None:
    found = read(
        delta(tool_calls=[call(0, "a", "f")]), delta(tool_calls=[call(0, arguments='{"x"')]), delta(tool_calls=[call(1, "b", "g")]),
        delta(tool_calls=[call(0, arguments=":1}"), call(1, arguments="{}")]), delta(finish="tool_calls"), counted(),
    )  # fmt: skip
    assert [chunk for chunk in found if isinstance(chunk, ToolCallStarted)] == [
        ToolCallStarted("a", "f", 1),
        ToolCallStarted("b", "g", 3),
    ]
    assert [chunk for chunk in found if isinstance(chunk, ToolCallReady)] == [
        ToolCallReady("a", "f", '{"x":1}', 5), ToolCallReady("b", "g", "{}", 5),
    ]  # fmt: skip
    assert found[-1] == ReplyFinished(6, "tool_calls")


@pytest.mark.parametrize("index", [0, None])
def test_servers_that_count_no_calls_are_understood(index: int | None) -> None:
    found = read(
        delta(tool_calls=[call(index, "a", "f", "{}")]), delta(tool_calls=[call(index, "b", "g", "[]")]), delta(finish="stop")
    )
    assert [(chunk.name, chunk.arguments) for chunk in found if isinstance(chunk, ToolCallReady)] == [("f", "{}"), ("g", "[]")]
    assert found[-1].reason == "tool_calls"


@pytest.mark.parametrize(
    ("said", "reason"), [("stop", "stop"), ("length", "length"), ("function_call", "tool_calls"), ("eos", "stop")]
)
def test_reasons(said: str, reason: str) -> None:
    assert read(delta("Hi"), delta(finish=said))[-1].reason == reason


def test_no_reason_means_that_it_ended_early() -> None:
    with pytest.raises(EndedEarly):
        read(delta("Hi"), counted())


def test_a_filter_is_an_ending_when_something_came_and_a_refusal_when_nothing_did() -> None:
    assert read(delta("Hi"), delta(finish="content_filter"))[-1].reason == "content_filter"
    with pytest.raises(ContentRefused):
        read(delta(""), delta(finish="content_filter"))
    with pytest.raises(ContentRefused):
        read(delta(refusal="I cannot help with that."), delta(finish="stop"))


def test_failing_in_the_middle() -> None:
    with pytest.raises(ServiceFailed):
        read(delta("Hi"), delta(finish="error"))
    with pytest.raises(RateLimited):
        read(delta("Hi"), {"object": "error", "message": "too much", "code": 429})


@pytest.mark.parametrize("chunk", [
    {"choices": None}, {"id": "x"}, {"choices": "no"}, {"choices": ["no"]}, {"choices": [{"index": 0, "delta": "no"}]}, delta(5),
    {"choices": [], "usage": "no"}, delta(tool_calls=[None]), delta(tool_calls="ab"), delta(reasoning={"a": 1}),
])  # fmt: skip
def test_what_is_not_of_the_format_is_broken(chunk: dict[str, Any]) -> None:
    with pytest.raises(ProtocolBroken) as caught:
        read(delta("Hi"), chunk, delta(finish="stop"))
    assert not isinstance(caught.value, EndedEarly)


def test_text_after_the_reason_is_out_of_order() -> None:
    with pytest.raises(ProtocolBroken):
        read(delta("Hi"), delta(finish="stop"), delta("there"))


def test_the_count_in_detail() -> None:
    told = counted(prompt_tokens_details={"cached_tokens": 6, "cache_write_tokens": 3},
                   completion_tokens_details={"reasoning_tokens": 2})  # fmt: skip
    usage = next(chunk for chunk in read(delta("Hi"), delta(finish="stop"), told) if isinstance(chunk, Usage))
    assert (usage.tokens_in, usage.tokens_cached, usage.tokens_out, usage.tokens_reasoning, usage.source) == (
        10,
        6,
        4,
        2,
        "server",
    )


def test_only_the_last_count_is_told() -> None:
    """Some servers count on every chunk."""
    usage = counted()["usage"]
    found = read({**delta("Hi"), "usage": {**usage, "completion_tokens": 1}}, {**delta(finish="stop"), "usage": usage})
    assert [chunk.tokens_out for chunk in found if isinstance(chunk, Usage)] == [4]
