"""OpenAI's HTTP format: which address is answered by what. Strict: what the vendor would refuse is refused in its words."""

import re

from bench.wire.answer import WireAnswer, WireRequest
from bench.wire.openai_catalogue import GONE, Files, models_answer, no_such_model
from bench.wire.openai_chat import chat_answer, read_chat
from bench.wire.openai_chat_request import ChatBody, FilePart
from bench.wire.openai_error import complaint, error_object, refusal_answer, sse, wire_json
from bench.wire.openai_response_request import InputFile, InputImage, InputMessage, ResponseBody
from bench.wire.openai_responses import read_response, response_answer
from bench.wire.openai_speech import read_speech, speech_answer
from bench.wire.openai_threads import Threads
from bench.wire.openai_transcription import read_transcription, transcription_answer

WRONG_KEY = "wrong"
"""Keys that begin with it are refused, and echoed."""
_POSTED = ("/v1/chat/completions", "/v1/responses", "/v1/audio/transcriptions", "/v1/audio/speech")
_KEY_PAGE = "You can find your API key at https://platform.openai.com/account/api-keys."


class OpenAIFormat:
    """The vendor, with what it keeps between requests."""

    name = "openai"

    def __init__(self) -> None:
        self._threads = Threads()
        self._files = Files()

    def answer(self, request: WireRequest) -> WireAnswer:
        """The planned answer. Raises `Complaint`."""
        _check_key(request)
        path = request.path
        if path in _POSTED:
            if request.method != "POST":
                raise complaint(405, "Only POST requests are accepted.", "method_not_supported")
            return self._posted(request)
        if path == "/v1/models" or path.startswith("/v1/models/"):
            return models_answer(request)
        if path == "/v1/files" or path.startswith("/v1/files/"):
            return self._files.answer(request)
        if path == "/v1/conversations" or path.startswith("/v1/conversations/"):
            return self._threads.answer(request)
        raise complaint(404, f"Invalid URL ({request.method} {path})", "unknown_url")

    def refusal(self, status: int, code: str, message: str, *, retry_after_s: float | None = None) -> WireAnswer:
        """A planned error in the vendor's form."""
        return refusal_answer(status, code, message, retry_after_s)

    def error_inside(self, request: WireRequest) -> bytes:
        """Responses have an event for it; everything else a bare error object. Whole answers are that object."""
        message = "The server had an error while processing your request. Sorry about that!"
        error = error_object(message, "server_error", "server_error")
        if not _streams(request):
            return wire_json(error).encode()
        if request.path == "/v1/responses":
            number = request.plan.fault.after
            event = {"type": "error", "sequence_number": number, "code": "server_error", "message": message, "param": None}
            return sse(event, "error")
        return sse(error)

    def nonsense(self) -> bytes:
        """An event whose JSON is broken off."""
        return b'data: {"id":"chatcmpl-\xff","choices":[{"delta"\n\n'

    def _posted(self, request: WireRequest) -> WireAnswer:
        match request.path:
            case "/v1/chat/completions":
                chat = read_chat(request)
                _check_model(chat.model)
                self._check_files(_files_of_chat(chat))
                return chat_answer(request, chat)
            case "/v1/responses":
                response = read_response(request)
                _check_model(response.model)
                self._check_files(_files_of_response(response))
                return response_answer(request, response, self._threads)
            case "/v1/audio/transcriptions":
                form = read_transcription(request)
                _check_model(form.model)
                return transcription_answer(request, form)
            case _:
                speech = read_speech(request)
                _check_model(speech.model)
                return speech_answer(request, speech)

    def _check_files(self, names: list[str]) -> None:
        for name in names:
            self._files.known(name)


def _streams(request: WireRequest) -> bool:
    """The answer to a request that was found good is a stream of events."""
    if request.path == "/v1/audio/transcriptions":
        return read_transcription(request).streams
    return re.search(rb'"stream(?:_format)?"\s*:\s*(?:true|"sse")', request.body) is not None


def _check_key(request: WireRequest) -> None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise complaint(401, "You didn't provide an API key. You need to provide your API key in an Authorization header using "
                             f"Bearer auth (i.e. Authorization: Bearer YOUR_KEY). {_KEY_PAGE}", "invalid_api_key")  # fmt: skip
    if key.strip().startswith(WRONG_KEY):
        raise complaint(401, f"Incorrect API key provided: {key.strip()}. {_KEY_PAGE}", "invalid_api_key")


def _check_model(name: str) -> None:
    if name.startswith(GONE):
        raise no_such_model(name)


def _files_of_chat(body: ChatBody) -> list[str]:
    parts = [part for message in body.messages if not isinstance(message.content, str) for part in message.content or []]
    return [part.file.file_id for part in parts if isinstance(part, FilePart) and part.file.file_id]


def _files_of_response(body: ResponseBody) -> list[str]:
    items = [] if isinstance(body.input, str) else body.input
    messages = [item for item in items if isinstance(item, InputMessage) and not isinstance(item.content, str)]
    parts = [part for message in messages for part in message.content]
    return [part.file_id for part in parts if isinstance(part, InputFile | InputImage) and part.file_id]


VENDOR = OpenAIFormat()
