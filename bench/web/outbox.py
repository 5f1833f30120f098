"""What waits to be sent to one page. Bounded; one sender, so that sound and text of all columns share the socket fairly."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from starlette.websockets import WebSocket

from bench.clock import Clock

_MESSAGES = 4000
"""A page that is this far behind is cut off; it reconnects and gets everything anew."""
_LEVELS_UNTIL = 100
"""Level meters are left out while more than this waits."""


class Outbox:
    """One socket's outgoing queue."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._queue: asyncio.Queue[tuple[str | bytes, Callable[[int], None] | None]] = asyncio.Queue(_MESSAGES)
        self.overflown = asyncio.Event()
        self.left_out = 0

    def put(self, message: dict[str, Any]) -> None:
        """Queue a JSON message; too slow a page is cut off."""
        try:
            self._queue.put_nowait((json.dumps(message, ensure_ascii=False, separators=(",", ":")), None))
        except asyncio.QueueFull:
            self.overflown.set()

    def put_level(self, message: dict[str, Any]) -> None:
        """Queue a message that may be left out."""
        if self._queue.qsize() > _LEVELS_UNTIL:
            self.left_out += 1
        else:
            self.put(message)

    async def put_sound(self, frame: bytes, on_sent: Callable[[int], None] | None) -> None:
        """Queue sound; waits while the page is behind. `on_sent` gets the instant (ns) at which it left."""
        await self._queue.put((frame, on_sent))

    async def send_all(self, socket: WebSocket) -> None:
        """Send until cancelled or the socket is gone."""
        while True:
            message, on_sent = await self._queue.get()
            if isinstance(message, str):
                await socket.send_text(message)
                continue
            if on_sent is not None:
                on_sent(self._clock.now_ns())  # before the write: the write itself is the network's beginning
            await socket.send_bytes(message)
