"""Two threads between the server's streams and the brokers: one hands records on, the other hears what arrived.

Streams leave a message here and go on: no feed and no dispatcher ever waits. A stream has a bounded number of records
under way, so that all of it is bounded, however long the brokers are away.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial

from confluent_kafka import KafkaError, KafkaException

from ..codes import Code
from ..logs import about
from ..repeats import Repeats
from ..request_errors import RequestError
from ..threads import Supervised
from .client import Client, is_permanent
from .contract import KINDS, TEXT
from .counters import Counters
from .directory import Directory
from .record import Record
from .stream import STATE_WINDOW, KafkaStream

log = logging.getLogger(__name__)

AGAIN = 1.0
"""Seconds after which a record that was not taken is sent again, and a stream that ended is opened again."""
FULL = 0.02
"""Seconds to wait while the client is full."""
POLL = 0.2
Step = Callable[[], None]


class Pump:
    """All streams of one server into one cluster."""

    def __init__(self, make_client: Callable[[], Client], directory: Directory) -> None:
        """Raises ConfigError, as the client does."""
        self.counters = Counters()
        self._make_client = make_client
        self._client = make_client()
        self._directory = directory
        self._steps: deque[Step] = deque()
        """What to do next, from all threads."""
        self._later: list[tuple[float, int, Step]] = []
        """Heap: what to do at a time (monotonic seconds)."""
        self._numbers = itertools.count()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._ending = threading.Event()
        self._repeats = Repeats()
        self._under_way = dict.fromkeys((*KINDS, TEXT.name), 0)
        """By the name of a kind of topic."""
        self.threads = [
            Supervised("kafka", self._run, self._stopping),
            Supervised("kafka-arrivals", self._hear, self._ending),
        ]

    @property
    def waiting(self) -> int:
        """Records that no broker has acknowledged."""
        return sum(list(self._under_way.values()))

    @property
    def trouble(self) -> str:
        """Why nothing arrives, for people; empty while it does."""
        return self._client.trouble

    # -- any thread --------------------------------------------------------------------------------------------------

    def put(self, stream: KafkaStream, payload: bytes) -> None:
        """Takes a message of a stream. Never blocks."""
        self.do(partial(self._begin, stream, payload))

    def ended(self, stream: KafkaStream, code: Code, reason: str) -> None:
        """A stream has ended: it is opened again, unless there is nothing to open."""
        if code is not Code.NOT_FOUND:
            self.do(partial(self._after, AGAIN, partial(self._reopen, stream, reason)))

    def do(self, step: Step) -> None:
        """Does this on the pump's thread. Never blocks."""
        self._steps.append(step)
        if not self._wake.is_set():
            self._wake.set()

    def start(self) -> None:
        """Starts the threads."""
        for thread in self.threads:
            thread.start()

    def stop(self, grace: float) -> None:
        """Waits so many seconds for records that are under way; what has not arrived then is counted and logged."""
        self._stopping.set()
        self._wake.set()
        sender, hearer = self.threads
        until = time.monotonic() + grace
        if sender.is_alive():
            sender.join(grace)
            while self._client.busy and time.monotonic() < until:
                time.sleep(FULL)
        self._ending.set()
        if hearer.is_alive():
            hearer.join(grace)
        self._client.close()
        self.turn(time.monotonic())  # What arrived after the pump's last turn.
        lost = {name: count for name, count in self._under_way.items() if count}
        if lost:
            self.counters.lost.update(lost)
            kinds = ", ".join(f"{name} {count}" for name, count in lost.items())
            log.error("records did not reach Kafka before the end: %s", kinds, extra=about("kafka_lost"))

    # -- the pump's thread -------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait(self._patience())
            self._wake.clear()
            self.turn(time.monotonic())
        self.turn(time.monotonic())

    def _patience(self) -> float:
        return POLL if not self._later else min(POLL, max(0.0, self._later[0][0] - time.monotonic()))

    def turn(self, now: float) -> None:
        """Does all that waits, and what is due."""
        while self._later and self._later[0][0] <= now:
            self._steps.append(heapq.heappop(self._later)[2])
        for _ in range(len(self._steps)):
            step = self._steps.popleft()
            try:
                step()
            except Exception:
                # One stream must not cost the others their records.
                if self._repeats.admit("step") is not None:
                    log.exception("a stream into Kafka failed", extra=about("defect"))

    def _after(self, seconds: float, step: Step) -> None:
        heapq.heappush(self._later, (time.monotonic() + seconds, next(self._numbers), step))

    def _begin(self, stream: KafkaStream, payload: bytes) -> None:
        if stream.closed:
            return
        record = stream.route.record(payload)
        if record is not None:
            stream.began(payload)
            self._under_way[stream.route.kind.name] += 1
            self._send(stream, record)
        stream.taken()

    def _send(self, stream: KafkaStream, record: Record) -> None:
        """Sends a record after those of its stream that wait."""
        stream.unsent.append(record)
        if not stream.paused:
            self._send_all(stream)

    def _send_all(self, stream: KafkaStream) -> None:
        stream.paused = False
        while stream.unsent:
            wait = self._produce(stream, stream.unsent[0])
            if wait:
                self._pause(stream, wait)
                return
            stream.unsent.popleft()

    def _pause(self, stream: KafkaStream, seconds: float) -> None:
        if not stream.paused:
            stream.paused = True
            self._after(seconds, partial(self._send_all, stream))

    def _produce(self, stream: KafkaStream, record: Record) -> float:
        """Gives a record to the client; returns the seconds after which to try again, 0 if that is not needed."""
        route = stream.route
        partition = self._directory.partition(route.topic, route.pair)
        if partition is None:
            return AGAIN
        arrived = partial(self._arrived, stream, record, time.monotonic())
        message = route.kind.message.encode()
        try:
            taken = self._client.produce(
                route.topic, partition, record.key, record.value, message,
                lambda error: self.do(partial(arrived, error)),
            )  # fmt: skip
        except KafkaException as error:
            self.do(partial(arrived, error.args[0]))
            return 0.0
        return 0.0 if taken else FULL

    def _arrived(self, stream: KafkaStream, record: Record, since: float, error: KafkaError | None) -> None:
        """A record has reached the brokers, or has not."""
        name = stream.route.kind.name
        if error is None:
            self.counters.acknowledged[name] += 1
            self.counters.bytes[name] += len(record.key) + len(record.value or b"")
            self.counters.latency = time.monotonic() - since
            self._client.arrived()
        elif is_permanent(error):
            self.counters.refused[name] += 1
            self._say(f"{name} {error.name()}", f"a record of {stream.route.topic} is lost: {error.str()}")
        else:
            self.counters.repeated[name] += 1
            self._say(f"{name} {error.name()}", f"a record of {stream.route.topic} is sent again: {error.str()}")
            self._again(stream, record)
            return
        self._under_way[name] -= 1
        stream.done()

    def _again(self, stream: KafkaStream, record: Record) -> None:
        """Sends a record again after a while; of a state that is old by then the newest follows instead."""
        if stream.route.window == STATE_WINDOW:
            self._after(AGAIN, partial(self._newest, stream, record))
        else:
            self._pause(stream, AGAIN)
            stream.unsent.append(record)

    def _newest(self, stream: KafkaStream, record: Record) -> None:
        if stream.behind or stream.closed:
            self._under_way[stream.route.kind.name] -= 1
            stream.done()
        else:
            self._send(stream, record)

    def _reopen(self, stream: KafkaStream, reason: str) -> None:
        if stream.closed:
            return
        self.counters.reopened[stream.route.kind.name] += 1
        self._say(f"reopened {stream.route.topic}", f"the stream of {stream.route.pair} begins again: {reason}")
        self.open(stream)

    def open(self, stream: KafkaStream) -> None:
        """Opens a stream, again and again until that succeeds or its market is no more. On the pump's thread."""
        try:
            stream.open()
        except RequestError as error:
            if error.code is Code.NOT_FOUND:
                stream.closed = True
                self._say(f"not found {stream.route.topic}", f"nothing for {stream.route.topic}: {error.message}")
            else:
                self._after(AGAIN, partial(self._reopen, stream, error.message))

    def _say(self, kind: str, words: str) -> None:
        if self._repeats.admit(kind) is not None:
            log.warning("Kafka: %s", words, extra=about("kafka_trouble"))

    # -- the thread that hears ---------------------------------------------------------------------------------------

    def _hear(self) -> None:
        while not self._ending.is_set():
            self._client.poll(POLL)
            self._directory.refresh(self._client)
            if self._client.fatal and not self._stopping.is_set():
                self._renew()

    def _renew(self) -> None:
        """A new client in place of one that cannot go on; what was under way is sent again."""
        old, trouble = self._client, self._client.trouble
        self._client = self._make_client()
        self.counters.restarts += 1
        log.error("the client of Kafka is made anew: %s", trouble, extra=about("kafka_restart"))
        old.close()
