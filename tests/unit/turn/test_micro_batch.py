"""Cutting a reply into phrases while it is written."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.turn.micro_batch import Cut, MicroBatch, Phrase

MS = 1_000_000


def write(batch: MicroBatch, tokens: list[str], gap_ms: float) -> list[Phrase]:
    """Tokens at a steady pace, the window honoured in between as a timer would."""
    phrases: list[Phrase] = []
    for index, token in enumerate(tokens):
        now = round(index * gap_ms * MS)
        while (due := batch.due_ns) is not None and due <= now:
            phrases += batch.due(due)
        phrases += batch.add(token, now)
    end = round(len(tokens) * gap_ms * MS)
    while (due := batch.due_ns) is not None and due <= end:
        phrases += batch.due(due)
    return phrases + batch.end(end)


def test_punctuation_releases_at_once() -> None:
    batch = MicroBatch("batch", 5000, True)
    assert batch.add("Hello there.", 0) == [Phrase("Hello there.", 0.0, 0.0, "punctuation")]


def test_a_window_releases_whole_words_only() -> None:
    batch = MicroBatch("batch", 60, True)
    assert batch.add("Good mor", 0) == []
    assert batch.due_ns == 60 * MS
    assert batch.due(60 * MS) == [Phrase("Good", 60.0, 60.0, "window")]
    assert batch.add("ning ", 70 * MS) == []
    assert batch.end(90 * MS) == [Phrase("morning", 30.0, 30.0, "end")]


def test_waiting_for_a_whole_word_beyond_the_window_is_not_the_setting() -> None:
    batch = MicroBatch("batch", 40, True)
    batch.add("Extraordinarily", 0)
    assert batch.due_ns is None
    assert batch.add(" so", 100 * MS) == [Phrase("Extraordinarily", 100.0, 40.0, "window")]


def test_a_number_is_not_cut_at_its_point() -> None:
    batch = MicroBatch("batch", 5000, True)
    assert batch.add("It costs 3.", 0) == []
    assert batch.add("50 now.", 10 * MS) == [Phrase("It costs 3.50 now.", 10.0, 10.0, "punctuation")]


def test_sentences_ignore_commas_and_the_window() -> None:
    batch = MicroBatch("sentence", 10, True)
    assert batch.add("Well, yes, ", 0) == []
    assert batch.add("of course! And", 900 * MS) == [Phrase("Well, yes, of course!", 900.0, 900.0, "punctuation")]


def test_the_whole_reply_waits_for_its_end() -> None:
    assert [p.reason for p in write(MicroBatch("whole_reply", 10, True), ["One. ", "Two. ", "Three."], 500)] == ["end"]


def test_white_space_alone_is_no_phrase() -> None:
    assert write(MicroBatch("batch", 0, True), [" ", "\n", "  "], 50) == []


@given(
    st.lists(st.text("ab .,!", min_size=1, max_size=8), max_size=40),
    st.sampled_from(["batch", "sentence", "whole_reply"]),
    st.floats(0, 200),
    st.floats(0, 500),
    st.booleans(),
)
def test_nothing_is_lost_or_doubled_and_words_are_torn_only_after_punctuation(
    tokens: list[str], cut: Cut, gap_ms: float, window_ms: float, flush: bool
) -> None:
    phrases = write(MicroBatch(cut, window_ms, flush), tokens, gap_ms)
    assert "".join("".join(p.text for p in phrases).split()) == "".join("".join(tokens).split())
    words = " ".join(p.text for p in phrases).split()
    whole = [part for word in "".join(tokens).split() for part in re.findall(r"[^.,!]*[.,!]|[^.,!]+", word)]
    assert [part for word in words for part in re.findall(r"[^.,!]*[.,!]|[^.,!]+", word)] == whole
    for phrase in phrases:
        assert phrase.text.strip() == phrase.text != ""
        assert 0 <= phrase.set_ms <= phrase.held_ms


@pytest.mark.parametrize("window_ms", [40, 400])
def test_at_30_tokens_a_second_the_first_phrase_is_held_for_the_window(window_ms: int) -> None:
    first = write(MicroBatch("batch", window_ms, True), [f" word{i}" for i in range(40)], 1000 / 30)[0]
    assert window_ms <= first.held_ms < window_ms + 34
    assert first.set_ms == window_ms
