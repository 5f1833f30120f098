"""What can happen to an HTTP request below the vendor's own answer, as leaves of the error tree."""

import socket
import ssl
from collections.abc import Iterator

import httpx2

from providers.errors import (
    ConnectionCut,
    ConnectionRefused,
    NameNotFound,
    NetworkFailed,
    ProtocolBroken,
    ProviderError,
    Stage,
    TlsFailed,
)  # fmt: skip

_LEAVES: tuple[tuple[type[BaseException], type[ProviderError]], ...] = (
    (socket.gaierror, NameNotFound),
    (ssl.SSLError, TlsFailed),
    (ConnectionRefusedError, ConnectionRefused),
    (ConnectionError, ConnectionCut),
    (httpx2.ReadError, ConnectionCut),
    (httpx2.WriteError, ConnectionCut),
    (httpx2.CloseError, ConnectionCut),
    (httpx2.RemoteProtocolError, ProtocolBroken),
    (httpx2.DecodingError, ProtocolBroken),
    (httpx2.TooManyRedirects, ProtocolBroken),
    (httpx2.TransportError, NetworkFailed),
)
"""From the particular to the general: the first that fits anything in the chain of causes decides."""

_GONE = ("disconnected without sending", "peer closed connection", "incomplete")
"""How httpcore2 and h11 word a connection that was closed too early; everything else of theirs is a broken protocol."""


def network_error(error: BaseException, provider: str, stage: Stage) -> ProviderError | None:
    """The leaf for whatever the network did, or None when nothing in the chain of causes is the network's."""
    chain = list(_causes(error))
    for kind, leaf in _LEAVES:
        found = next((each for each in chain if isinstance(each, kind)), None)
        if found is None:
            continue
        if isinstance(found, httpx2.RemoteProtocolError) and any(words in str(found) for words in _GONE):
            leaf = ConnectionCut
        return leaf(provider, stage, cause=f"{type(found).__name__}: {found}")
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, what it was raised from, and the members of groups among them."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        each = waiting.pop(0)
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [cause for cause in (each.__cause__, each.__context__) if cause is not None]
        if isinstance(each, BaseExceptionGroup):
            waiting += each.exceptions
