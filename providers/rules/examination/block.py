"""The task in a system prompt, in its stated form. All other prompts are none of this package's business.

=== TASK 2 of 5 ===
TITLE: …
TIME LIMIT: 15 min
=== DESCRIPTION ===
…
=== MATERIAL ===          (may be missing)
…
=== CRITERIA ===
- name: what it looks for
=== END OF TASK ===
…
STEP: QUESTION            (or FEEDBACK; last line)
"""

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

Step: TypeAlias = Literal["question", "feedback"]

_STEP = re.compile(r"^STEP: (QUESTION|FEEDBACK)\s*\Z", re.MULTILINE)
_HEAD = re.compile(r"^=== TASK (\d{1,4}) of (\d{1,4}) ===$", re.MULTILINE)
_MARK = re.compile(r"^=== ([A-Z ]+) ===$", re.MULTILINE)
_MINUTES = re.compile(r"^TIME LIMIT: (\d{1,4}(?:\.\d{1,6})?) min$", re.MULTILINE)
_TITLE = re.compile(r"^TITLE: (.+)$", re.MULTILINE)
_CRITERION = re.compile(r"^- (?P<name>[^:\n]+):", re.MULTILINE)
_ANSWER = re.compile(r"^<(answer-[0-9a-f]{8})>\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class TaskBlock:
    """The task, and what is to be written."""

    step: Step
    order: int
    """1, 2, 3 …"""
    of: int
    """How many tasks there are."""
    title: str
    minutes: float | None
    """Time for the answer."""
    description: str
    material: str
    """Empty if there is none."""
    criteria: tuple[str, ...]
    """Their names."""


def task_block(prompt: str) -> TaskBlock | None:
    """The task of a system prompt; None when it holds none in this form. The time grows with the prompt only."""
    step, head = _STEP.search(prompt), _HEAD.search(prompt)
    if step is None or head is None:
        return None
    parts: dict[str, str] = {}
    name, start = "", head.end()
    for mark in _MARK.finditer(prompt, head.end()):
        parts[name] = prompt[start : mark.start()].strip("\n")
        name, start = mark[1], mark.end()
        if name == "END OF TASK":
            break
    title = _TITLE.search(parts.get("", ""))
    if name != "END OF TASK" or title is None or not parts.get("DESCRIPTION", "").strip():
        return None
    minutes = _MINUTES.search(parts[""])
    return TaskBlock(
        step="question" if step[1] == "QUESTION" else "feedback", order=int(head[1]), of=int(head[2]), title=title[1].strip(),
        minutes=float(minutes[1]) if minutes else None, description=parts["DESCRIPTION"], material=parts.get("MATERIAL", ""),
        criteria=tuple(found["name"].strip() for found in _CRITERION.finditer(parts.get("CRITERIA", ""))),
    )  # fmt: skip


def answer_in(message: str) -> str | None:
    """The candidate's words in a user's message; None when it holds none."""
    found = None
    for opening in _ANSWER.finditer(message):
        end = message.find(f"\n</{opening[1]}>", opening.end() - 1)
        found = message[opening.end() : end] if end >= 0 else found
    return found
