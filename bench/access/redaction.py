"""Nothing secret gets into a log, an export or an error text.

Three nets, because each has holes: the secrets themselves are looked for in every form in which software tends to print
them; what looks like a credential is hidden whoever it belongs to; and the text of foreign exceptions is left out, since
vendors put the rejected key into their error messages.
"""

import base64
import html
import json
import logging
import re
import sys
import traceback
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import TextIO
from urllib.parse import quote, quote_plus

MASK = "[redacted]"

_TAIL = 8
_LONG_ENOUGH_FOR_TAIL = 16
"""Vendors print 'sk-…last four'; eight characters of a long key are enough to find it in a dashboard."""

_CREDENTIALS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?i)\b((?:proxy-)?authorization['\"]?\s*[:=]\s*['\"]?)(?:[a-z-]+\s+)?[^\s'\",;]+"), r"\1" + MASK),
    (re.compile(r"(?i)\b(bearer|api-key)\s+[A-Za-z0-9._~+/=-]{8,}"), r"\1 " + MASK),
    (re.compile(r"(?i)\b((?:set-)?cookie['\"]?\s*[:=]\s*['\"]?)[^\r\n'\"]+"), r"\1" + MASK),
    (re.compile(r"(?i)((?:x-)?(?:goog-)?api[_-]?key['\"]?\s*[:=]\s*['\"]?)[^\s'\"&,;]+"), r"\1" + MASK),
    (re.compile(r"(?i)([?&](?:key|ticket|token|access_token|signature|sig)=)[^\s'\"&#]+"), r"\1" + MASK),
    (re.compile(r"\bsk-[A-Za-z0-9_-]{8,}"), MASK),
    (re.compile(r"\bAIza[A-Za-z0-9_-]{20,}"), MASK),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"), MASK),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), MASK),
)
"""What looks like a credential: headers, query parameters, well-known shapes (OpenAI, Google, JWT, PEM)."""

PINNED: dict[str, int] = {
    "websockets": logging.INFO,
    "uvicorn.error": logging.INFO,  # hands its logger to websockets, which prints all headers of a handshake at DEBUG
    "httpx": logging.WARNING,  # prints whole addresses at INFO; Google's carry the key
    "httpx2": logging.WARNING,
    "httpcore": logging.INFO,
    "httpcore2": logging.INFO,
    "openai": logging.INFO,
    "grpc": logging.INFO,
    "python_multipart": logging.INFO,  # prints what is uploaded, byte by byte
}
"""Loggers of libraries that print headers, addresses or bodies below these levels."""

_OURS = ("bench.", "providers.", "workbench", "__main__")


def _base64_cores(secret: bytes) -> Iterator[str]:
    """How `secret` looks inside a Base64 text, at each of the three places where it can begin within a group of three bytes.

    The characters at both ends also depend on the neighbours and are left out.
    """
    for lead in range(3):
        padded = b"\0" * lead + secret
        whole = padded[: len(padded) - len(padded) % 3]
        first = {0: 0, 1: 2, 2: 3}[lead]
        for text in (base64.b64encode(whole).decode(), base64.urlsafe_b64encode(whole).decode()):
            yield text[first:]


def forms(secret: str) -> set[str]:
    """Every spelling of a secret that is looked for: as is, URL-, JSON-, HTML- and `repr`-escaped, hex, Base64, its end."""
    raw = secret.encode("utf-8", "surrogatepass")
    found = {
        secret,
        quote(secret, safe="", errors="replace"),
        quote_plus(secret, errors="replace"),
        json.dumps(secret)[1:-1],
        html.escape(secret),
        repr(secret)[1:-1],
        raw.hex(),
    }
    found.update(core for core in _base64_cores(raw) if len(core) >= _TAIL)
    if len(secret) >= _LONG_ENOUGH_FOR_TAIL:
        found.add(secret[-_TAIL:])
    return {form for form in found if form}


class Redactor:
    """Hides a fixed set of secrets, and whatever looks like a credential."""

    def __init__(self, secrets: Iterable[str]) -> None:
        spellings = sorted({form for secret in secrets for form in forms(secret)}, key=lambda form: (-len(form), form))
        self._known = re.compile("|".join(map(re.escape, spellings)), re.IGNORECASE) if spellings else None

    def clean(self, text: str) -> str:
        """`text` without secrets."""
        if self._known is not None:
            text = self._known.sub(MASK, text)
        for pattern, replacement in _CREDENTIALS:
            text = pattern.sub(replacement, text)
        return text


def _explained(error: BaseException) -> str:
    """Type and, where the text is our own or the system's, text of an exception."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    if kind.__module__.startswith(_OURS):
        return f"{name}: {error}"
    if isinstance(error, OSError) and isinstance(error.errno, int):
        system = f", {error.strerror}" if kind.__module__ == "builtins" else ""
        return f"{name}: errno {error.errno}{system}"
    return f"{name} (text withheld)"


def _chain(error: BaseException, depth: int = 0) -> Iterator[str]:
    """The lines of a traceback with its causes and group members, innermost cause first."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and depth < 8:
        yield from _chain(before, depth + 1)
        yield "  … which led to:\n"
    yield from traceback.format_tb(error.__traceback__)
    yield _explained(error) + "\n"
    if isinstance(error, BaseExceptionGroup) and depth < 8:
        members: tuple[BaseException, ...] = error.exceptions  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        for number, member in enumerate(members, 1):
            yield f"  … member {number}:\n"
            yield from _chain(member, depth + 1)


class RedactingFormatter(logging.Formatter):
    """Formats a record, tracebacks included, and cleans the whole line."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """One record as text. Leaves the record as it was, so that other handlers see nothing of our making."""
        line = self.formatMessage(self._with_message(record))
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            line += "\n" + "".join(_chain(error)).rstrip("\n")
        return self._redactor.clean(line)

    def _with_message(self, record: logging.LogRecord) -> logging.LogRecord:
        copy = logging.makeLogRecord(record.__dict__)
        if isinstance(copy.args, tuple):
            copy.args = tuple(_explained(arg) if isinstance(arg, BaseException) else arg for arg in copy.args)
        copy.message = copy.getMessage()
        copy.asctime = self.formatTime(record, self.datefmt)
        return copy


def configure_logging(level: str, secrets: Iterable[str], stream: TextIO | None = None) -> logging.Handler:
    """Send all logs through one redacting handler (default: standard error) and pin the talkative libraries."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(RedactingFormatter(Redactor(secrets)))
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    for name, floor in PINNED.items():
        logging.getLogger(name).setLevel(max(floor, getattr(logging, level)))
    logging.captureWarnings(True)
    sys.excepthook = _log_crash
    return handler


def _log_crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """The last words of the process go through the same formatter."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        logging.getLogger("firstword").critical("stopped by an error", exc_info=error)
