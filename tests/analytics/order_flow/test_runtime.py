"""Order flow of a market: followed while somebody asks, with what was missed said, and forgotten afterwards."""

from __future__ import annotations

from decimal import Decimal

import pytest

from orderbook_ext import OrderBook
from server.analytics.market_analytics import MarketAnalytics
from server.analytics.order_flow.compute import FlowWindow
from server.analytics.order_flow.runtime import LEVELS, OrderFlowRuntime
from server.analytics.settings import AnalyticsSettings
from server.market.market import Market
from server.model import Pair, Side, Trade, TradeGap, TradesState, VenueState
from server.publish.book_updates import BookUpdateReader
from server.units import SECOND

START = 1_795_000_000 * SECOND


class Rig:
    """A market of two venues, its runtime, and clocks that the test moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = START
        monkeypatch.setattr("server.clock.time_ns", lambda: self.now)
        monkeypatch.setattr("server.clock.monotonic", lambda: self.now / SECOND)
        self.market = Market(Pair("BTC", "USDT"), ("alpha", "beta"), lambda _: None)
        self.followed: list[int] = []
        self.reader: BookUpdateReader | None = None
        settings = AnalyticsSettings(windows=(10 * SECOND, 60 * SECOND))
        self.mine = MarketAnalytics(self.market, settings, [OrderFlowRuntime], follow_updates=self.follow)
        self.runtime = self.mine.get(OrderFlowRuntime)
        for venue in self.market.venues:
            entry = self.market.entries[venue]
            book = OrderBook(0, 0, lock=self.market.lock)
            book.load([("9", "5")], [("11", "4")])
            entry.book, entry.state, entry.trades_state = book, VenueState.LIVE, TradesState.RECEIVED

    def follow(self, _market: Market, levels: int) -> None:
        self.followed.append(levels)
        if self.reader is not None:
            self.reader.close()
        self.reader = BookUpdateReader(self.market, levels) if levels else None

    def frame(self, venue: str, bid: str, size: str) -> None:
        entry = self.market.entries[venue]
        assert entry.book is not None
        entry.book.apply([(bid, size)], [])
        entry.stamp(self.now, self.now, 1, 1)
        self.drain()

    def drain(self) -> None:
        for venue, updates, lost in self.reader.drain() if self.reader else ():
            self.runtime.book_updates(venue, updates, lost)

    def trade(self, venue: str, number: int, side: Side) -> None:
        self.runtime.trade(venue, Trade("S", str(number), Decimal(10), Decimal(number), side, self.now), self.now)

    def windows(self, venue: str) -> list[FlowWindow]:
        return next(list(each.windows) for each in self.runtime.snapshot((), 1) if each.venue == venue)


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Rig:
    return Rig(monkeypatch)


def test_nothing_is_followed_before_somebody_asks(rig: Rig) -> None:
    rig.trade("alpha", 1, Side.BUY)
    rig.runtime.tick(rig.now, True)
    assert rig.followed == []
    first = rig.runtime.snapshot((), 1)
    assert rig.followed == [LEVELS]
    assert [each.venue for each in first] == ["alpha", "beta"]
    assert [each.sizes for each in first] == [(Decimal(5), Decimal(4))] * 2, "the books as they are now"
    assert all(window.partial and window.trades_partial for each in first for window in each.windows)
    assert all(window.coverage_ppm == 0 and not window.trades for each in first for window in each.windows)


def test_windows_fill_from_the_first_question_on(rig: Rig) -> None:
    rig.runtime.snapshot((), 1)
    rig.now += 2 * SECOND
    rig.frame("alpha", "9", "8")
    rig.trade("alpha", 3, Side.SELL)
    rig.now += 10 * SECOND
    rig.frame("alpha", "9", "7")
    rig.trade("alpha", 4, Side.BUY)
    short, long = rig.windows("alpha")
    assert (short.by_level[0], short.updates, short.partial, short.coverage_ppm) == (-1, 1, False, 1_000_000)
    assert (long.by_level[0], long.updates, long.partial, long.coverage_ppm) == (2, 2, True, 200_000)
    assert (short.buy_volume, short.sell_volume, short.trades, short.trades_partial) == (4, 0, 1, False)
    assert (long.buy_volume, long.sell_volume, long.trades, long.trades_partial) == (4, 3, 2, True)


def test_what_is_missing_of_trades_is_said(rig: Rig) -> None:
    rig.runtime.snapshot((), 1)
    rig.now += 100 * SECOND
    assert not rig.windows("alpha")[0].trades_partial
    rig.runtime.trade_gap("alpha", TradeGap("1", "3", 1), rig.now)
    assert [window.trades_partial for window in rig.windows("alpha")] == [True, True]
    assert not any(window.trades_partial for window in rig.windows("beta"))
    rig.now += 20 * SECOND
    assert [window.trades_partial for window in rig.windows("alpha")] == [False, True]
    rig.runtime.trade_coverage("beta", False, rig.now)
    rig.now += SECOND
    assert [window.trades_partial for window in rig.windows("beta")] == [True, True]
    rig.runtime.trade_coverage("beta", True, rig.now)
    rig.now += 11 * SECOND
    assert [window.trades_partial for window in rig.windows("beta")] == [False, True]


def test_a_book_that_is_withdrawn_has_no_sizes_and_a_partial_window(rig: Rig) -> None:
    rig.runtime.snapshot((), 1)
    rig.now += 100 * SECOND
    rig.market.entries["alpha"].state = VenueState.GAP
    rig.drain()
    alpha, beta = rig.runtime.snapshot((), 1)
    assert alpha.sizes is None
    assert [window.partial for window in alpha.windows] == [False, True] or alpha.windows[0].partial
    assert beta.sizes is not None
    rig.market.entries["beta"].state = VenueState.UNSUPPORTED
    assert [each.venue for each in rig.runtime.snapshot((), 1)] == ["alpha"]
    assert [each.venue for each in rig.runtime.snapshot(["beta"], 1)] == []


def test_it_ends_when_nobody_asks_for_a_while(rig: Rig) -> None:
    class Holder:
        pass

    holder = Holder()
    rig.runtime.hold(holder)
    rig.now += 3600 * SECOND
    rig.runtime.tick(rig.now, True)
    assert rig.followed == [LEVELS], "a stream is open"
    del holder
    rig.runtime.tick(rig.now, True)
    assert rig.followed == [LEVELS, 0]
    rig.trade("alpha", 1, Side.BUY)
    rig.runtime.book_updates("alpha", [], 0)
    assert rig.runtime._venues == {}  # noqa: SLF001 - no answer shows it
    rig.runtime.snapshot((), 1)
    assert rig.followed == [LEVELS, 0, LEVELS]


def test_venues_that_go_are_forgotten(rig: Rig) -> None:
    rig.runtime.snapshot((), 1)
    rig.market.remove_venue("beta")
    rig.runtime.venues_changed(["beta"])
    assert [each.venue for each in rig.runtime.snapshot((), 1)] == ["alpha"]
    rig.market.add_venue("beta")
    rig.now += 100 * SECOND
    beta = rig.runtime.snapshot(["beta"], 1)[0]
    assert beta.sizes is None
    assert beta.windows[0].partial
