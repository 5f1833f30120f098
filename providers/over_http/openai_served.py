"""What every provider that speaks OpenAI's format has in common: a service, a link to it, and its standing."""

from typing import TYPE_CHECKING, Any, ClassVar

from providers.base import Missing, Provider
from providers.errors import Stage
from providers.over_http.openai_link import Link
from providers.over_http.openai_service import Service, lacking

if TYPE_CHECKING:
    from providers.over_http.openai_rehearsal import Format


class Served(Provider):
    """Set `service`, `stage` and `rehearsed`; the options have `base_url` and `model`."""

    service: ClassVar[Service]
    stage: ClassVar[Stage]
    rehearsed: "ClassVar[Format]"
    """What is asked for."""

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self.link = Link(self.service, options.base_url, self.title, self.stage, options.model, self.rehearsed)

    @classmethod
    def missing(cls) -> Missing | None:
        """The package, or the key where the default address demands one. A server on this machine may be started later."""
        return lacking(cls.service)

    async def warm_up(self) -> None:
        """Open the connection that the first request will use: 5 s at most, and trouble is left for the turn to meet."""
        await self.link.warm_up()

    async def check_key(self) -> None:
        """One request that costs nothing. Raises `KeyRejected`, `KeyMissing`, or whatever else went wrong."""
        await self.link.check_key()

    async def close(self) -> None:
        await self.link.close()
