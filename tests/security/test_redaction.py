"""Keys stay on the server: in no form do they get into a log line, an exception or an export."""

import base64
import html
import io
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from bench.access.redaction import MASK, PINNED, RedactingFormatter, Redactor, configure_logging, forms
from providers import keys
from providers.errors import KeyRejected

CANARY = 'cnry-7f/Q+"9=zß1<w&5e8a4d2b6c0'

SPELLINGS = {
    "as it is": CANARY,
    "in a URL": quote(CANARY, safe=""),
    "in a form": quote_plus(CANARY),
    "in JSON": json.dumps(CANARY),
    "in HTML": html.escape(CANARY),
    "in a repr": repr({"key": CANARY}),
    "in hex": CANARY.encode().hex(),
    "in upper-case hex": CANARY.encode().hex().upper(),
    "in Base64": base64.b64encode(CANARY.encode()).decode(),
    "in URL-safe Base64": base64.urlsafe_b64encode(CANARY.encode()).decode(),
    "in Base64 after one byte": base64.b64encode(b"u" + CANARY.encode() + b"tail").decode(),
    "in Base64 after two bytes": base64.b64encode(b"u:" + CANARY.encode() + b"ta").decode(),
    "in Basic auth": base64.b64encode(b"user:" + CANARY.encode()).decode(),
    "its end": f"Incorrect API key provided: cnry-***{CANARY[-8:]}",
}


def traces_of(secret: str, text: str) -> list[str]:
    """Which spellings of a secret stand in a text: the hunter, written apart from the code that hides them."""
    raw = secret.encode()
    bare = {
        "plain": secret, "url": quote(secret, safe=""), "form": quote_plus(secret), "json": json.dumps(secret)[1:-1],
        "html": html.escape(secret), "repr": repr(secret)[1:-1], "hex": raw.hex(), "end": secret[-8:], "begin": secret[:12],
    }  # fmt: skip
    found = [name for name, form in bare.items() if form.lower() in text.lower()]
    for lead in range(3):
        core = base64.b64encode(b"\0" * lead + raw)[4 : 4 * ((lead + len(raw)) // 3)].decode()
        if core in text or core.replace("+", "-").replace("/", "_") in text:
            found.append(f"base64 at {lead}")
    return found


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_is_seen_by_the_hunter_and_hidden_by_the_redactor(spelling: str) -> None:
    text = f"before {SPELLINGS[spelling]} after"
    assert traces_of(CANARY, text)
    cleaned = Redactor([CANARY]).clean(text)
    assert traces_of(CANARY, cleaned) == []
    assert MASK in cleaned
    assert cleaned.startswith("before ")
    assert cleaned.endswith(" after")


def test_ordinary_text_stays_as_it_is() -> None:
    text = "turn 12: TTFT 31 ms, VAD pause 372 ms; token 5 of 9; key 'a' pressed; cookies are fine; basic english"
    assert Redactor([CANARY]).clean(text) == text
    assert Redactor([]).clean(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer abcdefgh12345678",
        "> authorization: Basic dXNlcjpwYXNzd29yZA==",
        "{'Authorization': 'Api-Key abcdefgh12345678'}",
        '"x-api-key": "abcdefgh12345678"',
        "x-goog-api-key: abcdefgh12345678",
        "Cookie: firstword_7860=abcdefgh12345678.1.xyz",
        "set-cookie: firstword_7860=abcdefgh12345678; HttpOnly",
        "GET /v1beta/models?key=abcdefgh12345678&alt=sse",
        '"WebSocket /wb/socket?ticket=abcdefgh12345678" [accepted]',
        "Incorrect key sk-proj-abcdefgh12345678 provided",
        "AIza" + "Syabcdefgh12345678abcdefgh12345678",
        "eyJhbGciOiJQUzI1NiJ9.eyJhbcdefgh12345678.abcdefgh12345678",
        "-----BEGIN " + "PRIVATE KEY-----\nabcdefgh12345678\n-----END PRIVATE KEY-----",
        "-----BEGIN RSA " + "PRIVATE KEY-----\nabcdefgh12345678",
    ],
)
def test_what_looks_like_a_credential_is_hidden_though_nobody_knows_it(text: str) -> None:
    cleaned = Redactor([]).clean(text)
    assert "abcdefgh12345678" not in cleaned
    assert "dXNlcjpwYXNzd29yZA" not in cleaned
    assert MASK in cleaned


def test_short_secrets_have_no_end_that_is_looked_for() -> None:
    assert "ret" not in forms("secret")
    assert "secret" in forms("secret")


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that is logged, at DEBUG, through the formatter; loggers are put back afterwards."""
    root = logging.getLogger()
    before = (root.level, list(root.handlers), sys.excepthook, {name: logging.getLogger(name).level for name in PINNED})
    stream = io.StringIO()
    handler = configure_logging("DEBUG", [CANARY], stream)
    yield stream
    root.removeHandler(handler)
    logging.captureWarnings(False)
    root.setLevel(before[0])
    for old in before[1]:
        root.addHandler(old)
    sys.excepthook = before[2]
    for name, level in before[3].items():
        logging.getLogger(name).setLevel(level)


def test_messages_and_arguments(log: io.StringIO) -> None:
    logging.getLogger("providers.any").debug("asked with %s and %r", CANARY, {"k": CANARY})
    logging.getLogger("x").warning("named %(key)s", {"key": CANARY})
    assert traces_of(CANARY, log.getvalue()) == []
    assert log.getvalue().count(MASK) == 3


def test_the_formatter_is_what_hides_it(log: io.StringIO) -> None:
    """The same records through an ordinary formatter do leak: the hunt can fail."""
    plain = io.StringIO()
    handler = logging.StreamHandler(plain)
    logging.getLogger().addHandler(handler)
    logging.getLogger("x").error("%s", CANARY)
    logging.getLogger().removeHandler(handler)
    assert traces_of(CANARY, plain.getvalue())
    assert traces_of(CANARY, log.getvalue()) == []


VENDOR_TEXT = f"401: Incorrect API key provided: {CANARY}. You can find your key at https://vendor.example"


def provider_fails() -> None:
    """As vendors do it: the key stands in the error's text, and our own error is raised from it."""
    try:
        raise ValueError(VENDOR_TEXT)
    except ValueError as error:
        raise KeyRejected("openai", "llm", cause="401", variable="OPENAI_API_KEY") from error


def test_a_foreign_exception_brings_no_text(log: io.StringIO) -> None:
    """Not even text that holds no key: it belongs to the vendor. Type, place and our own text stay."""
    try:
        provider_fails()
    except KeyRejected as error:
        logging.getLogger("bench.turn").exception("turn failed")
        logging.getLogger("bench.turn").error("again: %s", error.__cause__)
    text = log.getvalue()
    assert traces_of(CANARY, text) == []
    assert "vendor.example" not in text
    assert "ValueError (text withheld)" in text
    assert "providers.errors.KeyRejected: key_rejected: openai (llm)" in text
    assert "in provider_fails" in text


def test_groups_causes_and_notes(log: io.StringIO) -> None:
    inner = RuntimeError(f"vendor says {CANARY}")
    inner.add_note(f"note {CANARY}")
    try:
        raise ExceptionGroup(f"group {CANARY}", [inner, OSError(13, "Permission denied", f"/home/{CANARY}")])
    except ExceptionGroup:
        logging.getLogger("x").exception("failed")
    text = log.getvalue()
    assert traces_of(CANARY, text) == []
    assert "RuntimeError (text withheld)" in text
    assert "PermissionError: errno 13, Permission denied" in text


def test_the_last_words_of_the_process(log: io.StringIO) -> None:
    error = RuntimeError(CANARY)
    sys.excepthook(RuntimeError, error, None)
    assert "stopped by an error" in log.getvalue()
    assert traces_of(CANARY, log.getvalue()) == []


@pytest.mark.parametrize(
    "name", ["websockets", "websockets.client", "uvicorn.error", "httpcore.http11", "python_multipart.multipart"]
)
def test_talkative_libraries_are_pinned_even_at_debug(name: str, log: io.StringIO) -> None:
    """They print headers and bodies at DEBUG."""
    logging.getLogger(name).debug("> Authorization: whatever")
    logging.getLogger(name).info("connection open")
    assert "whatever" not in log.getvalue()
    assert "connection open" in log.getvalue()


def test_addresses_of_requests_are_not_logged(log: io.StringIO) -> None:
    for name in ("httpx", "httpx2"):
        logging.getLogger(name).info("HTTP Request: POST https://vendor.example/v1?key=abc")
    assert log.getvalue() == ""


def test_records_are_left_as_they_were_for_other_handlers() -> None:
    record = logging.LogRecord("x", logging.INFO, "f", 1, "%s", (ValueError("v"),), None)
    before = dict(record.__dict__)
    RedactingFormatter(Redactor([])).format(record)
    assert record.__dict__ == before


class TestKeys:
    """Where keys come from, and what of them may be seen."""

    @pytest.fixture(autouse=True)
    def _bare(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.delenv("OPENAI_API_KEY", raising=False)

    def test_from_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert keys.key("OPENAI_API_KEY") is None
        assert keys.present("OPENAI_API_KEY") is False
        monkeypatch.setenv("OPENAI_API_KEY", f" {CANARY}\n")
        found = keys.key("OPENAI_API_KEY")
        assert found is not None
        assert found.get_secret_value() == CANARY
        assert keys.present("OPENAI_API_KEY") is True
        assert CANARY in keys.redactable()
        for shown in (str(found), repr(found), f"{found}", repr([found])):
            assert traces_of(CANARY, shown) == []

    def test_from_dot_env_behind_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        Path(".env").write_text("OPENAI_API_KEY=from-the-file\nNEW_VENDOR_API_KEY=new-vendor-key\nOPENAI_MODEL=gpt-mini\n")
        assert keys.present("OPENAI_API_KEY")
        assert {"from-the-file", "new-vendor-key"} <= set(keys.redactable())
        assert "gpt-mini" not in keys.redactable()
        monkeypatch.setenv("OPENAI_API_KEY", "from-the-environment")
        found = keys.key("OPENAI_API_KEY")
        assert found is not None
        assert found.get_secret_value() == "from-the-environment"

    def test_an_empty_key_is_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", "  ")
        assert keys.present("OPENAI_API_KEY") is False

    @pytest.mark.parametrize(
        ("name", "secret"),
        [("ANAM_API_KEY", True), ("TELEGRAM_BOT_TOKEN", True), ("AWS_SECRET_ACCESS_KEY", True), ("DB_PASSWORD", True),
         ("YANDEX_APIKEY", True), ("FOLDER_ID", False), ("OPENAI_MODEL", False), ("SERVICE_ACCOUNT_KEY_PATH", False),
         ("KEYBOARD", False), ("MONKEY", False)],
    )  # fmt: skip
    def test_secrets_are_known_by_the_name_of_their_variable(
        self, name: str, secret: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(name, f"value-of-{name}")
        assert (f"value-of-{name}" in keys.redactable()) is secret
