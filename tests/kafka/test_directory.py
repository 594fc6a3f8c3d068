"""What is known of a cluster's topics: missing ones are made if that is wanted, or asked for again until they are."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from confluent_kafka import KafkaError, KafkaException

from server.kafka.directory import OFTEN, SELDOM, Directory
from server.kafka.partition import partition


class Cluster:
    """A cluster by hand."""

    def __init__(self, **topics: int) -> None:
        self.topics = topics
        self.makes = True
        self.away = False
        self.asked = 0
        self.made: list[Mapping[str, Mapping[str, str]]] = []

    def partitions(self) -> dict[str, int]:
        self.asked += 1
        if self.away:
            raise KafkaException(KafkaError(KafkaError._TRANSPORT))  # noqa: SLF001 - its public name
        return dict(self.topics)

    def make(self, topics: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
        self.made.append(topics)
        if not self.makes:
            return dict.fromkeys(topics, "not authorized")
        self.topics |= dict.fromkeys(topics, 8)
        return {}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_topics_are_found_and_asked_for_seldom() -> None:
    cluster, clock = Cluster(one=4, other=1), Clock()
    directory = Directory({"one": {}}, create=True, now=clock)
    assert directory.partition("one", "BTC/USDT") is None
    directory.refresh(cluster)
    assert directory.partition("one", "BTC/USDT") == partition("BTC/USDT", 4)
    assert not directory.missing
    clock.now += SELDOM - 1
    directory.refresh(cluster)
    assert (cluster.asked, cluster.made) == (1, [])


def test_missing_topics_are_made_with_their_settings() -> None:
    cluster = Cluster()
    directory = Directory({"ref": {"cleanup.policy": "compact"}, "book": {}}, create=True)
    directory.refresh(cluster)
    assert cluster.made == [{"ref": {"cleanup.policy": "compact"}, "book": {}}]
    assert directory.partition("ref", "BTC/USDT") == partition("BTC/USDT", 8)


def test_a_topic_that_may_not_be_made_is_asked_for_until_somebody_has_made_it(caplog: pytest.LogCaptureFixture) -> None:
    cluster, clock = Cluster(), Clock()
    cluster.makes = False
    directory = Directory({"book": {}}, create=True, now=clock)
    directory.refresh(cluster)
    assert directory.missing == ["book"]
    assert "topic book could not be made: not authorized" in caplog.text
    cluster.topics["book"] = 2
    clock.now += OFTEN
    directory.refresh(cluster)
    assert directory.partition("book", "BTC/USDT") is not None


def test_nothing_is_made_where_that_is_not_wanted() -> None:
    cluster = Cluster()
    directory = Directory({"book": {}}, create=False)
    directory.refresh(cluster)
    assert (cluster.made, directory.missing) == ([], ["book"])


def test_brokers_that_are_away_are_asked_again_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    cluster, clock = Cluster(book=1), Clock()
    cluster.away = True
    directory = Directory({"book": {}}, create=True, now=clock)
    for _ in range(5):
        directory.refresh(cluster)
        clock.now += OFTEN
    assert cluster.asked == 5
    assert caplog.text.count("does not say which topics it has") == 1
    cluster.away = False
    directory.refresh(cluster)
    assert not directory.missing


def test_a_topic_that_gets_more_partitions_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    cluster, clock = Cluster(book=4), Clock()
    directory = Directory({"book": {}}, create=True, now=clock)
    directory.refresh(cluster)
    cluster.topics["book"] = 6
    clock.now += SELDOM
    directory.refresh(cluster)
    assert "topic book has 6 partitions now and had 4" in caplog.text
    assert directory.partition("book", "BTC/USDT") == partition("BTC/USDT", 6)
