"""An edge in this process, with records written by hand: markets and venues come and go, and wrong records cost
nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from confluent_kafka import Producer

from server import clock
from server.analytics.engine import AnalyticsEngine
from server.analytics.settings import AnalyticsSettings
from server.edge import edge as edge_module
from server.edge.edge import Edge, pair_of
from server.edge.known_markets import GONE
from server.errors import ConfigError
from server.feed.feed_options import FeedOptions
from server.kafka.contract import KINDS
from server.kafka.partition import partition
from server.kafka.record import key_of
from server.kafka.settings import KafkaSettings
from server.model import Pair, VenueState
from server.protocol.venue import Endpoint
from server.publish.dispatcher import Dispatcher
from server.publish.epoch import Epoch
from server.registry import MarketRegistry
from server.units import SECOND
from server.venues import VENUES
from tests.kafka.mock_cluster import MockCluster, mock_cluster
from tests.waiting import eventually

from . import records
from .records import MARKET, VENUE, reference

PARTITIONS = 2


@pytest.fixture(scope="module")
def cluster() -> Iterator[MockCluster]:
    with mock_cluster() as made:
        yield made


class Rig:
    """An edge of topics of its own, and a writer of records."""

    def __init__(self, cluster: MockCluster, prefix: str, *pairs: Pair, topics: bool = True) -> None:
        self.prefix = prefix
        for kind in ("book", "trade", "candle", "ref") if topics else ():
            cluster.create(prefix + KINDS[kind].topic, PARTITIONS)
        self.producer = Producer({"bootstrap.servers": cluster.bootstrap, "linger.ms": 0})
        self.edge = Edge(KafkaSettings(cluster.bootstrap, prefix=prefix), pairs, (), 15)
        self.sequence = 0

    def write(self, kind: str, market: str, venue: str, value: bytes | None) -> None:
        topic = self.prefix + KINDS[kind].topic
        self.producer.produce(topic, value, key_of(market, venue), partition(market, PARTITIONS))
        self.producer.flush(10)

    def know(self, market: str, *venues: str, default: bool = False, published: int = 1) -> None:
        said = reference(market, venues=venues, default=default, published=published).reference
        self.write("ref", market, "", said.SerializeToString())

    def book(self, **given: Any) -> None:
        self.sequence += 1
        made = records.book(sequence=self.sequence, published=clock.time_ns(), **given)
        self.write("book", MARKET, VENUE, made)

    def serve(self) -> MarketRegistry:
        pairs, venues = self.edge.discover()
        dispatcher = Dispatcher(Epoch.now())
        options = FeedOptions(Endpoint("ws://x", "http://x"))
        registry = MarketRegistry(
            pairs, venues, lambda name, markets: self.edge.feed(name, options, markets, dispatcher), dispatcher,
            tuple(VENUES), 100,
        )  # fmt: skip
        settings = AnalyticsSettings(reach=15 * SECOND)
        self.analytics = AnalyticsEngine(settings, dispatcher.publisher.emit, dispatcher.book_changed)
        self.edge.attach(registry, dispatcher, self.analytics)
        self.edge.start()
        return registry


def test_the_markets_of_the_topics_are_served_and_come_and_go(
    cluster: MockCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = Rig(cluster, "edge-a.")
    rig.know("ETH/USDT", VENUE)
    rig.know(MARKET, VENUE, default=True)
    registry = rig.serve()
    assert list(map(str, registry.markets)) == [MARKET, "ETH/USDT"]
    assert list(registry.feeds) == [VENUE]
    rig.know("SOL/USDT", VENUE, "kraken")
    eventually(lambda: pair_of("SOL/USDT") in registry.markets, "a market that came")
    eventually(lambda: "kraken" in registry.feeds, "a venue that came")
    monkeypatch.setattr("server.edge.known_markets.GONE", GONE // 100)
    rig.write("ref", "SOL/USDT", "", None)
    eventually(lambda: pair_of("SOL/USDT") not in registry.markets, "a market that went")
    eventually(lambda: "kraken" not in registry.feeds, "a venue that went")
    rig.edge.stop(5.0)


def test_books_are_live_and_wrong_records_are_counted_and_left_out(cluster: MockCluster) -> None:
    rig = Rig(cluster, "edge-b.", Pair.parse(MARKET))
    rig.know(MARKET, VENUE, "no_such_venue")
    registry = rig.serve()
    entry = registry.default.entries[VENUE]

    def shown() -> bool:
        rig.book()
        return bool(entry.state == VenueState.LIVE)

    eventually(shown, "a live book")
    rig.write("book", MARKET, VENUE, b"\xff\xff")
    rig.write("book", MARKET, "no_such_venue", records.book(venue="no_such_venue"))
    before = entry.sequence
    eventually(lambda: rig.edge.counters.malformed["book"] == 1, "the wrong record")
    rig.book(number=before + 5)
    eventually(lambda: entry.sequence == before + 5, "the book after it")
    rig.edge.stop(5.0)


def test_without_markets_there_is_one_clear_error(cluster: MockCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge_module, "DISCOVERY", 0.5)
    rig = Rig(cluster, "edge-c.")
    with pytest.raises(ConfigError, match=r"has no market yet: start an ingester first"):
        rig.edge.discover()
    rig.know("ETH/USDT", VENUE)
    monkeypatch.setattr(edge_module, "DISCOVERY", 5.0)
    other = Rig(cluster, "edge-c.", Pair.parse(MARKET), topics=False)
    with pytest.raises(ConfigError, match="no ingester publishes BTC/USDT; there are ETH/USDT"):
        other.edge.discover()
    rig.edge.stop(0.0)
    other.edge.stop(0.0)


def test_more_markets_than_a_process_serves_are_refused(cluster: MockCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge_module, "MAX_PAIRS", 1)
    rig = Rig(cluster, "edge-d.")
    for market in (MARKET, "ETH/USDT"):
        rig.know(market, VENUE)
    with pytest.raises(ConfigError, match="have 2 markets, one process serves at most 1: set pairs"):
        rig.edge.discover()
    rig.edge.stop(0.0)


def test_brokers_that_are_not_reached_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge_module, "DISCOVERY", 3.0)
    edge = Edge(KafkaSettings("127.0.0.1:1"), (), (), 15)
    with pytest.raises(ConfigError, match="the brokers were not reached"):
        edge.discover()
    edge.stop(0.0)
