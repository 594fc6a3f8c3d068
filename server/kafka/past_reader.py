"""Reads a partition from its end to its beginning, chunk by chunk: the newest records come first."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import NamedTuple

from confluent_kafka import KafkaError, KafkaException, Message, TopicPartition

from .beginnings import ASK, watermarks
from .settings import KafkaSettings
from .topic_reader import DEFAULTS, as_bytes, consumer_of

CHUNK = 10_000
"""Records that are read at a time."""
WAIT = 5.0
"""Seconds for which the records of a chunk are waited for."""
SETTINGS: Mapping[str, str | int | bool] = {**DEFAULTS, "queued.max.messages.kbytes": 16_384}


class PastRecord(NamedTuple):
    """A record of the past."""

    key: bytes | None
    value: bytes | None


class Chunk(NamedTuple):
    """Some records, oldest first."""

    records: list[PastRecord]
    since: int
    """Every record that was written from this time on is in this chunk or in those before, milliseconds since 1970 UTC;
    0: this was the first chunk of the partition."""
    begin: int
    """Offset of the first record: the end of the next chunk."""


class PastReader:
    """One consumer, for one thread."""

    def __init__(self, settings: KafkaSettings) -> None:
        """Connects when there is something to read. Raises ConfigError."""
        self._consumer = consumer_of(settings, SETTINGS, lambda _error: None)

    def read(self, topic: str, partition: int, end: int) -> Chunk:
        """The chunk before the offset `end`. Waits. Raises KafkaException: the records did not come."""
        low, _ = watermarks(self._consumer, TopicPartition(topic, partition))
        begin = max(low, end - CHUNK)
        if begin >= end:
            return Chunk([], 0, low)
        self._consumer.assign([TopicPartition(topic, partition, begin)])
        try:
            messages = self._messages(end)
        finally:
            self._consumer.unassign()
        records = [PastRecord(as_bytes(each.key()), as_bytes(each.value())) for each in messages]
        since = messages[0].timestamp()[1] if messages and begin > low else 0
        return Chunk(records, since, begin)

    def close(self) -> None:
        """Ends the connections."""
        self._consumer.close()

    def _messages(self, end: int) -> list[Message]:
        found: list[Message] = []
        deadline = time.monotonic() + WAIT
        while time.monotonic() < deadline:
            for message in self._consumer.consume(CHUNK, ASK / 10):
                error = message.error()
                if error is not None and error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001
                    return found
                if error is not None:
                    raise KafkaException(error)
                if (message.offset() or 0) >= end:
                    return found
                found.append(message)
                if message.offset() == end - 1:
                    return found
        raise KafkaException(KafkaError(KafkaError._TIMED_OUT))  # noqa: SLF001
