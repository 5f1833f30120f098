"""What clients send to `/v1/responses`, and the items of conversations. Not played and therefore unknown: the vendor's own
tools but web search, prompts, background, context management, moderation, access programs."""

from typing import Annotated, Any, Literal, TypeAlias, cast

from pydantic import Discriminator, Field, RootModel, Tag

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
    check_data_url,
    check_schema,
)

Status = Literal["in_progress", "completed", "incomplete"]


class InputText(Sent):
    type: Literal["input_text"]
    text: str
    prompt_cache_breakpoint: CacheBreakpoint = CacheBreakpoint(mode="explicit")


class InputImage(Sent):
    type: Literal["input_image"]
    detail: Literal["auto", "low", "high", "original"]
    file_id: str | None = None
    image_url: str | None = None
    prompt_cache_breakpoint: CacheBreakpoint = CacheBreakpoint(mode="explicit")


class InputFile(Sent):
    type: Literal["input_file"]
    detail: Literal["auto", "low", "high"] = "auto"
    file_data: str = ""
    file_id: str | None = None
    file_url: str = ""
    filename: str = ""
    prompt_cache_breakpoint: CacheBreakpoint = CacheBreakpoint(mode="explicit")


InputPart = Annotated[InputText | InputImage | InputFile, Field(discriminator="type")]


class OutputText(Sent):
    type: Literal["output_text"]
    text: str
    annotations: list[dict[str, Any]]
    logprobs: list[dict[str, Any]] = []


class OutputRefusal(Sent):
    type: Literal["refusal"]
    refusal: str


class InputMessage(Sent):
    """As clients write it, or with a status as the vendor gives it back."""

    type: Literal["message"] = "message"
    role: Literal["user", "assistant", "system", "developer"]
    content: str | list[InputPart]
    phase: Literal["commentary", "final_answer"] | None = None
    status: Status = "completed"


class OutputMessage(Sent):
    type: Literal["message"]
    id: str
    role: Literal["assistant"]
    content: list[Annotated[OutputText | OutputRefusal, Field(discriminator="type")]]
    status: Status
    phase: Literal["commentary", "final_answer"] | None = None


class FunctionCall(Sent):
    type: Literal["function_call"]
    call_id: str
    name: FunctionName
    arguments: str
    id: str = ""
    status: Status = "completed"


class FunctionCallOutput(Sent):
    type: Literal["function_call_output"]
    call_id: str | None = None
    output: str | list[InputPart]
    id: str | None = None
    name: str | None = None
    status: Status | None = None


class ReasoningText(Sent):
    type: Literal["summary_text", "reasoning_text"]
    text: str


class ReasoningItem(Sent):
    type: Literal["reasoning"]
    id: str
    summary: list[ReasoningText]
    content: list[ReasoningText] = []
    encrypted_content: str | None = None
    status: Status = "completed"


class ItemReference(Sent):
    type: Literal["item_reference"] | None = None
    id: str


def _sort(item: Any) -> str:
    """Which item this is. A message needs no type; one of the assistant's with output in it is the vendor's own, sent back."""
    if not isinstance(item, dict):
        return "message"
    sent = cast("dict[str, Any]", item)
    kind = sent.get("type") or ("message" if "role" in sent else "item_reference")
    if kind == "message" and sent.get("role") == "assistant" and isinstance(sent.get("content"), list):
        return "output_message"
    return str(kind)


InputItem: TypeAlias = Annotated[
    Annotated[InputMessage, Tag("message")]
    | Annotated[OutputMessage, Tag("output_message")]
    | Annotated[FunctionCall, Tag("function_call")]
    | Annotated[FunctionCallOutput, Tag("function_call_output")]
    | Annotated[ReasoningItem, Tag("reasoning")]
    | Annotated[ItemReference, Tag("item_reference")],
    Discriminator(_sort),
]


class Function(Sent):
    type: Literal["function"]
    name: FunctionName
    parameters: dict[str, Any] | None
    strict: bool | None
    description: str | None = None


class UserLocation(Sent):
    type: Literal["approximate"] = "approximate"
    city: str | None = None
    country: str | None = None
    region: str | None = None
    timezone: str | None = None


class WebSearch(Sent):
    type: Literal["web_search"]
    search_context_size: Literal["low", "medium", "high"] = "medium"
    user_location: UserLocation | None = None


def _tool_sort(tool: Any) -> str:
    """The brackets keep the sort apart from a field of the same name in the place of an error."""
    return f"<{cast('dict[str, Any]', tool).get('type')}>" if isinstance(tool, dict) else "<function>"


Tool: TypeAlias = Annotated[
    Annotated[Function, Tag("<function>")] | Annotated[WebSearch, Tag("<web_search>")], Discriminator(_tool_sort)
]


class ChosenFunction(Sent):
    type: Literal["function"]
    name: str


class PlainFormat(Sent):
    type: Literal["text", "json_object"]


class SchemaFormat(Sent):
    type: Literal["json_schema"]
    name: FunctionName
    schema_: dict[str, Any] = Field(alias="schema")
    description: str = ""
    strict: bool | None = None


class TextConfig(Sent):
    format: Annotated[PlainFormat | SchemaFormat, Field(discriminator="type")] = PlainFormat(type="text")
    verbosity: Verbosity | None = None


class Reasoning(Sent):
    effort: Effort | None = None
    summary: Literal["auto", "concise", "detailed"] | None = None
    generate_summary: Literal["auto", "concise", "detailed"] | None = None


class ConversationId(Sent):
    id: str


class StreamOptions(Sent):
    include_obfuscation: bool = True


class CacheOptions(Sent):
    mode: Literal["implicit", "explicit"] = "implicit"
    ttl: Literal["30m", "12h"] = "30m"


class ResponseBody(Sent):
    """The whole body."""

    model: Annotated[str, Field(min_length=1)]
    input: str | list[InputItem] = []
    background: Literal[False] | None = None
    conversation: str | ConversationId | None = None
    include: list[Literal["reasoning.encrypted_content", "message.input_image.image_url"]] | None = None
    instructions: str | None = None
    max_output_tokens: Annotated[int, Field(ge=16)] | None = None
    max_tool_calls: int | None = None
    metadata: Metadata | None = None
    parallel_tool_calls: bool | None = None
    previous_response_id: str | None = None
    prompt_cache_key: str | None = None
    prompt_cache_options: CacheOptions = CacheOptions()
    prompt_cache_retention: Literal["in_memory", "24h"] | None = None
    reasoning: Reasoning | None = None
    safety_identifier: Annotated[str, Field(max_length=128)] | None = None
    service_tier: Tier | Literal["ultrafast"] | None = None
    store: bool | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: Temperature | None = None
    text: TextConfig = TextConfig()
    tool_choice: Literal["none", "auto", "required"] | ChosenFunction = "auto"
    tools: list[Tool] = []
    top_logprobs: Annotated[int, Field(ge=0, le=20)] | None = None
    top_p: Share | None = None
    truncation: Literal["auto", "disabled"] | None = None
    user: str = ""

    @property
    def conversation_id(self) -> str | None:
        return self.conversation.id if isinstance(self.conversation, ConversationId) else self.conversation

    @property
    def shows_thinking(self) -> bool:
        """A summary of the thinking is given only to who asked for one."""
        return self.reasoning is not None and bool(self.reasoning.summary or self.reasoning.generate_summary)

    def asked(self) -> Asked:
        """What bears on the answer. A function is not called again right after its result came."""
        names = {tool.name for tool in self.tools if isinstance(tool, Function)}
        answered = not isinstance(self.input, str) and bool(self.input) and isinstance(self.input[-1], FunctionCallOutput)
        if self.tool_choice == "none" or answered:
            names = set[str]()
        elif isinstance(self.tool_choice, ChosenFunction):
            names &= {self.tool_choice.name}
        return Asked(names, self.parallel_tool_calls is not False, self.max_output_tokens)


class Items(RootModel[list[InputItem]]):
    """Items alone."""


def check_response(body: ResponseBody) -> None:
    """What the vendor refuses although every field is well formed. Raises `Complaint`."""
    if body.conversation is not None and body.previous_response_id is not None:
        raise complaint(400, "Mutually exclusive parameters: 'conversation' and 'previous_response_id'. Ensure you are only "
                             "providing one of: 'previous_response_id' or 'conversation'.",
                        "mutually_exclusive_parameters", "conversation")  # fmt: skip
    if not body.input and body.conversation is None and body.previous_response_id is None:
        raise complaint(400, "One of 'input' or 'previous_response_id' or 'conversation' must be provided.",
                        "missing_required_parameter", "input")  # fmt: skip
    if body.stream_options is not None and not body.stream:
        raise complaint(400, "The 'stream_options' parameter is only allowed when 'stream' is enabled.", param="stream_options")
    if body.top_logprobs:
        raise complaint(400, "'top_logprobs' is not supported with this model.", "unsupported_parameter", "top_logprobs")
    _check_tools(body)
    if isinstance(body.text.format, SchemaFormat):
        form = body.text.format
        check_schema(form.schema_, form.name, strict=bool(form.strict), param="text.format.schema")
    elif body.text.format.type == "json_object" and "json" not in str(body.input).lower():
        raise complaint(400, "Response input messages must contain the word 'json' in some form to use 'text.format' of type "
                             "'json_object'.", param="input")  # fmt: skip
    if not isinstance(body.input, str):
        check_items(body.input, "input")


def check_items(items: list[InputItem], param: str) -> None:
    """Attachments that decode, and that are given in one way only. Raises `Complaint`."""
    for place, item in enumerate(items):
        if not isinstance(item, InputMessage) or isinstance(item.content, str):
            continue
        for number, part in enumerate(item.content):
            _check_part(part, f"{param}[{place}].content[{number}]")


def _check_part(part: InputPart, param: str) -> None:
    if isinstance(part, InputImage):
        if (part.image_url is None) == (part.file_id is None):
            raise complaint(400, f"Exactly one of 'image_url' and 'file_id' is required in '{param}'.", param=param)
        if part.image_url is not None and not part.image_url.startswith(("https://", "http://")):
            check_data_url(part.image_url, f"{param}.image_url", main_type="image/")
    elif isinstance(part, InputFile):
        if sum(bool(each) for each in (part.file_data, part.file_id, part.file_url)) != 1:
            raise complaint(400, f"Exactly one of 'file_data', 'file_id' and 'file_url' is required in '{param}'.", param=param)
        if part.file_data:
            check_data_url(part.file_data, f"{param}.file_data")
            if not part.filename:
                raise complaint(400, f"Missing required parameter: '{param}.filename'.", "missing_required_parameter", param)


def _check_tools(body: ResponseBody) -> None:
    names = [tool.name for tool in body.tools if isinstance(tool, Function)]
    if isinstance(body.tool_choice, ChosenFunction) and body.tool_choice.name not in names:
        raise complaint(400, f"Tool choice 'function' not found in 'tools' parameter: {body.tool_choice.name}.",
                        "invalid_value", "tool_choice")  # fmt: skip
    for place, tool in enumerate(body.tools):
        if isinstance(tool, Function) and (tool.parameters or tool.strict is not False):
            # An absent or null `strict` means strict here, unlike in chat completions.
            strict = tool.strict is not False
            check_schema(tool.parameters or {}, tool.name, strict=strict, param=f"tools[{place}].parameters")
