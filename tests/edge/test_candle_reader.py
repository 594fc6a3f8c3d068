"""The reader of candles on real brokers: the past of every market, then what comes; wrong records cost nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from confluent_kafka import Producer

from server import clock
from server.analytics.candles.candle import Fill
from server.analytics.candles.runtime import CandleRuntime
from server.analytics.intervals import Interval
from server.edge.candle_decoder import CandleSeen
from server.edge.candle_reader import CandleReader
from server.edge.counters import EdgeCounters
from server.edge.market_candles import MarketCandles
from server.kafka import past_reader
from server.kafka.contract import CANDLE
from server.kafka.partition import partition
from server.kafka.record import key_of
from server.kafka.settings import KafkaSettings
from server.market.market import Market
from server.model import Pair
from server.units import SECOND
from tests.analytics.candles.test_published import candle
from tests.kafka.mock_cluster import MockCluster, mock_cluster
from tests.waiting import eventually

from .test_candle_decoder import MARKET, record
from .test_edge import Rig as EdgeRig

PARTITIONS = 2
BTC, ETH = Pair("BTC", "USDT"), Pair("ETH", "USDT")


@pytest.fixture(scope="module")
def cluster() -> Iterator[MockCluster]:
    with mock_cluster() as made:
        yield made


class Rig:
    """A reader of a topic of its own, and a writer of candles of one second."""

    def __init__(self, cluster: MockCluster, prefix: str) -> None:
        self.cluster, self.topic = cluster, prefix + CANDLE.topic
        self.producer = Producer({"bootstrap.servers": cluster.bootstrap, "linger.ms": 0})
        self.counters = EdgeCounters()
        self.reader = CandleReader(KafkaSettings(cluster.bootstrap, prefix=prefix), self.counters, threading.Event())
        self.reader.attach(lambda market: Gathered(self.taken.setdefault(market.name, [])))
        self.taken: dict[str, list[tuple[int, bool]]] = {}
        self.zero = clock.time_ns() // SECOND - 1000

    def create(self) -> None:
        self.cluster.create(self.topic, PARTITIONS)

    def write(self, pair: Pair, *numbers: int, value: bytes | None = None) -> None:
        for number in numbers:
            made = candle(0)
            opened = (self.zero + number) * SECOND
            made = made.__class__(
                Interval.parse("1s"), opened, opened + SECOND, made.open, made.high, made.low, made.close, made.volume,
                made.quote_volume, number, made.state, made.source, 0, said=made.said,
            )  # fmt: skip
            body = record(made, "binance", market=str(pair)) if value is None else value
            where = partition(str(pair), PARTITIONS)
            self.producer.produce(self.topic, body, key_of(str(pair), "binance"), where, timestamp=opened // 10**6)
        self.producer.flush(10)

    def follow(self, *pairs: Pair) -> None:
        self.reader.follow({str(pair): Market(pair, ("binance",), lambda _: None) for pair in pairs})

    def read(self, pair: Pair) -> list[tuple[int, bool]]:
        self.reader.turn()
        return self.taken.get(str(pair), [])


class Gathered(MarketCandles):
    """Remembers which candles came, by the number of their trades, and whether they came from the past."""

    def __init__(self, found: list[tuple[int, bool]]) -> None:
        self._found = found
        self.settled: list[int] = []

    def keeps(self, interval: str, open_time: int) -> bool:
        return interval == "1s" and open_time > 0

    def take(self, seen: CandleSeen, *, past: bool = False) -> bool:
        self._found.append((seen.candle.trades or 0, past))
        return True

    def settle(self, since: int) -> None:
        self.settled.append(since)


def test_the_newest_records_come_first_then_those_before_and_those_that_come(
    cluster: MockCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past_reader, "CHUNK", 3)
    rig = Rig(cluster, "candles-a.")
    rig.create()
    rig.write(BTC, *range(1, 8))
    rig.follow(BTC)
    eventually(lambda: len(rig.read(BTC)) == 7, "the past")
    assert rig.taken["BTC/USDT"] == [(number, True) for number in (5, 6, 7, 2, 3, 4, 1)]
    rig.write(BTC, 8, value=b"\xff\xff")
    rig.write(BTC, 9)
    eventually(lambda: (9, False) in rig.read(BTC), "what comes")
    assert rig.counters.malformed["candle"] == 1
    assert rig.counters.read["candle"] == 8
    rig.reader.stop(0.0)


def test_a_market_that_comes_later_has_its_past_too(cluster: MockCluster) -> None:
    rig = Rig(cluster, "candles-b.")
    rig.create()
    other = next(pair for pair in (Pair(f"A{n}", "USDT") for n in range(9)) if same(pair))
    rig.write(BTC, 1)
    rig.write(other, 2)
    rig.follow(BTC)
    eventually(lambda: rig.read(BTC) == [(1, True)], "the first market")
    rig.write(other, 3)
    rig.follow(BTC, other)
    eventually(lambda: len(rig.read(other)) == 2, "the past of the second market")
    rig.write(other, 4)
    eventually(lambda: sorted(number for number, _ in rig.read(other)) == [2, 3, 4], "what comes, once")
    rig.reader.stop(0.0)


def same(pair: Pair) -> bool:
    """Whether the pair shares a partition with BTC/USDT."""
    return partition(str(pair), PARTITIONS) == partition("BTC/USDT", PARTITIONS)


def test_without_the_topic_and_without_brokers_it_waits(cluster: MockCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.edge.candle_reader.RETRY", 0.01)
    rig = Rig(cluster, "candles-c.")
    rig.follow(BTC)
    assert rig.read(BTC) == []
    rig.create()
    rig.write(BTC, 1)
    cluster.down()
    rig.reader.turn()
    cluster.up()
    eventually(lambda: [number for number, _ in rig.read(BTC)] == [1], "the record")
    rig.reader.stop(0.0)


def test_candles_reach_the_market_of_an_edge(cluster: MockCluster) -> None:
    """With the thread and the real taker, as edge.py puts them together."""
    edge = EdgeRig(cluster, "candles-d.")
    edge.know(MARKET, "binance")
    writer = Rig(cluster, "candles-d.")
    writer.write(BTC, 900, 901, 902)
    registry = edge.serve()
    candles = edge.analytics.of(registry.default).get(CandleRuntime).candles
    second = Interval.parse("1s")

    def trades() -> list[int | None]:
        found = candles.candles("binance", second, writer.zero * SECOND, 2**62, 1000, Fill.NONE, False)
        return [each.trades for each in found]

    eventually(lambda: trades() == [900, 901, 902], trades)
    edge.edge.stop(5.0)
    writer.reader.stop(0.0)
