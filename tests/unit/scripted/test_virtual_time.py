"""The loop whose clock jumps."""

import asyncio
import socket
import threading
import time

import pytest

from bench.clock import LoopClock
from tests.virtual_time import NothingScheduledError, RealFileError, VirtualTime, VirtualTimeLoop, run_virtual


async def test_hours_pass_at_once_and_exactly(virtual_time: VirtualTime) -> None:
    before_s = time.perf_counter()
    await asyncio.sleep(7200)
    assert virtual_time.now_ms == 7_200_000
    assert time.perf_counter() - before_s < 1


async def test_timers_of_many_tasks_fall_in_their_order(virtual_time: VirtualTime) -> None:
    fallen: list[tuple[str, float]] = []

    async def fall(name: str, ms: float) -> None:
        await asyncio.sleep(ms / 1e3)
        fallen.append((name, virtual_time.now_ms))

    async with asyncio.TaskGroup() as group:
        for name, ms in (("c", 30.5), ("a", 10.0), ("b", 30.0), ("d", 1000.0)):
            group.create_task(fall(name, ms))
    assert fallen == [("a", 10.0), ("b", 30.0), ("c", 30.5), ("d", 1000.0)]


async def test_marks_and_timers_share_the_clock(virtual_time: VirtualTime) -> None:
    clock = LoopClock()
    before_ns = clock.now_ns()
    await virtual_time.pass_ms(123.456)
    assert clock.now_ns() - before_ns == 123_456_000
    assert clock.now_ns() == virtual_time.now_ns


async def test_a_time_out_strikes_at_its_time(virtual_time: VirtualTime) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(20):
            await asyncio.Event().wait()
    assert virtual_time.now_ms == 20_000


async def test_the_clock_stands_still_while_a_thread_works(virtual_time: VirtualTime) -> None:
    async def impatient() -> float:
        await asyncio.sleep(0.001)
        return virtual_time.now_ms

    async with asyncio.TaskGroup() as group:
        timer = group.create_task(impatient())
        await asyncio.to_thread(time.sleep, 0.05)
        assert virtual_time.now_ms == 0
    assert timer.result() == 1


async def test_a_call_from_a_foreign_thread_wakes_the_loop(virtual_time: VirtualTime) -> None:
    called = asyncio.Event()
    loop = asyncio.get_running_loop()
    thread = threading.Timer(0.02, lambda: loop.call_soon_threadsafe(called.set))
    thread.start()
    await called.wait()
    thread.join()
    assert virtual_time.now_ms == 0


async def test_a_real_socket_is_refused(virtual_time: VirtualTime) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        with pytest.raises(RealFileError):
            await asyncio.get_running_loop().sock_accept(listener)


def test_a_loop_that_can_never_wake_says_so_instead_of_hanging() -> None:
    async def forever() -> None:
        await asyncio.Event().wait()

    loop = VirtualTimeLoop()
    waiting = loop.create_task(forever())
    with pytest.raises(NothingScheduledError):
        loop.run_until_complete(waiting)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        loop.run_until_complete(waiting)
    loop.close()


def test_outside_pytest() -> None:
    async def nap() -> float:
        await asyncio.sleep(60)
        return asyncio.get_running_loop().time() - VirtualTimeLoop.START_S

    assert run_virtual(nap()) == pytest.approx(60)


async def test_other_tests_keep_the_usual_loop() -> None:
    assert not isinstance(asyncio.get_running_loop(), VirtualTimeLoop)
