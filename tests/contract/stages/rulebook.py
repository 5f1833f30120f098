"""The rule-based chat model: no service, but its own pace can be slowed down."""

from tests.contract.staging import Staged, engine_here

STAGES = [
    engine_here(
        "chat",
        "rulebook",
        slow_first_chunk=Staged({"first_token_ms": 300}),
        cancel_before_output=Staged({"first_token_ms": 2000}),
        cancel_after_output=Staged({"tokens_per_s": 5}),
    )
]
