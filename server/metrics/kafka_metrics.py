"""Metrics of the way into Kafka. The labels are kinds of topics: book, trade, candle, stat, quality, ref, text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from .metric import Metric, Sample

if TYPE_CHECKING:
    from ..kafka.pump import Pump

_KIND = ("kind",)
ARRIVED = Metric("counter", "onebook_kafka_records_total", "Records that the brokers have acknowledged.", _KIND)
BYTES = Metric("counter", "onebook_kafka_bytes_total", "Bytes of their keys and values.", _KIND)
WAITING = Metric("gauge", "onebook_kafka_waiting_records", "Records that are not acknowledged.")
REPEATED = Metric("counter", "onebook_kafka_repeated_records_total", "Records sent again after an error.", _KIND)
REFUSED = Metric("counter", "onebook_kafka_refused_records_total", "Records lost, as no broker takes them.", _KIND)
REOPENED = Metric(
    "counter", "onebook_kafka_reopened_streams_total", "Streams that began again, as too much waited in them.", _KIND
)
REACHED = Metric("gauge", "onebook_kafka_reached", "0 while the client reports trouble with the brokers.")
LATENCY = Metric("gauge", "onebook_kafka_acknowledgement_seconds", "Time to the newest acknowledgement.")
RESTARTS = Metric("counter", "onebook_kafka_client_restarts_total", "Times that the client was made anew.")

METRICS = (ARRIVED, BYTES, WAITING, REPEATED, REFUSED, REOPENED, REACHED, LATENCY, RESTARTS)


def kafka_samples(pump: Pump) -> Iterator[Sample]:
    """All values of a pump now."""
    counters = pump.counters
    by_kind: tuple[tuple[Metric, Mapping[str, int]], ...] = (
        (ARRIVED, counters.acknowledged), (BYTES, counters.bytes), (REPEATED, counters.repeated),
        (REFUSED, counters.refused), (REOPENED, counters.reopened),
    )  # fmt: skip
    for metric, values in by_kind:
        for kind, value in sorted(dict(values).items()):
            yield Sample(metric, value, (kind,))
    yield Sample(WAITING, pump.waiting)
    yield Sample(REACHED, not pump.trouble)
    yield Sample(LATENCY, counters.latency)
    yield Sample(RESTARTS, counters.restarts)
