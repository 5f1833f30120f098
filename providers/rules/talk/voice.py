"""Choosing among ways to say something: never what was said before while something fresh is left, and never at random."""

import hashlib
from collections.abc import Iterable, Sequence

from providers.rules.talk.text import bare, capital, sentences

_MASK = (1 << 64) - 1
_STEP, _ADD = 6364136223846793005, 1442695040888963407  # Knuth's MMIX generator: a new number for each choice of one reply
_SHORT_CHARS = 6
"""A sentence this short ('Yes.') may come again."""
_RECENT = 150
"""So many replies back, a sentence counts as said."""


def seed_of(parts: Iterable[str]) -> int:
    """A number that is the same in every process for the same texts (`hash()` is not)."""
    digest = hashlib.blake2b(digest_size=8)
    for part in parts:
        digest.update(part.encode("utf-8", "surrogatepass"))
        digest.update(b"\x00")
    return int.from_bytes(digest.digest(), "big")


class Voice:
    """What has been said so far in this conversation, and the choice of what to say next."""

    __slots__ = ("_replies", "_seed", "_said")

    def __init__(self, seed: int, replies: Sequence[str]) -> None:
        """`replies`: what the assistant has said so far, oldest first."""
        self._seed = seed
        said = [[bare(sentence) for sentence in sentences(reply)] for reply in replies[-_RECENT:]]
        self._replies = frozenset(" ".join(parts) for parts in said)
        self._said: tuple[str, ...] = tuple(sentence for parts in said for sentence in parts)

    def pick(self, variants: Sequence[str], /, **fill: str) -> str:
        """One of the variants, its {fields} filled in: the least used one; among equals the conversation decides."""
        self._seed = (self._seed * _STEP + _ADD) & _MASK
        uses = [self._uses(variant, fill) for variant in variants]
        fewest = min(uses)
        best = [variant for variant, count in zip(variants, uses, strict=True) if count == fewest]
        return capital(best[(self._seed >> 32) % len(best)].format(**fill))

    def fresh(self, variants: Sequence[str], /, **fill: str) -> bool:
        """One of the variants has not been used yet."""
        return any(self._uses(variant, fill) == 0 for variant in variants)

    def used(self, variants: Sequence[str]) -> int:
        """How many of the variants have been used in this conversation."""
        return sum(self._uses(variant, {}) > 0 for variant in variants)

    def chance(self, one_in: int) -> bool:
        """True for one conversation in `one_in`: variety that is the same each time."""
        self._seed = (self._seed * _STEP + _ADD) & _MASK
        return (self._seed >> 32) % one_in == 0

    def has_said(self, reply: str) -> bool:
        """Exactly this whole reply has been given before."""
        return " ".join(bare(sentence) for sentence in sentences(reply)) in self._replies

    def _uses(self, variant: str, fill: dict[str, str]) -> int:
        """How often a sentence that begins like this variant was said; the very same sentence weighs far more."""
        head = bare(variant.partition("{")[0])
        if len(head) <= _SHORT_CHARS:
            head = "" if "{" in variant else head
        whole = (
            [bare(sentence) for sentence in sentences(variant.format(**fill))]
            if fill
            else [bare(sentence) for sentence in sentences(variant) if "{" not in sentence]
        )
        first = whole[0] if whole else head
        count = 0
        for said in self._said:
            if said in whole and len(said) > _SHORT_CHARS:
                count += 100
            elif head and "{" in variant and said.startswith(head) or said == first:
                count += 1
        return count
