"""A book of an edge in time: live while records come, stale after that, and taken from another ingester when one is
there."""

from __future__ import annotations

import pytest

from server import clock
from server.edge.book_follower import HASTY, SILENT, STALE
from server.edge.counters import EdgeCounters
from server.edge.venue_books import LATE, SILENCE, VenueBooks
from server.market.market import Market
from server.model import Pair, TradeGap, VenueState
from server.units import SECOND

from .hearer import Hearer
from .records import MARKET, VENUE, state, trade

T = 1_000 * SECOND


class Rig:
    """A book whose time is set by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = T
        monkeypatch.setattr(clock, "time_ns", lambda: self.now)
        self.market = Market(Pair.parse(MARKET), (VENUE,), lambda _market: None)
        self.entry = self.market.entries[VENUE]
        self.heard, self.counters = Hearer(), EdgeCounters()
        self.books = VenueBooks(self.market, self.entry, None, self.heard, self.counters, consecutive=True)

    def book(self, at: int, *, late: int = 0, **given: int) -> None:
        self.now = T + at
        self.books.book(state(published=self.now - late, **given), self.now)

    def tick(self, at: int) -> None:
        self.now = T + at
        self.books.tick(self.now)


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Rig:
    return Rig(monkeypatch)


def test_a_book_is_live_while_records_come_and_stale_after_that(rig: Rig) -> None:
    rig.book(0)
    rig.tick(STALE)
    assert rig.entry.state == VenueState.LIVE
    rig.tick(STALE + 1)
    assert (rig.entry.state, rig.entry.detail) == (VenueState.STALE, SILENCE)
    assert rig.entry.book is not None
    assert rig.entry.book.counts() == (0, 0)
    rig.book(STALE + 2, sequence=2)
    assert rig.entry.state == VenueState.LIVE


def test_records_that_come_too_late_are_not_shown(rig: Rig) -> None:
    rig.book(0, late=STALE + 2 * SECOND)
    assert rig.entry.state == VenueState.STALE
    assert "14 s old" in rig.entry.detail


@pytest.mark.parametrize(
    ("late", "words"), [(0, SILENCE), (SECOND // 5, SILENCE), (5 * SECOND, SILENCE), (9 * SECOND, LATE.format(9))]
)
def test_what_made_a_book_stale_is_said(rig: Rig, late: int, words: str) -> None:
    """Its newest record is too old since none came after it, or since it was long under way."""
    rig.book(0, late=late)
    rig.tick(STALE + 1 - late)
    assert (rig.entry.state, rig.entry.detail) == (VenueState.STALE, words)


def test_an_age_counts_from_the_receipt_at_the_ingester(rig: Rig) -> None:
    rig.book(0, late=300, age_nanos=70)
    assert rig.now - rig.entry.receive_monotonic == 370
    rig.book(SECOND, late=-500, age_nanos=70, sequence=2)
    assert rig.now - rig.entry.receive_monotonic == 70, "a clock ahead of ours makes no age negative"


def test_a_standby_takes_over_and_clients_see_that(rig: Rig) -> None:
    rig.book(0, epoch=1, number=10)
    rig.book(SECOND // 2, epoch=2, number=10, sequence=5)
    assert rig.counters.aside == 1
    rig.book(HASTY, epoch=2, number=11, sequence=6)
    assert rig.entry.sequence == 11
    assert (rig.entry.state, rig.entry.resyncs, rig.counters.switches) == (VenueState.LIVE, 1, 1)
    assert rig.books.sources == 2


def test_a_quiet_book_is_taken_over_before_it_is_stale(rig: Rig) -> None:
    rig.book(0, epoch=1, number=10)
    rig.book(4 * SECOND, epoch=2, number=10)
    rig.tick(SILENT)
    assert rig.counters.switches == 1
    rig.tick(STALE + 1)
    assert rig.entry.state == VenueState.LIVE


def test_a_repeated_record_changes_nothing(rig: Rig) -> None:
    rig.book(0, sequence=5, number=10)
    rig.book(0, sequence=4, number=9)
    assert rig.entry.sequence == 10
    assert rig.counters.repeated["book"] == 1


def test_a_book_of_another_digest_is_counted(rig: Rig) -> None:
    rig.book(0, digest=3)
    assert rig.counters.mismatches == 1


def test_trades_of_two_ingesters_come_once_and_gaps_are_counted(rig: Rig) -> None:
    rig.book(0)
    for epoch in (1, 2):
        rig.books.trade(trade(7, epoch=epoch), T)
    assert len(rig.heard.trades) == 1
    assert (rig.market.trades[VENUE], rig.counters.repeated["trade"]) == (1, 1)
    rig.book(SECOND, sequence=2, trades=False)
    rig.book(2 * SECOND, epoch=2, number=8)
    rig.book(2 * SECOND + HASTY, epoch=2, number=8, sequence=2)
    rig.books.trade(trade(12, epoch=2), T)
    assert rig.heard.trades[1] == TradeGap("7", "12", 4)
    assert (rig.market.trade_gaps[VENUE], rig.counters.gaps) == (1, 1)
    assert rig.heard.coverage == [(True, T), (False, T), (True, T + 2 * SECOND)]
