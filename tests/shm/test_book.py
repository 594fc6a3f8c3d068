"""A book that was read has the numbers of the message, exactly: also any book that hypothesis draws."""

from __future__ import annotations

import time
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client import convert
from client.market_data import books
from client.numbers import Scales
from onebook.v1 import types_pb2 as pb
from shm import Book, Level, VenueState
from tests.shm.shared_file_rig import LEVELS, VENUES, SharedFileRig, make_book

SCALES: Scales[Decimal] = Scales("decimal")


def read(rig: SharedFileRig, message: pb.Book, monotonic: int | None = None) -> Book:
    """What a reader gets of a message."""
    rig.write(message, monotonic)
    with rig.open() as opened:
        return opened["BTC/USDT"].read()


def test_every_number_of_a_book(rig: SharedFileRig) -> None:
    now = time.monotonic_ns()
    book = read(rig, make_book(2), now)
    assert (book.market, book.epoch, book.sequence, book.heartbeat) == ("BTC/USDT", 77, 2, True)
    assert (book.publish_time_nanos, book.publish_monotonic_nanos) == (1_700_000_000_000_000_002, now)
    assert (book.receive_time_nanos, book.exchange_time_nanos) == (5, 4)
    assert (book.price_exponent, book.size_exponent) == (-2, -5)
    assert (book.spread, book.mid) == (Decimal("0.03"), Decimal("61837.645"))
    assert (book.crossed, book.withheld, book.alive) == (False, False, True)
    assert (book.proved_bid_levels, book.proved_ask_levels) == (2, 1)
    assert book.raw_bids == ((6183763, 150002, 0), (6183700, 1, 0))
    assert book.raw_asks == ((6183766, 20000, 0), (6183800, 2, 0))
    assert [str(level.price) for level in book.bids] == ["61837.63", "61837.00"]
    assert [str(level.size) for level in book.asks] == ["0.20000", "0.00002"]
    assert (book.best_bid, book.best_ask) == (book.bids[0], book.asks[0])
    assert book.live_venues == ("alpha",)
    assert book.age_nanos >= 0
    alpha, beta = book.venues
    assert (alpha.live, beta.live, beta.state, beta.detail) == (True, False, VenueState.STALE, "silent for 9 s")
    assert book.age_of(alpha) == pytest.approx(1000 + book.age_nanos, abs=10**10)
    assert book.age_of(beta) is None


def test_an_empty_book_has_no_prices(rig: SharedFileRig) -> None:
    book = read(rig, pb.Book(header=pb.Header(sequence=1)))
    assert (book.bids, book.asks, book.best_bid, book.best_ask) == ((), (), None, None)
    assert (book.spread, book.mid, book.venues, book.live_venues) == (None, None, (), ())
    assert "None / None" in repr(book)


def test_venues_that_cross_each_other_are_said(rig: SharedFileRig) -> None:
    message = make_book()
    message.spread = -7
    book = read(rig, message)
    assert book.crossed
    assert book.spread == Decimal("-0.07")


def test_a_book_that_cannot_be_made_shows_nothing(rig: SharedFileRig) -> None:
    rig.write(make_book())
    rig.writer.withhold(rig.slot, 123, 456)
    with rig.open() as opened:
        book = opened["BTC/USDT"].read()
    assert book.withheld
    assert (book.epoch, book.publish_time_nanos, book.publish_monotonic_nanos) == (77, 123, 456)
    assert (book.bids, book.asks, book.venues, book.spread) == ((), (), (), None)


INT64 = st.integers(0, 2**63 - 1)
SIGNED = st.integers(-(2**63), 2**63 - 1)
UINT32 = st.integers(0, 2**32 - 1)
UINT64 = st.integers(0, 2**64 - 1)
NAMES = st.text(st.characters(codec="ascii", min_codepoint=33), min_size=1, max_size=31)
QUALITIES = st.builds(
    pb.VenueQuality,
    venue=NAMES,
    state=st.integers(0, 11),
    exchange_time_nanos=INT64,
    receive_time_nanos=INT64,
    age_nanos=UINT64,
    venue_sequence=UINT64,
    resyncs=UINT32,
    gaps=UINT32,
    checksums_verified=UINT64,
    checksum_failures=UINT32,
    whole_book=st.booleans(),
    lowest_complete_bid=INT64,
    highest_complete_ask=INT64,
    bid_levels=UINT32,
    ask_levels=UINT32,
    detail=st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=23),
    unverified=st.booleans(),
    audits=UINT32,
    audit_bid_match_ppm=UINT32,
    audit_ask_match_ppm=UINT32,
    ghost_levels=UINT32,
    missing_levels=UINT32,
    trades_state=st.integers(0, 5),
    clock_offset_nanos=SIGNED,
    clock_uncertainty_nanos=UINT64,
)


@st.composite
def any_book(draw: st.DrawFn) -> pb.Book:
    """Any book that a server could send, and many that it could not."""
    venues = draw(st.lists(QUALITIES, min_size=1, max_size=VENUES))
    level = st.builds(pb.Level, price=INT64, size=INT64, venue=st.integers(0, len(venues) - 1))
    header = st.builds(
        pb.Header,
        publish_time_nanos=INT64,
        epoch=UINT64,
        sequence=UINT64,
        heartbeat=st.booleans(),
        receive_time_nanos=INT64,
        exchange_time_nanos=INT64,
    )
    book = pb.Book(
        header=draw(header),
        market="BTC/USDT",
        price_exponent=draw(st.integers(-18, 18)),
        size_exponent=draw(st.integers(-18, 18)),
        bids=draw(st.lists(level, max_size=LEVELS)),
        asks=draw(st.lists(level, max_size=LEVELS)),
        venues=venues,
        proved_bid_levels=draw(UINT32),
        proved_ask_levels=draw(UINT32),
        digest=draw(UINT64),
    )
    if draw(st.booleans()):
        book.spread, book.mid = draw(SIGNED), draw(SIGNED)
    return book


@given(message=any_book())
def test_any_book_is_that_of_the_grpc_client(message: pb.Book) -> None:
    pytest.importorskip("server.transport.shm._slots")
    with TemporaryDirectory() as folder:
        rig = SharedFileRig(Path(folder))
        try:
            found = read(rig, message)
        finally:
            rig.close()
    assert_same(found, books.from_message(message, SCALES), message)


def assert_same(found: Book, expected: Any, message: pb.Book) -> None:
    """A book of shared memory and one of the gRPC client say the same."""
    header = convert.header(message.header)
    for name in ("epoch", "sequence", "heartbeat", "publish_time_nanos", "receive_time_nanos", "exchange_time_nanos"):
        assert getattr(found, name) == getattr(header, name), name
    assert found.bids == tuple(Level(each.price, each.size, each.venue) for each in expected.bids)
    assert found.asks == tuple(Level(each.price, each.size, each.venue) for each in expected.asks)
    for name in (
        "market",
        "spread",
        "mid",
        "crossed",
        "live_venues",
        "proved_bid_levels",
        "proved_ask_levels",
        "digest",
    ):
        assert getattr(found, name) == getattr(expected, name), name
    assert len(found.venues) == len(expected.venues)
    for quality, other in zip(found.venues, expected.venues, strict=True):
        for name in type(quality).__slots__:
            if name == "detail":
                assert other.detail.startswith(quality.detail)
            else:
                assert getattr(quality, name) == getattr(other, name), name
