"""What each figure is, as data, and the one function that computes it: for the live chart, the table and the export alike."""

from dataclasses import dataclass

from bench.events.kinds import Marked
from bench.metrics.turn_record import TurnRecord, mark_ns, mark_number


@dataclass(frozen=True, slots=True)
class FigureDefinition:
    """One subtraction of two marks of one turn."""

    name: str
    """Id in exports and on the page."""
    title: tuple[str, str]
    """Name on the screen: English, Russian."""
    from_mark: str
    to_mark: str
    unit: str
    """`ms`."""
    definition: tuple[str, str]
    """One sentence, printed wherever the figure is: English, Russian."""
    knob: str
    """The setting of the configuration that moves it most, as a dotted path."""
    stage: str = ""
    """`vad` and `stt` figures need a voice; `model` figures cannot be seen inside a live model."""


FIGURES: tuple[FigureDefinition, ...] = (
    FigureDefinition(
        "ttft", ("TTFT", "TTFT"), "llm_sent", "llm_first_text", "ms",
        ("Time to first token: from handing the request to a ready connection until the first visible text arrived.",
         "Время до первого токена: от отправки запроса по готовому соединению до прихода первого видимого текста."),
        "thinking.chat", "model",
    ),
    FigureDefinition(
        "first_chunk", ("first chunk", "первый фрагмент"), "llm_sent", "llm_first_chunk", "ms",
        ("From the request until the first chunk of any kind, text or not.",
         "От отправки запроса до первого фрагмента ответа — любого, не обязательно текста."),
        "thinking.chat", "model",
    ),
    FigureDefinition(
        "first_reasoning", ("first reasoning", "начало рассуждения"), "llm_sent", "llm_first_reasoning", "ms",
        ("From the request until the first text of the model's reasoning, which nobody hears.",
         "От отправки запроса до первого текста рассуждений модели — его никто не слышит."),
        "thinking.chat", "model",
    ),
    FigureDefinition(
        "vad_pause", ("VAD pause", "пауза VAD"), "speech_ended", "turn_released", "ms",
        ("From the end of the last voiced frame until the turn was declared over: your pause setting and the detector's delay.",
         "От конца последнего кадра с голосом до решения, что реплика окончена: ваша настройка паузы и задержка детектора."),
        "listening.pause_ms", "vad",
    ),
    FigureDefinition(
        "stt_final", ("STT final", "итог распознавания"), "speech_ended", "stt_final", "ms",
        ("From the end of the last voiced frame until the last transcript of the turn arrived.",
         "От конца последнего кадра с голосом до прихода итогового текста реплики."),
        "understanding.stt", "stt",
    ),
    FigureDefinition(
        "batching", ("batching", "набор фразы"), "llm_first_text", "phrase_released", "ms",
        ("From the first visible text until the first speakable batch left for the voice.",
         "От первого видимого текста до отправки первой порции слов на озвучивание."),
        "speaking.window_ms",
    ),
    FigureDefinition(
        "tts_start", ("TTS start", "начало речи"), "tts_sent", "tts_first_sound", "ms",
        ("From the request for speech until its first audible sample: arrival of its chunk, plus the silence before it.",
         "От запроса на синтез до первого слышимого звука: приход фрагмента с ним плюс тишина перед ним."),
        "speaking.tts", "model",
    ),
    FigureDefinition(
        "tts_first_byte", ("TTS first byte", "первый байт речи"), "tts_sent", "tts_first_byte", "ms",
        ("From the request for speech until its first byte, which may still be silence.",
         "От запроса на синтез до первого байта звука — он может быть ещё тишиной."),
        "speaking.tts", "model",
    ),
    FigureDefinition(
        "voice_to_voice", ("voice to voice", "от голоса до голоса"), "speech_ended", "playback_started", "ms",
        ("From the end of your last voiced frame until the first audible sample of the reply at the output device.",
         "От конца последнего кадра с вашим голосом до первого слышимого звука ответа на устройстве вывода."),
        "listening.pause_ms", "voice",
    ),
    FigureDefinition(
        "chat_response", ("chat response", "ответ в чате"), "message_sent", "text_painted", "ms",
        ("From sending the typed message until the frame after the first visible text entered the page.",
         "От отправки сообщения до кадра, в котором на странице появился первый текст ответа."),
        "thinking.chat", "chat",
    ),
    FigureDefinition(
        "message_to_voice", ("message to voice", "от сообщения до голоса"), "message_sent", "playback_started", "ms",
        ("From sending the typed message until the first audible sample of the reply at the output device.",
         "От отправки сообщения до первого слышимого звука ответа на устройстве вывода."),
        "speaking.window_ms", "chat",
    ),
    FigureDefinition(
        "interruption", ("interruption", "перебивание"), "barge_in", "playback_stopped", "ms",
        ("From the moment your voice began over the reply until the reply was silent.",
         "От начала вашего голоса поверх ответа до того, как ответ замолчал."),
        "listening.onset_frames",
    ),
)  # fmt: skip
"""Every figure of a turn that is a stretch of time. Rates are in `rates.py`."""

BY_NAME = {definition.name: definition for definition in FIGURES}


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of one turn, or why there is none."""

    ms: float | None
    """The value (ms); None when it could not be taken."""
    error_ms: float | None
    """Half width of its uncertainty (ms): both marks' own, and every loop stall it overlaps. None without a value."""
    estimated: bool
    """True when one of its marks was derived and not seen."""
    reason: str
    """Why there is no value, or empty."""


def figure(record: TurnRecord, name: str) -> Figure:
    """The figure `name` of this turn. Raises `KeyError` for a name that is not in `FIGURES`.

    A typed turn has no VAD, STT or voice figures ('typed'), a spoken one no chat response ('spoken'); a turn released by key
    has no VAD pause; what happens inside a live model cannot be seen. A missing mark, a speech mark that does not say how much
    silence precedes its sound, and a difference that is negative give no value, and the reason says which.
    """
    definition = BY_NAME[name]
    reason = _not_applicable(record, definition)
    if reason:
        return _none(reason)
    start, end = record.marks.get(definition.from_mark), record.marks.get(definition.to_mark)
    if start is None or end is None:
        return _none(_missing(record, definition.from_mark if start is None else definition.to_mark))
    duration_ns = end.at_ns - start.at_ns
    if duration_ns < 0:
        return _none(f"impossible: {end.name} is {-duration_ns / 1e6:.1f} ms before {start.name}")
    if name == "tts_start":
        if mark_number(end, "lead_silence_ms") is None:
            return _none("tts_first_sound does not say how much silence precedes the sound")
        duration_ns += mark_ns(end, "lead_silence_ms")
    error_ns = pair_error_ns(record, start, end)
    return Figure(duration_ns / 1e6, error_ns / 1e6, start.estimated or end.estimated, "")


def figures(record: TurnRecord) -> dict[str, Figure]:
    """All figures of a turn, by name, in the order of `FIGURES`."""
    return {definition.name: figure(record, definition.name) for definition in FIGURES}


def at_least_ms(record: TurnRecord, name: str) -> float | None:
    """For a turn that timed out before the figure's second mark: how long it had waited by then (ms), else None.

    The turn was ended because its limit had passed, so the figure is at least this. Nothing can be said when the figure's
    first mark is missing too.
    """
    definition = BY_NAME[name]
    start = record.marks.get(definition.from_mark)
    if record.outcome != "timed_out" or record.ended_ns is None or start is None or definition.to_mark in record.marks:
        return None
    if _not_applicable(record, definition) or record.ended_ns < start.at_ns:
        return None
    return (record.ended_ns - start.at_ns) / 1e6


def stall_overlap_ns(record: TurnRecord, from_ns: int, until_ns: int) -> int:
    """How much of [from, until] our own loop was late (ns)."""
    return sum(max(0, min(end, until_ns) - max(begin, from_ns)) for begin, end in record.stalls)


def pair_error_ns(record: TurnRecord, start: Marked, end: Marked) -> int:
    """Uncertainty of the stretch between two marks (ns): theirs, plus the loop stalls within."""
    return start.error_ns + end.error_ns + stall_overlap_ns(record, start.at_ns, end.at_ns)


def key_released(record: TurnRecord) -> bool:
    """True when the user's key ended the turn, and no pause was waited for."""
    return "key_released" in record.strata


def live(record: TurnRecord) -> bool:
    """True for speech-to-speech models: stratum `live`."""
    return "live" in record.strata


def _not_applicable(record: TurnRecord, definition: FigureDefinition) -> str:
    if record.input == "typed" and definition.stage in ("vad", "stt", "voice"):
        return "typed"
    if record.input != "typed" and definition.stage == "chat":
        return "spoken"
    if definition.stage == "vad" and key_released(record):
        return "released by key"
    if definition.stage == "model" and live(record):
        return "inside the model"
    return ""


def _missing(record: TurnRecord, mark: str) -> str:
    if record.outcome is None:
        return f"no {mark} yet"
    stage = f" at {record.stage}" if record.stage and record.outcome in ("failed", "timed_out") else ""
    code = f" ({record.reason})" if record.reason else ""
    return f"no {mark}: {record.outcome}{stage}{code}"


def _none(reason: str) -> Figure:
    return Figure(None, None, False, reason)
