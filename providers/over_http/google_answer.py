"""One streamed answer of the Gemini API: its parts with the instants at which their bytes were read, its count, its ending.

The SDK decodes the body line by line and reads on only when it has handed out what it had, so the latest read at the network
is the instant of the event that comes out; events that came in one read share it.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Literal, TypeAlias

from google.genai import types

from providers.base import Usage, Wire
from providers.catalogues.pricing import priced
from providers.errors import EndedEarly, ProtocolBroken
from providers.over_http.exchange import SIMULATED_HEADER, Exchange
from providers.over_http.google_errors import FAULTS, Asked, broken_finish, own_errors, refused_prompt
from providers.over_http.google_link import Config, Content, GoogleLink

REST_S = 0.5
"""How long the end of the stream may take after the ending was read (s): to keep the connection, and for a late count."""

Reason = Literal["stop", "length", "content_filter"]
_REASONS: dict[str, Reason] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "CONTINUATION": "length",
    "SAFETY": "content_filter",
    "RECITATION": "content_filter",
    "LANGUAGE": "content_filter",
    "BLOCKLIST": "content_filter",
    "PROHIBITED_CONTENT": "content_filter",
    "SPII": "content_filter",
    "ESCALATION": "content_filter",
    "MODEL_ARMOR": "content_filter",
    "IMAGE_SAFETY": "content_filter",
    "IMAGE_PROHIBITED_CONTENT": "content_filter",
    "IMAGE_RECITATION": "content_filter",
}
"""Endings that are endings. All others mean that the reply is not what was asked for."""


_Counted: TypeAlias = tuple[types.GenerateContentResponseUsageMetadata, int] | None
"""The latest count and when it was read (ns)."""


@dataclass(frozen=True, slots=True)
class Parts:
    """One event; none of its parts may have content."""

    parts: tuple[types.Part, ...]
    at_ns: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The answer is complete."""

    reason: Reason
    at_ns: int
    usage: Usage | None
    """None when the service did not count."""


async def answer(
    link: GoogleLink, asked: Asked, contents: list[Content], config: Config, wire: Wire, **data: int
) -> AsyncGenerator[Parts | Ended]:
    """Events in their order, closed by `Ended`. `data` accompanies the instants on the wire. Raises `ProviderError`."""
    exchange = Exchange(wire, **data)
    counted: _Counted = None
    with own_errors(asked, exchange):
        async with aclosing(link.generate(asked.model, contents, config, exchange)) as responses:
            async for response in responses:
                at_ns = exchange.read_ns
                if not _is_an_event(response):
                    raise ProtocolBroken(asked.provider, asked.stage, cause="an event with nothing of the protocol in it")
                if response.usage_metadata is not None:
                    counted = response.usage_metadata, at_ns
                feedback = response.prompt_feedback
                if feedback is not None and feedback.block_reason is not None:
                    raise refused_prompt(_name(feedback.block_reason), asked)
                candidate = response.candidates[0] if response.candidates else None
                yield Parts(_parts(candidate), at_ns)
                finish = _name(candidate.finish_reason) if candidate is not None else ""
                if finish:
                    counted = await _rest(responses, exchange, counted)
                    billed = asked.priced and SIMULATED_HEADER not in exchange.headers
                    yield _ended(finish, at_ns, counted, asked, billed)
                    return
    raise EndedEarly(asked.provider, asked.stage, cause="the stream ended without finishReason")


def _is_an_event(response: types.GenerateContentResponse) -> bool:
    """The SDK drops silently whatever it does not know: an event in which nothing is left was none."""
    known = (
        response.candidates,
        response.prompt_feedback,
        response.usage_metadata,
        response.response_id,
        response.model_version,
    )
    return any(each is not None for each in known)


def _parts(candidate: types.Candidate | None) -> tuple[types.Part, ...]:
    content = candidate.content if candidate is not None else None
    return tuple(content.parts or ()) if content is not None else ()


def _name(reason: object) -> str:
    """The wire's word for an enum's member; nothing for none, and for the one that says that it says nothing."""
    word = str(getattr(reason, "value", reason) or "")
    return "" if word.endswith("_UNSPECIFIED") else word.upper()


def _ended(finish: str, at_ns: int, counted: _Counted, asked: Asked, billed: bool) -> Ended:
    reason = _REASONS.get(finish)
    if reason is None:
        raise broken_finish(finish, asked)
    if counted is None:
        return Ended(reason, at_ns, None)
    count = usage(*counted)
    return Ended(reason, max(at_ns, counted[1]), priced(count, "google", asked.model) if billed else count)


async def _rest(
    responses: AsyncGenerator[types.GenerateContentResponse],
    exchange: Exchange,
    counted: _Counted,
) -> _Counted:
    """What follows the ending: nothing but a count is of interest, and trouble is none any more."""
    with contextlib.suppress(TimeoutError, *FAULTS):
        async with asyncio.timeout(REST_S):
            async for response in responses:
                if response.usage_metadata is not None:
                    counted = response.usage_metadata, exchange.read_ns
    return counted


def usage(told: types.GenerateContentResponseUsageMetadata, at_ns: int) -> Usage:
    """The service's own count. It leaves out zeros: a missing part beside a known one is 0. Thoughts are billed as output."""
    written = (told.candidates_token_count, told.thoughts_token_count)
    return Usage(
        at_ns=at_ns,
        tokens_in=told.prompt_token_count,
        tokens_out=None if written == (None, None) else sum(count or 0 for count in written),
        tokens_cached=told.cached_content_token_count,
        tokens_reasoning=told.thoughts_token_count,
    )
