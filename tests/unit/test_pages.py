"""A fault in one page ends that page alone."""

import asyncio
from pathlib import Path

from bench.access.uploads import Uploads
from bench.clock import MonotonicClock
from bench.events.store import Store
from bench.preset import Presets
from bench.web.outbox import Outbox
from bench.web.pages import Pages
from bench.web.recordings import Recordings


async def test_a_fault_in_one_page_drops_its_socket_and_leaves_the_others(tmp_path: Path) -> None:
    clock = MonotonicClock()
    recordings = Recordings(Uploads(tmp_path / "uploads", decode=lambda path: None, max_bytes=1))  # type: ignore[arg-type,return-value]
    async with await Store.open(tmp_path / "x.sqlite3", clock, "p") as store, asyncio.TaskGroup() as group:
        pages = Pages(store, clock, "p", Presets(tmp_path), recordings)
        started = asyncio.Event()
        running = group.create_task(pages.run(started.set))
        await started.wait()
        broken, sound = await pages.get("s", "page-0001", None, None), await pages.get("s", "page-0002", None, None)
        outbox = Outbox(clock)
        broken.attach(outbox, fresh=True)

        async def fault() -> None:
            raise RuntimeError("a fault of our own")

        broken.tabs["voice"].start_task(fault())
        async with asyncio.timeout(5):
            await outbox.overflown.wait()
        again = await pages.get("s", "page-0001", None, None)
        assert again is not broken
        assert await pages.get("s", "page-0002", None, None) is sound
        running.cancel()
