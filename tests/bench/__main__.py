"""Runs the benchmarks by name, or all of them, and prints one table each."""

import asyncio
import sys
from collections.abc import Callable

from tests.bench import adapter, chat, instrument, interruption, page_load, pictures, tasks, voice

BENCHES: dict[str, Callable[[], None]] = {
    "instrument": lambda: asyncio.run(instrument.main()),
    "voice": lambda: asyncio.run(voice.main()),
    "interruption": lambda: asyncio.run(interruption.main()),
    "chat": lambda: asyncio.run(chat.main()),
    "page": lambda: asyncio.run(page_load.main()),
    "adapter": lambda: asyncio.run(adapter.main()),
    "tasks": lambda: asyncio.run(tasks.main()),
    "pictures": lambda: asyncio.run(pictures.main()),
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        print(f"unknown: {', '.join(unknown)}; there are: {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    for name in names or BENCHES:
        print(f"\n── {name} " + "─" * (60 - len(name)))
        BENCHES[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
