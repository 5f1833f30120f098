"""What the command line tells the shell."""

OK = 0
DIFFERENT = 1
"""`replay` found a figure that is not what was stored; `compare` had a turn that failed or timed out."""
BAD_INPUT = 2
"""A preset, file or option is wrong; the message says what."""
PORT_IN_USE = 3
NOT_STARTED = 4
"""Something that the workbench needs is missing or broken; the message says what."""
INTERRUPTED = 130
"""Ctrl+C."""
