"""Trades and candles of one simulated market, in exact ticks and lots."""

import random
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count, islice
from typing import NamedTuple

MINUTE_MS = 60_000
HISTORY_MINUTES = 1500
SECOND_MS = 1000
HISTORY_SECONDS = 1500


class Trade(NamedTuple):
    """One fill. `buyer_is_maker` true means that the seller was the aggressor."""

    id: int
    price: int
    size: int
    time_us: int
    buyer_is_maker: bool
    buy_order: int
    sell_order: int

    @property
    def taker_side(self) -> str:
        """The aggressor's side: buy or sell."""
        return "sell" if self.buyer_is_maker else "buy"


class AggregateTrade(NamedTuple):
    """The fills of one taker order at one price."""

    id: int
    price: int
    size: int
    first: int
    last: int
    time_us: int
    buyer_is_maker: bool


@dataclass(slots=True)
class Candle:
    """One interval; prices in ticks, volumes in lots, turnovers in ticks x lots."""

    start_ms: int
    open: int
    high: int
    low: int
    close: int
    volume: int = 0
    turnover: int = 0
    trades: int = 0
    buy_volume: int = 0
    buy_turnover: int = 0
    first: int = -1
    last: int = -1

    def add(self, trade: Trade) -> None:
        """Take one trade in."""
        if not self.trades:
            self.open = self.high = self.low = trade.price
            self.first = trade.id
        self.high, self.low, self.close = max(self.high, trade.price), min(self.low, trade.price), trade.price
        self.volume += trade.size
        self.turnover += trade.price * trade.size
        self.trades += 1
        self.last = trade.id
        if not trade.buyer_is_maker:
            self.buy_volume += trade.size
            self.buy_turnover += trade.price * trade.size

    def merge(self, later: "Candle") -> None:
        """Take the following candle in, to build a longer interval."""
        self.high, self.low, self.close = max(self.high, later.high), min(self.low, later.low), later.close
        self.volume += later.volume
        self.turnover += later.turnover
        self.trades += later.trades
        self.first = later.first if self.first < 0 else self.first
        self.last = max(self.last, later.last)
        self.buy_volume += later.buy_volume
        self.buy_turnover += later.buy_turnover


class Past(NamedTuple):
    """The minutes before the start of a market, which end at its first price."""

    seed: int
    start_ms: int
    price: int
    size: int

    def candles(self) -> Iterator[Candle]:
        """Plausible candles, newest first."""
        rng, close = random.Random(self.seed), self.price
        for back in count(1):
            candle = invented_candle(rng, self.start_ms - back * MINUTE_MS, close, self.size)
            yield candle
            close = candle.open


class TradeHistory:
    """The newest trades and the one-minute candles; intervals without trades are flat rows."""

    def __init__(self, first_trade: int) -> None:
        self.trades: deque[Trade] = deque(maxlen=5000)
        self.aggregates: deque[AggregateTrade] = deque(maxlen=5000)
        self._minutes: deque[Candle] = deque(maxlen=HISTORY_MINUTES)
        self._past: Past | None = None
        self.open_interest = 0  # in lots; only derivatives show it
        self._next_trade = first_trade
        self._next_aggregate = first_trade // 2
        self._next_order = first_trade * 3

    @property
    def last_price(self) -> int:
        """The price of the newest trade."""
        return self._minutes[-1].close

    @property
    def minutes(self) -> deque[Candle]:
        """All candles of one minute that are kept, oldest first."""
        if self._past is not None:
            self._minutes.extendleft(islice(self._past.candles(), HISTORY_MINUTES - len(self._minutes)))
            self._past = None
        return self._minutes

    def fill(self, price: int, sizes: Iterable[int], time_us: int, buyer_is_maker: bool) -> list[Trade]:
        """Book the fills of one taker order at one price and return them."""
        taker = self._order()
        made: list[Trade] = []
        for size in sizes:
            maker = taker - 1_000_000 + self._next_trade % 1000
            orders = (maker, taker) if buyer_is_maker else (taker, maker)
            made.append(Trade(self._next_trade, price, size, time_us, buyer_is_maker, *orders))
            self._next_trade += 1
        self.trades.extend(made)
        opened = 1 if self._next_trade % 3 else -1  # some fills open positions, some close them
        self.open_interest = max(1, self.open_interest + opened * sum(trade.size for trade in made))
        self.aggregates.append(AggregateTrade(
            self._next_aggregate, price, sum(trade.size for trade in made), made[0].id, made[-1].id, time_us,
            buyer_is_maker,
        ))  # fmt: skip
        self._next_aggregate += 1
        for trade in made:
            self._candle(trade)
        return made

    def roll(self, time_us: int) -> None:
        """Add flat candles up to the minute of `time_us`."""
        start = time_us // 1000 // MINUTE_MS * MINUTE_MS
        if not self._minutes:
            return
        last = self._minutes[-1]
        for missing in range(max(last.start_ms + MINUTE_MS, start - HISTORY_MINUTES * MINUTE_MS), start + 1, MINUTE_MS):
            self._minutes.append(Candle(missing, last.close, last.close, last.close, last.close))

    def candles(self, interval_ms: int, time_us: int, offset_ms: int = 0) -> list[Candle]:
        """Candles of a multiple of one minute, or of seconds, oldest first, the running one last.

        Those of seconds begin with the oldest trade that is kept.
        """
        self.roll(time_us)
        merged: list[Candle] = []
        for part in self.minutes if interval_ms % MINUTE_MS == 0 else self._seconds(time_us // 1000):
            start = (part.start_ms - offset_ms) // interval_ms * interval_ms + offset_ms
            if merged and merged[-1].start_ms == start:
                merged[-1].merge(part)
            else:
                merged.append(replace(part, start_ms=start))
        return merged

    def _seconds(self, now_ms: int) -> list[Candle]:
        """The newest candles of one second, the running one last."""
        found: list[Candle] = []

        def flat_to(start_ms: int) -> None:
            close = found[-1].close if found else self._minutes[-1].close
            first = found[-1].start_ms + SECOND_MS if found else start_ms
            missing = range(first, start_ms + 1, SECOND_MS)
            found.extend(Candle(second, close, close, close, close) for second in missing)

        oldest = (now_ms // SECOND_MS - HISTORY_SECONDS) * SECOND_MS
        for trade in self.trades:
            if trade.time_us // 1000 >= oldest:
                flat_to(trade.time_us // 1000 // SECOND_MS * SECOND_MS)
                found[-1].add(trade)
        flat_to(now_ms // SECOND_MS * SECOND_MS)
        return found

    def begin(self, past_seed: int, price: int, size: int, time_us: int) -> None:
        """The first candle. Those of the past are invented, from the seed, when somebody asks for candles."""
        start = time_us // 1000 // MINUTE_MS * MINUTE_MS
        self._minutes.append(Candle(start, price, price, price, price))
        self._past = Past(past_seed, start, price, size)

    def _candle(self, trade: Trade) -> None:
        start = trade.time_us // 1000 // MINUTE_MS * MINUTE_MS
        if not self._minutes:
            self._minutes.append(Candle(start, trade.price, trade.price, trade.price, trade.price))
        self.roll(trade.time_us)
        if self._minutes[-1].start_ms <= start:
            self._minutes[-1].add(trade)

    def _order(self) -> int:
        self._next_order += 2
        return self._next_order + 1_000_000_000_000_000


def invented_candle(rng: random.Random, start_ms: int, close: int, size: int) -> Candle:
    """One candle of the invented past that closes at `close`."""
    swing = max(1.0, close * 4e-4)
    opened = max(1, close + round(rng.gauss(0, swing)))
    high = max(opened, close) + int(abs(rng.gauss(0, swing / 2)))
    low = max(1, min(opened, close) - int(abs(rng.gauss(0, swing / 2))))
    trades = rng.randint(20, 400)
    volume = max(2, int(trades * size * rng.uniform(0.2, 1.2)))
    bought = int(volume * rng.uniform(0.3, 0.7))
    mean = (opened + close) // 2
    return Candle(start_ms, opened, high, low, close, volume, volume * mean, trades, bought, bought * mean)
