"""English for the codes with which a step can end without a message of its own; both languages stand in the words files."""

from collections.abc import Mapping

_MESSAGES: Mapping[str, str] = {
    "empty_reply": "The model answered with nothing. Try again, or choose another model.",
    "ended_by_length": "The model came to its length limit before it had said anything. Raise the limit, or choose another.",
    "ended_by_content_filter": "The model's own filter held the reply back. Try again, or change the task.",
    "provider_gone": "The chosen chat model is not there any more. Choose another.",
    "step_cancelled": "Writing was stopped before the text was complete. Try again.",
    "server_stopping": "The workbench is being stopped. Your answers are kept; open the page again after the restart.",
    "internal_error": "The workbench itself failed. The log says where.",
}


def ending_message(code: str) -> str:
    """What a person reads for a code; empty for one that brings its own message."""
    return _MESSAGES.get(code, "")
