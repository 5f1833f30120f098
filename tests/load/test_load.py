"""A hundred streams at once: all are answered, none loses a word, nothing is left open."""

from tests.load.streams import run

STREAMS = 100


async def test_a_hundred_streams_at_once() -> None:
    load = await run(STREAMS)
    assert load.failures == []
    assert len(load.streams) == STREAMS
    assert load.at_once == STREAMS, "they were not all under way at the same time: this says nothing"
    assert len(load.errors_ms) == STREAMS, "every stream has its truth"
    assert min(load.errors_ms) >= 0, "nothing is read before it was written: `make load` says how much later"
    assert load.sockets_left == 0
