"""Finding, describing and building providers."""

import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from providers import registry
from providers.base import Options, Provider
from providers.registry import OptionsRefused, UnknownProvider

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = "dropped_in_providers"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty providers folder of its own."""
    path = tmp_path / PACKAGE
    path.mkdir()
    (path / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    yield path
    for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
        del sys.modules[name]


def put(folder: Path, file: str, text: str) -> None:
    (folder / file).write_text(textwrap.dedent(text))


ECHO = """
    from providers.base import ChatModel

    class Echo(ChatModel):
        name = "{name}"
        title = "Echo"

        def stream(self, request, wire):
            raise NotImplementedError
    """


def test_the_embedded_engines_are_found() -> None:
    found = registry.catalogue()
    assert {"silero", "webrtc"} <= set(found["vad"])
    assert "pocketsphinx" in found["stt"]
    assert {"espeak", "flite"} <= set(found["tts"])
    assert set(found) == set(registry.ROLES)


def test_no_shipped_file_is_broken() -> None:
    assert registry.problems() == ()


def test_a_dropped_in_file_is_found_at_once(folder: Path) -> None:
    assert registry.catalogue(PACKAGE)["chat"] == {}
    put(folder, "echo.py", ECHO.format(name="echo"))
    assert registry.catalogue(PACKAGE)["chat"]["echo"].title == "Echo"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("import no_such_sdk_at_all", "ModuleNotFoundError"),
        ("def (:", "SyntaxError"),
        ("1 / 0", "ZeroDivisionError"),
        ("raise RuntimeError('no')", "RuntimeError"),
        ("from providers.base import Options, knob\nclass O(Options):\n    x: Undefined = knob(1)", "TypeError"),
    ],
)
def test_a_broken_file_is_named_and_the_others_still_work(folder: Path, text: str, reason: str) -> None:
    put(folder, "a_broken.py", text)
    put(folder, "echo.py", ECHO.format(name="echo"))
    assert set(registry.catalogue(PACKAGE)["chat"]) == {"echo"}
    (problem,) = registry.problems(PACKAGE)
    assert problem.file == "a_broken.py"
    assert problem.reason.startswith(reason)
    assert "a_broken.py cannot be used" in str(problem)


def test_a_mended_file_is_found(folder: Path) -> None:
    put(folder, "echo.py", "import no_such_sdk_at_all  # and some more text, so that the sizes differ")
    assert registry.problems(PACKAGE)
    put(folder, "echo.py", ECHO.format(name="mended"))
    assert set(registry.catalogue(PACKAGE)["chat"]) == {"mended"}
    assert registry.problems(PACKAGE) == ()


def test_two_of_one_name_are_told(folder: Path) -> None:
    put(folder, "a.py", ECHO.format(name="same"))
    put(folder, "b.py", ECHO.format(name="same"))
    assert registry.catalogue(PACKAGE)["chat"]["same"].__module__ == f"{PACKAGE}.a"
    (problem,) = registry.problems(PACKAGE)
    assert problem.file == "b.py"
    assert "another chat provider is called 'same'" in problem.reason


def test_a_class_without_a_name_is_told(folder: Path) -> None:
    put(folder, "a.py", ECHO.format(name="x").replace('        name = "x"\n', ""))
    (problem,) = registry.problems(PACKAGE)
    assert problem.reason == "Echo: sets no name"


def test_a_role_that_does_not_exist_is_told(folder: Path) -> None:
    put(folder, "a.py", ECHO.format(name="x").replace("title =", 'role = "juggler"\n        title ='))
    (problem,) = registry.problems(PACKAGE)
    assert "role 'juggler' is none of vad, stt" in problem.reason


def test_abstract_private_and_imported_classes_are_no_providers(folder: Path) -> None:
    put(
        folder,
        "a.py",
        """
        from providers.base import ChatModel, SpeechToText
        from providers.flite_tts import FliteTts

        class Unfinished(ChatModel):
            name = "unfinished"
            title = "Unfinished"
        """
        + textwrap.indent(textwrap.dedent(ECHO.format(name="hidden")).replace("class Echo", "class _Echo"), "        "),
    )
    assert not any(registry.catalogue(PACKAGE).values())
    assert registry.problems(PACKAGE) == ()


def test_an_unknown_provider_names_the_known_ones() -> None:
    with pytest.raises(UnknownProvider, match=r"no vad provider called 'silera'\. Known: .*silero, webrtc") as caught:
        registry.build("vad", "silera", {})
    assert {"silero", "webrtc"} <= set(caught.value.known)
    with pytest.raises(UnknownProvider, match="no juggler provider called 'x'. Known: none"):
        registry.find("juggler", "x")


@pytest.mark.parametrize(
    ("role", "name", "options", "path", "message", "allowed"),
    [
        ("tts", "espeak", {"rate_wpm": 1000}, "rate_wpm", "less than or equal to 450", "80 … 450 words/min"),
        ("tts", "espeak", {"rate_wpm": "fast"}, "rate_wpm", "valid integer", "80 … 450 words/min"),
        ("tts", "espeak", {"voice": "../../etc"}, "voice", "match pattern", "up to 40 characters, matching"),
        ("tts", "espeak", {"speed": 1}, "speed", "There is no such setting.", "voice, rate_wpm, pitch, volume"),
        ("tts", "flite", {"voice": "bob"}, "voice", "'slt', 'rms'", "slt, rms, awb, kal16, kal"),
        ("vad", "webrtc", {"frame_ms": 25}, "frame_ms", "10, 20 or 30", "10, 20, 30"),
        ("vad", "silero", {"threshold": 0}, "threshold", "greater than or equal to 0.05", "0.05 … 0.95"),
        ("stt", "pocketsphinx", {"passes": "slow"}, "passes", "'fast' or 'careful'", "fast, careful"),
    ],
)
def test_an_option_that_does_not_fit_says_where_and_what_would(
    role: str, name: str, options: dict[str, object], path: str, message: str, allowed: str
) -> None:
    with pytest.raises(OptionsRefused) as caught:
        registry.build(role, name, options)
    (problem,) = caught.value.fields
    assert problem.path == path
    assert message in problem.message
    assert problem.allowed.startswith(allowed)
    assert "1000" not in str(caught.value), "a value may be a secret"


def test_all_that_does_not_fit_is_told_at_once() -> None:
    with pytest.raises(OptionsRefused) as caught:
        registry.check("tts", "espeak", {"rate_wpm": 1, "pitch": -1})
    assert [problem.path for problem in caught.value.fields] == ["rate_wpm", "pitch"]


def test_building_gives_the_options_to_the_provider() -> None:
    provider = registry.build("tts", "espeak", {"rate_wpm": 200})
    assert isinstance(provider, Provider)
    assert isinstance(provider.options, Options)
    assert provider.options.model_dump()["rate_wpm"] == 200


def test_the_description_has_the_shape_of_the_page_protocol() -> None:
    described = registry.describe()
    (espeak,) = [each for each in described["tts"] if each["name"] == "espeak"]
    assert set(espeak) == {"name", "title", "labels", "languages", "schema", "missing"}
    assert espeak["labels"] == ["embedded"]
    assert {"en", "ru"} <= set(espeak["languages"])
    rate = espeak["schema"]["properties"]["rate_wpm"]
    assert (rate["title"], rate["ru"]["title"], rate["unit"], rate["minimum"]) == ("Speed", "Скорость", "words/min", 80)


def test_a_missing_engine_shows_in_the_description(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda program: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    missing = {each["name"]: each["missing"] for role in ("vad", "stt", "tts") for each in registry.describe()[role]}
    assert missing["flite"] == {"what": "the program flite", "remedy": "sudo apt-get install flite"}
    assert missing["silero"]["remedy"] == "pip install onnxruntime"
    assert missing["webrtc"]["remedy"] == "pip install webrtcvad-wheels"
    assert missing["pocketsphinx"]["remedy"] == "pip install pocketsphinx"
    assert missing["espeak"]["remedy"] == "pip install espeakng-loader"


def test_looking_imports_no_engine_and_is_quick() -> None:
    program = (
        "import sys, time; t = time.perf_counter(); from providers import registry; registry.describe();"
        "print(round(time.perf_counter() - t, 3));"
        "print(sorted({'onnxruntime', 'webrtcvad', 'pocketsphinx', 'espeakng_loader', 'soundfile', 'av'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    seconds, engines = run.stdout.splitlines()
    assert engines == "[]"
    assert float(seconds) < 3.0  # some 0.4 s on an idle machine
