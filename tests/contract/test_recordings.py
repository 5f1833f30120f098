"""Deterministic providers still say what they said when they were recorded, at the same instants."""

from pathlib import Path

import pytest

from tests.recordings.record import heading, lines, recordings


@pytest.mark.parametrize("path", recordings(), ids=lambda path: path.stem)
def test_it_says_the_same_again(path: Path) -> None:
    recorded = path.read_text(encoding="utf-8").splitlines()
    assert len(recorded) > 3, "a heading alone is no recording"
    assert list(lines(heading(path))) == recorded


def test_every_scripted_role_that_streams_is_recorded() -> None:
    assert {path.stem for path in recordings()} >= {"chat-scripted", "stt-scripted", "tts-scripted"}
