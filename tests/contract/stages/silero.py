"""The silero detector: all cases of its role are in `test_detectors.py` and need no provoking."""

from tests.contract.staging import Stage

STAGES = [Stage("vad", "silero")]
