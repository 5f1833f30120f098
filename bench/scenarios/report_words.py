"""The words around a report, in both languages."""

from bench.events.trial_kinds import ScoredBy
from bench.scenarios.profession import Language

WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "report": "Report",
        "total": "Total",
        "of": "of",
        "no_total": "No total: {scored} of {criteria} criteria could be scored.",
        "partial": "Mean over what could be scored: {percent}.",
        "task": "Task",
        "criterion": "Criterion",
        "points": "Points (0–5)",
        "weight": "Weight",
        "reason": "Reason",
        "quotes": "Quoted from the answer",
        "strengths": "Strengths",
        "gaps": "Gaps",
        "none": "none",
        "not_scored": "not scored",
        "expired": "The time ran out; what was there was taken.",
        "late": "Received {seconds} s after the deadline.",
        "empty": "No answer was given.",
        "picture": "Points by criterion",
        "summary": "Summary",
        "made": "Made {when} (UTC), model: {model}.",
        "method": "How it was scored",
        "total_rule": (
            "A task's result is the mean of its criteria by weight; the total is the mean of the tasks. Both are computed by"
            " the program, never by a model."
        ),
        "quote_rule": "Every quote was checked: it stands in the answer.",
    },
    "ru": {
        "report": "Отчёт",
        "total": "Итог",
        "of": "из",
        "no_total": "Итога нет: удалось оценить {scored} из {criteria} критериев.",
        "partial": "Среднее по тому, что удалось оценить: {percent}.",
        "task": "Задание",
        "criterion": "Критерий",
        "points": "Баллы (0–5)",
        "weight": "Вес",
        "reason": "Обоснование",
        "quotes": "Цитаты из ответа",
        "strengths": "Сильные стороны",
        "gaps": "Пробелы",
        "none": "нет",
        "not_scored": "не оценено",
        "expired": "Время вышло; взято то, что было написано.",
        "late": "Получено через {seconds} с после срока.",
        "empty": "Ответа нет.",
        "picture": "Баллы по критериям",
        "summary": "Вывод",
        "made": "Составлен {when} (UTC), модель: {model}.",
        "method": "Как оценивалось",
        "total_rule": (
            "Результат задания — среднее по критериям с учётом веса, итог — среднее по заданиям. Их считает программа, а не"
            " модель."
        ),
        "quote_rule": "Каждая цитата проверена: она стоит в ответе.",
    },
}

SCORED_BY: dict[Language, dict[ScoredBy, str]] = {
    "en": {
        "model": "scored by the language model",
        "rules": "scored by fixed rules",
        "could not be scored": "could not be scored",
    },
    "ru": {
        "model": "оценила языковая модель",
        "rules": "оценено по правилам",
        "could not be scored": "оценить не удалось",
    },
}

REASONS: dict[Language, dict[str, str]] = {
    "en": {
        "empty_reply": "The model gave an empty judgement, twice.",
        "malformed": "The model gave no judgement that could be used, twice.",
        "incomplete": "The model's judgement was not whole, also when asked again.",
    },
    "ru": {
        "empty_reply": "Модель дважды не дала никакой оценки.",
        "malformed": "Модель дважды не дала пригодной оценки.",
        "incomplete": "Оценка модели неполна, в том числе после повторной просьбы.",
    },
}


def figure(value: float, language: Language, digits: int = 1) -> str:
    """'72.5', «72,5», without a closing zero."""
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return text.replace(".", ",") if language == "ru" else text


def percent(value: float, language: Language) -> str:
    """'72.5 %'."""
    return f"{figure(value, language)}\N{NO-BREAK SPACE}%"
