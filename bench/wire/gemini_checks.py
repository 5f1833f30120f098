"""Rules of the Gemini Developer API that span several fields of a request. Each raises `Complaint` in the service's words."""

from bench.wire.answer import Complaint
from bench.wire.gemini_error import invalid, refused
from bench.wire.gemini_models import VOICES, Model, known, thinks_signed
from bench.wire.gemini_request import DATA, Blob, Content, GenerateContentRequest, Part, SystemInstruction, VoiceConfig, decoded

SIGNATURE = b"scripted-thought-"
"""What the signatures of this server begin with."""
SKIPPED_SIGNATURE = decoded("skip_thought_signature_validator")
"""Taken in the place of a signature: https://ai.google.dev/gemini-api/docs/thought-signatures#faqs."""

_TAKEN = ("audio/", "image/", "video/", "text/")
_MAGIC = {
    "audio/wav": b"RIFF", "audio/x-wav": b"RIFF", "audio/flac": b"fLaC", "audio/ogg": b"OggS",
    "image/png": b"\x89PNG", "image/jpeg": b"\xff\xd8\xff", "application/pdf": b"%PDF",
}  # fmt: skip
"""Beginnings of files, where the type fixes one."""


def check(request: GenerateContentRequest, model: str) -> None:
    """Everything below. Raises `Complaint`."""
    if request.model is not None and request.model.removeprefix("models/") != model:
        raise invalid(f"The model in the body ({request.model}) is not the one in the address (models/{model}).", "model")
    for place, content in enumerate(request.contents):
        _check_parts(content, f"contents[{place}]")
    if request.system_instruction is not None:
        _check_system(request.system_instruction)
    _check_calls(request.contents)
    if thinks_signed(model):
        _check_signatures(request.contents)
    _check_tools(request)
    _check_settings(request)
    _check_speech(request, known(model))


def _check_parts(content: Content, where: str) -> None:
    for place, part in enumerate(content.parts):
        at = f"{where}.parts[{place}]"
        given = [name for name in DATA if getattr(part, name) is not None]
        if not given:
            said = "required oneof field 'data' must have one initialized field"
            raise invalid(f"* GenerateContentRequest.{at}.data: {said}\n", f"{at}.data")
        if len(given) > 1:
            raise invalid(f"Invalid value at '{at}' (oneof), oneof field 'data' is already set. Cannot set '{given[1]}'", at)
        if part.inline_data is not None:
            _check_blob(part.inline_data, f"{at}.inline_data")
        if part.function_call is not None and content.role != "model":
            raise invalid("Please ensure that function call turns have the role 'model'.", f"{where}.role")
        if part.function_response is not None and content.role == "model":
            raise invalid("Please ensure that function response turns have the role 'user'.", f"{where}.role")


def _check_system(system: SystemInstruction) -> None:
    if any(part.text is None for part in system.parts):
        raise invalid("system_instruction: only text parts are supported.", "system_instruction")


def _check_blob(blob: Blob, where: str) -> None:
    kind = blob.mime_type.partition(";")[0].strip().lower()
    if not kind.startswith(_TAKEN) and kind != "application/pdf":
        raise invalid(f"Unsupported MIME type: {blob.mime_type}", f"{where}.mime_type")
    data = decoded(blob.data)
    if not data:
        raise invalid("Unable to process input: inline data is empty.", f"{where}.data")
    if kind in _MAGIC and not data.startswith(_MAGIC[kind]):
        raise invalid(f"Unable to process input: the data is no {kind}.", f"{where}.data")


def _calls(content: Content) -> list[Part]:
    return [part for part in content.parts if part.function_call is not None]


def _results(content: Content) -> list[Part]:
    return [part for part in content.parts if part.function_response is not None]


def _check_calls(contents: list[Content]) -> None:
    """Results follow their calls at once, as many as there were calls; a call follows the user or a result."""
    for place, content in enumerate(contents):
        before = contents[place - 1] if place else None
        called, results = (_calls(before) if before else []), _results(content)
        if results and not called:
            raise invalid("Please ensure that function response turn comes immediately after a function call turn.")
        if called and len(results) != len(called):
            raise invalid("Please ensure that the number of function response parts is equal to the number of function call "
                          "parts of the function call turn.")  # fmt: skip
        if _calls(content) and (before is None or before.role == "model"):
            raise invalid("Please ensure that function call turn comes immediately after a user turn or after a function "
                          "response turn.")  # fmt: skip
        ids = {part.function_call.id for part in called if part.function_call and part.function_call.id}
        for part in results:
            if part.function_response and part.function_response.id and part.function_response.id not in ids:
                raise invalid(f"Function response id {part.function_response.id} is not the id of a call.")


def _check_signatures(contents: list[Content]) -> None:
    """Within the current turn, the first call of each step bears the signature that it came with.

    https://ai.google.dev/gemini-api/docs/thought-signatures: missing ones are refused from the third generation on.
    """
    begins = max((n for n, content in enumerate(contents) if content.role != "model" and not _results(content)), default=0)
    for place, content in enumerate(contents):
        for nth, part in enumerate(_calls(content)):
            if part.thought_signature is None:
                if place >= begins and nth == 0 and part.function_call is not None:
                    raise _unsigned(part.function_call.name, place + 1)
                continue
            signature = decoded(part.thought_signature)
            if not signature.startswith(SIGNATURE) and signature != SKIPPED_SIGNATURE:
                raise invalid("Thought signature is not valid.", f"contents[{place}]")


def _unsigned(name: str, position: int) -> Complaint:
    return invalid(
        "Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and "
        f"missing thought_signature may lead to degraded model performance. Additional data, function call "
        f"`default_api:{name}` , position {position}. Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures "
        "for more details."
    )


def _check_tools(request: GenerateContentRequest) -> None:
    names: set[str] = set()
    for function in (each for tool in request.tools or () for each in tool.function_declarations or ()):
        if function.name in names:
            raise invalid(f"Duplicate function declaration found: {function.name}", "tools")
        names.add(function.name)
        if function.parameters is not None and function.parameters_json_schema is not None:
            raise invalid("Only one of parameters and parameters_json_schema may be set.", "tools")
    calling = request.tool_config.function_calling_config if request.tool_config else None
    if calling is None:
        return
    if calling.allowed_function_names and calling.mode not in ("ANY", "VALIDATED"):
        raise invalid("allowed_function_names should only be set when the function calling mode is ANY or VALIDATED.")
    unknown = sorted(set(calling.allowed_function_names or ()) - names)
    if unknown:
        raise invalid(f"allowed_function_names: {unknown[0]} is not declared.")
    if calling.mode == "ANY" and not names:
        raise invalid("Function calling config is set without function_declarations.")


def _check_settings(request: GenerateContentRequest) -> None:
    settings, thinking = request.settings, request.thinking
    if settings.response_schema is not None and settings.response_json_schema is not None:
        raise invalid("Only one of response_schema and response_json_schema may be set.", "generation_config")
    shaped = settings.response_schema is not None or settings.response_json_schema is not None
    if shaped and settings.response_mime_type not in ("application/json", "text/x.enum"):
        raise invalid("Response schema requires response_mime_type to be application/json or text/x.enum.", "generation_config")
    if thinking.thinking_budget is not None and thinking.thinking_level is not None:
        raise invalid("You can only set one of thinking budget and thinking level.", "generation_config.thinking_config")
    if settings.logprobs is not None and not settings.response_logprobs:
        raise invalid("logprobs requires response_logprobs to be true.", "generation_config.logprobs")


def _check_speech(request: GenerateContentRequest, model: Model | None) -> None:
    settings = request.settings
    wanted = settings.response_modalities or ["TEXT"]
    speaks = "AUDIO" in wanted
    if model is not None and (model.live or model.speaks != speaks or (speaks and len(wanted) > 1)):
        if model.live:
            said = f"models/{model.name} is not supported for generateContent. Call ListModels to see what is available."
            raise refused(404, said, "NOT_FOUND")
        raise invalid(f"The requested combination of response modalities ({', '.join(wanted)}) is not supported by the model. "
                      f"models/{model.name} accepts the following combination of response modalities:\n* "
                      f"{'AUDIO' if model.speaks else 'TEXT'}\n")  # fmt: skip
    if speaks and request.system_instruction is not None and (model is None or model.speaks):
        raise invalid("Developer instruction is not enabled for this model.", "system_instruction")
    speech = settings.speech_config
    if speech is None:
        return
    if not speaks:
        raise invalid("speech_config is only supported with the response modality AUDIO.", "generation_config.speech_config")
    if speech.voice_config is not None and speech.multi_speaker_voice_config is not None:
        raise invalid("Only one of voice_config and multi_speaker_voice_config may be set.", "generation_config.speech_config")
    several = speech.multi_speaker_voice_config
    for voice in (
        [speech.voice_config, *(each.voice_config for each in several.speaker_voice_configs)]
        if several
        else [speech.voice_config]
    ):
        if voice is not None:
            _check_voice(voice)


def _check_voice(voice: VoiceConfig) -> None:
    prebuilt = voice.prebuilt_voice_config
    if prebuilt is not None and prebuilt.voice_name.lower() not in {each.lower() for each in VOICES}:
        allowed = ", ".join(sorted(each.lower() for each in VOICES))
        raise invalid(f"Voice name {prebuilt.voice_name} is not supported. Allowed voice names are: {allowed}")
