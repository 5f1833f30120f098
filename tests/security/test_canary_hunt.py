"""A key is planted and the whole running app is shaken: pages, files, answers, sockets, crashes, and the log at DEBUG.

The hunter is first shown that it catches a leak (in `test_redaction`, and here on an answer that does leak).
"""

import io
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosedError
from websockets.sync.client import connect

from bench.access.redaction import configure_logging
from bench.access.uploads import UnreadableError
from providers import keys
from tests.security.running_app import FakeState, Running, run_app, settings_for
from tests.security.test_redaction import CANARY, traces_of
from tests.security.visitors import concrete, headers_of, walk


def vendor_decoder(path: Path) -> Any:
    """A decoder whose library puts the key into its error."""
    try:
        raise ValueError(f"decoder licence {CANARY}")
    except ValueError as error:
        raise UnreadableError("This is not a recording.", "Choose another file.") from error


@pytest.fixture
def shaken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Running, io.StringIO]]:
    """The app with the canary in its environment and its `.env`, and its whole log."""
    monkeypatch.chdir(tmp_path)
    Path(".env").write_text(f"ANAM_API_KEY={CANARY}\n")
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    assert CANARY in keys.redactable()
    log = io.StringIO()
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    handler = configure_logging("DEBUG", keys.redactable(), log)
    state = FakeState(settings_for(tmp_path / "data"), secret=CANARY)
    state.uploads._decode = vendor_decoder  # pyright: ignore[reportPrivateUsage]
    for running in run_app(state):
        yield running, log
    root.removeHandler(handler)
    logging.captureWarnings(False)
    root.setLevel(level)
    for old in handlers:
        root.addHandler(old)


def test_the_hunt(shaken: tuple[Running, io.StringIO], monkeypatch: pytest.MonkeyPatch) -> None:
    running, log = shaken
    seen: list[str] = []
    with running.signed_in() as client:
        own = headers_of("own browser", running)
        for method, pattern in sorted(set(walk(running.app.routes))):
            if method != "WEBSOCKET":
                answer = client.request(method, concrete(pattern), headers=own)
                seen.append(f"{answer.headers}\n{answer.text}")
        client.cookies.clear()
        client.get("/")
        seen.append(client.get("/").text)
        refused = client.post(f"/wb/inputs?title={CANARY[:5]}", content=b"not sound")
        assert refused.status_code == 415
        monkeypatch.setattr(running.state.uploads, "all", _crash)
        crashed = client.get("/wb/inputs")
        assert crashed.status_code == 500
        seen += [refused.text, crashed.text]
        seen.append(_crash_a_socket(running, client))
    text = "\n".join(seen)
    assert "fw-bench" in text  # the page itself was among it
    assert traces_of(CANARY, text) == []
    assert traces_of(CANARY, log.getvalue()) == []
    assert log.getvalue().count("RuntimeError (text withheld)") >= 2  # both crashes were logged, without their text
    assert "firstword_" not in log.getvalue()
    assert traces_of(CANARY, text + f"… {CANARY}")  # and the hunter is awake


def _crash() -> Any:
    raise RuntimeError(f"cannot reach vendor with key {CANARY}")


def _crash_a_socket(running: Running, client: Any) -> str:
    """What a page reads from a socket whose handler dies of the vendor's error."""
    ticket = client.post("/wb/ticket").json()["ticket"]
    cookie = {"cookie": f"{running.cookie}={client.cookies[running.cookie]}"}
    address = f"ws://{running.host}/wb/socket?ticket={ticket}"
    with connect(address, origin=running.origin, additional_headers=cookie) as socket:  # pyright: ignore[reportArgumentType]
        heard = str(socket.recv(5))
        socket.send("crash")
        with pytest.raises(ConnectionClosedError) as closed:
            socket.recv(5)
    return heard + str(closed.value)


def test_a_ticket_is_not_readable_in_the_log(shaken: tuple[Running, io.StringIO]) -> None:
    running, log = shaken
    with running.signed_in() as client:
        ticket = client.post("/wb/ticket").json()["ticket"]
        session = client.cookies[running.cookie]
        cookie = {"cookie": f"{running.cookie}={session}"}
        address = f"ws://{running.host}/wb/socket?ticket={ticket}"
        with connect(address, origin=running.origin, additional_headers=cookie) as socket:  # pyright: ignore[reportArgumentType]
            socket.recv(5)
    assert "/wb/socket" in log.getvalue()
    assert ticket not in log.getvalue()
    assert session.split(".")[0] not in log.getvalue()
