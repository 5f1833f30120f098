"""What of a text can be said aloud: the same for every local voice."""

import unicodedata

PICTURES = ((0x2600, 0x27BF), (0x2B00, 0x2BFF), (0x1F000, 0x1FAFF), (0xFE00, 0xFE0F), (0x20E3, 0x20E3))
"""Emoji, dingbats and what modifies them: voices would read their names ('grinning face')."""
JOINERS = "\u200c\u200d"
"""Invisible, but part of the spelling in Persian and the languages of India."""


def speakable(text: str) -> str:
    """The text without pictures and invisible characters, white space folded; empty when no letter or digit is left.

    Control characters are not harmless: NUL ends a text for a C library, and espeak reads commands after U+0001.
    """
    kept = "".join(_kept(character) for character in text)
    return " ".join(kept.split()) if any(map(str.isalnum, kept)) else ""


def _kept(character: str) -> str:
    if character in JOINERS:
        return character
    category = unicodedata.category(character)
    if category == "Cc":
        return " "
    if category in ("Cf", "Cs", "Co", "Cn") or any(low <= ord(character) <= high for low, high in PICTURES):
        return ""
    return character
