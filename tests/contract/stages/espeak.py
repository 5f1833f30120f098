"""The embedded espeak voice: it speaks faster than it can be cancelled."""

from tests.contract.staging import engine_here

STAGES = [engine_here("tts", "espeak")]
