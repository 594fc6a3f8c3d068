"""All monitors of a book together."""

from __future__ import annotations

from decimal import Decimal

from orderbook_ext import BookLock, OrderBook
from server.book.monitors import Monitors
from server.model import Instrument, Pair
from server.venues.binance import Binance
from tests.book.test_lag_monitor import OLD

BTC = Instrument(Pair("BTC", "USDT"), "BTCUSDT", Decimal("0.01"), Decimal("0.001"), "TRADING", True)


def crossed() -> OrderBook:
    made = OrderBook(0, 0, lock=BookLock())
    made.load([("6", 1)], [("5", 1)])
    return made


def test_one_monitor_that_counts_something_is_enough_not_to_be_settled() -> None:
    for number in range(3):
        monitors = Monitors(Binance().book_plan(BTC, "diff", 100))
        assert monitors.settled
        if number == 0:
            monitors.crossed.judge(crossed(), None, 1)
        elif number == 1:
            monitors.lag.judge(crossed(), OLD, 1)
        else:
            monitors.checksum.judge(crossed(), False, 1)
        assert not monitors.settled


def test_a_restart_reaches_every_monitor_but_keeps_what_is_known_of_the_venues_checksums() -> None:
    monitors = Monitors(Binance().book_plan(BTC, "diff", 100))
    monitors.crossed.judge(crossed(), None, 1)
    monitors.lag.judge(crossed(), OLD, 1)
    monitors.checksum.judge(crossed(), False, 1)
    monitors.restart()
    assert [monitor.settled for monitor in monitors] == [False, True, True, True, True]
    assert monitors.checksum.mismatches == 1
