"""What Kafka needs is loaded only by a server that has brokers."""

from __future__ import annotations

import subprocess
import sys

import pytest

from server.errors import ConfigError
from server.kafka.settings import KafkaSettings

from .rig import Rig


def test_a_server_without_kafka_does_not_load_its_package() -> None:
    program = "import sys, server.app; sys.exit('confluent_kafka' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_settings_that_librdkafka_does_not_take_are_one_error() -> None:
    with pytest.raises(ConfigError, match="kafka: No such configuration property"):
        Rig(KafkaSettings("localhost:1", properties={"no.such.thing": "1"}))
