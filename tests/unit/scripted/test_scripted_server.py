"""The scripted server in its own process: what it stamps, what the providers report, and what happens when it goes wrong.

Times here are real. What is asserted of them is order and generous bounds, so that a busy machine does not fail the test.
"""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import numpy as np
import pytest

from bench.wire.frames import LENGTHS, pack
from bench.wire.scripted_process import ROOT, ScriptedServer, running_scripted_server
from bench.wire.stamps import RequestStamps
from providers.base import AudioChunk, TextDelta
from providers.errors import ConnectionCut, ConnectionRefused, EndedEarly, NameNotFound
from providers.scripted_stt import ScriptedStt, ScriptedSttOptions
from tests.unit.scripted.scripts import Notes, asked, chat, loud, question, spoken, tts

LATE_MS = 50.0
"""Lateness that a busy machine is forgiven (ms)."""


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    with running_scripted_server() as running:
        yield running


@pytest.fixture
def notes() -> Notes:
    return Notes(time.monotonic_ns)


async def truth(server: ScriptedServer, notes: Notes) -> list[RequestStamps]:
    """What the server did for the requests that were noted."""
    stamps = await asyncio.to_thread(server.stamps, notes.requests)
    return [stamps[request] for request in notes.requests]


async def test_the_marks_of_the_client_stand_around_the_stamps_of_the_server(server: ScriptedServer, notes: Notes) -> None:
    """The proof that the later bench repeats a thousand times: one clock, two processes, one order of things."""
    script = chat(server=server.address, text="one two three", first_text_ms=40, tokens_per_s=100)
    chunks = await asked(script, notes.wire)
    await script.close()
    (stamps,) = await truth(server, notes)
    assert notes.named("request_sent")[0].at_ns <= stamps.read_ns
    texts = [chunk for chunk in chunks if isinstance(chunk, TextDelta)]
    written = [chunk for chunk in stamps.chunks if chunk.kind == "text"]
    assert [chunk.due_ms for chunk in written] == [40.0, 50.0, 60.0]
    for seen, real in zip(texts, written, strict=True):
        assert real.written_ns <= seen.at_ns <= real.returned_ns + LATE_MS * 1e6
        assert 0 <= stamps.real_ms(real) - real.due_ms <= LATE_MS
        assert real.waiting == 0
    assert [instant.at_ns for instant in notes.named("bytes_received")][:3] == [chunk.at_ns for chunk in texts]
    assert stamps.completed_ns == stamps.chunks[-1].written_ns
    assert stamps.first("text") == written[0]
    assert stamps.first("audio") is None


async def test_one_connection_is_kept_and_reported(server: ScriptedServer, notes: Notes) -> None:
    script = chat(server=server.address, text="hi", first_text_ms=1)
    await asked(script, notes.wire)
    await asked(script, notes.wire)
    assert [instant.name for instant in notes.instants if "connect" in instant.name] == [
        "connect_started", "connected", "connected",
    ]  # fmt: skip
    assert [instant.data["reused"] for instant in notes.named("connected")] == [False, True]
    first, second = await truth(server, notes)
    assert (first.connection, first.nth, second.nth) == (second.connection, 0, 1)
    await script.close()


async def test_warming_up_opens_the_connection_of_the_first_request(server: ScriptedServer, notes: Notes) -> None:
    script = chat(server=server.address, text="hi", first_text_ms=1)
    await script.warm_up()
    await asked(script, notes.wire)
    assert [instant.data["reused"] for instant in notes.named("connected")] == [True]
    assert not notes.named("connect_started")
    await script.close()


async def test_a_second_request_at_once_has_a_connection_of_its_own(server: ScriptedServer, notes: Notes) -> None:
    script = chat(server=server.address, text="hi", first_text_ms=30)
    async with asyncio.TaskGroup() as group:
        for _ in range(2):
            group.create_task(asked(script, notes.wire))
    first, second = await truth(server, notes)
    assert first.connection != second.connection
    await script.close()


@pytest.mark.parametrize("first_text_ms", [5, 5000], ids=["mid-stream", "before the first chunk"])
async def test_cancelling_breaks_the_request_off_at_the_server(
    server: ScriptedServer, notes: Notes, first_text_ms: int
) -> None:
    script = chat(server=server.address, text="hi " * 200, first_text_ms=first_text_ms, tokens_per_s=50)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await asked(script, notes.wire)
    cancelled_ns = notes.named("cancel_sent")[0].at_ns
    deadline_s = time.monotonic() + 5
    while (stamps := (await truth(server, notes))[0]).left_ns is None:
        assert time.monotonic() < deadline_s
        await asyncio.sleep(0.005)
    assert stamps.left_by == "client_gone"
    assert 0 <= (stamps.left_ns - cancelled_ns) / 1e6 <= 250
    assert stamps.completed_ns is None
    count = len(stamps.chunks)
    await asyncio.sleep(0.1)
    assert len((await truth(server, notes))[0].chunks) == count, "it goes on writing"
    await script.close()


async def test_sound_arrives_as_it_was_cut_in_process(server: ScriptedServer, notes: Notes) -> None:
    options = {"lead_silence_ms": 30, "chunk_ms": 35, "realtime_factor": 0.01, "first_byte_ms": 5}
    remote, local = tts(server=server.address, **options), tts(**options)
    phrases = ("Hello there.", "Ещё одна фраза.")
    chunks = [await spoken(script, notes.wire, *phrases) for script in (remote, local)]
    pcm = [[chunk.pcm for chunk in each if isinstance(chunk, AudioChunk)] for each in chunks]
    assert all(np.array_equal(there, here) for there, here in zip(*pcm, strict=True))
    assert [type(chunk) for chunk in chunks[0]] == [type(chunk) for chunk in chunks[1]]
    await remote.close()


async def test_the_final_is_timed_from_the_server_reading_the_finish(server: ScriptedServer, notes: Notes) -> None:
    provider = ScriptedStt(ScriptedSttOptions(server=server.address, partial_every_ms=10, final_ms=30, text="a b"))
    async with provider.open("en", notes.wire) as session:
        await session.push(loud(5))
        await asyncio.sleep(0.03)
        await session.finish()
        async for transcript in session.results():
            if transcript.final:
                break
    begin, finish = await truth(server, notes)
    assert begin.heard == 5 * 320 * 2
    assert begin.left_by in ("client_stopped", None)
    final = finish.first("final")
    assert final is not None
    assert final.due_ms == 30.0
    assert finish.read_ns + 30e6 <= final.written_ns <= transcript.at_ns


async def test_a_reader_that_is_slow_loses_nothing(server: ScriptedServer, notes: Notes) -> None:
    words = 3000
    script = chat(server=server.address, text="w " * words, first_text_ms=0, gaps_ms=[0])
    seen = 0
    async for chunk in script.stream(question(), notes.wire):
        seen += isinstance(chunk, TextDelta)
        if seen == 1:
            await asyncio.sleep(0.2)
    assert seen == words
    await script.close()


async def test_a_cut_really_resets_the_connection(server: ScriptedServer, notes: Notes) -> None:
    script = chat(server=server.address, first_text_ms=5, fault={"kind": "cut", "after": 1})
    with pytest.raises(ConnectionCut) as caught:
        await asked(script, notes.wire)
    assert isinstance(caught.value.__cause__, ConnectionResetError)
    (stamps,) = await truth(server, notes)
    assert stamps.left_by == "server_cut"
    await script.close()


async def test_a_server_that_is_gone_cuts_what_runs_and_refuses_what_follows(notes: Notes) -> None:
    with running_scripted_server() as mortal:
        script = chat(server=mortal.address, first_text_ms=60_000)
        asyncio.get_running_loop().call_later(0.05, os.kill, mortal.pid, signal.SIGKILL)
        with pytest.raises((ConnectionCut, EndedEarly)):
            await asked(script, notes.wire)
    assert notes.named("request_sent")
    with pytest.raises(ConnectionRefused):
        await asked(script, notes.wire)
    with pytest.raises(ConnectionRefused):
        await script.warm_up()
    await script.close()


async def test_an_address_that_does_not_exist(notes: Notes, monkeypatch: pytest.MonkeyPatch) -> None:
    async def unknown(*_: object, **__: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    with pytest.raises(NameNotFound):
        await asked(chat(server="no-such-host:1"), notes.wire)


def test_unknown_requests_are_not_made_up(server: ScriptedServer) -> None:
    with pytest.raises(KeyError):
        server.stamps(["never-heard-of"])


@pytest.mark.parametrize(
    "message",
    [
        b"GET / HTTP/1.1\r\n\r\n", pack({"do": "sing"}), pack({"do": "play", "request": "x"}), LENGTHS.pack(1 << 30, 0),
        pack({"do": "play", "request": "twice", "steps": []}) * 2, pack({"do": "hello", "extra": 1}),
    ],
    ids=["another protocol", "unknown verb", "no steps", "impossible size", "an id twice", "an unknown key"],
)  # fmt: skip
def test_a_client_that_speaks_nonsense_is_hung_up_on_and_nobody_else(server: ScriptedServer, message: bytes) -> None:
    with socket.create_connection((server.host, server.port), timeout=5) as rude:
        rude.sendall(message)
        with contextlib.suppress(ConnectionResetError):  # a goodbye is as good as a reset
            while rude.recv(1024):
                pass
    assert server.hello()["pid"] == server.pid


def test_its_clock_is_ours(server: ScriptedServer) -> None:
    before_ns = time.monotonic_ns()
    said = server.hello()
    assert before_ns <= said["read_ns"] <= said["now_ns"] <= time.monotonic_ns()
    assert said["pid"] == server.pid != os.getpid()


def test_it_lists_the_requests_in_the_order_in_which_it_read_them(server: ScriptedServer) -> None:
    for name in ("known-b", "known-a"):
        with socket.create_connection((server.host, server.port), timeout=5) as client:
            client.sendall(pack({"do": "play", "request": name, "steps": [{"due_ms": 0, "head": {"kind": "end"}}]}))
            client.recv(1)
    assert [name for name in server.known() if name.startswith("known")] == ["known-b", "known-a"]


def test_it_does_not_outlive_its_parent() -> None:
    """A parent that is killed leaves no server behind."""
    program = (
        "import sys; from bench.wire.scripted_process import running_scripted_server\n"
        "with running_scripted_server() as s: print(s.pid, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    deadline_s = time.monotonic() + 10
    while os.path.exists(f"/proc/{pid}") and not _dead(pid):
        assert time.monotonic() < deadline_s, "the server is still there"
        time.sleep(0.01)


def _dead(pid: int) -> bool:
    """Gone, but for whoever should have waited for it."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True
