"""Evidence against a book: checksums that fail, tickers that contradict, trades that cannot be, peers that disagree."""

from __future__ import annotations

from decimal import Decimal

import pytest

from orderbook_ext import OrderBook
from server.book.evidence import BboMonitor, TradeThroughMonitor
from server.book.monitor import Fault
from server.model import Side, Trade, VenueState
from server.protocol.events import Bbo
from server.units import SECOND
from tests.book.family import FAMILIES, FamilyRig

CHECKED = next(family for family in FAMILIES if family.checksums)
LINKED = next(family for family in FAMILIES if family.name == "in band + links")


def book(bid: str = "99", ask: str = "101") -> OrderBook:
    made = OrderBook(2, 0)
    made.load([(bid, 1)], [(ask, 1)])
    return made


def ticker(bid: int, ask: int) -> Bbo:
    return Bbo("book", Decimal(bid), Decimal(ask))


def trade(price: str, side: Side = Side.UNKNOWN) -> Trade:
    return Trade("A", "1", Decimal(price), Decimal(1), side, 0)


def test_a_venue_whose_checksums_are_wrong_is_served_unverified_and_not_resubscribed_for_ever() -> None:
    rig = FamilyRig(CHECKED, 3)
    rig.exchange._checksum = lambda: 7  # type: ignore[method-assign]  # noqa: SLF001 - a moment that is hard to provoke
    rig.calm()
    assert rig.sync.live
    assert rig.sync.entry.unverified
    assert rig.ours() == rig.truth()
    resyncs = rig.sync.entry.checksum_failures - rig.sync.entry.checksums_verified
    subscription = rig.sync.subscription
    rig.calm()
    assert rig.sync.subscription == subscription
    assert rig.sync.entry.checksum_failures > resyncs
    del rig.exchange._checksum  # noqa: SLF001 - a moment that is hard to provoke
    rig.calm()
    assert not rig.sync.entry.unverified


def test_a_ticker_that_contradicts_the_book_for_too_long() -> None:
    monitor = BboMonitor()
    faults = [monitor.judge(book(), ticker(98, 100), number * SECOND + 1) for number in range(8)]
    assert faults[:5] == [None] * 5
    assert faults[-1] == Fault(VenueState.SUSPECT, "the venue's ticker says 98 and 100")
    monitor.restart()
    assert monitor.judge(book(), ticker(99, 101), 100 * SECOND) is None
    assert not monitor.awaited.waits


def test_a_ticker_ahead_of_the_book_is_no_contradiction() -> None:
    monitor = BboMonitor()
    for number in range(20):
        assert monitor.judge(book(), ticker(98, 100), number * SECOND + 1) is None
        assert monitor.awaited.waits
        monitor.see(book("98", "100"))
        assert not monitor.awaited.waits


def test_trades_far_outside_the_touch() -> None:
    monitor = TradeThroughMonitor()
    assert not any(monitor.judge(book(), trade("101.5"), at * SECOND + 1) for at in range(20))
    faults = [monitor.judge(book(), trade("120"), at * SECOND + 1) for at in range(20)]
    assert not any(faults[:5])
    assert faults[-1] == Fault(VenueState.SUSPECT, "trades at 120 are far outside the touch")


@pytest.mark.parametrize(("side", "price"), [(Side.BUY, "101.5"), (Side.SELL, "98.5")])
def test_trades_through_a_level_that_stands(side: Side, price: str) -> None:
    monitor = TradeThroughMonitor()
    faults = [monitor.judge(book(), trade(price, side), at * SECOND + 1) for at in range(5)]
    assert not any(faults[:3])
    assert faults[-1] == Fault(VenueState.SUSPECT, f"trades at {price} go through a level that does not change")
    monitor.restart()
    moving = [book(bid=f"99.{at:02}", ask=f"101.{at:02}") for at in range(10)]
    assert not any(monitor.judge(each, trade(price, side), at * SECOND + 1) for at, each in enumerate(moving))


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
        rig.sync.bbo(ticker(1, 2), rig.now)
    assert rig.sync.state is VenueState.SUSPECT
    rig.calm()
    assert rig.sync.live
