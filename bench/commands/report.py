"""What `compare` found: as plain data, and as a table for people."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.charts.summary import column_summary
from bench.charts.turn_view import turn_view
from bench.configuration import Configuration
from bench.experiments.plan import Plan
from bench.experiments.runner import TypedInput
from bench.experiments.verdict import judge, verdict_view
from bench.metrics.definitions import BY_NAME
from bench.metrics.turn_record import TurnRecord
from bench.turn.feed import Recording

_SHOWN = ("vad_pause", "stt_final", "ttft", "batching", "tts_start", "voice_to_voice", "chat_response", "message_to_voice")


def result(
    plan: Plan, configurations: Mapping[str, Configuration], records: Mapping[str, Sequence[TurnRecord]],
    items: Mapping[str, Recording | TypedInput],
) -> dict[str, Any]:  # fmt: skip
    """The whole run as JSON data: `configurations`, `turns`, `verdict`, `plan`."""
    verdict = judge(records)
    return {
        "plan": {"id": plan.id, **plan.as_data()},
        "player": "headless",
        "inputs": [_input(item) for item in items.values()],
        "configurations": [
            {"preset": name, "fingerprint": configuration.fingerprint, **column_summary(records[name])}
            for name, configuration in configurations.items()
        ],
        "turns": [_turn(name, record) for name in configurations for record in records[name]],
        "verdict": None if verdict is None else verdict_view(verdict),
    }


def _input(item: Recording | TypedInput) -> dict[str, Any]:
    if isinstance(item, TypedInput):
        return {"id": item.id, "kind": "typed", "text": item.text}
    return {"id": item.id, "kind": "file", "duration_ms": item.duration_ms, "labelled": bool(item.speech_ms)}


def _turn(name: str, record: TurnRecord) -> dict[str, Any]:
    """A turn with its marks relative to its first one (ms)."""
    first_ns = min((mark.at_ns for mark in record.marks.values()), default=0)
    marks = [
        {"name": mark.name, "at_ms": (mark.at_ns - first_ns) / 1e6, "clock": mark.clock, "error_ms": mark.error_ns / 1e6,
         "estimated": mark.estimated, "data": dict(mark.data)}
        for mark in sorted(record.marks.values(), key=lambda mark: mark.at_ns)
    ]  # fmt: skip
    return {"configuration": name, "block": record.block, "marks": marks, **turn_view(record)}


def print_report(data: dict[str, Any], console: Console) -> None:
    """The table, the outcomes and the verdict."""
    table = Table(box=None, pad_edge=False)
    table.add_column("ms")
    for configuration in data["configurations"]:
        table.add_column(configuration["preset"], justify="right")
    for name in _SHOWN:
        cells = [configuration["figures"].get(name) for configuration in data["configurations"]]
        if any(cell and cell["n"] for cell in cells):
            table.add_row(BY_NAME[name].title[0], *(_cell(cell) for cell in cells))
    outcomes = [", ".join(f"{n} {outcome}" for outcome, n in c["outcomes"].items()) for c in data["configurations"]]
    table.add_row("turns", *outcomes)
    if any(c["cut_off"] for c in data["configurations"]):
        table.add_row("cut off", *(str(c["cut_off"]) for c in data["configurations"]))
    totals = [configuration["consumption"] for configuration in data["configurations"]]
    if any(total["priced"] or total["unpriced"] for total in totals):
        table.add_row("cost", *(_cost(total) for total in totals))
    console.print(table)
    for configuration in data["configurations"]:
        if configuration["strata"].get("simulated"):
            console.print(
                f"{configuration['preset']}: a wire server answered, not the vendor. Its times are planned.", style="bold"
            )
    console.print("Median (p90 from 29 turns, p95 from 59), headless player, warm-ups left out.", style="dim")
    if data["verdict"] is not None:
        console.print(data["verdict"]["sentence"]["en"], style="bold")
        for note in data["verdict"]["notes"]:
            console.print(note["en"])


def _cost(total: dict[str, Any]) -> str:
    """US dollars of all turns, warm-ups included."""
    if total["cost_usd"] is None:
        return "–"
    more = "at least " if total["unpriced"] or total["at_least"] else ""
    return f"{more}${total['cost_usd']:.4g} (prices of {total['priced_on'] or 'unknown date'})"


def _cell(figure: dict[str, Any] | None) -> str:
    if not figure or not figure["n"]:
        return "–"
    text = f"{figure['median_ms']:.1f}"
    for name, key in (("p90", "p90_ms"), ("p95", "p95_ms")):
        text += f"  {name} {figure[key]:.1f}" if figure[key] is not None else ""
    return f"{text}  n={figure['n']}"
