"""What the dispatcher leaves to its own thread."""

from __future__ import annotations

import time
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from onebook.v1 import market_data_pb2 as pb
from server.codes import Code
from server.market.feed_listener import MarketListener
from server.market.market import Market
from server.model import Pair, Side, Trade, TradeGap
from server.publish import dispatcher as module
from server.publish.channel import Overflow
from server.publish.dispatcher import Dispatcher
from server.publish.epoch import Epoch
from server.publish.trade_topic import TradeTopic

TRADE = Trade("X", "1", Decimal("1.5"), Decimal(2), Side.BUY, 1)


class Reader:
    """Takes every event at once."""

    def __init__(self, topic: TradeTopic) -> None:
        self.cursor = 0
        self.overflow = Overflow.DROP_OLDEST
        self.in_flight_since = 0.0
        self.received: list[bytes] = []
        self._ring = topic.buffer
        self._ring.join(self)

    def deliver(self, payload: bytes) -> None:
        self.received.append(payload)

    def end(self, code: Code, reason: str) -> None:
        raise AssertionError(code, reason)

    def drain(self) -> list[pb.StreamTradesResponse]:
        """All events so far."""
        known = -1
        while len(self.received) != known:
            known = len(self.received)
            self._ring.next(self)
        return [pb.StreamTradesResponse.FromString(payload) for payload in self.received]


def make() -> tuple[Dispatcher, Market, TradeTopic]:
    dispatcher = Dispatcher(Epoch.now())
    market = Market(Pair("BTC", "USDT"), ("alpha", "beta"), dispatcher.book_changed)
    dispatcher.add_market(market)
    return dispatcher, market, listen(dispatcher, market, ())


def listen(dispatcher: Dispatcher, market: Market, venues: tuple[str, ...]) -> TradeTopic:
    topic = dispatcher.topics.event(market, venues, lambda: TradeTopic(market, dispatcher.epoch, venues))
    assert isinstance(topic, TradeTopic)
    return topic


def test_feeds_neither_encode_nor_send_trades() -> None:
    dispatcher, market, topic = make()
    for _ in range(3):
        dispatcher.trade(market, "alpha", TRADE, 1)
    assert topic.buffer.version == 0, "the feed's thread only leaves them"
    dispatcher.start()
    deadline = time.monotonic() + 10
    while topic.buffer.version < 3:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    dispatcher.stop(5)


def test_waiting_trades_are_bounded_and_losses_are_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "EVENTS", 3)
    dispatcher, market, topic = make()
    reader = Reader(topic)
    for _ in range(5):
        dispatcher.trade(market, "alpha", TRADE, 1)
    dispatcher.deliver_events()
    dispatcher.trade(market, "alpha", TRADE, 1)
    dispatcher.deliver_events()
    first, second, gap, after = reader.drain()
    assert [each.trade.trade_id for each in (first, second, after)] == ["1", "1", "1"]
    assert (gap.gap.venue, gap.gap.after_trade_id, gap.gap.missing) == ("alpha", "1", 3)
    assert not gap.HasField("trade")
    assert "BTC/USDT on alpha: trades were lost" in caplog.text


def test_listeners_hear_of_what_comes_and_goes_in_its_place_and_nothing_after_it() -> None:
    dispatcher, market, _ = make()
    heard: list[tuple[Any, ...]] = []

    class Heard(MarketListener):
        def trade(self, market: Market, venue: str, trade: Trade, receive_time: int) -> None:
            heard.append(("trade", venue, receive_time))

        def venue_added(self, market: Market, venue: str) -> None:
            heard.append(("added", venue))

        def venue_removed(self, market: Market, venue: str) -> None:
            heard.append(("removed", venue))

        def market_removed(self, market: Market) -> None:
            heard.append(("gone",))

        def book_changed(self, market: Market) -> None:
            heard.append(("changed",))

    dispatcher.listen(Heard())
    dispatcher.trade(market, "alpha", TRADE, 1)
    market.add_venue("gamma")
    dispatcher.add_venue(market, "gamma")
    dispatcher.trade(market, "gamma", TRADE, 2)
    dispatcher.run_pass(time.monotonic_ns())
    assert heard == [("trade", "alpha", 1), ("added", "gamma"), ("trade", "gamma", 2), ("changed",)]
    heard.clear()
    market.remove_venue("gamma")
    dispatcher.remove_venue(market, "gamma")
    dispatcher.trade(market, "gamma", TRADE, 3)
    dispatcher.trade(market, "alpha", TRADE, 4)
    dispatcher.remove_market(market)
    dispatcher.trade(market, "alpha", TRADE, 5)
    market.changed()
    dispatcher.run_pass(time.monotonic_ns())
    assert heard == [("removed", "gamma"), ("trade", "alpha", 4), ("gone",)]


def test_a_gap_is_an_event_in_its_place() -> None:
    dispatcher, market, topic = make()
    reader = Reader(topic)
    other = Reader(listen(dispatcher, market, ("beta",)))
    dispatcher.trade(market, "alpha", TRADE, 1)
    dispatcher.trade_gap(market, "alpha", TradeGap("1", "5", 3), 77)
    dispatcher.trade(market, "alpha", TRADE, 1)
    assert topic.buffer.version == 0, "encoding is not a feed's work"
    dispatcher.deliver_events()
    events = reader.drain()
    gap = events[1].gap
    assert [each.HasField("gap") for each in events] == [False, True, False]
    assert (gap.market, gap.venue, gap.after_trade_id, gap.before_trade_id) == ("BTC/USDT", "alpha", "1", "5")
    assert (gap.missing, gap.receive_time_nanos, gap.header.sequence) == (3, 77, 2)
    assert (gap.header.epoch, gap.header.heartbeat) == (dispatcher.epoch.start, False)
    assert other.drain() == [], "it is of a venue that was not asked for"


def test_a_trade_that_cannot_be_published_is_a_gap(caplog: pytest.LogCaptureFixture) -> None:
    dispatcher, market, topic = make()
    reader = Reader(topic)
    for trade in (TRADE, replace(TRADE, trade_id="2", price=Decimal(10) ** 30), replace(TRADE, trade_id="3")):
        dispatcher.trade(market, "alpha", trade, 1)
    dispatcher.deliver_events()
    first, gap, last = reader.drain()
    assert (first.trade.trade_id, last.trade.trade_id) == ("1", "3")
    assert (gap.gap.after_trade_id, gap.gap.missing) == ("1", 1)
    assert [each.header.sequence for each in (first.trade, gap.gap, last.trade)] == [1, 2, 3]
    assert "an event could not be published" in caplog.text


@pytest.mark.parametrize("kind", ["trade", "gap"])
def test_losses_of_a_slow_reader_are_written_into_whatever_comes_next(kind: str) -> None:
    _, _, topic = make()
    reader = Reader(topic)
    topic.publish("alpha", TRADE if kind == "trade" else TradeGap("1", "2", 0), 1)
    message = pb.StreamTradesResponse.FromString(topic._mark_dropped(reader.received[0], 7))  # noqa: SLF001 - a moment that is hard to provoke
    assert [field.name for field, _ in message.ListFields()] == [kind]
    assert getattr(message, kind).dropped == 7
    assert getattr(message, kind).venue == "alpha"
