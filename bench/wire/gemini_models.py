"""The models that the stand-in lists. Any other name is taken too, unless it begins with `gone-`."""

from dataclasses import dataclass
from typing import Any

from bench.wire.gemini_error import invalid

GONE = "gone-"
"""A model whose name begins so was shut down: 404."""


@dataclass(frozen=True, slots=True)
class Model:
    """A line of the list."""

    name: str
    title: str
    speaks: bool = False
    """Answers with sound and nothing else."""
    live: bool = False
    """Only over the live connection."""

    def told(self) -> dict[str, Any]:
        """As the list shows it."""
        methods = ["bidiGenerateContent"] if self.live else ["generateContent", "countTokens", "createCachedContent"]
        return {
            "name": f"models/{self.name}", "version": "001", "displayName": self.title,
            "description": "Scripted stand-in: no model is asked.", "inputTokenLimit": 131_072 if self.live else 1_048_576,
            "outputTokenLimit": 65_536, "supportedGenerationMethods": methods, "temperature": 1, "topP": 0.95, "topK": 64,
            "maxTemperature": 2, "thinking": not self.speaks,
        }  # fmt: skip


MODELS = (
    Model("gemini-4-argon", "Gemini 4 Argon"),
    Model("gemini-3.8-flash", "Gemini 3.8 Flash"),
    Model("gemini-3.7-flash", "Gemini 3.7 Flash"),
    Model("gemini-3.6-flash", "Gemini 3.6 Flash"),
    Model("gemini-3.5-flash-lite", "Gemini 3.5 Flash-Lite"),
    Model("gemini-3.1-pro-preview", "Gemini 3.1 Pro Preview"),
    Model("gemini-2.5-flash", "Gemini 2.5 Flash"),
    Model("gemini-3.8-flash-tts", "Gemini 3.8 Flash TTS", speaks=True),
    Model("gemini-3.8-flash-lite-tts", "Gemini 3.8 Flash-Lite TTS", speaks=True),
    Model("gemini-3.5-transcribe", "Gemini 3.5 Transcribe"),
    Model("gemini-3.8-live", "Gemini 3.8 Live", live=True),
)
_BY_NAME = {each.name: each for each in MODELS}

VOICES = (
    "Zephyr", "Puck", "Charon", "Kore", "Fenrir", "Leda", "Orus", "Aoede", "Callirrhoe", "Autonoe", "Enceladus", "Iapetus",
    "Umbriel", "Algieba", "Despina", "Erinome", "Algenib", "Rasalgethi", "Laomedeia", "Achernar", "Alnilam", "Schedar",
    "Gacrux", "Pulcherrima", "Achird", "Zubenelgenubi", "Vindemiatrix", "Sadachbia", "Sadaltager", "Sulafat",
)  # fmt: skip
"""https://ai.google.dev/gemini-api/docs/speech-generation#voices"""


def known(name: str) -> Model | None:
    """The line of the list, if there is one."""
    return _BY_NAME.get(name)


def exists(name: str, version: str) -> bool:
    """Aliases ending in `-latest` exist on v1beta only."""
    return bool(name) and not name.startswith(GONE) and not (version == "v1" and name.endswith("-latest"))


def thinks_signed(name: str) -> bool:
    """From the third generation on, function calls carry signatures and ids, and have to be sent back with the signature."""
    return not name.startswith(("gemini-1", "gemini-2"))


def listed(page_size: str, page_token: str) -> dict[str, Any]:
    """A page of the list; 50 to a page unless asked otherwise, 1000 at most. Raises `Complaint` for a bad size or token."""
    if page_size and not page_size.isdigit():
        raise invalid(f"Invalid value at 'page_size' (TYPE_INT32), \"{page_size}\"", "pageSize")
    size = min(int(page_size or 0) or 50, 1000)
    start = _BY_TOKEN.get(page_token)
    if start is None:
        raise invalid("Invalid page token.", "pageToken")
    page: dict[str, Any] = {"models": [each.told() for each in MODELS[start : start + size]]}
    if start + size < len(MODELS):
        page["nextPageToken"] = _token(start + size)
    return page


def _token(start: int) -> str:
    return f"after-{MODELS[start - 1].name}"


_BY_TOKEN = {"": 0} | {_token(start): start for start in range(1, len(MODELS))}
