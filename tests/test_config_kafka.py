"""The settings of Kafka: what is taken, what is refused with which words, and that no secret is shown."""

from __future__ import annotations

from typing import Any

import pytest

from server.check_config import lines
from server.config import build
from server.config_kafka import PASSWORD_VARIABLE, shown
from server.config_source import Origins
from server.errors import ConfigError
from server.kafka.contract import KINDS
from server.kafka.settings import KafkaSettings, VwapTopics
from server.options import Given

PAIRS = {"pairs": ["BTC/USDT"]}
BROKERS = {**PAIRS, "kafka": "one:9092, [::1]:9093"}


def test_without_brokers_there_is_no_kafka() -> None:
    assert build(PAIRS).kafka is None


def test_brokers_alone_are_enough() -> None:
    assert build(BROKERS).kafka == KafkaSettings("one:9092,[::1]:9093")
    assert build(BROKERS).kafka.topics == tuple(KINDS)  # type: ignore[union-attr]


def test_all_settings() -> None:
    settings = {
        **BROKERS,
        "kafka_topics": ["trade", "book", "trade"],
        "kafka_prefix": "prod.",
        "kafka_levels": 20,
        "kafka_interval_ms": 250,
        "kafka_partitions": 12,
        "kafka_replication": 3,
        "kafka_create": False,
        "kafka_properties": {"security.protocol": "SASL_SSL", "linger.ms": 50, "ssl.certificate.verification": True},
        "kafka_vwap": {"ETH/USD": "ETH-USD"},
        "kafka_vwap_trades": 0,
        "kafka_vwap_venue": "coinbase_exchange",
    }
    assert build(settings).kafka == KafkaSettings(
        "one:9092,[::1]:9093", ("trade", "book"), "prod.", 20, 250, 12, 3, False,
        {"security.protocol": "SASL_SSL", "linger.ms": "50", "ssl.certificate.verification": "true"},
        VwapTopics({"ETH/USD": "ETH-USD"}, 0, "coinbase_exchange"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("kafka", "nowhere", "must be addresses of brokers: host:9092,host:9092"),
        ("kafka", "one:9092,", "must be addresses of brokers"),
        ("kafka", "one:0", "must be addresses of brokers"),
        ("kafka", "one:70000", "must be addresses of brokers"),
        ("kafka", 9092, "was not text"),
        ("kafka_topics", ["books"], "there is no 'books'; did you mean book?"),
        ("kafka_topics", "book", "was not a list of some of book, trade"),
        ("kafka_topics", [], "nothing would be sent"),
        ("kafka_prefix", "a b", "must be letters, digits"),
        ("kafka_levels", 0, "must be a whole number from 1"),
        ("kafka_create", "yes", "must be true or false"),
        ("kafka_properties", ["a"], "was not a table"),
        ("kafka_properties", {"enable.idempotence": False}, "is set by onebook itself"),
        ("kafka_properties", {"debug": "all"}, "is set by onebook itself"),
        ("kafka_properties", {"ssl.ca.location": ["x"]}, "must be text, a number, true or false"),
        ("kafka_vwap", {}, "was not a table of topics by pair"),
        ("kafka_vwap", {"ETHUSD": "x"}, "ETHUSD"),
        ("kafka_vwap", {"ETH/USD": "a/b"}, "must be the name of a topic"),
        ("kafka_vwap_trades", True, "must be a number of trades"),
        ("kafka_vwap_trades", 5, "need kafka_vwap"),
        ("kafka_vwap_venue", "nowhere", "unknown venue 'nowhere'"),
    ],
)
def test_what_cannot_work_is_refused_with_its_place(key: str, value: Any, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build({**BROKERS, key: value})
    assert words in str(caught.value)
    assert not str(caught.value).count("\n")


def test_settings_without_brokers_are_refused() -> None:
    with pytest.raises(ConfigError, match='kafka_levels needs the addresses of brokers: kafka = "host:9092"'):
        build({**PAIRS, "kafka_levels": 5})


def test_a_password_comes_from_the_environment_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, "hunter2")
    kafka = build(BROKERS).kafka
    assert kafka is not None
    assert kafka.properties == {"sasl.password": "hunter2"}
    assert "hunter2" not in repr(build(BROKERS))


@pytest.mark.parametrize("name", ["sasl.password", "ssl.key.password", "ssl.key.pem", "sasl.oauthbearer.client.secret"])
def test_no_secret_is_shown(name: str) -> None:
    assert shown({name: "hunter2", "linger.ms": "5"}) == {name: "***", "linger.ms": "5"}
    settings = {**BROKERS, "kafka_properties": {name: "hunter2"}}
    text = "\n".join(line for line, _ in lines(build(settings), Given(settings, Origins())))
    assert "hunter2" not in text
    assert 'kafka = "one:9092, [::1]:9093"' in text
