"""The front door: a local browser is signed in by itself, a foreign page cannot do it, and a restart forgets nobody."""

import stat
from pathlib import Path

import pytest

from bench.access.identity import LIFETIME_S, SecretDamagedError, Sessions, load_secret
from tests.security.running_app import FakeState, Running, run_app, settings_for


def test_the_cookie(running: Running) -> None:
    with running.client() as client:
        answer = client.get("/", headers={"sec-fetch-site": "none", "sec-fetch-mode": "navigate"})
    attributes = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
    assert {"httponly", "samesite=strict", "path=/", f"max-age={LIFETIME_S}"} == attributes
    assert answer.headers["set-cookie"].startswith(f"firstword_{running.port}=")
    assert len(answer.headers.get_list("set-cookie")) == 1
    value = answer.cookies[running.cookie]
    assert len(value.split(".")[0]) == 43  # 256 bits


def test_every_browser_is_another_and_keeps_its_session(running: Running) -> None:
    with running.client() as one, running.client() as two:
        one.get("/")
        two.get("/")
        assert one.cookies[running.cookie] != two.cookies[running.cookie]
        assert "set-cookie" not in one.get("/").headers


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_gets_the_doorstep_and_no_cookie(running: Running, site: str) -> None:
    with running.client() as client:
        answer = client.get("/?compare=abc", headers={"sec-fetch-site": site, "sec-fetch-mode": "navigate"})
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert b"gradio" not in answer.content
    assert b'href=""' in answer.content  # this very address, which nobody can bend


@pytest.mark.parametrize("mode", ["no-cors", "cors", "websocket"])
def test_another_site_cannot_embed_or_fetch_it(running: Running, mode: str) -> None:
    with running.client() as client:
        answer = client.get("/", headers={"sec-fetch-site": "cross-site", "sec-fetch-mode": mode})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_a_foreign_form_is_refused_even_without_the_browsers_new_headers(running: Running) -> None:
    with running.client() as client:
        client.get("/")
        for headers in ({"origin": "https://evil.example"}, {}):
            answer = client.post("/wb/ticket", headers=headers)
            assert answer.status_code == 403
            assert answer.json() == {
                "code": "forbidden",
                "message": "Not allowed.",
                "remedy": "Open the start page of Firstword.",
            }


def test_another_cookie_of_the_same_name_does_not_lock_us_out(running: Running) -> None:
    with running.signed_in() as client:
        good = client.cookies[running.cookie]
        client.cookies.clear()
        cookie = f"{running.cookie}=planted; {running.cookie}={good}; theme=dark"
        assert client.post("/wb/ticket", headers={"cookie": cookie}).status_code == 200


def test_a_session_survives_a_restart(tmp_path: Path) -> None:
    value = ""
    settings = settings_for(tmp_path)
    for round_ in (1, 2):
        for running in run_app(FakeState(settings)):
            with running.client(origin=running.origin) as client:
                if round_ == 1:
                    client.get("/")
                    value = client.cookies[running.cookie]
                else:
                    client.cookies.set(running.cookie, value)
                    assert client.post("/wb/ticket").status_code == 200
                    assert "set-cookie" not in client.get("/").headers


def test_deleting_the_secret_signs_everybody_out(tmp_path: Path) -> None:
    sessions = Sessions(load_secret(tmp_path))
    cookie = sessions.cookie_value(sessions.start())
    assert Sessions(load_secret(tmp_path)).read(cookie) is not None
    (tmp_path / "session.key").unlink()
    assert Sessions(load_secret(tmp_path)).read(cookie) is None


def test_the_secret_is_private(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    secret = load_secret(folder)
    assert len(secret) == 32
    assert stat.S_IMODE((folder / "session.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [file.name for file in folder.iterdir()] == ["session.key"]
    (folder / "session.key").chmod(0o644)
    assert load_secret(folder) == secret
    assert stat.S_IMODE((folder / "session.key").stat().st_mode) == 0o600


def test_a_damaged_secret_names_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "session.key").write_bytes(b"short")
    with pytest.raises(SecretDamagedError, match="Delete it"):
        load_secret(tmp_path)


class TestSessions:
    """Signing and reading, with a clock of their own."""

    def setup_method(self) -> None:
        self.now_s = 1_000_000.0
        self.sessions = Sessions(b"s" * 32, now_s=lambda: self.now_s)

    def test_it_ends(self) -> None:
        cookie = self.sessions.cookie_value(self.sessions.start())
        self.now_s += LIFETIME_S - 1
        assert self.sessions.read(cookie) is not None
        self.now_s += 1
        assert self.sessions.read(cookie) is None

    def test_it_is_renewed_in_its_second_half_under_the_same_id(self) -> None:
        session = self.sessions.start()
        assert self.sessions.renewed(session) is None
        self.now_s += LIFETIME_S / 2 + 1
        renewed = self.sessions.renewed(session)
        assert renewed is not None
        assert renewed.id == session.id
        assert renewed.expires_s == int(self.now_s) + LIFETIME_S

    def test_no_part_can_be_changed(self) -> None:
        session_id, expires, signature = self.sessions.cookie_value(self.sessions.start()).split(".")
        good = f"{session_id}.{expires}.{signature}"
        assert self.sessions.read(good) is not None
        for bad in (
            f"{session_id}.{int(expires) + 1}.{signature}",
            f"x{session_id}.{expires}.{signature}",
            f"{session_id}.{expires}.{signature[:-1]}",
            f"{session_id}.{expires}.",
            f"{session_id}.{expires}",
            f"{session_id}.{expires}.{signature}.x",
            f"{session_id}.-1.{signature}",
            f"{session_id}.{'9' * 400}.{signature}",
            f"{session_id}.{expires}.\udcff",
            "",
            "...",
        ):
            assert self.sessions.read(bad) is None, bad

    def test_a_weak_secret_is_refused(self) -> None:
        with pytest.raises(ValueError, match="32 bytes"):
            Sessions(b"short")
