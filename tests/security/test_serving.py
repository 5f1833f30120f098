"""How the app is served: on this computer only, in good order, and with a clear word when it cannot."""

import asyncio
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosedError
from websockets.sync.client import connect

from bench.web import serving
from bench.web.serving import PORT_IN_USE, CannotListenError, configured, listen, serve
from tests.security.running_app import Running, free_port

SCRIPT = """
import asyncio, sys, webbrowser
from bench.web.serving import serve

def browse(address):
    import urllib.request
    print("browser got", urllib.request.urlopen(address, timeout=5).status, flush=True)
    return True

webbrowser.open = browse

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive(); await send({"type": "lifespan.startup.complete"})
        await receive(); print("lifespan ended", flush=True); await send({"type": "lifespan.shutdown.complete"})
    elif scope["type"] == "websocket":
        await receive(); await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect": pass
        print("socket ended", flush=True)
    else:
        if scope["path"] == "/slow":
            print("slow began", flush=True); await asyncio.sleep(0.5)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

if __name__ == "__main__":
    sys.exit(serve(app, "127.0.0.1", int(sys.argv[1]), open_browser=len(sys.argv) > 2))
"""


class Process:
    """The script above, running."""

    def __init__(self, folder: Path, *more: str) -> None:
        (folder / "script.py").write_text(SCRIPT)
        self.port = free_port()
        root = Path(__file__).parents[2]
        self.process = subprocess.Popen(
            [sys.executable, str(folder / "script.py"), str(self.port), *more],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder, env={"PYTHONPATH": str(root)},
        )  # fmt: skip

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def end(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=15)
        return self.process.returncode, out, err


def test_a_port_in_use_is_named_with_the_way_out(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert serve(_never, "127.0.0.1", port, open_browser=False) == PORT_IN_USE == 3
    said = capsys.readouterr().err
    assert f"port {port}" in said
    assert "already uses it" in said
    assert "PORT=" in said
    assert "Traceback" not in said


async def _never(scope: object, receive: object, send: object) -> None:
    raise AssertionError("nothing may be served")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_never_on_an_address_that_others_reach(host: str) -> None:
    with pytest.raises(CannotListenError):
        listen(host, free_port())


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]"])
def test_on_every_name_of_this_computer(host: str) -> None:
    try:
        bound = listen(host, 0)
    except CannotListenError as error:
        if "no address" in str(error):
            pytest.skip("no IPv6 on this computer")
        raise
    with bound:
        assert bound.getsockname()[0] in ("127.0.0.1", "::1")


async def test_small_messages_are_not_held_back() -> None:
    """Nagle's algorithm is off on every accepted connection; asyncio does it only for sockets that say they are TCP."""
    seen: list[int] = []
    done = asyncio.Event()

    def met(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()
        done.set()

    bound = listen("127.0.0.1", 0)
    async with await asyncio.start_server(met, sock=bound):
        _, writer = await asyncio.open_connection(*bound.getsockname())
        await asyncio.wait_for(done.wait(), 5)
        writer.close()
        await writer.wait_closed()
    assert seen
    assert seen[0] != 0


def test_the_server_is_set_up_for_voice_and_tells_nothing() -> None:
    config = configured(_never)  # pyright: ignore[reportArgumentType]
    assert config.ws_max_size == 64 * 1024
    assert config.ws_per_message_deflate is False
    assert (config.ws_ping_interval, config.ws_ping_timeout) == (5.0, 5.0)
    assert config.timeout_graceful_shutdown == 10
    assert config.access_log is False
    assert config.server_header is False
    assert config.proxy_headers is False
    assert config.log_config is None


def test_sigterm_ends_in_good_order(tmp_path: Path) -> None:
    """A running request is answered, a socket is told that the server restarts, the lifespan ends, the exit code is 0."""
    process = Process(tmp_path)
    assert process.line().startswith("Firstword is ready: http://127.0.0.1:")
    answers: list[int] = []
    slow = threading.Thread(
        target=lambda: answers.append(httpx.get(f"http://127.0.0.1:{process.port}/slow", timeout=10).status_code)
    )
    with connect(f"ws://127.0.0.1:{process.port}/") as socket_:
        slow.start()
        assert process.line() == "slow began"
        process.process.send_signal(signal.SIGTERM)
        with pytest.raises(ConnectionClosedError) as closed:
            socket_.recv(5)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
    slow.join(10)
    code, out, err = process.end()
    assert answers == [200]
    assert out.splitlines() == ["socket ended", "lifespan ended"]
    assert code == 0, err


def test_ctrl_c_ends_without_a_traceback(tmp_path: Path) -> None:
    process = Process(tmp_path)
    process.line()
    process.process.send_signal(signal.SIGINT)
    code, out, err = process.end()
    assert (code, out.splitlines()) == (0, ["lifespan ended"])
    assert "Traceback" not in err


def test_the_browser_is_opened_when_the_port_answers(tmp_path: Path) -> None:
    process = Process(tmp_path, "open")
    process.line()
    assert process.line() == "browser got 200"
    process.process.send_signal(signal.SIGTERM)
    assert process.end()[0] == 0


def test_an_app_that_cannot_start_gives_its_own_exit_code() -> None:
    async def broken(scope: dict[str, str], receive: object, send: object) -> None:
        raise RuntimeError("no store")

    assert serve(broken, "127.0.0.1", free_port(), open_browser=False) == serving.NOT_STARTED  # pyright: ignore[reportArgumentType]


def test_the_bench_lives_as_long_as_the_server(running: Running) -> None:
    assert running.state.lives == ["started"]


def test_requests_are_answered_promptly(running: Running) -> None:
    """The median of small requests on one connection; with Nagle's algorithm on it is above 40 ms."""
    with running.client() as client:
        client.get("/health")
        took_s: list[float] = []
        for _ in range(21):
            start = time.perf_counter()
            client.get("/health")
            took_s.append(time.perf_counter() - start)
    assert sorted(took_s)[10] < 0.03
