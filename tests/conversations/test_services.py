"""What services say of themselves, what they cost, and whether their connection was ready: on record and in the figures."""

import json

import pytest

from bench.charts.turn_view import turn_view
from bench.events.kinds import SpanRecorded, ToolCallReceived, UsageReported
from bench.metrics.consumption import consumption, cost, services
from bench.metrics.turn_record import fold
from bench.metrics.waterfall import waterfall
from bench.turn.playing import play_to
from providers.base import NoTextChunk, ToolCallReady, ToolCallStarted
from providers.errors import RateLimited
from tests.conversations.services import HEAD, VendorChat, VendorEar, VendorSpeech, ended, text, used
from tests.conversations.talk import Talk, spoken, talking
from tests.virtual_time import VirtualTime

SILENT = {"speaking": {"aloud": False}}
PAUSE = {"listening": {"pause_ms": 300, "onset_frames": 2}}


def by_owner(talk: Talk, turn: int = 0) -> dict[str, float]:
    fall = waterfall(talk.records()[turn])
    assert fall is not None
    assert sum(part.duration_ns for part in fall.parts) == fall.total_ns
    found: dict[str, float] = {}
    for part in fall.parts:
        found[part.owner] = found.get(part.owner, 0.0) + part.duration_ns / 1e6
    return found


# ── the connection ───────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_connecting_is_the_networks_and_makes_the_turn_cold(virtual_time: VirtualTime) -> None:
    chat = VendorChat(text("Yes. "), ended())
    async with talking(SILENT, chat_engine=chat) as talk:
        await talk.say("one")
        await talk.say("two")
        cold, warm = talk.records()
        assert "cold" in cold.strata
        assert "cold" not in warm.strata
        assert cold.marks["llm_sent"].data["connection_reused"] is False
        assert warm.marks["llm_sent"].data["connection_reused"] is True
        spans = [event for event in talk.events if isinstance(event, SpanRecorded) and event.name == "connecting"]
        assert [(span.owner, span.stage, round((span.at_ns - span.from_ns) / 1e6)) for span in spans] == [
            ("network", "llm", 80)
        ]
        assert talk.ms("llm_sent", "llm_first_text") == pytest.approx(80, abs=1)  # 10 + 50 + 20, without the connection
        built = [e for e in talk.events if isinstance(e, SpanRecorded) and e.name == "request_built" and e.turn == cold.turn]
        assert sum(span.at_ns - span.from_ns for span in built) / 1e6 < 1


async def test_in_the_waterfall_connecting_is_neither_the_model_nor_the_workbench(virtual_time: VirtualTime) -> None:
    async with talking(chat_engine=VendorChat(text("Yes. "), ended()), tts_engine=VendorSpeech()) as talk:
        await talk.say("one")
        owners = by_owner(talk)
        assert owners["network"] >= 160  # 80 for each of the two services
        assert owners["llm"] == pytest.approx(80, abs=2)
        assert owners["tts"] == pytest.approx(60, abs=2)
        assert owners.get("workbench", 0) < 5
        assert talk.records()[0].marks["tts_sent"].data["connection_reused"] is False
        await talk.say("two")
        assert by_owner(talk, 1).get("network", 0) < 5
        assert "cold" not in talk.records()[1].strata


async def test_a_connection_opened_while_another_stage_is_waited_for_costs_nothing(virtual_time: VirtualTime) -> None:
    chat = VendorChat(text("Yes. "), ended())
    chat.network.warm = True
    async with talking(chat_engine=chat) as talk:
        await talk.say("one")
        record = talk.records()[0]
        sent = record.marks["llm_sent"].at_ns
        beside = SpanRecorded(
            at_ns=sent + 60_000_000, conversation=record.conversation, turn=record.turn, name="connecting", owner="network",
            from_ns=sent + 10_000_000, stage="tts",
        )  # fmt: skip
        before = by_owner(talk)
        talk.sink.append(beside)
        assert by_owner(talk) == before


async def test_speech_to_text_connects_and_uploads_on_record(virtual_time: VirtualTime) -> None:
    ear = VendorEar({"audio_s": 1.5, "cost_usd": 0.0001, "priced_on": "2026-11-21"})
    async with talking({**PAUSE, **SILENT}, stt_engine=ear) as talk:
        await play_to(spoken((500, 1500)), [talk.conversation], talk.clock)
        await play_to(spoken((500, 1500)), [talk.conversation], talk.clock)
        cold, warm = talk.records()
        data = cold.marks["stt_final"].data
        assert data["connection_reused"] is False
        assert data["upload_ms"] == pytest.approx(10, abs=0.5)
        assert (data["request_id"], data["processing_ms"], data["metered"]) == ("req_1", 12.5, True)
        assert cold.marks["stt_response_started"].at_ns <= cold.marks["stt_final"].at_ns
        assert "cold" in cold.strata
        assert "cold" not in warm.strata
        assert by_owner(talk)["network"] == pytest.approx(80, abs=5)
        assert by_owner(talk)["stt"] == pytest.approx(60, abs=5)
        assert {usage.stage: usage.audio_ms for usage in cold.usage} == {"stt": 1500, "llm": None}
        assert cost(cold).usd == pytest.approx(0.0001)  # the scripted model is nobody's service and costs nothing


async def test_a_session_that_stood_ready_before_the_turn_is_reused(virtual_time: VirtualTime) -> None:
    ear = VendorEar()
    ear.network.warm = True
    async with talking({**PAUSE, **SILENT}, stt_engine=ear) as talk:
        await play_to(spoken((500, 1500)), [talk.conversation], talk.clock)
        assert talk.marks()["stt_final"].data["connection_reused"] is True
        assert "cold" not in talk.records()[0].strata


# ── what the service says of itself ──────────────────────────────────────────────────────────────────────────────────────
async def test_the_services_own_timing_is_beside_the_marks(virtual_time: VirtualTime) -> None:
    async with talking(chat_engine=VendorChat(text("Yes. "), ended()), tts_engine=VendorSpeech()) as talk:
        await talk.say("one")
        marks = talk.marks()
        for name in ("llm_first_chunk", "tts_first_byte", "llm_response_started", "tts_response_started"):
            assert marks[name].data["processing_ms"] == 12.5, name
            assert marks[name].data["request_id"] == "req_1", name
        view = turn_view(talk.records()[0])
        assert view["services"]["llm"]["processing_ms"] == 12.5
        assert view["services"]["tts"]["upload_ms"] == pytest.approx(10, abs=0.5)


async def test_a_stand_in_is_a_stratum_and_costs_nothing(virtual_time: VirtualTime) -> None:
    head = {**HEAD, "simulated": "openai"}
    chat = VendorChat(text("Yes."), used(tokens_in=3, tokens_out=1, cost_usd=0.5, priced_on="2026-11-21"), ended(), head=head)
    async with talking(SILENT, chat_engine=chat) as talk:
        await talk.say("one")
        record = talk.records()[0]
        assert "simulated" in record.strata
        assert services(record)["llm"].simulated == "openai"
        assert (cost(record).usd, cost(record).why) == (None, "simulated")
        found = consumption([record])
        assert (found.simulated, found.cost_usd, found.tokens_in) == (1, None, 3)


async def test_a_stand_in_that_refuses_is_still_told_from_the_vendor(virtual_time: VirtualTime) -> None:
    def refuse(at_ns: int) -> None:
        raise RateLimited("Vendor", "llm", retry_after="7")

    head = {"status": 429, "simulated": "openai"}
    async with talking(SILENT, chat_engine=VendorChat(refuse, head=head)) as talk:
        await talk.say("one")
        record = talk.records()[0]
        assert (record.outcome, record.reason) == ("failed", "rate_limited")
        assert record.facts == {"provider": "Vendor", "retry_after": "7"}
        assert "simulated" in record.strata


@pytest.mark.parametrize("processing_ms", [float("nan"), float("inf"), -1, "fast", None])
async def test_nonsense_in_the_head_is_left_out(virtual_time: VirtualTime, processing_ms: object) -> None:
    head = {"processing_ms": processing_ms, "request_id": "x" * 10_000, "simulated": 7}
    async with talking(SILENT, chat_engine=VendorChat(text("Yes."), ended(), head=head)) as talk:
        await talk.say("one")
        data = talk.marks()["llm_response_started"].data
        assert set(data) == {"request_id", "upload_ms"}
        assert len(data["request_id"]) == 120
        json.dumps(turn_view(talk.records()[0]), allow_nan=False)


# ── what is consumed ─────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_everything_that_is_counted_is_on_record(virtual_time: VirtualTime) -> None:
    counts = {"tokens_in": 1200, "tokens_cached": 900, "tokens_out": 40, "tokens_reasoning": 12}
    chat = VendorChat(text("Yes. "), used(**counts, cost_usd=0.002, priced_on="2026-11-21"), ended())
    speech = VendorSpeech({"audio_s": 0.5, "characters": 4, "cost_usd": 0.001, "priced_on": "2026-11-20"})
    async with talking(chat_engine=chat, tts_engine=speech) as talk:
        await talk.say("one")
        record = talk.records()[0]
        assert "cached_prompt" in record.strata
        view = turn_view(record)
        assert {name: view["usage"]["llm"][name] for name in counts} == counts
        assert (view["usage"]["tts"]["audio_ms"], view["usage"]["tts"]["characters"]) == (500, 4)
        assert view["cost"] == {
            "usd": pytest.approx(0.003),
            "why": "",
            "stage": "",
            "priced_on": "2026-11-20",
            "at_least": False,
        }
        assert fold(talk.events, record.turn) == record


async def test_phrases_are_added_up_and_a_hole_stays_a_hole(virtual_time: VirtualTime) -> None:
    cut = {"speaking": {"cut": "sentence"}}
    chat = VendorChat(text("First of all, yes. "), text("And then no. "), used(tokens_out=6, cost_usd=0.001), ended())
    full = VendorSpeech({"characters": 18, "cost_usd": 0.001}, {"characters": 12, "cost_usd": 0.002})
    async with talking(cut, chat_engine=chat, tts_engine=full) as talk:
        await talk.say("one")
        counted = [event for event in talk.events if isinstance(event, UsageReported) and event.stage == "tts"]
        assert [event.characters for event in counted] == [18, 30]
        assert cost(talk.records()[0]).usd == pytest.approx(0.004)
    chat = VendorChat(text("First of all, yes. "), text("And then no. "), used(tokens_out=6, cost_usd=0.001), ended())
    holed = VendorSpeech({"characters": 18, "cost_usd": 0.001}, {"characters": 12})
    async with talking(cut, chat_engine=chat, tts_engine=holed) as talk:
        await talk.say("one")
        assert talk.records()[0].usage[-1].characters == 30
        assert (cost(talk.records()[0]).usd, cost(talk.records()[0]).why, cost(talk.records()[0]).stage) == (
            None,
            "no_price",
            "tts",
        )


async def test_a_paid_stage_that_said_nothing_leaves_the_cost_unknown(virtual_time: VirtualTime) -> None:
    async with talking(SILENT, chat_engine=VendorChat(text("Yes."), ended())) as talk:
        await talk.say("one")
        assert (cost(talk.records()[0]).why, cost(talk.records()[0]).stage) == ("not_counted", "llm")
    async with talking(SILENT) as talk:
        await talk.say("one")
        assert cost(talk.records()[0]).why == "not_metered"


async def test_each_request_names_its_conversation(virtual_time: VirtualTime) -> None:
    chat = VendorChat(text("Yes."), ended())
    async with talking(SILENT, chat_engine=chat) as talk:
        await talk.say("one")
        await talk.say("two")
        assert {request.conversation for request in chat.asked} == {talk.conversation.id}


# ── how a reply ends ─────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_a_function_that_was_not_offered_fails_the_turn_and_is_on_record(virtual_time: VirtualTime) -> None:
    chat = VendorChat(
        lambda at_ns: NoTextChunk(at_ns),
        lambda at_ns: ToolCallStarted("c1", "book", at_ns),
        lambda at_ns: ToolCallReady("c1", "book", '{"at": 15}', at_ns),
        used(tokens_in=5, tokens_out=9),
        ended("tool_calls"),
    )
    async with talking(SILENT, chat_engine=chat) as talk:
        await talk.say("one")
        record = talk.records()[0]
        assert (record.outcome, record.stage, record.reason) == ("failed", "llm", "tool_not_offered")
        assert record.message
        assert record.marks["llm_first_tool_call"].data["tool"] == "book"
        assert "tool_turn" in record.strata
        (call,) = [event for event in talk.events if isinstance(event, ToolCallReceived)]
        assert (call.call, call.name, call.arguments, call.turn) == ("c1", "book", '{"at": 15}', record.turn)
        assert record.usage[0].tokens_out == 9


async def test_a_reply_that_ends_to_call_a_function_without_naming_one_is_no_success(virtual_time: VirtualTime) -> None:
    async with talking(SILENT, chat_engine=VendorChat(text("One moment."), ended("tool_calls"))) as talk:
        await talk.say("one")
        assert talk.outcomes() == [("failed", "tool_not_offered")]


@pytest.mark.parametrize("reason", ["length", "content_filter"])
async def test_a_reply_that_was_cut_off_says_so(virtual_time: VirtualTime, reason: str) -> None:
    async with talking(SILENT, chat_engine=VendorChat(text("Yes and"), ended(reason))) as talk:
        await talk.say("one")
        record = talk.records()[0]
        assert record.outcome == "answered"
        assert turn_view(record)["ended_by"] == reason
    async with talking(SILENT, chat_engine=VendorChat(ended(reason))) as talk:
        await talk.say("one")
        assert talk.outcomes() == [("silent", f"ended_by_{reason}")]


async def test_a_reply_that_ended_by_itself_has_no_remark(virtual_time: VirtualTime) -> None:
    async with talking(SILENT, chat_engine=VendorChat(text("Yes."), ended())) as talk:
        await talk.say("one")
        assert turn_view(talk.records()[0])["ended_by"] == ""
