"""What a worker process does about the process that started it."""

import contextlib
import ctypes
import os
import signal
import sys
from typing import IO

if sys.platform == "linux":
    import fcntl

PR_SET_PDEATHSIG = 1
"""Linux, prctl(2): the signal the kernel sends to this process when its parent ends."""


def die_with(parent: int) -> None:
    """End with the process `parent`, however it ends; ignore Ctrl-C, which is meant for it.

    Where the kernel cannot do it, the end of stdin does.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before we asked
            os._exit(0)


def short_stdin(pipe_bytes: int) -> None:
    """Let less lie between the sender and us than the system's 64 kB, where that can be set (Linux)."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # stdin is no pipe
            fcntl.fcntl(0, fcntl.F_SETPIPE_SZ, pipe_bytes)


def own_stdout() -> IO[bytes]:
    """The real stdout for frames alone (flush it); whatever an engine prints goes to stderr from here on."""
    frames = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return frames
