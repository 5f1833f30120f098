"""Settings: where they come from, and what is refused."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from bench.settings import Settings, UnsafeBindError, is_loopback, refuse_unsafe


@pytest.fixture(autouse=True)
def _bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder and none of our variables."""
    import os

    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("FIRSTWORD_") or name in ("PORT", "CORS_ORIGINS"):
            monkeypatch.delenv(name)


def test_defaults() -> None:
    settings = Settings()
    assert (settings.host, settings.port, settings.max_upload_mb, settings.max_input_minutes) == ("127.0.0.1", 7860, 25, 10)
    assert settings.cors_origins == ()
    assert settings.data_dir.name == "firstword"
    refuse_unsafe(settings)


def test_platform_names_and_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "8001")
    monkeypatch.setenv("CORS_ORIGINS", "http://localhost:5173, https://example.org")
    assert Settings().port == 8001
    assert Settings().cors_origins == ("http://localhost:5173", "https://example.org")
    monkeypatch.setenv("FIRSTWORD_PORT", "8002")
    monkeypatch.setenv("FIRSTWORD_DATA_DIR", "/tmp/elsewhere")
    monkeypatch.setenv("FIRSTWORD_LOG_LEVEL", "DEBUG")
    assert Settings().port == 8002
    assert Settings().data_dir == Path("/tmp/elsewhere")
    assert Settings().log_level == "DEBUG"


def test_dot_env_stands_behind_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("# comment\nPORT=8003\nFIRSTWORD_MAX_UPLOAD_MB=5\nOPENAI_API_KEY=sk-x\nSOMETHING_ELSE=1\n")
    assert Settings().port == 8003
    assert Settings().max_upload_bytes == 5_000_000
    monkeypatch.setenv("PORT", "8004")
    assert Settings().port == 8004


def test_env_example_is_readable_and_sets_nothing_unsafe() -> None:
    example = Path(__file__).parents[2] / ".env.example"
    settings = Settings(_env_file=example)  # pyright: ignore[reportCallIssue]
    assert settings == Settings()
    uncommented = [
        line.removeprefix("# ") for line in example.read_text().splitlines() if line.startswith("# ") and "=" in line
    ]
    names = {line.split("=")[0] for line in uncommented if line.split("=")[0].isupper()}
    assert {
        "OPENAI_API_KEY",
        "OPENAI_BASE_URL",
        "GOOGLE_API_KEY",
        "FOLDER_ID",
        "SERVICE_ACCOUNT_KEY_PATH",
        "PORT",
        "CORS_ORIGINS",
    } <= names
    ours = {f"FIRSTWORD_{name.upper()}" for name in Settings.model_fields} - {"FIRSTWORD_PORT", "FIRSTWORD_CORS_ORIGINS"}
    assert ours <= names


@pytest.mark.parametrize(
    "origins", ["*", "http://*.example.org", "example.org", "http://a.example/path", "http://a.example/", "null", "http://u@a.example",
                "file:///x", "https://"],
)  # fmt: skip
def test_loose_origins_are_refused(origins: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ORIGINS", origins)
    with pytest.raises(ValidationError):
        Settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "0"), ("PORT", "70000"), ("PORT", "http"), ("FIRSTWORD_MAX_UPLOAD_MB", "26"),
     ("FIRSTWORD_KEEP_UPLOADS_HOURS", "25"), ("FIRSTWORD_LOG_LEVEL", "LOUD")],
)  # fmt: skip
def test_out_of_range(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError):
        Settings()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.3.2.1"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)
    refuse_unsafe(Settings(host=host))


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "", "192.168.1.5", "my-computer", "localhost.evil.example", "127.0.0.1.evil.example"]
)
def test_anything_else_is_refused_with_reason_and_remedy(host: str) -> None:
    with pytest.raises(UnsafeBindError) as refusal:
        refuse_unsafe(Settings(host=host))
    text = str(refusal.value)
    assert "no accounts" in text
    assert "FIRSTWORD_HOST=127.0.0.1" in text
    assert "ssh -L" in text


def test_an_unsafe_app_is_not_even_built(tmp_path: Path) -> None:
    from bench.web.app import build_app
    from tests.security.running_app import FakeState

    with pytest.raises(UnsafeBindError):
        build_app(FakeState(Settings(host="0.0.0.0", data_dir=tmp_path)))
