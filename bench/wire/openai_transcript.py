"""A planned transcript in each of the forms in which `/v1/audio/transcriptions` gives it back."""

from dataclasses import dataclass
from typing import Any

from bench.wire.answer import Step, WireAnswer, WireRequest
from bench.wire.openai_error import head, identifier, json_answer, sse, stream_answer
from bench.wire.openai_pace import Asked, Pace, Said, said
from bench.wire.plan import Plan

_NAMES = {"de": "german", "en": "english", "es": "spanish", "fr": "french", "it": "italian", "ru": "russian"}
"""The verbose form names languages in words."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What was uploaded."""

    container: str
    length_s: float | None
    """None: its head does not say."""


def spoken_words(plan: Plan, length_s: float) -> list[tuple[str, float, float]]:
    """(word, start s, end s): as planned, or spread evenly over the recording."""
    if plan.words:
        return list(plan.words)
    words = plan.text.split()
    share = length_s / max(1, len(words))
    return [(word, round(place * share, 3), round((place + 1) * share, 3)) for place, word in enumerate(words)]


def whole_transcript(
    request: WireRequest, model: str, form: str, language: str, recording: Recording, *, words: bool, segments: bool
) -> WireAnswer:
    """Sent when the first text is due: there is none before all of it."""
    plan = request.plan
    told = said(plan, request.nth, Asked())
    text, due_ms = "".join(told.text), Pace.of(plan).text_ms
    length_s = plan.audio_s if recording.length_s is None else recording.length_s
    timed = spoken_words(plan, length_s) if text else []
    start_s, end_s = (timed[0][1], timed[-1][2]) if timed else (0.0, length_s)
    segment = {"id": 0, "seek": 0, "start": start_s, "end": end_s,
               "text": text, "tokens": list[int](), "temperature": 0.0, "avg_logprob": -0.2, "compression_ratio": 1.1,
               "no_speech_prob": 0.01}  # fmt: skip
    match form:
        case "text":
            return _plain(f"{text}\n", due_ms)
        case "srt":
            return _plain(f"1\n{_clock(start_s, ',')} --> {_clock(end_s, ',')}\n{text}\n\n", due_ms)
        case "vtt":
            times = f"{_clock(start_s, '.')} --> {_clock(end_s, '.')}"
            return _plain(f"WEBVTT\n\n{times}\n{text}\n\n", due_ms)
        case "verbose_json":
            data: dict[str, Any] = {"task": "transcribe", "language": _NAMES.get(language, language), "duration": length_s,
                                    "text": text, "usage": _seconds(length_s)}  # fmt: skip
            if segments:
                data["segments"] = [segment] if text else []
            if words:
                data["words"] = [{"word": word, "start": start, "end": end} for word, start, end in timed]
            return json_answer(data, due_ms, kind="text")
        case "diarized_json":
            turn = _speaker_segment(text, start_s, end_s)
            data = {"task": "transcribe", "duration": length_s, "text": text, "segments": [turn] if text else [],
                    "usage": _seconds(length_s)}  # fmt: skip
            return json_answer(data, due_ms, kind="text")
        case _:
            paid = _tokens(plan, told) if model.startswith("gpt-4o") else _seconds(length_s)
            return json_answer({"text": text, "usage": paid}, due_ms, kind="text")


def streamed_transcript(request: WireRequest, model: str, language: str, *, logprobs: bool, diarized: bool) -> WireAnswer:
    """The result of a complete file, delta by delta."""
    plan, pace = request.plan, Pace.of(request.plan)
    told = said(plan, request.nth, Asked())
    text = "".join(told.text)
    steps: list[Step] = []
    for place, token in enumerate(told.text):
        data: dict[str, Any] = {"type": "transcript.text.delta", "delta": token}
        steps.append(Step(pace.text_due(place), sse(data | _logprobs(token, logprobs)), "text"))
    end_ms = pace.end_due(len(told.text))
    if diarized and text:
        steps.append(Step(end_ms, sse(_speaker_segment(text, 0.0, plan.audio_s)), "segment"))
    done: dict[str, Any] = {"type": "transcript.text.done", "text": text, "usage": _tokens(plan, told)}
    if model == "gpt-transcribe":
        done["languages"] = [{"code": language}]
    steps.append(Step(end_ms, sse(done | _logprobs(text, logprobs)), "done"))
    return stream_answer(tuple(steps))


def _logprobs(token: str, asked: bool) -> dict[str, Any]:
    return {"logprobs": [{"token": token, "logprob": -0.01, "bytes": list(token.encode())}]} if asked else {}


def _speaker_segment(text: str, start_s: float, end_s: float) -> dict[str, Any]:
    name = identifier("seg_")
    return {"type": "transcript.text.segment", "id": name, "start": start_s, "end": end_s, "speaker": "A", "text": text}


def _tokens(plan: Plan, told: Said) -> dict[str, Any]:
    heard, out = plan.tokens_in, len(told.text)
    return {"type": "tokens", "input_tokens": heard, "output_tokens": out, "total_tokens": heard + out,
            "input_token_details": {"text_tokens": 0, "audio_tokens": heard}}  # fmt: skip


def _seconds(length_s: float) -> dict[str, Any]:
    return {"type": "duration", "seconds": round(length_s, 3)}


def _plain(text: str, due_ms: float) -> WireAnswer:
    steps = (Step(due_ms, text.encode(), "text"),)
    return WireAnswer(steps, content_type="text/plain; charset=utf-8", headers=head(due_ms))


def _clock(seconds: float, mark: str) -> str:
    whole = round(seconds * 1000)
    return f"{whole // 3_600_000:02}:{whole // 60_000 % 60:02}:{whole // 1000 % 60:02}{mark}{whole % 1000:03}"
