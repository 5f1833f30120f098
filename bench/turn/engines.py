"""Builds the providers that a configuration names, warms them up, and closes them again."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from bench.configuration import Configuration
from bench.turn.reply import Stages
from bench.turn.turn_life import Engines
from providers import keys, registry
from providers.base import ChatModel, Provider, Role, SpeechToText, TextToSpeech, VoiceActivity
from providers.errors import EngineMissing, KeyMissing, ProviderError, Stage

_STAGE: dict[str, Stage] = {"vad": "vad", "stt": "stt", "chat": "llm", "tts": "tts"}


def refuse_missing(provider: Provider, stage: Stage) -> None:
    """Raises `KeyMissing`, `EngineMissing`. Another address than the vendor's own may need no key: the provider knows."""
    missing = provider.missing()
    if missing is None:
        return
    if not provider.key_variable or keys.set_as(provider.key_variable):
        raise EngineMissing(provider.title, stage, what=missing.what, remedy=missing.remedy)
    if not getattr(provider.options, "base_url", ""):
        raise KeyMissing(provider.title, stage, variable=provider.key_variable)


@dataclass(frozen=True, slots=True)
class WarmUp:
    """What came of warming up one provider."""

    role: Role
    title: str
    """Name on the screen."""
    ms: float
    """How long it took (ms); next to nothing when it was warm already."""
    asked: bool
    """The service itself was asked and answered: its connection is open."""
    problem: ProviderError | None
    """Why it is not warm now, or None."""


async def build_engines(configuration: Configuration) -> Engines:
    """Built and warmed up. Raises `KeyMissing` or `EngineMissing` with the remedy, or whatever `ProviderError` the warming up
    met."""
    built: dict[str, Provider] = {}
    for role, choice in configuration.choices().items():
        if role == "tts" and not configuration.speaking.aloud:
            continue
        provider = registry.build(role, choice.provider, choice.options)
        refuse_missing(provider, _STAGE[role])
        built[role] = provider
    try:
        async with asyncio.TaskGroup() as group:
            for provider in built.values():
                group.create_task(provider.warm_up())
    except BaseException as error:
        await asyncio.gather(*(provider.close() for provider in built.values()))
        if isinstance(error, BaseExceptionGroup):
            raise error.exceptions[0] from None
        raise
    vad, stt, chat, tts = (built.get(role) for role in ("vad", "stt", "chat", "tts"))
    assert isinstance(vad, VoiceActivity)
    assert isinstance(stt, SpeechToText)
    assert isinstance(chat, ChatModel)
    assert tts is None or isinstance(tts, TextToSpeech)
    return Engines(vad, stt, Stages(chat, tts))


async def warm_up(engines: Engines, now_ns: Callable[[], int]) -> tuple[WarmUp, ...]:
    """Warm all of them up again, at the same time; in the order of a turn. What goes wrong with one is in its place."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_warm_up(provider, now_ns)) for provider in _providers(engines)]
    return tuple(task.result() for task in tasks)


async def _warm_up(provider: Provider, now_ns: Callable[[], int]) -> WarmUp:
    """A service that is away does not keep its provider from being warmed up, so it is asked once more, and has to answer."""
    from_ns, problem = now_ns(), None
    asks = type(provider).check_key is not Provider.check_key
    try:
        await provider.warm_up()
        if asks:
            await provider.check_key()
    except ProviderError as error:
        problem = error
    return WarmUp(provider.role, provider.title, (now_ns() - from_ns) / 1e6, asks, problem)


async def close_engines(engines: Engines) -> None:
    """Release everything; may be called again."""
    await asyncio.gather(*(provider.close() for provider in _providers(engines)))


def _providers(engines: Engines) -> list[Provider]:
    every: tuple[Provider | None, ...] = (engines.vad, engines.stt, engines.stages.chat, engines.stages.tts)
    return [provider for provider in every if provider is not None]
