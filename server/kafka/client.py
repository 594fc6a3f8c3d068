"""librdkafka's producer with onebook's settings: nothing of it waits but where it says so."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from ..errors import ConfigError
from ..logs import about
from ..printable import printable
from ..repeats import Repeats
from .contract import VERSION
from .settings import KafkaSettings

log = logging.getLogger(__name__)

ASK = 2.0
"""Seconds for which an answer about topics is waited for."""
MAKE = 5.0
"""Likewise for topics to be made."""
DEFAULTS: Mapping[str, str | int | bool] = {
    "client.id": "onebook",
    # No record twice and none out of order by the client's own retries.
    "enable.idempotence": True,
    "linger.ms": 5,
    "compression.type": "lz4",
    # A record waits as long as the brokers are away: what may wait is bounded by the streams.
    "message.timeout.ms": 0,
    # What the client may hold in all; its own default is 1 GB.
    "queue.buffering.max.messages": 100_000,
    "queue.buffering.max.kbytes": 65_536,
    # After an outage, the first record within a second.
    "reconnect.backoff.max.ms": 1000,
}
OWN = frozenset({"bootstrap.servers", "enable.idempotence", "message.timeout.ms", "queue.buffering.max.messages"})
"""Settings that the configuration may not give: what onebook promises stands on them."""
_PERMANENT = frozenset({
    KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_MSG_SIZE, KafkaError.RECORD_LIST_TOO_LARGE,
})  # fmt: skip
Delivered = Callable[[KafkaError | None], None]


def is_permanent(error: KafkaError) -> bool:
    """Whether the same record can never be taken."""
    return error.code() in _PERMANENT


class Client:
    """One producer. Thread-safe. Callbacks of produce() are called by poll()."""

    def __init__(self, settings: KafkaSettings) -> None:
        """Connects in the background. Raises ConfigError for settings that librdkafka does not take."""
        self.trouble = ""
        """What the client said last of the brokers, for people; empty since the last record arrived."""
        self.fatal = False
        """The producer cannot go on: it has to be made anew."""
        self._settings = settings
        self._repeats = Repeats()
        self._shared = {**settings.properties, "bootstrap.servers": settings.bootstrap}
        try:
            self._producer = Producer(
                {**DEFAULTS, **self._shared, "error_cb": self._error}, logger=quiet_logger()
            )  # fmt: skip
        except (KafkaException, ValueError, TypeError) as error:
            raise ConfigError(f"kafka: {words_of(error)}", ("kafka",)) from None

    @property
    def busy(self) -> bool:
        """Whether records are under way, or callbacks are to be made."""
        return len(self._producer) > 0

    def produce(
        self, topic: str, partition: int, key: bytes, value: bytes | None, message: bytes, delivered: Delivered
    ) -> bool:
        """Takes a record of this message type (empty: text). False: the client is full. Raises KafkaException for a
        record that it does not take."""
        headers: list[tuple[str, str | bytes | None]] = [("v", VERSION), ("ct", message)] if message else []
        try:
            self._producer.produce(
                topic, value, key, partition, on_delivery=lambda error, _: delivered(error), headers=headers
            )
        except BufferError:
            return False
        return True

    def poll(self, seconds: float) -> int:
        """Waits at most so long for acknowledgements and makes their callbacks; returns their number."""
        return self._producer.poll(seconds)

    def arrived(self) -> None:
        """A record was acknowledged."""
        if self.trouble:
            log.warning("Kafka takes records again", extra=about("kafka_back"))
            self.trouble = ""

    def partitions(self) -> dict[str, int]:
        """The number of partitions of every topic. Waits. Raises KafkaException."""
        topics = self._producer.list_topics(timeout=ASK).topics
        return {name: len(topic.partitions) for name, topic in topics.items() if topic.error is None}

    def make(self, topics: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
        """Makes topics with these settings of theirs; returns why some could not be made. Waits."""
        settings = self._settings
        replication = settings.replication or -1
        wanted = [
            NewTopic(name, settings.partitions, replication, config=dict(config)) for name, config in topics.items()
        ]
        admin = AdminClient(dict(self._shared), logger=quiet_logger())
        failed = {}
        for name, made in admin.create_topics(wanted, operation_timeout=MAKE, request_timeout=MAKE).items():
            try:
                made.result(MAKE + 1)
            except Exception as error:  # noqa: PERF203
                if not _exists(error):
                    failed[name] = words_of(error)
        return failed

    def close(self) -> None:
        """Gives up what has not arrived, with its callbacks."""
        self._producer.purge()
        self._producer.flush(ASK)

    def _error(self, error: KafkaError) -> None:
        """The client's own account of what goes wrong; by poll()."""
        self.fatal = self.fatal or error.fatal()
        self.trouble = printable(error.str())
        if self._repeats.admit(error.name()) is not None:
            log.warning("Kafka at %s: %s", self._settings.bootstrap, self.trouble, extra=about("kafka_trouble"))


def _exists(error: Exception) -> bool:
    return isinstance(error, KafkaException) and error.args[0].code() == KafkaError.TOPIC_ALREADY_EXISTS


def words_of(error: Exception) -> str:
    """The client's words, without the names of its classes, and without values: they may be secrets."""
    first = error.args[0] if error.args else error
    return printable(first.str() if isinstance(first, KafkaError) else str(first)) or type(error).__name__


def quiet_logger() -> logging.Logger:
    """librdkafka's own lines repeat what the callback says, several times per second while brokers are away."""
    quiet = logging.getLogger("onebook.librdkafka")
    quiet.setLevel(logging.CRITICAL)
    return quiet
