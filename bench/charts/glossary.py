"""What the page says about each figure: its definition and the knob that moves it, never far from the number."""

from typing import Any

from bench.metrics.definitions import FIGURES


def glossary() -> dict[str, Any]:
    """By figure: `{title: {en, ru}, definition: {en, ru}, from, to, unit, knob}`."""
    return {
        figure.name: {
            "title": {"en": figure.title[0], "ru": figure.title[1]},
            "definition": {"en": figure.definition[0], "ru": figure.definition[1]},
            "from": figure.from_mark, "to": figure.to_mark, "unit": figure.unit, "knob": figure.knob,
        }
        for figure in FIGURES
    }  # fmt: skip
