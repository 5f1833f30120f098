"""The examiner of a task simulation: presents a task with all of its material, and comments on the answer by what is in it.

No points: those come with the report. What an answer asks of the examiner is text like any other.
"""

import re
from collections.abc import Sequence

from providers.base import ChatRequest, Message
from providers.rules.examination.block import TaskBlock, answer_in, task_block
from providers.rules.examination.words import LINES, minutes_shown
from providers.rules.interview.answers import Answer, weigh
from providers.rules.talk.dialogue import Heard
from providers.rules.talk.text import clip
from providers.rules.talk.voice import Voice, seed_of

READ_HEAD_CHARS, READ_TAIL_CHARS = 6000, 2000
"""Of a longer answer these are read: some 20 ms of work."""
_LONGEST_QUOTE = 90
_REMEMBERED = ("number", "steps", "reason", "risk", "people")
"""What the next question takes up of the last answer, the first that is there."""
_PRAISED = ("number", "reason", "steps", "risk", "result", "people", "own")
_LOOKED_FOR = ("reason", "number", "steps", "risk", "people")
"""What a good answer has, in the order in which it is asked for."""
_SENTENCE_END = re.compile(r"[.!?…\n]+")
_LIST_NUMBER = re.compile(r"(?<![^\s.;:])\d{1,2}[.)](?=\s)")
_LEADING = re.compile(r"^[-–—•*#>|\s]*(?:\d{1,2}[.)]\s+)?")


def reply(request: ChatRequest) -> str | None:
    """The question or the feedback that the system prompt asks for; None when it holds no task block. Never raises."""
    system = "\n\n".join(message.text for message in request.messages if message.role == "system")
    block = task_block(system)
    if block is None:
        return None
    language = "ru" if request.language == "ru" else "en"
    said = [message.text for message in request.messages if message.role == "assistant"]
    voice = Voice(seed_of([block.title, str(block.order), *(clip(text) for text in said)]), said)
    answers = _answers(request.messages)
    if block.step == "question":
        return _question(block, answers, voice, language)
    return _feedback(answers[-1] if answers else "", voice, language)


def _answers(messages: Sequence[Message]) -> list[str]:
    """The candidate's answers, oldest first; an empty one is empty."""
    found = [answer_in(message.text) for message in messages if message.role == "user"]
    return ["" if answer in _NOTHING else answer for answer in found if answer is not None]


_NOTHING = frozenset({"(no answer)", "(ответа нет)"})


def _question(block: TaskBlock, answers: list[str], voice: Voice, language: str) -> str:
    """Lead-in, what the last answer had, description, material, time."""
    words = LINES[language]
    kind = "only" if block.of == 1 else "first" if block.order == 1 else "last" if block.order == block.of else "next"
    opening = [voice.pick(words[kind], title=block.title, order=str(block.order), of=str(block.of))]
    if answers:
        opening.append(voice.pick(words[f"after_{_remembered(answers[-1])}"]))
    parts = [" ".join(opening), block.description.strip()]
    if block.material.strip():
        parts += [voice.pick(words["material"]), block.material.strip("\n")]
    if block.minutes is not None:
        parts.append(voice.pick(words["time"], minutes=minutes_shown(block.minutes, language)))
    return "\n\n".join(parts)


def _remembered(answer: str) -> str:
    if not answer.strip():
        return "nothing"
    weighed = _weighed(answer)
    if weighed.vague:
        return "vague"
    return next((mark for mark in _REMEMBERED if mark in weighed.marks), "plain")


def _feedback(answer: str, voice: Voice, language: str) -> str:
    """What is in the answer, with its own words; what it lacks most; and that rules said so."""
    words = LINES[language]
    if not answer.strip():
        return f"{voice.pick(words['nothing'])} {words['by_rules'][0]}"
    weighed = _weighed(answer)
    if weighed.vague:
        praise = voice.pick(words["vague"], quote=_quote(answer, ""))
    else:
        mark = next((each for each in _PRAISED if each in weighed.marks), "plain")
        praise = voice.pick(words[f"good_{mark}"], quote=_quote(answer, mark))
    lacking = next((each for each in _LOOKED_FOR if each not in weighed.marks), None)
    return " ".join((praise, voice.pick(words[f"lacks_{lacking}" if lacking else "complete"]), words["by_rules"][0]))


def _weighed(answer: str) -> Answer:
    """By what is said; the numbers of a list are no figures."""
    return weigh(Heard(_LIST_NUMBER.sub(" ", clip(answer, READ_HEAD_CHARS, READ_TAIL_CHARS))))


def _quote(answer: str, mark: str) -> str:
    """The first sentence that has the mark, else the first one; cut after a word when it is long."""
    found = _SENTENCE_END.split(clip(answer, READ_HEAD_CHARS, READ_TAIL_CHARS), maxsplit=60)
    plain = [" ".join(_LEADING.sub("", each).split()) for each in found]
    sentences = [each for each in plain if any(char.isalnum() for char in each)]
    if not sentences:
        return "…"
    best = next((each for each in sentences if mark in _weighed(each).marks), sentences[0])
    best = best.replace("“", "'").replace("”", "'").replace("«", "'").replace("»", "'")
    return best if len(best) <= _LONGEST_QUOTE else f"{best[:_LONGEST_QUOTE].rsplit(' ', 1)[0]} …"
