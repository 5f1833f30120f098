"""What clients send to `/v1/chat/completions`. Not played and therefore unknown: audio answers, the old `functions`, web search
options, moderation."""

from typing import Annotated, Any, Literal

from pydantic import Field

from bench.wire.openai_error import complaint
from bench.wire.openai_pace import Asked
from bench.wire.openai_strict import (
    CacheBreakpoint,
    Effort,
    FunctionName,
    Metadata,
    Sent,
    Share,
    Temperature,
    Tier,
    Verbosity,
    check_base64,
    check_data_url,
    check_schema,
)


class TextPart(Sent):
    type: Literal["text"]
    text: str
    prompt_cache_breakpoint: CacheBreakpoint = CacheBreakpoint(mode="explicit")


class RefusalPart(Sent):
    type: Literal["refusal"]
    refusal: str


class ImageUrl(Sent):
    url: str
    detail: Literal["auto", "low", "high", "original"] = "auto"


class ImagePart(Sent):
    type: Literal["image_url"]
    image_url: ImageUrl
    prompt_cache_breakpoint: CacheBreakpoint = CacheBreakpoint(mode="explicit")


class InputAudio(Sent):
    data: str
    format: Literal["wav", "mp3"]


class AudioPart(Sent):
    type: Literal["input_audio"]
    input_audio: InputAudio
    prompt_cache_breakpoint: CacheBreakpoint = CacheBreakpoint(mode="explicit")


class File(Sent):
    file_data: str = ""
    file_id: str = ""
    filename: str = ""


class FilePart(Sent):
    type: Literal["file"]
    file: File
    prompt_cache_breakpoint: CacheBreakpoint = CacheBreakpoint(mode="explicit")


UserPart = Annotated[TextPart | ImagePart | AudioPart | FilePart, Field(discriminator="type")]
AssistantPart = Annotated[TextPart | RefusalPart, Field(discriminator="type")]


class DeveloperMessage(Sent):
    role: Literal["developer", "system"]
    content: str | Annotated[list[TextPart], Field(min_length=1)]
    name: str = ""


class UserMessage(Sent):
    role: Literal["user"]
    content: str | Annotated[list[UserPart], Field(min_length=1)]
    name: str = ""


class CalledFunction(Sent):
    name: FunctionName
    arguments: str


class MadeCall(Sent):
    id: str
    type: Literal["function"]
    function: CalledFunction


class AssistantMessage(Sent):
    role: Literal["assistant"]
    content: str | list[AssistantPart] | None = None
    name: str = ""
    refusal: str | None = None
    tool_calls: Annotated[list[MadeCall], Field(min_length=1)] = []


class ToolMessage(Sent):
    role: Literal["tool"]
    content: str | list[TextPart]
    tool_call_id: str


Message = Annotated[DeveloperMessage | UserMessage | AssistantMessage | ToolMessage, Field(discriminator="role")]


class FunctionDefinition(Sent):
    name: FunctionName
    description: str = ""
    parameters: dict[str, Any] = {}
    strict: bool | None = None


class FunctionTool(Sent):
    type: Literal["function"]
    function: FunctionDefinition


class ChosenName(Sent):
    name: str


class ChosenFunction(Sent):
    type: Literal["function"]
    function: ChosenName


class TextFormat(Sent):
    type: Literal["text"]


class JsonFormat(Sent):
    type: Literal["json_object"]


class JsonSchema(Sent):
    name: FunctionName
    description: str = ""
    schema_: dict[str, Any] = Field(default={}, alias="schema")
    strict: bool | None = None


class SchemaFormat(Sent):
    type: Literal["json_schema"]
    json_schema: JsonSchema


class StreamOptions(Sent):
    include_obfuscation: bool = True
    include_usage: bool = False


class Prediction(Sent):
    type: Literal["content"]
    content: str | list[TextPart]


class CacheOptions(Sent):
    mode: Literal["implicit", "explicit"] = "implicit"
    ttl: Literal["30m"] = "30m"


class ChatBody(Sent):
    """The whole body."""

    messages: Annotated[list[Message], Field(min_length=1)]
    model: Annotated[str, Field(min_length=1)]
    frequency_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    logit_bias: dict[str, int] | None = None
    logprobs: bool | None = None
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    metadata: Metadata | None = None
    modalities: list[Literal["text"]] | None = None
    n: Literal[1] | None = None
    parallel_tool_calls: bool = True
    prediction: Prediction | None = None
    presence_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    prompt_cache_key: str | None = None
    prompt_cache_options: CacheOptions = CacheOptions()
    prompt_cache_retention: Literal["in_memory", "24h"] | None = None
    reasoning_effort: Effort | None = None
    response_format: Annotated[TextFormat | JsonFormat | SchemaFormat, Field(discriminator="type")] = TextFormat(type="text")
    safety_identifier: Annotated[str, Field(max_length=128)] | None = None
    seed: int | None = None
    service_tier: Tier | None = None
    stop: str | Annotated[list[str], Field(max_length=4)] | None = None
    store: bool | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: Temperature | None = None
    tool_choice: Literal["none", "auto", "required"] | ChosenFunction = "auto"
    tools: Annotated[list[FunctionTool], Field(min_length=1, max_length=128)] = []
    top_logprobs: Annotated[int, Field(ge=0, le=20)] | None = None
    top_p: Share | None = None
    user: str = ""
    verbosity: Verbosity | None = None

    def asked(self) -> Asked:
        """What bears on the answer. A function is not called again right after its result came."""
        names = {tool.function.name for tool in self.tools}
        if self.tool_choice == "none" or isinstance(self.messages[-1], ToolMessage):
            names = set[str]()
        elif isinstance(self.tool_choice, ChosenFunction):
            names &= {self.tool_choice.function.name}
        stop = [self.stop] if isinstance(self.stop, str) else self.stop or []
        return Asked(names, self.parallel_tool_calls, self.max_completion_tokens or self.max_tokens, stop)


def check_chat(body: ChatBody) -> None:
    """What the vendor refuses although every field is well formed. Raises `Complaint`."""
    sent = body.model_fields_set
    if body.stream_options is not None and not body.stream:
        raise complaint(400, "The 'stream_options' parameter is only allowed when 'stream' is enabled.", param="stream_options")
    if body.max_tokens is not None and body.max_completion_tokens is not None:
        raise complaint(400, "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
                        "invalid_parameter_combination", "max_tokens")  # fmt: skip
    if body.logprobs or body.top_logprobs is not None:
        raise complaint(400, "'logprobs' is not supported with this model.", "unsupported_parameter", "logprobs")
    for name in ("tool_choice", "parallel_tool_calls"):
        if name in sent and "tools" not in sent:
            raise complaint(400, f"'{name}' is only allowed when 'tools' are specified.", param=name)
    _check_tools(body)
    _check_format(body)
    _check_parts(body)
    _check_results(body)


def _check_tools(body: ChatBody) -> None:
    names = [tool.function.name for tool in body.tools]
    if isinstance(body.tool_choice, ChosenFunction) and body.tool_choice.function.name not in names:
        raise complaint(400, f"Tool choice '{body.tool_choice.function.name}' not found in 'tools' parameter.",
                        "invalid_value", "tool_choice")  # fmt: skip
    for place, tool in enumerate(body.tools):
        param = f"tools[{place}].function.parameters"
        if tool.function.parameters or tool.function.strict:
            check_schema(tool.function.parameters, tool.function.name, strict=bool(tool.function.strict), param=param)


def _check_format(body: ChatBody) -> None:
    match body.response_format:
        case SchemaFormat(json_schema=schema):
            param = "response_format.json_schema"
            if not schema.schema_:
                raise complaint(400, f"Missing required parameter: '{param}.schema'.", "missing_required_parameter", param)
            check_schema(schema.schema_, schema.name, strict=bool(schema.strict), param=f"{param}.schema")
        case JsonFormat() if "json" not in str([message.content for message in body.messages]).lower():
            raise complaint(400, "'messages' must contain the word 'json' in some form, to use 'response_format' of type "
                                 "'json_object'.", param="messages")  # fmt: skip
        case _:
            pass


def _check_parts(body: ChatBody) -> None:
    for place, message in enumerate(body.messages):
        if not isinstance(message, UserMessage) or isinstance(message.content, str):
            continue
        for number, part in enumerate(message.content):
            param = f"messages[{place}].content[{number}]"
            if isinstance(part, ImagePart) and not part.image_url.url.startswith(("https://", "http://")):
                check_data_url(part.image_url.url, f"{param}.image_url.url", main_type="image/")
            elif isinstance(part, AudioPart):
                check_base64(part.input_audio.data, f"{param}.input_audio.data")
            elif isinstance(part, FilePart):
                if bool(part.file.file_data) == bool(part.file.file_id):
                    raise complaint(
                        400, f"Exactly one of 'file_data' and 'file_id' is required in '{param}.file'.", param=param
                    )
                if part.file.file_data:
                    check_data_url(part.file.file_data, f"{param}.file.file_data")


def _check_results(body: ChatBody) -> None:
    """Every call of the assistant is followed by its result, and every result follows its call."""
    open_calls: set[str] = set()
    for place, message in enumerate(body.messages):
        if isinstance(message, ToolMessage):
            if message.tool_call_id not in open_calls:
                raise complaint(400, "Invalid parameter: messages with role 'tool' must be a response to a preceding message "
                                     "with 'tool_calls'.", param=f"messages[{place}].role")  # fmt: skip
            open_calls.discard(message.tool_call_id)
            continue
        if open_calls:
            break
        if isinstance(message, AssistantMessage):
            if message.content is None and not message.tool_calls and message.refusal is None:
                raise complaint(
                    400, "Invalid value for 'content': expected a string, got null.", param=f"messages[{place}].content"
                )
            open_calls = {call.id for call in message.tool_calls}
    if open_calls:
        raise complaint(400, "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
                             f"'tool_call_id'. The following tool_call_ids did not have response messages: "
                             f"{', '.join(sorted(open_calls))}", param="messages")  # fmt: skip
