"""An ingester and an edge of one market, with a clock, trades and faults by chance, and the topics between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any

from onebook.v1 import analytics_pb2 as pb
from server.analytics.candles.aggregator import CandleAggregator
from server.analytics.candles.candle import Candle, Fill
from server.analytics.candles.resume import ALL
from server.analytics.candles.runtime import CandleEvent, CandleLoaded, CandleRuntime
from server.analytics.candles.topic import CandleTopic
from server.analytics.intervals import Interval
from server.analytics.market_analytics import MarketAnalytics
from server.analytics.settings import AnalyticsSettings
from server.edge.candle_decoder import CandleSeen, decode_candle
from server.edge.market_candles import MarketCandles
from server.market.market import Market
from server.model import Pair, Side, Trade
from server.protocol.candle_source import Candle as VenueCandle
from server.publish.epoch import Epoch
from server.units import SECOND

START = 1_795_000_060 * SECOND
TICK = SECOND // 4
VENUES = "binance", "kraken"
INTERVALS = tuple(Interval.parse(name) for name in ("1s", "5s", "15s", "1m"))
KEPT = 100


class Party:
    """One server's candles of the market."""

    def __init__(self, now: int, epoch: int, reach: int = 0, venues: tuple[str, ...] = VENUES) -> None:
        self.market = Market(Pair("BTC", "USDT"), venues, lambda _: None)
        self.settings = AnalyticsSettings(intervals=INTERVALS, kept=KEPT, reach=reach)
        self.mine = MarketAnalytics(self.market, self.settings, [CandleRuntime])
        self.candles = CandleAggregator(venues, self.settings, now)
        self.mine.get(CandleRuntime).candles = self.candles
        self.by_fill: dict[Fill, list[bytes]] = {fill: [] for fill in Fill}
        """What clients are sent."""
        self.written: list[bytes] = []
        """What the topic gets."""
        of_market = (ALL, *venues)
        self.topics = {
            (venue, fill): self._topic(venue, fill, epoch, self.by_fill[fill]) for venue in of_market for fill in Fill
        }
        self.kafka = {
            venue: self._topic(venue, Fill.NULL, epoch, self.written, with_loaded=True) for venue in of_market
        }

    def _topic(
        self, venue: str, fill: Fill, epoch: int, sent: list[bytes], *, with_loaded: bool = False
    ) -> CandleTopic:
        class Caught(CandleTopic):
            def _send(self, message: pb.StreamCandlesResponse, fields: bytes = b"") -> None:
                sent.append(message.SerializeToString() + _in_candle(fields))

        names = [each.name for each in INTERVALS]
        topic = Caught(self.mine, Epoch(epoch), venue, names, fill, with_open=False, with_loaded=with_loaded)
        topic.begin()
        return topic

    def tick(self, now: int) -> None:
        for venue, candle in self.candles.take_loaded():
            self.kafka[venue].publish(venue, CandleLoaded(candle), 0)
        for venue, candle in self.candles.advance(now):
            for topic in (self.kafka[venue], *(self.topics[venue, fill] for fill in Fill)):
                topic.publish(venue, CandleEvent(candle), 0)

    def kept(self, venue: str, interval: Interval, since: int, *, include_open: bool) -> list[Any]:
        """Candles with their coverage, as GetCandles answers."""
        found = self.candles.candles(venue, interval, since, 2**62, 10_000, Fill.NULL, include_open)
        return [(replace(each, said=None), coverage(self.candles, venue, each)) for each in found]


def _in_candle(fields: bytes) -> bytes:
    """Fields of the candle, as a message whose only field is the candle."""
    return pb.StreamCandlesResponse(candle=pb.Candle.FromString(fields)).SerializeToString()


def coverage(candles: CandleAggregator, venue: str, made: Candle) -> Any:
    counted, missing = candles.coverage(venue, made)
    return counted, [(each.venue, each.reason, each.partly) for each in missing]


def shown(payload: bytes) -> pb.Candle:
    """What a client is sent, without what is of the moment: header and books."""
    candle = pb.StreamCandlesResponse.FromString(payload).candle
    candle.ClearField("header")
    candle.ClearField("venues")
    return candle


class World:
    """Trades happen, arrive at the ingester, and are written into the topics."""

    def __init__(self, seed: int, epoch: int = 1, quiet: float = 0.3) -> None:
        self.chance, self.epoch, self._quiet = Random(seed), epoch, quiet
        self.now = START
        self.ingester = Party(self.now, epoch)
        self.records: list[tuple[int, bytes]] = []
        """Of md.candle.v1: when each was written."""
        self.trades: list[tuple[int, str, Trade]] = []
        self.late: list[tuple[int, str, Trade]] = []
        self._number = 0
        self.servers = [self.ingester.candles]
        """That receive trades, and hear of those that are missing."""
        for venue in VENUES:
            self.ingester.candles.listening(venue, self.now - 2 * SECOND)

    def load(self, venue: str, interval: Interval, count: int) -> None:
        """The venue tells its own candles of before the start."""
        begin = interval.floor(START)
        price = Decimal(101)
        opened = [begin - number * interval.longest for number in range(count, 0, -1)]
        told = [VenueCandle(at, price, price, price, price, Decimal(2), Decimal(202), 5, closed=True) for at in opened]
        self.ingester.candles.load(venue, interval, told)

    def run(self, seconds: float, turn: Callable[[], None] = lambda: None) -> None:
        for _ in range(int(seconds * SECOND) // TICK):
            self.now += TICK
            self._trade()
            self._fault()
            self.ingester.tick(self.now)
            written = self.ingester.written
            self.records += [(self.now, record) for record in written[len(self.records) :]]
            turn()

    def _trade(self) -> None:
        chance = self.chance
        due = [each for each in self.late if each[0] <= self.now]
        self.late = [each for each in self.late if each[0] > self.now]
        for _ in range(0 if chance.random() < self._quiet else chance.randint(0, 5)):
            self._number += 1
            price = Decimal(chance.randint(9_900, 10_100)).scaleb(-2)
            size = Decimal(chance.randint(1, 500)).scaleb(-3)
            trade = Trade("S", str(self._number), price, size, Side.BUY, self.now - chance.randint(0, TICK))
            if chance.random() < 0.05:
                self.late.append((self.now + chance.randint(1, 8 * SECOND), chance.choice(VENUES), trade))
            else:
                due.append((self.now, chance.choice(VENUES), trade))
        for _, venue, trade in due:
            self.trades.append((self.now, venue, trade))
            for candles in self.servers:
                candles.trade(venue, trade)

    def _fault(self) -> None:
        chance = self.chance
        for fault in (CandleAggregator.gap, CandleAggregator.away):
            venue = chance.choice(VENUES)
            for candles in self.servers if chance.random() < 0.01 else ():
                fault(candles, venue, self.now)
        if chance.random() < 0.02:  # A venue's own candle confirms or replaces one of the ingester.
            interval, venue = chance.choice(INTERVALS), chance.choice(VENUES)
            opened = interval.floor(self.now - chance.randint(5, 40) * SECOND)
            price = Decimal("100.5")
            made = VenueCandle(opened, price, price, price, price, Decimal(7), Decimal(700), 3, closed=True)
            self.ingester.candles.compare(venue, interval, [made], self.now)

    def edge(self, chunk: int = 150, venues: tuple[str, ...] = VENUES) -> Edge:
        """An edge that begins now."""
        return Edge(self, chunk, venues)


class Edge:
    """Reads the trades of the last 15 seconds, then the past of the candles from its end on, then what comes."""

    def __init__(self, world: World, chunk: int, venues: tuple[str, ...] = VENUES) -> None:
        self._world, self._chunk = world, chunk
        reach = 15 * SECOND
        self.side = Party(world.now, 99, reach, venues)
        self.taker = MarketCandles(
            self.side.candles, lambda: frozenset(self.side.market.entries), INTERVALS, KEPT, lambda: world.now
        )  # fmt: skip
        for received, venue, trade in world.trades:
            if received >= world.now - reach:
                self.side.candles.trade(venue, trade)
        world.servers.append(self.side.candles)
        self.end = self.read = len(world.records)

    def take(self, record: bytes, *, past: bool = False) -> bool:
        seen = decoded(record)
        if seen is None or not self.taker.keeps(seen.candle.interval.name, seen.candle.open_time):
            return False
        return self.taker.take(seen, past=past)

    def read_past(self) -> bool:
        """One chunk; False: there is none."""
        if not self.end:
            self.taker.settle(0)
            return False
        begin = max(0, self.end - self._chunk)
        for _, record in self._world.records[begin : self.end]:
            self.take(record, past=True)
        self.taker.settle(self._world.records[begin][0] if begin else 0)
        self.end = begin
        return True

    def turn(self) -> None:
        """What was written since the last call."""
        for _, record in self._world.records[self.read :]:
            self.take(record)
        self.read = len(self._world.records)
        self.side.tick(self._world.now)


def decoded(record: bytes) -> CandleSeen | None:
    venue = pb.StreamCandlesResponse.FromString(record).candle.venue
    return decode_candle("BTC/USDT", venue, record)
