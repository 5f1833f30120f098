"""`providers`: what can be used here, what is missing, and the remedy."""

import json
import sys

from rich.console import Console
from rich.table import Table

from bench.commands import exit_codes
from providers import registry

_ROLES = {
    "vad": "voice activity", "stt": "speech to text", "chat": "chat model", "tts": "text to speech",
    "transcriber": "transcription", "live": "speech to speech", "avatar": "avatar",
}  # fmt: skip


def run(*, as_json: bool) -> int:
    """Print the list; returns the exit code."""
    described = registry.describe()
    if as_json:
        json.dump(described, sys.stdout, ensure_ascii=False, indent=1)
        print()
        return exit_codes.OK
    table = Table("Role", "Provider", "Name in presets", "Languages", "State", box=None, pad_edge=False)
    for role, providers in described.items():
        for provider in providers:
            missing = provider["missing"]
            state = f"missing: {missing['what']}\n{missing['remedy']}" if missing else "ready"
            title = " · ".join([provider["title"], *provider["labels"]])
            table.add_row(_ROLES.get(role, role), title, provider["name"], _languages(provider["languages"]), state)
    Console().print(table)
    for problem in registry.problems():
        print(f"{problem}", file=sys.stderr)
    return exit_codes.OK


def _languages(codes: list[str]) -> str:
    shown = ", ".join(codes[:4]) or "any"
    return f"{shown} and {len(codes) - 4} more" if len(codes) > 4 else shown
