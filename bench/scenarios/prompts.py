"""What the model is asked in a trial: the profession's prompt, the rules, the current task in a stated form, the history.

History: every finished task is a question, an answer and its feedback. From the newest back they go in whole while they fit
`HISTORY_CHARS`; older ones go in with their title instead of the question and the beginning and end of the answer; once even
those exceed `HISTORY_CHARS` again, the oldest are left out, and the model is told how many.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from bench.scenarios.profession import Language, Task
from bench.scenarios.prompts_words import WORDINGS, Wording
from bench.scenarios.trial_pieces import WrittenStep
from bench.scenarios.trial_state import TaskState, TrialState
from providers.base import Message

HISTORY_CHARS = 24_000
"""Some 6,000 to 10,000 tokens: a fraction of any present context, and of its price."""
HEAD_CHARS, TAIL_CHARS = 500, 200
"""What is kept of an older answer."""
BATCH_CHARS = 60_000
"""Answers that are judged in one call (characters); one that is longer has a call of its own."""

_MARK_LINE = re.compile(r"^(?==== |STEP:)", re.MULTILINE)
_TAG = re.compile(r"<(?=/?\s*answer)", re.IGNORECASE)


def question_messages(state: TrialState, task: TaskState) -> tuple[Message, ...]:
    """The request for a task's question."""
    return (Message("system", _system(state, task, "question")), *_alternating(_until_asked(state, task)))


def feedback_messages(state: TrialState, task: TaskState) -> tuple[Message, ...]:
    """The request for feedback on a task's answer, which goes in whole."""
    said = [*_until_asked(state, task), Message("assistant", task.question or ""), Message("user", _answer(state, task))]
    return (Message("system", _system(state, task, "feedback")), *_alternating(said))


def report_messages(state: TrialState, tasks: Sequence[TaskState], schema: dict[str, Any] | None) -> tuple[Message, ...]:
    """The request for a judgement of these tasks. `schema`: put into the prompt, for models that cannot be held to it."""
    words = WORDINGS[state.language]
    blocks = [f"{_block(state, task, ids=True)}\n\n{_answer(state, task)}" for task in tasks]
    parts = [_escaped(state.profession.prompt.text(state.language)), words.rules.format(tag=_tag(state)), words.report]
    if schema is not None:
        parts.append(words.as_json.format(schema=json.dumps(schema, ensure_ascii=False)))
    parts.append("STEP: REPORT")
    return Message("system", "\n\n".join(parts)), Message("user", "\n\n".join([*blocks, words.judge]))


def repair_messages(
    messages: tuple[Message, ...], reply: str, problems: str, language: Language
) -> tuple[Message, ...]:  # fmt: skip
    """The same request again, with what was wrong in the reply."""
    return (*messages, Message("assistant", reply), Message("user", WORDINGS[language].repair.format(problems=problems)))


def batches(tasks: Sequence[TaskState]) -> Iterator[tuple[TaskState, ...]]:
    """The tasks in order, as many at a time as fit one call."""
    batch: list[TaskState] = []
    chars = 0
    for task in tasks:
        size = len(task.answer.text) if task.answer else 0
        if batch and chars + size > BATCH_CHARS:
            yield tuple(batch)
            batch, chars = [], 0
        batch.append(task)
        chars += size
    if batch:
        yield tuple(batch)


# ── the task block ───────────────────────────────────────────────────────────────────────────────────────────────────────
def _system(state: TrialState, task: TaskState, step: WrittenStep) -> str:
    words = WORDINGS[state.language]
    brief = words.question if step == "question" else words.feedback
    if step == "question" and task.order > 1:
        brief = f"{brief} {words.later_question}"
    prompt = _escaped(state.profession.prompt.text(state.language))
    rules = words.rules.format(tag=_tag(state))
    return "\n\n".join((prompt, rules, _block(state, task), f"{brief}\nSTEP: {step.upper()}"))


def _block(state: TrialState, task: TaskState, *, ids: bool = False) -> str:
    """The task in the form that the rulebook reads too. `ids`: with the ids that a judgement has to name."""
    language, it = state.language, task.task
    lines = [f"=== TASK {task.order} of {len(state.tasks)} ==="]
    if ids:
        lines.append(f"TASK ID: {it.id}")
    lines += [f"TITLE: {_line(it.title.text(language))}", f"TIME LIMIT: {it.time_limit_minutes:g} min"]
    lines += ["=== DESCRIPTION ===", _escaped(it.description.text(language))]
    if material := it.material.text(language):
        lines += ["=== MATERIAL ===", _escaped(material)]
    lines += ["=== CRITERIA ===", *_criteria(it, language, ids=ids), "=== END OF TASK ==="]
    return "\n".join(lines)


def _criteria(task: Task, language: Language, *, ids: bool) -> Iterator[str]:
    for criterion in task.criteria:
        name = f"[{criterion.id}] " if ids else ""
        yield f"- {name}{_line(criterion.title.text(language))}: {_line(criterion.looks_for.text(language))}"


def _line(text: str) -> str:
    return " ".join(text.split())


def _escaped(text: str) -> str:
    """A text in which no line can be taken for a mark of the block: such lines are set in by a space."""
    return _MARK_LINE.sub(" ", text)


# ── the history ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def _until_asked(state: TrialState, task: TaskState) -> list[Message]:
    """Everything up to the wish for this task."""
    words, of = WORDINGS[state.language], len(state.tasks)
    said = _history(state, [each for each in state.tasks if each.order < task.order])
    wish = words.begin if task.order == 1 else words.go_on
    return [*said, Message("user", wish.format(order=task.order, of=of))]


def _history(state: TrialState, tasks: Sequence[TaskState]) -> list[Message]:
    words, of = WORDINGS[state.language], len(state.tasks)
    exchanges: list[list[Message]] = []
    whole_chars, short_chars, dropped = 0, 0, 0
    for task in reversed(tasks):
        exchange = _exchange(state, task, whole=True)
        whole_chars += _size(exchange)
        if whole_chars > HISTORY_CHARS:
            exchange = _exchange(state, task, whole=False)
            short_chars += _size(exchange)
        if short_chars > HISTORY_CHARS:
            dropped += 1
        else:
            wish = words.begin if task.order == 1 else words.go_on
            exchanges.append([Message("user", wish.format(order=task.order, of=of)), *exchange])
    told = [Message("user", words.dropped.format(count=dropped))] if dropped else []
    return [*told, *(message for exchange in reversed(exchanges) for message in exchange)]


def _exchange(state: TrialState, task: TaskState, *, whole: bool) -> list[Message]:
    asked = (task.question or "") if whole else task.task.title.text(state.language)
    said = [Message("assistant", asked), Message("user", _answer(state, task, whole=whole))]
    return [*said, *([Message("assistant", task.feedback)] if task.feedback else [])]


def _size(messages: Sequence[Message]) -> int:
    return sum(len(message.text) for message in messages)


def _alternating(messages: Sequence[Message]) -> Iterator[Message]:
    """Neighbours of one role as one message: some models refuse two in a row."""
    waiting: Message | None = None
    for message in messages:
        if waiting is not None and waiting.role == message.role:
            waiting = Message(message.role, f"{waiting.text}\n\n{message.text}")
            continue
        if waiting is not None:
            yield waiting
        waiting = message
    if waiting is not None:
        yield waiting


def _answer(state: TrialState, task: TaskState, *, whole: bool = True) -> str:
    """The candidate's words between marks that nothing in them can close."""
    words = WORDINGS[state.language]
    text = task.answer.text.strip() if task.answer is not None else ""
    text = text if whole else _shortened(text, words)
    tag = _tag(state)
    told = f"{words.expired}\n" if task.answer is not None and task.answer.reason == "expired" else ""
    return f"{told}<{tag}>\n{_TAG.sub('‹', text) or words.nothing}\n</{tag}>"


def _shortened(text: str, words: Wording) -> str:
    left_out = len(text) - HEAD_CHARS - TAIL_CHARS
    if left_out <= 0:
        return text
    return f"{text[:HEAD_CHARS]} {words.cut.format(count=left_out)} {text[-TAIL_CHARS:]}"


def _tag(state: TrialState) -> str:
    """The same through a whole trial, so that vendors can keep the prompt; another one in each trial."""
    return f"answer-{hashlib.sha256(state.trial.encode()).hexdigest()[:8]}"
