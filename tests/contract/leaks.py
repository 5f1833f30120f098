"""Nothing may be left behind: tasks, open files and sockets, child processes."""

import asyncio
import contextlib
import os
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

PATIENCE_S = 5.0
"""How long a closed provider's worker process may take to be gone (s)."""
LOOK_EVERY_S = 0.01


def open_files() -> Counter[str]:
    """What the file descriptors of this process point to, how often. Sockets and pipes count as such, without their number."""
    found: Counter[str] = Counter()
    for descriptor in os.listdir("/proc/self/fd"):
        try:
            found[os.readlink(f"/proc/self/fd/{descriptor}").partition(":[")[0]] += 1
        except FileNotFoundError:  # the descriptor with which the folder was listed
            continue
    return found


def child_processes() -> set[int]:
    """Ids of the living children of this process."""
    found: set[int] = set()
    for thread in Path("/proc/self/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # a thread that ended while we looked
            found |= {int(child) for child in (thread / "children").read_text().split()}
    return found


def left_over(tasks: set["asyncio.Task[object]"], files: Counter[str], children: set[int]) -> list[str]:
    """What is here now and was not then."""
    left = [f"task {task.get_name()}: {task.get_coro()}" for task in asyncio.all_tasks() - tasks - {asyncio.current_task()}]
    left += [f"open file {name} ×{count}" for name, count in (open_files() - files).items()]
    return left + [f"child process {child}" for child in child_processes() - children]


@asynccontextmanager
async def nothing_left() -> AsyncIterator[None]:
    """Fails when the body has left something behind that is still there after a moment."""
    before = set(asyncio.all_tasks()), open_files(), child_processes()
    yield
    deadline_s = asyncio.get_running_loop().time() + PATIENCE_S
    while (left := left_over(*before)) and asyncio.get_running_loop().time() < deadline_s:  # noqa: ASYNC110 - the kernel sends no event
        await asyncio.sleep(LOOK_EVERY_S)
    assert not left, f"left behind: {left}"
