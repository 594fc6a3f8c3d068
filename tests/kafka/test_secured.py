"""Apache Kafka with SASL, TLS and rights: what onebook may not do is said, and holds up nothing else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest
from confluent_kafka.cimpl import NewTopic

from server.kafka.settings import KafkaSettings
from tests.waiting import eventually

from .real_cluster import missing
from .rig import Rig
from .secured_broker import SecuredBroker, secured_broker
from .test_apache import NOT_INSTALLED

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def broker() -> Iterator[SecuredBroker]:
    absent = missing()
    if absent and (os.environ.get("CI") != "true" or os.environ.get(NOT_INSTALLED)):
        pytest.skip(f"{absent} is not installed")
    with secured_broker() as made:
        topics = [NewTopic(f"{prefix}.md.{name}.v1", 2, 1) for prefix in ("may", "not") for name in ("trade", "stat")]
        admin = made.admin()
        for answer in admin.create_topics(topics).values():
            answer.result(20)
        made.allow("may.")
        yield made


def settings_of(broker: SecuredBroker, prefix: str, **properties: str) -> KafkaSettings:
    given = {name: str(value) for name, value in broker.properties().items()} | properties
    return KafkaSettings(
        broker.bootstrap, prefix=prefix, topics=("trade", "stat"), create=False, interval_ms=10, properties=given
    )


def test_records_arrive_by_sasl_over_tls(broker: SecuredBroker) -> None:
    rig = Rig(settings_of(broker, "may."))
    try:
        eventually(lambda: rig.markets[0].watched >= 2)
        rig.trade(1)
        eventually(lambda: rig.publisher.pump.counters.acknowledged["trade"] == 1)
        eventually(lambda: rig.publisher.pump.counters.acknowledged["stat"])
    finally:
        rig.close()


def test_a_wrong_password_is_said_without_the_password(broker: SecuredBroker, caplog: pytest.LogCaptureFixture) -> None:
    rig = Rig(settings_of(broker, "may.", **{"sasl.password": "wrong-secret"}))
    try:
        eventually(lambda: "uthentication failed" in rig.publisher.pump.trouble)
    finally:
        rig.close()
    assert "Kafka at" in caplog.text
    assert "wrong-secret" not in caplog.text


def test_a_broker_of_another_authority_is_not_talked_to(broker: SecuredBroker) -> None:
    given = settings_of(broker, "may.")
    others = {name: value for name, value in given.properties.items() if name != "ssl.ca.location"}
    rig = Rig(replace(given, properties=others))
    try:
        eventually(lambda: "certificate" in rig.publisher.pump.trouble.lower())
        rig.trade(1)
        assert not rig.publisher.pump.counters.acknowledged
    finally:
        rig.close()


def test_topics_without_a_right_are_tried_again_until_there_is_one(
    broker: SecuredBroker, caplog: pytest.LogCaptureFixture
) -> None:
    rig = Rig(settings_of(broker, "not."))
    pump = rig.publisher.pump
    try:
        eventually(lambda: rig.markets[0].watched >= 2)
        for number in range(3):
            rig.trade(number)
        eventually(lambda: "not.md.trade.v1" in caplog.text or pump.counters.repeated["trade"])
        assert not pump.counters.acknowledged
        broker.allow("not.")
        eventually(lambda: pump.counters.acknowledged["trade"] == 3)
        assert not pump.counters.refused
    finally:
        rig.close()
