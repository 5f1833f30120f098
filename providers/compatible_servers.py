"""Servers that speak OpenAI's format: on this machine (Ollama, llama.cpp, vLLM, LM Studio, Speaches) and elsewhere.

They differ by data only: address, key, model, and which fields they know. What their documentation does not name is not sent:
the length limit goes as `max_tokens`, and the vendor's own fields (`service_tier`, `verbosity`, `store` …) stay away.
"""

from typing import Any

from providers.base import Capabilities, knob
from providers.openai_chat import ChatOptions, OpenAiChat
from providers.openai_speech import OpenAiSpeech, SpeechOptions
from providers.openai_transcribe import OpenAiStt, OpenAiTranscriber, TranscribeOptions
from providers.over_http.openai_options import Address, Effort, base_url_knob
from providers.over_http.openai_service import Service
from providers.over_http.openai_transcripts import LARGEST_UPLOAD

OLLAMA = Service("Ollama", "http://127.0.0.1:11434/v1", length_field="max_tokens",
                 start="Start it with: ollama serve. Fetch the model once with: ollama pull <model>.")  # fmt: skip
LLAMACPP = Service("llama.cpp", "http://127.0.0.1:8080/v1", length_field="max_tokens",
                   start="Start it with: llama-server -m <model>.gguf --port 8080")  # fmt: skip
VLLM = Service("vLLM", "http://127.0.0.1:8000/v1", length_field="max_tokens", start="Start it with: vllm serve <model>")
LMSTUDIO = Service("LM Studio", "http://127.0.0.1:1234/v1", length_field="max_tokens",
                   start="Start it with: lms server start")  # fmt: skip
GROQ = Service("Groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY", needs_key=True)
OPENROUTER = Service("OpenRouter", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY", needs_key=True,
                     length_field="max_tokens", check_path="key")  # fmt: skip
ANY = Service("OpenAI-compatible", "http://127.0.0.1:8000/v1", "OPENAI_COMPATIBLE_API_KEY",
              url_variable="OPENAI_COMPATIBLE_BASE_URL", length_field="max_tokens",
              start="Start it, or set its address.")  # fmt: skip
SPEACHES = Service("Speaches", "http://127.0.0.1:8000/v1",
                   start="Start it with: docker run -p 8000:8000 ghcr.io/speaches-ai/speaches:latest-cpu")  # fmt: skip

LOCAL = Capabilities(reports_usage=True, tools=True, answer_schema=True, labels=("local",))
"""Chat on this machine. Whether functions and schemas work depends on the model."""


def model_knob(default: str, help_en: str, help_ru: str, *suggested: str) -> Any:
    """Which model; there is no catalogue of these servers' models, only names to begin with."""
    return knob(default, en="Model", ru="Модель", help_en=help_en, help_ru=help_ru,
                suggestions=[{"value": each} for each in (default, *suggested)], min_length=1, max_length=200)  # fmt: skip


# ── chat on this machine ─────────────────────────────────────────────────────────────────────────────────────────────────
class OllamaOptions(ChatOptions):
    """What can be set."""

    model: str = model_knob("gpt-oss:20b", "As 'ollama list' shows it.", "Как показывает «ollama list».")
    base_url: Address = base_url_knob(OLLAMA.base_url)


class OllamaChat(OpenAiChat):
    """Ollama."""

    name, title, service, key_variable = "ollama", OLLAMA.title, OLLAMA, ""
    Options, capabilities = OllamaOptions, LOCAL


class LlamaCppOptions(ChatOptions):
    """What can be set."""

    model: str = model_knob("default", "Any name: the server answers with the model it has loaded.",
                            "Любое имя: отвечает загруженная модель.")  # fmt: skip
    base_url: Address = base_url_knob(LLAMACPP.base_url)


class LlamaCppChat(OpenAiChat):
    """The server of llama.cpp."""

    name, title, service, key_variable = "llamacpp", LLAMACPP.title, LLAMACPP, ""
    Options, capabilities = LlamaCppOptions, LOCAL


class VllmOptions(ChatOptions):
    """What can be set."""

    model: str = model_knob("openai/gpt-oss-20b", "The one that it was started with.", "Та, с которой он запущен.")
    base_url: Address = base_url_knob(VLLM.base_url)


class VllmChat(OpenAiChat):
    """vLLM."""

    name, title, service, key_variable = "vllm", VLLM.title, VLLM, ""
    Options, capabilities = VllmOptions, LOCAL


class LmStudioOptions(ChatOptions):
    """What can be set."""

    model: str = model_knob("openai/gpt-oss-20b", "As LM Studio shows it.", "Как показывает LM Studio.")
    base_url: Address = base_url_knob(LMSTUDIO.base_url)


class LmStudioChat(OpenAiChat):
    """LM Studio."""

    name, title, service, key_variable = "lmstudio", LMSTUDIO.title, LMSTUDIO, ""
    Options, capabilities = LmStudioOptions, LOCAL


class CompatibleOptions(ChatOptions):
    """What can be set."""

    model: str = model_knob("default", "As the server calls it.", "Как её называет сервер.")
    base_url: Address = base_url_knob(f"OPENAI_COMPATIBLE_BASE_URL, or {ANY.base_url}")


class CompatibleChat(OpenAiChat):
    """Any other server of the format. Its key goes only to the address that the admin has set together with it."""

    name, title, service, key_variable = "openai-compatible", ANY.title, ANY, ANY.key_variable
    Options = CompatibleOptions
    capabilities = Capabilities(reports_usage=True, tools=True, answer_schema=True)


# ── elsewhere ────────────────────────────────────────────────────────────────────────────────────────────────────────────
class GroqOptions(ChatOptions):
    """What can be set."""

    model: str = model_knob(
        "openai/gpt-oss-20b", "Small models answer sooner.", "Малые отвечают раньше.", "openai/gpt-oss-120b"
    )
    base_url: Address = base_url_knob("api.groq.com")
    reasoning_effort: Effort = knob(
        "low", en="Reasoning", ru="Рассуждения",
        help_en="More: better, but a later first word. Not every model takes every value.",
        help_ru="Больше — ответы лучше, но первое слово позже. Не всякая модель принимает любое значение.",
    )  # fmt: skip


class GroqChat(OpenAiChat):
    """Groq."""

    name, title, service, key_variable = "groq", GROQ.title, GROQ, GROQ.key_variable
    Options = GroqOptions
    capabilities = Capabilities(reports_usage=True, tools=True, answer_schema=True)


class OpenRouterOptions(ChatOptions):
    """What can be set."""

    model: str = model_knob("openai/gpt-6-luna", "Vendor and model, as OpenRouter lists them.",
                            "Поставщик и модель, как в списке OpenRouter.", "openai/gpt-5.4-mini")  # fmt: skip
    base_url: Address = base_url_knob("openrouter.ai")


class OpenRouterChat(OpenAiChat):
    """OpenRouter: many vendors behind one address, with its own way between."""

    name, title, service, key_variable = "openrouter", OPENROUTER.title, OPENROUTER, OPENROUTER.key_variable
    Options = OpenRouterOptions
    capabilities = Capabilities(reports_usage=True, tools=True, answer_schema=True)


# ── speech ───────────────────────────────────────────────────────────────────────────────────────────────────────────────
class GroqTranscribeOptions(TranscribeOptions):
    """What can be set."""

    model: str = model_knob("whisper-large-v3-turbo", "Turbo is faster, the other more accurate.",
                            "Turbo быстрее, другая точнее.", "whisper-large-v3")  # fmt: skip
    base_url: Address = base_url_knob("api.groq.com")


class GroqTranscriber(OpenAiTranscriber):
    """Groq, whole recordings."""

    name, title, service, key_variable = "groq", GROQ.title, GROQ, GROQ.key_variable
    Options = GroqTranscribeOptions
    capabilities = Capabilities(streams_output=False, word_times=True, max_upload_bytes=LARGEST_UPLOAD)


class GroqStt(OpenAiStt):
    """Groq, utterances."""

    name, title, service, key_variable = "groq", GROQ.title, GROQ, GROQ.key_variable
    Options = GroqTranscribeOptions
    capabilities = Capabilities(streams_output=False, word_times=True)


class SpeachesTranscribeOptions(TranscribeOptions):
    """What can be set."""

    model: str = model_knob("Systran/faster-whisper-small", "Fetch it once: uvx speaches-cli model download <model>.",
                            "Скачайте один раз: uvx speaches-cli model download <model>.",
                            "Systran/faster-whisper-base")  # fmt: skip
    base_url: Address = base_url_knob(SPEACHES.base_url)


class SpeachesTranscriber(OpenAiTranscriber):
    """Speaches, whole recordings."""

    name, title, service, key_variable = "speaches", SPEACHES.title, SPEACHES, ""
    Options = SpeachesTranscribeOptions
    capabilities = Capabilities(streams_output=False, word_times=True, labels=("local",), max_upload_bytes=LARGEST_UPLOAD)


class SpeachesStt(OpenAiStt):
    """Speaches, utterances."""

    name, title, service, key_variable = "speaches", SPEACHES.title, SPEACHES, ""
    Options = SpeachesTranscribeOptions
    capabilities = Capabilities(streams_output=False, word_times=True, labels=("local",))


class SpeachesSpeechOptions(SpeechOptions):
    """What can be set."""

    model: str = model_knob("speaches-ai/Kokoro-82M-v1.0-ONNX", "A voice model at 24 kHz, as Kokoro's are.",
                            "Голосовая модель с частотой 24 кГц, как у Kokoro.")  # fmt: skip
    base_url: Address = base_url_knob(SPEACHES.base_url)
    voice: str = knob("af_heart", en="Voice", ru="Голос", help_en="One of the model's own.", help_ru="Один из голосов модели.",
                      suggestions=[{"value": "af_heart"}], min_length=1, max_length=100)  # fmt: skip


class SpeachesSpeech(OpenAiSpeech):
    """Speaches, speaking."""

    name, title, service, key_variable = "speaches", SPEACHES.title, SPEACHES, ""
    Options = SpeachesSpeechOptions
    capabilities = Capabilities(streams_input=True, labels=("local",))
