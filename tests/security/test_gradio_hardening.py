"""What Gradio opens by default and must stay shut here. Found by probing gradio 6.31; each was reachable in a plain mount."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Mount

from bench.web import gradio_environment
from tests.security.running_app import Running
from tests.security.visitors import headers_of


@pytest.fixture
def inner(running: Running) -> Any:
    """Gradio's own app, behind the mount at `/`."""
    mounts = [route for route in running.app.routes if isinstance(route, Mount) and route.path == ""]
    assert len(mounts) == 1
    assert running.app.routes[-1] is mounts[0]  # the last route: it takes what is left
    return mounts[0].app


@pytest.fixture
def blocks(inner: Any) -> Any:
    return inner.get_blocks()


def test_switched_off(blocks: Any) -> None:
    assert blocks.show_error is False
    assert blocks.run_history is False
    assert blocks.enable_monitoring is False
    assert blocks.mcp_server is False
    assert blocks.ssr_mode is False
    assert blocks.share is False
    assert blocks.allowed_paths == []
    assert blocks.analytics_enabled is False
    assert blocks.auth is None
    assert blocks.max_file_size == 25 * 1024 * 1024 or blocks.max_file_size == 25_000_000
    assert not blocks.pwa
    assert not blocks.proxy_urls
    assert blocks.footer_links == []
    assert blocks.dev_mode is False


def test_no_schema_and_no_docs_of_either_app(running: Running, inner: Any) -> None:
    for app in (running.app, inner):
        assert (app.openapi_url, app.docs_url, app.redoc_url) == (None, None, None)


def test_the_page_holds_no_component_that_holds_anything(blocks: Any) -> None:
    """Initial values are public, a State keeps a connection open, a listener is an endpoint for everyone: there are none."""
    config = blocks.get_config_file()
    assert {component["type"] for component in config["components"]} == {"html", "tabs", "tabitem"}
    assert config["dependencies"] == []
    values = [component["props"].get("value") for component in config["components"] if component["type"] == "html"]
    assert sorted(values) == [
        '<div class="fw-bench" data-tab="chat"></div>',
        '<div class="fw-bench" data-tab="voice"></div>',
        '<div class="fw-header"></div>',
        '<div class="fw-tasks"></div>',
    ]


def test_the_page_names_nothing_outside_that_it_would_load(running: Running) -> None:
    """The only outside names in the page stand in link previews, which browsers do not fetch."""
    with running.client() as client:
        page = client.get("/").text
    loaded = [part for part in page.split("<") if part.startswith(("script", "link", "img", "iframe")) and "http" in part]
    assert [part for part in loaded if "src=" in part.split(">")[0] or "href=" in part.split(">")[0]] == []
    config = page.split("window.gradio_config = ", 1)[1].split(";</script>", 1)[0]
    assert json.loads(config)["components"]
    assert "googleapis" not in page
    assert "gstatic" not in page


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/config"),
        ("GET", "/gradio_api/info"),
        ("GET", "/gradio_api/openapi.json"),
        ("GET", "/openapi.json"),
        ("GET", "/docs"),
        ("POST", "/gradio_api/upload"),
        ("POST", "/gradio_api/queue/join"),
        ("GET", "/gradio_api/queue/data?session_hash=x"),
        ("POST", "/gradio_api/call/anything"),
        ("POST", "/gradio_api/run/anything"),
        ("POST", "/gradio_api/component_server"),
        ("GET", "/gradio_api/dev/reload"),
        ("GET", "/gradio_api/heartbeat/x"),
        ("GET", "/gradio_api/runs"),
        ("GET", "/gradio_api/deep_link?session_hash=x"),
        ("POST", "/gradio_api/cancel"),
        ("POST", "/gradio_api/reset"),
        ("GET", "/gradio_api/startup-events"),
        ("GET", "/gradio_api/mcp/schema"),
        ("GET", "/gradio_api/file=http://evil.example/x"),
        ("GET", "/gradio_api/file=https://evil.example/x"),
        ("GET", "/gradio_api/proxy=https://x.hf.space/"),
        ("POST", "/gradio_api/process_recording"),
        ("POST", "/gradio_api/vibe-edit"),
        ("GET", "/monitoring"),
        ("GET", "/monitoring/summary"),
        ("POST", "/login"),
        ("GET", "/?deep_link=abc"),
    ],
)
def test_shut_even_for_our_own_browser(method: str, path: str, running: Running) -> None:
    with running.client() as client:
        answer = client.request(method, path, headers=headers_of("own browser", running), follow_redirects=False)
    assert answer.status_code == 403
    assert answer.json()["code"] == "forbidden"


def test_no_foreign_origin_is_ever_echoed(running: Running) -> None:
    """Gradio echoes any localhost origin with credentials; ours names friends only."""
    with running.client() as client:
        for origin in ("https://evil.example", "http://localhost:3000", "null", f"http://localhost:{running.port}"):
            for path in ("/", "/health", "/theme.css", "/favicon.ico"):
                answer = client.get(path, headers={"origin": origin})
                assert answer.headers.get("access-control-allow-origin") is None, (origin, path)


def test_an_address_given_by_the_visitor_is_not_believed(running: Running) -> None:
    """Gradio would build the page's own address from these headers."""
    lies = {"x-forwarded-host": "evil.example", "x-forwarded-proto": "https", "x-gradio-server": "http://evil.example/",
            "forwarded": "host=evil.example"}  # fmt: skip
    with running.client() as client:
        page = client.get("/", headers=lies).text
    assert "evil.example" not in page
    assert running.host in page


def test_the_environment_is_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = "SHARE ALLOWED_PATHS MCP_SERVER RUN_HISTORY HISTORY_BUCKET ROOT_PATH PROFILING ANALYTICS_ENABLED TEMP_DIR"
    for name in [*(f"GRADIO_{each}" for each in hostile.split()), "HF_HUB_OFFLINE"]:
        monkeypatch.setenv(name, "/")
    monkeypatch.setenv("GRADIO_VIBE_MODE", "1")
    monkeypatch.setenv("HF_HUB_DISABLE_TELEMETRY", "0")
    gradio_environment.prepare(tmp_path)
    ours = {name: value for name, value in os.environ.items() if name.startswith(("GRADIO_", "HF_HUB_"))}
    assert ours == {**gradio_environment.QUIET, "GRADIO_TEMP_DIR": str(tmp_path / "gradio")}
    assert ours["GRADIO_ANALYTICS_ENABLED"] == "False"
    assert ours["HF_HUB_OFFLINE"] == "1"
    assert stat.S_IMODE((tmp_path / "gradio").stat().st_mode) == 0o700


START = """
import sys, threading
calls = []
LOCAL = ("127.0.0.1", "::1", "localhost", "")
def watch(event, args):
    if event == "socket.connect" and isinstance(args[1], tuple) and args[1][0] not in LOCAL: calls.append((event, args[1]))
    if event == "socket.getaddrinfo" and (args[0] or "") not in LOCAL: calls.append((event, args[0]))
    if event == "socket.gethostbyname": calls.append((event, args[0]))
sys.addaudithook(watch)
import time, pathlib
started = time.perf_counter()
from tests.security.running_app import FakeState, run_app, settings_for
assert "gradio" not in sys.modules, "gradio was imported before its environment was set"
import os
os.environ["GRADIO_ANALYTICS_ENABLED"] = "True"
state = FakeState(settings_for(pathlib.Path(sys.argv[1])))
for running in run_app(state):
    with running.client() as client:
        assert client.get("/health").json() == {"status": "ok"}
        assert client.get("/").status_code == 200
assert os.environ["GRADIO_ANALYTICS_ENABLED"] == "False", "the app did not set gradio's environment"
if len(sys.argv) > 2:
    import socket
    try: socket.getaddrinfo("outside.example", 80)
    except OSError: pass
time.sleep(0.3)  # what was put into threads at the start has run by then
print(calls)
"""


@pytest.mark.parametrize("leak", [False, True])
def test_the_server_calls_nobody(leak: bool, tmp_path: Path) -> None:
    """From the first import to the first page: no name is looked up, no connection made. With `leak`, the watch sees one."""
    root = Path(__file__).parents[2]
    environment = {"PYTHONPATH": str(root), "HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    command = [sys.executable, "-c", START, str(tmp_path), *(["leak"] if leak else [])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().splitlines()[-1] == ("[('socket.getaddrinfo', 'outside.example')]" if leak else "[]")
