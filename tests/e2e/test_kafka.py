"""A server with Kafka: what its clients are sent is in the topics, and brokers that go away cost no client anything."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import grpc
import pytest

from onebook.v1 import analytics_pb2, reference_pb2, types_pb2
from onebook.v1 import market_data_pb2 as market_data
from onebook.v1.analytics_pb2 import StreamCandlesResponse
from onebook.v1.analytics_pb2_grpc import AnalyticsServiceStub
from onebook.v1.market_data_pb2_grpc import MarketDataServiceStub
from tests.kafka.mock_cluster import MockCluster, mock_cluster
from tests.kafka.reading import Seen, read

from .processes import Server, Yard

VENUES = ("binance", "bybit", "kraken")
TOPICS = {"book": 4, "trade": 4, "candle": 4, "stat": 4, "quality": 4, "ref": 4}


@pytest.fixture
def cluster() -> Iterator[MockCluster]:
    with mock_cluster(2) as made:
        for name, partitions in TOPICS.items():
            made.create(f"md.{name}.v1", partitions)
        yield made


def of(records: list[Seen], topic: str) -> list[Seen]:
    return [each for each in records if each.topic == topic]


def served(yard: Yard, cluster: MockCluster, *flags: str) -> Server:
    simulator = yard.simulator("--venues", ",".join(VENUES))
    server: Server = yard.serve(simulator, "--kafka", cluster.bootstrap, *flags)
    return server


def test_everything_that_clients_are_sent_is_in_the_topics(yard: Yard, cluster: MockCluster) -> None:
    served(yard, cluster)
    wanted = {f"BTC/USDT|{venue}".encode() for venue in VENUES}

    def enough(found: list[Seen]) -> bool:
        live = {each.key for each in of(found, "md.book.v1") if book(each).bids}
        trades = {each.key for each in of(found, "md.trade.v1")}
        others = {each.topic for each in found}
        return wanted <= live and wanted <= trades and others == {f"md.{name}.v1" for name in TOPICS}

    found = read(cluster.bootstrap, [f"md.{name}.v1" for name in TOPICS], enough, 60)
    assert len({each.partition for each in found if each.topic == "md.book.v1"}) == 1, "by the pair alone"
    for each in found:
        assert each.headers["v"] == b"1"
        assert each.headers["ct"].startswith(b"onebook.v1.")
        assert each.key.startswith(b"BTC/USDT|")
    by_venue: dict[bytes, list[int]] = {}
    for each in of(found, "md.book.v1"):
        by_venue.setdefault(each.key, []).append(book(each).header.sequence)
    for sequences in by_venue.values():
        assert sequences == sorted(set(sequences)), "no state twice, none out of order"
    reference = reference_pb2.Reference.FromString(of(found, "md.ref.v1")[-1].value or b"")
    assert {listing.venue for listing in reference.market.listings} == set(VENUES)
    candle = StreamCandlesResponse.FromString(of(found, "md.candle.v1")[0].value or b"").candle
    assert candle.interval


def book(record: Seen) -> types_pb2.Book:
    return market_data.StreamVenueBookResponse.FromString(record.value or b"").book


@pytest.mark.slow
def test_brokers_that_are_away_lose_no_trade_of_a_server_with_a_history(
    yard: Yard, cluster: MockCluster, tmp_path: Path
) -> None:
    server = served(yard, cluster, "--history", str(tmp_path / "history"))
    channel = grpc.insecure_channel(server.address)
    stream = MarketDataServiceStub(channel).StreamTrades(market_data.StreamTradesRequest(), timeout=120)
    seen: set[tuple[str, str]] = set()
    began, down, up = time.monotonic(), False, False
    for message in stream:
        if message.trade.trade_id:
            seen.add((message.trade.venue, message.trade.trade_id))
        passed = time.monotonic() - began
        if passed > 3 and not down:
            down = True
            cluster.down()
        if passed > 10 and not up:
            up = True
            cluster.up()
        if passed > 12:
            break

    def enough(found: list[Seen]) -> bool:
        return seen <= {trade_of(each) for each in found}

    found = read(cluster.bootstrap, ["md.trade.v1"], enough, 60)
    assert seen <= {trade_of(each) for each in found}


def test_a_topic_per_pair_has_its_vwap_as_text(yard: Yard, tmp_path: Path) -> None:
    """By the configuration of programs that did only this."""
    simulator = yard.simulator("--venues", "coinbase_exchange", "--pair", "ETH/USD", "--pair", "BTC/USD")
    addresses = simulator.venues["coinbase_exchange"]
    with mock_cluster(2) as cluster:
        cluster.create("ETH-USD", 1)
        first, second = cluster.bootstrap.split(",")
        config = tmp_path / "config.json"
        config.write_text(
            json.dumps({
                "ws_url": "wss://ws-feed.exchange.coinbase.com", "products": ["ETH-USD", "BTC-USD"], "max_size": 3,
                "brokers": {first: ["ETH-USD"], second: ["ETH-USD"]}, "log_level": "INFO",
            })
        )  # fmt: skip
        endpoint = f"coinbase_exchange={addresses['ws']},{addresses['rest']}"
        server = yard.server("--config", str(config), "--endpoint", endpoint)
        with grpc.insecure_channel(server.address) as channel:
            request = analytics_pb2.StreamTradeVwapRequest(market="ETH/USD", venue="coinbase_exchange", trades=3)
            wanted = []
            for message in AnalyticsServiceStub(channel).StreamTradeVwap(request, timeout=60):
                vwap = message.vwap
                if not vwap.header.heartbeat and vwap.HasField("vwap"):
                    wanted.append(f"{Decimal(vwap.vwap).scaleb(vwap.vwap_exponent).normalize():f}".encode())
                if len(wanted) == 5:
                    break
        found = read(cluster.bootstrap, ["ETH-USD"], lambda found: wanted[-1] in [each.value for each in found])
        values = [each.value for each in found]
        at = values.index(wanted[0])
        assert values[at : at + 5] == wanted
        assert {each.key for each in found} == {b"ETH-USD"}


def trade_of(record: Seen) -> tuple[str, str]:
    trade = market_data.StreamTradesResponse.FromString(record.value or b"").trade
    return trade.venue, trade.trade_id
