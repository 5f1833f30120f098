"""Reading frames off a stream of bytes, however it is cut."""

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.wire import frames as server_frames
from providers import scripted_frames as client_frames
from providers.scripted_frames import WAITING_FRAMES, Frame, Inbox

heads = st.dictionaries(st.text(max_size=8), st.text(max_size=20) | st.integers(-(2**31), 2**31), max_size=4)


def read(inbox: Inbox) -> list[Frame]:
    """The frames that are complete."""
    found: list[Frame] = []

    inbox.end(EOFError())
    with pytest.raises(EOFError):
        asyncio.run(_drain(inbox, found))
    return found


async def _drain(inbox: Inbox, found: list[Frame]) -> None:
    while True:
        found.append(await inbox.next())


@given(st.lists(st.tuples(heads, st.binary(max_size=40)), max_size=6), st.lists(st.integers(0, 600), max_size=8))
def test_any_cutting_of_the_bytes_gives_the_same_frames(sent: list, cuts: list[int]) -> None:
    """What either side packs, both sides read."""
    data = b"".join(server_frames.pack(head, payload) for head, payload in sent)
    assert data == b"".join(client_frames.pack(head, payload) for head, payload in sent)
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    inbox, buffer, unpacked = Inbox(lambda full: None), bytearray(), []
    for at_ns, (start, end) in enumerate(zip(places, places[1:], strict=False)):
        inbox.feed(data[start:end], at_ns)
        buffer += data[start:end]
        unpacked += list(server_frames.unpack(buffer))
    assert [(frame.head, frame.payload) for frame in read(inbox)] == sent
    assert [(json.loads(head), payload) for head, payload in unpacked] == sent


def test_a_frame_is_stamped_when_its_last_byte_is_read() -> None:
    data = client_frames.pack({"kind": "text", "text": "é"})
    inbox = Inbox(lambda full: None)
    inbox.feed(data[: client_frames.middle(data)], 100)
    inbox.feed(data[client_frames.middle(data) :], 200)
    assert [(frame.at_ns, frame.size) for frame in read(inbox)] == [(200, len(data))]


def test_a_frame_is_cut_inside_a_wide_character_where_it_has_one() -> None:
    for data in (client_frames.pack({"text": "né"}), server_frames.pack({"text": "né"})):
        for place in (client_frames.middle(data), server_frames.cut_place(data)):
            with pytest.raises(UnicodeDecodeError):
                data[8:place].decode()


@pytest.mark.parametrize(
    "nonsense",
    [server_frames.NONSENSE, b"HTTP/1.1 200 OK\r\n\r\n", client_frames.LENGTHS.pack(2, 0) + b"[]", b"\xff" * 8],
    ids=["not JSON", "another protocol", "not an object", "impossible size"],
)
async def test_nonsense_is_told_apart_and_comes_after_what_was_good(nonsense: bytes) -> None:
    inbox = Inbox(lambda full: None)
    inbox.feed(client_frames.pack({"kind": "text"}) + nonsense, 1)
    inbox.feed(b"more", 2)
    assert (await inbox.next()).head == {"kind": "text"}
    for _ in range(2):
        with pytest.raises(ValueError, match="frame"):
            await inbox.next()


async def test_reading_pauses_when_too_much_waits_and_goes_on_when_it_was_taken() -> None:
    told: list[bool] = []
    inbox = Inbox(told.append)
    for at_ns in range(WAITING_FRAMES):
        inbox.feed(client_frames.pack({"seq": at_ns}), at_ns)
    assert True not in told
    inbox.feed(client_frames.pack({"seq": WAITING_FRAMES}), 0)
    assert told == [True]
    for place in range(WAITING_FRAMES + 1):
        assert (await inbox.next()).head["seq"] == place
    assert told == [True, False]


async def test_the_first_ending_counts_and_never_passes_for_another() -> None:
    inbox = Inbox(lambda full: None)
    inbox.end(ConnectionResetError("cut"))
    inbox.end(EOFError())
    for _ in range(2):
        with pytest.raises(ConnectionResetError, match="cut"):
            await inbox.next()
