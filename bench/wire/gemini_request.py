"""What a client may send to the Gemini Developer API, field by field: the truth that adapters are checked against.

Written from the public reference and from what the official Python SDK 3.4 sends (its converters put some levels in
camelCase and leave others in snake_case), so each field is taken in either spelling, never in both at once. Names inside
free-form objects (function arguments, JSON schemas, properties) are the client's own and stay as they are.
"""

import base64
import binascii
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


def decoded(text: str) -> bytes:
    """Base64 in the standard or the URL-safe alphabet, with or without its padding. Raises `ValueError`."""
    try:
        return base64.b64decode(text.rstrip("=").translate(_URL_SAFE) + "=" * (-len(text.rstrip("=")) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError("Base64 decoding failed") from error


def _is_base64(text: str) -> str:
    decoded(text)
    return text


_URL_SAFE = str.maketrans("-_", "+/")
Base64: TypeAlias = Annotated[str, AfterValidator(_is_base64)]
FreeForm: TypeAlias = dict[str, Any]


class _Spelt(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, alias_generator=to_camel, validate_by_name=True)


class Blob(_Spelt):
    """Bytes inside the request."""

    mime_type: str
    data: Base64
    display_name: str | None = None


class FileData(_Spelt):
    """A file that was uploaded before."""

    file_uri: str
    mime_type: str | None = None
    display_name: str | None = None


class FunctionCall(_Spelt):
    """What the model called, in the history."""

    name: str
    args: FreeForm | None = None
    id: str | None = None


class FunctionResponse(_Spelt):
    """What came of it."""

    name: str
    response: FreeForm
    id: str | None = None
    parts: list[FreeForm] | None = None
    will_continue: bool | None = None
    scheduling: Literal["SILENT", "WHEN_IDLE", "INTERRUPT"] | None = None


class PartMediaResolution(_Spelt):
    """How finely an image or video is looked at."""

    level: str | None = None
    num_tokens: int | None = None


class VideoMetadata(_Spelt):
    """Which stretch of a video is meant."""

    start_offset: str | None = None
    end_offset: str | None = None
    fps: float | None = None
    content_layers: list[str] | None = None


class AudioMetadata(_Spelt):
    """Which stretch of a recording is meant."""

    start_offset: str | None = None
    end_offset: str | None = None


class Part(_Spelt):
    """One piece of a turn: exactly one of the fields of `DATA`, with remarks on it."""

    text: str | None = None
    inline_data: Blob | None = None
    file_data: FileData | None = None
    function_call: FunctionCall | None = None
    function_response: FunctionResponse | None = None
    executable_code: FreeForm | None = None
    code_execution_result: FreeForm | None = None
    tool_call: FreeForm | None = None
    tool_response: FreeForm | None = None
    audio_transcription: FreeForm | None = None
    thought: bool | None = None
    thought_signature: Base64 | None = None
    media_resolution: PartMediaResolution | None = None
    video_metadata: VideoMetadata | None = None
    audio_metadata: AudioMetadata | None = None
    part_metadata: FreeForm | None = None
    media_processing: Literal["STATIC", "AGENTIC"] | None = None
    speech_metadata: FreeForm | None = None
    document_metadata: FreeForm | None = None
    spreadsheet_metadata: FreeForm | None = None


DATA = (
    "text", "inline_data", "file_data", "function_call", "function_response", "executable_code", "code_execution_result",
    "tool_call", "tool_response", "audio_transcription",
)  # fmt: skip


class Content(_Spelt):
    """One turn. Without a role it is the user's."""

    parts: Annotated[list[Part], Field(min_length=1)]
    role: Literal["user", "model", "function"] | None = None


class SystemInstruction(_Spelt):
    """Its role is of no consequence; text only."""

    parts: Annotated[list[Part], Field(min_length=1)]
    role: str | None = None


class Schema(_Spelt):
    """The API's own subset of OpenAPI schemas. An upper or lower case type is taken."""

    type: str | None = None
    format: str | None = None
    title: str | None = None
    description: str | None = None
    nullable: bool | None = None
    enum: list[str] | None = None
    items: "Schema | None" = None
    max_items: int | str | None = None
    min_items: int | str | None = None
    properties: "dict[str, Schema] | None" = None
    required: list[str] | None = None
    property_ordering: list[str] | None = None
    min_properties: int | str | None = None
    max_properties: int | str | None = None
    min_length: int | str | None = None
    max_length: int | str | None = None
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    example: Any = None
    any_of: "list[Schema] | None" = None
    default: Any = None
    additional_properties: Any = None
    ref: str | None = None
    defs: "dict[str, Schema] | None" = None


class FunctionDeclaration(_Spelt):
    """A function that the model may call."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.:-]{0,127}$")]
    description: str | None = None
    parameters: Schema | None = None
    parameters_json_schema: Any = None
    response: Schema | None = None
    response_json_schema: Any = None
    behavior: Literal["UNSPECIFIED", "BLOCKING", "NON_BLOCKING"] | None = None


class Tool(_Spelt):
    """What the model may use."""

    function_declarations: list[FunctionDeclaration] | None = None
    google_search: FreeForm | None = None
    google_search_retrieval: FreeForm | None = None
    google_maps: FreeForm | None = None
    code_execution: FreeForm | None = None
    url_context: FreeForm | None = None
    computer_use: FreeForm | None = None
    file_search: FreeForm | None = None
    mcp_servers: list[FreeForm] | None = None


class FunctionCallingConfig(_Spelt):
    """Whether the model may, must or must not call."""

    mode: Literal["MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED"] | None = None
    allowed_function_names: list[str] | None = None


class ToolConfig(_Spelt):
    """For all tools."""

    function_calling_config: FunctionCallingConfig | None = None
    retrieval_config: FreeForm | None = None
    include_server_side_tool_invocations: bool | None = None


class SafetySetting(_Spelt):
    """From where on an answer is withheld."""

    category: str
    threshold: Literal[
        "HARM_BLOCK_THRESHOLD_UNSPECIFIED", "BLOCK_LOW_AND_ABOVE", "BLOCK_MEDIUM_AND_ABOVE", "BLOCK_ONLY_HIGH", "BLOCK_NONE",
        "OFF",
    ]  # fmt: skip


class ThinkingConfig(_Spelt):
    """How much it may think, and whether that is told."""

    include_thoughts: bool | None = None
    thinking_budget: Annotated[int, Field(ge=-1)] | None = None
    thinking_level: Literal["THINKING_LEVEL_UNSPECIFIED", "MINIMAL", "LOW", "MEDIUM", "HIGH", "XHIGH"] | None = None


class PrebuiltVoiceConfig(_Spelt):
    """A voice by name."""

    voice_name: str


class VoiceConfig(_Spelt):
    """One voice."""

    prebuilt_voice_config: PrebuiltVoiceConfig | None = None
    replicated_voice_config: FreeForm | None = None
    voice: str | None = None


class SpeakerVoiceConfig(_Spelt):
    """Whose voice."""

    speaker: str
    voice_config: VoiceConfig


class MultiSpeakerVoiceConfig(_Spelt):
    """A dialogue."""

    speaker_voice_configs: Annotated[list[SpeakerVoiceConfig], Field(min_length=2, max_length=2)]


class SpeechConfig(_Spelt):
    """How it speaks."""

    voice_config: VoiceConfig | None = None
    multi_speaker_voice_config: MultiSpeakerVoiceConfig | None = None
    language_code: str | None = None


class AudioTranscriptionConfig(_Spelt):
    """How it transcribes."""

    language_codes: list[str] | None = None
    language_auto: FreeForm | None = None
    language_hints: FreeForm | None = None
    custom_vocabulary: Annotated[list[str], Field(max_length=1000)] | None = None
    adaptation_phrases: list[str] | None = None
    word_timestamp: bool | None = None
    diarization: bool | None = None
    mode: Literal["MODE_UNSPECIFIED", "VERBATIM", "SMART"] | None = None
    source_text: str | None = None


class GenerationConfig(_Spelt):
    """How it writes."""

    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    top_k: Annotated[float, Field(ge=1)] | None = None
    candidate_count: Annotated[int, Field(ge=1, le=8)] | None = None
    max_output_tokens: Annotated[int, Field(ge=1)] | None = None
    stop_sequences: Annotated[list[str], Field(max_length=5)] | None = None
    seed: Annotated[int, Field(ge=-(2**31), lt=2**31)] | None = None
    presence_penalty: Annotated[float, Field(ge=-2, lt=2)] | None = None
    frequency_penalty: Annotated[float, Field(ge=-2, lt=2)] | None = None
    response_logprobs: bool | None = None
    logprobs: Annotated[int, Field(ge=0, le=20)] | None = None
    response_mime_type: Literal["text/plain", "application/json", "text/x.enum"] | None = None
    response_schema: Schema | None = None
    response_json_schema: Any = None
    response_modalities: list[Literal["TEXT", "IMAGE", "AUDIO"]] | None = None
    media_resolution: str | None = None
    speech_config: SpeechConfig | None = None
    thinking_config: ThinkingConfig | None = None
    image_config: FreeForm | None = None
    enable_enhanced_civic_answers: bool | None = None
    audio_transcription_config: AudioTranscriptionConfig | None = None


class GenerateContentRequest(_Spelt):
    """`:generateContent` and `:streamGenerateContent`."""

    contents: Annotated[list[Content], Field(min_length=1)]
    model: str | None = None
    system_instruction: SystemInstruction | None = None
    tools: list[Tool] | None = None
    tool_config: ToolConfig | None = None
    safety_settings: list[SafetySetting] | None = None
    generation_config: GenerationConfig | None = None
    cached_content: str | None = None
    labels: dict[str, str] | None = None
    service_tier: Literal["unspecified", "flex", "standard", "priority"] | None = None
    store: bool | None = None
    continuation_token: Base64 | None = None

    @property
    def settings(self) -> GenerationConfig:
        """The generation settings, given or not."""
        return self.generation_config or GenerationConfig()

    @property
    def thinking(self) -> ThinkingConfig:
        """The thinking settings, given or not."""
        return self.settings.thinking_config or ThinkingConfig()

    def functions(self) -> set[str]:
        """Names of the functions that may be called in the answer."""
        calling = (self.tool_config.function_calling_config if self.tool_config else None) or FunctionCallingConfig()
        declared = {each.name for tool in self.tools or () for each in tool.function_declarations or ()}
        if calling.mode == "NONE":
            return set()
        return declared & set(calling.allowed_function_names) if calling.allowed_function_names else declared


class CountTokensRequest(_Spelt):
    """`:countTokens`: the bare contents, or a whole request."""

    contents: list[Content] | None = None
    generate_content_request: GenerateContentRequest | None = None


class NewFile(_Spelt):
    """What is said of a file before its bytes are sent."""

    name: Annotated[str, Field(pattern=r"^files/[a-z0-9][a-z0-9-]{0,38}[a-z0-9]$|^files/[a-z0-9]$")] | None = None
    display_name: Annotated[str, Field(max_length=512)] | None = None
    mime_type: str | None = None
    size_bytes: int | str | None = None


class CreateFileRequest(_Spelt):
    """Opens an upload."""

    file: NewFile = NewFile()
