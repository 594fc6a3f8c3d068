"""The thread of an edge that reads md.candle.v1: the newest records of every market first, then those before them."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from confluent_kafka import KafkaException

from ..kafka.beginnings import at_end
from ..kafka.client import words_of
from ..kafka.contract import CANDLE
from ..kafka.past_reader import PastReader
from ..kafka.settings import KafkaSettings
from ..kafka.topic_reader import TopicReader
from ..logs import about
from ..market.market import Market
from ..printable import printable
from ..repeats import Repeats
from ..threads import Supervised, pause
from .candle_decoder import decode_candle
from .counters import EdgeCounters
from .decoder import RecordError, names_of
from .market_candles import MarketCandles

log = logging.getLogger(__name__)

POLL, BUSY_POLL = 0.1, 0.02
"""Seconds for which a new record is waited for: while there is nothing to do, and between two chunks of the past."""
RETRY = 1.0
MILLISECOND = 1_000_000


@dataclass(slots=True)
class _Past:
    """What is not read yet of one partition for some markets."""

    topic: str
    partition: int
    end: int
    markets: dict[str, MarketCandles]


class CandleReader:
    """Has consumers of its own: however much there is of the past, books and trades do not wait for it."""

    def __init__(self, settings: KafkaSettings, counters: EdgeCounters, stop: threading.Event) -> None:
        """Raises ConfigError: librdkafka does not take the settings."""
        self._counters, self._stop = counters, stop
        self._reader = TopicReader(settings, (CANDLE.name,), at_end)
        self._past = PastReader(settings)
        self._make: Callable[[Market], MarketCandles] | None = None
        self._wanted: Mapping[str, Market] = {}
        """By name, as it stands in keys. Replaced, never changed."""
        self._followed: Mapping[str, Market] = {}
        self._markets: dict[str, MarketCandles] = {}
        self._unplaced: set[str] = set()
        """Markets whose partition is not read yet."""
        self._left: deque[_Past] = deque()
        self._repeats = Repeats()
        self.thread = Supervised("edge-candles", self._run, stop)

    def attach(self, make: Callable[[Market], MarketCandles]) -> None:
        """Before the first market: what takes the candles of a market."""
        self._make = make

    def follow(self, markets: Mapping[str, Market]) -> None:
        """Reads the candles of these markets from now on; on any thread."""
        self._wanted = markets

    def stop(self, timeout: float) -> None:
        """Waits for the thread, which ends by the event."""
        if self.thread.is_alive():
            self.thread.join(timeout)
        if not self.thread.is_alive():
            self._reader.close()
            self._past.close()

    # -- the thread --------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stop.is_set():
            self.turn()

    def turn(self) -> None:
        """New records, and a chunk of the past."""
        self._look_at_markets()
        for raw in self._reader.read(BUSY_POLL if self._left else POLL):
            self._take(raw.key, raw.value, self._markets, past=False)
        self._place(begun=True)
        if self._left:
            self._read_past(self._left.popleft())

    def _look_at_markets(self) -> None:
        wanted, followed = self._wanted, self._followed
        if wanted == followed or self._make is None:
            return
        # A market that was removed and came again is another one.
        stay = {name for name, market in wanted.items() if followed.get(name) is market}
        self._markets = {name: self._markets[name] if name in stay else self._make(wanted[name]) for name in wanted}
        self._unplaced = (self._unplaced & stay) | (wanted.keys() - stay)
        for left in self._left:
            left.markets = {name: each for name, each in left.markets.items() if name in stay}
        self._followed = wanted
        self._reader.follow(frozenset(wanted))
        # Partitions that are read for other markets already: what was read until now is the past.
        self._place(begun=False)

    def _place(self, *, begun: bool) -> None:
        """The past of a market ends where reading of new records began."""
        found: dict[tuple[str, int], _Past] = {}
        for name in list(self._unplaced):
            place = self._reader.place(CANDLE.name, name, begun=begun)
            if place is not None:
                self._unplaced.discard(name)
                left = found.setdefault(
                    (place.topic, place.partition), _Past(place.topic, place.partition, place.offset, {})
                )
                left.markets[name] = self._markets[name]
        # The newest chunk of every partition comes before the second of any.
        self._left.extendleft(found.values())

    def _read_past(self, left: _Past) -> None:
        if not left.markets:
            return
        try:
            chunk = self._past.read(left.topic, left.partition, left.end)
        except KafkaException as error:
            if self._repeats.admit("past") is not None:
                log.warning("Kafka: candles of the past: %s", words_of(error), extra=about("kafka_trouble"))
            self._left.append(left)
            pause(self._stop, RETRY)
            return
        for key, value in chunk.records:
            self._take(key, value, left.markets, past=True)
        for market in left.markets.values():
            market.settle(chunk.since * MILLISECOND)
        left.end = chunk.begin
        if chunk.since:
            self._left.append(left)

    def _take(
        self, key: bytes | None, value: bytes | None, markets: Mapping[str, MarketCandles], *, past: bool
    ) -> None:
        try:
            name, venue = names_of(key)
            market = markets.get(name)
            if market is None:
                return  # Another pair of the same partition.
            seen = decode_candle(name, venue, value, market.keeps)
        except RecordError as error:
            self._counters.malformed[CANDLE.name] += 1
            if self._repeats.admit("record") is not None:
                log.warning("Kafka: a record is left out: %s", printable(str(error)), extra=about("edge_record"))
            return
        if seen is not None and market.take(seen, past=past):
            self._counters.read[CANDLE.name] += 1
