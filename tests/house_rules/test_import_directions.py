"""Who may import whom. The way of the data is visible in the folders only as long as nobody imports against it."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = sorted(
    path
    for path in [ROOT / "workbench.py", *(ROOT / "providers").rglob("*.py"), *(ROOT / "bench").rglob("*.py")]
    if "__pycache__" not in path.parts
)

MAY: dict[str, set[str]] = {
    "providers": {"providers"},
    "bench.clock": set(),
    "bench.events": {"bench.events", "bench.clock"},
    "bench.metrics": {"bench.metrics", "bench.events", "bench.clock"},
    "bench.charts": {"bench.charts", "bench.metrics", "bench.events"},
    "bench.wire": {"bench.wire", "providers.scripted", "providers.scripted_frames"},
    "bench.audio": {"bench.audio", "providers.base"},
    "bench.turn": {"bench.turn", "bench.audio", "bench.events", "bench.clock", "bench.configuration", "providers"},
    "bench.experiments": {"bench.experiments", "bench.turn", "bench.metrics", "bench.events", "bench.clock",
                          "bench.configuration"},
    "bench.scenarios": {"bench.scenarios", "bench.turn", "bench.events", "bench.clock", "bench.configuration", "providers"},
    "bench.tabs": {"bench.tabs"},
}  # fmt: skip
"""Part → the parts it may import. A part that is not listed (web, access, commands …) is above all of these."""

GRADIO = ("bench.tabs", "bench.web", "workbench")


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> set[str]:
    """Full names of everything that a file imports, wherever in the file."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def within(name: str, part: str) -> bool:
    return name == part or name.startswith(part + ".")


def breaches(name: str, imported: set[str]) -> list[str]:
    rule = next((may for part, may in MAY.items() if within(name, part)), None)
    if rule is None:
        return []
    ours = {each for each in imported if within(each, "bench") or within(each, "providers") or within(each, "workbench")}
    ours -= {"bench", "providers"}
    return sorted(each for each in ours if not any(within(each, part) for part in rule))


@pytest.mark.parametrize("path", CODE, ids=module_name)
def test_imports_only_what_is_below(path: Path) -> None:
    assert breaches(module_name(path), imports(path)) == []


@pytest.mark.parametrize("path", CODE, ids=module_name)
def test_gradio_only_at_the_top(path: Path) -> None:
    name = module_name(path)
    if not any(within(name, part) for part in GRADIO):
        assert not {each for each in imports(path) if within(each, "gradio")}


def test_a_breach_is_found() -> None:
    assert breaches("bench.metrics.x", {"bench.turn.reply", "json"}) == ["bench.turn.reply"]
    assert breaches("providers.x", {"bench.clock"}) == ["bench.clock"]
