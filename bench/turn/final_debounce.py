"""Recognisers send a final twice, or a final and then an empty end marker: both must cause exactly one turn."""

_WINDOW_NS = 200_000_000
"""200 ms on the leading edge: the first final is never delayed."""


class FinalDebounce:
    """Says which finals are news."""

    def __init__(self) -> None:
        self._text = ""
        self._at_ns: int | None = None

    def fresh(self, text: str, at_ns: int) -> bool:
        """True for a final that is to cause a turn.

        Empty ones never are; an equal one within 200 ms of the last is its echo; a different one within 200 ms is not lost.
        """
        text = text.strip()
        if not text:
            return False
        echo = self._at_ns is not None and at_ns - self._at_ns < _WINDOW_NS and text == self._text
        self._text, self._at_ns = text, at_ns
        return not echo
