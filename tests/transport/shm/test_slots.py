"""Messages into slots: what is refused, and what is cut."""

from __future__ import annotations

import pytest

from onebook.v1 import types_pb2 as pb
from tests.shm.conftest import rig
from tests.shm.shared_file_rig import LEVELS, SLOTS, VENUES, SharedFileRig, encoded, make_book

_slots = pytest.importorskip("server.transport.shm._slots")
__all__ = ["rig"]


def test_sizes_grow_with_what_a_slot_holds() -> None:
    one = _slots.file_size(10, 4, 1)
    assert one % 64 == 0
    assert _slots.file_size(10, 4, 2) - one == _slots.file_size(10, 4, 3) - _slots.file_size(10, 4, 2)
    assert _slots.file_size(26, 4, 1) - one == 2 * 2 * 16 * 24
    assert _slots.file_size(10, 5, 1) - one == 2 * 256


def test_memory_that_is_too_small_is_refused() -> None:
    memory = bytearray(_slots.file_size(10, 4, 1) - 1)
    with pytest.raises(ValueError, match="too small"):
        _slots.SlotWriter(memory, epoch=1, pid=1, levels=10, venues=4, slots=1)
    with pytest.raises(ValueError, match="too small"):
        _slots.SlotWriter(bytearray(10_000), epoch=1, pid=1, levels=10, venues=4, slots=0)
    with pytest.raises(BufferError):
        _slots.SlotWriter(bytes(10_000), epoch=1, pid=1, levels=10, venues=4, slots=1)


def test_a_message_that_is_cut_anywhere_is_refused_or_a_book(rig: SharedFileRig) -> None:
    rig.write(make_book(1))
    whole = encoded(make_book(2))
    for end in range(1, len(whole)):
        with pytest.raises(ValueError, match="no book of at most 10 levels per side and 4 venues"):
            rig.writer.write(rig.slot, whole[:end], 1)
    with rig.open() as books:
        assert books["BTC/USDT"].read().sequence == 1, "nothing of a refused message is shown"


@pytest.mark.parametrize(
    "change",
    [
        {"bids": [pb.Level(price=1, size=1)] * (LEVELS + 1)},
        {"asks": [pb.Level(price=1, size=1)] * (LEVELS + 1)},
        {"venues": [pb.VenueQuality(venue="x")] * (VENUES + 1)},
        {"bids": [pb.Level(price=1, size=1, venue=2)]},
        {"asks": [pb.Level(price=1, size=1, venue=2**32 - 1)]},
    ],
)
def test_a_book_that_does_not_fit_is_refused(rig: SharedFileRig, change: dict[str, list[object]]) -> None:
    book = make_book()
    for name, values in change.items():
        book.ClearField(name)  # type: ignore[arg-type]  # one of them
        getattr(book, name).extend(values)
    with pytest.raises(ValueError, match="no book of at most"):
        rig.write(book)


def test_garbage_is_refused(rig: SharedFileRig) -> None:
    for message in (b"\x0a", b"\x0b", b"\xff" * 20, b"\x0a\x05\x29\x00", b"\x0a\x02\x0a\x7f", b"\x0f\x00"):
        with pytest.raises(ValueError, match="no book"):
            rig.writer.write(rig.slot, message, 1)


def test_levels_after_venues_are_refused(rig: SharedFileRig) -> None:
    """Parts are kept in the order of their numbers, which every encoder of the server writes."""
    venue = pb.Book(venues=[pb.VenueQuality(venue="x")]).SerializeToString()
    level = [pb.Level(price=1)]
    bid, ask = pb.Book(bids=level).SerializeToString(), pb.Book(asks=level).SerializeToString()
    for body in (venue + bid, venue + ask, ask + bid):
        with pytest.raises(ValueError, match="no book"):
            rig.writer.write(rig.slot, b"\x0a" + bytes([len(body)]) + body, 1)


def test_fields_that_the_layout_does_not_have_are_passed_over(rig: SharedFileRig) -> None:
    book = make_book()
    book.conversions.add(quote_currency="USDC", bid="1")
    book.venues[0].quote_currency = "USDC"
    rig.write(book)
    with rig.open() as books:
        assert books["BTC/USDT"].read().venues[0].venue == "alpha"


def test_texts_are_cut_between_letters(rig: SharedFileRig) -> None:
    book = make_book()
    book.venues[0].venue = "ä" * 20
    book.venues[1].detail = "x" + "€" * 40
    rig.write(book)
    with rig.open() as books:
        venues = books["BTC/USDT"].read().venues
    assert venues[0].venue == "ä" * 15
    assert venues[1].detail == "x" + "€" * 31


def test_markets_and_slots(rig: SharedFileRig) -> None:
    writer = rig.writer
    places = [writer.next_slot()]
    for number in range(1, SLOTS):
        assert not writer.full
        assert writer.add(b"M%d" % number) == number
        places.append(writer.next_slot())
    assert [place - places[0][0] for place, _ in places] == [size * number for number, (_, size) in enumerate(places)]
    assert writer.full
    with pytest.raises(ValueError, match="no slot left"):
        writer.add(b"one more")
    with pytest.raises(IndexError, match="there is no slot 3"):
        writer.write(SLOTS, encoded(make_book()), 1)


@pytest.mark.parametrize("name", [b"", b"x" * 128, b"a\0b"])
def test_names_that_no_market_can_have(rig: SharedFileRig, name: bytes) -> None:
    with pytest.raises(ValueError, match="has 1 to 127 bytes"):
        rig.writer.add(name)


def test_a_writer_that_is_closed_writes_no_more(rig: SharedFileRig) -> None:
    rig.writer.close()
    rig.writer.close()
    for call in (
        lambda: rig.write(make_book()),
        lambda: rig.writer.beat(1),
        lambda: rig.writer.set_state(1),
        lambda: rig.writer.add(b"x"),
        lambda: rig.writer.remove(0),
        lambda: rig.writer.withhold(0, 1, 1),
        rig.writer.next_slot,
    ):
        with pytest.raises(ValueError, match="closed"):
            call()
