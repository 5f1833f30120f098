"""The chat models of running trials: one for each choice of provider and options, shared by all trials that made it."""

import asyncio
import contextlib
import json
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable

from bench.configuration import Choice
from bench.turn.engines import refuse_missing
from providers import registry
from providers.base import ChatModel, Provider

IDLE_KEPT = 8
"""Models that nobody uses and that are kept ready all the same."""


def build_chat(choice: Choice) -> ChatModel:
    """The chosen chat model, not warmed up. Raises `RegistryError`, `KeyMissing`, `EngineMissing`."""
    provider: Provider = registry.build("chat", choice.provider, choice.options)
    refuse_missing(provider, "llm")
    assert isinstance(provider, ChatModel)
    return provider


class _Shared:
    """One model and who uses it."""

    def __init__(self) -> None:
        self.chat: ChatModel | None = None
        self.users = 0
        self.building = asyncio.Lock()


class Chats:
    """Lends warmed-up chat models."""

    def __init__(self, build: Callable[[Choice], ChatModel] = build_chat) -> None:
        self._build = build
        self._shared: OrderedDict[str, _Shared] = OrderedDict()

    @contextlib.asynccontextmanager
    async def lent(self, choice: Choice) -> AsyncGenerator[ChatModel]:
        """A model that stays open meanwhile. Raises as `build_chat` does, or what the warming up met (`ProviderError`)."""
        key = json.dumps(choice.model_dump(mode="json"), sort_keys=True)
        shared = self._shared.setdefault(key, _Shared())
        shared.users += 1
        self._shared.move_to_end(key)
        try:
            async with shared.building:
                if shared.chat is None:
                    shared.chat = await self._ready(choice)
            yield shared.chat
        finally:
            shared.users -= 1
            await asyncio.shield(self._close_idle())

    async def _ready(self, choice: Choice) -> ChatModel:
        chat = self._build(choice)
        async with contextlib.AsyncExitStack() as undo:
            undo.push_async_callback(chat.close)
            await chat.warm_up()
            undo.pop_all()
        return chat

    async def _close_idle(self) -> None:
        idle = [key for key, shared in self._shared.items() if not shared.users]
        gone = [self._shared.pop(key) for key in idle[: max(0, len(idle) - IDLE_KEPT)]]
        for shared in gone:
            if shared.chat is not None:
                await shared.chat.close()

    async def close(self) -> None:
        """Close all of them; nobody may be using one."""
        shared, self._shared = list(self._shared.values()), OrderedDict()
        await asyncio.gather(*(each.chat.close() for each in shared if each.chat is not None))
