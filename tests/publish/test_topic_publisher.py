"""What a pass publishes: topics that changed and may be sent, events by their source, heartbeats of the others."""

from __future__ import annotations

import threading
import time
from decimal import Decimal

import pytest

from onebook.v1 import market_data_pb2 as pb
from orderbook_ext import OrderBook
from server.market.market import Market
from server.model import Pair, Side, Trade, VenueState
from server.publish.defects import Defects
from server.publish.epoch import Epoch
from server.publish.topic_publisher import TopicPublisher
from server.publish.topics import BookChoice, BookTopic, StatusTopic
from server.publish.trade_topic import TRADES, TradeTopic
from server.units import SECOND
from tests.publish.reader import Reader

EPOCH = Epoch.now()
TRADE = Trade("X", "1", Decimal("1.5"), Decimal(2), Side.BUY, 1)


class Rig:
    """A publisher without a thread, and a market with one live book."""

    def __init__(self, heartbeat: float = 3600.0) -> None:
        self.wake = threading.Event()
        self.publisher = TopicPublisher(heartbeat, 120.0, self.wake, Defects())
        self.market = Market(Pair("BTC", "USDT"), ("alpha",), lambda _: None)
        self.publisher.topics.add(self.market)
        entry = self.market.entries["alpha"]
        entry.book = OrderBook(0, 0, lock=self.market.lock)
        entry.book.load([("9", "1")], [("11", "1")])
        entry.state = VenueState.LIVE

    def reader(self, interval: float = 0.0, kind: type[BookTopic] | type[StatusTopic] = BookTopic) -> Reader:
        choice = BookChoice(5, Decimal(0))
        make = lambda: kind(self.market, EPOCH, interval, choice)  # noqa: E731
        reader = Reader(self.publisher.topics.state((kind, interval), make).channel)
        reader.source.join(reader)
        reader.done()
        return reader

    def once(self, now: int | None = None) -> int:
        self.publisher.book_changed(self.market)
        return self.publisher.publish(time.monotonic_ns() if now is None else now)


def test_a_change_is_sent_once_and_only_to_topics_that_it_concerns() -> None:
    rig = Rig()
    books, status = rig.reader(), rig.reader(kind=StatusTopic)
    rig.once()
    books.done()
    rig.publisher.publish(time.monotonic_ns())
    assert [len(books.received), len(status.received)] == [2, 1]
    rig.market.entries["alpha"].state = VenueState.GAP
    rig.once()
    assert [len(books.received), len(status.received)] == [3, 2]


def test_a_topic_with_an_interval_waits_for_its_turn() -> None:
    rig = Rig()
    reader = rig.reader(interval=1.0)
    now = time.monotonic_ns()
    due = rig.once(now)
    assert len(reader.received) == 1
    assert now < due <= now + SECOND
    rig.publisher.publish(now + 2 * SECOND)
    assert len(reader.received) == 2


def test_events_go_to_the_topics_of_their_source() -> None:
    rig = Rig()
    topic = rig.publisher.topics.event(rig.market, "key", lambda: TradeTopic(rig.market, EPOCH, ()))
    rig.publisher.trade(rig.market, "alpha", TRADE, 5)
    rig.publisher.emit(rig.market, "another source", "alpha", TRADE, 6)
    rig.publisher.emit(rig.market, TRADES, "alpha", TRADE, 7)
    assert topic.buffer.version == 2


def test_quiet_topics_beat() -> None:
    rig = Rig(heartbeat=1.0)
    reader = rig.reader()
    rig.publisher.publish(time.monotonic_ns() + 2 * SECOND)
    last = pb.StreamBookResponse.FromString(reader.received[-1]).book
    assert (last.header.heartbeat, last.header.sequence, len(last.bids)) == (True, 2, 1)


def test_a_topic_whose_readers_are_all_busy_is_sent_when_one_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig()
    reader = rig.reader()
    rig.once()
    reader.in_flight_since = time.monotonic() - 10
    rig.once()
    assert len(reader.received) == 2, "nobody could take it"
    rig.wake.clear()
    reader.in_flight_since = 0.0
    reader.done()
    assert rig.wake.is_set()
    rig.publisher.publish(time.monotonic_ns())
    assert len(reader.received) == 3
