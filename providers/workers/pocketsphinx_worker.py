"""The recogniser's own process: frames in on stdin, transcripts out on stdout. Started by `pocketsphinx_stt.py`.

Its search computes for 2.5–9 ms per 20 ms of speech while it holds the interpreter lock: in the server's process every other
conversation would stand still for that long.
"""

import importlib
import json
import os
import queue
import struct
import sys
import threading
from typing import IO, Any, Protocol, cast

from providers.workers.framing import HEADER, Kind, pack
from providers.workers.parent import die_with, own_stdout, short_stdin

SLICE_BYTES = 640
"""20 ms: how often the hypothesis is read, a discard is heeded, and what is left to compute when the utterance ends."""
BACKLOG = 25
"""Frames read ahead (0.5 s); beyond it the pipe fills up and the sender waits."""
PIPE_BYTES = 4096
"""What lies in the pipe (0.13 s): a discard has to come through behind it."""
PRIOR_CEPSTRUM = "41.00,-5.29,-0.12,5.09,2.48,-4.07,-1.37,-1.78,-5.08,-2.05,-6.45,-1.42,1.17"
"""Where the cepstral mean starts before a voice has been heard: the value in pocketsphinx's own tests of its US-English model.
With the built-in one (40,3,-1) the first utterance of a conversation has a fifth more word errors (WER 37 for 31 % with one
synthetic voice, 21 for 17 % with another)."""

Frame = tuple[int, int, bytes]


class Engine(Protocol):
    """The part of `pocketsphinx.Decoder` that is used."""

    def reinit_feat(self) -> None: ...
    def start_utt(self) -> None: ...
    def process_raw(self, data: bytes, no_search: bool = False, full_utt: bool = False) -> int: ...
    def end_utt(self) -> None: ...
    def hyp(self) -> Any: ...
    def seg(self) -> Any: ...


class Inbox(threading.Thread):
    """Reads stdin: knows of a discard before the audio in front of it is computed, and ends the process with its parent."""

    def __init__(self, stdin: IO[bytes]) -> None:
        super().__init__(daemon=True)
        self._stdin = stdin
        self.frames: queue.Queue[Frame] = queue.Queue(BACKLOG)
        self.discarded: set[int] = set()

    def run(self) -> None:
        try:
            while True:
                kind, number, size = HEADER.unpack(self._stdin.read(HEADER.size))
                payload = self._stdin.read(size)
                if kind == Kind.DISCARD:
                    self.discarded.add(number)
                self.frames.put((kind, number, payload))
        except struct.error:  # a header cut short: stdin has ended, and so has the parent
            os._exit(0)


class Recogniser:
    """One decoder and the utterance it is in."""

    def __init__(self, engine: Engine, inbox: Inbox, out: IO[bytes]) -> None:
        self._engine = engine
        self._inbox = inbox
        self._out = out
        self._listening = False
        self._said = ""

    def run(self) -> None:
        """Serve frames until the process ends."""
        while True:
            kind, number, payload = self._inbox.frames.get()
            if kind == Kind.OPEN:
                self._engine.reinit_feat()
            elif kind == Kind.AUDIO:
                self._hear(number, payload)
            elif kind == Kind.FINISH:
                self._finish(number)
            elif kind == Kind.DISCARD:
                self._stop()
                self._inbox.discarded.discard(number)

    def _hear(self, number: int, pcm: bytes) -> None:
        for at in range(0, len(pcm), SLICE_BYTES):
            if number in self._inbox.discarded:
                return
            if not self._listening:
                self._engine.start_utt()
                self._listening = True
            self._engine.process_raw(pcm[at : at + SLICE_BYTES])
            text = self._text()
            if text and text != self._said:
                self._said = text
                self._send(Kind.PARTIAL, number, text.encode())

    def _finish(self, number: int) -> None:
        heard = self._listening
        self._stop()
        final = {"text": self._text() if heard else "", "words": self._words() if heard else []}
        self._send(Kind.FINAL, number, json.dumps(final).encode())

    def _stop(self) -> None:
        if self._listening:
            self._engine.end_utt()
        self._listening = False
        self._said = ""

    def _text(self) -> str:
        hypothesis = self._engine.hyp()
        return hypothesis.hypstr if hypothesis else ""

    def _words(self) -> list[tuple[str, int, int]]:
        """(word, start ms, end ms) without silences and noises; a frame of the decoder is 10 ms."""
        return [
            (segment.word.split("(")[0], segment.start_frame * 10, (segment.end_frame + 1) * 10)
            for segment in self._engine.seg() or ()
            if segment.word[0] not in "<["
        ]

    def _send(self, kind: Kind, number: int, payload: bytes) -> None:
        self._out.write(pack(kind, number, payload))
        self._out.flush()


def load(careful: bool) -> Engine:
    """The decoder with the US-English model of its own package; `careful` adds the two passes after the utterance."""
    decoder: Any = importlib.import_module("pocketsphinx").Decoder  # has no types
    return cast(Engine, decoder(samprate=16_000, loglevel="ERROR", cmninit=PRIOR_CEPSTRUM, fwdflat=careful, bestpath=careful))


def main() -> None:
    """Arguments: JSON `{"parent": process id, "careful": bool}`."""
    settings = json.loads(sys.argv[1])
    die_with(settings["parent"])
    short_stdin(PIPE_BYTES)
    out = own_stdout()
    inbox = Inbox(sys.stdin.buffer)
    inbox.start()
    engine = load(settings["careful"])
    out.write(pack(Kind.READY))
    out.flush()
    Recogniser(engine, inbox, out).run()


if __name__ == "__main__":
    main()
