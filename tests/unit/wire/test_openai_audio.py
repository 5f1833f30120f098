"""Speech to text, text to speech, files and models of the OpenAI wire server."""

import array
import base64
import io
import json
import wave
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from bench.wire.plan import Fault, Plan
from bench.wire.vendor_process import WireServer, running_wire_server
from tests.unit.wire.raw_http import KEY, get, post

QUICK = Plan(text="Hallo schöne Welt", first_chunk_ms=1, first_text_ms=2, tokens_per_s=5000, audio_s=0.5, realtime_factor=0.01)
SAMPLE = Path(__file__).parents[3] / "samples" / "en-haircut-slt.flac"


def wav(seconds: float) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16_000)
        sound.writeframes(bytes(round(32_000 * seconds)))
    return file.getvalue()


@pytest.fixture(scope="module")
def server() -> Iterator[WireServer]:
    with running_wire_server("openai", QUICK) as running:
        yield running


@pytest.fixture
async def sdk(server: WireServer) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(api_key=KEY, base_url=server.base_url(), max_retries=0) as client:
        yield client


FILE = ("a.wav", wav(3), "audio/wav")


async def test_every_form_of_a_transcript(sdk: AsyncOpenAI) -> None:
    create: Any = sdk.audio.transcriptions.create
    plain = await create(model="whisper-1", file=FILE, language="de", prompt="p", temperature=0.5)
    assert (plain.text, plain.usage.type, plain.usage.seconds) == (QUICK.text, "duration", 3.0)
    tokens = await create(model="gpt-4o-mini-transcribe", file=FILE)
    assert (tokens.usage.type, tokens.usage.input_tokens, tokens.usage.output_tokens) == ("tokens", QUICK.tokens_in, 3)
    assert await create(model="whisper-1", file=FILE, response_format="text") == f"{QUICK.text}\n"
    times = "00:00:00,000 --> 00:00:03,000"
    assert await create(model="whisper-1", file=FILE, response_format="srt") == f"1\n{times}\n{QUICK.text}\n\n"
    vtt = await create(model="whisper-1", file=FILE, response_format="vtt")
    assert vtt == f"WEBVTT\n\n{times.replace(',', '.')}\n{QUICK.text}\n\n"
    verbose = await create(model="whisper-1", file=FILE, response_format="verbose_json", language="de",
                           timestamp_granularities=["word", "segment"])  # fmt: skip
    assert (verbose.language, verbose.duration, verbose.segments[0].text) == ("german", 3.0, QUICK.text)
    assert [(word.word, word.start, word.end) for word in verbose.words] == [("Hallo", 0, 1), ("schöne", 1, 2), ("Welt", 2, 3)]
    speakers = await create(
        model="gpt-4o-transcribe-diarize", file=FILE, response_format="diarized_json", chunking_strategy="auto"
    )
    assert [segment.text for segment in speakers.segments] == [QUICK.text]


async def test_a_transcript_as_a_stream(sdk: AsyncOpenAI, server: WireServer) -> None:
    create: Any = sdk.audio.transcriptions.create
    stream = await create(model="gpt-4o-transcribe", file=FILE, stream=True, response_format="json", include=["logprobs"],
                          chunking_strategy={"type": "server_vad", "silence_duration_ms": 200, "threshold": 0.5})  # fmt: skip
    events = [event async for event in stream]
    assert "".join(event.delta for event in events if event.type == "transcript.text.delta") == QUICK.text
    assert events[0].logprobs[0].token == "Hallo"
    assert (events[-1].type, events[-1].text) == ("transcript.text.done", QUICK.text)
    new = [event async for event in await create(model="gpt-transcribe", file=FILE, stream=True, languages=["de", "en"],
                                                 keywords=["Welt"])]  # fmt: skip
    assert [each.code for each in new[-1].languages] == ["de"]
    old = await create(model="whisper-1", file=FILE, stream=True)
    kinds = [event async for event in old]
    assert kinds == [], "whisper-1 ignores it: the answer is no stream"
    stamps = server.requests()[-1]
    assert [chunk.kind for chunk in stamps.chunks] == ["text"]


async def test_planned_words_and_real_recordings(sdk: AsyncOpenAI, server: WireServer) -> None:
    plan = QUICK.model_copy(update={"words": (("Hallo", 0.5, 0.9),)})
    create: Any = sdk.with_options(base_url=server.base_url(plan)).audio.transcriptions.create
    answer = await create(model="whisper-1", file=("x.flac", SAMPLE.read_bytes()), response_format="verbose_json",
                          timestamp_granularities=["word"])  # fmt: skip
    assert [(word.word, word.start, word.end) for word in answer.words] == [("Hallo", 0.5, 0.9)]
    assert answer.segments is None
    assert 1 < answer.duration < 60
    for name, magic in (
        ("a.mp3", b"ID3\x04"),
        ("a.ogg", b"OggS"),
        ("a.webm", b"\x1a\x45\xdf\xa3"),
        ("a.m4a", b"\0\0\0\x20ftypM4A "),
    ):
        assert (await create(model="whisper-1", file=(name, magic + bytes(100)))).text == QUICK.text


WRONG: list[tuple[str, dict[str, Any], int, str]] = [
    ("an unknown field", {"extra_body": {"foo": "1"}}, 400, "foo"),
    ("an unknown format", {"response_format": "xml"}, 400, "xml"),
    ("a format that the model has not", {"model": "gpt-4o-transcribe", "response_format": "srt"}, 400, "not compatible"),
    ("word times without the verbose form", {"timestamp_granularities": ["word"]}, 400, "verbose_json"),
    ("keywords for an older model", {"keywords": ["a"]}, 400, "keywords"),
    ("logprobs for whisper", {"include": ["logprobs"]}, 400, "include"),
    ("no language", {"language": "german"}, 400, "ISO-639-1"),
    ("no number", {"extra_body": {"temperature": "warm"}}, 400, "temperature"),
    ("a VAD without its type", {"extra_body": {"chunking_strategy[threshold]": "1"}}, 400, "chunking_strategy.type"),
    ("no recording", {"file": ("a.wav", b"hello, this is text")}, 400, "corrupted"),
    ("a broken recording", {"file": ("a.wav", b"RIFF\0\0\0\0WAVEjunk")}, 400, "corrupted"),
    ("an unknown extension", {"file": ("a.txt", wav(1))}, 400, "Unrecognized file format"),
    ("too short", {"file": ("a.wav", wav(0.05))}, 400, "too short"),
    ("too large", {"file": ("a.wav", wav(850))}, 413, "26214400"),
    ("a long diarized one", {"model": "gpt-4o-transcribe-diarize", "response_format": "diarized_json", "file": ("a.wav", wav(31))}, 400,
     "chunking_strategy"),
    ("a model that is gone", {"model": "gone-1"}, 404, "gone-1"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "status", "words"), [each[1:] for each in WRONG], ids=[each[0] for each in WRONG])
async def test_transcriptions_are_strict(sdk: AsyncOpenAI, server: WireServer, change: Any, status: int, words: str) -> None:
    with pytest.raises(openai.APIStatusError) as caught:
        await sdk.audio.transcriptions.create(**{"model": "whisper-1", "file": FILE, **change})
    assert caught.value.status_code == status
    assert words in caught.value.message
    assert words in str(server.requests()[-1].complaint)


def test_a_form_must_be_one(server: WireServer) -> None:
    assert (
        post(server, "/v1/audio/transcriptions", {"model": "whisper-1"}).json()["error"]["code"] == "unsupported_content_type"
    )
    heard = post(server, "/v1/audio/transcriptions", {}, **{"content-type": "multipart/form-data; boundary=x"})
    assert heard.json()["error"]["code"] == "invalid_multipart"


async def spoken(sdk: AsyncOpenAI, **how: Any) -> tuple[bytes, str]:
    asked = {"model": "gpt-4o-mini-tts", "voice": "alloy", "input": "hi", "response_format": "pcm", **how}
    async with sdk.audio.speech.with_streaming_response.create(**asked) as response:
        return b"".join([each async for each in response.iter_bytes()]), response.headers["content-type"]


async def test_speech_is_silence_and_then_a_tone(sdk: AsyncOpenAI, server: WireServer) -> None:
    sound, kind = await spoken(sdk)
    samples = array.array("h", sound)
    assert (kind, len(samples)) == ("audio/pcm", 12_000)
    assert set(samples[:960]) == {0}, "40 ms"
    assert max(samples[960:1020]) > 9000
    assert samples[961:1021] == samples[961 + 60 : 1021 + 60], "a period of 400 Hz"
    stamps = server.requests()[-1]
    assert [chunk.size for chunk in stamps.chunks] == [4800] * 5
    assert [chunk.due_ms for chunk in stamps.chunks] == [2, 3, 4, 5, 6]
    assert (stamps.head_written_ns or 0) < stamps.chunks[0].written_ns, "the head comes with the first chunk's instant"
    whole, kind = await spoken(sdk, response_format="wav", instructions="calm", speed=1.5, voice={"id": "voice_1"})
    assert (kind, whole[:4], whole[8:16], whole[44:]) == ("audio/wav", b"RIFF", b"WAVEfmt ", sound)
    empty = sdk.with_options(base_url=server.base_url(QUICK.model_copy(update={"fault": Fault(kind="empty")})))
    assert (await spoken(empty))[0] == b""


async def test_speech_as_events(sdk: AsyncOpenAI) -> None:
    asked: Any = {"model": "gpt-4o-mini-tts", "voice": "alloy", "input": "hi", "response_format": "pcm", "stream_format": "sse"}
    async with sdk.audio.speech.with_streaming_response.create(**asked) as response:
        events = [json.loads(line[6:]) async for line in response.iter_lines() if line.startswith("data: ")]
    assert [each["type"] for each in events] == ["speech.audio.delta"] * 5 + ["speech.audio.done"]
    assert b"".join(base64.b64decode(each["audio"]) for each in events[:-1]) == (await spoken(sdk))[0]
    assert events[-1]["usage"]["total_tokens"] > 0


@pytest.mark.parametrize(
    ("change", "status"),
    [({"voice": "nobody"}, 400), ({"input": ""}, 400), ({"input": "x" * 4097}, 400), ({"speed": 5}, 400), ({"foo": 1}, 400),
     ({"response_format": "mp3"}, 400), ({"model": "tts-1", "stream_format": "sse"}, 400), ({"model": "gone-1"}, 404)],
)  # fmt: skip
def test_speech_is_strict(server: WireServer, change: dict[str, Any], status: int) -> None:
    body = {"model": "gpt-4o-mini-tts", "voice": "alloy", "input": "hi", "response_format": "pcm", **change}
    assert post(server, "/v1/audio/speech", body).status == status
    assert server.requests()[-1].complaint is not None


async def test_files(sdk: AsyncOpenAI) -> None:
    made = await sdk.files.create(file=("привет.txt", b"abc\r\n--x\r\n"), purpose="user_data",
                                  expires_after={"anchor": "created_at", "seconds": 3600})  # fmt: skip
    assert (made.bytes, made.filename, made.status) == (10, "привет.txt", "processed")
    assert made.expires_at == made.created_at + 3600
    assert (await sdk.files.retrieve(made.id)).id == made.id
    assert made.id in [file.id async for file in sdk.files.list(purpose="user_data", limit=1)]
    part: Any = {"type": "file", "file": {"file_id": made.id}}
    answer = await sdk.chat.completions.create(model="m", messages=[{"role": "user", "content": [part]}])
    assert answer.choices[0].message.content == QUICK.text
    assert (await sdk.files.delete(made.id)).deleted
    with pytest.raises(openai.NotFoundError):
        await sdk.files.retrieve(made.id)
    with pytest.raises(openai.BadRequestError):
        await sdk.files.create(file=("a.txt", b"abc"), purpose="fun")  # type: ignore[arg-type]


async def test_models(sdk: AsyncOpenAI, server: WireServer) -> None:
    models = {model.id: model async for model in sdk.models.list()}
    assert models["whisper-1"].shutdown_date == "2027-02-26"
    assert "shutdown_date" not in models["gpt-6-astra"].model_dump(exclude_unset=True)
    assert (await sdk.models.retrieve("gpt-4o-mini")).shutdown_date == "2027-01-14"
    for name in ("gone-1", "nobody"):
        with pytest.raises(openai.NotFoundError) as caught:
            await sdk.models.retrieve(name)
        assert caught.value.code == "model_not_found"
    assert get(server, "/v1/models", "POST").status == 405
