"""Reads the topics: the partitions of some pairs, without a consumer group, from a few seconds before now on."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)  # fmt: skip

from ..errors import ConfigError
from ..logs import about
from ..printable import printable
from ..repeats import Repeats
from .beginnings import ASK, Beginnings
from .client import quiet_logger, words_of
from .contract import KINDS, REF
from .partition import partition
from .settings import KafkaSettings

log = logging.getLogger(__name__)

OFTEN, SELDOM = 1.0, 60.0
"""Seconds between two questions for the topics, while one is missing and after that."""
DEFAULTS: Mapping[str, str | int | bool] = {
    "client.id": "onebook-edge",
    # The client wants a name; nothing is committed, and no group is joined.
    "group.id": "onebook-edge",
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "auto.offset.reset": "earliest",
    "enable.partition.eof": True,
    # A record is handed on as soon as the broker has it.
    "fetch.wait.max.ms": 10,
    "fetch.min.bytes": 1,
    "fetch.error.backoff.ms": 50,
    "queued.max.messages.kbytes": 65_536,
    "topic.metadata.refresh.interval.ms": 10_000,
    "reconnect.backoff.max.ms": 1000,
}
OF_PRODUCERS = ("linger.ms", "batch.", "compression.", "queue.buffering.", "retries", "message.", "enable.idempotence")
"""Settings that consumers do not have."""


class Raw(NamedTuple):
    """A record as it came."""

    kind: str
    key: bytes | None
    value: bytes | None
    time: int = 0
    """When the record was written, milliseconds since 1970 UTC."""


class TopicReader:
    """One consumer. One thread at a time but for what is counted."""

    def __init__(
        self, settings: KafkaSettings, kinds: Iterable[str], begin: Beginnings,
        now: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        """Connects in the background; `kinds` of topics are read, from where `begin` says; that of markets, if it is
        among them, from its beginning. Raises ConfigError for settings that librdkafka does not take."""
        self.trouble = ""
        """What the client said last of the brokers, for people; empty since the last record."""
        self._settings = settings
        self._begin = begin
        self._now = now
        self._kinds = {settings.prefix + KINDS[kind].topic: kind for kind in kinds}
        self._counts: dict[str, int] = {}
        """Partitions by topic."""
        self._pairs: frozenset[str] = frozenset()
        self._assigned: set[tuple[str, int]] = set()
        self._ended: set[tuple[str, int]] = set()
        """Partitions that were read to their end once."""
        self._begun: dict[tuple[str, int], int] = {}
        """By partition: the offset at which reading began; below 0: librdkafka's words for the beginning or the end."""
        self._due = now()
        self._changed = True
        self._repeats = Repeats()
        self._consumer = consumer_of(settings, DEFAULTS, self._error)

    @property
    def missing(self) -> list[str]:
        """The topics that are not there."""
        return [topic for topic in self._kinds if topic not in self._counts]

    @property
    def references_read(self) -> bool:
        """Whether the topic of markets was read to its end."""
        topic = self._settings.prefix + REF.topic
        return bool(self._counts.get(topic)) and all((topic, n) in self._ended for n in range(self._counts[topic]))

    def follow(self, pairs: frozenset[str]) -> None:
        """Reads the partitions of these pairs from now on. The topic of markets is read in any case."""
        self._changed = self._changed or pairs != self._pairs
        self._pairs = pairs

    def read(self, seconds: float, most: int = 2000) -> Iterator[Raw]:
        """Waits at most so long for a record, then returns what has come. A question to the brokers may take longer."""
        self._refresh()
        message = self._consumer.poll(seconds)
        for _ in range(most):
            if message is None:
                return
            raw = self._taken(message)
            if raw is not None:
                yield raw
            message = self._consumer.poll(0)

    def place(self, kind: str, pair: str, *, begun: bool) -> TopicPartition | None:
        """The partition of a pair, with the offset at which reading has begun there, or up to which it was read by now;
        None before reading has begun."""
        topic = self._settings.prefix + KINDS[kind].topic
        number = partition(pair, self._counts.get(topic) or 1)
        if (topic, number) not in self._assigned:
            return None
        first = self._begun[topic, number]
        at = first if begun else self._consumer.position([TopicPartition(topic, number)])[0].offset
        return TopicPartition(topic, number, max(at, first))

    def lag(self) -> int:
        """Records that the brokers have and that were not read, as far as they have said."""
        behind = 0
        for place in self._consumer.position([TopicPartition(*each) for each in self._assigned]):
            known = self._consumer.get_watermark_offsets(place, cached=True)
            if known is not None and place.offset >= 0:
                behind += max(0, known[1] - place.offset)
        return behind

    def close(self) -> None:
        """Ends the connections."""
        self._consumer.close()

    def _taken(self, message: Message) -> Raw | None:
        topic, error = message.topic() or "", message.error()
        if error is None:
            self.trouble = ""
            key, value = message.key(), message.value()
            return Raw(self._kinds.get(topic, ""), as_bytes(key), as_bytes(value), message.timestamp()[1])
        if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 (the client's own name for it)
            self._ended.add((topic, message.partition() or 0))
        else:
            self._error(error)
        return None

    def _refresh(self) -> None:
        """Looks at the topics if that is due, and reads the partitions that are wanted and not read yet."""
        now = self._now()
        if now >= self._due:
            self._look()
            self._due = now + (OFTEN if self.missing else SELDOM)
        if self._changed:
            try:
                self._assign()
                self._changed = False
            except KafkaException as error:
                self._error(error.args[0])

    def _look(self) -> None:
        try:
            found = self._consumer.list_topics(timeout=ASK).topics
        except KafkaException as error:
            self._error(error.args[0])
            return
        counts = {name: len(found[name].partitions) for name in self._kinds if name in found and not found[name].error}
        counts = {name: count for name, count in counts.items() if count}
        if counts != self._counts:
            self._counts, self._changed = counts, True
        if self.missing and self._repeats.admit("missing") is not None:
            log.warning("Kafka: topics are missing: %s", ", ".join(self.missing), extra=about("kafka_topics"))

    def _assign(self) -> None:
        wanted = set(self._wanted())
        gone, new = self._assigned - wanted, wanted - self._assigned
        places = self._beginnings(new)
        if gone:
            self._consumer.incremental_unassign([TopicPartition(*each) for each in gone])
            self._ended -= gone
            for each in gone:
                del self._begun[each]
        if places:
            self._consumer.incremental_assign(places)
            self._begun.update({(place.topic, place.partition): place.offset for place in places})
        self._assigned = wanted

    def _wanted(self) -> Iterator[tuple[str, int]]:
        for topic, count in self._counts.items():
            every = self._kinds[topic] == REF.name
            numbers = range(count) if every else {partition(pair, count) for pair in self._pairs}
            yield from ((topic, number) for number in numbers)

    def _beginnings(self, new: set[tuple[str, int]]) -> list[TopicPartition]:
        """Where reading begins. Raises KafkaException."""
        places = []
        for kind in set(self._kinds.values()):
            of_kind = [TopicPartition(topic, number) for topic, number in new if self._kinds[topic] == kind]
            if kind == REF.name:
                places += [TopicPartition(place.topic, place.partition, OFFSET_BEGINNING) for place in of_kind]
            elif of_kind:
                places += self._begin(self._consumer, kind, of_kind)
        return places

    def _error(self, error: KafkaError) -> None:
        self.trouble = printable(error.str())
        if self._repeats.admit(error.name()) is not None:
            log.warning("Kafka at %s: %s", self._settings.bootstrap, self.trouble, extra=about("kafka_trouble"))


def consumer_of(
    settings: KafkaSettings, defaults: Mapping[str, str | int | bool], error: Callable[[KafkaError], None]
) -> Consumer:
    """A consumer of these brokers; `error` hears what goes wrong. Raises ConfigError."""
    given = {name: value for name, value in settings.properties.items() if not name.startswith(OF_PRODUCERS)}
    try:
        return Consumer(
            {**defaults, **given, "bootstrap.servers": settings.bootstrap, "error_cb": error}, logger=quiet_logger()
        )
    except (KafkaException, ValueError, TypeError) as failure:
        raise ConfigError(f"kafka: {words_of(failure)}", ("kafka",)) from None


def as_bytes(given: str | bytes | None) -> bytes | None:
    """A key or a value as it came: the client's types allow for text."""
    return given.encode() if isinstance(given, str) else given
