"""Habits that a reader can rely on: sizes, names, few broad excepts, no tasks without an owner, nothing private committed."""

import ast
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.house_rules.test_import_directions import CODE, ROOT, module_name

MODULE_LINES, FUNCTION_LINES = 400, 60
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
BROAD_EXCEPTS = {"bench.turn.turn_life", "bench.access.gate"}
"""The two places: the task boundary of a turn and the outermost ASGI handler."""


@pytest.mark.parametrize("path", CODE, ids=module_name)
def test_modules_and_functions_fit_a_screen(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MODULE_LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < FUNCTION_LINES, f"{node.name} is too long"


@pytest.mark.parametrize("path", CODE, ids=module_name)
def test_names(path: Path) -> None:
    assert path.stem not in FORBIDDEN_NAMES
    if path.parent == ROOT / "providers" and path.stem != "__init__":  # a file here may be run as a script beside its SDK
        assert path.stem not in {*sys.stdlib_module_names, *(name for name in packages_distributions())}


@pytest.mark.parametrize("path", CODE, ids=module_name)
def test_broad_excepts_stand_in_two_places(path: Path) -> None:
    broad = [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")))
        and not (isinstance(node.body[-1], ast.Raise))
    ]
    assert not broad or module_name(path) in BROAD_EXCEPTS, f"line {broad}"


@pytest.mark.parametrize("path", CODE, ids=module_name)
def test_every_task_has_an_owner(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name = ast.unparse(node.func)
            assert name not in ("asyncio.create_task", "asyncio.ensure_future"), f"line {node.lineno}: {name}"
            assert not name.endswith("loop.create_task"), f"line {node.lineno}: {name}"


PRIVATE = re.compile(
    r"sk-[A-Za-z0-9_-]{24,}|AIza[0-9A-Za-z_-]{30,}|AQVN[0-9A-Za-z_-]{20,}|BEGIN [A-Z ]*PRIVATE KEY"
    r"|/(?:home|root|Users)/[a-z][\w.-]*/"
)
"""Keys by their makers' shapes, and folders of somebody's machine."""


def committed() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_nothing_private_is_committed() -> None:
    found: list[str] = []
    for path in committed():
        if path.suffix in {".onnx", ".flac", ".png", ".wav", ".ogg"} or "vendor" in path.parts:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if PRIVATE.search(line) and "scripted" not in line:
                found.append(f"{path.relative_to(ROOT)}:{number}")
    assert found == []


def test_a_private_line_would_be_found() -> None:
    assert PRIVATE.search("key = '" + "sk-" + "a" * 30 + "'")
    assert PRIVATE.search("/ho" + "me/somebody/x")


def test_the_command_line_does_not_import_gradio() -> None:
    code = (
        "import sys; sys.argv = ['workbench.py', '--help']\n"
        "import runpy\n"
        "try:\n    runpy.run_path('workbench.py', run_name='__main__')\nexcept SystemExit: pass\n"
        "assert 'gradio' not in sys.modules, 'gradio'\nassert 'onnxruntime' not in sys.modules, 'onnxruntime'\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
