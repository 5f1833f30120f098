from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.experiments.plan import WARM_UP_BLOCK, Plan, make_plan

NAMES = st.lists(st.sampled_from("ABCD"), min_size=1, max_size=4, unique=True)
INPUTS = st.lists(st.sampled_from(["haircut", "beard", "plan", "move"]), min_size=1, max_size=4, unique=True)


def plan(configurations: list[str], inputs: list[str], repeat: int, seed: int, warm_up: str | None = None) -> Plan:
    return make_plan(id="e", configurations=configurations, inputs=inputs, repeat=repeat, seed=seed, warm_up=warm_up)


@given(NAMES, INPUTS, st.integers(1, 5), st.integers(0, 2**32))
def test_every_block_gives_the_same_input_to_every_configuration_once(
    names: list[str], inputs: list[str], repeat: int, seed: int
) -> None:
    made = plan(names, inputs, repeat, seed)
    warm = [slot for slot in made.slots if slot.warm_up]
    rest = [slot for slot in made.slots if not slot.warm_up]
    assert made.slots == (*warm, *rest)
    assert sorted(slot.configuration for slot in warm) == sorted(names)
    assert {slot.block for slot in warm} == {WARM_UP_BLOCK}
    assert made.blocks == repeat * len(inputs)
    for block in range(made.blocks):
        here = [slot for slot in rest if slot.block == block]
        assert sorted(slot.configuration for slot in here) == sorted(names)
        assert len({slot.input for slot in here}) == 1
    assert [slot.block for slot in rest] == sorted(slot.block for slot in rest)
    assert Counter(slot.input for slot in rest) == dict.fromkeys(inputs, repeat * len(names))


@given(NAMES, INPUTS, st.integers(0, 2**32))
def test_warming_up_uses_another_input_when_there_is_one(names: list[str], inputs: list[str], seed: int) -> None:
    made = plan(names, inputs, 2, seed)
    warm, first = made.slots[0].input, made.slots[len(names)].input
    assert (warm != first) == (len(inputs) > 1)
    assert plan(names, inputs, 2, seed, warm_up="hello").slots[0].input == "hello"


@given(NAMES, INPUTS, st.integers(0, 2**32))
def test_the_seed_decides_the_order(names: list[str], inputs: list[str], seed: int) -> None:
    assert plan(names, inputs, 3, seed) == plan(names, inputs, 3, seed)


def test_the_order_is_shuffled_without_favour() -> None:
    made = plan(["A", "B"], ["haircut"], 400, seed=7)
    first = [made.slots[2 + 2 * block].configuration for block in range(made.blocks)]
    assert 160 < first.count("A") < 240
    assert plan(["A", "B"], ["haircut"], 20, seed=7).slots != plan(["A", "B"], ["haircut"], 20, seed=8).slots


def test_what_is_written_down() -> None:
    assert plan(["A", "B"], ["haircut", "plan"], 3, seed=1).as_data() == {
        "configurations": ["A", "B"],
        "inputs": ["haircut", "plan"],
        "repeat": 3,
        "seed": 1,
        "warm_up": plan(["A", "B"], ["haircut", "plan"], 3, seed=1).slots[0].input,
    }


@pytest.mark.parametrize(
    ("names", "inputs", "repeat"), [([], ["a"], 1), (["A"], [], 1), (["A"], ["a"], 0), (["A", "A"], ["a"], 1)]
)
def test_plans_that_make_no_sense(names: list[str], inputs: list[str], repeat: int) -> None:
    with pytest.raises(ValueError, match=r"plan needs|different names"):
        plan(names, inputs, repeat, 0)
