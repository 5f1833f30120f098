"""One-use tickets for the socket: a browser cannot put a header on a WebSocket, so the proof travels in the address.

Addresses end up in logs and histories; a ticket that is good once, for 30 s, for one session, is worth nothing there.
"""

import hashlib
import hmac
import secrets
from collections import OrderedDict
from dataclasses import dataclass

from bench.clock import Clock

LIFETIME_MS = 30_000.0
MOST = 1024
MOST_PER_SESSION = 32
"""One browser with many tabs that all reconnect at once needs a few; the oldest of a session go first."""


@dataclass(frozen=True, slots=True)
class _Issued:
    session: bytes
    """Digest of the session's id."""
    expires_ns: int
    """Instant on the server's clock (ns)."""


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


class Tickets:
    """Issues tickets and takes each back once. Only digests are kept, so a look-up's timing tells nothing about a ticket."""

    def __init__(
        self, clock: Clock, *, lifetime_ms: float = LIFETIME_MS, most: int = MOST, most_per_session: int = MOST_PER_SESSION
    ) -> None:
        self._clock = clock
        self._lifetime_ns = round(lifetime_ms * 1e6)
        self._most = most
        self._most_per_session = most_per_session
        self._issued: OrderedDict[bytes, _Issued] = OrderedDict()

    def __len__(self) -> int:
        """How many are out, expired ones that have not been swept yet included."""
        return len(self._issued)

    def issue(self, session_id: str) -> str:
        """A ticket for that session: 256 random bits, URL-safe."""
        now_ns = self._clock.now_ns()
        owner = _digest(session_id)
        self._sweep(now_ns)
        own = [key for key, issued in self._issued.items() if issued.session == owner]
        for key in own[: max(0, len(own) + 1 - self._most_per_session)]:
            del self._issued[key]
        while len(self._issued) >= self._most:
            self._issued.popitem(last=False)
        ticket = secrets.token_urlsafe(32)
        self._issued[_digest(ticket)] = _Issued(owner, now_ns + self._lifetime_ns)
        return ticket

    def redeem(self, ticket: str, session_id: str) -> bool:
        """Whether it is a ticket of that session and still good. It is used up either way."""
        issued = self._issued.pop(_digest(ticket), None)
        if issued is None:
            return False
        return hmac.compare_digest(issued.session, _digest(session_id)) and self._clock.now_ns() < issued.expires_ns

    def _sweep(self, now_ns: int) -> None:
        """Drop what has expired; all live equally long, so the oldest stand first."""
        while self._issued and next(iter(self._issued.values())).expires_ns <= now_ns:
            self._issued.popitem(last=False)
