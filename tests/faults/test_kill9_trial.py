"""A trial survives the death of its process at any instant. (500 kills: `python -m tests.faults.kill9_trials 500`.)"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.kill9_trials import Told, take

ROOT = Path(__file__).parents[2]


def test_nothing_accepted_is_lost_by_a_kill() -> None:
    # In a process of its own: children are forked, and pytest's has threads.
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.kill9_trials", "40"], cwd=ROOT, capture_output=True, text=True, timeout=100,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing that was accepted was lost" in done.stdout


def test_a_loss_would_be_noticed() -> None:
    told = Told()
    take(["trial owner-1 a", "answer a 701 x", "report a None y", "trial owner-1 b"], told)
    with pytest.raises(AssertionError, match="lost trial b"):
        take(["trial owner-1 c"], told)
    with pytest.raises(AssertionError, match="has changed"):
        take(["answer a 701 z"], told)
