"""OpenAI's providers and the servers that speak its format, through OpenAI's own SDK, on a server that speaks that format."""

from providers.base import Role
from providers.errors import ServiceFailed
from tests.contract.staging import Staged
from tests.contract.wire_stages import FAST, SPEECH, TEXT, THOUGHT, TOKENS, varied, wire_stage

USAGE = {"tokens_in": 21, "tokens_out": TOKENS, "tokens_cached": 8}
NO_NUMBERS = {"out_of_order": "chunks of this format bear no numbers: nobody can tell"}

RAW_SOUND = {
    "out_of_order": "raw samples bear no numbers: nobody can tell",
    "after_done": "raw samples have no ending of their own: whatever comes is sound",
    "ended_early": "raw samples have no ending of their own: nobody can tell",
    "malformed": "any bytes are samples",
    "error_inside": "any bytes are samples",
}
AT_ONCE = {
    "out_of_order": "there is one piece: it has nothing to change places with",
    "after_done": "the length of the answer is told beforehand: whatever follows is no part of it",
    "ended_early": "the length of the answer is told beforehand: half of a text is no protocol, see `malformed`",
    "error_inside": "the answer comes in one piece, which is an error or is not",
    "slow_reader": "the answer comes in one piece: nothing is read ahead of it",
    "cancel_after_output": "the answer comes in one piece: once there is output it is over",
}
HEARD: tuple[tuple[Role, str, float], ...] = (("transcriber", TEXT, 1.0), ("stt", f"{TEXT} {TEXT}", 0.4))
"""Role, what is understood, and the length of each recording (s)."""
THREADED = frozenset({
    "happy", "two_at_once", "closed_twice", "reuse_after_error", "cut", "cancel_before_output", "cancel_after_output", "tool_call",
    "several_tool_calls", "usage_counted", "rate_limited", "half_open",
})  # fmt: skip
"""What may differ when the vendor keeps the conversation."""

STAGES = [
    wire_stage("chat", "openai", "openai", usage=USAGE, leaf_inside=ServiceFailed, not_applicable=NO_NUMBERS),
    wire_stage(
        "chat", "openai-responses", "openai",
        usage=USAGE,
        leaf_inside=ServiceFailed,
        instead={
            "reasoning_apart": Staged(
                {"reasoning_summary": "auto", "reasoning_effort": "low"}, plan=varied(FAST, reasoning=THOUGHT), text=TEXT
            )
        },
    ),
    wire_stage(
        "chat", "openai-responses", "openai",
        variant="threaded", options={"thread": "conversation"}, usage=USAGE, only=THREADED,
    ),
    *(
        wire_stage(
            role, "openai", "openai",
            text=text, usage={"tokens_out": TOKENS, "audio_s": heard_s}, leaf_inside=ServiceFailed, not_applicable=NO_NUMBERS,
            heirs=frozenset(),
        )
        for role, text, heard_s in HEARD
    ),
    *(
        wire_stage(
            role, "openai", "openai",
            variant="whole answers", options={"model": "whisper-1"}, text=text, begins=False, usage={"audio_s": heard_s},
            not_applicable=AT_ONCE,
        )
        for role, text, heard_s in HEARD
    ),
    wire_stage(
        "tts", "openai", "openai",
        options={"voice": "coral"}, plan=SPEECH, text=None, usage={"audio_s": 0.48, "source": "estimated"},
        not_applicable=RAW_SOUND,
    ),
]  # fmt: skip
