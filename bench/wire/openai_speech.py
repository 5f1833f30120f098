"""`POST /v1/audio/speech`: silence, then a tone, piece by piece."""

import base64
import math
import struct
from typing import Annotated, Any, Literal

from pydantic import Field

from bench.wire.answer import Step, WireAnswer, WireRequest
from bench.wire.faults import fault_of
from bench.wire.openai_error import complaint, head, sse, stream_answer
from bench.wire.openai_pace import Pace
from bench.wire.openai_strict import Sent, read_json
from bench.wire.plan import Plan

RATE_HZ = 24_000
"""Of `pcm` and `wav`: mono, 16 bits, little endian."""
TONE_HZ = 400
"""Divides the rate: a period is whole samples."""
_LEVEL = 0.3
"""Of full scale."""
VOICES = ("alloy", "ash", "ballad", "coral", "echo", "fable", "onyx", "nova", "sage", "shimmer", "verse", "marin", "cedar")
_OLD_MODELS = ("tts-1", "tts-1-hd")


class VoiceId(Sent):
    id: Annotated[str, Field(min_length=1)]


class SpeechBody(Sent):
    """The whole body. Compressed formats are not played."""

    input: Annotated[str, Field(min_length=1, max_length=4096)]
    model: Annotated[str, Field(min_length=1)]
    voice: str | VoiceId
    instructions: str = ""
    response_format: Literal["mp3", "opus", "aac", "flac", "wav", "pcm"] = "mp3"
    speed: Annotated[float, Field(ge=0.25, le=4)] = 1.0
    stream_format: Literal["sse", "audio"] = "audio"


def read_speech(request: WireRequest) -> SpeechBody:
    """Raises `Complaint`."""
    body = read_json(request, SpeechBody)
    if isinstance(body.voice, str) and body.voice not in VOICES:
        known = ", ".join(f"'{each}'" for each in VOICES)
        raise complaint(400, f"Invalid value: '{body.voice}'. Supported values are: {known}.", "invalid_value", "voice")
    if body.model in _OLD_MODELS and body.stream_format == "sse":
        raise complaint(400, f"stream_format 'sse' is not supported with model '{body.model}'.", "unsupported_value",
                        "stream_format")  # fmt: skip
    if body.response_format not in ("pcm", "wav"):
        raise complaint(400, f"This wire server plays 'pcm' and 'wav', not '{body.response_format}'.", "unsupported_value",
                        "response_format")  # fmt: skip
    return body


def speech_answer(request: WireRequest, body: SpeechBody) -> WireAnswer:
    """The head when the first chunk is due, the sound from when the first text is due on."""
    plan, pace = request.plan, Pace.of(request.plan)
    silent = fault_of(plan, request.nth).kind == "empty"
    chunks = [] if silent else sound_chunks(plan)
    if body.response_format == "wav":
        chunks[:1] = [streaming_wav_head() + b"".join(chunks[:1])]
    apart_ms = plan.chunk_ms * plan.realtime_factor
    due = [pace.text_ms + place * apart_ms for place in range(len(chunks))]
    if body.stream_format == "sse":
        return stream_answer(_events(plan, chunks, due, pace.text_ms))
    steps = [Step(pace.first_ms, b"", "head")]
    steps += [Step(each, chunk, "audio") for each, chunk in zip(due, chunks, strict=True)]
    kind = "audio/wav" if body.response_format == "wav" else "audio/pcm"
    return WireAnswer(tuple(steps), content_type=kind, headers=head(pace.first_ms), framing="chunked")


def _events(plan: Plan, chunks: list[bytes], due: list[float], start_ms: float) -> tuple[Step, ...]:
    steps: list[Step] = []
    for each, chunk in zip(due, chunks, strict=True):
        data: dict[str, Any] = {"type": "speech.audio.delta", "audio": base64.b64encode(chunk).decode()}
        steps.append(Step(each, sse(data), "audio"))
    out = round(plan.audio_s * 20)
    paid = {"input_tokens": plan.tokens_in, "output_tokens": out, "total_tokens": plan.tokens_in + out}
    steps.append(Step(due[-1] if due else start_ms, sse({"type": "speech.audio.done", "usage": paid}), "done"))
    return tuple(steps)


def sound_chunks(plan: Plan) -> list[bytes]:
    """The planned sound, cut every `chunk_ms`: int16 little endian at `RATE_HZ`."""
    period = RATE_HZ // TONE_HZ
    wave = [round(_LEVEL * 32767 * math.sin(2 * math.pi * place / period)) for place in range(period)]
    total, lead = round(plan.audio_s * RATE_HZ), round(plan.lead_silence_ms / 1000 * RATE_HZ)
    tone = struct.pack(f"<{period}h", *wave) * (max(0, total - lead) // period + 1)
    sound = (bytes(2 * lead) + tone)[: 2 * total]
    size = 2 * max(1, round(plan.chunk_ms / 1000 * RATE_HZ))
    return [sound[start : start + size] for start in range(0, len(sound), size)]


def streaming_wav_head() -> bytes:
    """44 bytes. The lengths are not known yet while it streams: all ones, as the vendor sends it."""
    form = struct.pack("<HHIIHH", 1, 1, RATE_HZ, 2 * RATE_HZ, 2, 16)
    unknown = b"\xff\xff\xff\xff"
    return b"RIFF" + unknown + b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + unknown
