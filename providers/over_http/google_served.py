"""What every provider that speaks to Gemini has in common: the key, an access, and its standing."""

from typing import Any, ClassVar

from providers.base import Missing, Provider
from providers.errors import Stage
from providers.over_http.google_access import GoogleAccess, missing
from providers.over_http.google_address import KEY_VARIABLES


class GoogleServed(Provider):
    """Set `stage`; the options are `GoogleOptions` with a `model`."""

    stage: ClassVar[Stage]
    key_variable = KEY_VARIABLES[0]

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self._access = GoogleAccess(self.title, self.stage, options.model, options)

    @classmethod
    def missing(cls) -> Missing | None:
        return missing()

    async def warm_up(self) -> None:
        """Import the SDK, open a connection. Raises `EngineMissing`, `KeyMissing`, `KeyRejected`; never for the network."""
        await self._access.warm_up()

    async def check_key(self) -> None:
        await self._access.check_key()

    async def close(self) -> None:
        await self._access.close()
