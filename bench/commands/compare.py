"""`compare`: presets against each other in shuffled blocks, through the same engine as the page, with the headless player."""

import asyncio
import contextlib
import json
import secrets
import sys
import uuid
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bench.charts.turn_view import turn_view
from bench.clock import MonotonicClock
from bench.commands import exit_codes
from bench.commands.inputs import InputError, read_recording
from bench.commands.report import print_report, result
from bench.events.kinds import ConversationStarted
from bench.events.store import Store, StoreError
from bench.experiments import runner
from bench.experiments.headless import HeadlessContestant
from bench.experiments.plan import Plan, make_plan
from bench.experiments.runner import TypedInput, run_plan
from bench.metrics.turn_record import TurnRecord, fold_turns
from bench.preset import Preset, PresetError, Presets, load
from bench.settings import Settings, private_dir
from bench.stall import StallWatch
from bench.turn.engines import build_engines, close_engines
from bench.turn.feed import Recording
from providers.errors import ProviderError

COLUMNS = 4


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for on the command line."""

    presets: tuple[str, ...]
    inputs: tuple[Path, ...]
    texts: tuple[str, ...]
    repeat: int
    seed: int | None
    out: Path | None


class Unusable(Exception):
    """The request cannot be carried out; each line of the text is one reason."""


def run(request: Request) -> int:
    """Carry it out; returns the exit code."""
    settings = Settings()
    try:
        presets, items = _checked(request, settings)
    except Unusable as error:
        print(f"firstword: {error}", file=sys.stderr)
        return exit_codes.BAD_INPUT
    try:
        records, plan = asyncio.run(_compare(request, presets, items, settings))
    except (ProviderError, StoreError) as error:
        print(f"firstword: {error.public_message}", file=sys.stderr)
        return exit_codes.NOT_STARTED
    data = result(plan, {name: preset.configuration for name, preset in presets.items()}, records, items)
    print_report(data, Console())
    if request.out is not None:
        request.out.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        print(f"Everything is in {request.out}")
    bad = any(record.outcome in ("failed", "timed_out") for turns in records.values() for record in turns)
    return exit_codes.DIFFERENT if bad else exit_codes.OK


def _checked(request: Request, settings: Settings) -> tuple[dict[str, Preset], dict[str, Recording | TypedInput]]:
    problems: list[str] = []
    if not 1 <= len(request.presets) <= COLUMNS:
        problems.append(f"name one to {COLUMNS} presets")
    if bool(request.inputs) == bool(request.texts):
        problems.append("give either --input FILE or --text MESSAGE, for example --input samples/en-haircut-slt.flac")
    if request.out is not None and not request.out.parent.is_dir():
        problems.append(f"{request.out}: its folder does not exist")
    presets = _presets(request, Presets(settings.data_dir / "presets"), problems)
    items: dict[str, Recording | TypedInput] = {text: TypedInput(text, text) for text in request.texts if text.strip()}
    if request.texts and not items:
        problems.append("--text is empty")
    for path in request.inputs:
        try:
            recording = read_recording(path, settings.max_input_minutes)
            items[recording.id] = recording
        except InputError as error:
            problems.append(str(error))
    if problems:
        raise Unusable("\nfirstword: ".join(problems))
    return presets, items


def _presets(request: Request, known: Presets, problems: list[str]) -> dict[str, Preset]:
    """Presets by a name that is unique in this run: the same preset twice is a fair question (is there any difference?)."""
    found: dict[str, Preset] = {}
    for each in request.presets:
        try:
            preset = load(Path(each)) if each.endswith((".yaml", ".yml")) else known.get(each)
        except PresetError as error:
            problems += [f"{error.source}: {problem}" for problem in error.problems]
            continue
        stem = Path(each).stem if each.endswith((".yaml", ".yml")) else each
        found[next(name for n in range(1, 9) if (name := stem if n == 1 else f"{stem}#{n}") not in found)] = preset
    return found


async def _compare(
    request: Request, presets: dict[str, Preset], items: dict[str, Recording | TypedInput], settings: Settings
) -> tuple[dict[str, list[TurnRecord]], Plan]:
    clock, process = MonotonicClock(), uuid.uuid4().hex
    store = await Store.open(private_dir(settings.data_dir) / "firstword.sqlite3", clock, process)
    warm_up: TypedInput | None = TypedInput("warm-up", "Hello.") if request.texts and len(items) == 1 else None
    plan = make_plan(
        id=uuid.uuid4().hex[:12], configurations=tuple(presets), inputs=tuple(items), repeat=request.repeat,
        seed=secrets.randbits(32) if request.seed is None else request.seed, warm_up=warm_up.id if warm_up else None,
    )  # fmt: skip
    inputs = items if warm_up is None else {**items, warm_up.id: warm_up}
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(store.close)
        watch = StallWatch(clock, store.append)
        contestants = {
            name: await stack.enter_async_context(_contestant(name, preset, store, clock, process))
            for name, preset in presets.items()
        }
        with _progress() as progress:
            task = progress.add_task("warming up", total=len(plan.slots))

            def show(state: runner.Progress) -> None:
                progress.update(task, completed=state.done, description=state.running or "done")

            async with asyncio.TaskGroup() as group:
                watching = group.create_task(watch.run())
                await run_plan(plan, contestants, inputs, store, clock, show)
                watching.cancel()
        return await _records(store, plan), plan


@contextlib.asynccontextmanager
async def _contestant(
    name: str, preset: Preset, store: Store, clock: MonotonicClock, process: str
) -> AsyncGenerator[HeadlessContestant]:
    engines = await build_engines(preset.configuration)
    try:
        yield HeadlessContestant(name, preset.configuration, engines, store, clock, process)
    finally:
        await close_engines(engines)


async def _records(store: Store, plan: Plan) -> dict[str, list[TurnRecord]]:
    """The run's turns by configuration, folded from what was stored."""
    events = [event for _, event in await store.experiment(plan.id)]
    names = {event.conversation: event.preset for event in events if isinstance(event, ConversationStarted)}
    records: dict[str, list[TurnRecord]] = {name: [] for name in plan.configurations}
    for record in fold_turns(events):
        records[names[record.conversation]].append(record)
        view = turn_view(record)
        await store.put_document("shown", record.turn, {"figures": view["figures"], "waterfall": view["waterfall"]})
    return records


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description:<28}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
