"""The player in the page, as a conversation sees it: sound goes out framed over the page's socket, marks come back."""

import struct
from collections.abc import Callable
from typing import Any, Literal, Protocol

from bench.turn.player import PlayerMark, ReplyAudio

_HEADER = struct.Struct("<BBBBIIIiI")
_TABS = {"voice": 0, "chat": 1}
_SOUND, _LAST = 1, 1


class Way(Protocol):
    """The way to the page; it may be closed and opened again while a reply is played."""

    def put(self, message: dict[str, Any]) -> None: ...

    async def put_sound(self, frame: bytes, on_sent: Callable[[int], None] | None) -> None: ...


class PagePlayer:
    """Implements `Player` for one conversation of one column."""

    kind: Literal["page", "headless"] = "page"

    def __init__(self, way: Way, tab: str, column: str) -> None:
        self._way = way
        self._tab = tab
        self._column = column
        self._sequence = 0
        self._marked: Callable[[PlayerMark], None] = lambda mark: None

    def attach(self, marked: Callable[[PlayerMark], None]) -> None:
        self._marked = marked

    def wrote(self, turn: str, at_ns: int) -> None:
        """The page gets the text itself, and reports when it was painted."""

    async def play(self, audio: ReplyAudio) -> None:
        header = _HEADER.pack(
            _SOUND, _TABS[self._tab], ord(self._column) - ord("A"), _LAST if audio.last else 0, audio.serial, audio.rate_hz,
            audio.position, -1 if audio.audible is None else audio.audible, self._sequence,
        )  # fmt: skip
        self._sequence += 1
        await self._way.put_sound(header + audio.pcm.astype("<i2", copy=False).tobytes(), audio.on_sent)

    async def stop(self, turn: str) -> None:
        self._way.put({"type": "audio_stop", "tab": self._tab, "column": self._column, "turn": turn})

    def take(self, mark: PlayerMark) -> None:
        """A mark that the page sent for this column."""
        self._marked(mark)
