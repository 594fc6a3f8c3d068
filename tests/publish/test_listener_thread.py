"""A listener with a thread of its own: everything in order, and no trouble of its own for anybody else."""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from server.market.feed_listener import MarketListener
from server.market.market import Market
from server.model import Pair, Side, Trade, TradeGap
from server.protocol.candle_source import OpenInterest
from server.publish import listener_thread
from server.publish.dispatcher import Dispatcher
from server.publish.epoch import Epoch
from server.publish.listener_thread import ListenerThread
from tests.waiting import eventually

TRADE = Trade("X", "1", Decimal("1.5"), Decimal(2), Side.BUY, 1)
METHODS = [name for name, _ in inspect.getmembers(MarketListener, inspect.isfunction) if name != "tick"]


class Noted(MarketListener):
    """Remembers every call but ticks, and the thread of the newest."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.thread = ""
        self.free = threading.Event()
        """Cleared: every call waits for it."""
        self.free.set()


def _noting(name: str) -> Callable[..., None]:
    def noted(self: Noted, *arguments: object) -> None:
        self.free.wait(30)
        self.thread = threading.current_thread().name
        self.calls.append((name, *arguments))

    return noted


for method in METHODS:
    setattr(Noted, method, _noting(method))


class Rig:
    """A dispatcher with a quick listener behind one that has a thread of its own."""

    def __init__(self, slow: MarketListener, limit: int = 100) -> None:
        self.dispatcher = Dispatcher(Epoch.now())
        self.apart = ListenerThread("sink", slow, limit)
        self.quick = Noted()
        self.dispatcher.listen(self.apart)
        self.dispatcher.listen(self.quick)
        self.market = Market(Pair("BTC", "USDT"), ("alpha", "beta"), self.dispatcher.book_changed)
        self.apart.start()
        self.dispatcher.start()
        self.dispatcher.add_market(self.market)

    def all_events(self) -> None:
        self.dispatcher.trade_coverage(self.market, "alpha", True, 1)
        self.dispatcher.trade(self.market, "alpha", TRADE, 2)
        self.dispatcher.trade_gap(self.market, "alpha", TradeGap("1", "3", 1), 3)
        self.dispatcher.open_interest(self.market, "beta", OpenInterest(Decimal(5), 4), 4)
        eventually(lambda: any(call[0] == "open_interest" for call in self.quick.calls))
        self.market.add_venue("gamma")
        self.dispatcher.add_venue(self.market, "gamma")
        self.market.remove_venue("beta")
        self.dispatcher.remove_venue(self.market, "beta")

    def close(self) -> None:
        self.dispatcher.stop(5)
        self.apart.stop(5)


@pytest.fixture
def slow() -> Iterator[Noted]:
    made = Noted()
    yield made
    made.free.set()


def events(noted: Noted) -> list[tuple[Any, ...]]:
    """All but the marks of changes, which may be conflated."""
    return [call for call in noted.calls if call[0] != "book_changed"]


def test_everything_is_heard_in_order_on_the_listeners_own_thread(slow: Noted) -> None:
    rig = Rig(slow)
    rig.all_events()
    eventually(lambda: ("venue_removed", rig.market, "beta") in slow.calls)
    rig.dispatcher.remove_market(rig.market)
    rig.dispatcher.trade(rig.market, "alpha", TRADE, 2)
    eventually(lambda: ("market_removed", rig.market) in slow.calls)
    rig.close()
    market = rig.market
    assert events(slow) == [
        ("market_added", market),
        ("trade_coverage", market, "alpha", True, 1),
        ("trade", market, "alpha", TRADE, 2),
        ("trade_gap", market, "alpha", TradeGap("1", "3", 1), 3),
        ("open_interest", market, "beta", OpenInterest(Decimal(5), 4), 4),
        ("venue_added", market, "gamma"),
        ("venue_removed", market, "beta"),
        ("market_removed", market),
    ]
    assert events(slow) == events(rig.quick)
    assert ("book_changed", market) in slow.calls
    assert (slow.thread, rig.quick.thread) == ("listener-sink", "dispatcher")


def test_a_listener_that_never_comes_back_costs_the_others_nothing(slow: Noted) -> None:
    slow.free.clear()
    rig = Rig(slow)
    for number in range(1000):
        rig.dispatcher.trade(rig.market, "alpha", TRADE, number)
    eventually(lambda: len(events(rig.quick)) == 1001)
    assert slow.calls == []
    slow.free.set()
    rig.close()


def test_what_a_slow_listener_has_no_room_for_is_a_gap_in_its_place(
    slow: Noted, caplog: pytest.LogCaptureFixture
) -> None:
    slow.free.clear()
    rig = Rig(slow, limit=3)
    for number in range(50):
        rig.dispatcher.trade(rig.market, "alpha", TRADE, number)
    eventually(lambda: len(events(rig.quick)) == 51)
    slow.free.set()
    eventually(lambda: any(call[0] == "trade_gap" for call in slow.calls))
    rig.dispatcher.trade(rig.market, "alpha", TRADE, 99)
    eventually(lambda: slow.calls[-1][-1] == 99)
    rig.close()
    trades = [call[-1] for call in slow.calls if call[0] == "trade"]
    gaps = [call[3] for call in slow.calls if call[0] == "trade_gap"]
    assert trades == [*range(len(trades) - 1), 99]
    assert len(trades) - 1 + sum(gap.missing for gap in gaps) == 50
    assert "BTC/USDT on alpha: trades were lost, sink is too slow for them" in caplog.text


def test_a_listener_that_fails_hears_on(slow: Noted, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Noted):
        def trade(self, *_: object) -> None:
            raise RuntimeError("the disk is full")

    broken = Broken()
    rig = Rig(broken)
    rig.all_events()
    eventually(lambda: ("venue_removed", rig.market, "beta") in broken.calls)
    rig.close()
    assert "BTC/USDT: sink failed (trade)" in caplog.text
    assert [call for call in events(rig.quick) if call[0] != "trade"] == events(broken)


def test_what_waits_is_handed_on_before_the_end(slow: Noted) -> None:
    slow.free.clear()
    rig = Rig(slow)
    rig.dispatcher.trade(rig.market, "alpha", TRADE, 1)
    eventually(lambda: len(events(rig.quick)) == 2)
    rig.dispatcher.stop(5)
    threading.Timer(0.05, slow.free.set).start()
    rig.apart.stop(10)
    assert events(slow) == events(rig.quick)


def test_changes_do_not_wake_a_listener_that_has_no_use_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener_thread, "TICK", 1000.0)

    class Ticking(MarketListener):
        ticks = 0

        def tick(self) -> None:
            self.ticks += 1

    listener = Ticking()
    apart = ListenerThread("sink", listener)
    market = Market(Pair("BTC", "USDT"), ("alpha",), lambda _market: None)
    apart.start()
    for turn in range(1, 1000):
        apart.book_changed(market)
        if turn % 100 == 0:
            time.sleep(0.001)  # A thread that was woken has its turn.
    apart.stop(5)
    assert listener.ticks <= 2, "the end alone"
