"""The Gemini stand-in in a process of its own, asked by the official SDK and by bare sockets."""

import asyncio
import contextlib
import io
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from google import genai
from google.genai import errors, types
from google.genai.client import AsyncClient

from bench.wire.gemini_models import MODELS
from bench.wire.http_stamps import HttpStamps
from bench.wire.plan import Fault, Plan, PlannedCall
from bench.wire.vendor_process import WireServer, running_wire_server

FLASH = "gemini-3.8-flash"


@pytest.fixture(scope="module")
def server() -> Iterator[WireServer]:
    with running_wire_server("gemini") as running:
        yield running


@asynccontextmanager
async def sdk(server: WireServer, plan: Plan, key: str = "a-test-key", version: str = "v1") -> AsyncIterator[AsyncClient]:
    options = types.HttpOptions(base_url=server.base_url(plan), api_version=version,
                                async_client_args={"transport": httpx2.AsyncHTTPTransport()})  # fmt: skip
    async with genai.Client(api_key=key, http_options=options).aio as client:
        yield client


async def one(server: WireServer, plan: Plan) -> HttpStamps:
    """The only request under this plan."""
    (stamps,) = await asyncio.to_thread(server.requests, plan)
    return stamps


async def chunks(
    client: AsyncClient, contents: Any = "hi", model: str = FLASH, **config: Any
) -> list[types.GenerateContentResponse]:
    stream = await client.models.generate_content_stream(
        model=model, contents=contents, config=types.GenerateContentConfig(**config)
    )
    return [chunk async for chunk in stream]


EVERYTHING: dict[str, Any] = {
    "system_instruction": "be brief", "temperature": 0.3, "top_p": 0.9, "top_k": 5, "candidate_count": 1, "max_output_tokens": 50,
    "stop_sequences": ["never"], "seed": 7, "presence_penalty": 0.1, "frequency_penalty": 0.1, "response_mime_type": "application/json",
    "response_json_schema": {"type": "object", "properties": {"a_b": {"type": "string"}}, "additionalProperties": False},
    "thinking_config": types.ThinkingConfig(include_thoughts=True, thinking_level=types.ThinkingLevel.LOW),
    "tools": [types.Tool(function_declarations=[types.FunctionDeclaration(name="f", description="d", parameters_json_schema={"type": "object"}),
              types.FunctionDeclaration.model_validate({"name": "g", "parameters": {"type": "OBJECT", "properties": {"x_y": {"type": "STRING"}}}})])],
    "tool_config": types.ToolConfig(function_calling_config=types.FunctionCallingConfig(mode=types.FunctionCallingConfigMode.AUTO)),
    "safety_settings": [types.SafetySetting(category=types.HarmCategory.HARM_CATEGORY_HARASSMENT, threshold=types.HarmBlockThreshold.OFF)],
}  # fmt: skip


async def test_everything_that_the_sdk_sends_is_understood(server: WireServer) -> None:
    plan = Plan(text='{"a_b": "ж"}', reasoning="let me see", tokens_in=9)
    async with sdk(server, plan) as client:
        told = await chunks(client, **EVERYTHING)
    parts = [part for chunk in told for part in chunk.candidates[0].content.parts or ()]  # type: ignore[index,union-attr]
    assert "".join(part.text or "" for part in parts if part.thought) == "let me see"
    assert "".join(part.text or "" for part in parts if not part.thought) == '{"a_b": "ж"}'
    assert told[-1].usage_metadata is not None
    assert told[-1].usage_metadata.thoughts_token_count == 3
    stamps = await one(server, plan)
    assert stamps.complaint is None
    assert stamps.path == f"/v1/models/{FLASH}:streamGenerateContent"
    assert [chunk.kind for chunk in stamps.chunks] == ["role", *["reasoning"] * 3, *["text"] * 2, "done"]


async def test_a_function_goes_there_and_back(server: WireServer) -> None:
    plan = Plan(calls=(PlannedCall(name="f", arguments={"a": 1}),), text="done", fault=Fault(only_requests=(9,)))
    contents: list[Any] = [types.Content(role="user", parts=[types.Part(text="hi")])]
    tools = EVERYTHING["tools"]
    async with sdk(server, plan) as client:
        told = await chunks(client, contents, tools=tools)
        part = next(part for chunk in told for part in chunk.candidates[0].content.parts or () if part.function_call)  # type: ignore[index,union-attr]
        assert part.function_call is not None
        assert part.function_call.args == {"a": 1}
        response = types.FunctionResponse(id=part.function_call.id, name="f", response={"ok": True})
        contents += [
            types.Content(role="model", parts=[part]),
            types.Content(role="user", parts=[types.Part(function_response=response)]),
        ]
        assert "".join(chunk.text or "" for chunk in await chunks(client, contents)) == "done"
        part.thought_signature = None
        with pytest.raises(errors.ClientError, match="missing a thought_signature"):
            await chunks(client, contents)
    complaints = [each.complaint for each in await asyncio.to_thread(server.requests, plan)]
    assert complaints[:2] == [None, None]
    assert "thought_signature" in (complaints[2] or "")


async def test_sound_both_ways(server: WireServer) -> None:
    plan = Plan(audio_s=0.3, text="heard")
    speech = types.SpeechConfig(
        voice_config=types.VoiceConfig(prebuilt_voice_config=types.PrebuiltVoiceConfig(voice_name="Puck"))
    )
    async with sdk(server, plan) as client:
        told = await chunks(client, model="gemini-3.8-flash-tts", response_modalities=["AUDIO"], speech_config=speech)
        pcm = b"".join(
            part.inline_data.data or b""
            for chunk in told
            for part in chunk.candidates[0].content.parts or ()
            if part.inline_data
        )  # type: ignore[index,union-attr]
        assert len(pcm) == 2 * 7200
        sound = types.Part.from_bytes(data=b"RIFF" + bytes(range(256)) * 4, mime_type="audio/wav")
        answer = await client.models.generate_content(model="gemini-3.5-transcribe", contents=[sound])
        assert answer.text == "heard"
    assert [each.complaint for each in await asyncio.to_thread(server.requests, plan)] == [None, None]


async def test_files_models_and_tokens(server: WireServer) -> None:
    plan = Plan(text="seen", tokens_in=5)
    async with sdk(server, plan, version="v1beta") as client:
        config = types.UploadFileConfig(mime_type="text/plain", display_name="notes")
        file = await client.files.upload(file=io.BytesIO(b"abc"), config=config)
        assert (file.size_bytes, file.display_name, file.state) == (3, "notes", types.FileState.ACTIVE)
        assert (await client.files.get(name=file.name or "")).uri == file.uri
        assert (await client.models.generate_content(model=FLASH, contents=[file, "what is in it?"])).text == "seen"
        await client.files.delete(name=file.name or "")
        with pytest.raises(errors.ClientError, match="403"):
            await client.models.generate_content(model=FLASH, contents=[file, "what is in it?"])
        listed = [model.name async for model in await client.models.list(config={"page_size": 3})]
        assert listed == [f"models/{model.name}" for model in MODELS]
        assert (await client.models.count_tokens(model=FLASH, contents="hi")).total_tokens == 5


@pytest.mark.parametrize(("fault", "kind", "status"), [
    (Fault(kind="status", status=429, retry_after_s=7), errors.ClientError, "RESOURCE_EXHAUSTED"),
    (Fault(kind="status", status=503), errors.ServerError, "UNAVAILABLE"),
    (Fault(kind="status", status=400, code="FAILED_PRECONDITION"), errors.ClientError, "FAILED_PRECONDITION"),
    (Fault(kind="error_inside", status=503, after=3), errors.ServerError, "UNAVAILABLE"),
    (Fault(kind="error_inside", status=500, after=0), errors.ServerError, "INTERNAL"),
])  # fmt: skip
async def test_errors_as_the_sdk_sees_them(server: WireServer, fault: Fault, kind: type[errors.APIError], status: str) -> None:
    async with sdk(server, Plan(fault=fault)) as client:
        with pytest.raises(kind) as caught:
            await chunks(client)
    assert (caught.value.code, caught.value.status) == (fault.status, status)
    assert "a-test-key" in str(caught.value), "services echo keys: nothing that shows this text to a person is safe"


async def test_nonsense_and_wrong_keys_as_the_sdk_sees_them(server: WireServer) -> None:
    async with sdk(server, Plan(fault=Fault(kind="malformed", after=2))) as client:
        with pytest.raises(errors.UnknownApiResponseError):
            await chunks(client)
    async with sdk(server, Plan(text="k"), key="rejected-1") as client:
        with pytest.raises(errors.ClientError) as caught:
            await client.models.list()
    assert caught.value.code == 400
    assert caught.value.details["error"]["details"][0]["reason"] == "API_KEY_INVALID"


async def test_a_stream_is_as_late_as_planned(server: WireServer) -> None:
    plan = Plan(text="eins zwei drei", first_chunk_ms=40, first_text_ms=120, tokens_per_s=20)
    async with sdk(server, plan) as client:
        await chunks(client)
    stamps = await one(server, plan)
    for chunk in stamps.chunks:
        assert stamps.real_ms(chunk) >= chunk.due_ms, "never early"
    first = stamps.first("text")
    assert first is not None
    assert first.due_ms == 120


# ── bare sockets ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def exchanged(server: WireServer, raw: bytes) -> bytes:
    """What comes back until the server closes."""
    with contextlib.closing(socket.create_connection((server.host, server.port), timeout=10)) as plug:
        plug.sendall(raw)
        data = b""
        while piece := plug.recv(1 << 16):
            data += piece
    return data


def post(path: str, body: bytes, headers: str = "x-goog-api-key: a-test-key\r\n") -> bytes:
    head = f"POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}content-length: {len(body)}\r\n\r\n"
    return head.encode() + body


HI = json.dumps({"contents": [{"parts": [{"text": "hi"}]}]}).encode()


def test_the_bytes_of_a_stream(server: WireServer) -> None:
    segment = Plan(text="ж", no_text_first=0).segment()
    head, _, body = exchanged(server, post(f"/plan/{segment}/v1/models/{FLASH}:streamGenerateContent?alt=sse", HI)).partition(
        b"\r\n\r\n"
    )
    lines = head.lower().split(b"\r\n")
    assert lines[0].startswith(b"http/1.1 200")
    assert b"content-type: text/event-stream" in lines
    assert b"transfer-encoding: chunked" in lines
    assert any(line.startswith(b"server-timing: gfet4t7; dur=") for line in lines)
    assert "ж".encode() in body
    assert body.endswith(b"}\r\n\r\n\r\n0\r\n\r\n")
    assert b"[DONE]" not in body
    assert body.count(b"data: ") == 2


def test_an_error_behind_events_comes_without_data(server: WireServer) -> None:
    segment = Plan(fault=Fault(kind="error_inside", status=503, after=1)).segment()
    body = exchanged(server, post(f"/plan/{segment}/v1/models/{FLASH}:streamGenerateContent?alt=sse", HI)).partition(
        b"\r\n\r\n"
    )[2]
    assert body.count(b"data: ") == 1
    assert b'{\n  "error": {\n    "code": 503,' in body


@pytest.mark.parametrize(("raw", "status", "said"), [
    (post(f"/v1/models/{FLASH}:generateContent", HI, ""), b"403", b"unregistered callers"),
    (post(f"/v1/models/{FLASH}:generateContent", b"\xff\xfe"), b"400", b"Invalid JSON payload received"),
    (post("/v1/nothing", HI), b"404", b"was not found on this server"),
    (post("/plan/nonsense/v1/models/x:generateContent", HI), b"400", b"The plan in the address is none"),
])  # fmt: skip
def test_what_is_refused_is_refused_in_googles_form(server: WireServer, raw: bytes, status: bytes, said: bytes) -> None:
    head, _, body = exchanged(server, raw).partition(b"\r\n\r\n")
    assert head.split(b" ")[1] == status
    assert said in body
    assert set(json.loads(body)["error"]) >= {"code", "message", "status"}
