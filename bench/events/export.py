"""Events and rows of figures as JSON and CSV, for people and spreadsheets. Keys never leave.

Times of a turn are also given in milliseconds from its first mark (`at_ms`, `from_ms`), already on the server's clock.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from bench.events import codec
from bench.events.kinds import Event, Marked

REDACTED = "[redacted]"
"""What stands in the place of a key."""

SECRET_NAMES = re.compile(
    r"(^|_)(api_?key|private_?key|access_?key|secret_?key|account_?key|secret|password|passwd|authorization"
    r"|credentials?|cookie|access_?token|iam_?token|session_?token|refresh_?token|bot_?token|auth_?token|bearer)s?$"
    r"|^jwt$"
)
"""Names of fields that hold keys, whatever their value. `tokens_in`, `tokens_out` and `key_released` are not among them."""

SECRET_SHAPES = re.compile(
    r"\bsk-[A-Za-z0-9_-]{16,}"  # OpenAI and those who copy its form
    r"|\bAIza[A-Za-z0-9_-]{30,}"  # Google
    r"|\bAQVN[A-Za-z0-9_-]{30,}|\bt1\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{40,}"  # Yandex: API key, IAM token
    r"|\b\d{8,12}:[A-Za-z0-9_-]{35}\b"  # a Telegram bot
    r"|\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+"  # a signed token (JWT)
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)",
    re.DOTALL,
)
"""Texts that are keys by their form, wherever they stand."""

FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
"""A spreadsheet may run a cell that begins so (OWASP, 'CSV injection'; full-width signs are read alike)."""

NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?([eE][+-]?\d+)?")


def without_keys(value: Any, secrets: Iterable[str] = ()) -> Any:
    """A copy of plain JSON data in which no key is left: none of `secrets` (the values known on this server), nothing that
    has the form of a vendor's key, nothing under the name of one."""
    # The longest first: one key may be the beginning of another.
    known = sorted({secret for secret in secrets if secret}, key=len, reverse=True)
    return _cleaned(value, known)


def _cleaned(value: Any, known: Sequence[str]) -> Any:
    if isinstance(value, str):
        for secret in known:
            value = value.replace(secret, REDACTED)
        return SECRET_SHAPES.sub(REDACTED, value)
    if isinstance(value, Mapping):
        return {
            _cleaned(name, known): REDACTED if _holds_key(name, content) else _cleaned(content, known)
            for name, content in cast(Mapping[str, Any], value).items()
        }
    if isinstance(value, (list, tuple)):
        return [_cleaned(item, known) for item in cast(Sequence[Any], value)]
    return value


def _holds_key(name: str, content: Any) -> bool:
    if not isinstance(content, (str, list, tuple, Mapping)) or not content:
        return False  # 'has a key: yes' is no key
    # apiKey, API-KEY and api_key are one name.
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("-", "_").replace(" ", "_").lower()
    return SECRET_NAMES.search(snake) is not None


def first_mark_ns(events: Iterable[Event]) -> dict[str, int]:
    """Turn id → instant of its earliest mark (ns): the zero of every exported time of that turn."""
    first: dict[str, int] = {}
    for event in events:
        if isinstance(event, Marked) and event.turn:
            first[event.turn] = min(event.at_ns, first.get(event.turn, event.at_ns))
    return first


def event_rows(events: Sequence[Event], secrets: Iterable[str] = ()) -> list[dict[str, Any]]:
    """One row per event: `kind`, `v`, its fields, and `at_ms` (`from_ms`) relative to its turn's first mark (ms).

    A time that cannot be given is None, and `at_ms_reason` says why. Raises `EncodeError`.
    """
    zeros, known = first_mark_ns(events), tuple(secrets)
    rows: list[dict[str, Any]] = []
    for event in events:
        row = without_keys(codec.encode(event), known)
        zero_ns = zeros.get(event.turn)
        reason = "" if zero_ns is not None else "no mark in this turn" if event.turn else "not in a turn"
        for name in ("at", "from"):
            if f"{name}_ns" in row:
                row[f"{name}_ms"] = None if zero_ns is None else (row[f"{name}_ns"] - zero_ns) / 1e6
        rows.append({**row, "at_ms_reason": reason})
    return rows


def rows_json(rows: Iterable[Mapping[str, Any]], secrets: Iterable[str] = ()) -> str:
    """Rows of plain JSON data as one indented JSON array. Raises `EncodeError` for NaN and the like."""
    clean = without_keys(list(rows), secrets)
    codec.dump(clean, "an exported row")
    return json.dumps(clean, ensure_ascii=False, indent=2, allow_nan=False)


def rows_csv(rows: Iterable[Mapping[str, Any]], secrets: Iterable[str] = ()) -> str:
    """Rows as CSV with a header of all names in the order of their first appearance; lines end in CR LF (RFC 4180).

    No cell is taken for a formula. None is an empty cell, lists and objects are JSON. For Excel, encode as `utf-8-sig`.
    """
    clean = cast(list[dict[str, Any]], without_keys(list(rows), secrets))
    names = list(dict.fromkeys(name for row in clean for name in row))
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet)
    writer.writerow([safe_cell(name) for name in names])
    writer.writerows([safe_cell(row.get(name)) for name in names] for row in clean)
    return sheet.getvalue()


def safe_cell(value: Any) -> str:
    """The text of one cell. Text that a spreadsheet would run gets a leading apostrophe, unless it is a number."""
    if value is None:
        return ""
    if isinstance(value, (bool, list, dict)):
        return safe_cell(codec.dump(value, "a cell"))
    # Half a surrogate pair cannot be written as UTF-8.
    text = str(value).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if text.startswith(FORMULA_STARTS) and not NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def events_json(events: Sequence[Event], secrets: Iterable[str] = ()) -> str:
    """Events as one JSON array of `event_rows`. Raises `EncodeError`."""
    return rows_json(event_rows(events, secrets), secrets)


def events_csv(events: Sequence[Event], secrets: Iterable[str] = ()) -> str:
    """Events as CSV of `event_rows`, one line each. Raises `EncodeError`."""
    return rows_csv(event_rows(events, secrets), secrets)
