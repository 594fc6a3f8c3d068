"""Against Apache Kafka itself: two brokers, of which one dies."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import grpc
import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import ConfigResource
from confluent_kafka.cimpl import NewTopic

from onebook.v1 import analytics_pb2, analytics_pb2_grpc
from onebook.v1.market_data_pb2 import StreamTradesResponse
from server.kafka.partition import partition
from server.kafka.settings import KafkaSettings
from tests.e2e.edges import Trades, edge, live, place_of, qualities, same_candles
from tests.e2e.processes import Server, Yard
from tests.waiting import eventually

from .reading import Seen, read
from .real_cluster import BROKERS, Node, RealCluster, missing, real_cluster
from .rig import Rig

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

NOT_INSTALLED = "ONEBOOK_NO_KAFKA_BROKER"
"""Set by CI where Java and Maven could not be installed: only then may CI leave these tests out."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[RealCluster]:
    """One for all tests of this file. Where it cannot be had the tests are skipped, but not in CI."""
    absent = missing()
    if absent and (os.environ.get("CI") != "true" or os.environ.get(NOT_INSTALLED)):
        pytest.skip(f"{absent} is not installed")
    assert not absent, f"{absent} must be installed where CI is true"
    with real_cluster() as made:
        yield made


def settings_of(cluster: RealCluster, prefix: str) -> KafkaSettings:
    return KafkaSettings(cluster.bootstrap, prefix=prefix, partitions=6, interval_ms=10)


def ids(found: list[Seen]) -> Counter[str]:
    return Counter(StreamTradesResponse.FromString(each.value or b"").trade.trade_id for each in found)


def test_missing_topics_are_made_with_their_partitions_and_compaction(cluster: RealCluster) -> None:
    rig = Rig(replace(settings_of(cluster, "made."), topics=("ref", "book")))
    topics = [rig.topic("ref"), rig.topic("book")]
    try:
        eventually(lambda: rig.publisher.pump.counters.acknowledged["ref"])
        eventually(lambda: rig.publisher.pump.counters.acknowledged["book"] > 1)
    finally:
        rig.close()
    admin = AdminClient({"bootstrap.servers": cluster.bootstrap})
    known = admin.list_topics(timeout=10).topics
    assert [len(known[topic].partitions) for topic in topics] == [6, 6]
    policies = []
    for topic in topics:
        (answer,) = admin.describe_configs([ConfigResource(ConfigResource.Type.TOPIC, topic)]).values()
        policies.append(answer.result(10)["cleanup.policy"].value)
    assert policies == ["compact", "delete"]


def test_a_broker_that_dies_costs_no_trade_and_none_comes_twice(cluster: RealCluster) -> None:
    rig = Rig(replace(settings_of(cluster, "killed."), topics=("trade",)))
    pump, count = rig.publisher.pump, 3000
    try:
        eventually(lambda: rig.markets[0].watched)
        rig.trade(0)
        eventually(lambda: pump.counters.acknowledged["trade"] == 1)
        for number in range(1, count):
            rig.trade(number)
            if number == count // 3:
                leader(cluster, rig.topic("trade")).kill()
            eventually(lambda: pump.waiting < 200)
        eventually(lambda: pump.counters.acknowledged["trade"] == count)
        found = read(cluster.bootstrap, [rig.topic("trade")], lambda found: len(found) >= count)
    finally:
        rig.close()
        begin_anew(cluster)
    assert ids(found) == {str(number): 1 for number in range(count)}
    partitions = {each.partition for each in found}
    assert len(partitions) == 1
    sequences = [StreamTradesResponse.FromString(each.value or b"").trade.header.sequence for each in found]
    assert sequences == sorted(sequences), "in their order"
    assert not pump.counters.lost


def leader(cluster: RealCluster, topic: str) -> Node:
    """The node that leads the partition of the only pair."""
    found = AdminClient({"bootstrap.servers": cluster.bootstrap}).list_topics(timeout=10).topics[topic].partitions
    return cluster.nodes[found[partition("BTC/USDT", len(found))].leader]


def test_a_record_that_the_broker_finds_too_large_is_counted_and_the_next_one_arrives(cluster: RealCluster) -> None:
    settings = replace(settings_of(cluster, "small."), topics=("trade", "stat"), create=False)
    admin = AdminClient({"bootstrap.servers": cluster.bootstrap})
    small = {"max.message.bytes": "100"}
    made = admin.create_topics([
        NewTopic("small.md.trade.v1", 1, 1, config=small), NewTopic("small.md.stat.v1", 1, 1),
    ])  # fmt: skip
    for answer in made.values():
        answer.result(10)
    rig = Rig(settings)
    counters = rig.publisher.pump.counters
    try:
        eventually(lambda: counters.acknowledged["stat"])
        rig.trade(1)
        eventually(lambda: counters.refused["trade"] == 1)
        rig.fill("alpha", "10.00", "10.10")
        before = counters.acknowledged["stat"]
        eventually(lambda: counters.acknowledged["stat"] > before)
    finally:
        rig.close()


def test_topics_that_nobody_may_make_are_waited_for(cluster: RealCluster) -> None:
    rig = Rig(replace(settings_of(cluster, "late."), topics=("trade",), create=False))
    try:
        eventually(lambda: rig.markets[0].watched)
        for number in range(5):
            rig.trade(number)
        admin = AdminClient({"bootstrap.servers": cluster.bootstrap})
        (made,) = admin.create_topics([NewTopic("late.md.trade.v1", 2, 2)]).values()
        made.result(10)
        found = read(cluster.bootstrap, ["late.md.trade.v1"], lambda found: len(found) >= 5)
    finally:
        rig.close()
    assert ids(found) == {str(number): 1 for number in range(5)}


def test_an_edge_begins_before_now(cluster: RealCluster, tmp_path: Path) -> None:
    """These brokers know which record was the first after a time: an edge has trades of before its start."""
    yard = Yard(tmp_path)
    try:
        # So few trades that the newest 2,000 reach back to before the start for a minute.
        simulator = yard.simulator("--venues", "binance", "--rate", "15")
        source: Server = yard.serve(simulator, "--kafka", cluster.bootstrap)
        with Trades(source) as there:
            eventually(lambda: len(there.ids) > 50, "trades")
            started = time.time_ns()
            shown = edge(yard, cluster.bootstrap)
            eventually(lambda: live(shown), "a live book at the edge")
            eventually(lambda: 0 < first_trade_at(shown, "binance") < started, "trades of before the start")
            eventually(lambda: same_candles(shown, source, "binance", started), "equal candles")

            def equal() -> bool:
                here, there = (qualities(server)["binance"] for server in (shown, source))
                return place_of(here) == place_of(there) and here.digest == there.digest != 0

            eventually(equal, "the same digest at the same number")
            cluster.nodes[BROKERS[0]].kill()
            with Trades(shown) as here:
                eventually(lambda: len(here.ids) > 100, "trades after a broker has died")
            assert here.repeated == []
    finally:
        yard.close()


def first_trade_at(server: Server, venue: str) -> int:
    """When the first of the newest trades was received (nanoseconds UTC)."""
    request = analytics_pb2.GetTradeVwapRequest(venue=venue, trades=2000)
    with grpc.insecure_channel(server.address) as channel:
        answer = analytics_pb2_grpc.AnalyticsServiceStub(channel).GetTradeVwap(request)
    return int(answer.vwap.first_trade_time_nanos)


def begin_anew(cluster: RealCluster) -> None:
    """Starts the brokers that were killed."""
    for number in BROKERS:
        if not cluster.nodes[number].running:
            cluster.nodes[number].start()
    cluster.wait(len(BROKERS))
