"""Running a plan: block by block, one configuration at a time, each input in a fresh conversation."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from bench.clock import Clock
from bench.configuration import Configuration
from bench.events.kinds import ExperimentEnded, ExperimentStarted
from bench.experiments.plan import Plan, Slot
from bench.turn.conversation import Conversation
from bench.turn.feed import Recording
from bench.turn.playing import play_to
from bench.turn.recorder import EventSink


@dataclass(frozen=True, slots=True)
class TypedInput:
    """A message to be typed."""

    id: str
    text: str


class Contestant(Protocol):
    """One configuration that takes part, ready to talk."""

    @property
    def configuration(self) -> Configuration: ...

    def converse(self, experiment: str, block: int, warm_up: bool) -> AbstractAsyncContextManager[Conversation]:
        """A running, fresh conversation whose turns carry these."""
        ...


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is."""

    done: int
    """Slots finished."""
    of: int
    """Slots in all."""
    running: str
    """The contestant that is about to talk, or empty at the end."""


async def run_plan(
    plan: Plan, contestants: Mapping[str, Contestant], inputs: Mapping[str, Recording | TypedInput], sink: EventSink,
    clock: Clock, on_progress: Callable[[Progress], None],
) -> None:  # fmt: skip
    """Run every slot of the plan. Cancelled: ends as `stopped`, and what was measured stays."""
    described = {name: each.configuration.fingerprint for name, each in contestants.items()}
    started = ExperimentStarted(at_ns=clock.now_ns(), experiment=plan.id, plan={**plan.as_data(), "fingerprints": described})
    await sink.commit(started)
    reason = "stopped"
    try:
        for done, slot in enumerate(plan.slots):
            on_progress(Progress(done, len(plan.slots), slot.configuration))
            await _run_slot(plan.id, slot, contestants[slot.configuration], inputs[slot.input], clock)
        on_progress(Progress(len(plan.slots), len(plan.slots), ""))
        reason = "completed"
    finally:
        sink.append(ExperimentEnded(at_ns=clock.now_ns(), experiment=plan.id, reason=reason))


async def _run_slot(experiment: str, slot: Slot, contestant: Contestant, item: Recording | TypedInput, clock: Clock) -> None:
    async with contestant.converse(experiment, slot.block, slot.warm_up) as conversation:
        if isinstance(item, Recording):
            await play_to(item, [conversation], clock)
        else:
            conversation.say(item.text, clock.now_ns())
        await conversation.wait_idle()
