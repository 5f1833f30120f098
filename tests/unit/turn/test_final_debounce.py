"""Duplicate finals cause exactly one turn; a different one is not lost."""

from bench.turn.final_debounce import FinalDebounce

MS = 1_000_000


def test_the_first_final_is_taken_at_once() -> None:
    assert FinalDebounce().fresh("hello", 5 * MS)


def test_an_empty_end_marker_is_no_turn() -> None:
    debounce = FinalDebounce()
    assert debounce.fresh("hello", 0)
    assert not debounce.fresh("", 50 * MS)
    assert not debounce.fresh("  ", 900 * MS)


def test_an_echo_within_200_ms_is_dropped_and_later_it_is_news() -> None:
    debounce = FinalDebounce()
    assert debounce.fresh("hello", 0)
    assert not debounce.fresh("hello", 199 * MS)
    assert debounce.fresh("hello", 399 * MS)


def test_a_different_final_within_200_ms_is_not_lost() -> None:
    debounce = FinalDebounce()
    assert debounce.fresh("hello", 0)
    assert debounce.fresh("hello again", 100 * MS)
