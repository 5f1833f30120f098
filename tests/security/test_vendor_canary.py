"""Vendors quote the key that they are sent. The running app talks to one that does so in every way, and nothing gets out.

The keys are canaries. They are looked for in the page, the configuration of the shell, everything that the page's socket
says, the log at DEBUG, the bytes of the store, and what is exported. The hunt is first shown to catch a leak in each of them.
"""

import contextlib
import io
import json
import logging
import shutil
import subprocess
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from bench.access.redaction import PINNED, configure_logging
from providers import keys, registry
from providers.base import ChatModel, ChatRequest, Message, Wire
from providers.errors import ProviderError
from tests.running import ROOT, PageSocket, Workbench, running_workbench
from tests.security.hostile_vendor import FAULTS, HostileVendor, hostile_vendor, masked
from tests.security.test_redaction import traces_of

CANARIES = {
    "OPENAI_API_KEY": "cnry-o7f-Q.9_z1w5e8a4d2b6Jx4Vt9Kq",
    "GOOGLE_API_KEY": "cnry-gB3/X+2=y8r6t1u9i5o7Ph2Nm8Lz",
    "GROQ_API_KEY": "cnry-qW5/E+7=r3t9y2u4i6o1As8Df3Gh",
    "OPENROUTER_API_KEY": "cnry-rT6/Y+8=u1i3o5p7a9s2Kj5Hg4Fd",
    "ANAM_API_KEY": "cnry-aC4/V+6=b8n2m1l3k5j7Qa9Wz6Xe",
    "YANDEX_API_KEY": "cnry-yM9/K+4=h6g2f8d1s3a5Zx7Cv2Bn",
}
"""Letters that JSON, addresses and HTML write in other ways, and that fit into a header; the first one could be any id."""
DECOY = "cnry-dL2/P+5=w9q7e3r1t8y4Ui6Op4As"
"""Planted to show that the hunt is awake."""
VENDORS = {"openai": "OPENAI_API_KEY", "openai-responses": "OPENAI_API_KEY", "google": "GOOGLE_API_KEY"}
"""Chat provider → the key that it sends to its vendor."""
HUNTED = ("401", "429", "302", "inside", "malformed", "headers")
"""In the running app: each of them goes another way. All others are looked at inside the process."""
LOGGED = ("401", "inside", "malformed", "headers")
LOUD = ("httpx2", "httpcore2", "openai", "google_genai", "google_genai.models", "websockets", "uvicorn", "asyncio", "gradio")


def traces(secret: str, text: str) -> list[str]:
    """Also backwards, by halves, and as a vendor masks it."""
    half = len(secret) // 2
    more = {
        "backwards": secret[::-1], "first half": secret[:half], "second half": secret[half:],
        "first half backwards": secret[:half][::-1], "second half backwards": secret[half:][::-1],
        "masked": masked(secret), "masked beginning": f"{secret[:8]}**",
    }  # fmt: skip
    return traces_of(secret, text) + [name for name, form in more.items() if form in text]


# ── where it could get out ───────────────────────────────────────────────────────────────────────────────────────────────
PATHS = ("/", "/config", "/gradio_api/info", "/gradio_api/startup-events", "/openapi.json", "/wb/inputs", "/health", "/?tab=chat",
         "/theme.css", "/no-such-page")  # fmt: skip


def pages(client: httpx.Client) -> str:
    """The page, the shell's configuration and its descriptions, as a browser gets them."""
    answers = [client.get(path) for path in PATHS]
    return "\n".join(f"{answer.status_code} {answer.headers}\n{answer.text}" for answer in answers)


def heard(page: PageSocket) -> str:
    """All that the socket has said."""
    return json.dumps([page.welcome, *page.seen], ensure_ascii=False)


def store(data: Path) -> str:
    """Every byte that is on the disk: the database, what is not yet merged into it, and all files beside it but the log."""
    found = [path for path in data.rglob("*") if path.is_file() and path.name != "log.txt"]
    return "\n".join(path.read_bytes().decode("utf-8", "replace") for path in found)


def exported(data: Path, into: Path) -> str:
    """The turns of a copy of the store, as the command line gives them."""
    shutil.copytree(data, into)
    program = (
        "import asyncio, pathlib, sys, uuid\n"
        "from bench.clock import MonotonicClock\n"
        "from bench.events.export import events_csv, events_json\n"
        "from bench.events.store import Store\n"
        "async def main():\n"
        "    store = await Store.open(pathlib.Path(sys.argv[1]), MonotonicClock(), uuid.uuid4().hex)\n"
        "    events = [event for _, event in await store.events()]\n"
        "    await store.close()\n"
        "    print(events_json(events))\n"
        "    print(events_csv(events))\n"
        "asyncio.run(main())\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, str(into / "firstword.sqlite3")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stderr
    return said.stdout


@dataclass(slots=True)
class Hunt:
    """The running app, after the vendors have had their say."""

    bench: Workbench
    page: PageSocket
    vendor: HostileVendor
    outcomes: dict[str, dict[str, Any]]
    """`provider-fault` → the turn's view."""

    def sinks(self, folder: Path, page: PageSocket | None = None) -> dict[str, str]:
        """Where a key could get out → all that is there; `page` is another page than the first."""
        with self.bench.signed_in() as client:
            seen = pages(client)
        return {
            "page": seen,
            "socket": heard(page or self.page),
            "log": self.bench.log.read_text(encoding="utf-8", errors="replace"),
            "store": store(self.bench.data),
            "export": exported(self.bench.data, folder / "copy"),
        }


@pytest.fixture(scope="module")
def hunt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hunt]:
    """One conversation with every vendor about every fault."""
    data = tmp_path_factory.mktemp("canary") / "data"
    with hostile_vendor() as vendor:
        at = {"OPENAI_BASE_URL": f"{vendor.address}/v1", "GOOGLE_GEMINI_BASE_URL": vendor.address}
        with running_workbench(data, **CANARIES, **at, FIRSTWORD_LOG_LEVEL="DEBUG") as bench, bench.socket() as page:
            page.ready()
            for other in page.welcome["workspaces"]["chat"]["columns"][1:]:
                page.send("column_remove", tab="chat", column=other["column"])
            outcomes = {f"{name}-{fault}": asked(page, name, fault) for name in VENDORS for fault in HUNTED}
            yield Hunt(bench, page, vendor, outcomes)


def asked(page: PageSocket, name: str, fault: str) -> dict[str, Any]:
    """One question to that provider; the view of the turn when it is over."""
    column = page.welcome["workspaces"]["chat"]["columns"][0]
    configuration = json.loads(json.dumps(column["configuration"]))
    configuration["thinking"]["chat"] = {"provider": name, "options": {"model": f"echo-{fault}"}}
    configuration["speaking"]["aloud"] = False
    page.send("column_configure", tab="chat", column=column["column"], configuration=configuration)
    ready = False
    while not ready:
        now = page.until("workspace", tab="chat")["workspace"]["columns"][0]
        ready = now["ready"] and now["configuration"]["thinking"]["chat"] == configuration["thinking"]["chat"]
    page.say(f"hello {name} {fault}")
    return page.until("outcome", tab="chat", column=column["column"])["view"]


# ── the hunt ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_keys_were_sent_and_quoted(hunt: Hunt) -> None:
    """Without this the rest says nothing: each vendor had its own key, and only its own."""
    for name in VENDORS:
        for fault in HUNTED:
            assert hunt.outcomes[f"{name}-{fault}"]["outcome"] == "failed", f"{name} {fault}"
    for fault in HUNTED:
        keys_seen = {key for model, key in hunt.vendor.seen if model == f"echo-{fault}"}
        assert keys_seen == {CANARIES["OPENAI_API_KEY"], CANARIES["GOOGLE_API_KEY"]}


def test_no_key_gets_out(hunt: Hunt, tmp_path: Path) -> None:
    found = {
        f"{variable} in the {sink}": kinds
        for sink, text in hunt.sinks(tmp_path).items()
        for variable, canary in CANARIES.items()
        if (kinds := traces(canary, text))
    }
    assert found == {}


def test_the_vendors_words_do_not_get_out_either(hunt: Hunt, tmp_path: Path) -> None:
    sinks = hunt.sinks(tmp_path)
    assert [sink for sink in ("page", "socket", "export") if "Incorrect API key" in sinks[sink]] == []


def test_the_hunt_catches_a_leak_in_each_sink(hunt: Hunt, tmp_path: Path) -> None:
    """The decoy is no key: it is what a user says and asks for, so it is everywhere where such things belong."""
    with hunt.bench.socket("test-page-0002") as page:
        page.ready()
        page.say(DECOY)
        page.until("outcome", tab="chat")
    with contextlib.suppress(InvalidStatus), connect(f"{hunt.bench.url}/wb/socket?said={quote(DECOY)}".replace("http", "ws")):
        pass  # it needs a ticket, and says so in the log
    sinks = hunt.sinks(tmp_path, page)
    with hostile_vendor() as leaky, httpx.Client(base_url=leaky.address, headers={"x-goog-api-key": DECOY}) as client:
        sinks["page"] = pages(client)  # a page that quotes what it knows
    assert [sink for sink, text in sinks.items() if not traces(DECOY, text)] == []


@pytest.mark.parametrize(
    "spelling", [DECOY[::-1], DECOY[16:], DECOY[:16], DECOY[:16][::-1], DECOY[16:][::-1], masked(DECOY), f"x{DECOY[:8]}***"]
)
def test_the_hunter_knows_the_spellings(spelling: str) -> None:
    assert traces(DECOY, f"before {spelling} after")
    assert not traces(DECOY, "before and after")


# ── inside the process: errors, tracebacks, and every library's logger ───────────────────────────────────────────────────
@pytest.fixture
def loud_log() -> Iterator[io.StringIO]:
    """The app's own log at DEBUG, with all loggers of the libraries let loose in addition to what it pins."""
    root, stream = logging.getLogger(), io.StringIO()
    level, handlers = root.level, list(root.handlers)
    levels = {name: logging.getLogger(name).level for name in {*PINNED, *LOUD}}
    handler = configure_logging("DEBUG", keys.redactable(), stream)
    yield stream
    root.removeHandler(handler)
    logging.captureWarnings(False)
    root.setLevel(level)
    for old in handlers:
        root.addHandler(old)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


async def failure(provider: ChatModel) -> ProviderError:
    """The error of one reply."""
    chunks: Any = provider.stream(ChatRequest((Message("user", "hello"),)), Wire(lambda: 0, lambda instant: None))
    async with contextlib.aclosing(chunks):
        with pytest.raises(ProviderError) as caught:
            async for _ in chunks:
                pass
    return caught.value


@pytest.mark.parametrize("name", VENDORS)
@pytest.mark.parametrize("fault", FAULTS)
async def test_errors_and_tracebacks_say_nothing(
    name: str, fault: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What a person, a crash report, and the log would get to see."""
    canary = CANARIES[VENDORS[name]]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(VENDORS[name], canary)
    with hostile_vendor() as vendor:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{vendor.address}/v1")
        monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", vendor.address)
        provider = registry.build("chat", name, {"model": f"echo-{fault}"})
        assert isinstance(provider, ChatModel)
        error = await failure(provider)
        await provider.close()
        assert (f"echo-{fault}", canary) in vendor.seen, "the key was never sent: this says nothing"
    shown = f"{error} {error!r} {error.public_message} {error.facts}"
    assert traces(canary, shown) == []
    assert "Incorrect API key" not in shown
    assert traces(canary, "".join(traceback.format_exception(error))) == [], "a traceback quotes the vendor"


@pytest.mark.parametrize("name", VENDORS)
async def test_no_library_logs_it(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, loud_log: io.StringIO) -> None:
    """As the app configures logging, at DEBUG; and with all libraries let loose, the key as it is stays hidden."""
    canary = CANARIES[VENDORS[name]]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(VENDORS[name], canary)
    configure = keys.redactable()
    assert canary in configure
    root = logging.getLogger()
    root.removeHandler(root.handlers[-1])
    configure_logging("DEBUG", configure, loud_log)
    for fault in LOGGED:
        await logged_failure(name, fault, monkeypatch)
    assert "could not answer" in loud_log.getvalue()
    assert traces(canary, loud_log.getvalue()) == []
    for library in LOUD:
        logging.getLogger(library).setLevel(logging.DEBUG)
    before = len(loud_log.getvalue())
    for fault in LOGGED:
        await logged_failure(name, fault, monkeypatch)
    assert "httpcore2" in loud_log.getvalue()[before:], "nobody was let loose"
    assert traces_of(canary, loud_log.getvalue()[before:]) == []


async def logged_failure(name: str, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One failure, logged as the app logs what it did not expect."""
    with hostile_vendor() as vendor:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{vendor.address}/v1")
        monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", vendor.address)
        provider = registry.build("chat", name, {"model": f"echo-{fault}"})
        assert isinstance(provider, ChatModel)
        try:
            raise await failure(provider)
        except ProviderError as error:
            logging.getLogger("bench.turn").exception("could not answer: %s", error)
        await provider.close()
