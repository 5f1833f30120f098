"""A conversation in the form of the Gemini API: `contents` with alternating roles, and the system's words apart.

Imports no SDK: the SDK takes plain dictionaries.
"""

import base64
import json
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, cast

from providers.base import Message, Tool, ToolCallReady

OWN_ID = "firstword-"
"""Begins the ids that we gave to calls which came without one; the service is not told of them."""
KEPT_SIGNATURES = 1000
"""How many calls' signatures are remembered: some hundred conversations with tools."""
UNKNOWN_SIGNATURE = base64.urlsafe_b64decode("skip_thought_signature_validator")
"""Stands for a signature that got lost or never was, https://ai.google.dev/gemini-api/docs/thought-signatures#faqs."""

Part = dict[str, Any]


class Signatures:
    """The service's sealed notes on its own function calls, by call id.

    From Gemini 3 on a call has to be sent back with the signature it came with, or the next request is refused.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    def keep(self, call_id: str, signature: bytes | None) -> None:
        """Remember, also that it came without one, and forget the oldest."""
        self._kept[call_id] = signature or b""
        while len(self._kept) > KEPT_SIGNATURES:
            self._kept.popitem(last=False)

    def of(self, calls: Sequence[ToolCallReady]) -> list[bytes]:
        """For calls that were made at once; empty: it came with none, as all but the first do.

        Calls that nothing is known of, from before a restart or from another model, get what stands for a lost signature.
        """
        if calls and all(call.id not in self._kept for call in calls):
            return [UNKNOWN_SIGNATURE, *(b"" for _ in calls[1:])]
        return [self._kept.get(call.id, b"") for call in calls]


def system_instruction(messages: Sequence[Message]) -> str | None:
    """All system messages, wherever they stand, or None."""
    return "\n\n".join(message.text for message in messages if message.role == "system" and message.text) or None


def contents(messages: Sequence[Message], signatures: Signatures) -> list[Any]:
    """The rest, consecutive messages of one role as one: the service wants user and model to alternate.

    Results of tools count as the user's. Messages without anything in them (a reply that was stopped before its first word)
    are left out: the service refuses empty ones.
    """
    names = {call.id: call.name for message in messages for call in message.calls}
    merged: list[dict[str, Any]] = []
    for message in messages:
        parts = [] if message.role == "system" else _parts(message, names, signatures)
        role = "model" if message.role == "assistant" else "user"
        if not parts:
            continue
        if merged and merged[-1]["role"] == role:
            merged[-1]["parts"] += parts
        else:
            merged.append({"role": role, "parts": parts})
    return merged


def declarations(tools: Sequence[Tool]) -> list[dict[str, Any]]:
    """`tools` of the request."""
    offered = [
        {"name": tool.name, "description": tool.description, "parameters_json_schema": tool.parameters} for tool in tools
    ]
    return [{"function_declarations": offered}] if offered else []


def _parts(message: Message, names: dict[str, str], signatures: Signatures) -> list[Part]:
    if message.role == "tool":
        return [{"function_response": {**_identity(message.call_id, names), "response": _result(message.text)}}]
    said: list[Part] = [{"text": message.text}] if message.text else []
    files: list[Part] = [{"file_data": {"file_uri": attachment.file_id}} for attachment in message.attachments]
    signed = zip(message.calls, signatures.of(message.calls), strict=True)
    return said + files + [_call(call, names, signature) for call, signature in signed]


def _call(call: ToolCallReady, names: dict[str, str], signature: bytes) -> Part:
    part: Part = {"function_call": {**_identity(call.id, names), "args": _object(call.arguments) or {}}}
    return part | ({"thought_signature": signature} if signature else {})


def _identity(call_id: str, names: dict[str, str]) -> dict[str, str]:
    named = {"name": names.get(call_id, "unknown")}
    return named if call_id.startswith(OWN_ID) else {"id": call_id, **named}


def _result(text: str) -> dict[str, Any]:
    """An object goes as it is, anything else as the `output` that the service expects in one."""
    return _object(text) or {"output": text}


def _object(text: str) -> dict[str, Any] | None:
    try:
        read: Any = json.loads(text)
    except ValueError:
        return None
    return cast("dict[str, Any]", read) if isinstance(read, dict) else None
