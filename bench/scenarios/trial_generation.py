"""One text that the model is writing, followed by any number of readers, each from its beginning."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from bench.scenarios.trial_pieces import Piece, StepFailed, TextAdded


class Generation:
    """Its writer adds pieces and finishes; readers come and go, and hold nobody up."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.finished = False
        self._changed = asyncio.Event()

    def add(self, piece: Piece) -> None:
        """For everybody who follows."""
        self.pieces.append(piece)
        self._wake()

    @property
    def has_failed(self) -> bool:
        """Its readers have been told, or are about to be."""
        return bool(self.pieces) and isinstance(self.pieces[-1], StepFailed)

    def finish(self) -> None:
        """Nothing more comes."""
        self.finished = True
        self._wake()

    async def follow(self) -> AsyncGenerator[Piece, None]:
        """All pieces from the first one on, until it has finished."""
        seen = 0
        while True:
            while seen < len(self.pieces):
                seen += 1
                yield self.pieces[seen - 1]
            if self.finished:
                return
            await self._changed.wait()

    async def wait_finished(self) -> None:
        """Until nothing more comes."""
        while not self.finished:
            await self._changed.wait()

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


async def at_once(pieces: AsyncGenerator[Piece, None]) -> AsyncGenerator[Piece, None]:
    """The same pieces, the text in one: for a reader that does not want it word by word."""
    text = ""
    async with aclosing(pieces):
        async for piece in pieces:
            if isinstance(piece, TextAdded):
                text += piece.text
                continue
            if text:
                yield TextAdded(text)
                text = ""
            yield piece
