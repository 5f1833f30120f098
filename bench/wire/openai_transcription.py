"""`POST /v1/audio/transcriptions`: what is asked, with the vendor's rules about models, formats and files."""

import io
import re
import wave
from dataclasses import dataclass

from bench.wire.answer import WireAnswer, WireRequest
from bench.wire.openai_error import complaint
from bench.wire.openai_multipart import FormField, Part, checked_form, read_form
from bench.wire.openai_transcript import Recording, streamed_transcript, whole_transcript

UPLOAD_LIMIT = 25 << 20
"""The vendor's limit of an upload (bytes)."""
EXTENSIONS = ("flac", "m4a", "mp3", "mp4", "mpeg", "mpga", "oga", "ogg", "wav", "webm")
LONG_S = 30.0
"""A diarized recording above this needs a chunking strategy (s)."""
SHORTEST_S = 0.1
"""The vendor refuses shorter recordings (s)."""
_FORMATS = ("json", "text", "srt", "verbose_json", "vtt", "diarized_json")
_VAD = "chunking_strategy"
_FIELDS = {
    "model": FormField(required=True),
    "response_format": FormField(among=_FORMATS),
    "stream": FormField("switch"),
    "language": FormField(),
    "prompt": FormField(),
    "temperature": FormField("number"),
    "include[]": FormField(among=("logprobs",)),
    "languages[]": FormField(),
    "keywords[]": FormField(),
    "timestamp_granularities[]": FormField(among=("word", "segment")),
    "known_speaker_names[]": FormField(),
    "known_speaker_references[]": FormField(),
    _VAD: FormField(among=("auto",)),
    f"{_VAD}[type]": FormField(among=("server_vad",)),
    f"{_VAD}[silence_duration_ms]": FormField("number"),
    f"{_VAD}[prefix_padding_ms]": FormField("number"),
    f"{_VAD}[threshold]": FormField("number"),
}


@dataclass(frozen=True, slots=True)
class _Family:
    """What one of the vendor's models takes."""

    formats: tuple[str, ...]
    fields: frozenset[str]
    """Those of the particular fields that it knows."""
    streams: bool = True


_PARTICULAR = frozenset({"include[]", "languages[]", "keywords[]", "timestamp_granularities[]", "known_speaker_names[]",
                         "known_speaker_references[]", "prompt"})  # fmt: skip
_ALL = _Family(_FORMATS, _PARTICULAR)
"""Models of compatible servers: nothing is known of them."""


def family(model: str) -> _Family:
    """What this model takes."""
    if model == "whisper-1":
        return _Family(
            ("json", "text", "srt", "verbose_json", "vtt"), frozenset({"timestamp_granularities[]", "prompt"}), False
        )
    if model == "gpt-4o-transcribe-diarize":
        return _Family(("json", "text", "diarized_json"), frozenset({"known_speaker_names[]", "known_speaker_references[]"}))
    if re.match(r"gpt-4o(-mini)?-transcribe", model):
        return _Family(("json", "text"), frozenset({"include[]", "prompt"}))
    if model == "gpt-transcribe":
        return _Family(("json", "text"), frozenset({"languages[]", "keywords[]", "prompt"}))
    return _ALL


@dataclass(frozen=True, slots=True)
class TranscriptionForm:
    """A request that was found good."""

    model: str
    format: str
    streams: bool
    granularities: tuple[str, ...]
    language: str
    logprobs: bool
    recording: Recording


def read_transcription(request: WireRequest) -> TranscriptionForm:
    """Raises `Complaint`."""
    if len(request.body) > UPLOAD_LIMIT + (64 << 10):  # without even looking for the file
        raise _too_large(len(request.body))
    fields, file = checked_form(read_form(request), _FIELDS)
    if len(file.data) > UPLOAD_LIMIT:
        raise _too_large(len(file.data))
    model = fields["model"][0]
    rules = family(model)
    form = fields.get("response_format", ["json"])[0]
    if form not in rules.formats:
        raise complaint(400, f"response_format '{form}' is not compatible with model '{model}'. Use "
                             f"{' or '.join(repr(each) for each in rules.formats)} instead.",
                        "unsupported_value", "response_format")  # fmt: skip
    for name in sorted((fields.keys() & _PARTICULAR) - rules.fields):
        raise complaint(400, f"Parameter '{name}' is not supported with model '{model}'.", "unsupported_parameter", name)
    _check_combinations(fields, form)
    recording = read_recording(file)
    if form == "diarized_json" and recording.length_s is not None and recording.length_s > LONG_S and not _vad(fields):
        raise complaint(400, "chunking_strategy is required for diarization models on recordings longer than 30 seconds.",
                        "missing_required_parameter", _VAD)  # fmt: skip
    return TranscriptionForm(
        model,
        form,
        streams=rules.streams and fields.get("stream") == ["true"],
        granularities=tuple(fields.get("timestamp_granularities[]", ["segment"])),
        language=fields.get("language", fields.get("languages[]", ["en"]))[0],
        logprobs="include[]" in fields,
        recording=recording,
    )


def transcription_answer(request: WireRequest, form: TranscriptionForm) -> WireAnswer:
    """The answer to a request that was found good."""
    if form.streams:
        return streamed_transcript(
            request, form.model, form.language, logprobs=form.logprobs, diarized="diarized" in form.format
        )
    words = "word" in form.granularities
    segments = "segment" in form.granularities
    return whole_transcript(request, form.model, form.format, form.language, form.recording, words=words, segments=segments)


def read_recording(file: Part) -> Recording:
    """What kind of recording was sent, and how long it is. Raises `Complaint` for what is no recording."""
    name = file.filename or ""
    extension = name.rpartition(".")[2].lower()
    if extension not in EXTENSIONS:
        raise complaint(400, f"Unrecognized file format. Supported formats: {list(EXTENSIONS)}", param="file")
    container = _container(file.data)
    if container is None:
        raise complaint(400, "Audio file might be corrupted or unsupported", "invalid_value", "file")
    length_s = {"wav": _wav_length_s, "flac": _flac_length_s}.get(container, lambda data: None)(file.data)
    if length_s is not None and length_s < SHORTEST_S:
        raise complaint(400, "Audio file is too short. Minimum audio length is 0.1 seconds.", "audio_too_short", "file")
    return Recording(container, length_s)


def _check_combinations(fields: dict[str, list[str]], form: str) -> None:
    if "timestamp_granularities[]" in fields and form != "verbose_json":
        raise complaint(400, "response_format must be 'verbose_json' when timestamp_granularities[] is set.",
                        "invalid_parameter_combination", "timestamp_granularities")  # fmt: skip
    if "include[]" in fields and form != "json":
        raise complaint(
            400, "include 'logprobs' works with response_format 'json' only.", "invalid_parameter_combination", "include"
        )
    if any(name.startswith(f"{_VAD}[") for name in fields) and f"{_VAD}[type]" not in fields:
        raise complaint(400, f"Missing required parameter: '{_VAD}.type'.", "missing_required_parameter", f"{_VAD}.type")
    if len(fields.get("known_speaker_names[]", [])) != len(fields.get("known_speaker_references[]", [])):
        raise complaint(400, "known_speaker_names and known_speaker_references must be of the same length.", "invalid_value",
                        "known_speaker_names")  # fmt: skip
    language = fields.get("language", ["en"])[0]
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z]{2,4})?", language):
        raise complaint(400, f"Invalid language '{language}'. Language parameter must be specified in ISO-639-1 format.",
                        "invalid_language_format", "language")  # fmt: skip


def _vad(fields: dict[str, list[str]]) -> bool:
    return _VAD in fields or f"{_VAD}[type]" in fields


def _too_large(size: int) -> Exception:
    return complaint(413, f"Maximum content size limit ({UPLOAD_LIMIT}) exceeded ({size} bytes read)", kind="server_error")


def _container(data: bytes) -> str | None:
    """By its first bytes, as a decoder would find it."""
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return "wav"
    if data[:4] == b"fLaC":
        return "flac"
    if data[:4] == b"OggS":
        return "ogg"
    if data[:3] == b"ID3" or (len(data) > 1 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0):
        return "mp3"
    if data[4:8] == b"ftyp":
        return "mp4"
    return "webm" if data[:4] == b"\x1a\x45\xdf\xa3" else None


def _wav_length_s(data: bytes) -> float:
    """Raises `Complaint` for a WAV that no decoder opens."""
    try:
        with wave.open(io.BytesIO(data)) as sound:
            return sound.getnframes() / sound.getframerate()
    except (wave.Error, EOFError, ZeroDivisionError) as error:
        raise complaint(400, "Audio file might be corrupted or unsupported", "invalid_value", "file") from error


def _flac_length_s(data: bytes) -> float | None:
    """From STREAMINFO, the first block (RFC 9639, 8.2): 20 bits of rate, … 36 bits of samples. None: not said."""
    if len(data) < 42 or data[4] & 0x7F != 0:
        raise complaint(400, "Audio file might be corrupted or unsupported", "invalid_value", "file")
    rate_hz = int.from_bytes(data[18:21]) >> 4
    samples = int.from_bytes(data[21:26]) & ((1 << 36) - 1)
    return samples / rate_hz if rate_hz and samples else None
