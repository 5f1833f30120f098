"""The order of a run. The unit is a block, in which every configuration gets the same input once, in shuffled order.

Runs of A and then of B crown a false winner when anything drifts; interleaved blocks do not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

WARM_UP_BLOCK = -1
"""Block number of warm-ups: they belong to none."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One configuration gets one input."""

    configuration: str
    """Its name in the run: a column letter or a preset id."""
    input: str
    """Input id."""
    block: int
    """0, 1, 2 …; −1 for a warm-up."""
    warm_up: bool
    """Run and kept, but in no figure."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole run, decided before it begins."""

    id: str
    """Experiment id."""
    configurations: tuple[str, ...]
    """Names of the configurations, in the order given."""
    inputs: tuple[str, ...]
    """Ids of the measured inputs, in the order given."""
    repeat: int
    """How often each input is given to each configuration."""
    seed: int
    """The same seed gives the same order."""
    slots: tuple[Slot, ...]
    """What runs, in this order: warm-ups first, then the blocks."""

    @property
    def blocks(self) -> int:
        """Number of blocks."""
        return self.repeat * len(self.inputs)

    def as_data(self) -> dict[str, Any]:
        """Plain data for `ExperimentStarted.plan`; the slots follow from it."""
        return {
            "configurations": list(self.configurations), "inputs": list(self.inputs), "repeat": self.repeat, "seed": self.seed,
            "warm_up": next((slot.input for slot in self.slots if slot.warm_up), None),
        }  # fmt: skip


def make_plan(
    *, id: str, configurations: Sequence[str], inputs: Sequence[str], repeat: int, seed: int, warm_up: str | None = None
) -> Plan:
    """Plan `repeat` × `inputs` blocks after one warm-up per configuration. Deterministic by seed.

    `warm_up` is the input to warm up with; by default one that differs from the first measured input, when there is one, so
    that no cache has seen that one. The inputs of each repetition come in shuffled order too. Raises `ValueError` without
    configurations or inputs, when a name comes twice, or when `repeat` is below 1.
    """
    if not configurations or not inputs or repeat < 1:
        raise ValueError("a plan needs configurations, inputs and at least one repetition")
    if len(set(configurations)) < len(configurations) or len(set(inputs)) < len(inputs):
        raise ValueError("configurations and inputs must have different names")
    random = np.random.default_rng(seed)
    order = [item for _ in range(repeat) for item in _shuffled(inputs, random)]
    first = order[0]
    warm = warm_up if warm_up is not None else next((item for item in inputs if item != first), first)
    slots = [Slot(name, warm, WARM_UP_BLOCK, True) for name in _shuffled(configurations, random)]
    for block, item in enumerate(order):
        slots += [Slot(name, item, block, False) for name in _shuffled(configurations, random)]
    return Plan(id, tuple(configurations), tuple(inputs), repeat, seed, tuple(slots))


def _shuffled(names: Sequence[str], random: np.random.Generator) -> list[str]:
    return [names[int(index)] for index in random.permutation(len(names))]
