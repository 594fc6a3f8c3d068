"""Reading topics of a cluster: the partitions of some pairs, markets from the beginning, and outages."""

from __future__ import annotations

import pytest
from confluent_kafka import Producer

from server.errors import ConfigError
from server.kafka.beginnings import BACK, Since
from server.kafka.contract import KINDS
from server.kafka.partition import partition
from server.kafka.settings import KafkaSettings
from server.kafka.topic_reader import Raw, TopicReader
from tests.waiting import eventually

from .mock_cluster import MockCluster

PARTITIONS = 4
READ = ("book", "trade", "ref")
SINCE = Since({"book": BACK, "trade": BACK})


class Rig:
    """Topics of one prefix, a writer, and a reader."""

    def __init__(self, cluster: MockCluster, prefix: str, *, topics: bool = True) -> None:
        self.cluster, self.prefix = cluster, prefix
        if topics:
            self.make()
        self.producer = Producer({"bootstrap.servers": cluster.bootstrap, "linger.ms": 0})
        self.reader = TopicReader(KafkaSettings(cluster.bootstrap, prefix=prefix), READ, SINCE)
        self.found: list[Raw] = []

    def make(self) -> None:
        for kind in READ:
            self.cluster.create(self.prefix + KINDS[kind].topic, PARTITIONS)

    def write(self, kind: str, pair: str, value: bytes) -> None:
        topic = self.prefix + KINDS[kind].topic
        self.producer.produce(topic, value, f"{pair}|x".encode(), partition(pair, PARTITIONS))
        self.producer.flush(10)

    def values(self, kind: str) -> list[bytes | None]:
        self.found += self.reader.read(0.05)
        return [raw.value for raw in self.found if raw.kind == kind]


def test_markets_are_read_from_the_beginning_and_books_of_wanted_pairs_from_now(own_brokers: MockCluster) -> None:
    rig = Rig(own_brokers, "reader-a.")
    rig.write("ref", "BTC/USDT", b"market")
    eventually(lambda: rig.values("ref") == [b"market"], "the market")
    eventually(lambda: rig.values("ref") and rig.reader.references_read, "the end of the markets")
    other = next(name for name in map("A{}/USDT".format, range(99)) if different(name))
    rig.reader.follow(frozenset(["BTC/USDT"]))
    eventually(lambda: arrives(rig, "BTC/USDT", b"book"), "a book of the pair")
    rig.write("book", other, b"of another partition")
    rig.write("book", "BTC/USDT", b"last")
    eventually(lambda: b"last" in rig.values("book"), "the book after it")
    assert b"of another partition" not in rig.values("book")
    rig.reader.follow(frozenset(["BTC/USDT", other]))
    eventually(lambda: arrives(rig, other, b"more"), "a book of the pair that was added")
    eventually(lambda: not rig.values("none") and rig.reader.lag() == 0, "all records")
    rig.reader.close()


def different(name: str) -> bool:
    return partition(name, PARTITIONS) != partition("BTC/USDT", PARTITIONS)


def arrives(rig: Rig, pair: str, value: bytes) -> bool:
    """The mock cluster knows no offsets by time: reading begins at the end, which is there some time after follow()."""
    rig.write("book", pair, value)
    return value in rig.values("book")


def test_brokers_that_go_away_are_said_and_reading_goes_on_when_they_are_back(own_brokers: MockCluster) -> None:
    rig = Rig(own_brokers, "reader-b.")
    rig.write("ref", "BTC/USDT", b"one")
    eventually(lambda: rig.values("ref") == [b"one"], "the first record")
    own_brokers.down()
    try:
        eventually(lambda: rig.values("ref") and rig.reader.trouble, "words of the client")
    finally:
        own_brokers.up()
    rig.write("ref", "BTC/USDT", b"two")
    eventually(lambda: rig.values("ref") == [b"one", b"two"], "the second record")
    assert not rig.reader.trouble
    rig.reader.close()


def test_topics_that_are_made_later_are_read(own_brokers: MockCluster) -> None:
    rig = Rig(own_brokers, "reader-c.", topics=False)
    assert rig.values("ref") == []
    rig.make()
    rig.write("ref", "BTC/USDT", b"one")
    eventually(lambda: rig.values("ref") == [b"one"], "the record")
    assert rig.reader.missing == []
    rig.reader.close()


def test_settings_of_producers_are_left_out_and_wrong_ones_refused() -> None:
    TopicReader(
        KafkaSettings("127.0.0.1:1", properties={"linger.ms": "5", "compression.type": "lz4"}), READ, SINCE
    ).close()
    with pytest.raises(ConfigError, match="kafka: "):
        TopicReader(KafkaSettings("127.0.0.1:1", properties={"security.protocol": "x"}), READ, SINCE)
