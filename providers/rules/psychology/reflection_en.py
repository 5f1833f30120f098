"""Giving a statement back in the second person: 'i feel lost without my dog' → 'you feel lost without your dog'."""

import re

from providers.rules.talk.text import word_set

MOST_WORDS = 17
"""A longer statement is cut at its last joint; nobody wants to hear a paragraph read back."""

_LEADING = re.compile(
    r"^(um|uh|er|erm|oh|ah|well|so|and|but|because|yes|yeah|no|okay|ok|like|actually|basically|honestly|maybe|anyway|then"
    r"|you know|i mean|i guess|i suppose|the thing is( that)?|it is just that|to be honest|hello|hi|good (morning|evening"
    r"|afternoon))\s+"
)
_INSIDE = re.compile(r"\b(you know|kind of|sort of|i mean|um|uh|er)\b")
_QUESTION = re.compile(
    r"^(what|why|how|who|when|where|which|do|does|did|can|could|should|would|will|is|are|am|was|were|have|has|may|shall)\b"
)
_REQUEST = re.compile(r"^(please|tell|give|help|show|let|stop|say|call|talk|explain)\b")
_CLAUSE_END = re.compile(r"[.;:!?…]+")
_JOINTS = frozenset(
    {"and", "but", "because", "since", "when", "so", "although", "though", "while", "if", "unless", "until", "or"}
)
_UNFINISHED = _JOINTS | {"the", "a", "an", "my", "very", "then"}
"""Nobody ends a sentence with these."""
_DANGLING = _UNFINISHED | word_set("to of i that with at in on for is are am it just as by from about like")
"""Where we cut a sentence ourselves, it does not end with these either."""
_ADVERBS = frozenset(
    {"never", "always", "also", "really", "just", "often", "still", "even", "once", "only", "so", "probably", "actually"}
)
_SWAP = {
    "i": "you",
    "me": "you",
    "my": "your",
    "mine": "yours",
    "myself": "yourself",
    "we": "you",
    "us": "you",
    "our": "your",
    "ours": "yours",
    "ourselves": "yourselves",
    "am": "are",
}
_SUBJECTS = word_set(
    """
    i my we it he she they there this that nobody everyone everybody people everything nothing someone somebody
    sometimes last today yesterday before after the every since when whenever lately recently a an in at his her our
    their things life work one
    """
)
_HAD = re.compile(r"\bwould (been|better|never been|had)\b")
_HAS = re.compile(r"\b(it|he|she|that) is (been|got|become|gone)\b")


def reflect(plain_text: str) -> str | None:
    """The first statement of a plain text, turned towards the speaker, without capital and full stop; None if none is safe."""
    for clause in _CLAUSE_END.split(_HAS.sub(r"\1 has \2", _HAD.sub(r"had \1", plain_text))):
        turned = _turn(clause)
        if turned is not None:
            return turned
    return None


def _turn(clause: str) -> str | None:
    clause = _INSIDE.sub(" ", clause).replace(",", " , ").strip(" ,")
    while True:
        shorter = _LEADING.sub("", clause).lstrip(" ,")
        if shorter == clause:
            break
        clause = shorter
    if _QUESTION.match(clause) or _REQUEST.match(clause):
        return None
    words = _cut(clause.split())
    if len([word for word in words if word != ","]) < 3 or words[0] not in _SUBJECTS:
        return None
    if any(word in {"you", "your", "yours", "yourself"} for word in words):
        return None
    if not {"i", "my", "me", "we", "our", "us"} & set(words):
        return None
    return " ".join(_swap(words, at) for at in range(len(words))).replace(" ,", ",")


def _cut(words: list[str]) -> list[str]:
    """At most MOST_WORDS words, ending where a clause ends."""
    loose = _UNFINISHED
    if len(words) > MOST_WORDS:
        loose = _DANGLING
        joints = [at for at in range(4, MOST_WORDS) if words[at] in _JOINTS or words[at] == ","]
        words = words[: joints[-1]] if joints else []
    while words and (words[-1] in loose or words[-1] == ","):
        words = words[:-1]
    return words


def _swap(words: list[str], at: int) -> str:
    word = words[at]
    if word == "was" and (
        at > 0 and words[at - 1] in {"i", "we"} or at > 1 and words[at - 1] in _ADVERBS and words[at - 2] == "i"
    ):
        return "were"
    return _SWAP.get(word, word)
