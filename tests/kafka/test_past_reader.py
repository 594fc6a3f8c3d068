"""A partition is read from its end to its beginning."""

from __future__ import annotations

import pytest
from confluent_kafka import KafkaException, Producer

from server.errors import ConfigError
from server.kafka import past_reader
from server.kafka.past_reader import PastReader
from server.kafka.settings import KafkaSettings

from .mock_cluster import MockCluster


def written(cluster: MockCluster, topic: str, count: int) -> KafkaSettings:
    cluster.create(topic, 2)
    producer = Producer({"bootstrap.servers": cluster.bootstrap, "linger.ms": 0})
    for number in range(count):
        producer.produce(topic, str(number), b"key", 1, timestamp=1_000_000 + number)
    producer.flush(10)
    return KafkaSettings(cluster.bootstrap)


def test_chunks_go_back_to_the_first_record(own_brokers: MockCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past_reader, "CHUNK", 4)
    reader = PastReader(written(own_brokers, "past", 12))
    found: list[int] = []
    end, since = 10, 1
    while since:
        chunk = reader.read("past", 1, end)
        values = [int(record.value or b"") for record in chunk.records]
        assert values == list(range(chunk.begin, end)), "oldest first"
        end, since = chunk.begin, chunk.since
        found = values + found
    assert found == list(range(10)), "what is at the end and behind it is read elsewhere"
    assert reader.read("past", 0, 0).since == 0, "an empty partition"
    assert reader.read("past", 1, 6).since == 1_000_002
    reader.close()


def test_records_that_do_not_come_are_an_error(own_brokers: MockCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.kafka.beginnings.ASK", 0.2)
    reader = PastReader(written(own_brokers, "past-away", 3))
    own_brokers.down()
    try:
        with pytest.raises(KafkaException):
            reader.read("past-away", 1, 3)
    finally:
        own_brokers.up()
    reader.close()


def test_wrong_settings_are_refused() -> None:
    with pytest.raises(ConfigError, match="kafka: "):
        PastReader(KafkaSettings("127.0.0.1:1", properties={"security.protocol": "x"}))
