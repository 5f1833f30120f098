"""`replay`: a stored turn's figures, recomputed from its marks, against those that were shown when it ended."""

import asyncio
import json
import sys
import uuid
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.charts.turn_view import turn_view
from bench.clock import MonotonicClock
from bench.commands import exit_codes
from bench.events.replay import TurnNotFoundError
from bench.events.store import Store, StoreError
from bench.metrics.turn_record import TurnFolder, fold
from bench.settings import Settings, private_dir


def run(turn: str, *, as_json: bool) -> int:
    """Print the turn; returns 0 when every figure is equal, 1 when one is not, 2 when there is no such turn."""
    try:
        shown, again = asyncio.run(_both(turn))
    except StoreError as error:
        print(f"firstword: {error.public_message}", file=sys.stderr)
        return exit_codes.BAD_INPUT
    equal = all(shown[part] == again[part] for part in ("figures", "waterfall"))
    if as_json:
        json.dump({"equal": equal, "turn": again}, sys.stdout, ensure_ascii=False, indent=1)
        print()
    else:
        _print(shown, again, equal, Console())
    return exit_codes.OK if equal else exit_codes.DIFFERENT


async def _both(prefix: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a person saw of the turn, and the same recomputed from its stored marks.

    A turn that ended with its process was shown to nobody: it is held against its own events, folded one by one.
    """
    store = await Store.open(private_dir(Settings().data_dir) / "firstword.sqlite3", MonotonicClock(), uuid.uuid4().hex)
    try:
        turn = await store.find_turn(prefix)
        events = await store.turn_events(turn)
        shown = await store.document("shown", turn)
    finally:
        await store.close()
    folder = TurnFolder(turn)
    for event in events:
        folder.add(event)
    again = fold(sorted(events, key=lambda event: event.at_ns), turn)
    if folder.record is None or again is None:
        raise TurnNotFoundError(turn=prefix)
    return shown or turn_view(folder.record), turn_view(again)


def _print(shown: dict[str, Any], again: dict[str, Any], equal: bool, console: Console) -> None:
    console.print(f"Turn {again['turn']} · {again['input']} · {again['outcome']} {again['reason']}")
    table = Table("Figure", "Recomputed", "Equal", box=None, pad_edge=False)
    for name, figure in again["figures"].items():
        value = f"{figure['ms']:.3f} ms ± {figure['error_ms']:.3f}" if figure["ms"] is not None else f"none: {figure['reason']}"
        table.add_row(name, value, "yes" if figure == shown["figures"].get(name) else "NO")
    console.print(table)
    fall = again["waterfall"]
    if fall is not None:
        for part in fall["parts"]:
            console.print(f"  {part['owner']:<12} {part['name']:<28} {part['ms']:>9.3f} ms")
        console.print(f"  {'total':<12} {fall['from']} → {fall['until']:<20} {fall['total_ms']:>9.3f} ms")
    console.print("All figures are equal to those that were shown." if equal else "A figure differs from what was shown.")
