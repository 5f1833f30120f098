"""One request and its answer without a network, so that the first real one is like the others.

The `openai` package completes its models when they are first used: the first request of a process would spend 0.1 s (chat
completions) to 0.5 s (Responses) of computing in the event loop, and the first turn of every column would show a stall of ours.
It is done beforehand, in the thread that makes the client.
"""

import asyncio
import io
import json
import wave
from functools import cache
from typing import Any, Literal, TypeAlias

import httpx2
from openai import AsyncOpenAI

Format: TypeAlias = Literal["chat", "responses", "transcription", "speech"]
"""What is asked for."""

_FUNCTION: dict[str, Any] = {"name": "f", "description": "", "parameters": {"type": "object", "properties": {}}}
_CHUNK = {"id": "a", "object": "chat.completion.chunk", "created": 1, "model": "a"}
_CHAT: tuple[dict[str, Any], ...] = (
    {**_CHUNK, "choices": [{"index": 0, "delta": {"role": "assistant", "content": "a"}, "finish_reason": None}]},
    {**_CHUNK, "choices": [{"index": 0, "delta": {"tool_calls": [
        {"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}]}, "finish_reason": "stop"}]},
    {**_CHUNK, "choices": [], "usage": {
        "prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2,
        "prompt_tokens_details": {"cached_tokens": 0}, "completion_tokens_details": {"reasoning_tokens": 0}}},
)  # fmt: skip
_RESPONSE: dict[str, Any] = {
    "id": "a", "object": "response", "created_at": 1, "status": "in_progress", "model": "a", "output": [], "tools": [],
    "parallel_tool_calls": True, "tool_choice": "auto", "error": None, "incomplete_details": None,
}  # fmt: skip
_SAID: dict[str, Any] = {
    "id": "a", "type": "message", "role": "assistant", "status": "completed",
    "content": [{"type": "output_text", "text": "a", "annotations": [], "logprobs": []}],
}  # fmt: skip
_CALLED: dict[str, Any] = {
    "id": "b", "type": "function_call", "call_id": "c", "name": "f", "arguments": "{}", "status": "completed",
}  # fmt: skip
_COUNTED: dict[str, Any] = {
    "input_tokens": 1, "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0}, "output_tokens": 1,
    "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 2,
}  # fmt: skip
_PLACE: dict[str, Any] = {"item_id": "a", "output_index": 0, "content_index": 0}
_RESPONSES: tuple[dict[str, Any], ...] = (
    {"type": "response.created", "response": _RESPONSE},
    {"type": "response.in_progress", "response": _RESPONSE},
    {"type": "response.output_item.added", "output_index": 0, "item": {**_SAID, "status": "in_progress", "content": []}},
    {"type": "response.content_part.added", **_PLACE, "part": {"type": "output_text", "text": "", "annotations": []}},
    {"type": "response.reasoning_summary_text.delta", "item_id": "a", "output_index": 0, "summary_index": 0, "delta": "a"},
    {"type": "response.output_text.delta", **_PLACE, "delta": "a", "logprobs": []},
    {"type": "response.output_text.done", **_PLACE, "text": "a", "logprobs": []},
    {"type": "response.function_call_arguments.delta", "item_id": "b", "output_index": 1, "delta": "{}"},
    {"type": "response.output_item.done", "output_index": 1, "item": _CALLED},
    {"type": "response.completed",
     "response": {**_RESPONSE, "status": "completed", "output": [_SAID, _CALLED], "usage": _COUNTED}},
)  # fmt: skip
_TRANSCRIPTION: tuple[dict[str, Any], ...] = (
    {"type": "transcript.text.delta", "delta": "a"},
    {"type": "transcript.text.done", "text": "a", "usage": {
        "type": "tokens", "input_tokens": 1, "output_tokens": 1, "total_tokens": 2,
        "input_token_details": {"audio_tokens": 1, "text_tokens": 0}}},
)  # fmt: skip
_ANSWERS: dict[Format, tuple[dict[str, Any], ...]] = {
    "chat": _CHAT, "responses": _RESPONSES, "transcription": _TRANSCRIPTION, "speech": (),
}  # fmt: skip


@cache
def rehearse(format: Format) -> None:
    """Blocks, and runs a loop of its own: for a thread. Once a process and format."""
    asyncio.run(_rehearsal(format))


async def _rehearsal(format: Format) -> None:
    events = [{**event, "sequence_number": number} for number, event in enumerate(_ANSWERS[format])]
    body = "".join(f"event: {event.get('type', 'a')}\ndata: {json.dumps(event)}\n\n" for event in events).encode()
    headers = {"content-type": "text/event-stream" if events else "audio/pcm"}

    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers=headers, content=body or bytes(4))

    http = httpx2.AsyncClient(transport=httpx2.MockTransport(answer), trust_env=False)
    async with AsyncOpenAI(
        api_key="no-key", admin_api_key="", base_url="http://127.0.0.1/v1", max_retries=0, http_client=http
    ) as client:
        if format == "speech":
            asked = client.audio.speech.with_streaming_response.create(
                input="a", model="a", voice="a", response_format="pcm", speed=1.0
            )
            async with asked as sound:
                async for _ in sound.iter_bytes():
                    continue
            return
        async for _ in await _asked(client, format):
            continue


async def _asked(client: Any, format: Format) -> Any:
    """The stream of the answer."""
    match format:
        case "chat":
            return await client.chat.completions.create(
                model="a", messages=[{"role": "system", "content": "a"}, {"role": "user", "content": "a"}], stream=True,
                stream_options={"include_usage": True, "include_obfuscation": False}, reasoning_effort="none",
                tools=[{"type": "function", "function": _FUNCTION}],
            )  # fmt: skip
        case "responses":
            return await client.responses.create(
                model="a", input=[{"role": "user", "content": "a"}], stream=True, store=False,
                stream_options={"include_obfuscation": False}, reasoning={"effort": "none"},
                tools=[{"type": "function", "strict": False, **_FUNCTION}],
            )  # fmt: skip
        case _:
            return await client.audio.transcriptions.create(
                model="a", file=("a.wav", _silence(), "audio/wav"), stream=True, response_format="json", language="en"
            )


def _silence() -> bytes:
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(32))
    return sound.getvalue()
