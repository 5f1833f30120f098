"""The embedded recogniser: a worker process and no service."""

from tests.contract.staging import Staged, engine_here

STAGES = [engine_here("stt", "pocketsphinx", cancel_before_output=Staged(), cancel_after_output=Staged())]
