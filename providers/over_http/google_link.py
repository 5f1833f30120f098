"""A client of the Gemini API through Google's SDK that does nothing behind our back.

The SDK would otherwise retry (only when told to), follow redirects with the key in a header, read keys, versions, addresses
and the choice of another service (Vertex) from the environment, replay recordings, call functions by itself, continue a
cut reply with further requests, and use aiohttp when that happens to be installed. Everything it could read is passed.

Importing the SDK takes 0.6 s on the two busy cores where this was measured, a first client 0.1 s, and the first request 45 ms
more than the next ones (1.2 ms), because the SDK's models are completed when they are first used. All of it is done in a thread
(see `rehearse`): the event loop then stands still for 30 to 55 ms at a time at worst, instead of for the whole 0.7 s. From then
on an event costs 0.2 to 0.8 ms of computing, most of it the SDK's checks.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import cache
from typing import Any, cast

import httpx2
from google import genai
from google.genai import client as genai_client
from google.genai import types

from providers.base import Wire
from providers.over_http.exchange import Exchange, WatchedTransport

Content = types.ContentDict
Config = dict[str, Any]


class _NotAsked(httpx2.BaseTransport):
    """The SDK wants a client for blocking calls too; there are none."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        raise httpx2.UnsupportedProtocol("blocking requests are not made")


class GoogleLink:
    """Connections to one address with one key. Make it in a thread (see above), use it in one event loop."""

    def __init__(self, base_url: str, key: str, api_version: str, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        """`transport`: instead of the network."""
        # Compressed events may come out of the decompressor later than they came in, and their sizes are not those on the wire.
        plain = {"accept-encoding": "identity"}
        self._http = httpx2.AsyncClient(
            transport=transport or WatchedTransport(base_url), headers=plain, timeout=None, follow_redirects=False,
            trust_env=False,
        )  # fmt: skip
        self._blocking = httpx2.Client(transport=_NotAsked(), trust_env=False)
        self._client = genai.Client(
            enterprise=False,
            api_key=key,
            debug_config=genai_client.DebugConfig(client_mode=None, replays_directory=None, replay_id=None),
            http_options=types.HttpOptions(
                base_url=base_url,
                api_version=api_version,
                retry_options=None,
                timeout=None,
                httpx_client=cast(Any, self._blocking),
                httpx_async_client=cast(Any, self._http),
            ),
        )

    async def look_up(self, model: str) -> None:
        """The cheapest request there is: what the service says of a model. Raises what the SDK raises."""
        await self._client.aio.models.get(model=model)

    async def generate(
        self, model: str, contents: list[Content], config: Config, exchange: Exchange
    ) -> AsyncGenerator[types.GenerateContentResponse]:
        """The events of one answer as they come. Closing the generator hangs up at once. Raises what the SDK raises."""
        asked = types.GenerateContentConfig(
            **config,
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
            automatic_continuation=False,
        )
        exchange.open()
        try:
            stream = await self._client.aio.models.generate_content_stream(
                model=model, contents=cast(Any, contents), config=asked
            )
            async with aclosing(cast("AsyncGenerator[types.GenerateContentResponse, None]", stream)) as responses:
                async for response in responses:
                    yield response
        finally:
            # Left in the middle, the SDK's nested generators would close the connection whenever they are collected.
            await exchange.aclose()

    async def aclose(self) -> None:
        """Close all connections. May be called again."""
        self._blocking.close()
        await self._http.aclose()


_REHEARSED = (
    b'data: {"candidates":[{"content":{"role":"model","parts":[{"text":"a"},{"functionCall":{"name":"f"}}]}}]}\r\n\r\n'
    b'data: {"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1}}\r\n\r\n'
)


@cache
def rehearse() -> None:
    """One request and its answer without a network, so that the first real one is like the others. Blocks: for a thread."""
    asyncio.run(_rehearsal())


async def _rehearsal() -> None:
    def answered(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=_REHEARSED)

    link = GoogleLink("http://127.0.0.1", "no-key", "v1", httpx2.MockTransport(answered))
    tool = {"function_declarations": [{"name": "f", "description": "", "parameters_json_schema": {"type": "object"}}]}
    config: Config = {
        "system_instruction": "a",
        "temperature": 0.0,
        "thinking_config": {"thinking_level": "LOW"},
        "tools": [tool],
    }
    exchange = Exchange(Wire(time.monotonic_ns, lambda instant: None))
    async with aclosing(link.generate("a", [{"role": "user", "parts": [{"text": "a"}]}], config, exchange)) as responses:
        async for _ in responses:
            continue
    await link.aclose()
