# SPDX-License-Identifier: GPL-3.0-or-later
"""The synthesiser's own process: requests in on stdin, sound out on stdout.

This file loads libespeak-ng, which is licensed under the GNU General Public License, version 3 or later; therefore this file
is too. It is a program of its own: it imports nothing of the project around it, nothing of the project imports it, and the
two talk through pipes only. The rest of the project is under the MIT licence.

Frames, both ways: u8 kind · u32 number of the request · u32 length of the payload (little-endian), then the payload.
"""

import ctypes
import json
import os
import queue
import signal
import struct
import sys
import threading
from typing import IO, Any

import espeakng_loader

HEADER = struct.Struct("<BII")
READY, AUDIO, SPEAK, CANCEL, EVENTS, DONE, FAILED = 1, 3, 8, 9, 10, 11, 12

# Constants of speak_lib.h, espeak-ng 1.52
SYNCHRONOUS = 2
PHONEME_EVENTS_IN_IPA = 0x0003
DO_NOT_EXIT = 0x8000
TEXT_IS_UTF8 = 1
RATE, VOLUME, PITCH = 1, 2, 3
LIST_ENDED, WORD, PHONEME = 0, 1, 7
STOP, GO_ON = 1, 0

PR_SET_PDEATHSIG = 1


class EventId(ctypes.Union):
    """`espeak_EVENT.id`; the string is not terminated when it fills its eight bytes."""

    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_void_p), ("string", ctypes.c_char * 8))


class Event(ctypes.Structure):
    """`espeak_EVENT`: `sample` counts from the start of the request, `text_position` counts characters from 1."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position_ms", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", EventId),
    )


SoundCallback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(Event))


class Inbox(threading.Thread):
    """Reads stdin: knows of a cancellation while the engine speaks, and ends the process with its parent."""

    def __init__(self, stdin: IO[bytes]) -> None:
        super().__init__(daemon=True)
        self._stdin = stdin
        self.requests: queue.Queue[tuple[int, dict[str, Any]]] = queue.Queue()
        self.cancelled: set[int] = set()

    def run(self) -> None:
        try:
            while True:
                kind, number, size = HEADER.unpack(self._stdin.read(HEADER.size))
                payload = self._stdin.read(size)
                if kind == CANCEL:
                    self.cancelled.add(number)
                elif kind == SPEAK:
                    self.requests.put((number, json.loads(payload)))
        except (struct.error, ValueError):  # a frame cut short: stdin has ended, and so has the parent
            os._exit(0)


class Outbox:
    """Writes frames; ends the process when nobody reads them any more."""

    def __init__(self, stdout: IO[bytes]) -> None:
        self._stdout = stdout

    def send(self, kind: int, number: int = 0, payload: bytes = b"") -> None:
        try:
            self._stdout.write(HEADER.pack(kind, number, len(payload)) + payload)
            self._stdout.flush()
        except OSError:
            os._exit(0)


class Engine:
    """libespeak-ng in its synchronous mode: sound and events come through one callback while a text is spoken."""

    def __init__(self, inbox: Inbox, outbox: Outbox) -> None:
        self._inbox = inbox
        self.outbox = outbox
        self._number = 0
        self._voice = ""
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path().encode()
        self.rate_hz = int(self._library.espeak_Initialize(SYNCHRONOUS, 0, data, PHONEME_EVENTS_IN_IPA | DO_NOT_EXIT))
        if self.rate_hz <= 0:
            raise SystemExit("libespeak-ng could not be initialised")
        self._callback = SoundCallback(self._heard)  # kept: the library holds only its address
        self._library.espeak_SetSynthCallback(self._callback)
        self._library.espeak_Synth.argtypes = (
            ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int, ctypes.c_uint, ctypes.c_uint, ctypes.c_void_p,
            ctypes.c_void_p,
        )  # fmt: skip

    def speak(self, number: int, request: dict[str, Any]) -> None:
        """Speak one request: AUDIO and EVENTS while it is made, then DONE; or FAILED."""
        for earlier in [*self._inbox.cancelled]:  # cancelled when they were done already
            if earlier < number:
                self._inbox.cancelled.discard(earlier)
        if number not in self._inbox.cancelled:
            self._number = number
            if not self._choose_voice(request["voice"]):
                self.outbox.send(FAILED, number, b"voice")
                return
            for parameter, key in ((RATE, "rate_wpm"), (PITCH, "pitch"), (VOLUME, "volume")):
                self._library.espeak_SetParameter(parameter, request[key], 0)
            text = request["text"].encode(errors="replace")
            if text:  # an empty request only loads the voice
                self._library.espeak_Synth(text, len(text) + 1, 0, 1, 0, TEXT_IS_UTF8, None, None)
        self._inbox.cancelled.discard(number)
        self.outbox.send(DONE, number)

    def _choose_voice(self, voice: str) -> bool:
        """Loading a voice costs 3–20 ms, so it is kept until another is asked for."""
        if voice != self._voice:
            self._voice = ""
            if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
                return False
            self._voice = voice
        return True

    def _heard(self, samples: int | None, count: int, events: Any) -> int:
        if self._number in self._inbox.cancelled:
            return STOP
        if samples and count:
            self.outbox.send(AUDIO, self._number, ctypes.string_at(samples, count * 2))
        found: list[tuple[str, int, int, int, str]] = []
        index = 0
        while (event := events[index]).type != LIST_ENDED:
            if event.type == WORD:
                found.append(("word", event.text_position, event.length, event.sample, ""))
            elif event.type == PHONEME:
                name = bytes(event.id.string).decode(errors="ignore")
                found.append(("phoneme", event.text_position, event.length, event.sample, name))
            index += 1
        if found:
            self.outbox.send(EVENTS, self._number, json.dumps(found).encode())
        return GO_ON


def die_with(parent: int) -> None:
    """End with the process that started this one, however it ends; Ctrl-C is meant for it alone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(0)


def main() -> None:
    """Arguments: JSON `{"parent": process id, "warm": [voice, …]}`; each voice is loaded and speaks once before READY."""
    settings = json.loads(sys.argv[1])
    die_with(settings["parent"])
    frames = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever the library prints goes to stderr
    inbox = Inbox(sys.stdin.buffer)
    with open(os.devnull, "wb") as nowhere:
        engine = Engine(inbox, Outbox(nowhere))
        for voice in settings["warm"]:
            engine.speak(0, {"voice": voice, "rate_wpm": 175, "pitch": 50, "volume": 100, "text": "a 1."})
        outbox = engine.outbox = Outbox(frames)
    inbox.start()
    outbox.send(READY, 0, json.dumps({"rate_hz": engine.rate_hz}).encode())
    while True:
        engine.speak(*inbox.requests.get())


if __name__ == "__main__":
    main()
