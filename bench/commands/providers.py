"""`providers`: what can be used here, what is missing, the remedy, and the state of each key."""

import asyncio
import json
import sys

from rich.console import Console
from rich.table import Table

from bench.commands import exit_codes
from bench.web.key_states import KeyState, KeyStates
from bench.web.provider_list import provider_list
from providers import registry

_ROLES = {
    "vad": "voice activity", "stt": "speech to text", "chat": "chat model", "tts": "text to speech",
    "transcriber": "transcription", "live": "speech to speech", "avatar": "avatar",
}  # fmt: skip
_STATES = {
    "missing": "missing", "present": "present, not checked", "checking": "present, not checked", "accepted": "accepted",
    "rejected": "rejected", "unreachable": "present; the vendor cannot be reached",
}  # fmt: skip


def run(*, as_json: bool, check: bool = False) -> int:
    """Print the list; returns the exit code. `check` asks each vendor whose key is there; else nothing goes to the network."""
    described, keys = provider_list(), asyncio.run(_keys(check))
    if as_json:
        told = {**described, "keys": [state.view() for state in keys]}
        json.dump(told, sys.stdout, ensure_ascii=False, indent=1)
        print()
        return exit_codes.OK
    table = Table("Role", "Provider", "Name in presets", "Languages", "State", box=None, pad_edge=False)
    lacking = {key.key for key in keys if key.state == "missing"}  # the remedy is told once, below
    for role, providers in described.items():
        for provider in providers:
            missing = provider["missing"]
            keyless = provider["key"] in lacking
            state = f"missing: {missing['what']}" + ("" if keyless else f"\n{missing['remedy']}") if missing else "ready"
            title = " · ".join([provider["title"], *provider["labels"]])
            table.add_row(_ROLES.get(role, role), title, provider["name"], _languages(provider["languages"]), state)
    console = Console()
    console.print(table)
    if keys:
        console.print()
        console.print(_key_table(keys))
    for problem in registry.problems():
        print(f"{problem}", file=sys.stderr)
    return exit_codes.OK


async def _keys(check: bool) -> tuple[KeyState, ...]:
    states = KeyStates()
    await (states.check() if check else states.look())
    return states.states()


def _key_table(keys: tuple[KeyState, ...]) -> Table:
    table = Table("Key", "For", "State", box=None, pad_edge=False)
    for key in keys:
        remedy = f"\nset {key.variable} in .env and restart" if key.state == "missing" and not key.optional else ""
        because = f"\n{key.problem.public_message}" if key.problem is not None and key.state != "missing" else ""
        state = "not set; optional" if key.state == "missing" and key.optional else _STATES[key.state]
        table.add_row(key.variable, ", ".join(key.providers), state + remedy + because)
    return table


def _languages(codes: list[str]) -> str:
    shown = ", ".join(codes[:4]) or "any"
    return f"{shown} and {len(codes) - 4} more" if len(codes) > 4 else shown
