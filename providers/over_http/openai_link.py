"""One provider's way to its server: the client of the `openai` package on a watched transport, made when it is first needed.

The package is told neither to retry nor to time out: the turn owns both. It does not follow redirects (they would take the key
elsewhere), and asks for uncompressed answers, so that no decoder holds back bytes whose arrival is measured.
"""

import asyncio
import importlib
import os
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from providers.base import Wire
from providers.errors import ProviderError, Stage, StageTimedOut
from providers.over_http.openai_service import NO_KEY, Service, address, credential, is_own

if TYPE_CHECKING:
    from openai import AsyncOpenAI

    from providers.over_http.exchange import Exchange
    from providers.over_http.openai_errors import Asked
    from providers.over_http.openai_rehearsal import Format

WARM_UP_S = 5.0
"""A service that is away must not keep the app from starting (s)."""
CHECK_S = 10.0
"""How long the answer to a look at the key may take (s)."""
TAIL_S = 0.25
"""How long the rest of a stream whose answer is complete may take (s): it is read so that the connection can be used again."""
_CUSTOM_HEADERS = "OPENAI_CUSTOM_HEADERS"
"""The package sends the headers in this variable to whatever address it is given."""


class Link:
    """Belongs to one provider. Everything is made when it is used, in the loop that uses it."""

    def __init__(self, service: Service, base_url: str, provider: str, stage: Stage, model: str, rehearsed: "Format") -> None:  # noqa: PLR0913
        """`base_url`: the option, checked, or empty. `provider`: its title, for errors. `rehearsed`: what will be asked for."""
        self._service, self._chosen = service, base_url
        self._rehearsed: Format = rehearsed
        self.provider = provider
        self.stage: Stage = stage
        self._model = model
        self._client: AsyncOpenAI | None = None
        self._place = self._secret = ""
        self._loop: asyncio.AbstractEventLoop | None = None

    async def client(self) -> "AsyncOpenAI":
        """The client, with the key as it is now. Raises `KeyMissing`, `KeyRejected`."""
        place = address(self._service, self._chosen)
        secret = credential(self._service, place, self.provider, self.stage)
        loop = asyncio.get_running_loop()
        if self._client is None or (self._loop, self._place, self._secret) != (loop, place, secret):
            await self._let_go()
            made = await asyncio.to_thread(_make, self._service, place, secret, self._rehearsed)
            if self._client is None:  # nobody else made one in the meantime
                self._client, self._loop, self._place, self._secret = made, loop, place, secret
        return self._client

    def asked(self) -> "Asked":
        """Whom errors are about."""
        from providers.over_http.openai_errors import Asked

        return Asked(self.provider, self.stage, self._service, self._model, "" if self._secret == NO_KEY else self._secret)

    def bills(self, exchange: "Exchange") -> bool:
        """The answer came from the service itself, so that its prices hold: no stranger's address, no stand-in."""
        from providers.over_http.exchange import SIMULATED_HEADER

        return bool(self._service.vendor) and is_own(self._service, self._place) and SIMULATED_HEADER not in exchange.headers

    def exchange(self, wire: Wire, **data: Any) -> "Exchange":
        """The next request of this task, watched. Open it right before the package is called."""
        from providers.over_http.exchange import Exchange

        return Exchange(wire, **data).open()

    async def warm_up(self) -> None:
        """Import the package and open a connection that the first request will find ready. Trouble shows in the turn."""
        try:
            async with asyncio.timeout(WARM_UP_S):
                await self._look(f"models/{quote(self._model or 'any', safe='/:')}")
        except (ProviderError, TimeoutError):
            return

    async def check_key(self) -> None:
        """One cheap request that needs the key. Raises `ProviderError`."""
        try:
            async with asyncio.timeout(CHECK_S):
                await self._look(self._service.check_path)
        except TimeoutError:
            raise StageTimedOut(self.provider, self.stage, seconds=f"{CHECK_S:g}") from None

    async def close(self) -> None:
        """Close every connection. May be called again, and what comes after opens anew."""
        await self._let_go()

    async def _look(self, path: str) -> None:
        client = await self.client()
        import httpx2

        from providers.over_http.openai_errors import own_errors

        with own_errors(self.asked()):
            await client.get(f"/{path}", cast_to=httpx2.Response)

    async def _let_go(self) -> None:
        client, loop = self._client, self._loop
        self._client = self._loop = None
        if client is not None and loop is asyncio.get_running_loop():
            await client.close()  # connections of another loop ended with it


async def read_out(stream: Any) -> None:
    """Read what is left of a complete answer, so that its connection is free again; what goes wrong then is of no account."""
    from providers.over_http.openai_errors import FAULTS

    try:
        async with asyncio.timeout(TAIL_S):
            while await anext(stream, None) is not None:
                pass
    except (TimeoutError, *FAULTS):
        return


def _make(service: Service, place: str, secret: str, rehearsed: "Format") -> "AsyncOpenAI":
    """Takes half a second the first time (imports), and reads certificates: not in the loop."""
    import httpx2
    from openai import AsyncOpenAI

    from providers.over_http.exchange import WatchedTransport
    from providers.over_http.openai_rehearsal import rehearse

    rehearse(rehearsed)
    for part in ("chat.completions", "responses", "conversations", "audio", "files", "models"):
        importlib.import_module(f"openai.resources.{part}")
    http = httpx2.AsyncClient(transport=WatchedTransport(place), timeout=None, follow_redirects=False, trust_env=False)  # noqa: S113
    return AsyncOpenAI(
        api_key=secret, admin_api_key="", base_url=place, max_retries=0, timeout=None, http_client=http,
        default_headers=_headers(service, place, secret),
    )  # fmt: skip


def _headers(service: Service, place: str, secret: str) -> Any:
    """Of every request. To a stranger nothing goes that the environment holds for the vendor: account, project, own headers."""
    headers: dict[str, Any] = {"Accept-Encoding": "identity"}
    if service.vendor == "openai" and is_own(service, place):
        return headers
    from openai import Omit

    told = [line.partition(":")[0].strip() for line in os.environ.get(_CUSTOM_HEADERS, "").split("\n") if ":" in line]
    withheld = dict.fromkeys([*told, "OpenAI-Organization", "OpenAI-Project"], Omit())
    return {**withheld, **headers, "Authorization": f"Bearer {secret}"}
