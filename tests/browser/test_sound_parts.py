"""The parts of the sound layer that compute and touch no device, run by the browser's own engine."""

import struct
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.sound_harness import SOUND_DOWN, SOUND_UP, SoundServer, launch

pytestmark = pytest.mark.browser
PARTS = "const load = (name) => import(`/wb/static/sound/${name}.js`);"
PLAYER = """
const { ColumnPlayer } = await load("column_player");
const HZ = 48000;
/** A player, its clock and what it said; sound is a ramp, so that a sample says which one it is. */
const rig = () => {
  const said = [];
  const it = { said, frame: 0, out: [], player: new ColumnPlayer(HZ, (report) => said.push(report)) };
  it.push = (reply, position, count, more = {}) => it.player.push(
    { reply, rate_hz: HZ, position, samples: Int16Array.from({ length: count }, (_, i) => position + i + 1), last: false,
      audible: null, ...more }, it.frame);
  it.run = (ms) => {
    for (const until = it.frame + (ms / 1000) * HZ; it.frame < until; it.frame += 128) {
      const quantum = new Float32Array(128);
      it.player.render(quantum, it.frame);
      quantum.forEach((x) => it.out.push(Math.round(x * 32768)));
    }
  };
  return it;
};
"""


@pytest.fixture(scope="module")
def evaluate() -> Iterator[Any]:
    """Runs the body of an async function in a page and returns what it returns."""
    with SoundServer() as server, sync_playwright() as playwright:
        browser = launch(playwright.chromium)
        page = browser.new_page()
        page.goto(server.url)
        yield lambda body, argument=None: page.evaluate(f"async (given) => {{ {PARTS} {body} }}", argument)
        browser.close()


def test_output_time_never_adds_a_latency_to_a_time_that_contains_it(evaluate: Any) -> None:
    body = """
    const { outputInstant } = await load("output_time");
    const pair = { context_s: 10, page_ms: 5000 }, render = { context_s: 10.5, page_ms: 5460 };
    const at = (clock) => outputInstant(10.2, { pair, render, base_latency_s: 0.01, output_latency_s: 0.03, ...clock });
    return [at({}), at({ base_latency_s: 5, output_latency_s: 7 }), at({ pair: null }),
            at({ pair: null, base_latency_s: null, output_latency_s: null })];
    """
    seen, claimed_more, derived, no_claims = evaluate(body)
    assert seen["at_ms"] == pytest.approx(5200)
    assert not seen["estimated"]
    assert seen["output_latency_ms"] == pytest.approx(40)
    assert claimed_more == seen
    assert derived["at_ms"] == pytest.approx(5160 + 40)
    assert derived["estimated"]
    assert derived["output_latency_ms"] == pytest.approx(40)
    assert no_claims["at_ms"] == pytest.approx(5160)
    assert no_claims["estimated"]


@pytest.mark.parametrize(
    ("why", "before", "after", "usable"),
    [
        ("advances", {}, {}, True),
        ("no earlier look", None, {}, False),
        ("method missing", {"context_s": None, "page_ms": None}, {"context_s": None, "page_ms": None}, False),
        ("context time stands still", {"context_s": 1.06}, {}, False),
        ("page time stands still", {"page_ms": 5100}, {}, False),
        ("zeros of a context that has not begun", {"context_s": 0, "page_ms": 0}, {"context_s": 0, "page_ms": 0}, False),
        ("ahead of what was rendered", {}, {"now_s": 1.0}, False),
        ("absurdly far behind", {}, {"now_s": 4.0}, False),
        ("of another time", {}, {"at_ms": 9000}, False),
    ],
)
def test_output_pair_is_used_only_while_it_advances(evaluate: Any, why: str, before: Any, after: Any, usable: bool) -> None:
    earlier = None if before is None else {"context_s": 0.96, "page_ms": 5000, "now_s": 1.0, "at_ms": 5001, **before}
    later = {"context_s": 1.06, "page_ms": 5100, "now_s": 1.1, "at_ms": 5101, **after}
    pair = evaluate("return (await load('output_time')).advancingPair(...given);", [earlier, later])
    assert (pair is not None) == usable, why


FEED = """
let context_s = 0;
/** Messages of a worklet every 20 ms that arrive 0.2–12 ms late, `lost_ms` after the time they should have come. */
const feed = (clock, seconds, lost_ms) => {
  const late = [7, 3, 0.2, 9, 4, 12, 6];
  for (let k = 0; k < seconds * 50; k += 1) {
    context_s += 0.02;
    clock.observe(context_s, 1000 + context_s * 1000 + lost_ms + late[k % late.length]);
  }
  return [clock.toPage(0), clock.doubt_ms];
};
"""


def test_context_clock_follows_the_quickest_message_of_two_seconds(evaluate: Any) -> None:
    body = (
        FEED
        + """
    const clock = new (await load("clock")).ContextClock();
    const then = (seconds, lost_ms) => feed(clock, seconds, lost_ms)[0];
    const seen = [clock.toPage(1), then(1, 0), then(0.4, 150), then(1, 0), then(3, 100)];
    clock.reset();
    return [...seen, clock.toPage(1)];
    """
    )
    empty, steady, all_late, caught_up, lost, forgotten = evaluate(body)
    assert (empty, forgotten) == (None, None)
    assert steady == pytest.approx(1000.2)
    assert all_late == pytest.approx(1000.2), "a stretch of late messages is no lost time"
    assert caught_up == pytest.approx(1000.2)
    assert lost == pytest.approx(1100.2)


def test_capture_clock_keeps_to_the_samples_and_says_how_far_it_may_be_off(evaluate: Any) -> None:
    body = (
        FEED
        + """
    const clock = new (await load("clock")).CaptureClock();
    const steady = feed(clock, 3, 0), late = feed(clock, 0.5, 80), behind = feed(clock, 5, 60);
    const lost = feed(clock, 5, 400);
    clock.reset();
    return [steady, late, behind, lost, feed(clock, 1, 400)];
    """
    )
    steady, late, behind, lost, anew = evaluate(body)
    assert steady == [pytest.approx(1000.2), 0]
    assert late[1] == 0
    assert behind[0] == pytest.approx(1000.2 + 0.5, abs=0.6), "no more than a crystal drifts"
    assert behind[1] == pytest.approx(60, abs=1)
    assert lost == [pytest.approx(1400.2), 100]
    assert anew == [pytest.approx(1400.2), 0]


def test_server_clock_trusts_the_smallest_round_trip(evaluate: Any) -> None:
    body = """
    const clock = new (await load("clock")).ServerClock();
    clock.exchange({ t1: 100, t2: 1103, t3: 1104, t4: 106 });
    clock.exchange({ t1: 200, t2: 1200.5, t3: 1200.6, t4: 201.1 });
    return clock.exchange({ t1: 300, t2: 1340, t3: 1340.5, t4: 341.5 });
    """
    estimate = evaluate(body)
    assert estimate["offset_ms"] == pytest.approx(1000)
    assert estimate["error_ms"] == pytest.approx(0.5)
    assert estimate["rtt_ms"] == pytest.approx(41)


def test_frames_are_the_protocols_bytes(evaluate: Any) -> None:
    down = SOUND_DOWN.pack(1, 1, 2, 1, 70000, 22050, 80000, -1, 9) + struct.pack("<3h", 1, -2, 3)
    known = SOUND_DOWN.pack(1, 0, 0, 0, 0, 24000, 0, 480, 1)
    wrong = [down[:20], down[:-1], b"\x02" + down[1:], down[:1] + b"\x02" + down[2:], down[:2] + b"\x04" + down[3:]]
    body = """
    const { readSoundDown, writeSoundUp } = await load("frames");
    const up = new ArrayBuffer(24);
    writeSoundUp(up, { tab: "chat", sequence: 4000000000, captured_ms: 1795258637607.25, error_ms: 10 });
    return [given.map((bytes) => readSoundDown(Uint8Array.from(bytes).buffer)), Array.from(new Uint8Array(up))];
    """
    (read, audible, *refused), up = evaluate(body, [list(one) for one in (down, known, *wrong)])
    assert read == {
        "slot": 6, "tab": "chat", "column": "C", "last": True, "serial": 70000, "rate_hz": 22050, "position": 80000,
        "audible": None, "samples": 3,
    }  # fmt: skip
    assert (audible["audible"], audible["last"], audible["samples"]) == (480, False, 0)
    assert refused == [None] * len(wrong)
    assert SOUND_UP.unpack(bytes(up)) == (2, 1, 0, 4000000000, 1795258637607.25, 10.0, 0)


@pytest.mark.parametrize(("from_hz", "to_hz"), [(22050, 44100), (24000, 44100), (16000, 48000), (48000, 44100), (48000, 16000)])
def test_resampling_keeps_tones_in_place(evaluate: Any, from_hz: int, to_hz: int) -> None:
    body = """
    const [from_hz, to_hz, tone_hz] = given;
    const resampling = new (await load("resampling")).Resampling(from_hz, to_hz);
    const input = Float32Array.from({ length: 3000 }, (_, i) => Math.sin((2 * Math.PI * tone_hz * i) / from_hz));
    let [error, power] = [0, 0];
    for (let at = 200; at < 2700; at += resampling.step) {
      const truth = Math.sin((2 * Math.PI * tone_hz * at) / from_hz);
      const x = resampling.at(input, at);
      error += (x - truth) ** 2;
      power += x * x;
    }
    return [10 * Math.log10(power / error), 10 * Math.log10((2 * power) / (2500 / resampling.step))];
    """
    narrow_hz = min(from_hz, to_hz)
    for part in (0.02, 0.13, 0.3):
        signal_to_error_db, _ = evaluate(body, [from_hz, to_hz, part * narrow_hz])
        assert signal_to_error_db > 65, f"{part} of {narrow_hz} Hz"
    if to_hz < from_hz and to_hz <= 0.9 * from_hz:
        assert evaluate(body, [from_hz, to_hz, 0.7 * to_hz])[1] < -60, "what does not fit must not come back as another tone"


def test_sixty_milliseconds_start_at_once_and_less_waits_forty(evaluate: Any) -> None:
    body = (
        PLAYER
        + """
    const loud = (it) => it.out.findIndex((x) => x !== 0);
    const starts = [[2880, {}], [2400, {}], [480, { last: true }]].map(([count, more]) => {
      const it = rig();
      it.push(1, 0, count, more);
      it.run(100);
      return loud(it);
    });
    return starts;
    """
    )
    enough, little, whole = evaluate(body)
    assert enough == 0
    assert whole == 0
    assert 40 <= little / 48 <= 40 + 128 / 48


def test_audible_sample_is_exact_even_when_it_becomes_known_later(evaluate: Any) -> None:
    body = (
        PLAYER
        + """
    const it = rig();
    it.run(7);
    it.push(1, 0, 4800);
    it.run(50);
    const before = it.said.length;
    it.push(1, 4800, 4800, { audible: 1234 });
    it.push(1, 9600, 0, { audible: 1234, last: true });
    it.run(250);
    return [before, it.said, it.out.indexOf(1235), it.out.indexOf(9600)];
    """
    )
    before, said, heard_at, last_at = evaluate(body)
    assert before == 0
    assert [one["type"] for one in said] == ["started", "ended"]
    assert said[0]["frame"] == heard_at
    assert said[1]["frame"] == last_at + 1
    assert said[1]["underruns"] == 0


def test_running_dry_is_counted_and_makes_the_player_more_patient(evaluate: Any) -> None:
    body = (
        PLAYER
        + """
    const it = rig();
    it.push(1, 0, 4800, { audible: 0 });
    it.run(150);
    it.push(1, 4800, 4800, { audible: 0 });
    it.run(150);
    const patience = it.player.wait_ms;
    it.push(1, 9600, 0, { last: true });
    it.run(10);
    it.push(2, 0, 9600, { last: true });
    it.run(250);
    return [it.said, patience, it.player.wait_ms];
    """
    )
    said, patience, after = evaluate(body)
    assert [one["type"] for one in said] == ["started", "underrun", "ended", "ended"]
    assert said[1]["gap_ms"] == pytest.approx(50, abs=128 / 48 + 0.1)
    assert patience == 60
    assert after == 50, "a reply without a gap makes it less patient again"
    assert said[2]["underruns"] == 1
    assert said[2]["underrun_ms"] == pytest.approx(said[1]["gap_ms"])
    assert said[3]["underruns"] == 0


def test_waiting_for_the_word_that_it_was_all_is_no_underrun(evaluate: Any) -> None:
    body = (
        PLAYER
        + """
    const it = rig();
    it.push(1, 0, 4800);
    it.run(300);
    it.push(1, 4800, 0, { last: true });
    it.run(10);
    return it.said;
    """
    )
    (ended,) = evaluate(body)
    assert (ended["type"], ended["frame"], ended["underruns"]) == ("ended", 4800, 0)


def test_stop_is_silent_after_one_quantum_and_tells_what_was_heard(evaluate: Any) -> None:
    body = (
        PLAYER
        + """
    const it = rig();
    it.push(1, 0, 9600, { audible: 0 });
    it.run(100);
    const asked = it.frame;
    it.player.stop(1);
    it.player.stop(7);
    it.run(20);
    const after = it.out.slice(asked, asked + 128);
    return [it.said.at(-1), asked, after, it.out.slice(asked + 128).some((x) => x), it.player.busy];
    """
    )
    stopped, asked, fade, anything, busy = evaluate(body)
    assert stopped["type"] == "stopped"
    assert stopped["frame"] == asked + 128
    assert stopped["heard_ms"] == pytest.approx((asked + 128) / 48)
    assert fade[0] > 0.9 * asked
    assert fade == sorted(fade, reverse=True)
    assert fade[-1] == 0
    assert not anything
    assert not busy


def test_stop_before_the_first_sound_tells_that_nothing_was_heard(evaluate: Any) -> None:
    body = (
        PLAYER
        + """
    const it = rig();
    it.push(1, 0, 9600, { last: true });
    it.run(10);
    it.push(2, 0, 480);
    it.player.stop(2);
    it.run(300);
    return it.said;
    """
    )
    said = evaluate(body)
    assert [(one["type"], one["reply"]) for one in said] == [("stopped", 2), ("ended", 1)]
    assert said[0]["heard_ms"] == 0


def test_sound_that_got_lost_is_left_out_and_counted(evaluate: Any) -> None:
    body = (
        PLAYER
        + """
    const it = rig();
    it.push(1, 0, 4800);
    it.push(1, 2400, 2400);
    it.push(1, 9600, 4800, { last: true, audible: 10000 });
    it.run(300);
    return [it.said, it.out.indexOf(4800), it.out.indexOf(9601), it.out.indexOf(10001)];
    """
    )
    (started, ended), before, after, audible = evaluate(body)
    assert before == 4799
    assert 0 < after - before <= 129
    assert started["frame"] == audible
    assert ended["missing_ms"] == pytest.approx(100)


def test_reply_whose_end_never_comes_does_not_block_the_next_one(evaluate: Any) -> None:
    body = (
        PLAYER
        + """
    const it = rig();
    it.push(1, 0, 4800, { audible: 0 });
    it.run(200);
    it.push(2, 0, 4800, { audible: 0, last: true });
    it.run(200);
    return it.said.map(({ type, reply }) => [type, reply]);
    """
    )
    assert evaluate(body) == [["started", 1], ["abandoned", 1], ["started", 2], ["ended", 2]]


def test_a_column_holds_two_minutes_and_says_when_more_comes(evaluate: Any) -> None:
    body = (
        PLAYER
        + """
    const it = rig();
    for (let second = 0; second < 125; second += 1) it.push(1, second * HZ, HZ);
    it.push(1, 125 * HZ, 0, { last: true });
    const lost = it.said.filter((one) => one.type === "overflow").reduce((sum, one) => sum + one.lost_ms, 0);
    it.run(121000);
    return [lost, it.said.at(-1)];
    """
    )
    lost_ms, ended = evaluate(body)
    assert lost_ms == pytest.approx(5000)
    assert ended["type"] == "ended"
    assert ended["frame"] == 120 * 48000
