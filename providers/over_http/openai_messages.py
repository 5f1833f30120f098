"""The conversation in the two shapes that the format knows: messages of chat completions, items of Responses."""

from typing import Any

from providers.base import ChatRequest, Message, Tool


# ── chat completions ─────────────────────────────────────────────────────────────────────────────────────────────────────
def chat_messages(messages: tuple[Message, ...]) -> list[dict[str, Any]]:
    """`messages` of a chat completion."""
    return [_chat_message(message) for message in messages]


def _chat_message(message: Message) -> dict[str, Any]:
    match message.role:
        case "tool":
            return {"role": "tool", "tool_call_id": message.call_id, "content": message.text}
        case "assistant" if message.calls:
            calls = [
                {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
                for call in message.calls
            ]
            return {"role": "assistant", "content": message.text or None, "tool_calls": calls}
        case "user" if message.attachments:
            text = [{"type": "text", "text": message.text}] if message.text else []
            files = [{"type": "file", "file": {"file_id": each.file_id}} for each in message.attachments]
            return {"role": "user", "content": [*files, *text]}
        case _:
            return {"role": message.role, "content": message.text}


def chat_tools(tools: tuple[Tool, ...]) -> list[dict[str, Any]]:
    """`tools` of a chat completion."""
    return [
        {"type": "function", "function": {"name": tool.name, "description": tool.description, "parameters": tool.parameters}}
        for tool in tools
    ]


def chat_format(schema: dict[str, Any]) -> dict[str, Any]:
    """`response_format` of a chat completion."""
    return {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": schema}}


# ── Responses ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def instructions(request: ChatRequest) -> str:
    """What the system says, apart from the conversation."""
    return "\n\n".join(message.text for message in request.messages if message.role == "system" and message.text)


def conversation(request: ChatRequest) -> tuple[Message, ...]:
    """The messages without the system's."""
    return tuple(message for message in request.messages if message.role != "system")


def items(messages: tuple[Message, ...]) -> list[dict[str, Any]]:
    """`input` of a response."""
    return [item for message in messages for item in _items(message)]


def _items(message: Message) -> list[dict[str, Any]]:
    if message.role == "tool":
        return [{"type": "function_call_output", "call_id": message.call_id, "output": message.text}]
    found: list[dict[str, Any]] = []
    if message.attachments:
        content: list[dict[str, Any]] = [_file(each.kind, each.file_id) for each in message.attachments]
        content += [{"type": "input_text", "text": message.text}] if message.text else []
        found.append({"role": message.role, "content": content})
    elif message.text or not message.calls:
        found.append({"role": message.role, "content": message.text})
    for call in message.calls:
        found.append({"type": "function_call", "call_id": call.id, "name": call.name, "arguments": call.arguments})
    return found


def _file(kind: str, file_id: str) -> dict[str, Any]:
    if kind == "image":
        return {"type": "input_image", "file_id": file_id, "detail": "auto"}
    return {"type": "input_file", "file_id": file_id}


def tools(offered: tuple[Tool, ...]) -> list[dict[str, Any]]:
    """`tools` of a response. Not strict: a strict schema forbids optional arguments."""
    return [
        {"type": "function", "name": tool.name, "description": tool.description, "parameters": tool.parameters, "strict": False}
        for tool in offered
    ]


def text_format(schema: dict[str, Any]) -> dict[str, Any]:
    """`text.format` of a response."""
    return {"type": "json_schema", "name": "answer", "strict": True, "schema": schema}
