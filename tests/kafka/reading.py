"""Reads records of a cluster, as a program of a user would."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition


class Seen(NamedTuple):
    """One record."""

    topic: str
    partition: int
    key: bytes
    value: bytes | None
    headers: dict[str, bytes]


def read(
    bootstrap: str, topics: Iterable[str], enough: Callable[[list[Seen]], bool], seconds: float = 30.0
) -> list[Seen]:
    """All records from the beginning on, until there are enough of them."""
    consumer = Consumer({
        "bootstrap.servers": bootstrap,
        "group.id": f"tests-{time.monotonic_ns()}",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "fetch.wait.max.ms": 10,
        "topic.metadata.refresh.interval.ms": 500,
    })  # fmt: skip
    known = consumer.list_topics(timeout=10).topics
    # Without a group: nothing is waited for before the first record.
    consumer.assign([
        TopicPartition(topic, number, OFFSET_BEGINNING) for topic in topics for number in known[topic].partitions
    ])  # fmt: skip
    found: list[Seen] = []
    deadline = time.monotonic() + seconds
    try:
        while time.monotonic() < deadline:
            message = consumer.poll(0.1)
            if message is None or message.error() is not None:
                if enough(found):
                    return found
                continue
            given: Any = message.headers() or []
            made: tuple[Any, ...] = message.topic(), message.partition(), message.key(), message.value(), dict(given)
            found.append(Seen(*made))
            if enough(found):
                return found
    finally:
        consumer.close()
    kinds = sorted({(each.topic, each.key) for each in found})
    raise AssertionError(f"not enough after {seconds} s: {len(found)} records of {kinds}")
