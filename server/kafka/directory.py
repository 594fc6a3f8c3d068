"""The topics of the cluster: how many partitions each has, and those that onebook makes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Protocol

from confluent_kafka import KafkaException

from ..logs import about
from ..repeats import Repeats
from .partition import partition

log = logging.getLogger(__name__)

OFTEN, SELDOM = 1.0, 60.0
"""Seconds between two questions, while a topic is missing and after that."""


class Cluster(Protocol):
    """What can be asked of brokers. Both calls wait; partitions() raises KafkaException."""

    def partitions(self) -> dict[str, int]: ...

    def make(self, topics: Mapping[str, Mapping[str, str]]) -> dict[str, str]: ...


class Directory:
    """Asked by the pump for every record; refresh() is called by the thread that may wait."""

    def __init__(
        self,
        wanted: Mapping[str, Mapping[str, str]],
        create: bool,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`wanted`: the topics that records go to, with settings of their own for those that are made."""
        self._wanted = wanted
        self._create = create
        self._now = now
        self._partitions: dict[str, int] = {}
        self._due = now()
        self._repeats = Repeats()

    def partition(self, topic: str, pair: str) -> int | None:
        """Where a record of this pair goes; None while the topic is not known."""
        count = self._partitions.get(topic)
        return partition(pair, count) if count else None

    @property
    def missing(self) -> list[str]:
        """The wanted topics that are not known."""
        return [name for name in self._wanted if name not in self._partitions]

    def refresh(self, cluster: Cluster) -> None:
        """Asks the cluster, if that is due. Waits."""
        if self._now() < self._due:
            return
        try:
            self._look(cluster)
            if self.missing and self._create:
                self._make(cluster)
                self._look(cluster)
            if self.missing:
                self._say("topics are missing", ", ".join(self.missing))
        except KafkaException as error:
            self._say("the cluster does not say which topics it has", error.args[0].str())
        self._due = self._now() + (OFTEN if self.missing else SELDOM)

    def _look(self, cluster: Cluster) -> None:
        found = cluster.partitions()
        for name in self._wanted:
            count, known = found.get(name, 0), self._partitions.get(name)
            if known and count and count != known:
                words = "Kafka: topic %s has %d partitions now and had %d: pairs move to other partitions"
                log.warning(words, name, count, known, extra=about("kafka_partitions"))
            if count:
                self._partitions[name] = count

    def _make(self, cluster: Cluster) -> None:
        for name, reason in cluster.make({name: self._wanted[name] for name in self.missing}).items():
            self._say(f"topic {name} could not be made", reason)

    def _say(self, what: str, more: str) -> None:
        if self._repeats.admit(what) is not None:
            log.warning("Kafka: %s: %s", what, more, extra=about("kafka_topics"))
