"""Every update of books, for those who ask: in order, across venues that come and go, and with losses said."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from orderbook_ext import BookUpdate, OrderBook, UpdateKind
from server.market.feed_listener import MarketListener
from server.market.market import Market
from server.model import Pair, VenueState
from server.publish import book_updates as module
from server.publish.book_updates import BookUpdateReader
from server.publish.dispatcher import Dispatcher
from server.publish.epoch import Epoch


class Heard(MarketListener):
    """Sequences by venue, and what was lost behind them."""

    def __init__(self) -> None:
        self.updates: list[tuple[str, list[int], int]] = []

    def book_updates(self, market: Market, venue: str, updates: Sequence[BookUpdate], lost: int) -> None:
        self.updates.append((venue, [each.sequence for each in updates], lost))


class Rig:
    """A dispatcher whose thread is not started."""

    def __init__(self) -> None:
        self.dispatcher = Dispatcher(Epoch.now())
        self.market = Market(Pair("BTC", "USDT"), ("alpha", "beta"), self.dispatcher.book_changed)
        self.dispatcher.add_market(self.market)
        self.heard, self.other = Heard(), Heard()
        for listener in (self.heard, self.other):
            self.dispatcher.listen(listener)
        for venue in self.market.venues:
            self.live(venue)
        self.once()

    def live(self, venue: str) -> None:
        entry = self.market.entries[venue]
        book = OrderBook(0, 0, lock=self.market.lock)
        book.load([("9", "1")], [("10", "1")])
        entry.book, entry.state = book, VenueState.LIVE

    def frame(self, venue: str, number: int) -> None:
        self.market.entries[venue].stamp(number, number, number, number)
        self.market.changed()

    def once(self) -> None:
        self.dispatcher.run_pass(time.monotonic_ns())


def test_who_asks_gets_every_update_and_nobody_else_does() -> None:
    rig = Rig()
    rig.dispatcher.follow_updates(rig.heard, rig.market, 5)
    for number in range(1, 4):
        rig.frame("alpha", number)
    rig.frame("beta", 7)
    assert rig.heard.updates == [], "the feed's thread only leaves them"
    rig.once()
    assert rig.heard.updates == [("alpha", [0, 1, 2, 3], 0), ("beta", [0, 7], 0)]
    assert rig.other.updates == []
    rig.dispatcher.follow_updates(rig.other, rig.market, 1)
    rig.dispatcher.follow_updates(rig.heard, rig.market, 0)
    rig.dispatcher.follow_updates(rig.heard, rig.market, 0)
    rig.heard.updates.clear()
    rig.frame("alpha", 9)
    rig.once()
    assert rig.heard.updates == []
    assert rig.other.updates == [("alpha", [3, 9], 0), ("beta", [7], 0)]


def test_losses_are_counted_and_said(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(module, "CAPACITY", 3)
    rig = Rig()
    rig.dispatcher.follow_updates(rig.heard, rig.market, 5)
    for number in range(1, 9):
        rig.frame("alpha", number)
    rig.once()
    assert rig.heard.updates[0] == ("alpha", [0, 1, 2], 6)
    assert "BTC/USDT on alpha: 6 updates of the book were lost" in caplog.text


def test_venues_that_come_and_go() -> None:
    rig = Rig()
    rig.dispatcher.follow_updates(rig.heard, rig.market, 5)
    gone = rig.market.entries["beta"]
    rig.market.remove_venue("beta")
    rig.market.add_venue("gamma")
    rig.live("gamma")
    rig.once()
    gone.stamp(99, 99, 99, 99)
    rig.frame("gamma", 5)
    rig.once()
    assert rig.heard.updates == [("alpha", [0], 0), ("gamma", [0], 0), ("gamma", [5], 0)]
    rig.market.remove_venue("gamma")
    rig.market.add_venue("gamma")
    rig.heard.updates.clear()
    rig.live("gamma")
    rig.frame("gamma", 6)
    rig.once()
    # Its log begins at the pass that finds it: with the state of that moment.
    assert rig.heard.updates == [("gamma", [6], 0)]


def test_a_market_that_goes_takes_its_logs_along() -> None:
    rig = Rig()
    rig.dispatcher.follow_updates(rig.heard, rig.market, 5)
    rig.dispatcher.remove_market(rig.market)
    rig.once()
    assert rig.dispatcher.readers == {}
    rig.frame("alpha", 1)
    rig.once()
    assert rig.heard.updates == []


def test_a_listener_that_fails_does_not_cost_the_others_their_updates(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(MarketListener):
        def book_updates(self, *_: object) -> None:
            raise RuntimeError("no")

    rig, broken = Rig(), Broken()
    rig.dispatcher.follow_updates(broken, rig.market, 5)
    rig.dispatcher.follow_updates(rig.heard, rig.market, 5)
    rig.frame("alpha", 1)
    rig.once()
    assert rig.heard.updates == [("alpha", [0, 1], 0), ("beta", [0], 0)]
    assert "BTC/USDT: an update of a book could not be evaluated" in caplog.text


def test_the_first_update_is_the_state_of_the_moment() -> None:
    rig = Rig()
    rig.market.entries["beta"].state = VenueState.GAP
    reader = BookUpdateReader(rig.market, 1)
    kinds = {venue: [update.kind for update in updates] for venue, updates, _ in reader.drain()}
    assert kinds == {"alpha": [UpdateKind.SHOWN], "beta": [UpdateKind.HIDDEN]}
