"""What the service keeps between requests: conversations with their items, and stored responses; in memory, newest 2,000."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeAlias

from pydantic import Field

from bench.wire.answer import WireAnswer, WireRequest
from bench.wire.openai_error import complaint, identifier, json_answer
from bench.wire.openai_response_request import InputItem, ItemReference, check_items
from bench.wire.openai_strict import Metadata, Sent, checked_query, read_json

Item: TypeAlias = dict[str, Any]

KEPT = 2000
"""Older conversations and responses are forgotten."""
_LIST_QUERY = {"after": r"\w+", "limit": r"[1-9]\d?|100", "order": "asc|desc", "include[]": r"[\w.]+", "include": r"[\w.]+"}
_PREFIXES = {"message": "msg_", "function_call": "fc_", "function_call_output": "fco_", "reasoning": "rs_"}


class NewConversation(Sent):
    items: Annotated[list[InputItem], Field(max_length=20)] | None = None
    metadata: Metadata | None = None


class ChangedConversation(Sent):
    metadata: Metadata | None


class NewItems(Sent):
    items: Annotated[list[InputItem], Field(min_length=1, max_length=20)]


@dataclass(slots=True)
class Conversation:
    """A thread."""

    id: str
    created_at: int
    metadata: dict[str, str]
    items: list[Item] = field(default_factory=list[Item])

    def shown(self) -> Item:
        return {"id": self.id, "object": "conversation", "created_at": self.created_at, "metadata": self.metadata}


class Threads:
    """Conversations and stored responses."""

    def __init__(self) -> None:
        self._conversations: OrderedDict[str, Conversation] = OrderedDict()
        self._responses: OrderedDict[str, tuple[Item, ...]] = OrderedDict()

    def conversation(self, name: str) -> Conversation:
        """Raises `Complaint`."""
        found = self._conversations.get(name)
        if found is None:
            raise complaint(404, f"Conversation with id '{name}' not found.", "conversation_not_found", "conversation")
        return found

    def thread_of(self, response: str) -> tuple[Item, ...]:
        """All items up to and with this response. Raises `Complaint`."""
        found = self._responses.get(response)
        if found is None:
            raise complaint(400, f"Previous response with id '{response}' not found.", "previous_response_not_found",
                            "previous_response_id")  # fmt: skip
        return found

    def keep_response(self, name: str, items: tuple[Item, ...]) -> None:
        """Remember what a response and all before it were."""
        self._responses[name] = items
        if len(self._responses) > KEPT:
            self._responses.popitem(last=False)

    def stored(self, items: list[InputItem] | str) -> list[Item]:
        """Items as the service keeps and shows them: with ids, and text as parts. References are looked up."""
        if isinstance(items, str):
            return [_message("user", [{"type": "input_text", "text": items}])]
        return [self._known(item.id) if isinstance(item, ItemReference) else _stored(item) for item in items]

    def answer(self, request: WireRequest) -> WireAnswer:
        """`/v1/conversations` and everything below. Raises `Complaint`."""
        parts = request.path.split("/")[3:]
        match parts, request.method:
            case [], "POST":
                return json_answer(self._new(read_json(request, NewConversation)).shown())
            case [name], "GET":
                return json_answer(self.conversation(name).shown())
            case [name], "POST":
                self.conversation(name).metadata = dict(read_json(request, ChangedConversation).metadata or {})
                return json_answer(self.conversation(name).shown())
            case [name], "DELETE":
                self._conversations.pop(self.conversation(name).id)
                return json_answer({"id": name, "object": "conversation.deleted", "deleted": True})
            case [name, "items"], "GET":
                return json_answer(_page(self.conversation(name).items, checked_query(request, _LIST_QUERY)))
            case [name, "items"], "POST":
                sent = read_json(request, NewItems).items
                check_items(sent, "items")
                items = self.stored(sent)
                self.conversation(name).items += items
                return json_answer(_list(items, more=False))
            case [name, "items", item], "GET":
                return json_answer(_item(self.conversation(name), item))
            case [name, "items", item], "DELETE":
                self.conversation(name).items.remove(_item(self.conversation(name), item))
                return json_answer(self.conversation(name).shown())
            case _:
                raise complaint(405, f"Not allowed to {request.method} on {request.path}.", "method_not_supported")

    def _new(self, body: NewConversation) -> Conversation:
        check_items(body.items or [], "items")
        items = self.stored(body.items or [])
        made = Conversation(identifier("conv_"), int(time.time()), dict(body.metadata or {}), items)
        self._conversations[made.id] = made
        if len(self._conversations) > KEPT:
            self._conversations.popitem(last=False)
        return made

    def _known(self, name: str) -> Item:
        everywhere = [*(each.items for each in self._conversations.values()), *self._responses.values()]
        found = next((item for items in everywhere for item in items if item["id"] == name), None)
        if found is None:
            raise complaint(404, f"Item with id '{name}' not found.", "item_not_found", "input")
        return found


def _message(role: str, content: list[Item]) -> Item:
    return {"id": identifier("msg_"), "type": "message", "role": role, "status": "completed", "content": content}


def _stored(item: InputItem) -> Item:
    shown = item.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"phase"})
    content = shown.get("content")
    if isinstance(content, str):
        kind = "output_text" if shown["role"] == "assistant" else "input_text"
        extra = {"annotations": list[Item](), "logprobs": list[Item]()} if kind == "output_text" else {}
        return _message(shown["role"], [{"type": kind, "text": content, **extra}])
    return {**shown, "id": shown.get("id") or identifier(_PREFIXES[shown["type"]])}


def _item(conversation: Conversation, name: str) -> Item:
    found = next((item for item in conversation.items if item["id"] == name), None)
    if found is None:
        raise complaint(
            404, f"Item with id '{name}' not found in conversation '{conversation.id}'.", "item_not_found", "item_id"
        )
    return found


def _page(items: list[Item], query: dict[str, str]) -> Item:
    """Newest first unless `order=asc` is asked for."""
    ordered = items if query.get("order") == "asc" else items[::-1]
    after = query.get("after")
    if after is not None:
        start = next((place + 1 for place, item in enumerate(ordered) if item["id"] == after), None)
        if start is None:
            raise complaint(404, f"Item with id '{after}' not found.", "item_not_found", "after")
        ordered = ordered[start:]
    limit = int(query.get("limit", "20"))
    return _list(ordered[:limit], more=len(ordered) > limit)


def _list(items: list[Item], *, more: bool) -> Item:
    first, last = (items[0]["id"], items[-1]["id"]) if items else ("", "")
    return {"object": "list", "data": items, "first_id": first, "last_id": last, "has_more": more}
