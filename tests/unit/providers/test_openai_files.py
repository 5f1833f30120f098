"""Files for messages: only what the bytes really are."""

import asyncio
import json
import time

import pytest

from providers.base import Attachment, Instant, Wire
from providers.errors import ProtocolBroken, QuotaExceeded, RequestRefused
from providers.over_http.openai_files import media_type_of, upload
from providers.over_http.openai_link import Link
from providers.over_http.openai_service import OPENAI
from tests.unit.providers.openai_server import Asked, plain, serving

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
SAMPLES = {"image/png": PNG, "image/jpeg": b"\xff\xd8\xff\xe0" + bytes(8), "image/gif": b"GIF89a" + bytes(8),
           "image/webp": b"RIFF\0\0\0\0WEBPVP8 ", "application/pdf": b"%PDF-1.7\n"}  # fmt: skip


requests: list[Asked] = []
"""What the last server was asked."""


async def sent(data: bytes, media_type: str, answer: bytes, **more: int) -> tuple[Attachment, list[Asked], list[Instant]]:
    async def answering(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)

    instants: list[Instant] = []
    requests.clear()
    async with serving(answering) as server:
        link = Link(OPENAI, server.base_url, "OpenAI", "llm", "m", "chat")
        try:
            return (
                await upload(link, data, '../../plan "1".pdf', media_type, Wire(time.monotonic_ns, instants.append), **more),
                server.asked,
                instants,
            )
        finally:
            await link.close()
            requests.extend(server.asked)


@pytest.mark.parametrize("kind", SAMPLES)
async def test_a_file_becomes_an_attachment(kind: str) -> None:
    assert media_type_of(SAMPLES[kind]) == kind
    made, asked, instants = await sent(SAMPLES[kind], kind, plain(json.dumps({"id": "file-1"}).encode()))
    assert made == Attachment("file-1", "image" if kind.startswith("image/") else "file")
    body = asked[0].body.decode(errors="replace")
    assert ("vision" if made.kind == "image" else "user_data") in body
    assert 'filename="plan 1.pdf"' in body
    assert [each.data["purpose"] for each in instants if each.name == "request_sent"] == ["upload"]


@pytest.mark.parametrize(("data", "kind"), [
    (PNG, "image/jpeg"), (b"<html>", "application/pdf"), (b"", "image/png"), (b"MZ\x90", "application/pdf"), (b"RIFF1234WAVE", "image/webp"),
])  # fmt: skip
async def test_what_is_not_what_it_says_is_not_sent(data: bytes, kind: str) -> None:
    with pytest.raises(RequestRefused):
        await sent(data, kind, b"")
    assert requests == []


async def test_too_large_is_not_sent() -> None:
    with pytest.raises(RequestRefused):
        await sent(PNG, "image/png", b"", largest=10)
    assert requests == []


async def test_what_goes_wrong_is_told() -> None:
    with pytest.raises(QuotaExceeded):
        await sent(PNG, "image/png", plain(b'{"error": {"code": "insufficient_quota"}}', "429 Too Many Requests"))
    with pytest.raises(ProtocolBroken):
        await sent(PNG, "image/png", plain(b"{}"))
