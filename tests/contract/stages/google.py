"""Google's providers, through Google's own SDK, on a server that speaks the Gemini API."""

from bench.wire.plan import Plan
from providers.errors import ServiceFailed
from tests.contract.staging import Staged
from tests.contract.wire_stages import FAST, SPEECH, TEXT, THOUGHT, TOKENS, failing, varied, wire_stage

USAGE = {"tokens_in": 21, "tokens_out": TOKENS, "tokens_cached": 8}


def key_refused(plan: Plan, text: str | None = TEXT) -> Staged:
    """A wrong key is a bad argument here."""
    return Staged(plan=failing(plan, "status", status=400, code="API_KEY_INVALID"), text=text, recovers=True)


NOT_HERE = {
    "out_of_order": "events of this format bear no numbers: nobody can tell",
    "quota_exceeded": "a used-up account and too many requests a minute are both `RESOURCE_EXHAUSTED`; unit tests tell them apart",
}
TWICE = f"{TEXT} {TEXT}"

STAGES = [
    wire_stage(
        "chat", "google", "gemini",
        usage=USAGE,
        leaf_inside=ServiceFailed,
        instead={
            "key_rejected": key_refused(FAST),
            "reasoning_apart": Staged({"include_thoughts": True}, plan=varied(FAST, reasoning=THOUGHT), text=TEXT),
        },
        not_applicable=NOT_HERE,
    ),
    wire_stage(
        "transcriber", "google", "gemini",
        usage=USAGE,
        leaf_inside=ServiceFailed,
        instead={"key_rejected": key_refused(FAST)},
        not_applicable=NOT_HERE,
    ),
    wire_stage(
        "stt", "google", "gemini",
        text=TWICE,
        usage=USAGE,
        leaf_inside=ServiceFailed,
        instead={"key_rejected": key_refused(FAST, TWICE)},
        not_applicable=NOT_HERE,
    ),
    wire_stage(
        "tts", "google", "gemini",
        plan=SPEECH,
        text=None,
        usage={"tokens_in": 21, "tokens_out": 12, "audio_s": 0.48},
        leaf_inside=ServiceFailed,
        instead={"key_rejected": key_refused(SPEECH, None)},
        not_applicable=NOT_HERE,
    ),
]  # fmt: skip
