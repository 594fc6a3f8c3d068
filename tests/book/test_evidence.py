"""Evidence against a book: checksums that fail, tickers that contradict, trades that cannot be, peers that disagree."""

from __future__ import annotations

from decimal import Decimal

import pytest

from orderbook_ext import OrderBook
from server.book.checksum_monitor import BROKEN_AFTER, MENDED_AFTER, ChecksumMonitor, Outcome
from server.book.evidence import BboMonitor, TradeThroughMonitor
from server.model import Side, VenueState
from server.units import SECOND
from tests.book.family import CHECKSUM, FAMILIES, FamilyRig

CHECKED = next(family for family in FAMILIES if family.checksums)
LINKED = next(family for family in FAMILIES if family.name == "in band + links")


def book(bid: str = "99", ask: str = "101") -> OrderBook:
    made = OrderBook(2, 0)
    made.load([(bid, 1)], [(ask, 1)])
    return made


def test_a_check_that_keeps_failing_is_broken_and_may_mend() -> None:
    watch, right = ChecksumMonitor(CHECKSUM), book().checksum(CHECKSUM)
    assert watch.compare(book(), right) is Outcome.MATCH
    assert [watch.compare(book(), 1) for _ in range(BROKEN_AFTER)][-1] is Outcome.IGNORED
    assert watch.broken
    for _ in range(MENDED_AFTER):
        assert watch.compare(book(), right) is Outcome.MATCH
    assert not watch.broken
    assert watch.compare(book(), 1) is Outcome.MISMATCH


@pytest.mark.parametrize("nothing", [0, None])
def test_a_checksum_of_zero_is_none(nothing: int | None) -> None:
    assert ChecksumMonitor(CHECKSUM).compare(book(), nothing) is Outcome.NONE
    assert ChecksumMonitor(None).compare(book(), 5) is Outcome.NONE


def test_a_venue_whose_checksums_are_wrong_is_served_unverified_and_not_resubscribed_for_ever() -> None:
    rig = FamilyRig(CHECKED, 3)
    rig.exchange._checksum = lambda: 7  # type: ignore[method-assign]
    rig.calm()
    assert rig.sync.live
    assert rig.sync.entry.unverified
    assert rig.ours() == rig.truth()
    resyncs = rig.sync.entry.checksum_failures - rig.sync.entry.checksums_verified
    subscription = rig.sync.subscription
    rig.calm()
    assert rig.sync.subscription == subscription
    assert rig.sync.entry.checksum_failures > resyncs
    del rig.exchange._checksum
    rig.calm()
    assert not rig.sync.entry.unverified


def test_a_ticker_that_contradicts_the_book_for_too_long() -> None:
    watch = BboMonitor()
    for number in range(8):
        told = watch.told(book(), Decimal(98), Decimal(100), number * SECOND + 1)
    assert told
    watch.clear()
    assert not watch.told(book(), Decimal(99), Decimal(101), 100 * SECOND)
    assert not watch.waits


def test_a_ticker_ahead_of_the_book_is_no_contradiction() -> None:
    watch = BboMonitor()
    for number in range(20):
        assert not watch.told(book(), Decimal(98), Decimal(100), number * SECOND + 1)
        assert watch.waits
        assert watch.seen(book("98", "100"))


def test_trades_far_outside_the_touch() -> None:
    watch = TradeThroughMonitor()
    assert not any(watch.traded(book(), Decimal("101.5"), Side.UNKNOWN, at * SECOND + 1) for at in range(20))
    outcomes = [watch.traded(book(), Decimal(120), Side.UNKNOWN, at * SECOND + 1) for at in range(20)]
    assert not any(outcomes[:5])
    assert outcomes[-1]


def test_a_book_that_its_peers_disown_is_hidden_and_followed() -> None:
    rig = FamilyRig(LINKED, 4)
    rig.calm()
    rig.sync.distrust("far from its peers", rig.now)
    assert (rig.sync.state, rig.sync.entry.detail) == (VenueState.SUSPECT, "far from its peers")
    rig.calm()
    assert rig.sync.state is VenueState.SUSPECT
    rig.sync.distrust("", rig.now)
    assert rig.sync.live
    assert rig.ours() == rig.truth()


def test_a_contradicted_book_is_rebuilt() -> None:
    rig = FamilyRig(LINKED, 4)
    rig.calm()
    for _ in range(10):
        rig.now += SECOND
        rig.sync.touch(Decimal(1), Decimal(2), rig.now)
    assert rig.sync.state is VenueState.SUSPECT
    rig.calm()
    assert rig.sync.live
