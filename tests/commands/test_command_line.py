"""The command line as somebody types it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.running import ROOT


def firstword(data: Path, *arguments: str, timeout_s: float = 120) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "FIRSTWORD_DATA_DIR": str(data), "COLUMNS": "120"}
    command = [sys.executable, "workbench.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=timeout_s, check=False)


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:  # type: ignore[type-arg]
    """One real comparison of the embedded presets on a short sample."""
    data = tmp_path_factory.mktemp("data")
    out = data / "result.json"
    done = firstword(
        data, "compare", "embedded-pause-300", "embedded-pause-700", "--input", "samples/en-yes-rms.flac", "--repeat", "2",
        "--seed", "7", "--out", str(out),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "voice to voice" in done.stdout
    return data, json.loads(out.read_text(encoding="utf-8"))


def test_compare_writes_every_turn_with_its_marks(compared) -> None:  # type: ignore[no-untyped-def]
    _, result = compared
    names = [configuration["preset"] for configuration in result["configurations"]]
    assert names == ["embedded-pause-300", "embedded-pause-700"]
    for configuration in result["configurations"]:
        assert configuration["outcomes"] == {"answered": 2}
        assert len(configuration["fingerprint"]) == 16
        for figure in ("vad_pause", "ttft", "stt_final", "tts_start", "voice_to_voice"):
            assert configuration["figures"][figure]["n"] == 2
            assert configuration["figures"][figure]["median_ms"] > 0
    medians = [c["figures"]["voice_to_voice"]["median_ms"] for c in result["configurations"]]
    assert 300 < medians[1] - medians[0] < 500
    assert len(result["turns"]) == 2 * (2 + 1)  # with a warm-up each
    for turn in result["turns"]:
        assert {mark["name"] for mark in turn["marks"]} >= {"speech_ended", "turn_released", "stt_final", "playback_started"}
        assert min(mark["at_ms"] for mark in turn["marks"]) == 0
        assert {"name", "at_ms", "clock", "error_ms"} <= set(turn["marks"][0])
        assert turn["transcript"]
        assert turn["reply"]


def test_replay_recomputes_equal_figures(compared) -> None:  # type: ignore[no-untyped-def]
    data, result = compared
    turn = result["turns"][0]["turn"]
    done = firstword(data, "replay", turn[:6], "--json")
    assert done.returncode == 0, done.stderr
    replayed = json.loads(done.stdout)
    assert replayed["equal"]
    assert replayed["turn"]["figures"] == result["turns"][0]["figures"]


def test_replay_notices_a_mark_that_was_changed_afterwards(compared, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    import shutil
    import sqlite3

    data, result = compared
    copy = tmp_path / "data"
    shutil.copytree(data, copy)
    turn = result["turns"][0]["turn"]
    with sqlite3.connect(copy / "firstword.sqlite3") as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(events)")]
        body = next(
            name
            for name in columns
            if name not in ("seq", "kind", "conversation", "turn", "process", "at_ns", "experiment", "page")
        )
        rows = database.execute(f"SELECT seq, {body} FROM events WHERE turn = ? AND kind = 'Marked'", (turn,)).fetchall()
        seq, text = next((seq, text) for seq, text in rows if '"llm_first_text"' in text)
        event = json.loads(text)
        event["at_ns"] += 5_000_000
        database.execute(f"UPDATE events SET {body} = ? WHERE seq = ?", (json.dumps(event), seq))
    database.close()
    done = firstword(copy, "replay", turn)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "NO" in done.stdout


def test_replay_of_an_unknown_turn(tmp_path: Path) -> None:
    done = firstword(tmp_path, "replay", "nothere")
    assert done.returncode == 2
    assert "nothere" in done.stderr
    assert "Traceback" not in done.stderr


def test_typed_turns_compare_too(tmp_path: Path) -> None:
    out = tmp_path / "typed.json"
    done = firstword(tmp_path, "compare", "scripted", "scripted", "--text", "hello there", "--repeat", "1", "--out", str(out))
    assert done.returncode == 0, done.stderr
    result = json.loads(out.read_text(encoding="utf-8"))
    assert [c["preset"] for c in result["configurations"]] == ["scripted", "scripted#2"]
    assert result["verdict"]["figure"] == "message_to_voice"
    assert "Cannot tell yet" in done.stdout


def test_providers_lists_what_is_here_and_what_is_not(tmp_path: Path) -> None:
    done = firstword(tmp_path, "providers", "--json")
    assert done.returncode == 0
    listed = json.loads(done.stdout)
    assert {provider["name"] for provider in listed["vad"]} >= {"silero", "webrtc", "scripted"}
    assert {provider["name"] for provider in listed["tts"]} >= {"espeak", "flite", "scripted"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["compare", "embedded", "no-such", "--text", "x"], "no such preset"),
        (["compare", "embedded", "embedded"], "either --input"),
        (["compare", "embedded", "embedded", "--input", "nothing.wav"], "nothing.wav"),
        (["compare", "embedded", "embedded", "--text", "x", "--out", "/nowhere/x.json"], "folder does not exist"),
        (["compare", "embedded", "--text", "   "], "empty"),
        (["compare", "embedded", "--text", "x", "--repeat", "0"], "repeat"),
        (["serve", "--host", "0.0.0.0"], "accounts"),
        (["bogus"], "bogus"),
    ],
)  # fmt: skip
def test_bad_requests_say_what_is_wrong(tmp_path: Path, arguments: list[str], says: str) -> None:
    done = firstword(tmp_path, *arguments)
    assert done.returncode == 2, done.stdout + done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_help_has_examples(tmp_path: Path) -> None:
    for arguments in (["--help"], ["compare", "--help"]):
        done = firstword(tmp_path, *arguments)
        assert done.returncode == 0
        assert "python workbench.py compare" in done.stdout


def test_a_data_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    file = tmp_path / "a-file"
    file.write_text("")
    done = firstword(file / "below", "serve", "--no-browser", "--port", "7999")
    assert done.returncode == 4, done.stderr
    assert "FIRSTWORD_DATA_DIR" in done.stderr
    assert "Traceback" not in done.stderr
