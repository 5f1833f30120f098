import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.metrics.clock_sync import MAX_DRIFT_PPM, ClockSync

PAGE_ORIGIN_NS = 1_770_000_000_000 * 10**6
"""A page's clock counts from 1970, the server's from its start."""


class World:
    """Two clocks: the server's is the true time, the page's is off by an offset and runs at its own rate."""

    def __init__(self, drift_ppm: float, offset_ns: int = PAGE_ORIGIN_NS) -> None:
        self.drift = drift_ppm * 1e-6
        self.offset_ns = offset_ns

    def page_ns(self, server_ns: int) -> int:
        return server_ns + self.offset_ns + round(self.drift * server_ns)

    def exchange(self, sync: ClockSync, at_ns: int, out_ns: int, in_ns: int, held_ns: int = 20_000) -> bool:
        t1, t2 = at_ns, at_ns + out_ns
        t3, t4 = t2 + held_ns, t2 + held_ns + in_ns
        return sync.add(self.page_ns(t1), t2, t3, self.page_ns(t4))

    def miss_ns(self, sync: ClockSync, server_ns: int) -> tuple[int, int]:
        """How far a conversion is off, and the bound it states. Pages tell ms as doubles: 0.25 µs at today's date."""
        found, error_ns = sync.convert(self.page_ns(server_ns) / 1e6)
        return abs(found - server_ns), error_ns


DELAY = st.one_of(st.integers(100_000, 3_000_000), st.integers(100_000, 400_000_000))


@settings(deadline=None)
@given(
    drift_ppm=st.floats(-MAX_DRIFT_PPM * 0.99, MAX_DRIFT_PPM * 0.99),
    ways=st.lists(st.tuples(DELAY, DELAY, st.integers(1_000_000, 5_000_000_000)), min_size=1, max_size=40),
    ask=st.integers(-30_000_000_000, 60_000_000_000),
)
def test_the_true_instant_is_always_inside_the_bound(drift_ppm: float, ways: list[tuple[int, int, int]], ask: int) -> None:
    """Whatever the drift, the jitter and the asymmetry of the way; also for instants before and long after the exchanges."""
    world, sync, at = World(drift_ppm), ClockSync(), 10**12
    for out_ns, in_ns, then_ns in ways:
        assert world.exchange(sync, at, out_ns, in_ns)
        at += out_ns + in_ns + then_ns
        miss, error_ns = world.miss_ns(sync, at + ask)
        assert miss <= error_ns + 1_000  # the page's double
    assert sync.jumps == 0


def test_the_bound_is_half_the_smallest_round_trip_plus_drift() -> None:
    world, sync = World(20), ClockSync()
    for k in range(60):
        world.exchange(sync, k * 10**9, 400_000 if k % 7 else 8_000_000, 900_000)
    latest = sync.latest()
    assert latest.rtt_ns == pytest.approx(1_300_000, abs=200)
    assert latest.error_ns < 1_300_000  # half of 1.3 ms, and what the drift may have done since
    assert latest.drift_ppm == pytest.approx(20, abs=15)
    assert latest.exchanges == 60
    later = sync.estimate(world.page_ns(90 * 10**9) / 1e6)
    assert later.error_ns > latest.error_ns


def test_a_fast_page_clock_has_a_positive_drift() -> None:
    world, sync = World(200), ClockSync()
    for k in range(60):
        world.exchange(sync, k * 10**9, 300_000, 300_000)
    assert sync.latest().drift_ppm == pytest.approx(200, abs=15)


def test_asymmetry_cannot_be_seen_but_stays_inside() -> None:
    world, sync = World(0), ClockSync()
    world.exchange(sync, 0, 10_000_000, 100_000)
    miss, error_ns = world.miss_ns(sync, 0)
    assert miss == pytest.approx(4_950_000, abs=1_000)
    assert miss <= error_ns <= 5_200_000


def test_a_better_exchange_replaces_a_worse_one_and_old_ones_are_forgotten() -> None:
    world, sync = World(0), ClockSync(window_s=10, capacity=8)
    world.exchange(sync, 0, 200_000, 200_000)
    assert sync.latest().rtt_ns == 400_000
    world.exchange(sync, 5 * 10**9, 50_000, 50_000)
    assert sync.latest().rtt_ns == 100_000
    world.exchange(sync, 16 * 10**9, 900_000, 900_000)
    assert (sync.latest().rtt_ns, sync.latest().exchanges) == (1_800_000, 1)
    for k in range(20):
        world.exchange(sync, 17 * 10**9 + k * 10**6, 900_000, 900_000)
    assert sync.latest().exchanges == 8


def test_impossible_stamps_teach_nothing() -> None:
    sync = ClockSync()
    assert not sync.add(10, 0, 0, 5)  # received before it was sent
    assert not sync.add(0, 10, 5, 20)
    assert not sync.add(0, 0, 100, 50)  # longer at the server than away
    assert not sync.ready
    with pytest.raises(LookupError):
        sync.convert(1.0)
    with pytest.raises(LookupError):
        sync.latest()


def test_a_clock_that_jumped_is_learned_anew() -> None:
    sync = ClockSync()
    before = World(0)
    for k in range(5):
        before.exchange(sync, k * 10**9, 300_000, 300_000)
    after = World(0, PAGE_ORIGIN_NS - 3_600 * 10**9)  # the machine slept an hour, and the page's clock with it
    after.exchange(sync, 6 * 10**9, 300_000, 300_000)
    assert sync.jumps == 1
    miss, error_ns = after.miss_ns(sync, 6 * 10**9)
    assert miss <= error_ns + 1_000
    assert sync.latest().exchanges == 1
