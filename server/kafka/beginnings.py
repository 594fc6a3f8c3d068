"""Where reading of a partition begins."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from confluent_kafka import OFFSET_END, Consumer, KafkaError, KafkaException, TopicPartition

ASK = 2.0
"""Seconds for which an answer of the brokers is waited for."""
BACK = 15.0
"""Seconds before now from which on books and trades are read at first: a quiet book is written again within 5 s."""

Beginnings = Callable[[Consumer, str, list[TopicPartition]], list[TopicPartition]]
"""Gives partitions of one kind of topic their offsets. Raises KafkaException."""


class Since:
    """So many seconds before now."""

    def __init__(self, seconds: Mapping[str, float]) -> None:
        """By kind of topic."""
        self._seconds = seconds

    def __call__(self, consumer: Consumer, kind: str, places: list[TopicPartition]) -> list[TopicPartition]:
        """The first records that are as new as that."""
        at = int((time.time() - self._seconds[kind]) * 1000)
        asked = [TopicPartition(place.topic, place.partition, at) for place in places]
        found = []
        for place in consumer.offsets_for_times(asked, timeout=ASK):
            if place.error is not None:
                raise KafkaException(place.error)
            # Nothing is as new as that: what comes from now on is read.
            offset = place.offset if place.offset >= 0 else OFFSET_END
            found.append(TopicPartition(place.topic, place.partition, offset))
        return found


def at_end(consumer: Consumer, kind: str, places: list[TopicPartition]) -> list[TopicPartition]:  # noqa: ARG001
    """What comes from now on, by the number of its offset: what is before can be read up to there."""
    return [TopicPartition(place.topic, place.partition, watermarks(consumer, place)[1]) for place in places]


def watermarks(consumer: Consumer, place: TopicPartition) -> tuple[int, int]:
    """The offset of the first record of a partition, and that of the next one to come. Raises KafkaException."""
    found = consumer.get_watermark_offsets(place, timeout=ASK)
    if found is None:
        raise KafkaException(KafkaError(KafkaError._TIMED_OUT))  # noqa: SLF001 (the client's own name for it)
    return found
