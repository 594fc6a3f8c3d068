"""librdkafka's producer with onebook's settings, against brokers on real sockets."""

from __future__ import annotations

import pytest
from confluent_kafka import KafkaError, KafkaException

from server.errors import ConfigError
from server.kafka.client import Client, is_permanent
from server.kafka.settings import KafkaSettings
from tests.waiting import eventually

from .mock_cluster import MockCluster
from .reading import read


def test_a_record_arrives_with_its_headers_and_is_acknowledged(settings: KafkaSettings) -> None:
    client, arrived = Client(settings), list[KafkaError | None]()
    topic = f"{settings.prefix}md.book.v1"
    assert client.partitions()[topic] == 4
    assert client.produce(topic, 2, b"BTC/USDT|alpha", b"value", b"a.Message", arrived.append)
    eventually(lambda: (client.poll(0.1), arrived)[1])
    assert arrived == [None]
    assert not client.busy
    (seen,) = read(settings.bootstrap, [topic], lambda found: len(found) == 1)
    assert (seen.partition, seen.key, seen.value) == (2, b"BTC/USDT|alpha", b"value")
    assert seen.headers == {"v": b"1", "ct": b"a.Message"}


def test_text_has_no_headers(settings: KafkaSettings) -> None:
    client, topic = Client(settings), f"{settings.prefix}md.stat.v1"
    assert client.produce(topic, 0, b"key", b"1.5", b"", lambda _error: None)
    (seen,) = read(settings.bootstrap, [topic], lambda found: client.poll(0) >= 0 and len(found) == 1)
    assert seen.headers == {}


def test_a_record_that_is_too_large_is_refused_for_good(settings: KafkaSettings) -> None:
    client = Client(settings)
    with pytest.raises(KafkaException) as caught:
        client.produce(f"{settings.prefix}md.book.v1", 0, b"", bytes(3_000_000), b"m", lambda _error: None)
    assert is_permanent(caught.value.args[0])
    assert not is_permanent(KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED))


def test_a_full_client_says_so_at_once() -> None:
    client = Client(KafkaSettings("localhost:1", properties={"queue.buffering.max.kbytes": "1"}))
    taken = [client.produce("t", 0, b"", bytes(700), b"", lambda _error: None) for _ in range(3)]
    assert taken == [True, False, False]
    client.close()
    assert not client.busy


def test_brokers_that_go_away_are_said_and_so_is_their_return(
    own_brokers: MockCluster, caplog: pytest.LogCaptureFixture
) -> None:
    own_brokers.create("t", 1)
    client, arrived = Client(KafkaSettings(own_brokers.bootstrap)), list[KafkaError | None]()
    own_brokers.down()
    assert client.produce("t", 0, b"", b"1", b"", arrived.append)
    eventually(lambda: (client.poll(0.1), client.trouble)[1])
    assert "Kafka at" in caplog.text
    assert not arrived, "the record waits as long as the brokers are away"
    own_brokers.up()
    eventually(lambda: (client.poll(0.1), arrived)[1])
    client.arrived()
    assert (arrived, client.trouble) == ([None], "")
    assert "Kafka takes records again" in caplog.text


def test_topics_that_cannot_be_made_are_said_with_the_reason(own_brokers: MockCluster) -> None:
    # The mock cluster has no request that makes topics: the answer is a time that is over.
    failed = Client(KafkaSettings(own_brokers.bootstrap)).make({"t": {}})
    assert list(failed) == ["t"]
    assert failed["t"]


def test_an_error_of_settings_does_not_show_their_values() -> None:
    wrong = KafkaSettings("localhost:1", properties={"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "x"})
    secret = KafkaSettings("localhost:1", properties={"sasl.password": "hunter2", "ssl.ca.location": "/nowhere.pem"})
    for settings in (wrong, KafkaSettings("localhost:1", properties={"linger.ms": "never"})):
        with pytest.raises(ConfigError, match="^kafka: "):
            Client(settings)
    assert "hunter2" not in repr(secret)
