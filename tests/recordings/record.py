"""What a deterministic provider yields, as lines of JSON: written once, looked at by a person, and compared ever after.

python -m tests.recordings.record            writes every recording anew (then look at the difference)
"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from bench.clock import LoopClock
from providers import registry
from providers.base import Role, Wire
from tests.contract.drivers import DRIVERS, used
from tests.virtual_time import run_virtual

FOLDER = Path(__file__).parent


def recordings() -> list[Path]:
    """All recordings, by name."""
    return sorted(FOLDER.glob("*.jsonl"))


def heading(path: Path) -> dict[str, Any]:
    """The first line of a recording: role, provider and options."""
    with path.open(encoding="utf-8") as lines:
        return json.loads(next(lines))


def lines(head: dict[str, Any]) -> Iterator[str]:
    """The recording that this heading gives now."""
    yield json.dumps(head, ensure_ascii=False)
    for line in run_virtual(_chunks(head["role"], head["provider"], head["options"])):
        yield json.dumps(line, ensure_ascii=False)


async def _chunks(role: Role, name: str, options: dict[str, Any]) -> list[dict[str, Any]]:
    clock = LoopClock()
    began_ns = clock.now_ns()
    chunks = await used(DRIVERS[role], registry.build(role, name, options), Wire(clock.now_ns, lambda instant: None))
    return [_line(chunk, began_ns) for chunk in chunks]


def _line(chunk: Any, began_ns: int) -> dict[str, Any]:
    """A chunk as plain data: its instant in ms since the beginning, its sound as its length and loudness."""
    plain = {"chunk": type(chunk).__name__, **asdict(chunk)}
    if "at_ns" in plain:
        plain["at_ms"] = round((plain.pop("at_ns") - began_ns) / 1e6, 3)
    if "pcm" in plain:
        pcm = plain.pop("pcm").astype(float)
        plain |= {"samples": pcm.size, "rms": round(float(np.sqrt(np.mean(pcm**2))), 1)}
    return plain


def main() -> None:
    """Write every recording anew."""
    for path in recordings():
        path.write_text("\n".join(lines(heading(path))) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
