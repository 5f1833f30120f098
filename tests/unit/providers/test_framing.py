"""The frames between this process and its workers."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.workers.framing import HEADER, LARGEST_BYTES, FramingBroken, Kind, Unpacker, pack

WORKERS = Path(__file__).resolve().parents[3] / "providers" / "workers"
FRAMES = st.lists(st.tuples(st.sampled_from(Kind), st.integers(0, 2**32 - 1), st.binary(max_size=300)), max_size=8)


@given(FRAMES, st.integers(1, 50))
def test_what_goes_in_comes_out_in_whatever_pieces(frames: list[tuple[Kind, int, bytes]], size: int) -> None:
    stream = b"".join(pack(*frame) for frame in frames)
    unpacker = Unpacker()
    out = [message for at in range(0, len(stream), size) for message in unpacker.feed(stream[at : at + size], at)]
    assert [(message.kind, message.number, message.payload) for message in out] == frames
    assert [message.at_ns for message in out] == sorted(message.at_ns for message in out)


def test_a_message_bears_the_instant_of_the_read_that_completed_it() -> None:
    unpacker = Unpacker()
    stream = pack(Kind.FINAL, 1, b"abc") + pack(Kind.PARTIAL, 2, b"")
    assert unpacker.feed(stream[:5], 10) == []
    assert unpacker.feed(stream[5:11], 20) == []
    assert [(m.number, m.at_ns) for m in unpacker.feed(stream[11:], 30)] == [(1, 30), (2, 30)]


def test_rubbish_is_noticed() -> None:
    with pytest.raises(FramingBroken):
        Unpacker().feed(b"Traceback (most recent call last)", 0)
    with pytest.raises(FramingBroken):
        pack(Kind.AUDIO, 0, bytes(LARGEST_BYTES + 1))


def test_the_worker_that_imports_nothing_of_ours_uses_the_same_numbers() -> None:
    text = (WORKERS / "espeak_worker.py").read_text()
    match = re.search(r"^([A-Z, ]+) = ([\d, ]+)$", text, re.MULTILINE)
    assert match
    own = dict(zip(match[1].split(", "), map(int, match[2].split(", ")), strict=True))
    assert own == {name: Kind[name].value for name in own}
    assert {"READY", "AUDIO", "SPEAK", "CANCEL", "EVENTS", "DONE", "FAILED"} == set(own)
    assert f'HEADER = struct.Struct("{HEADER.format}")' in text


def test_the_gpl_worker_stands_alone() -> None:
    """It imports nothing of the project, nothing imports it, and it says what licence it has."""
    text = (WORKERS / "espeak_worker.py").read_text()
    assert text.startswith("# SPDX-License-Identifier: GPL-3.0-or-later\n")
    assert not re.search(r"^\s*(from|import) (providers|bench)\b", text, re.MULTILINE)
    root = WORKERS.parents[1]
    importing = re.compile(r"^\s*(from|import) .*espeak(_worker|ng_loader)\b", re.MULTILINE)
    others = [path for folder in ("providers", "bench") for path in (root / folder).rglob("*.py")]
    assert [path.name for path in others if importing.search(path.read_text(encoding="utf-8"))] == ["espeak_worker.py"]
