"""One provider's way to the Gemini API: the SDK is imported when it is first needed, in a thread. Imports no SDK itself."""

import asyncio
import contextlib
import importlib
from importlib.metadata import PackageNotFoundError, distribution
from typing import TYPE_CHECKING

from providers.base import Missing
from providers.errors import EngineMissing, ProviderError, Stage, StageTimedOut
from providers.over_http.google_address import address_for, is_own_address, key_for, key_variable, missing_key
from providers.over_http.google_options import GoogleOptions

if TYPE_CHECKING:
    from providers.over_http.google_errors import Asked
    from providers.over_http.google_link import GoogleLink

PACKAGE = "google-genai"
INSTALL = f"pip install {PACKAGE}"
WARM_S = 5.0
"""Warming up waits no longer for the network (s)."""
CHECK_S = 10.0
"""Checking a key waits no longer (s)."""


def missing() -> Missing | None:
    """The SDK, or a key when the default address needs one."""
    try:
        distribution(PACKAGE)
    except PackageNotFoundError:
        return Missing(f"the package {PACKAGE}", INSTALL)
    return missing_key()


class GoogleAccess:
    """Opens the link when it is needed, once, and closes it."""

    def __init__(self, title: str, stage: Stage, model: str, options: GoogleOptions) -> None:
        self._title, self._model, self._options = title, model, options
        self._stage: Stage = stage
        self._link: tuple[GoogleLink, Asked] | None = None
        self._opening = asyncio.Lock()

    async def link(self) -> "tuple[GoogleLink, Asked]":
        """The link, ready, and the facts of a request over it. Raises `EngineMissing`, `KeyMissing`, `KeyRejected`."""
        async with self._opening:
            if self._link is None:
                base_url = address_for(self._options.base_url)
                key = key_for(base_url, self._title, self._stage)
                try:
                    link = await asyncio.to_thread(_connect, base_url, key, self._options.api_version)
                except ImportError as error:
                    raise EngineMissing(
                        self._title, self._stage, cause=str(error), what=f"the package {PACKAGE}", remedy=INSTALL
                    ) from None
                from providers.over_http.google_errors import Asked

                self._link = link, Asked(self._title, self._stage, self._model, key_variable(), is_own_address(base_url))
            return self._link

    async def warm_up(self) -> None:
        """Import the SDK and open the connection that the first request uses. The network's trouble shows when it is used."""
        link, asked = await self.link()
        from providers.over_http.google_errors import own_errors

        with contextlib.suppress(ProviderError, TimeoutError):
            async with asyncio.timeout(WARM_S):
                with own_errors(asked):
                    await link.look_up(self._model)

    async def check_key(self) -> None:
        """Raises `KeyRejected` or whatever else the service says to a look at the model."""
        link, asked = await self.link()
        from providers.over_http.google_errors import own_errors

        try:
            async with asyncio.timeout(CHECK_S):
                with own_errors(asked):
                    await link.look_up(self._model)
        except TimeoutError:
            raise StageTimedOut(self._title, self._stage, seconds=f"{CHECK_S:g}") from None

    async def close(self) -> None:
        """Close the connections. May be called again; a later use opens new ones."""
        async with self._opening:
            link, self._link = self._link, None
        if link is not None:
            await link[0].aclose()


def _connect(base_url: str, key: str, api_version: str) -> "GoogleLink":
    """Takes most of a second the first time: for a thread."""
    for needed in ("providers.over_http.google_errors", "providers.over_http.google_answer"):
        importlib.import_module(needed)
    from providers.over_http.google_link import GoogleLink, rehearse

    rehearse()
    return GoogleLink(base_url, key, api_version)
