"""Engines in processes of their own: killed, stuck, talking rubbish, orphaned. The user gets a typed error and a fresh worker."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path

import pytest

from providers.base import AudioChunk, Instant, SpeechChunk, SttSession, Transcript
from providers.errors import EngineCrashed, StageTimedOut
from providers.espeak_tts import WORKER as ESPEAK_WORKER
from providers.espeak_tts import EspeakOptions, EspeakTts
from providers.pocketsphinx_stt import PocketsphinxOptions, PocketsphinxStt
from providers.workers.pool import Worker, WorkerPool
from tests.unit.providers.listening import alive, children, said, sample, wire

ROOT = Path(__file__).resolve().parents[2]
FRAMES = "import sys, struct, time, os\ndef say(kind, data=b''): sys.stdout.buffer.write(struct.pack('<BII', kind, 0, len(data)) + data); sys.stdout.buffer.flush()\n"  # noqa: E501


@pytest.fixture
async def stt() -> AsyncIterator[PocketsphinxStt]:
    provider = PocketsphinxStt(PocketsphinxOptions())
    await provider.warm_up()
    yield provider
    await provider.close()


@pytest.fixture
async def espeak() -> AsyncIterator[EspeakTts]:
    provider = EspeakTts(EspeakOptions())
    await provider.warm_up()
    yield provider
    await provider.close()


def lent(provider: PocketsphinxStt | EspeakTts) -> Worker:
    """The worker in use."""
    (worker,) = provider._pool._lent  # pyright: ignore[reportPrivateUsage]
    return worker


def idle(provider: PocketsphinxStt | EspeakTts) -> Worker:
    """The worker that waits."""
    (worker,) = provider._pool._idle  # pyright: ignore[reportPrivateUsage]
    return worker


def kill(worker: Worker) -> int:
    pid = worker.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    return pid


async def until(true: Callable[[], bool]) -> None:
    """Wait for something that the kernel does."""
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 - the kernel sends no event
            await asyncio.sleep(0.005)


async def until_final(session: SttSession) -> list[Transcript]:
    got: list[Transcript] = []
    async for transcript in session.results():
        got.append(transcript)
        if transcript.final:
            break
    return got


async def say_yes(session: SttSession) -> str:
    pcm = sample("en-yes-rms")[3200:-16_000]
    for at in range(0, len(pcm), 320):
        await session.push(pcm[at : at + 320])
    await session.finish()
    return (await until_final(session))[-1].text


# ── the recogniser ───────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_recogniser_killed_in_mid_utterance(stt: PocketsphinxStt) -> None:
    """Whoever pushes and whoever reads are told once each; the next utterance has a fresh worker."""
    instants: list[Instant] = []
    async with stt.open("en", wire(instants)) as session:
        worker = lent(stt)
        await session.push(sample("en-yes-rms")[:16_000])
        pid = kill(worker)
        await until(lambda: worker.dead)
        with pytest.raises(EngineCrashed) as told_reader:
            await until_final(session)
        with pytest.raises(EngineCrashed) as told_pusher:
            await session.push(sample("en-yes-rms")[16_000:])
        for told in (told_reader, told_pusher):
            assert told.value.stage == "stt"
            assert told.value.retryable
            assert "Pocketsphinx stopped working" in told.value.public_message
        assert await say_yes(session) == "yes please"
        assert lent(stt).pid != pid
        assert await say_yes(session) == "yes please"
    assert [(each.name, each.data.get("reused")) for each in instants if each.name == "connected"] == [
        ("connected", True),
        ("connected", False),
    ]
    await until(lambda: pid not in children())


async def test_recogniser_killed_after_finish(stt: PocketsphinxStt) -> None:
    """The final that was promised never comes: its reader is told; the next utterance's pusher is not."""
    async with stt.open("en", wire()) as session:
        worker = lent(stt)
        os.kill(worker.pid or 0, signal.SIGSTOP)
        await session.push(sample("en-yes-rms")[:3200])  # as much as goes into the pipe of a stopped worker
        await session.finish()
        kill(worker)
        with pytest.raises(EngineCrashed):
            await until_final(session)
        assert await say_yes(session) == "yes please"


async def test_recogniser_killed_between_utterances_is_nobodys_trouble(stt: PocketsphinxStt) -> None:
    async with stt.open("en", wire()) as session:
        assert await say_yes(session) == "yes please"
        worker = lent(stt)
        kill(worker)
        await until(lambda: worker.dead)
        assert await say_yes(session) == "yes please"


async def test_a_final_that_came_before_the_death_is_delivered(stt: PocketsphinxStt) -> None:
    async with stt.open("en", wire()) as session:
        worker = lent(stt)
        await session.finish()
        await until(lambda: len(worker._items) > 0)  # pyright: ignore[reportPrivateUsage]
        await session.push(sample("en-yes-rms")[:8000])
        kill(worker)
        await until(lambda: worker.dead)
        assert [transcript.final for transcript in await until_final(session)] == [True]
        with pytest.raises(EngineCrashed):
            await until_final(session)


async def test_a_discard_after_the_death_makes_a_clean_start(stt: PocketsphinxStt) -> None:
    async with stt.open("en", wire()) as session:
        worker = lent(stt)
        await session.push(sample("en-yes-rms")[:16_000])
        kill(worker)
        await until(lambda: worker.dead)
        await session.discard()
        with pytest.raises(EngineCrashed):
            await until_final(session)
        assert await say_yes(session) == "yes please"


async def test_a_waiting_recogniser_that_died_is_replaced(stt: PocketsphinxStt) -> None:
    worker = idle(stt)
    kill(worker)
    await until(lambda: worker.dead)
    async with stt.open("en", wire()) as session:
        assert await say_yes(session) == "yes please"


async def test_a_recogniser_that_hangs_is_not_lent_again(stt: PocketsphinxStt) -> None:
    """Cancelled while it computes and answers nothing: its worker is ended, not kept."""
    async with stt.open("en", wire()) as session:
        worker = lent(stt)
        os.kill(worker.pid or 0, signal.SIGSTOP)
        await session.push(sample("en-yes-rms")[:3200])
        await session.finish()
    await asyncio.wait_for(worker.gone(), 10)
    async with stt.open("en", wire()) as session:
        assert await say_yes(session) == "yes please"


# ── the synthesiser ──────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_synthesiser_killed_in_mid_phrase(espeak: EspeakTts) -> None:
    seen: list[SpeechChunk] = []
    killed: list[int] = []

    async def speak() -> None:
        async with aclosing(espeak.speak(said("word " * 5000), "en", wire())) as chunks:
            async for chunk in chunks:
                seen.append(chunk)
                if len(seen) == 3:
                    killed.append(kill(lent(espeak)))

    with pytest.raises(EngineCrashed) as told:
        await speak()
    assert told.value.stage == "tts"
    assert "eSpeak NG stopped working" in told.value.public_message
    assert any(isinstance(chunk, AudioChunk) for chunk in seen)
    again = [chunk async for chunk in espeak.speak(said("Yes."), "en", wire())]
    assert any(isinstance(chunk, AudioChunk) for chunk in again)
    await until(lambda: killed[0] not in children())


async def test_a_waiting_synthesiser_that_died_is_replaced(espeak: EspeakTts) -> None:
    worker = idle(espeak)
    kill(worker)
    await until(lambda: worker.dead)
    chunks = [chunk async for chunk in espeak.speak(said("Yes."), "en", wire())]
    assert any(isinstance(chunk, AudioChunk) for chunk in chunks)


async def test_a_synthesiser_that_dies_while_a_phrase_is_written_is_replaced(espeak: EspeakTts) -> None:
    async def written() -> AsyncIterator[str]:
        yield "One."
        worker = lent(espeak)
        kill(worker)
        await until(lambda: worker.dead)
        yield "Two."

    chunks = [chunk async for chunk in espeak.speak(written(), "en", wire())]
    assert {chunk.phrase for chunk in chunks if isinstance(chunk, AudioChunk)} == {0, 1}


# ── workers that never were ──────────────────────────────────────────────────────────────────────────────────────────────
def pool(program: str, ready_s: float = 20.0) -> WorkerPool:
    return WorkerPool([sys.executable, "-c", FRAMES + textwrap.dedent(program)], provider="Test", stage="tts", ready_s=ready_s)


async def test_a_worker_that_is_never_ready() -> None:
    before = children()
    sleeping = pool("time.sleep(60)", ready_s=0.3)
    with pytest.raises(StageTimedOut) as told:
        await sleeping.take(wire())
    assert told.value.public_message == "Test did not answer within 0.3 seconds."
    await sleeping.close()
    assert children() <= before


@pytest.mark.parametrize(
    ("program", "cause"),
    [
        ("sys.exit('the model file is gone')", "the model file is gone"),
        ("print('Traceback: rubbish on stdout' * 10); sys.stdout.flush(); time.sleep(60)", "unreadable output"),
        ("say(11); time.sleep(60)", "first frame was 11"),
        ("os.kill(os.getpid(), 9)", "exit code"),
    ],
)
async def test_a_worker_that_cannot_start(program: str, cause: str) -> None:
    before = children()
    failing = pool(program)
    with pytest.raises(EngineCrashed) as told:
        await failing.take(wire())
    assert cause in told.value.cause
    assert cause not in told.value.public_message
    await failing.close()
    assert children() <= before


async def test_a_program_that_does_not_exist() -> None:
    with pytest.raises(EngineCrashed):
        await WorkerPool(["/nowhere/at/all"], provider="Test", stage="tts").take(wire())


async def test_cancelled_while_it_loads() -> None:
    before = children()
    loading = pool("time.sleep(60)")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await loading.warm()
    await loading.close()
    assert children() <= before


async def test_a_worker_that_floods_stderr_is_drained() -> None:
    flooding = pool("sys.stderr.write('x' * 3_000_000); sys.stderr.flush(); say(1, b'{}'); time.sleep(60)")
    worker = await flooding.take(wire())
    assert len(worker.last_words) < 5000
    await flooding.close()


async def test_workers_get_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "not-for-workers")
    peeking = pool("import json; say(1, json.dumps(dict(os.environ)).encode()); time.sleep(60)")
    await peeking.warm()
    assert "not-for-workers" not in peeking.facts.decode()
    assert "PATH" in json.loads(peeking.facts)
    await peeking.close()


async def test_closing_ends_lent_workers_too() -> None:
    before = children()
    own = pool("say(1); time.sleep(60)")
    await own.warm()
    first = await own.take(wire())
    await own.take(wire())
    own.give_back(first)
    await own.close()
    assert children() <= before
    await own.close()


# ── orphans ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_workers_die_with_a_server_that_is_killed() -> None:
    program = textwrap.dedent(
        """
        import asyncio
        from providers import registry

        async def main():
            providers = [registry.build("stt", "pocketsphinx", {}), registry.build("tts", "espeak", {})]
            for provider in providers:
                await provider.warm_up()
                print(provider._pool._idle[0].pid, flush=True)
            await asyncio.sleep(60)

        asyncio.run(main())
        """
    )
    server = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    with server.stdout as out:
        workers = [int(await asyncio.to_thread(out.readline)) for _ in range(2)]
    assert all(alive(pid) for pid in workers)
    server.kill()
    server.wait()
    await until(lambda: not any(alive(pid) for pid in workers))


@pytest.mark.parametrize(
    "argv",
    [
        [sys.executable, "-m", "providers.workers.pocketsphinx_worker", json.dumps({"parent": os.getpid(), "careful": False})],
        [sys.executable, "-P", str(ESPEAK_WORKER), json.dumps({"parent": os.getpid(), "warm": []})],
    ],
    ids=["pocketsphinx", "espeak"],
)
def test_the_end_of_stdin_ends_a_worker(argv: list[str]) -> None:
    """Where the kernel does not tell of a parent's death, its closed pipe does."""
    worker = subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert worker.stdin is not None
    assert worker.stdout is not None
    assert worker.stderr is not None
    assert worker.stdout.read(9)[0] == 1
    assert worker.poll() is None
    worker.stdin.close()
    assert worker.wait(10) == 0
    assert worker.stderr.read() == b""
    worker.stdout.close()
    worker.stderr.close()


@pytest.mark.parametrize("module", ["pocketsphinx_worker", "espeak_worker"])
def test_a_worker_whose_parent_is_gone_already_does_not_stay(module: str) -> None:
    settings = json.dumps({"parent": 1 << 22, "careful": False, "warm": []})
    before_s = time.monotonic()
    worker = subprocess.run(
        [sys.executable, "-m", f"providers.workers.{module}", settings], cwd=ROOT, stdin=subprocess.PIPE, capture_output=False,
        stdout=subprocess.PIPE, timeout=20, check=False,
    )  # fmt: skip
    assert worker.returncode == 0
    assert worker.stdout == b""
    assert time.monotonic() - before_s < 15


async def test_ctrl_c_at_the_terminal_does_not_reach_a_worker(espeak: EspeakTts) -> None:
    """It has a session of its own; the server closes it when it goes."""
    pid = idle(espeak).pid
    assert pid is not None
    assert os.getsid(pid) != os.getsid(0)
    os.kill(pid, signal.SIGINT)
    chunks = [chunk async for chunk in espeak.speak(said("Yes."), "en", wire())]
    assert any(isinstance(chunk, AudioChunk) for chunk in chunks)
    assert idle(espeak).pid == pid
