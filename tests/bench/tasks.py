"""The task simulation under load: 200 trials at the same time on a scripted model, each in a session of its own.

The model is a server in a process of its own that stamps when it wrote each token; the clients are other processes still,
and read bare sockets. So 'first token on the wire' runs from the provider's own write to the client's read, both by
CLOCK_MONOTONIC: everything that the workbench, its event store and two sockets add. Requests that ask no model (draft, state)
and the acceptance of an answer (until the first message, which comes after the answer is on the disk) are timed whole.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from bench.clock import MonotonicClock
from bench.events.kinds import LoopStalled, Marked
from bench.events.store import Store
from bench.wire.scripted_process import ScriptedServer, running_scripted_server
from tests.bench.tables import print_quantiles, quantiles
from tests.running import ROOT, Workbench, running_workbench

TRIALS = 200
CLIENTS = 2
"""Client processes."""
TASKS = 3
"""Tasks that each trial answers: 3 questions, 9 drafts, 3 answers, 3 feedbacks."""
ALONE = 40
"""Trials one after the other, for the first token on an idle machine."""
MODEL = {"first_text_ms": 300, "tokens_per_s": 30, "text": " ".join(["word"] * 40)}
"""A reply of 1.6 s: 30 tokens a second is what people read at, and what hosted models give."""
THINK_S = (2.5, 7.5)
"""Between the saves of a draft: the page saves at most every 5 s while somebody writes. Three saves a task make 15 s of writing
where people take minutes, so some thirty texts are being streamed at any time."""
RAMP_S = 10.0
"""The trials begin within this time."""


async def main() -> None:
    """First one trial at a time, then all at once."""
    with running_scripted_server() as server, tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        write_preset(data, "alone", MODEL | {"server": server.address, "seed": 1, "first_text_ms": 50, "tokens_per_s": 100})
        write_preset(data, "together", MODEL | {"server": server.address, "seed": 2})
        with running_workbench(data) as bench:
            alone = await clients(bench, 1, ALONE, "alone", 2, alone=True)
            together = await clients(bench, CLIENTS, TRIALS, "together", TASKS)
            log = bench.log.read_text(errors="replace")
        print_quantiles(
            f"one trial at a time ({ALONE})",
            {"provider wrote → client read": await added(data, server, alone), **took(alone)},
        )
        print_quantiles(
            f"{TRIALS} trials at the same time",
            {
                "provider wrote → client read (≤ 40)": await added(data, server, together), **took(together),
                "all without a model (p99 ≤ 200)": [ms for values in took(together).values() for ms in values],
                "the clients' own lag": merged(together, "lag_ms"),
            },
        )  # fmt: skip
        print_loss(together, log)
        print(f"load average of the machine ({os.cpu_count()} cores): {os.getloadavg()[0]:.1f}")
        print(f"stalls of the server's loop: {await stalls(data)}")


def write_preset(data: Path, name: str, options: dict[str, Any]) -> None:
    """A preset of the user's own with a scripted model."""
    (data / "presets").mkdir(parents=True, exist_ok=True)
    configuration = {"thinking": {"chat": {"provider": "scripted", "options": options}}}
    preset = {"title": {"en": name, "ru": name}, "configuration": configuration}
    (data / "presets" / f"{name}.yaml").write_text(yaml.safe_dump(preset), "utf-8")


async def clients(bench: Workbench, processes: int, trials: int, preset: str, tasks: int, *, alone: bool = False) -> list[dict[str, Any]]:  # fmt: skip
    """Run the client processes; what each of them tells."""
    size, ramp_s, think_s = trials // processes, -1.0 if alone else RAMP_S, (0.0, 0.02) if alone else THINK_S
    running: list[subprocess.Popen[bytes]] = []
    for number in range(processes):
        arguments = (bench.port, size, number * size, preset, 7, tasks, ramp_s, *think_s)
        command = [sys.executable, "-m", "tests.bench.tasks_load", *map(str, arguments)]
        running.append(subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE))
    return [await result(each) for each in running]


async def result(client: subprocess.Popen[bytes]) -> dict[str, Any]:
    """Its one line."""
    out, _ = await asyncio.to_thread(client.communicate)
    assert client.returncode == 0, client.returncode
    return json.loads(out)


def merged(told: list[dict[str, Any]], name: str) -> list[Any]:
    return [value for each in told for value in each[name]]


def took(told: list[dict[str, Any]]) -> dict[str, list[float]]:
    """By kind of request (ms)."""
    titles = {"draft": "save a draft", "state": "read the state", "submit": "answer taken, on the disk"}
    return {title: [ms for each in told for ms in each["took_ms"][kind]] for kind, title in titles.items()}


async def added(data: Path, server: ScriptedServer, told: list[dict[str, Any]]) -> list[float]:
    """From the provider's write of the first token to the client's read of it (ms), every text of every trial."""
    read_ns = {turn: at_ns for each in told for turn, at_ns in each["first_token_ns"].items()}
    async with await Store.open(data / "firstword.sqlite3", MonotonicClock(), f"bench-{id(told)}") as store:
        marks = [event for _, event in await store.events(kinds=(Marked,)) if isinstance(event, Marked)]
    requests = {mark.turn: str(mark.data["request"]) for mark in marks if mark.name == "llm_sent" and mark.turn in read_ns}
    stamps = await asyncio.to_thread(server.stamps, [*requests.values()])
    values: list[float] = []
    for turn, request in requests.items():
        first = stamps[request].first("text")
        assert first is not None
        values.append((read_ns[turn] - first.written_ns) / 1e6)
    assert len(values) == len(read_ns), (len(values), len(read_ns))
    return values


async def stalls(data: Path) -> str:
    """What of this was the loop's own lateness."""
    async with await Store.open(data / "firstword.sqlite3", MonotonicClock(), "bench-stalls") as store:
        late = [(e.at_ns - e.from_ns) / 1e6 for _, e in await store.events(kinds=(LoopStalled,)) if isinstance(e, LoopStalled)]
    if not late:
        return "none"
    q = quantiles(late)
    return f"n {q['n']}, p50 {q['p50']:.0f} ms, max {q['max']:.0f} ms"


def print_loss(told: list[dict[str, Any]], log: str) -> None:
    """Whether anything was lost or refused."""
    sent = {trial: texts for each in told for trial, texts in each["answers"].items()}
    kept = {trial: texts for each in told for trial, texts in each["kept"].items()}
    lost = sum(text not in kept.get(trial, []) for trial, texts in sent.items() for text in texts)
    statuses: dict[str, int] = {}
    for each in told:
        for status, count in each["statuses"].items():
            statuses[status] = statuses.get(status, 0) + count
    wrong = {status: count for status, count in statuses.items() if status[0] == "5"}
    print(
        f"trials {len(sent)} · answers sent {sum(map(len, sent.values()))} · lost {lost} · requests {sum(statuses.values())} "
        f"by status {statuses} · 5xx {sum(wrong.values())} · errors in streams {len(merged(told, 'errors'))} "
        f"· clients that broke off {len(merged(told, 'broken'))} · tracebacks in the log {log.count('Traceback')}"
    )


if __name__ == "__main__":
    asyncio.run(main())
