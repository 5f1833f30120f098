"""What to run: the provider and settings of each stage, the prompt, the knobs. In the order of a turn.

A configuration is plain data (pydantic at the border), knows no provider class, and holds no key. Its fingerprint is the
hash of its canonical JSON form: two configurations with equal fingerprints do the same.
"""

import hashlib
import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from providers.base import Role


def knob(default: Any, en: str, ru: str, help_en: str, help_ru: str, unit: str = "", **limits: Any) -> Any:
    """A field with title and one line on what it trades, in both languages (the same shape as the providers' own knobs)."""
    extra: Any = {"unit": unit, "ru": {"title": ru, "description": help_ru}}
    return Field(default, title=en, description=help_en, json_schema_extra=extra, **limits)


class Part(BaseModel):
    """A part of a configuration: unknown keys are an error, values never change in place."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Choice(Part):
    """A provider and its options; the options are checked against the provider's own model when a preset is loaded."""

    provider: str = Field(title="Provider")
    options: dict[str, Any] = Field(default_factory=dict[str, Any], title="Options")


class Listening(Part):
    """When the user speaks and when the turn is theirs no more."""

    vad: Choice = Choice(provider="silero")
    pause_ms: int = knob(
        700, "Pause that ends your turn", "Пауза, после которой отвечать",
        "Shorter: answers sooner, cuts people off more.", "Короче — ответ раньше, но чаще перебивает.", "ms", ge=50, le=5000,
    )  # fmt: skip
    onset_frames: int = knob(
        2, "Frames that count as speech", "Кадров, чтобы счесть речью",
        "Fewer: interrupts sooner, also for a cough.", "Меньше — перебивать легче, но и кашель сработает.", "frames",
        ge=1, le=20,
    )  # fmt: skip
    ignore_shorter_ms: int = knob(
        0, "Ignore sounds shorter than", "Не замечать звуки короче",
        "Longer: fewer false turns, but a quick 'yes' may be missed.",
        "Длиннее — меньше ложных реплик, но короткое «да» пропадёт.", "ms", ge=0, le=2000,
    )  # fmt: skip
    highpass_hz: int = knob(
        0, "High-pass filter", "Фильтр низких частот",
        "Removes rumble below this pitch; 0 is off.", "Убирает гул ниже этой частоты; 0 — выключен.", "Hz", ge=0, le=1000,
    )  # fmt: skip
    release: Literal["vad", "stt", "key"] = knob(
        "vad", "Who ends your turn", "Кто завершает реплику",
        "The pause detector, the speech recogniser's own opinion, or your key.",
        "Детектор паузы, сам распознаватель или ваша клавиша.",
    )  # fmt: skip


class Understanding(Part):
    """Speech to text."""

    stt: Choice = Choice(provider="pocketsphinx")
    language: str = knob(
        "en", "Language", "Язык", "What is spoken, both ways.", "На каком языке говорят обе стороны.", pattern=r"^[a-z]{2}$"
    )


class Thinking(Part):
    """The reply."""

    prompt: str = knob(
        "", "Prompt", "Промпт", "Who the agent is and how it should answer.", "Кто агент и как ему отвечать.", max_length=20_000
    )
    chat: Choice = Choice(provider="rulebook")


class Speaking(Part):
    """Cutting the reply into phrases, and saying them."""

    tts: Choice = Choice(provider="espeak")
    cut: Literal["batch", "sentence", "whole_reply"] = knob(
        "batch", "Start speaking after", "Начинать говорить после",
        "A small batch of words starts soonest; whole sentences sound smoother; the whole reply starts last.",
        "Несколько слов — раньше всего; предложения — плавнее; весь ответ — позже всего.",
    )  # fmt: skip
    window_ms: int = knob(
        60, "Batch window", "Окно набора",
        "Shorter: starts sooner, sounds choppier.", "Короче — начнёт раньше, но речь рванее.", "ms", ge=0, le=5000,
    )  # fmt: skip
    flush_on_punctuation: bool = knob(
        True, "Punctuation ends a batch", "Знак препинания завершает набор",
        "On: a finished phrase is spoken at once.", "Включено — законченная фраза звучит сразу.",
    )  # fmt: skip
    aloud: bool = knob(
        True, "Speak replies", "Озвучивать ответы", "Off: text only.", "Выключено — только текст."
    )  # fmt: skip


class Limits(Part):
    """How long each stage may take before the turn is called timed out."""

    stt_s: float = knob(10.0, "Speech to text", "Распознавание", "Wait for the words.", "Ждать слова.", "s", gt=0, le=120)
    first_text_s: float = knob(20.0, "First word of the reply", "Первое слово", "Wait for the reply to begin.",
                               "Ждать начала ответа.", "s", gt=0, le=300)  # fmt: skip
    between_text_s: float = knob(15.0, "Between words of the reply", "Между словами", "Wait within the reply.",
                                 "Ждать внутри ответа.", "s", gt=0, le=300)  # fmt: skip
    tts_s: float = knob(
        10.0, "Speech", "Синтез речи", "Wait for the sound of a phrase.", "Ждать звук фразы.", "s", gt=0, le=120
    )


class Configuration(Part):
    """Everything that one column runs."""

    listening: Listening = Listening()
    understanding: Understanding = Understanding()
    thinking: Thinking = Thinking()
    speaking: Speaking = Speaking()
    limits: Limits = Limits()

    def canonical(self) -> dict[str, Any]:
        """Plain JSON data with every default written out."""
        return self.model_dump(mode="json")

    @property
    def fingerprint(self) -> str:
        """First 16 hex digits of the SHA-256 of the canonical form."""
        text = json.dumps(self.canonical(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def choices(self) -> dict[Role, Choice]:
        """The provider chosen for each role."""
        return {
            "vad": self.listening.vad,
            "stt": self.understanding.stt,
            "chat": self.thinking.chat,
            "tts": self.speaking.tts,
        }
