"""What an answer is about, with follow-up questions for each subject."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subject:
    """A part of working life and what an interviewer asks about it."""

    key: str
    heard: re.Pattern[str]
    en: tuple[str, ...]
    ru: tuple[str, ...]

    def questions(self, language: str) -> tuple[str, ...]:
        """Follow-up questions in one language."""
        return self.ru if language == "ru" else self.en


def _subject(key: str, heard: str, en: tuple[str, ...], ru: tuple[str, ...]) -> Subject:
    return Subject(key, re.compile(rf"\b({heard})"), en, ru)


SUBJECTS: tuple[Subject, ...] = (
    _subject(
        "supplier",
        r"suppl(ier|iers|y)\b|vendor\w*|contractor\w*|deliver(y|ies|s)\b|поставщик\w*|поставк\w*|подрядчик\w*",
        (
            "When would you notice that the supplier is late?",
            "What is your second source if the supplier fails?",
            "What do you put into the contract with a supplier like that?",
        ),
        (
            "Когда вы заметите, что поставщик опаздывает?",
            "Какой у вас запасной вариант, если поставщик подведёт?",
            "Что вы пропишете в договоре с таким поставщиком?",
        ),
    ),
    _subject(
        "client",
        r"clients?\b|customers?\b|user\b|users\b|клиент\w*|заказчик\w*|пользовател\w*",
        (
            "What exactly would you say to the client first?",
            "How do you find out what the client really needs?",
            "What do you do when the client says no?",
        ),
        (
            "Что именно вы скажете клиенту сначала?",
            "Как вы узнаете, что клиенту нужно на самом деле?",
            "Что вы сделаете, если клиент откажет?",
        ),
    ),
    _subject(
        "deadline",
        r"deadlines?\b|late\b|delay\w*|schedule\w*|on time|weeks?\b|срок\w*|дедлайн\w*|опозда\w+|задерж\w+|график\w*",
        (
            "What would you cut first to keep the date?",
            "Who learns about the delay, and when?",
            "How did you estimate the time?",
        ),
        ("Чем вы пожертвуете в первую очередь, чтобы успеть?", "Кто и когда узнает о задержке?", "Как вы оценивали сроки?"),
    ),
    _subject(
        "risk",
        r"risks?\b|danger|риск\w*|угроз\w*",
        (
            "How likely is that risk, and what would it cost?",
            "What is the earliest sign of that risk?",
            "Who owns that risk in your plan?",
        ),
        (
            "Насколько вероятен этот риск и чего он будет стоить?",
            "Какой первый признак этого риска?",
            "Кто в вашем плане отвечает за этот риск?",
        ),
    ),
    _subject(
        "team",
        r"teams?\b|colleagues?\b|developers?\b|people\b|staff|команд\w*|коллег\w*|сотрудник\w*|разработчик\w*|люд(и|ей|ьми)\b",
        (
            "How did you divide the work in the team?",
            "What do you do when someone in the team disagrees?",
            "How do you keep the team informed?",
        ),
        (
            "Как вы распределили работу в команде?",
            "Что вы делаете, когда кто-то в команде не согласен?",
            "Как команда узнаёт о положении дел?",
        ),
    ),
    _subject(
        "conflict",
        r"conflict\w*|disagree\w*|argu(e|ed|ment)\b|difficult person|конфликт\w*|спор\w*|не соглас\w+|поссор\w+",
        ("What did the other side want, in their own words?", "How did it end, and what would you repeat?"),
        ("Чего хотела другая сторона, их собственными словами?", "Чем это кончилось и что вы повторили бы?"),
    ),
    _subject(
        "budget",
        r"budgets?\b|money|costs?\b|expens\w+|бюджет\w*|деньг\w*|затрат\w*|стоимост\w*|расход\w*",
        (
            "How big was the budget, and who decided about it?",
            "Where did the money go, roughly?",
            "What would you do with half the budget?",
        ),
        ("Каков был бюджет и кто им распоряжался?", "На что примерно ушли деньги?", "Что вы сделали бы с половиной бюджета?"),
    ),
    _subject(
        "data",
        r"data\b|sql\b|query|queries|dashboards?\b|reports?\b|excel|metrics?\b|analy\w+|данн\w+|запрос\w*|отч[её]т\w*"
        r"|дашборд\w*|метрик\w*|анали\w+",
        (
            "How did you check that the data were right?",
            "Which single figure would you show first, and why?",
            "What did the data not tell you?",
        ),
        ("Как вы проверили, что данные верны?", "Какую одну цифру вы покажете первой и почему?", "Чего данные вам не сказали?"),
    ),
    _subject(
        "incident",
        r"bugs?\b|incidents?\b|outages?\b|errors?\b|crash\w*|tickets?\b|broke(n)?\b|баг\w*|инцидент\w*|сбо(й|и|я|ев)\b"
        r"|ошибк\w*|заявк\w*|тикет\w*|сломал\w*",
        (
            "What did you check first, and what second?",
            "How did you know that it was really fixed?",
            "What did you tell the people who were waiting?",
        ),
        (
            "Что вы проверили сначала, а что потом?",
            "Как вы поняли, что это действительно исправлено?",
            "Что вы сказали тем, кто ждал?",
        ),
    ),
    _subject(
        "test",
        r"test(s|ed|ing)?\b|quality|тест\w*|качеств\w*|проверял\w*",
        ("What could your tests not find?", "Who decides that the quality is good enough?"),
        ("Чего ваши тесты не могли найти?", "Кто решает, что качество достаточное?"),
    ),
    _subject(
        "plan",
        r"plan(s|ned|ning)?\b|roadmap|strategy|план\w*|стратеги\w*|спланир\w+",
        (
            "What would make you change that plan?",
            "Which step of the plan comes first, and why that one?",
            "How do you know that the plan works?",
        ),
        (
            "Что заставило бы вас изменить этот план?",
            "Какой шаг плана первый и почему именно он?",
            "По чему вы увидите, что план работает?",
        ),
    ),
    _subject(
        "mistake",
        r"mistakes?\b|fail(ed|ure|ures)?\b|wrong\b|regret|промах\w*|неудач\w*|провал\w*|неправильно",
        ("What did you change after that mistake?", "When did you notice it, and what gave it away?"),
        ("Что вы изменили после этой ошибки?", "Когда вы это заметили и что её выдало?"),
    ),
)


def subjects_in(plain_text: str) -> list[Subject]:
    """The subjects of an answer, in the table's order."""
    return [subject for subject in SUBJECTS if subject.heard.search(plain_text)]
