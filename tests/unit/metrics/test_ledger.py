from bench.metrics.ledger import cut_off, ledger, playing
from tests.unit.metrics.building import TYPED, VOICE, record, without


def test_no_turn_is_dropped() -> None:
    found = ledger(
        [
            record(VOICE, strata=("first_turn",)),
            record(VOICE, outcome="interrupted"),
            record({}, outcome="failed", input="microphone"),
            record({}, outcome="silent"),
            record(VOICE, warm_up=True),
            record(VOICE, outcome=None),
        ]
    )
    assert (found.turns, found.warm_ups) == (4, 1)
    assert found.outcomes == {"answered": 1, "interrupted": 1, "failed": 1, "silent": 1}
    assert found.strata == {"file": 3, "first_turn": 1, "microphone": 1}
    assert sum(found.outcomes.values()) == found.turns
    assert found.figures["voice_to_voice"].n == 2
    assert "chat_response" not in found.figures


def test_cut_off_is_turns_beyond_one_for_each_playing() -> None:
    def turn(block: int, input_id: str = "a"):  # noqa: ANN202
        return record(VOICE, experiment="e", block=block, input_id=input_id)

    assert cut_off([turn(0), turn(0), turn(0), turn(1), turn(2), turn(2)]) == 3
    assert cut_off([turn(0), turn(0, "b")]) == 0
    assert cut_off([record(VOICE)]) is None
    assert cut_off([record(TYPED, input="typed", experiment="e", block=0)]) is None
    assert cut_off([record(VOICE, experiment="e", block=-1, warm_up=True)]) is None


def test_outside_experiments_a_playing_is_known_by_its_labelled_end() -> None:
    def turn(end: int):  # noqa: ANN202
        return record({**VOICE, "speech_ended": (1000, {"input_end_ns": end})}, input_id="a")

    assert playing(turn(5)) == ("c", 5, "a")
    assert cut_off([turn(5), turn(5), turn(9)]) == 1
    assert playing(record(without(VOICE, "speech_ended"), input_id="a")) is None
