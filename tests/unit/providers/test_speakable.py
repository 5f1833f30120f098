"""What of a text is said."""

import pytest

from providers.speakable import speakable


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hello there.", "Hello there."),
        ("  Hello\n\n\tthere ", "Hello there"),
        ("Great! 😀👍🏽", "Great!"),
        ("👩‍👩‍👧 family", "\u200d\u200d family"),
        ("flag 🇷🇺 ok ✅ ☎️", "flag ok"),
        ("nul\0 and \x01130S command", "nul and 130S command"),
        ("soft\u00adhyphen \ufeffbom \u202eleft", "softhyphen bom left"),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("<speak>5 < 6 & 7</speak>", "<speak>5 < 6 & 7</speak>"),
        ("Привет, мир!", "Привет, мир!"),
        ("5 °C, № 7, 100 €", "5 °C, № 7, 100 €"),
        ("می‌روم", "می‌روم"),
    ],
)
def test_pictures_and_the_invisible_are_left_out(text: str, said: str) -> None:
    assert speakable(text) == said


@pytest.mark.parametrize("text", ["", " ", "...", "…", "—", "!?!", "😀", "👍🏽 🎉", "\0\x01", "\u200b\u2060", "()[]{}", "\n"])
def test_nothing_speakable_is_nothing(text: str) -> None:
    assert speakable(text) == ""
