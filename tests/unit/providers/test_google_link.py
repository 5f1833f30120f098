"""The way to the Gemini API: whom the key is sent to, what the environment may not change, what happens to connections."""

import asyncio
import contextlib
import logging
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from providers.base import ChatRequest, Message
from providers.errors import (
    ConnectionRefused,
    KeyMissing,
    KeyRejected,
    ModelGone,
    ProtocolBroken,
    ProviderError,
    RateLimited,
    ServiceFailed,
    StageTimedOut,
)
from providers.google_gemini import GeminiChat, GeminiOptions
from providers.google_speech import GeminiSpeech
from providers.google_transcribe import GeminiStt, GeminiTranscriber
from providers.over_http import google_access
from providers.over_http.google_address import address_for, key_for
from tests.unit.providers.gemini_server import answering, observer, plain, saying, serving, text

ROOT = Path(__file__).parents[3]
ASKED = ChatRequest((Message("user", "hello"),))
HELLO = saying(text("Hi.", finish="STOP"))
CANARY = "canary-key-0123456789"
GOOGLE = "https://generativelanguage.googleapis.com"


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_GEMINI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def chat(base_url: str = "", **options: Any) -> GeminiChat:
    return GeminiChat(GeminiOptions(base_url=base_url, **options))


async def said(provider: GeminiChat) -> list[Any]:
    return [chunk async for chunk in provider.stream(ASKED, observer()[1])]


# ── the key ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_the_key_goes_to_google_and_to_the_admins_address_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_API_KEY", CANARY)
    async with serving(HELLO) as server:
        stranger = chat(server.base_url)
        await stranger.warm_up()
        await said(stranger)
        await stranger.close()
        assert {request.headers["x-goog-api-key"] for request in server.requests} == {"no-key"}
        assert CANARY not in str([(request.line, request.headers, request.body) for request in server.requests])
        server.requests.clear()
        monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", server.base_url)
        for base_url in ("", server.base_url, f"{server.base_url}/some/path"):
            trusted = chat(base_url)
            await said(trusted)
            await trusted.close()
        assert {request.headers["x-goog-api-key"] for request in server.requests} == {CANARY}


@pytest.mark.parametrize(
    "place",
    [
        "http://generativelanguage.googleapis.com",
        "https://generativelanguage.googleapis.com:8443",
        "https://generativelanguage.googleapis.com.example.org",
        "https://example.org/generativelanguage.googleapis.com",
        "http://127.0.0.1:8001",
    ],
)
def test_addresses_that_only_look_like_googles(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.setenv("GOOGLE_API_KEY", CANARY)
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", "http://127.0.0.1:8000")
    assert key_for(place, "Google", "llm") == "no-key"
    assert key_for(f"{GOOGLE}/", "Google", "llm") == CANARY
    assert key_for("http://127.0.0.1:8000/x", "Google", "llm") == CANARY


def test_which_key_and_which_address(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KeyMissing) as caught:
        key_for(address_for(""), "Google", "llm")
    assert "GOOGLE_API_KEY" in caught.value.public_message
    monkeypatch.setenv("GEMINI_API_KEY", "the-second-key")
    assert key_for(GOOGLE, "Google", "llm") == "the-second-key"
    monkeypatch.setenv("GOOGLE_API_KEY", "the-first-key")
    assert key_for(GOOGLE, "Google", "llm") == "the-first-key"
    assert address_for("") == GOOGLE
    Path(".env").write_text("GOOGLE_GEMINI_BASE_URL=http://127.0.0.1:9/\n")
    assert address_for("") == "http://127.0.0.1:9"


@pytest.mark.parametrize("key", ["canary\nkey-0123", "canary key-0123", "canary-ключ-0123", "auth_tokens/canary-0123"])
async def test_a_key_that_no_header_carries_is_rejected_without_being_shown(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("GOOGLE_API_KEY", key)
    provider = chat()
    with pytest.raises(KeyRejected) as caught:
        await provider.check_key()
    shown = caught.value
    assert "canary" not in f"{shown!r} {shown.cause} {shown.public_message} {shown.__cause__!r} {shown.__context__!r}"
    assert "GOOGLE_API_KEY" in shown.public_message


@pytest.mark.parametrize(
    "address",
    ["ftp://x", "x", "https://", "https://name:secret@x", "https://x/?key=1", "https://x/#y", "https://x y", "http://x:99999"],
)
def test_addresses_that_are_not_taken(address: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - pydantic's
        GeminiOptions(base_url=address)
    assert "secret" not in caught.value.errors()[0]["msg"]


def test_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    for engine in (GeminiChat, GeminiStt, GeminiTranscriber, GeminiSpeech):
        monkeypatch.delenv("GOOGLE_API_KEY", raising=False)
        missing = engine.missing()
        assert missing is not None
        assert "GOOGLE_API_KEY" in missing.what
        assert ".env" in missing.remedy
        monkeypatch.setenv("GOOGLE_API_KEY", CANARY)
        assert engine.missing() is None
        assert engine.key_variable == "GOOGLE_API_KEY"


# ── what the SDK could do by itself ──────────────────────────────────────────────────────────────────────────────────────
async def test_the_environment_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither another service, nor a recording, nor a version, nor a key of the SDK's own finding."""
    monkeypatch.setenv("GOOGLE_API_KEY", CANARY)
    for name, value in {
        "GOOGLE_GENAI_USE_VERTEXAI": "true",
        "GOOGLE_GENAI_USE_ENTERPRISE": "true",
        "GOOGLE_CLOUD_PROJECT": "some-project",
        "GOOGLE_CLOUD_LOCATION": "us-central1",
        "GOOGLE_GENAI_API_VERSION": "v1alpha",
        "GOOGLE_GENAI_CLIENT_MODE": "replay",
        "GOOGLE_GENAI_REPLAYS_DIRECTORY": "/nowhere",
        "GOOGLE_API_USE_CLIENT_CERTIFICATE": "true",
    }.items():
        monkeypatch.setenv(name, value)
    async with serving(HELLO) as server:
        for version in ("v1", "v1beta"):
            provider = chat(server.base_url, api_version=version)
            assert await said(provider)
            await provider.close()
            assert server.posts[-1].line.startswith(f"POST /{version}/models/gemini-3.8-flash:streamGenerateContent?alt=sse ")
        assert CANARY not in str([(request.line, request.headers) for request in server.requests])
        assert server.posts[-1].headers["accept-encoding"] == "identity"


async def test_aiohttp_is_not_used_though_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    await asyncio.to_thread(__import__, "google.genai")
    from google.genai import _api_client

    class Trap:
        def __getattr__(self, name: str) -> Any:
            raise AssertionError(f"aiohttp.{name} was asked for")

    monkeypatch.setattr(_api_client, "has_aiohttp", True)
    monkeypatch.setattr(_api_client, "aiohttp", Trap(), raising=False)
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    async with serving(HELLO) as server:
        provider = chat(server.base_url)
        await provider.warm_up()
        assert await said(provider)
        await provider.close()


@pytest.mark.parametrize(
    ("status", "leaf"), [("503 Service Unavailable", ServiceFailed), ("429 Too Many Requests", RateLimited)]
)
async def test_nothing_is_tried_twice(status: str, leaf: type[ProviderError]) -> None:
    error = {"error": {"code": int(status[:3]), "message": "busy", "status": "UNAVAILABLE"}}
    async with serving(answering(plain(status, error))) as server:
        provider = chat(server.base_url)
        with pytest.raises(leaf):
            await said(provider)
        await provider.close()
        assert len(server.posts) == 1


async def test_a_redirect_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK's own client would, with the key in a header that no one strips."""
    monkeypatch.setenv("GOOGLE_API_KEY", CANARY)
    async with serving(HELLO) as thief:
        moved = plain("307 Temporary Redirect", b"", f"location: {thief.base_url}/v1/models/x:streamGenerateContent")
        async with serving(answering(moved)) as server:
            monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", server.base_url)
            provider = chat()
            with pytest.raises(ProtocolBroken):
                await said(provider)
            await provider.close()
            assert thief.requests == []


async def test_a_cut_off_reply_is_not_continued() -> None:
    """The SDK would send a further request for the rest and stream it as if nothing had happened."""
    async with serving(saying(text("Hi", finish="CONTINUATION"))) as server:
        provider = chat(server.base_url)
        assert (await said(provider))[-1].reason == "length"
        await provider.close()
        assert len(server.posts) == 1


# ── connections ──────────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_the_first_request_finds_a_ready_connection() -> None:
    async with serving(HELLO) as server:
        provider = chat(server.base_url)
        await provider.warm_up()
        await provider.warm_up()
        instants, wire = observer()
        for _ in range(2):
            assert [chunk async for chunk in provider.stream(ASKED, wire)]
        await provider.close()
        await provider.close()
        assert len({request.connection for request in server.requests}) == 1
        assert [each.data["reused"] for each in instants if each.name == "connected"] == [True, True]
        assert "connect_started" not in [each.name for each in instants]


async def test_a_fresh_connection_is_reported() -> None:
    async with serving(HELLO) as server:
        provider = chat(server.base_url)
        instants, wire = observer()
        assert [chunk async for chunk in provider.stream(ASKED, wire)]
        await provider.close()
    names = [each.name for each in instants]
    assert names[:3] == ["connect_started", "connected", "request_sent"]
    assert instants[1].data["reused"] is False


async def test_after_closing_it_can_be_used_again() -> None:
    async with serving(HELLO) as server:
        provider = chat(server.base_url)
        for _ in range(2):
            assert await said(provider)
            await provider.close()


async def test_warming_up_is_patient_with_the_network_but_not_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = chat("http://127.0.0.1:1")
    await nobody.warm_up()
    with pytest.raises(ConnectionRefused):
        await nobody.check_key()
    with pytest.raises(ConnectionRefused):
        await said(nobody)
    await nobody.close()
    monkeypatch.setattr(google_access, "WARM_S", 0.1)
    monkeypatch.setattr(google_access, "CHECK_S", 0.1)

    async def says_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer):
            await reader.read()

    silent = await asyncio.start_server(says_nothing, "127.0.0.1", 0)
    async with silent:
        provider = chat(f"http://127.0.0.1:{silent.sockets[0].getsockname()[1]}")
        began_s = time.monotonic()
        await provider.warm_up()
        with pytest.raises(StageTimedOut):
            await provider.check_key()
        assert time.monotonic() - began_s < 3
        await provider.close()


async def test_warming_up_without_a_key_says_so() -> None:
    with pytest.raises(KeyMissing):
        await chat().warm_up()


async def test_checking_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.unit.providers import gemini_server

    def told(line: str, code: int, **error: Any) -> None:
        monkeypatch.setattr(gemini_server, "LOOK", plain(line, {"error": {"code": code, "message": "m", **error}}))

    async with serving(HELLO) as server:
        provider = chat(server.base_url, model="gemini-3-pro-preview")
        await provider.check_key()
        assert server.requests[-1].line.startswith("GET /v1/models/gemini-3-pro-preview ")
        told("400 Bad Request", 400, status="INVALID_ARGUMENT", details=[{"reason": "API_KEY_INVALID"}])
        with pytest.raises(KeyRejected):
            await provider.check_key()
        await provider.warm_up()  # is no check
        told("404 Not Found", 404, status="NOT_FOUND")
        with pytest.raises(ModelGone) as caught:
            await provider.check_key()
        assert "gemini-3.1-pro-preview" in caught.value.public_message
        await provider.close()


# ── importing ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_nothing_of_the_sdk_is_imported_before_it_is_needed() -> None:
    code = (
        "import sys, providers.google_gemini, providers.google_speech, providers.google_transcribe as t\n"
        "assert not {'google', 'google.genai', 'httpx2', 'httpcore2'} & set(sys.modules)\n"
        "t.GeminiStt.missing(); t.GeminiStt(t.GeminiListeningOptions())\n"
        "assert not {'google', 'google.genai', 'httpx2', 'httpcore2'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


async def test_the_sdk_does_not_speak_of_keys_in_its_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("GOOGLE_API_KEY", CANARY)
    monkeypatch.setenv("GEMINI_API_KEY", CANARY)
    with caplog.at_level(logging.DEBUG):
        async with serving(HELLO) as server:
            monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", server.base_url)
            provider = chat()
            assert await said(provider)
            await provider.close()
    assert CANARY not in caplog.text
