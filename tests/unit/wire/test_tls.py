"""TLS to a wire server: a certificate that somebody vouches for, one that nobody does, and one for another name."""

import asyncio
import io
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from google import genai
from google.genai import types
from google.genai.client import AsyncClient

from bench.wire.plan import Plan
from bench.wire.vendor_process import WireServer, running_wire_server
from providers.errors import TlsFailed
from providers.over_http.errors import network_error
from tests.certificates import make_certificate


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def server(certificate: Path) -> Iterator[WireServer]:
    with running_wire_server("gemini", certificate=certificate) as running:
        yield running


@asynccontextmanager
async def asking(server: WireServer, plan: Plan) -> AsyncIterator[AsyncClient]:
    """As the adapters do it: with a transport of its own that reads the environment's certificates."""
    transport = httpx2.AsyncHTTPTransport()
    options = types.HttpOptions(base_url=server.base_url(plan), async_client_args={"transport": transport})
    async with genai.Client(api_key="test", http_options=options).aio as client:
        yield client


async def test_a_trusted_certificate_is_found_by_the_environment(
    server: WireServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert server.base_url().startswith("https://127.0.0.1:")
    plan = Plan(text="through TLS")
    async with asking(server, plan) as client:
        answer = await client.models.generate_content(model="gemini-3.8-flash", contents="hi")
    assert answer.text == "through TLS"
    (stamps,) = await asyncio.to_thread(server.requests, plan)
    assert stamps.complaint is None


async def test_an_upload_stays_within_tls(server: WireServer, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The address that the first answer names for the bytes has to be https as well."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with asking(server, Plan(text="u")) as client:
        file = await client.files.upload(file=io.BytesIO(b"abc"), config={"mime_type": "text/plain"})
    assert file.size_bytes == 3
    assert file.uri is not None
    assert file.uri.startswith("https://")


async def test_an_untrusted_certificate_is_refused_before_anything_is_asked(
    server: WireServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    plan = Plan(text="not to be had")
    async with asking(server, plan) as client:
        with pytest.raises(httpx2.ConnectError) as caught:
            await client.models.generate_content(model="gemini-3.8-flash", contents="hi")
    assert isinstance(network_error(caught.value, "Gemini", "llm"), TlsFailed)
    assert await asyncio.to_thread(server.requests, plan) == []


async def test_a_trusted_certificate_for_another_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = make_certificate(tmp_path, names=("elsewhere.invalid",))
    monkeypatch.setenv("SSL_CERT_FILE", str(other))
    plan = Plan(text="not to be had")
    with running_wire_server("gemini", certificate=other) as server:
        async with asking(server, plan) as client:
            with pytest.raises(httpx2.ConnectError) as caught:
                await client.models.generate_content(model="gemini-3.8-flash", contents="hi")
        assert isinstance(network_error(caught.value, "Gemini", "llm"), TlsFailed)
        assert server.requests(plan) == []


def test_the_certificate_file_is_private_and_names_what_was_asked(certificate: Path) -> None:
    assert certificate.stat().st_mode & 0o077 == 0
    context = ssl.create_default_context(cafile=str(certificate))
    (known,) = context.get_ca_certs()
    assert known["subjectAltName"] == (("IP Address", "127.0.0.1"), ("DNS", "localhost"))
