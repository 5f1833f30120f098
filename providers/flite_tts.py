"""Flite: nicer embedded English voices, when Debian's `flite` program is installed. BSD-like licence, no network.

Each phrase is one run of the program, which computes the whole phrase before it writes the first byte: cut into phrases first.
The words are arguments of the program, so other users of this computer could see them in its list of processes.

Measured on two cores for sentences of 13–50 characters: first byte after 30 ms (slt, rms, awb; worst of 20: 50 ms) or 10 ms
(kal16, kal); 500 characters with slt 470 ms. The first 180–370 ms of what arrives are silence: the voices begin with a pause.
"""

import contextlib
import shutil
import struct
import textwrap
import time
import unicodedata
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from providers.base import (
    AudioChunk,
    Capabilities,
    Missing,
    Options,
    PhraseFinished,
    SpeechChunk,
    TextToSpeech,
    Wire,
    knob,
)
from providers.errors import EngineCrashed, EngineMissing, LanguageUnsupported
from providers.speakable import speakable
from providers.workers.child import Child, ChildDied

HEADER_BYTES = 44
"""Of a WAV file as flite writes it: rate at 24, length of the sound at 40."""
LONGEST_RUN = 1_000
"""Characters given to one run: bounds the wait for its first byte (some 0.7 s) and stays below the limit of an argument."""


TYPOGRAPHY = str.maketrans("\u2018\u2019\u201c\u201d\u2013\u2014", "''\"\"--")


class FliteOptions(Options):
    """What can be set."""

    voice: Literal["slt", "rms", "awb", "kal16", "kal"] = knob(
        "slt",
        en="Voice",
        ru="Голос",
        help_en="slt (female), rms and awb (male) sound best; kal16 and kal start several times sooner, but like a robot.",
        help_ru="slt (женский), rms и awb (мужские) звучат лучше; kal16 и kal начинают в несколько раз раньше, но как робот.",
    )
    stretch: float = knob(
        1.0,
        en="Length of sounds",
        ru="Длина звуков",
        help_en="Below 1: faster speech, sooner done. Above 1: slower, easier to follow.",
        help_ru="Меньше 1 — речь быстрее и короче. Больше 1 — медленнее и понятнее.",
        unit="×",
        ge=0.5,
        le=2.0,
    )


@dataclass(frozen=True, slots=True)
class Piece:
    """What one read brought."""

    data: bytes
    """Some bytes of a WAV file."""
    at_ns: int
    """When the read returned (ns)."""

    def __len__(self) -> int:
        return len(self.data)


class FliteTts(TextToSpeech):
    """English voices without a network."""

    name = "flite"
    title = "Flite"
    Options = FliteOptions
    capabilities = Capabilities(languages=("en",), streams_input=True, streams_output=False, labels=("embedded",))

    def __init__(self, options: FliteOptions) -> None:
        super().__init__(options)
        self._settings = options
        self._runs: list[Child[Piece]] = []
        """Runs that may not be reaped yet."""

    @classmethod
    def missing(cls) -> Missing | None:
        if shutil.which("flite") is None:
            return Missing("the program flite", "sudo apt-get install flite")
        return None

    async def warm_up(self) -> None:
        """Run the program once, so that the system has it in memory. Raises `EngineMissing`, `EngineCrashed`."""
        async for _chunk in self._run("ok", 0, time.monotonic_ns):
            pass

    async def speak(self, phrases: AsyncIterator[str], language: str, wire: Wire) -> AsyncGenerator[SpeechChunk]:
        """See the role. Raises `EngineMissing`, `EngineCrashed`, `LanguageUnsupported`."""
        if language != "en":
            raise LanguageUnsupported(self.title, "tts", language=language, remedy="Choose eSpeak NG or a vendor for it.")
        phrase = -1
        async for text in phrases:
            phrase += 1
            runs = textwrap.wrap(speakable(plain(text)), LONGEST_RUN)
            if runs:
                wire.note("request_sent", phrase=phrase)
            for words in runs:
                async with contextlib.aclosing(self._run(words, phrase, wire.now_ns)) as chunks:
                    async for chunk in chunks:
                        yield chunk
            if runs:
                wire.note("response_ended", phrase=phrase)
            yield PhraseFinished(phrase, wire.now_ns())

    async def close(self) -> None:
        for child in self._runs:
            child.kill()
        for child in self._runs:
            await child.gone()
        self._runs.clear()

    async def _run(self, words: str, phrase: int, now_ns: Callable[[], int]) -> AsyncGenerator[AudioChunk]:
        """One run of the program; killed when the caller goes away."""
        program = shutil.which("flite")
        if program is None:
            raise EngineMissing(self.title, "tts", what="the program flite", remedy="sudo apt-get install flite")
        voice, stretch = self._settings.voice, self._settings.stretch
        argv = [program, "-voice", voice, "--setf", f"duration_stretch={stretch}", "-t", words, "-o", "/dev/stdout"]
        try:
            child = await Child[Piece].start(argv, lambda data, at_ns: [Piece(data, at_ns)], takes_input=False)
        except OSError as error:
            raise EngineCrashed(self.title, "tts", cause=str(error)) from error
        child.now_ns = now_ns
        self._runs = [run for run in self._runs if not run.reaped] + [child]
        wav = Wav(phrase)
        try:
            while not wav.complete:
                chunk = wav.take(await child.receive())
                if chunk:
                    yield chunk
        except ChildDied as died:
            raise EngineCrashed(self.title, "tts", cause=str(died)) from died
        finally:
            child.kill()


class Wav:
    """Cuts a WAV file that arrives in pieces into chunks of whole samples."""

    __slots__ = ("_buffer", "_left", "_phrase", "_rate_hz")

    def __init__(self, phrase: int) -> None:
        self._phrase = phrase
        self._buffer = b""
        self._rate_hz = 0
        self._left: int | None = None
        """Bytes of sound still to come; None before the header is whole."""

    @property
    def complete(self) -> bool:
        """All the sound that the header announced has been taken."""
        return self._left is not None and self._left <= 0

    def take(self, piece: Piece) -> AudioChunk | None:
        """The samples that a piece completed, or None."""
        self._buffer += piece.data
        if self._left is None:
            if len(self._buffer) < HEADER_BYTES:
                return None
            self._rate_hz, self._left = (struct.unpack_from("<I", self._buffer, at)[0] for at in (24, 40))
            self._buffer = self._buffer[HEADER_BYTES:]
        whole = min(len(self._buffer) // 2 * 2, self._left or 0)
        if not whole:
            return None
        pcm = np.frombuffer(self._buffer[:whole], "<i2").astype(np.int16)
        self._buffer = self._buffer[whole:]
        self._left = (self._left or 0) - whole
        return AudioChunk(pcm, self._rate_hz, piece.at_ns, self._phrase)


def plain(text: str) -> str:
    """ASCII, all that flite reads: typographic marks and accents are replaced, other scripts are lost."""
    return unicodedata.normalize("NFKD", text.translate(TYPOGRAPHY)).encode("ascii", "ignore").decode()
