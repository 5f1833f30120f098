"""Builds the providers that a configuration names, warms them up, and closes them again."""

import asyncio

from bench.configuration import Configuration
from bench.turn.reply import Stages
from bench.turn.turn_life import Engines
from providers import registry
from providers.base import ChatModel, Provider, SpeechToText, TextToSpeech, VoiceActivity
from providers.errors import EngineMissing, Stage

_STAGE: dict[str, Stage] = {"vad": "vad", "stt": "stt", "chat": "llm", "tts": "tts"}


async def build_engines(configuration: Configuration) -> Engines:
    """Built and warmed up. Raises `EngineMissing` with the remedy, or whatever `ProviderError` the warming up met."""
    built: dict[str, Provider] = {}
    for role, choice in configuration.choices().items():
        if role == "tts" and not configuration.speaking.aloud:
            continue
        provider = registry.build(role, choice.provider, choice.options)
        missing = provider.missing()
        if missing is not None:
            raise EngineMissing(provider.title, _STAGE[role], what=missing.what, remedy=missing.remedy)
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


async def close_engines(engines: Engines) -> None:
    """Release everything; may be called again."""
    providers: list[Provider | None] = [engines.vad, engines.stt, engines.stages.chat, engines.stages.tts]
    await asyncio.gather(*(provider.close() for provider in providers if provider is not None))
