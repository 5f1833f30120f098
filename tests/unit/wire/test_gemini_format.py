"""The Gemini stand-in: strict about what it is asked, exact about what it answers."""

import base64
import json
import wave
from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest

from bench.wire.answer import Complaint, WireAnswer, WireRequest
from bench.wire.gemini_format import VENDOR
from bench.wire.gemini_models import MODELS
from bench.wire.plan import Fault, Plan, PlannedCall

HI = {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}
FLASH = "/v1/models/gemini-3.8-flash"
OLD = "/v1beta/models/gemini-2.5-flash"
SPEAKING = "/v1/models/gemini-3.8-flash-tts"
KEY = {"x-goog-api-key": "a-test-key"}
FUNCTION = {"name": "weather", "parametersJsonSchema": {"type": "object", "properties": {"town_name": {"type": "string"}}}}


def request(path: str, body: Any = None, method: str = "POST", query: Mapping[str, str] | None = None, plan: Plan | None = None,
            headers: Mapping[str, str] = KEY, nth: int = 0) -> WireRequest:  # fmt: skip
    raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    return WireRequest(method, path, dict(query or {}), headers, raw, plan or Plan(), nth)


def streamed(body: Any = HI, path: str = FLASH, **more: Any) -> list[dict[str, Any]]:
    """The events of a stream."""
    answer = VENDOR.answer(request(f"{path}:streamGenerateContent", body, query={"alt": "sse"}, **more))
    assert (answer.status, answer.content_type, answer.framing) == (200, "text/event-stream", "chunked")
    assert [step.due_ms for step in answer.steps] == sorted(step.due_ms for step in answer.steps)
    for step in answer.steps:
        assert step.data.startswith(b"data: {")
        assert step.data.endswith(b"}\r\n\r\n")
    return [json.loads(step.data.removeprefix(b"data: ")) for step in answer.steps]


def whole(body: Any = HI, path: str = FLASH, **more: Any) -> dict[str, Any]:
    answer = VENDOR.answer(request(f"{path}:generateContent", body, **more))
    assert (answer.status, answer.framing, len(answer.steps)) == (200, "length", 1)
    return read(answer)


def read(answer: WireAnswer) -> dict[str, Any]:
    return json.loads(b"".join(step.data for step in answer.steps))


def complained(body: Any, path: str = f"{FLASH}:generateContent", **more: Any) -> Complaint:
    with pytest.raises(Complaint) as caught:
        VENDOR.answer(request(path, body, **more))
    assert caught.value.answer is not None
    error = read(caught.value.answer)["error"]
    assert error["message"] == caught.value.message
    assert error["code"] == caught.value.status == caught.value.answer.status
    return caught.value


def texts(events: list[dict[str, Any]]) -> list[str]:
    return [part["text"] for event in events for part in event["candidates"][0]["content"]["parts"]
            if part.get("text") and not part.get("thought")]  # fmt: skip


def wav(seconds: float) -> str:
    file = BytesIO()
    with wave.open(file, "wb") as recording:
        recording.setnchannels(1)
        recording.setsampwidth(2)
        recording.setframerate(16_000)
        recording.writeframes(bytes(2 * round(16_000 * seconds)))
    return base64.b64encode(file.getvalue()).decode()


# ── text ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_stream_of_text() -> None:
    plan = Plan(
        text="eins zwei drei",
        first_chunk_ms=10,
        first_text_ms=50,
        tokens_per_s=100,
        tokens_in=7,
        tokens_cached=3,
        no_text_first=2,
    )
    answer = VENDOR.answer(request(f"{FLASH}:streamGenerateContent", HI, query={"alt": "sse"}, plan=plan))
    assert [(step.kind, step.due_ms) for step in answer.steps] == [
        ("role", 10), ("role", 30), ("text", 50), ("text", 60), ("text", 70), ("done", 70),
    ]  # fmt: skip
    events = streamed(plan=plan)
    assert texts(events) == ["eins", " zwei", " drei"]
    assert [event["candidates"][0].get("finishReason") for event in events] == [None] * 5 + ["STOP"]
    usage = [event["usageMetadata"] for event in events]
    assert [each["totalTokenCount"] for each in usage] == [7, 7, 8, 9, 10, 10]
    assert usage[-1]["candidatesTokenCount"] == 3
    assert usage[-1]["promptTokenCount"] == 7
    assert usage[-1]["cachedContentTokenCount"] == 3
    assert {event["modelVersion"] for event in events} == {"gemini-3.8-flash"}
    assert len({event["responseId"] for event in events}) == 1


def test_characters_of_several_bytes_are_not_escaped() -> None:
    answer = VENDOR.answer(request(f"{FLASH}:streamGenerateContent", HI, query={"alt": "sse"}, plan=Plan(text="ж 東京")))
    assert "東京".encode() in b"".join(step.data for step in answer.steps)


def test_without_sse_the_stream_is_one_array() -> None:
    answer = VENDOR.answer(request(f"{FLASH}:streamGenerateContent", HI, plan=Plan(text="eins zwei")))
    assert answer.framing == "chunked"
    assert len(answer.steps) > 2
    events = json.loads(b"".join(step.data for step in answer.steps))
    assert texts(events) == ["eins", " zwei"]


def test_in_one_body_it_comes_when_the_stream_would_have_ended() -> None:
    plan = Plan(text="eins zwei drei", first_text_ms=50, tokens_per_s=100)
    answer = VENDOR.answer(request(f"{FLASH}:generateContent", HI, plan=plan))
    assert answer.steps[0].due_ms == 70
    candidate = read(answer)["candidates"][0]
    assert candidate["content"] == {"parts": [{"text": "eins zwei drei"}], "role": "model"}
    assert candidate["finishReason"] == "STOP"


def test_thinking_is_told_when_asked_for_and_counted_in_any_case() -> None:
    plan = Plan(reasoning="let me see", text="yes", first_chunk_ms=0, first_text_ms=80, no_text_first=1)
    told = streamed({**HI, "generationConfig": {"thinkingConfig": {"includeThoughts": True}}}, plan=plan)
    thoughts = [part["text"] for event in told for part in event["candidates"][0]["content"]["parts"] if part.get("thought")]
    assert "".join(thoughts) == "let me see"
    untold = streamed({**HI, "generationConfig": {"thinkingConfig": {"thinking_budget": -1}}}, plan=plan)
    assert texts(untold) == texts(told) == ["yes"]
    for events in (told, untold):
        assert events[-1]["usageMetadata"]["thoughtsTokenCount"] == 3
        assert events[-1]["usageMetadata"]["totalTokenCount"] == 12 + 1 + 3
    off = streamed({**HI, "generationConfig": {"thinkingConfig": {"thinking_budget": 0}}}, plan=plan)
    assert "thoughtsTokenCount" not in off[-1]["usageMetadata"]
    nothing_ahead = streamed(plan=plan.model_copy(update={"no_text_first": 0}))
    assert nothing_ahead[-1]["usageMetadata"]["thoughtsTokenCount"] == 3


@pytest.mark.parametrize(
    ("limit", "said", "reason"), [(2, ["eins", " zwei"], "MAX_TOKENS"), (3, ["eins", " zwei", " drei"], "STOP")]
)
def test_the_longest_answer(limit: int, said: list[str], reason: str) -> None:
    events = streamed({**HI, "generationConfig": {"maxOutputTokens": limit}}, plan=Plan(text="eins zwei drei"))
    assert texts(events) == said
    assert events[-1]["candidates"][0]["finishReason"] == reason


def test_thinking_may_leave_no_room_for_words() -> None:
    events = streamed({**HI, "generationConfig": {"maxOutputTokens": 2}}, plan=Plan(reasoning="let me see", text="yes"))
    assert texts(events) == []
    assert events[-1]["candidates"][0]["finishReason"] == "MAX_TOKENS"


def test_a_stop_sequence_ends_it() -> None:
    events = streamed({**HI, "generationConfig": {"stopSequences": ["zwei"]}}, plan=Plan(text="eins zwei drei"))
    assert "".join(texts(events)) == "eins "
    assert events[-1]["candidates"][0]["finishReason"] == "STOP"


def test_an_empty_answer_is_proper_and_has_no_text() -> None:
    events = streamed(plan=Plan(fault=Fault(kind="empty")))
    assert texts(events) == []
    assert events[-1]["candidates"][0]["finishReason"] == "STOP"
    assert texts(streamed(plan=Plan(text="x", fault=Fault(kind="empty", only_requests=(1,))))) == ["x"]
    cut = streamed(plan=Plan(text="eins zwei drei", fault=Fault(kind="empty", after=1, code="content_filter")))
    assert texts(cut) == ["eins"]
    assert cut[-1]["candidates"][0]["finishReason"] == "SAFETY"


def test_the_pieces_are_the_text_character_by_character() -> None:
    text = "  one\n\ttwo   three \n "
    assert "".join(texts(streamed(plan=Plan(text=text)))) == text
    assert whole(plan=Plan(text=text))["candidates"][0]["content"]["parts"] == [{"text": text}]


def test_a_withheld_answer() -> None:
    (event,) = streamed(plan=Plan(fault=Fault(code="blocked")))
    assert event["promptFeedback"]["blockReason"] == "PROHIBITED_CONTENT"
    assert "candidates" not in event
    assert "candidates" not in whole(plan=Plan(fault=Fault(code="blocked")))
    assert streamed(plan=Plan(fault=Fault(code="SAFETY")))[-1]["candidates"][0]["finishReason"] == "SAFETY"


def test_a_shaped_answer_is_asked_for_in_full() -> None:
    shaped = {
        "responseMimeType": "application/json",
        "responseSchema": {"type": "OBJECT", "properties": {"my_field": {"type": "STRING"}}},
    }
    assert texts(streamed({**HI, "generationConfig": shaped}, plan=Plan(text='{"my_field":"x"}'))) == ['{"my_field":"x"}']
    by_json_schema = {"responseMimeType": "application/json", "responseJsonSchema": {"type": "object", "$defs": {}}}
    assert whole({**HI, "generationConfig": by_json_schema})["candidates"]
    del by_json_schema["responseMimeType"]
    assert "response_mime_type" in complained({**HI, "generationConfig": by_json_schema}).message


# ── functions ────────────────────────────────────────────────────────────────────────────────────────────────────────────
CALLS = Plan(
    calls=(PlannedCall(name="weather", arguments={"town_name": "東京"}), PlannedCall(name="unoffered")), text="or else"
)


def called(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [part for event in events for part in event["candidates"][0]["content"]["parts"] if "functionCall" in part]


def test_functions_that_were_offered_are_called_whole() -> None:
    (part,) = called(streamed({**HI, "tools": [{"functionDeclarations": [FUNCTION]}]}, plan=CALLS))
    assert part["functionCall"]["name"] == "weather"
    assert part["functionCall"]["args"] == {"town_name": "東京"}
    assert part["functionCall"]["id"]
    assert part["thoughtSignature"]
    (older,) = called(streamed({**HI, "tools": [{"functionDeclarations": [FUNCTION]}]}, OLD, plan=CALLS))
    assert older == {"functionCall": {"name": "weather", "args": {"town_name": "東京"}}}
    assert texts(streamed(plan=CALLS)) == ["or", " else"]
    forbidden = {
        **HI,
        "tools": [{"functionDeclarations": [FUNCTION]}],
        "toolConfig": {"function_calling_config": {"mode": "NONE"}},
    }
    assert texts(streamed(forbidden, plan=CALLS)) == ["or", " else"]


def history(call: dict[str, Any], result: dict[str, Any] | None = None) -> dict[str, Any]:
    result = result or {"functionResponse": {"name": "weather", "response": {"ok": True}}}
    return {"contents": [*HI["contents"], {"role": "model", "parts": [call]}, {"role": "user", "parts": [result]}]}


def test_a_result_goes_back_with_the_signature_of_its_call() -> None:
    (part,) = called(streamed({**HI, "tools": [{"functionDeclarations": [FUNCTION]}]}, plan=CALLS))
    assert whole(history(part))["candidates"]
    unsigned = {"functionCall": part["functionCall"]}
    assert "missing a thought_signature" in complained(history(unsigned)).message
    assert whole(history(unsigned), OLD)["candidates"], "the second generation does not ask for it"
    for signature, fine in (("skip_thought_signature_validator", True), (base64.b64encode(b"another's").decode(), False)):
        body = history({**unsigned, "thoughtSignature": signature})
        assert whole(body)["candidates"] if fine else complained(body)
    later = history(unsigned)
    later["contents"] += [{"role": "model", "parts": [{"text": "sunny"}]}, {"role": "user", "parts": [{"text": "thanks"}]}]
    assert whole(later)["candidates"], "only calls of the current turn are checked"


def test_calls_and_results_have_to_fit() -> None:
    call = {"functionCall": {"name": "weather", "args": {}, "id": "c1"}}
    result = {"functionResponse": {"name": "weather", "response": {}, "id": "c1"}}
    user, path = HI["contents"][0], f"{OLD}:generateContent"
    assert (
        "immediately after a function call turn"
        in complained({"contents": [user, {"role": "user", "parts": [result]}]}, path).message
    )
    two = {"contents": [user, {"role": "model", "parts": [call, call]}, {"role": "user", "parts": [result]}]}
    assert "number of function response parts" in complained(two, path).message
    assert "function call turn comes" in complained({"contents": [{"role": "model", "parts": [call]}]}, path).message
    other = {"functionResponse": {"name": "weather", "response": {}, "id": "c2"}}
    assert "is not the id of a call" in complained(history(call, other), path).message


# ── sound ────────────────────────────────────────────────────────────────────────────────────────────────────────────────
SPEAK = {**HI, "generationConfig": {"responseModalities": ["AUDIO"],
                                    "speechConfig": {"voice_config": {"prebuilt_voice_config": {"voice_name": "Kore"}}}}}  # fmt: skip


def test_speech_in_chunks() -> None:
    plan = Plan(audio_s=0.25, lead_silence_ms=40, chunk_ms=100, realtime_factor=0.5, first_text_ms=30)
    answer = VENDOR.answer(request(f"{SPEAKING}:streamGenerateContent", SPEAK, query={"alt": "sse"}, plan=plan))
    assert [step.due_ms for step in answer.steps if step.kind == "audio"] == [30, 80, 130]
    data = [part["inlineData"] for event in streamed(SPEAK, SPEAKING, plan=plan) for part in event["candidates"][0]["content"]["parts"]
            if "inlineData" in part]  # fmt: skip
    assert {each["mimeType"] for each in data} == {"audio/L16;codec=pcm;rate=24000"}
    pcm = b"".join(base64.b64decode(each["data"]) for each in data)
    assert len(pcm) == 2 * 6000
    assert pcm[: 2 * 960] == bytes(2 * 960)
    assert pcm[2 * 960 : 2 * 970] != bytes(20)
    told = whole(SPEAK, SPEAKING, plan=plan)
    assert base64.b64decode(told["candidates"][0]["content"]["parts"][0]["inlineData"]["data"]) == pcm
    assert told["usageMetadata"]["candidatesTokensDetails"] == [{"modality": "AUDIO", "tokenCount": 7}]


def test_who_may_speak_and_how() -> None:
    assert "combination of response modalities (AUDIO)" in complained(SPEAK).message
    assert "combination of response modalities (TEXT)" in complained(HI, f"{SPEAKING}:generateContent").message
    unknown = json.loads(json.dumps(SPEAK).replace("Kore", "Nobody"))
    assert "Allowed voice names are: achernar" in complained(unknown, f"{SPEAKING}:generateContent").message
    mute = {**HI, "generationConfig": {"speechConfig": {}}}
    assert complained(mute).param == "generation_config.speech_config"


def test_a_recording_is_answered_with_its_transcript() -> None:
    parts = [{"text": "Write down what is said."}, {"inlineData": {"mimeType": "audio/wav", "data": wav(2.0)}}]
    config = {"audioTranscriptionConfig": {"word_timestamp": True, "language_codes": ["de"]}}
    body = {"contents": [{"parts": parts}], "generationConfig": config}
    told = whole(body, "/v1/models/gemini-3.5-transcribe", plan=Plan(text="guten Tag", tokens_in=70))
    text, timed = told["candidates"][0]["content"]["parts"]
    assert text == {"text": "guten Tag"}
    assert timed["audioTranscription"]["words"] == [
        {"word": "guten", "startOffset": "0.000s", "endOffset": "1.000s"},
        {"word": "Tag", "startOffset": "1.000s", "endOffset": "2.000s"},
    ]
    details = {each["modality"]: each["tokenCount"] for each in told["usageMetadata"]["promptTokensDetails"]}
    assert details == {"TEXT": 5, "AUDIO": 65}


@pytest.mark.parametrize(("kind", "data", "said"), [
    ("audio/wav", base64.b64encode(b"no wave").decode(), "is no audio/wav"),
    ("audio/wav", "", "is empty"),
    ("audio/wav", "a", "Base64"),
    ("application/zip", "AAAA", "Unsupported MIME type"),
])  # fmt: skip
def test_what_is_no_recording(kind: str, data: str, said: str) -> None:
    body = {"contents": [{"parts": [{"inline_data": {"mime_type": kind, "data": data}}]}]}
    assert said in complained(body).message


# ── strictness ───────────────────────────────────────────────────────────────────────────────────────────────────────────
WRONG: list[tuple[Any, str]] = [
    (b"{", "Invalid JSON payload received."),
    ([], "Invalid value"),
    ({}, "contents is not specified"),
    ({"contents": []}, "contents is not specified"),
    ({"contents": [{"parts": []}]}, "parts is not specified"),
    ({"contents": [{"parts": [{}]}]}, "required oneof field 'data'"),
    ({"contents": [{"parts": [{"text": "a", "inlineData": {"mimeType": "text/plain", "data": "AAAA"}}]}]}, "already set"),
    ({"contents": [{"role": "assistant", "parts": [{"text": "a"}]}]}, "Invalid value at 'contents[0].role'"),
    ({**HI, "messages": []}, 'Unknown name "messages": Cannot find field.'),
    ({**HI, "generationConfig": {"max_tokens": 5}}, "Unknown name \"max_tokens\" at 'generationConfig'"),
    ({**HI, "generationConfig": {"temperature": "0.5"}}, "Invalid value at 'generationConfig.temperature'"),
    ({**HI, "generationConfig": {"temperature": 2.5}}, "Invalid value at 'generationConfig.temperature'"),
    ({**HI, "generationConfig": {"maxOutputTokens": 0}}, "maxOutputTokens"),
    ({**HI, "generationConfig": {"candidateCount": 1.5}}, "candidateCount"),
    ({**HI, "generationConfig": {"thinkingConfig": {"thinkingBudget": 5, "thinking_budget": 5}}}, "thinking_budget"),
    ({**HI, "generationConfig": {"thinkingConfig": {"thinkingBudget": 5, "thinkingLevel": "LOW"}}}, "only set one of"),
    ({**HI, "generationConfig": {"thinkingConfig": {"thinkingLevel": "low"}}}, "thinkingLevel"),
    ({**HI, "tools": [{"function_declarations": [{"name": "a b"}]}]}, "name"),
    ({**HI, "tools": [{"function_declarations": [FUNCTION, FUNCTION]}]}, "Duplicate function declaration"),
    ({**HI, "tools": [{"functionDeclarations": [{**FUNCTION, "parameters": {"type": "OBJECT"}}]}]}, "Only one of parameters"),
    ({**HI, "tools": [{"type": "function"}]}, 'Unknown name "type"'),
    ({**HI, "toolConfig": {"functionCallingConfig": {"mode": "ANY"}}}, "without function_declarations"),
    ({**HI, "systemInstruction": {"parts": [{"fileData": {"fileUri": "x"}}]}}, "only text parts"),
    ({**HI, "model": "models/another"}, "is not the one in the address"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "said"), WRONG, ids=range(len(WRONG)))
def test_what_the_service_would_not_take(body: Any, said: str) -> None:
    complaint = complained(body)
    assert complaint.status == 400
    assert said in complaint.message
    answer = complaint.answer
    assert answer is not None
    assert read(answer)["error"]["status"] == "INVALID_ARGUMENT"


def test_either_spelling_is_taken_and_the_clients_own_names_stay() -> None:
    snake = {"contents": HI["contents"], "system_instruction": {"parts": [{"text": "be brief"}]},
             "safety_settings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}],
             "tools": [{"function_declarations": [{"name": "f", "parameters": {"type": "OBJECT", "properties": {"mixedCase_name": {"type": "STRING"}},
                                                                              "property_ordering": ["mixedCase_name"]}}]}],
             "generation_config": {"top_p": 0.5, "topK": 5, "thinking_config": {"include_thoughts": False}}}  # fmt: skip
    assert whole(snake)["candidates"]


def test_models_that_are_there_and_that_are_not() -> None:
    for path in ("/v1beta/models/gemini-flash-latest:generateContent", "/v1/models/gemini-99-anything:generateContent"):
        assert VENDOR.answer(request(path, HI)).status == 200
    for model in ("gone-model", "gemini-flash-latest"):
        complaint = complained(HI, f"/v1/models/{model}:generateContent")
        assert (complaint.status, complaint.code) == (404, "NOT_FOUND")
        assert "is not found for API version v1, or is not supported for generateContent" in complaint.message


@pytest.mark.parametrize(("method", "path"), [
    ("POST", "/v1/chat/completions"), ("POST", "/v2/models/x:generateContent"), ("GET", f"{FLASH}:generateContent"),
    ("POST", f"{FLASH}:embedContent"), ("POST", "/v1/models"), ("DELETE", "/v1/models/x"), ("POST", "/v1/files"),
    ("POST", "/v1/models/gemini-3.8-live:generateContent"),
])  # fmt: skip
def test_addresses_that_are_none(method: str, path: str) -> None:
    assert complained(HI, path, method=method).status == 404


def test_a_query_that_is_unknown() -> None:
    assert 'Unknown name "stream"' in complained(HI, query={"stream": "true"}).message


def test_keys() -> None:
    assert complained(HI, headers={}).status == 403
    assert "unregistered callers" in complained(HI, headers={"authorization": "Bearer x"}).message
    for key in ("rejected-4711", "wrong-4711"):
        with pytest.raises(Complaint) as caught:
            VENDOR.answer(request(f"{FLASH}:generateContent", HI, headers={"x-goog-api-key": key}))
        answer = caught.value.answer
        assert answer is not None
        error = read(answer)["error"]
        assert (answer.status, error["status"]) == (400, "INVALID_ARGUMENT")
        assert error["details"][0]["reason"] == "API_KEY_INVALID"
        assert error["message"].startswith("API key not valid. Please pass a valid API key.")
        assert key in error["message"], "services echo what they were given"


# ── refusals ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("status", "code", "canonical", "said"), [
    (400, "", "INVALID_ARGUMENT", "invalid argument"), (400, "FAILED_PRECONDITION", "FAILED_PRECONDITION", "location is not supported"),
    (401, "", "UNAUTHENTICATED", "credentials"), (403, "", "PERMISSION_DENIED", "Permission denied"), (404, "", "NOT_FOUND", "not found"),
    (429, "", "RESOURCE_EXHAUSTED", "quota"), (500, "", "INTERNAL", "internal error"), (503, "", "UNAVAILABLE", "high demand"),
    (504, "", "DEADLINE_EXCEEDED", "Deadline"), (418, "", "UNKNOWN", "failed"),
])  # fmt: skip
def test_refusals_in_googles_words(status: int, code: str, canonical: str, said: str) -> None:
    answer = VENDOR.refusal(status, code, "which came with a-test-key")
    error = read(answer)["error"]
    assert (answer.status, error["code"], error["status"]) == (status, status, canonical)
    assert said in error["message"]
    assert "a-test-key" in error["message"]
    assert not {name.lower() for name in answer.headers} & {"retry-after"}


def detail(answer: WireAnswer, kind: str) -> dict[str, Any] | None:
    details = read(answer)["error"].get("details", [])
    return next((each for each in details if each["@type"].endswith(f".{kind}")), None)


def test_how_long_to_wait_is_told_or_not() -> None:
    told = VENDOR.refusal(429, "", "x", retry_after_s=7)
    assert (detail(told, "RetryInfo") or {})["retryDelay"] == "7s"
    assert detail(VENDOR.refusal(429, "", "x"), "RetryInfo") is None
    assert "PerMinute" in (detail(told, "QuotaFailure") or {})["violations"][0]["quotaId"]
    assert "PerDay" in (detail(VENDOR.refusal(429, "per_day", "x"), "QuotaFailure") or {})["violations"][0]["quotaId"]


def test_an_error_inside_is_no_event() -> None:
    plan = Plan(fault=Fault(kind="error_inside", status=503))
    error = VENDOR.error_inside(request(f"{FLASH}:streamGenerateContent", HI, plan=plan))
    assert json.loads(error)["error"]["status"] == "UNAVAILABLE"
    assert b"data:" not in error
    assert b"\n" in error.strip()
    with pytest.raises(ValueError, match="JSON|Unterminated|delimiter|control"):
        json.loads(VENDOR.nonsense().removeprefix(b"data: "))


# ── models, tokens, files ────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_list_of_models_comes_in_pages() -> None:
    names: list[str] = []
    token = ""
    while True:
        page = read(VENDOR.answer(request("/v1/models", method="GET", query={"pageSize": "4", "pageToken": token})))
        names += [model["name"] for model in page["models"]]
        token = page.get("nextPageToken", "")
        if not token:
            break
        assert len(page["models"]) == 4
    assert names == [f"models/{model.name}" for model in MODELS]
    assert read(VENDOR.answer(request("/v1/models/gemini-3.8-flash", method="GET")))["inputTokenLimit"] > 0
    assert complained(None, "/v1/models/gone-x", method="GET").status == 404
    assert complained(None, "/v1/models", method="GET", query={"pageToken": "x"}).param == "pageToken"
    assert complained(None, "/v1/models", method="GET", query={"pageSize": "x"}).param == "pageSize"


def test_tokens_are_counted_as_planned() -> None:
    for body in (HI, {"generateContentRequest": {"model": "models/gemini-3.8-flash", **HI}}):
        answer = VENDOR.answer(request(f"{FLASH}:countTokens", body, plan=Plan(tokens_in=31)))
        assert read(answer)["totalTokens"] == 31
    assert complained({}, f"{FLASH}:countTokens").status == 400


START = {**KEY, "host": "127.0.0.1:9", "x-goog-upload-protocol": "resumable", "x-goog-upload-command": "start",
         "x-goog-upload-header-content-length": "6", "x-goog-upload-header-content-type": "text/plain"}  # fmt: skip


def begun(**changed: str) -> dict[str, str]:
    answer = VENDOR.answer(
        request("/upload/v1/files", {"file": {"mime_type": "text/plain", "sizeBytes": 6}}, headers={**START, **changed})
    )
    assert answer.headers["x-goog-upload-status"] == "active"
    address = answer.headers["x-goog-upload-url"]
    assert address.startswith("http://127.0.0.1:9/upload/v1/files?upload_id=")
    return dict(pair.split("=") for pair in address.partition("?")[2].split("&"))


def sent(query: Mapping[str, str], data: bytes, command: str, offset: int) -> WireRequest:
    headers = {"host": "127.0.0.1:9", "x-goog-upload-command": command, "x-goog-upload-offset": str(offset)}
    return request("/upload/v1/files", data, query=query, headers=headers)


def test_a_file_in_two_pieces_is_kept_and_forgotten() -> None:
    query = begun()
    first = VENDOR.answer(sent(query, b"abc", "upload", 0))
    assert first.headers["x-goog-upload-status"] == "active"
    where = VENDOR.answer(sent(query, b"", "query", 0))
    assert where.headers["x-goog-upload-size-received"] == "3"
    last = VENDOR.answer(sent(query, b"def", "upload, finalize", 3))
    assert last.headers["x-goog-upload-status"] == "final"
    file = read(last)["file"]
    assert (file["sizeBytes"], file["state"], file["mimeType"]) == ("6", "ACTIVE", "text/plain")
    path = f"/v1/{file['name']}"
    assert read(VENDOR.answer(request(path, method="GET")))["uri"] == file["uri"]
    assert file in read(VENDOR.answer(request("/v1/files", method="GET")))["files"]
    used = {"contents": [{"parts": [{"fileData": {"fileUri": file["uri"], "mimeType": "text/plain"}}]}]}
    assert whole(used)["candidates"]
    assert read(VENDOR.answer(request(path, method="DELETE"))) == {}
    assert complained(None, path, method="GET").status == 403
    assert complained(used).status == 403


def test_uploads_that_go_wrong() -> None:
    no_size = {**START, "x-goog-upload-header-content-length": ""}
    assert "Content-Length" in complained({}, "/upload/v1/files", headers=no_size).message
    assert complained({"file": {"size": 6}}, "/upload/v1/files", headers=START).param == "file.size"
    assert complained({}, "/upload/v1/files", headers={**START, "x-goog-upload-command": "go"}).status == 404
    assert complained({}, "/upload/v1/files", headers={**START, "x-goog-api-key": ""}).status == 403
    for data, command, offset, said in (
        (b"abc", "upload", 1, "Offset"),
        (b"abcdefg", "upload", 0, "announced"),
        (b"abc", "upload, finalize", 0, "3 of 6"),
    ):
        with pytest.raises(Complaint, match=said):
            VENDOR.answer(sent(begun(), data, command, offset))
    with pytest.raises(Complaint, match="not found"):
        VENDOR.answer(sent({"upload_id": "none"}, b"", "upload", 0))


def test_an_upload_comes_back_under_its_plan_and_scheme() -> None:
    plan = Plan(text="other")
    asked = replace(request("/upload/v1/files", {}, headers=START, plan=plan), scheme="https")
    assert (
        VENDOR.answer(asked)
        .headers["x-goog-upload-url"]
        .startswith(f"https://127.0.0.1:9/plan/{plan.segment()}/upload/v1/files?")
    )


PLANS = [Plan(), CALLS, Plan(reasoning="hm"), Plan(fault=Fault(kind="empty")), Plan(fault=Fault(code="blocked")), Plan(text="")]


@pytest.mark.parametrize("plan", PLANS, ids=range(len(PLANS)))
def test_the_same_request_is_answered_the_same(plan: Plan) -> None:
    assert streamed(plan=plan) == streamed(plan=plan)
