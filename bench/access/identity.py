"""Who is asking: a browser that was signed in here before.

A session is 256 random bits and an expiry, signed with a secret that lives in the data folder (mode 0600). Nothing is kept
on the server, so a session survives a restart; deleting `session.key` signs every browser out.
"""

import base64
import contextlib
import hashlib
import hmac
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.settings import private_dir

LIFETIME_S = 30 * 24 * 3600
"""A session ends 30 days after the page was last opened."""
SECRET_BYTES = 32


class SecretDamagedError(Exception):
    """The file that signs sessions is not what was written there. The text says what to do."""


@dataclass(frozen=True, slots=True)
class Session:
    """One signed-in browser."""

    id: str
    """256 random bits, URL-safe. As good as a password: never log it, use `label`."""
    expires_s: int
    """Unix seconds."""

    @property
    def label(self) -> str:
        """A short name for logs and the audit, from which the id cannot be found."""
        return hashlib.sha256(self.id.encode()).hexdigest()[:8]


class Sessions:
    """Starts sessions and recognises them by their cookie."""

    def __init__(self, secret: bytes, now_s: Callable[[], float] = time.time, lifetime_s: int = LIFETIME_S) -> None:
        if len(secret) < SECRET_BYTES:
            raise ValueError(f"the session secret needs at least {SECRET_BYTES} bytes")
        self._secret = secret
        self._now_s = now_s
        self.lifetime_s = lifetime_s

    def start(self) -> Session:
        """A new browser."""
        return Session(secrets.token_urlsafe(32), int(self._now_s()) + self.lifetime_s)

    def renewed(self, session: Session) -> Session | None:
        """The same session with a later end, once half of its time is over; None while there is no need."""
        left_s = session.expires_s - self._now_s()
        return Session(session.id, int(self._now_s()) + self.lifetime_s) if left_s < self.lifetime_s / 2 else None

    def cookie_value(self, session: Session) -> str:
        """What the browser keeps: `id.expiry.signature`."""
        return f"{session.id}.{session.expires_s}.{self._signature(session)}"

    def read(self, cookie_value: str) -> Session | None:
        """The session behind a cookie; None when it is forged, malformed or over."""
        parts = cookie_value.split(".")
        if len(parts) != 3 or not parts[1].isascii() or not parts[1].isdigit() or len(parts[1]) > 12:
            return None
        session = Session(parts[0], int(parts[1]))
        if not hmac.compare_digest(self._signature(session).encode(), parts[2].encode("utf-8", "surrogatepass")):
            return None
        return session if session.expires_s > self._now_s() else None

    def _signature(self, session: Session) -> str:
        text = f"firstword session 1\n{session.id}\n{session.expires_s}".encode("utf-8", "surrogatepass")
        return base64.urlsafe_b64encode(hmac.digest(self._secret, text, "sha256")).rstrip(b"=").decode()


def load_secret(data_dir: Path) -> bytes:
    """The 32 bytes that sign sessions; made at the first start. Raises `OSError`, `SecretDamagedError`.

    It is written under another name and then linked, so that two processes that start together end up with one secret.
    """
    path = private_dir(data_dir) / "session.key"
    if not path.exists():
        fresh = path.with_name(f"session.key.{secrets.token_hex(8)}")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(SECRET_BYTES))
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    path.chmod(0o600)
    secret = path.read_bytes()
    if len(secret) < SECRET_BYTES:
        raise SecretDamagedError(f"{path} is too short to be a secret. Delete it and start again; browsers will sign in anew.")
    return secret
