"""Who gets which key: its own server, and nobody else."""

import asyncio
from typing import Any

import pytest
from pydantic import ValidationError

from providers import registry
from providers.base import ChatModel, ChatRequest, Message, Wire
from providers.compatible_servers import ANY, GROQ, OLLAMA
from providers.errors import KeyMissing, KeyRejected, ProtocolBroken
from providers.over_http.openai_service import NO_KEY, OPENAI, checked_address, credential, is_own
from tests.unit.providers.openai_server import Asked, Server, counted, delta, event, plain, serving

KEY = "sk-" + "k" * 20
VARIABLES = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_COMPATIBLE_API_KEY", "OPENAI_COMPATIBLE_BASE_URL", "GROQ_API_KEY",
             "OPENAI_CUSTOM_HEADERS", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID")  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)  # no .env


async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
    body = b"".join(map(event, (delta("Hi"), delta(finish="stop"), counted(), "[DONE]")))
    writer.write(plain(body, kind="text/event-stream"))


async def said(name: str, **options: Any) -> list[Any]:
    """A reply."""
    chat = registry.build("chat", name, options)
    assert isinstance(chat, ChatModel)
    try:
        return [chunk async for chunk in chat.stream(ChatRequest((Message("user", "hello"),)), Wire(lambda: 1, lambda _: None))]
    finally:
        await chat.close()


async def headers_at(server: Server, name: str, **options: Any) -> dict[str, str]:
    await said(name, base_url=server.base_url, **options)
    return server.asked[-1].headers


async def test_a_stranger_gets_no_key_and_nothing_else_of_the_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_ORG_ID", "org-secret")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-secret")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", f"X-Gateway: gate-secret\nauthorization: Bearer {KEY}")
    async with serving(answer) as server:
        for name in ("openai", "openai-compatible", "groq", "ollama"):
            headers = await headers_at(server, name)
            assert headers["authorization"] == f"Bearer {NO_KEY}"
            assert not [value for value in headers.values() if "secret" in value or KEY in value]


async def test_the_admins_own_address_gets_the_key_and_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    async with serving(answer) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url + "/")
        await said("openai")
        assert server.asked[-1].headers["authorization"] == f"Bearer {KEY}"


async def test_a_compatible_servers_key_goes_with_its_address_only(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(answer) as server, serving(answer) as stranger:
        monkeypatch.setenv("OPENAI_COMPATIBLE_API_KEY", KEY)
        assert (await headers_at(server, "openai-compatible"))["authorization"] == f"Bearer {NO_KEY}"
        monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", server.base_url)
        assert (await headers_at(server, "openai-compatible"))["authorization"] == f"Bearer {KEY}"
        assert (await headers_at(stranger, "openai-compatible"))["authorization"] == f"Bearer {NO_KEY}"
        assert (await headers_at(server, "openai"))["authorization"] == f"Bearer {NO_KEY}"


async def test_a_redirect_takes_the_key_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    async with serving(answer) as elsewhere:

        async def away(asked: Asked, writer: asyncio.StreamWriter) -> None:
            writer.write(plain(b"", "307 Temporary Redirect", location=elsewhere.base_url + "/chat/completions"))

        async with serving(away) as server:
            monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
            with pytest.raises(ProtocolBroken):
                await said("openai")
        assert elsewhere.asked == []


async def test_a_new_key_is_used_from_the_next_request_on(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(answer) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        chat: Any = registry.build("chat", "openai", {})
        for key in (KEY, KEY + "2"):
            monkeypatch.setenv("OPENAI_API_KEY", key)
            _ = [chunk async for chunk in chat.stream(ChatRequest((Message("user", "x"),)), Wire(lambda: 1, lambda _: None))]
            assert server.asked[-1].headers["authorization"] == f"Bearer {key}"
        await chat.close()


def test_the_same_host_by_another_way_is_another_server() -> None:
    assert is_own(OPENAI, "https://api.openai.com/v1")
    assert is_own(OPENAI, "https://API.openai.com:443/v2")
    for other in ("http://api.openai.com/v1", "https://api.openai.com:8443/v1", "https://api.openai.com.evil.org/v1",
                  "https://eu.api.openai.com/v1", "https://openai.com/v1"):  # fmt: skip
        assert not is_own(OPENAI, other), other
    assert not is_own(ANY, ANY.base_url)
    assert is_own(GROQ, GROQ.base_url)
    assert not is_own(OLLAMA, OLLAMA.base_url)


def test_the_vendors_own_address_needs_a_key() -> None:
    with pytest.raises(KeyMissing) as caught:
        credential(OPENAI, OPENAI.base_url, "OpenAI", "llm")
    assert "OPENAI_API_KEY" in caught.value.public_message
    lacking = registry.find("chat", "openai").missing()
    assert lacking is not None
    assert "OPENAI_API_KEY" in lacking.remedy
    assert ".env" in lacking.remedy


def test_servers_of_ones_own_lack_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for role, name in (
        ("chat", "ollama"),
        ("chat", "openai-compatible"),
        ("tts", "speaches"),
        ("stt", "speaches"),
        ("chat", "vllm"),
    ):
        assert registry.find(role, name).missing() is None, name
    assert registry.find("chat", "groq").missing() is not None
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    assert registry.find("chat", "openai").missing() is None


@pytest.mark.parametrize("key", ["sk-with a space", "sk-ключ", "sk-new\nline", "sk-\x7f"])
async def test_a_key_that_fits_into_no_header_is_rejected_without_being_shown(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with pytest.raises(KeyRejected) as caught:
        await said("openai")
    assert key not in f"{caught.value} {caught.value.cause} {caught.value.public_message}"
    chat = registry.build("chat", "openai", {})
    await chat.warm_up()  # the turn will say it
    with pytest.raises(KeyRejected):
        await chat.check_key()
    await chat.close()


@pytest.mark.parametrize("address", [
    "ftp://host/v1", "//host/v1", "host:80/v1", "http://", "http:///v1", "https://user:pw@host/v1", "http://host/v1?x=1", "http://host/#x",
    "http://ho st/v1", "http://host\r\nx: y/v1", "http://host:99999/v1", "javascript:alert(1)", "http://хост/v1", "http://a\\@b/v1",
    "http://[::1/v1", "x" * 9000,
])  # fmt: skip
def test_what_is_no_address_is_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(registry.OptionsRefused) as caught:
        registry.check("chat", "openai", {"base_url": address})
    assert "pw" not in str(caught.value)
    with pytest.raises((ValueError, ValidationError)):
        checked_address(address)


def test_addresses_are_taken_without_their_last_slash() -> None:
    assert (
        registry.check("chat", "openai", {"base_url": " http://127.0.0.1:8080/v1/ "}).model_dump()["base_url"]
        == "http://127.0.0.1:8080/v1"
    )
    assert checked_address("http://[::1]:8080/v1") == "http://[::1]:8080/v1"
    assert checked_address("") == ""


async def test_a_wrong_address_of_the_admins_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "https://user:password@host/v1")
    with pytest.raises(KeyMissing):
        await said("openai")


async def test_the_key_of_the_account_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(answer) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        for role, name in (("chat", "openai"), ("stt", "openai"), ("tts", "openai"), ("transcriber", "openai")):
            provider = registry.build(role, name, {})
            await provider.check_key()
            await provider.close()
        assert {each.path for each in server.asked} == {"/v1/models"}
