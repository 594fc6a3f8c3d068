"""What is counted of the way into Kafka is on the page, by kind of topic."""

from __future__ import annotations

from typing import Any

from server.kafka.counters import Counters
from server.metrics.kafka_metrics import METRICS, kafka_samples


class Pump:
    """What the samples are read from."""

    def __init__(self) -> None:
        self.counters = Counters()
        self.waiting = 3
        self.trouble = ""


def values(pump: Any) -> dict[tuple[str, ...], float]:
    return {(sample.metric.name, *sample.labels): sample.value for sample in kafka_samples(pump)}


def test_every_counter_is_shown() -> None:
    pump = Pump()
    for number, name in enumerate(("acknowledged", "bytes", "repeated", "refused", "reopened"), 1):
        getattr(pump.counters, name)["trade"] = number
    pump.counters.latency, pump.counters.restarts = 0.25, 7
    found = values(pump)
    assert {name for name, *_ in found} == {metric.name for metric in METRICS}
    assert found == {
        ("onebook_kafka_records_total", "trade"): 1,
        ("onebook_kafka_bytes_total", "trade"): 2,
        ("onebook_kafka_repeated_records_total", "trade"): 3,
        ("onebook_kafka_refused_records_total", "trade"): 4,
        ("onebook_kafka_reopened_streams_total", "trade"): 5,
        ("onebook_kafka_waiting_records",): 3,
        ("onebook_kafka_reached",): True,
        ("onebook_kafka_acknowledgement_seconds",): 0.25,
        ("onebook_kafka_client_restarts_total",): 7,
    }


def test_trouble_is_a_value() -> None:
    pump = Pump()
    pump.trouble = "1/1 brokers are down"
    assert values(pump)[("onebook_kafka_reached",)] is False
