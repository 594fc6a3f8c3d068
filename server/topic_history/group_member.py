"""A member of a consumer group that writes rows: offsets are committed when the rows are on a disk, never before.

A record is read at least once. Its rows have keys that follow from the record alone, so that the store has them once.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from ..edge.decoder import RecordError
from ..errors import OnebookError
from ..history.errors import NumberError
from ..history_source.row_drain import RowWriter
from ..kafka.client import words_of
from ..kafka.contract import KINDS
from ..kafka.settings import KafkaSettings
from ..kafka.topic_reader import as_bytes, consumer_of
from ..logs import about
from ..printable import printable
from ..repeats import Repeats
from .record_rows import RecordRows

log = logging.getLogger(__name__)

BATCH = 2_000
"""Records that are taken at a time."""
POLL = 0.2
SAVE_EVERY = 5.0
"""Seconds between two commits: so much comes again after a crash."""
MOST_UNSAVED = 100_000
"""Records after which rows are saved before that: writers keep twice as many rows in memory."""
RETRY = 1.0
DEFAULTS: Mapping[str, str | int | bool] = {
    "client.id": "onebook-recorder",
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    # A group that is new begins with what the topics have.
    "auto.offset.reset": "earliest",
    # Partitions of one number are of the same markets: one recorder has all topics of a market.
    "partition.assignment.strategy": "range",
    "queued.max.messages.kbytes": 65_536,
    "topic.metadata.refresh.interval.ms": 10_000,
    "reconnect.backoff.max.ms": 1000,
}
OWN = ("group.id", "enable.auto.commit", "enable.auto.offset.store", "partition.assignment.strategy")
"""Settings that the command may not be given: what it promises stands on them."""
_PASSING = frozenset({
    KafkaError._ALL_BROKERS_DOWN, KafkaError._TRANSPORT, KafkaError._PARTITION_EOF,  # noqa: SLF001 (their public names)
    KafkaError.UNKNOWN_TOPIC_OR_PART,
})  # fmt: skip


class GroupMember:
    """One consumer and the writers of its rows, for one thread."""

    def __init__(
        self, settings: KafkaSettings, group: str, writers: Sequence[RowWriter],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        """Joins the group in the background; `settings.topics` are the kinds that are written. Raises ConfigError."""
        self.written: Counter[str] = Counter()
        """Records whose rows were handed to the writers, by kind of topic."""
        self.left_out: Counter[str] = Counter()
        """Records that break the contract, or that no row can keep."""
        self.trouble = ""
        """Why nothing is written now, for people."""
        self._settings, self._writers, self._monotonic = settings, writers, monotonic
        self._kinds = {settings.prefix + KINDS[name].topic: name for name in settings.topics}
        self._rows = RecordRows()
        self._read: dict[tuple[str, int], int] = {}
        """By partition: the offset behind the last record whose rows the writers have and that is not committed."""
        self._unsaved = 0
        self._saved_at = monotonic()
        self._paused = False
        self._repeats = Repeats()
        self._consumer: Consumer = consumer_of(settings, {**DEFAULTS, "group.id": group}, self._error)
        self._consumer.subscribe([*self._kinds], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._lost)

    @property
    def partitions(self) -> list[tuple[str, int]]:
        """What this member has of the topics now."""
        return sorted((each.topic, each.partition) for each in self._consumer.assignment())

    def turn(self) -> None:
        """Takes records, and saves their rows when that is due. While rows cannot be written, none are taken."""
        blocked = next((str(each.blocked) for each in self._writers if each.blocked is not None), "")
        self._pause(blocked)
        for message in self._consumer.consume(BATCH, RETRY if blocked else POLL):
            self._take(message)
        due = self._monotonic() - self._saved_at >= (RETRY if blocked else SAVE_EVERY)
        if due or self._unsaved >= MOST_UNSAVED:
            self.save()
        else:
            for writer in self._writers:
                writer.turn()

    def save(self) -> bool:
        """Brings all rows to a disk, then commits; False: rows wait, and what was read comes again after a crash."""
        self._saved_at = self._monotonic()
        try:
            for writer in self._writers:
                writer.save()
        except OnebookError as error:
            self._say("rows cannot be written", str(error))
            return False
        self._unsaved = 0
        return self._commit()

    def close(self) -> None:
        """Saves, leaves the group, and ends. The writers are the caller's."""
        self.save()
        self._consumer.close()

    # -- offsets -----------------------------------------------------------------------------------------------------

    def _commit(self) -> bool:
        if not self._read:
            return True
        places = [TopicPartition(*place, offset) for place, offset in self._read.items()]
        try:
            self.commit(places)
        except KafkaException as error:
            # The rows are there: the records come again, to this member or to another one.
            self._say("the offsets cannot be committed", words_of(error))
            return False
        self._read.clear()
        self.trouble = ""
        return True

    def commit(self, places: list[TopicPartition]) -> None:
        """Waits for the brokers. Raises KafkaException."""
        for place in self._consumer.commit(offsets=places, asynchronous=False) or ():
            if place.error is not None:
                raise KafkaException(place.error)

    def _assigned(self, _consumer: Consumer, places: list[TopicPartition]) -> None:
        log.info("%d partitions are recorded from now on", len(places), extra=about("recorder_partitions"))
        self._paused = False

    def _revoked(self, _consumer: Consumer, places: list[TopicPartition]) -> None:
        """Partitions go to another member: what was read of them is saved first."""
        self.save()
        self._forget(places)

    def _lost(self, _consumer: Consumer, places: list[TopicPartition]) -> None:
        """Another member has them already: it reads again what was not committed."""
        self._forget(places)

    def _forget(self, places: list[TopicPartition]) -> None:
        for place in places:
            self._read.pop((place.topic, place.partition), None)

    # -- records -----------------------------------------------------------------------------------------------------

    def _take(self, message: Message) -> None:
        topic, error = message.topic() or "", message.error()
        if error is not None:
            self._error(error)
            return
        kind = self._kinds[topic]
        try:
            rows = self._rows.of(kind, as_bytes(message.key()), as_bytes(message.value()))
        except (RecordError, NumberError) as failure:
            self.left_out[kind] += 1
            self._say(f"a record of {topic} is left out", str(failure))
        else:
            for writer in self._writers:
                writer.add(rows)
            self.written[kind] += 1
        self._read[topic, message.partition() or 0] = (message.offset() or 0) + 1
        self._unsaved += 1

    def _pause(self, blocked: str) -> None:
        """While no row can be written, records wait at the brokers; the member stays in the group."""
        if blocked:
            self._say("rows cannot be written", blocked)
        if bool(blocked) == self._paused:
            return
        assigned = self._consumer.assignment()
        if blocked:
            self._consumer.pause(assigned)
        else:
            self._consumer.resume(assigned)
        self._paused = bool(blocked)

    def _error(self, error: KafkaError) -> None:
        """Raises nothing: the client goes on by itself."""
        what = "Kafka" if error.code() in _PASSING else "Kafka refuses"
        self._say(what, error.str())

    def _say(self, what: str, why: str) -> None:
        self.trouble = printable(f"{what}: {why}")
        if self._repeats.admit(what) is not None:
            log.warning("%s", self.trouble, extra=about("recorder_trouble"))
