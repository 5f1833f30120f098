"""A new provider is one new file: the registry, the settings form and this suite find it by themselves.

And the suite is worth something: a second new file that breaks the contract is found out.
"""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.wire_stages import REPRESENTATIVE

ROOT = Path(__file__).resolve().parents[2]

GOOD = '''
"""A chat model that says the same word a few times."""

import asyncio

from providers.base import ChatModel, Options, ReplyFinished, TextDelta, knob


class EchoOptions(Options):
    """How often."""

    times: int = knob(3, en="Times", ru="Раз", help_en="How often it says it.", help_ru="Сколько раз повторить.", ge=1, le=9)


class Echo(ChatModel):
    """Says the user's words again."""

    name = "dropped"
    title = "Dropped-in echo"
    Options = EchoOptions

    async def stream(self, request, wire):
        wire.note("request_sent")
        for _ in range(self.options.times):
            await asyncio.sleep(0.002)
            yield TextDelta(request.messages[-1].text, wire.now_ns())
        yield ReplyFinished(wire.now_ns())
'''

BAD = GOOD.replace('"dropped"', '"careless"')
BAD = BAD.replace("class EchoOptions(Options):\n", "_kept = []\n\n\nclass EchoOptions(Options):\n").replace(
    "        yield ReplyFinished(wire.now_ns())",
    "        _kept.append(asyncio.ensure_future(asyncio.sleep(60)))\n"
    "        yield ReplyFinished(wire.now_ns())\n"
    "        yield ReplyFinished(wire.now_ns())",
)  # leaks a task, and ends twice


COMPATIBLE = '''
"""One more server that speaks a known format: nothing but data."""

from providers.base import knob
from providers.openai_chat import ChatOptions, OpenAiChat
from providers.over_http.openai_options import Address, base_url_knob
from providers.over_http.openai_service import Service

SERVER = Service("Another server", "http://127.0.0.1:9999/v1", length_field="max_tokens")


class AnotherOptions(ChatOptions):
    """What can be set."""

    model: str = knob("some-model", en="Model", ru="Модель", help_en="Any.", help_ru="Любая.", min_length=1)
    base_url: Address = base_url_knob(SERVER.base_url)


class Another(OpenAiChat):
    """Derives from a provider that is examined, and is put through the same cases on the same wire server."""

    name, title, service, key_variable = "another", SERVER.title, SERVER, ""
    Options = AnotherOptions
'''


SLOPPY = (
    (
        COMPATIBLE.replace('"another"', '"sloppy"')
        .replace("Another", "Sloppy")
        .replace(
            "from providers.base import knob",
            "from providers.base import ReplyFinished, knob\nfrom providers.errors import ProviderError",
        )
    )
    + """
    async def stream(self, request, wire):
        try:
            async for chunk in super().stream(request, wire):
                yield chunk
        except ProviderError:
            yield ReplyFinished(wire.now_ns())
"""
)  # takes every trouble for a polite ending


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with four more files in `providers/`."""
    root = tmp_path_factory.mktemp("project")
    ignored = shutil.ignore_patterns(
        "__pycache__", "assets", "static", Path(__file__).name
    )  # not this file: it would call itself
    for folder in ("providers", "bench", "tests/contract", "tests/recordings"):
        shutil.copytree(ROOT / folder, root / folder, ignore=ignored)
    (root / "providers/assets").symlink_to(ROOT / "providers/assets")
    for file in ("pyproject.toml", "tests/conftest.py", "tests/virtual_time.py", "tests/certificates.py"):
        shutil.copy(ROOT / file, root / file)
    (root / "providers/echo.py").write_text(GOOD)
    (root / "providers/careless.py").write_text(BAD)
    (root / "providers/another.py").write_text(COMPATIBLE)
    (root / "providers/sloppy.py").write_text(SLOPPY)
    return root


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python in that project."""
    return subprocess.run([sys.executable, *arguments], cwd=root, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="module")
def outcomes(elsewhere: Path) -> dict[str, str]:
    """What the contract suite says of the new providers, by the test's name."""
    said = run(
        elsewhere,
        "-m",
        "pytest",
        "tests/contract",
        "-k",
        "dropped or careless or another or sloppy",
        "-p",
        "no:cacheprovider",
        "-rA",
    )
    found = re.findall(r"^(PASSED|FAILED|ERROR|SKIPPED) tests/contract/\S+::(\S+)", said.stdout, re.MULTILINE)
    assert found, said.stdout + said.stderr
    return {name: outcome for outcome, name in found}


def test_the_registry_and_the_settings_form_find_it(elsewhere: Path) -> None:
    program = (
        "import json; from providers import registry;"
        "print(json.dumps([registry.find('chat', 'dropped').title,"
        " [each for each in registry.describe()['chat'] if each['name'] == 'dropped'][0]['schema'],"
        " registry.build('chat', 'dropped', {'times': 2}).options.times]))"
    )
    said = run(elsewhere, "-c", program)
    assert said.returncode == 0, said.stderr
    title, schema, times = json.loads(said.stdout)
    assert title == "Dropped-in echo"
    assert schema["properties"]["times"]["title"] == "Times"
    assert schema["properties"]["times"]["ru"]["title"] == "Раз"
    assert times == 2


def test_the_suite_examines_it_without_being_told(outcomes: dict[str, str]) -> None:
    own = {name: outcome for name, outcome in outcomes.items() if "dropped" in name}
    for name in ("happy", "two_at_once", "closed_twice", "cancel_before_output", "cancel_after_output"):
        assert own[f"test_case[chat-dropped-undeclared-{name}]"] == "PASSED"
    assert {outcome for outcome in own.values()} == {"PASSED"}
    assert "test_options_forbid_the_unknown_and_explain_themselves[chat-dropped-undeclared]" in own


def test_one_that_speaks_a_known_format_is_examined_on_its_wire_server(outcomes: dict[str, str]) -> None:
    own = {name: outcome for name, outcome in outcomes.items() if "chat-another" in name}
    assert {outcome for outcome in own.values()} == {"PASSED"}
    for name in sorted(REPRESENTATIVE):
        assert f"test_case[chat-another-{name}]" in own


def test_the_suite_finds_a_careless_one_out(outcomes: dict[str, str]) -> None:
    assert outcomes["test_case[chat-careless-undeclared-happy]"] == "FAILED"
    assert outcomes["test_case[chat-careless-undeclared-two_at_once]"] == "FAILED"


def test_the_suite_finds_a_sloppy_one_out(outcomes: dict[str, str]) -> None:
    """It answers when all is well, so only what goes wrong tells."""
    assert outcomes["test_case[chat-sloppy-happy]"] == "PASSED"
    for name in ("malformed", "key_rejected", "model_gone", "rate_limited", "refused_connection"):
        assert outcomes[f"test_case[chat-sloppy-{name}]"] == "FAILED"
