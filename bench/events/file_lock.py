"""A lock on an open file that ends with its process, on every system: flock where there is one, Windows' own otherwise."""

import os
import sys

CLOSE_ON_EXEC: int = getattr(os, "O_CLOEXEC", 0)
"""Not inherited by child processes, where the system has a flag for it (Windows inherits nothing anyway)."""

if sys.platform == "win32":
    import msvcrt

    def try_lock(descriptor: int, *, shared: bool) -> None:
        """Take the lock or raise `BlockingIOError`. Windows knows no shared one: the exclusive one serves, it is only tried."""
        try:
            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise BlockingIOError(*error.args) from error

else:
    import fcntl

    def try_lock(descriptor: int, *, shared: bool) -> None:
        """Take the lock or raise `BlockingIOError`."""
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
