"""Recorders of one group on real brokers: nothing is lost, and what is read twice is in the store once."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from confluent_kafka import KafkaError, KafkaException, Producer, TopicPartition

from server.history.day_reader import Source
from server.history.errors import HistoryError, Trouble
from server.history.intake import Row
from server.history.store import HistoryStore
from server.history.writer import HistoryWriter
from server.kafka.contract import KINDS
from server.kafka.partition import partition
from server.kafka.settings import KafkaSettings
from server.topic_history import group_member
from server.topic_history.group_member import GroupMember
from tests.kafka.mock_cluster import MockCluster, mock_cluster
from tests.waiting import eventually

from .records import KEY, MARKET, NOW, candle, trade

PARTITIONS = 2
_NUMBERS = itertools.count()
QUICK = {"session.timeout.ms": "6000", "heartbeat.interval.ms": "100", "fetch.wait.max.ms": "10"}


@pytest.fixture(scope="module")
def cluster() -> Iterator[MockCluster]:
    with mock_cluster() as made:
        made.command("join_delay 100")
        yield made


class Rig:
    """Topics of a prefix of their own, a store, and members that write into it in turns."""

    def __init__(self, cluster: MockCluster, folder: Path) -> None:
        prefix = f"recorded{next(_NUMBERS)}."
        self.settings = KafkaSettings(cluster.bootstrap, ("trade", "candle"), prefix, properties=QUICK)
        for kind in self.settings.topics:
            cluster.create(prefix + KINDS[kind].topic, PARTITIONS)
        self.producer = Producer({"bootstrap.servers": cluster.bootstrap, "linger.ms": 0})
        self.folder = folder
        self.writer = HistoryWriter(folder)

    def write(self, kind: str, *values: bytes, where: int | None = None) -> None:
        at = partition(MARKET, PARTITIONS) if where is None else where
        for value in values:
            self.producer.produce(self.settings.prefix + KINDS[kind].topic, value, KEY, at)
        self.producer.flush(10)

    def member(self) -> GroupMember:
        return GroupMember(self.settings, f"{self.settings.prefix}group", [self.writer])

    def trades(self) -> list[int]:
        found = HistoryStore(self.folder).trades(Source("binance", *MARKET.split("/")), 0, NOW + 10**12, limit=1000)
        return [int(row.trade_id) for row in found.rows]


def read(members: Iterable[GroupMember], count: int) -> bool:
    """A turn of all; whether they have read so many trades together."""
    for member in members:
        member.turn()
    return sum(member.written["trade"] for member in members) >= count


def test_records_are_rows_and_the_next_member_goes_on_behind_them(cluster: MockCluster, tmp_path: Path) -> None:
    rig = Rig(cluster, tmp_path)
    rig.write("trade", *map(trade, range(20)), b"\xff")
    rig.write("candle", candle(venue="binance"))
    first = rig.member()
    eventually(lambda: read([first], 20) and first.written["candle"] == 1, "the records")
    assert first.left_out["trade"] == 1
    first.close()
    assert rig.trades() == list(range(20))
    rig.write("trade", trade(20))
    second = rig.member()
    eventually(lambda: read([second], 1), "the record behind them")
    assert second.save()
    assert second.written["trade"] == 1, "what was committed does not come again"
    second.close()
    assert rig.trades() == list(range(21))


def test_a_commit_that_is_lost_in_a_rebalance_leaves_no_duplicate(
    cluster: MockCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first member has both partitions, and loses one to the second one before its offsets are committed."""
    rig = Rig(cluster, tmp_path)
    for where in range(PARTITIONS):
        rig.write("trade", *(trade(number) for number in range(where, 40, PARTITIONS)), where=where)
    first = rig.member()
    monkeypatch.setattr(first, "commit", lose)
    eventually(lambda: read([first], 40), "all trades")
    assert not first.save()
    assert rig.trades() == list(range(40)), "the rows are on the disk"
    second = rig.member()
    eventually(lambda: read([first, second], 40) and second.partitions and len(first.partitions) == 2, "both have some")
    eventually(lambda: read([first, second], 40) and second.written["trade"] >= 20, "trades that come again")
    topics = [{topic for topic, _ in member.partitions} for member in (first, second)]
    assert topics[0] == topics[1], "all topics of a market are at one member"
    assert set(first.partitions).isdisjoint(second.partitions)
    rig.write("trade", trade(40))
    eventually(lambda: read([first, second], 0) and stored(rig, first, second) == 41, "the newest")
    assert first.written["trade"] + second.written["trade"] > 41, "some were read twice"
    assert rig.trades() == list(range(41))
    second.close()
    first.close()


def stored(rig: Rig, *members: GroupMember) -> int:
    for member in members:
        member.save()
    return len(rig.trades())


def lose(places: list[TopicPartition]) -> None:
    raise KafkaException(KafkaError(KafkaError.ILLEGAL_GENERATION))


class Broken:
    """A disk that is full until it is mended."""

    def __init__(self, writer: HistoryWriter) -> None:
        self._writer = writer
        self.trouble: HistoryError | None = HistoryError("no space", Trouble.FULL)

    @property
    def blocked(self) -> HistoryError | None:
        return self.trouble

    def add(self, rows: Iterable[Row]) -> None:
        self._writer.add(rows)

    def turn(self) -> None:
        """Nothing can be written."""

    def save(self) -> None:
        if self.trouble is not None:
            raise self.trouble
        self._writer.save()

    def close(self) -> None:
        self._writer.close()


def test_while_nothing_can_be_written_nothing_is_read_or_committed(
    cluster: MockCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_member, "RETRY", 0.1)
    rig = Rig(cluster, tmp_path)
    rig.write("trade", trade(1))
    broken = Broken(rig.writer)
    broken.trouble = None
    member = GroupMember(rig.settings, f"{rig.settings.prefix}group", [broken])
    eventually(lambda: read([member], 1), "the first trade")
    broken.trouble = HistoryError("no space", Trouble.FULL)
    assert not member.save()
    rig.write("trade", trade(2))
    for _ in range(5):
        member.turn()
    assert member.written["trade"] == 1
    assert "no space" in member.trouble
    broken.trouble = None
    eventually(lambda: read([member], 2), "the second trade")
    assert member.save()
    assert member.trouble == ""
    member.close()
    assert rig.trades() == [1, 2]
