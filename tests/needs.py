"""Names the programs that the tests need and that are not here, with the command that installs them. Never skips."""

import os
import shutil
import sys

PROGRAMS = {
    "chromium": ("a real browser drives the page", "sudo apt-get install chromium"),
    "flite": ("the second text-to-speech engine is tested for real", "sudo apt-get install flite"),
    "nginx": ("streams are sent through a real one", "sudo apt-get install nginx-light"),
}


SYSTEM_FOLDERS = os.pathsep.join(["/usr/sbin", "/usr/local/sbin", "/sbin"])
"""Where servers are installed, and what is not on everybody's PATH."""


def found(name: str) -> str | None:
    """Where the program is, or None."""
    return shutil.which(name) or shutil.which(name, path=SYSTEM_FOLDERS)


def missing() -> list[str]:
    """One line for each missing program."""
    return [f"{name} is missing ({why}): {how}" for name, (why, how) in PROGRAMS.items() if found(name) is None]


if __name__ == "__main__":
    lines = missing()
    print("\n".join(lines), file=sys.stderr, end="\n" if lines else "")
    sys.exit(os.EX_UNAVAILABLE if lines else 0)
