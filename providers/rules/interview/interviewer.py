"""The interviewer or examiner: a question, a follow-up on what was said, feedback that rests on what was in the answer."""

import re

from providers.rules.interview.answers import Answer, weigh
from providers.rules.interview.subjects import subjects_in
from providers.rules.interview.words import LINES, MARKS
from providers.rules.talk import assent
from providers.rules.talk.dialogue import Dialogue
from providers.rules.talk.lexicon import sounds_garbled
from providers.rules.talk.persona import Persona
from providers.rules.talk.small_talk import intent_of, unclear
from providers.rules.talk.text import listed

REPORT_EVERY = 6
"""Answers after which feedback on all of them is given unasked."""
_LONGEST_TASK_CHARS = 240

_LOOKED_FOR = ("own", "reason", "number", "result", "risk", "people")
"""What a good answer has, in the order in which it is asked for."""
_PRAISED = ("number", "result", "reason", "steps", "risk", "people", "own")

_TASK = re.compile(
    r"^\W*(?:the )?(?:current )?(?:task|question|assignment|задание|задача|вопрос)(?: (?:no\.?|number|№"
    r"|номер))?\s*\d*\s*[:.–—-]\s*(?P<task>\S.+)$",
    re.IGNORECASE | re.MULTILINE,
)
_ROLE = re.compile(
    r"\b(?:position of(?: an?)?|profession:|role:|для профессии|на должность|профессия:"
    r"|должность:)\s*(?P<role>[^\W\d_][^.,;:\n]{2,40})",
    re.IGNORECASE,
)
_REPORT = re.compile(
    r"\b(how (did|am|was) i (do|doing)?|feedback|final report|my (score|result)|did i pass|assess\w*|evaluat\w* me"
    r"|what do you think of my|как я справ\w+|оцените|оценк\w+|обратн\w+ связ\w+|отзыв|итоговый отчет|какой результат|прош(ел"
    r"|ла) ли я|что скажете о моих)\b"
)
_NEXT = re.compile(
    r"\b(next (question|task|one)|another question|skip|ask me( something)?|let us (start|begin)|start|ready"
    r"|следующ\w+ (вопрос|задан\w+)|дальше|пропуст\w+|начн[её]м|начинай\w*|готов\w?|задавайте)\b"
)
_QUESTION = re.compile(
    r"^(what|why|how|who|which|can|could|do|does|is|are|should) .*\b(you|your|task|question|i|we|it)\b|^(что|какой|какая"
    r"|какие|сколько|можно|почему|а если|кто) |\?$"
)


def reply(talk: Dialogue) -> str:
    """One to three sentences."""
    words, pick, heard = LINES[talk.language], talk.voice.pick, talk.now.heard
    answers = _answers(talk)
    if _REPORT.search(heard.plain):
        return f"{_report(talk, answers[:-1])} {question(talk)}"
    if (task := _task_in(heard.text)) and task not in _asked_tasks(talk):
        return pick(words["task"], t=task)
    if not talk.replies and (len(heard.words) < 6 or _NEXT.search(heard.plain)):
        return _opening(talk)
    if len(heard.words) <= 6 and _NEXT.search(heard.plain):
        return f"{pick(words['plain'])} {_new_question(talk)}"
    if assent.is_unsure(heard.plain) and len(heard.words) <= 8:
        return f"{pick(words['unsure'])} {pick(words['more'])}"
    if len(heard.words) <= 3 and (assent.says_yes(heard.plain) or assent.says_no(heard.plain)):
        return pick(words["yes_no"])
    if sounds_garbled(heard):
        return unclear(talk)
    if _QUESTION.search(heard.plain) and len(heard.words) <= 14:
        return f"{pick(words['asked_back'])} {pick(words['more'])}"
    return _follow_up(talk, answers)


def question(talk: Dialogue) -> str:
    """The question to come back to."""
    return _opening(talk) if not talk.replies else _new_question(talk)


def _answers(talk: Dialogue) -> list[Answer]:
    """The messages that are answers, weighed; the last one is the message to be answered now."""
    weighed = [weigh(turn.heard) for turn in talk.turns[:-1] if intent_of(turn.heard.plain) is None]
    return [*weighed, weigh(talk.now.heard)]


def _follow_up(talk: Dialogue, answers: list[Answer]) -> str:
    """Feedback in a few words, then a question about what was said, or about what is missing in it."""
    words, pick, now = LINES[talk.language], talk.voice.pick, answers[-1]
    if len(answers) % REPORT_EVERY == 0:
        return f"{_report(talk, answers)} {_new_question(talk)}"
    feedback = pick(words["vague"]) if now.vague else _feedback(talk, now)
    for subject in subjects_in(talk.now.heard.plain):
        if talk.voice.fresh(subject.questions(talk.language)) and talk.voice.used(subject.questions(talk.language)) < 2:
            return f"{feedback} {pick(subject.questions(talk.language))}"
    if now.vague:
        return f"{feedback} {pick(words['more'])}"
    lacking = [mark for mark in _LOOKED_FOR if mark not in now.marks and talk.voice.fresh(words[f"ask_{mark}"])]
    if lacking and (len(answers) % 3 or len(lacking) == len(_LOOKED_FOR)):
        return f"{feedback} {pick(words[f'ask_{lacking[0]}'])}"
    return f"{feedback} {_new_question(talk)}"


def _feedback(talk: Dialogue, now: Answer) -> str:
    words = LINES[talk.language]
    for mark in _PRAISED:
        if mark in now.marks and talk.voice.fresh(words[f"good_{mark}"]):
            return talk.voice.pick(words[f"good_{mark}"])
    return talk.voice.pick(words["plain"])


def _opening(talk: Dialogue) -> str:
    """The task of the prompt, else an invitation to tell about a project."""
    words = LINES[talk.language]
    if task := _task_in(talk.system.text):
        return talk.voice.pick(words["task"], t=task)
    if role := _ROLE.search(talk.system.text):
        return talk.voice.pick(words["welcome_role"], role=role["role"].strip())
    return talk.voice.pick(words["welcome"])


def _new_question(talk: Dialogue) -> str:
    """The next task of the prompt that was not asked yet, else a question about other work."""
    words, asked = LINES[talk.language], _asked_tasks(talk)
    for match in _TASK.finditer(talk.system.text):
        task = _trimmed(match["task"])
        if task not in asked:
            return talk.voice.pick(words["task"], t=task)
    return talk.voice.pick(words["ask_project"])


def _task_in(text: str) -> str | None:
    match = _TASK.search(text)
    return _trimmed(match["task"]) if match else None


def _asked_tasks(talk: Dialogue) -> set[str]:
    """Tasks of the prompt and of messages that our replies have quoted."""
    tasks = [
        _trimmed(match["task"])
        for heard in (talk.system, *(turn.heard for turn in talk.turns))
        for match in _TASK.finditer(heard.text)
    ]
    return {task for task in tasks if any(task in said for said in talk.replies)}


def _trimmed(task: str) -> str:
    task = " ".join(task.split()).rstrip(" .!?")
    return task if len(task) <= _LONGEST_TASK_CHARS else task[:_LONGEST_TASK_CHARS].rsplit(" ", 1)[0]


def _report(talk: Dialogue, answers: list[Answer]) -> str:
    """Feedback on everything so far: what was in most answers, and what was hardly ever in one."""
    words, names = LINES[talk.language], MARKS[talk.language]
    solid = [answer for answer in answers if not answer.vague]
    if not solid:
        return talk.voice.pick(words["report_empty"])
    share = {mark: sum(mark in answer.marks for answer in solid) / len(solid) for mark in _PRAISED}
    best = sorted(_PRAISED, key=lambda mark: -share[mark])
    strong = [mark for mark in best[:2] if share[mark] > 0]
    weak = [mark for mark in reversed(best) if share[mark] < 0.5 and mark not in strong][:2]
    if not strong:
        return talk.voice.pick(words["report_empty"])
    if not weak:
        return talk.voice.pick(words["report_all_good"])
    good, gap = ([names[mark] for mark in marks] for marks in (strong, weak))
    return talk.voice.pick(words["report"], good=listed(good, talk.language), gap=listed(gap, talk.language))


INTERVIEWER = Persona(
    name="interviewer",
    role={"en": "an interviewer", "ru": "экзаменатор на собеседовании"},
    welcome=_opening,
    farewell={language: lines["farewell"] for language, lines in LINES.items()},
    reply=reply,
    question=question,
)
