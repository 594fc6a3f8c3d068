"""A server's markets without feeds and ports, and a publisher into a cluster."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from orderbook_ext import OrderBook
from server.analytics.engine import AnalyticsEngine
from server.analytics.quotes.compute import Terms
from server.analytics.settings import AnalyticsSettings
from server.api.analytics import Analytics
from server.api.market_data import MarketData
from server.api.past_streams import PastStreams
from server.api.requests import RequestLimits, RequestReader
from server.api.topics import Topics
from server.kafka.contract import KINDS
from server.kafka.publisher import KafkaPublisher
from server.kafka.settings import KafkaSettings
from server.kafka.source import KafkaSource
from server.market.market import Market
from server.model import Pair, Side, Trade, VenueState
from server.publish.dispatcher import Dispatcher
from server.publish.epoch import Epoch

from .mock_cluster import MockCluster

VENUES = ("alpha", "beta")
PARTITIONS = 4


def prefixed(cluster: MockCluster, prefix: str) -> KafkaSettings:
    """Settings of topics of their own, which are made."""
    for kind in KINDS.values():
        cluster.create(prefix + kind.topic, PARTITIONS)
    return KafkaSettings(cluster.bootstrap, prefix=prefix, create=False, interval_ms=10)


class Rig:
    """Closed by close()."""

    def __init__(self, settings: KafkaSettings, pairs: tuple[str, ...] = ("BTC/USDT",), **changes: Any) -> None:
        self.settings = replace(settings, **changes)
        self.dispatcher = Dispatcher(Epoch.now(), 1.0)
        self.analytics = AnalyticsEngine(
            AnalyticsSettings(), self._emit, self.dispatcher.book_changed, self.dispatcher.follow_updates
        )
        self.dispatcher.listen(self.analytics)
        self.past = PastStreams(None, self.dispatcher.epoch)
        self.kept: dict[Pair, Market] = {}
        for pair in map(Pair.parse, pairs):
            self.kept[pair] = Market(pair, VENUES, self.dispatcher.book_changed)
        self.markets = list(self.kept.values())
        reader = RequestReader(self.kept, 10, Decimal(0), RequestLimits())
        topics = Topics(self.dispatcher, 1_000_000)
        terms = Terms({}, lambda _venue, _market: None)
        self.services = [
            MarketData(reader, topics, {}, self.analytics, self.past).service(),
            Analytics(reader, topics, self.analytics, terms, self.past).service(),
        ]
        self.source = KafkaSource(self.services, {}, self.dispatcher.epoch, self.markets[0], ("1s", "1m"), False)
        self.publisher = KafkaPublisher(self.settings, self.source)
        self.dispatcher.listen(self.publisher)
        for market in self.markets:
            self.dispatcher.add_market(market)
        self.dispatcher.start()
        self.publisher.start()

    def _emit(self, market: Market, source: Hashable, venue: str, event: object, receive_time: int) -> None:
        self.dispatcher.publisher.emit(market, source, venue, event, receive_time)

    def open_interest(self, request: Any) -> bytes:
        """Answers GetOpenInterest."""
        return self.services[1].unary["GetOpenInterest"].answer(request)

    def topic(self, name: str) -> str:
        return self.settings.prefix + KINDS[name].topic

    def fill(self, venue: str, bid: str, ask: str, market: Market | None = None) -> None:
        market = market or self.markets[0]
        entry = market.entries[venue]
        book = OrderBook(2, 3, lock=market.lock)
        book.load([(bid, "1.000")], [(ask, "1.000")])
        with market.consistency_lock:
            entry.book = book
            entry.stamp(1_000, 2_000, 3_000, 77)
            entry.state = VenueState.LIVE
        market.changed()

    def trade(self, number: int, venue: str = "alpha", market: Market | None = None) -> None:
        made = Trade("BTCUSDT", str(number), Decimal("10.50"), Decimal("0.5"), Side.BUY, 1_000_000_000 + number)
        self.dispatcher.trade(market or self.markets[0], venue, made, 2_000_000_000 + number)

    def close(self, grace: float = 2.0) -> None:
        self.dispatcher.stop(2.0)
        self.publisher.stop(grace)
        self.past.stop()
