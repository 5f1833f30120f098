"""ruff has nothing to say. (Types are checked by `make check`: pyright brings its own program along.)"""

import subprocess
import sys

import pytest

from tests.house_rules.test_import_directions import ROOT


@pytest.mark.parametrize("arguments", [["check", "."], ["format", "--check", "."]], ids=lambda each: each[0])
def test_ruff(arguments: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", "ruff", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
