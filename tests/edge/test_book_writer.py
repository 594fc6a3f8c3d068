"""The book of an edge is the ingester's book: levels, proof, times, counters, and the digest as evidence."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from orderbook_ext.digest import book_digest
from server.edge.book_writer import CROSSED, MISMATCH, BookWriter
from server.market.market import Market
from server.model import Instrument, Pair, VenueState

from .records import ASKS, BIDS, VENUE, state

SWAP = Instrument(
    Pair("BTC", "USDT"), "BTCUSDT", Decimal("0.01"), Decimal(1), "", trading=True, contract=Decimal("0.01")
)


def writer(instrument: Instrument | None = None) -> BookWriter:
    market = Market(Pair("BTC", "USDT"), (VENUE,), lambda _market: None)
    return BookWriter(market, market.entries[VENUE], instrument)


def shown(made: BookWriter, now: int = 10_000, delay: int = 0, *, switched: bool = False, **given: Any) -> bool:
    return made.show(state(**given), now, delay, switched=switched)


def test_levels_times_and_evidence_are_the_records() -> None:
    made = writer()
    assert shown(
        made, delay=100, number=77, resyncs=2, gaps=1, checksums_verified=9, checksum_failures=3, audits=4,
        audit_bid_match_ppm=5, ghost_levels=6, age_nanos=50, exchange_time_nanos=800, clock_offset_nanos=-5,
        clock_uncertainty_nanos=6,
    )  # fmt: skip
    entry = made.entry
    assert entry.state == VenueState.LIVE
    assert entry.book is not None
    assert entry.book.levels() == (list(BIDS), list(ASKS))
    assert (entry.book.price_decimals, entry.book.size_decimals) == (2, 3)
    assert entry.digest() == (77, book_digest((BIDS, ASKS), 2, 3))
    assert (entry.exchange_time, entry.receive_time, entry.receive_monotonic) == (800, 900, 10_000 - 100 - 50)
    assert (entry.resyncs, entry.gaps, entry.checksums_verified, entry.checksum_failures) == (2, 1, 9, 3)
    assert (entry.audit.audits, entry.audit.bid_match, entry.audit.ghost_levels) == (4, 5, 6)
    assert (entry.trades_state, entry.clock_offset, entry.clock_uncertainty) == (2, -5, 6)


def test_a_withdrawn_book_has_no_levels_and_the_ingesters_words() -> None:
    made = writer()
    shown(made)
    assert shown(made, state=VenueState.GAP, detail="a number is missing")
    assert made.entry.book is not None
    assert made.entry.book.counts() == (0, 0)
    assert (made.entry.state, made.entry.detail) == (VenueState.GAP, "a number is missing")


def test_levels_that_do_not_have_the_digest_are_withdrawn() -> None:
    made = writer()
    assert not shown(made, digest=123)
    assert (made.entry.state, made.entry.detail) == (VenueState.SUSPECT, MISMATCH)
    assert shown(made)
    assert made.entry.state == VenueState.LIVE


def test_a_record_with_fewer_levels_than_the_digest_covers_is_not_compared() -> None:
    made = writer()
    assert shown(made, digest=123, bid_levels=50, ask_levels=50)
    assert made.entry.state == VenueState.LIVE


def test_a_crossed_book_is_not_shown() -> None:
    made = writer()
    shown(made, bids=((1060, 1),), asks=((1051, 1),))
    assert (made.entry.state, made.entry.detail) == (VenueState.SUSPECT, CROSSED)


@pytest.mark.parametrize(
    ("quality", "known"),
    [
        ({}, (2, 2)),
        ({"whole_book": False, "lowest_complete_bid": 1049, "highest_complete_ask": 1053}, (2, 2)),
        ({"whole_book": False, "lowest_complete_bid": 1050, "highest_complete_ask": 1053}, (1, 2)),
        ({"whole_book": False, "lowest_complete_bid": 100, "highest_complete_ask": 2000}, (2, 2)),
        ({"whole_book": False}, (0, 0)),
    ],
)
def test_proved_levels_are_those_that_the_ingester_has_proved(quality: Any, known: tuple[int, int]) -> None:
    made = writer()
    shown(made, **quality)
    book = made.entry.book
    assert book is not None
    assert book.known(10) == known
    assert book.counts() == (2, 2)
    assert book.whole is bool(quality == {})


def test_a_book_that_the_record_cuts_is_not_whole() -> None:
    made = writer()
    shown(made, bid_levels=100, ask_levels=2)
    assert made.entry.book is not None
    assert not made.entry.book.whole
    assert made.entry.book.known(10) == (2, 2)


def test_contracts_are_counted_as_the_venue_counts_them() -> None:
    made = writer(SWAP)
    contracts = [[(price, size * 100 // 1000) for price, size in side] for side in (BIDS, ASKS)]
    assert shown(made, digest=book_digest(contracts, 2, 0))
    assert made.entry.state == VenueState.LIVE
    view = made._market.view(10, Decimal(0))  # noqa: SLF001
    assert [size for _, size, _ in view.bids] == [size * 10 ** (view.size_decimals - 3) for _, size in BIDS]


def test_a_unit_that_is_known_later_mends_the_book() -> None:
    made = writer()
    contracts = [[(price, size * 100 // 1000) for price, size in side] for side in (BIDS, ASKS)]
    digest = book_digest(contracts, 2, 0)
    assert not shown(made, digest=digest)
    made.relist(SWAP)
    assert shown(made, digest=digest)


def test_a_size_that_is_no_number_of_contracts_is_withdrawn() -> None:
    made = writer(SWAP)
    shown(made, bids=((1050, 1),), asks=((1051, 1),))
    made.relist(Instrument(Pair("BTC", "USDT"), "X", Decimal("0.01"), Decimal(1), "", True, Decimal("0.3")))
    shown(made, bids=((1050, 1),), asks=((1051, 1),))
    assert made.entry.state == VenueState.SUSPECT
    assert "no number of contracts" in made.entry.detail
