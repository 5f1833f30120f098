"""Cutting a reply that is still being written into phrases that can be spoken. Pure: instants come in, phrases come out.

Three ways to cut (`Speaking.cut`): `batch` gives out whole words once the window since its first text has passed, or at once
at punctuation; `sentence` waits for the end of a sentence; `whole_reply` waits for the last word. The wait is measured: a
phrase carries how long its first text was held, and how much of that the user's setting asked for.
"""

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

Cut: TypeAlias = Literal["batch", "sentence", "whole_reply"]

_CLAUSE_END = re.compile(r"[.!?…;:,。！？]+[\"'»”)\]]*(?=\s|$)")
_SENTENCE_END = re.compile(r"[.!?…。！？]+[\"'»”)\]]*(?=\s|$)")
_WORD_END = re.compile(r"\s+(?=\S*$)")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A speakable piece of the reply."""

    text: str
    held_ms: float
    """How long its first text waited here (ms)."""
    set_ms: float
    """How much of that wait is the user's own setting (ms)."""
    reason: Literal["window", "punctuation", "end"]
    """What released it."""


class MicroBatch:
    """One reply's cutter. `window_ms` counts from the first text that a phrase holds."""

    def __init__(self, cut: Cut, window_ms: float, flush_on_punctuation: bool) -> None:
        self._cut = cut
        self._window_ns = round(window_ms * 1e6)
        self._punctuation = {"batch": _CLAUSE_END if flush_on_punctuation else None, "sentence": _SENTENCE_END}.get(cut)
        self._text = ""
        self._since_ns = 0

    @property
    def due_ns(self) -> int | None:
        """When `due` has to be called, or None while nothing waits for a window."""
        if self._cut != "batch" or not self._whole_words():
            return None
        return self._since_ns + self._window_ns

    def add(self, text: str, at_ns: int) -> list[Phrase]:
        """More text of the reply; returns the phrases that it completes."""
        if not self._text.strip():
            self._text, self._since_ns = self._text.lstrip(), at_ns
        self._text += text
        return [*self._cut_at_punctuation(at_ns), *self.due(at_ns)]

    def due(self, now_ns: int) -> list[Phrase]:
        """The phrase whose window has passed, if any. Only whole words leave."""
        due = self.due_ns
        if due is None or now_ns < due:
            return []
        return self._give(len(self._whole_words()), now_ns, "window")

    def end(self, at_ns: int) -> list[Phrase]:
        """The reply is complete: whatever is left leaves."""
        return self._give(len(self._text), at_ns, "end")

    def _whole_words(self) -> str:
        """The held text up to the last word that is surely complete."""
        found = _WORD_END.search(self._text)
        return self._text[: found.start()] if found and self._text[: found.start()].strip() else ""

    def _cut_at_punctuation(self, at_ns: int) -> list[Phrase]:
        if self._punctuation is None:
            return []
        ends = [m.end() for m in self._punctuation.finditer(self._text)]
        # A mark at the very end, right after a digit, may still grow ('3.' → '3.5'): it counts once something follows.
        ends = [end for end in ends if end < len(self._text) or not self._text[: end - 1][-1:].isdigit()]
        return self._give(ends[-1], at_ns, "punctuation") if ends else []

    def _give(self, length: int, at_ns: int, reason: Literal["window", "punctuation", "end"]) -> list[Phrase]:
        text, self._text = self._text[:length].strip(), self._text[length:]
        held_ns, self._since_ns = at_ns - self._since_ns, at_ns
        if not text:
            return []
        set_ns = min(held_ns, self._window_ns) if self._cut == "batch" else held_ns
        return [Phrase(text, held_ns / 1e6, set_ns / 1e6, reason)]
