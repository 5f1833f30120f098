"""Recordings that people bring: judged by content, counted while they arrive, kept under our names, deleted in time."""

import asyncio
import io
import json
import os
import socket
import stat
import time
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from bench.access import uploads as uploads_module
from bench.access.uploads import (
    Note,
    TooLargeError,
    TooLongError,
    TooManyError,
    TooSlowError,
    UnreadableError,
    UploadError,
    Uploads,
    clean_title,
    decoder,
)
from tests.security.running_app import Running

RATE_HZ = 16_000
read_sound = decoder(1.0)
"""The real decoder, up to one minute."""


def tone(seconds: float = 0.5, kind: str = "WAV") -> bytes:
    """A recording as a browser would send it."""
    pcm = (8000 * np.sin(np.arange(int(seconds * RATE_HZ)) * 0.2)).astype(np.int16)
    file = io.BytesIO()
    soundfile.write(file, pcm, RATE_HZ, format=kind)
    return file.getvalue()


async def pieces(content: bytes, size: int = 4096) -> AsyncGenerator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


def left_in(folder: Path) -> list[str]:
    """Names of the files there."""
    return sorted(file.name for file in folder.iterdir())


def shelf(folder: Path, **more: Any) -> Uploads:
    return Uploads(folder, **{"decode": read_sound, "max_bytes": 1_000_000, **more})


class TestOverHttp:
    def test_bring_list_delete(self, running: Running) -> None:
        changes = running.state.changes
        with running.signed_in() as client:
            brought = client.post("/wb/inputs?title=My%20voice.wav&language=ru&text=hello", content=tone())
            assert brought.status_code == 201
            upload = brought.json()["input"]
            assert upload["title"] == "My voice.wav"
            assert (upload["language"], upload["text"], upload["own"], upload["labelled"]) == ("ru", "hello", True, False)
            assert upload["duration_ms"] == pytest.approx(500)
            listed = client.get("/wb/inputs").json()["inputs"]
            assert [each["id"] for each in listed] == [upload["id"], "en-hello"]
            assert client.delete(f"/wb/inputs/{upload['id']}").status_code == 204
            assert client.delete(f"/wb/inputs/{upload['id']}").status_code == 404
            assert [each["id"] for each in client.get("/wb/inputs").json()["inputs"]] == ["en-hello"]
            assert client.delete("/wb/inputs/en-hello").status_code == 404
        assert running.state.changes == changes + 2
        assert list(running.state.settings.uploads_dir.iterdir()) == []

    def test_the_announced_size_is_refused_before_it_travels(self, running: Running) -> None:
        """Only the head of the request is sent; the answer comes all the same."""
        with running.signed_in() as client, socket.create_connection(("127.0.0.1", running.port), timeout=5) as wire:
            cookie = f"{running.cookie}={client.cookies[running.cookie]}"
            lines = ["POST /wb/inputs HTTP/1.1", f"host: {running.host}", f"origin: {running.origin}", f"cookie: {cookie}",
                     "content-length: 25000001", "", ""]  # fmt: skip
            wire.sendall("\r\n".join(lines).encode())
            assert wire.recv(4096).startswith(b"HTTP/1.1 413 ")

    def test_the_unannounced_size_is_counted_while_it_arrives(self, running: Running) -> None:
        """A chunked body without a length, one byte over the limit."""
        with running.signed_in() as client:
            answer = client.post("/wb/inputs", content=iter([b"\0" * 5_000_000] * 5 + [b"\0"]))
        assert answer.status_code == 413
        assert answer.json()["code"] == "upload_too_large"
        assert "25 MB" in answer.json()["message"]
        assert list(running.state.settings.uploads_dir.iterdir()) == []

    def test_a_file_at_the_limit_arrives(self, running: Running) -> None:
        """It is no sound, so it is refused for that and not for its size."""
        with running.signed_in() as client:
            answer = client.post("/wb/inputs", content=b"\0" * 25_000_000)
        assert (answer.status_code, answer.json()["code"]) == (415, "upload_unreadable")

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"<html><script>alert(1)</script></html>",
            b"RIFF\xff\xff\xff\xffWAVEjunk",
            b"%PDF-1.7",
            b"PK\x03\x04" + b"\0" * 99,
        ],
    )
    def test_content_decides_not_the_name_or_the_declared_type(self, content: bytes, running: Running) -> None:
        with running.signed_in() as client:
            answer = client.post("/wb/inputs?title=voice.wav", content=content, headers={"content-type": "audio/wav"})
        assert answer.status_code == 415
        assert set(answer.json()) == {"code", "message", "remedy"}
        assert list(running.state.settings.uploads_dir.iterdir()) == []

    @pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3"])
    def test_sound_is_taken_under_any_name(self, kind: str, running: Running) -> None:
        with running.signed_in() as client:
            answer = client.post("/wb/inputs?title=x.exe", content=tone(kind=kind), headers={"content-type": "text/plain"})
            assert answer.status_code == 201
            client.delete(f"/wb/inputs/{answer.json()['input']['id']}")

    def test_a_form_is_told_how_to_do_it(self, running: Running) -> None:
        with running.signed_in() as client:
            answer = client.post("/wb/inputs", files={"file": ("a.wav", tone())})
        assert answer.status_code == 415
        assert "body of the request" in answer.json()["remedy"]

    def test_wrong_parameters_are_not_repeated(self, running: Running) -> None:
        with running.signed_in() as client:
            answer = client.post("/wb/inputs?language=<script>", content=tone())
        assert answer.status_code == 422
        assert b"<script>" not in answer.content


async def test_names_and_rights_are_ours(tmp_path: Path) -> None:
    uploads = shelf(tmp_path / "uploads")
    upload = await uploads.add(pieces(tone()), Note(title="../../etc/passwd\n\x00"))
    assert upload.title == "passwd"
    assert stat.S_IMODE((tmp_path / "uploads").stat().st_mode) == 0o700
    files = sorted((tmp_path / "uploads").iterdir())
    assert [file.name for file in files] == [f"{upload.id}.flac", f"{upload.id}.json"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert np.array_equal(uploads.samples(upload.id), soundfile.read(io.BytesIO(tone()), dtype="int16")[0])


@pytest.mark.parametrize("upload_id", ["../secret", "..", "", "a/b", "a\\b", "nothing", "ü", "a\0b"])
def test_an_id_never_becomes_a_path_elsewhere(upload_id: str, tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text("{}")
    (tmp_path / "secret.flac").write_bytes(b"")
    uploads = shelf(tmp_path / "uploads")
    assert uploads.remove(upload_id) is False
    with pytest.raises(KeyError):
        uploads.samples(upload_id)
    assert (tmp_path / "secret.json").exists()


async def test_nothing_stays_of_a_refused_upload(tmp_path: Path) -> None:
    uploads = shelf(tmp_path, max_bytes=10_000)
    for content, refusal in ((b"", UnreadableError), (b"noise" * 10, UnreadableError), (b"\0" * 10_001, TooLargeError)):
        with pytest.raises(refusal):
            await uploads.add(pieces(content), Note())
        assert left_in(tmp_path) == []


async def test_a_long_recording_in_a_small_file_is_refused(tmp_path: Path) -> None:
    """Eleven minutes of silence are 2 kB of FLAC a minute: the size limit alone would let hours through."""
    bomb = io.BytesIO()
    soundfile.write(bomb, np.zeros(61 * RATE_HZ, np.int16), RATE_HZ, format="FLAC")
    assert len(bomb.getvalue()) < 30_000
    with pytest.raises(TooLongError):
        await shelf(tmp_path).add(pieces(bomb.getvalue()), Note())
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3"])
async def test_damaged_files_are_refused_politely_or_taken(kind: str, tmp_path: Path) -> None:
    """Bytes changed and ends cut off at chance (a fixed one): either it decodes or it is an `UploadError`, nothing else."""
    chance = np.random.default_rng(7)
    whole = tone(0.2, kind)
    uploads = shelf(tmp_path, seconds_to_arrive=10)
    for _ in range(25):
        damaged = bytearray(whole[: int(chance.integers(1, len(whole) + 1))])
        for place in chance.integers(0, len(damaged), 4):
            damaged[place] = int(chance.integers(0, 256))
        said = await taken_or_told(uploads, bytes(damaged))
        assert all(said)
        assert left_in(tmp_path) == []


async def taken_or_told(uploads: Uploads, content: bytes) -> tuple[str, ...]:
    """The id of what was taken (and deleted again), or what was said and advised."""
    try:
        upload = await uploads.add(pieces(content), Note())
    except UploadError as error:
        return error.message, error.remedy
    uploads.remove(upload.id)
    return (upload.id,)


async def test_a_browser_that_goes_away_leaves_nothing(tmp_path: Path) -> None:
    async def breaks() -> AsyncGenerator[bytes]:
        yield tone()[:1000]
        raise ConnectionResetError

    uploads = shelf(tmp_path)
    with pytest.raises(ConnectionResetError):
        await uploads.add(breaks(), Note())
    assert left_in(tmp_path) == []


async def test_a_browser_that_dawdles_is_cut_off(tmp_path: Path) -> None:
    async def dawdles() -> AsyncGenerator[bytes]:
        yield tone()[:1000]
        await asyncio.Event().wait()

    uploads = shelf(tmp_path, seconds_to_arrive=0.05)
    with pytest.raises(TooSlowError):
        await uploads.add(dawdles(), Note())
    assert left_in(tmp_path) == []


async def test_reading_stops_at_the_limit(tmp_path: Path) -> None:
    taken = 0

    async def endless() -> AsyncGenerator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield b"\0" * 1000

    with pytest.raises(TooLargeError):
        await shelf(tmp_path, max_bytes=10_000).add(endless(), Note())
    assert taken == 11


async def test_the_folder_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads_module, "MOST", 2)
    uploads = shelf(tmp_path)
    for _ in range(2):
        await uploads.add(pieces(tone(0.05)), Note())
    with pytest.raises(TooManyError):
        await uploads.add(pieces(tone(0.05)), Note())


async def test_the_loop_runs_on_while_it_is_decoded(tmp_path: Path) -> None:
    """The decoder blocks its thread until the loop has proved that it still turns."""
    import threading

    turned = threading.Event()

    def slow(path: Path) -> Any:
        assert turned.wait(5)
        return read_sound(path)

    async with asyncio.TaskGroup() as group:
        adding = group.create_task(shelf(tmp_path, decode=slow).add(pieces(tone()), Note()))
        await asyncio.sleep(0)
        turned.set()
    assert adding.result().duration_ms == pytest.approx(500)


async def test_swept_after_its_time_unless_kept(tmp_path: Path) -> None:
    uploads = shelf(tmp_path, keep_hours=24)
    old = await uploads.add(pieces(tone()), Note(title="old"))
    kept = await uploads.add(pieces(tone()), Note(title="kept", keep=True))
    new = await uploads.add(pieces(tone()), Note(title="new"))
    stray = tmp_path / "u-crashed.part"
    stray.write_bytes(b"half")
    yesterday = time.time() - 24 * 3600 - 1
    for name in left_in(tmp_path):
        if new.id not in name:
            os.utime(tmp_path / name, (yesterday, yesterday))
    assert uploads.sweep() == 3
    assert {upload.id for upload in uploads.all()} == {kept.id, new.id}
    assert uploads.sweep() == 0
    assert not stray.exists()
    with pytest.raises(KeyError):
        uploads.samples(old.id)


async def test_the_broom_works_until_it_is_put_away(tmp_path: Path) -> None:
    swept = asyncio.Event()
    loop = asyncio.get_running_loop()

    class Watched(Uploads):
        def sweep(self) -> int:
            gone = super().sweep()
            loop.call_soon_threadsafe(swept.set)
            return gone

    uploads = Watched(tmp_path, decode=read_sound, max_bytes=1)
    stray = tmp_path / "u-crashed.part"
    stray.write_bytes(b"half")
    os.utime(stray, (0, 0))
    sweeping = asyncio.create_task(uploads.sweeping())
    await asyncio.wait_for(swept.wait(), 5)
    assert left_in(tmp_path) == []
    sweeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sweeping


async def test_a_damaged_note_spoils_nothing(tmp_path: Path) -> None:
    uploads = shelf(tmp_path)
    good = await uploads.add(pieces(tone()), Note())
    (tmp_path / "u-damaged.json").write_text("{")
    (tmp_path / "u-strange.json").write_text(json.dumps({"unknown": 1}))
    os.utime(tmp_path / "u-damaged.json", (0, 0))
    assert [upload.id for upload in uploads.all()] == [good.id]
    assert uploads.sweep() == 1


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("C:\\Users\\me\\voice memo.m4a", "voice memo.m4a"),
        ("  a \t b\r\n", "a b"),
        ("", "Recording"),
        ("\u202egpj.exe", "gpj.exe"),
        ("x" * 500, "x" * 120),
        ("привет.ogg", "привет.ogg"),
    ],
)
def test_titles(given: str, shown: str) -> None:
    assert clean_title(given) == shown


def test_every_refusal_has_its_own_code_and_status() -> None:
    kinds = UploadError.__subclasses__()
    assert len({kind.code for kind in kinds}) == len(kinds) == 5
    assert {kind.status for kind in kinds} == {408, 409, 413, 415}
