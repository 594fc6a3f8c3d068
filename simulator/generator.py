"""The generated market of a pair at a venue: an exact book that follows the hidden price, trades, cancels, refills.

Content depends on the seed and the number of steps only; times are handed in and change nothing else.
"""

import math
import random
from collections import deque
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from .book import Book, Levels, Side, levels_of
from .instruments import Instrument
from .trade_history import AggregateTrade, Trade, TradeHistory

LOG_LENGTH = 40_000  # single changes kept, so that an older state can be rebuilt
NEAR = 3e-4  # distance scale of new quotes behind the touch
FAR = 200e-4  # distance scale of resting orders
FAR_POWER = -1 / 1.5  # of a draw from 0 to 1
WIDEST = 0.4
RECENT = 3  # steps of the common price that makers keep clear of
PACE = 0.05  # share of its way that a venue drifts in a step


@dataclass(frozen=True)
class Profile:
    """How lively, deep and dear a venue is."""

    levels: int = 1000  # levels per side
    changes: int = 35  # mean changes a step
    half_spread: float = 0.0  # fraction of the price
    lag: float = 0.1  # share of the distance to the hidden price that a step leaves
    offset: float = 0.2e-4  # standard deviation of the venue's own premium
    trade_rate: float = 0.35  # taker orders a step besides those that move the price
    absent_deletes: float = 0.0  # deletes of levels that are not there, a step
    first_sequence: int = 1_000_000


class Change(NamedTuple):
    """One change of a book: enough to undo it."""

    is_bid: bool
    price: int
    old: int


class Touch(NamedTuple):
    """Best bid and ask after the change `sequence`."""

    sequence: int
    bid: int
    bid_size: int
    ask: int
    ask_size: int


@dataclass
class Tick:
    """What one step did: changed levels (absolute sizes, 0 = gone), trades and touches."""

    market: "VenueMarket"
    time_us: int
    first: int
    last: int = 0
    bids: dict[int, int] = field(default_factory=dict)
    asks: dict[int, int] = field(default_factory=dict)
    trades: list[Trade] = field(default_factory=list)
    aggregates: list[AggregateTrade] = field(default_factory=list)
    touches: list[Touch] = field(default_factory=list)
    ghosts: dict[int, int] = field(default_factory=dict)  # faults: bids that are not in the book (also in `bids`),
    withheld: set[tuple[bool, int]] = field(default_factory=set)  # and changes left out, as (is bid, price)


class State(NamedTuple):
    """A whole book at one moment."""

    sequence: int
    time_us: int
    bids: Levels
    asks: Levels


class VenueMarket:
    """One pair at one venue. `sequence` rises by one with every change."""

    def __init__(
        self,
        venue: str,
        instrument: Instrument,
        profile: Profile,
        price: float,
        seed: int,
        time_us: int,
        coupled: bool = True,
    ) -> None:
        self.venue = venue
        self.instrument = instrument
        self.profile = profile
        self.book = Book()
        self._random = random.Random(f"{seed}/{venue}/{instrument.pair}")
        self.sequence = profile.first_sequence + self._random.randrange(10**6)
        self.history = TradeHistory(1_000_000 + self._random.randrange(10**6))
        self.log: deque[Change] = deque(maxlen=LOG_LENGTH)
        self.marks: deque[tuple[int, int]] = deque([(time_us, self.sequence)], maxlen=2000)
        self.time_us = time_us  # time of the last step that changed the book
        self.clock_us = time_us  # time of the last step
        self.cross: tuple[Side, int] | None = None
        self.calm = False  # a fault: nothing happens
        self.away = 0.0  # a fault: the venue's prices walk this fraction above those of the others
        self._drift = 0.0  # how far they have come
        self._coupled = coupled
        self._common = deque([price], maxlen=RECENT)  # what arbitrage holds the venue to: no bid above, no ask below
        self._view = price
        self._premium = 0.0
        self._tick_price = instrument.tick_step * 10.0**-instrument.tick_decimals
        median = max(1.0, instrument.median_lots())
        self._size_mu, self.history.open_interest = math.log(median), 20_000 * int(median)
        self._tick = Tick(self, time_us, self.sequence + 1)
        self._found(time_us)

    def step(self, reference: float, time_us: int) -> Tick:
        """Advance one step towards the hidden price `reference` and return what changed."""
        tick = self._tick = Tick(self, time_us, self.sequence + 1, self.sequence)
        self.clock_us = time_us
        if self.calm:
            return tick
        fair = self._fair(self._here(reference))
        self._edges = self._limits(fair)
        if self.cross is None:
            self._follow(tick)
            self._takers(tick)
            self._quote()
            self._note_touch()
        self._churn(fair)
        self._keep_depth(fair)
        self._note_touch()
        tick.last = self.sequence
        if tick.bids or tick.asks:
            self.time_us = time_us
            self.marks.append((time_us, self.sequence))
        return tick

    def state(self, sequence: int | None = None, time_us: int | None = None) -> State:
        """The whole book, now or as it was after change `sequence` (as far back as the log reaches)."""
        stamp = self.time_us if time_us is None else time_us
        if sequence is None or sequence >= self.sequence:
            return State(self.sequence, stamp, self.book.bids.top(), self.book.asks.top())
        back = min(self.sequence - sequence, len(self.log))
        sides = (dict(self.book.asks.sizes), dict(self.book.bids.sizes))
        for change in islice(reversed(self.log), back):
            sizes = sides[change.is_bid]
            if change.old:
                sizes[change.price] = change.old
            else:
                sizes.pop(change.price, None)
        return State(self.sequence - back, stamp, levels_of(sides[1], -1), levels_of(sides[0], 1))

    def mark_before(self, time_us: int) -> tuple[int, int]:
        """Time and sequence of the last step at or before `time_us` (the oldest known if there is none)."""
        return next((mark for mark in reversed(self.marks) if mark[0] <= time_us), self.marks[0])

    def before(self, tick: Tick) -> dict[tuple[bool, int], int]:
        """Sizes, before the newest step, of the levels it changed, by (is bid, price)."""
        count = min(len(self.log), tick.last - tick.first + 1)
        return {(change.is_bid, change.price): change.old for change in islice(reversed(self.log), count)}

    def begin_cross(self, ticks: int = 3) -> None:
        """Really cross the book: a bid `ticks` above the best ask, until end_cross. No trades meanwhile."""
        ask = self.book.asks.best()
        if self.cross is None and ask is not None:
            self.cross = (self.book.bids, ask + ticks)

    def end_cross(self) -> None:
        """Take the crossing level away with the next step."""
        self._uncross, self.cross = self.cross, None

    _uncross: tuple[Side, int] | None = None

    # -- one step ---------------------------------------------------------------------------------------------

    def _here(self, reference: float) -> float:
        """The hidden price as far as this venue has to do with it."""
        self._drift += (self.away - self._drift) * PACE
        here = reference * (1.0 + self._drift)
        self._common.append(here)
        return here

    def _fair(self, reference: float) -> int:
        profile = self.profile
        self._view += (reference - self._view) * (1.0 - profile.lag)
        self._premium = 0.97 * self._premium + 0.243 * profile.offset * self._random.gauss(0.0, 1.0)
        return max(2, round(self._view * (1.0 + self._premium) / self._tick_price))

    def _limits(self, fair: int) -> tuple[int, int]:
        """The highest bid and the lowest ask that anybody makes.

        Arbitrage takes what crosses the common price at once, and makers keep clear of where it has just been. So the
        venues' noise and lag never make a bid of one meet an ask of another, also where one's news comes some steps
        later than the other's.
        """
        half = int(fair * self.profile.half_spread)
        bid, ask = fair - half - 1, fair + half
        if not self._coupled:
            return bid, ask
        low, high = min(self._common) / self._tick_price, max(self._common) / self._tick_price
        return min(bid, max(1, math.ceil(low) - 1)), max(ask, math.floor(high) + 1)

    def _set(self, side: Side, price: int, size: int) -> None:
        is_bid = side.sign < 0
        self.log.append(Change(is_bid, price, side.set(price, size)))
        self.sequence += 1
        (self._tick.bids if is_bid else self._tick.asks)[price] = size

    def _follow(self, tick: Tick) -> None:
        """Takers and cancels clear what stands on the wrong side of the fair price."""
        if self._uncross is not None:
            side, price = self._uncross
            self._set(side, price, 0)
            self._uncross = None
        bid_limit, ask_limit = self._edges
        for side, limit in ((self.book.asks, ask_limit), (self.book.bids, bid_limit)):
            hits = 0
            while side.keys and side.keys[0] < side.sign * limit:
                price = side.price_at(0)
                if hits < 3:
                    self._trade(side, price, side.sizes[price], tick)
                    hits += 1
                else:
                    self._set(side, price, 0)

    def _takers(self, tick: Tick) -> None:
        if self._random.random() < self.profile.trade_rate:
            side = self.book.asks if self._random.random() < 0.5 else self.book.bids
            if len(side) > 1:
                price = side.price_at(0)
                self._trade(side, price, min(side.sizes[price], self._size() // 4 + 1), tick)

    def _trade(self, side: Side, price: int, size: int, tick: Tick) -> None:
        """A taker order hits `size` lots of the level at `price`."""
        part = self._random.randint(1, size)
        parts = [part, size - part] if part < size and self._random.random() < 0.3 else [size]
        tick.trades += self.history.fill(price, parts, tick.time_us, side.sign < 0)
        tick.aggregates.append(self.history.aggregates[-1])
        self._set(side, price, side.sizes[price] - size)
        self._note_touch()

    def _quote(self) -> None:
        """Makers put the touch back to the fair price."""
        bid_limit, ask_limit = self._edges
        bid, ask = self.book.bids.best(), self.book.asks.best()
        if (bid is None or bid < bid_limit) and bid_limit > 0:
            self._set(self.book.bids, bid_limit if ask is None else min(bid_limit, ask - 1), self._size())
        bid = self.book.bids.best() or 0
        if ask is None or ask > ask_limit:
            self._set(self.book.asks, max(ask_limit, bid + 1), self._size())

    def _churn(self, fair: int) -> None:
        """Makers change, cancel and add quotes, most of them near the touch."""
        rnd = self._random.random
        if self.cross is not None and self.cross[1] not in self.cross[0].sizes:
            self._set(*self.cross, self._size())
        for _ in range(int(self.profile.changes * (0.5 + rnd()))):
            side = self.book.bids if rnd() < 0.5 else self.book.asks
            action = rnd()
            index = 1 + int(20.0 * (1.0 / (1.0 - rnd()) - 1.0))
            if action < 0.4 or self.cross is not None:
                if index < len(side):
                    self._set(side, side.price_at(index), self._size())
            elif action < 0.68 or len(side) > self.profile.levels:
                if index < len(side):
                    self._set(side, side.price_at(index - 1), 0)
            else:
                self._add(side, fair, NEAR * (1.0 / (1.0 - rnd()) - 1.0))
        if rnd() < self.profile.absent_deletes:
            self._delete_absent(fair)

    def _add(self, side: Side, fair: int, distance: float) -> None:
        if distance > WIDEST or self.cross is not None:
            return
        price = self._limit(side) + side.sign * int(fair * distance)
        if price > 0 and price not in side.sizes:
            self._set(side, price, self._size())

    def _limit(self, side: Side) -> int:
        """The best price of a new quote: it never meets the other side."""
        limit = self._edges[side.sign > 0]
        other = (self.book.bids if side.sign > 0 else self.book.asks).best()
        if other is not None and side.sign * (limit - other) <= 0:
            limit = other + side.sign
        return limit

    def _delete_absent(self, fair: int) -> None:
        side = self.book.bids if self._random.random() < 0.5 else self.book.asks
        price = fair + side.sign * self._random.randint(2, max(3, fair // 100))
        if price > 0 and price not in side.sizes:
            self._set(side, price, 0)

    def _keep_depth(self, fair: int) -> None:
        """Refill a thin side far from the touch, cancel the farthest levels of a long one."""
        wanted = self.profile.levels
        for side in (self.book.bids, self.book.asks):
            for _ in range(min(4, wanted - len(side))):
                self._add(side, fair, FAR * ((1.0 - self._random.random()) ** (-1 / 1.5) - 1.0))
            for _ in range(min(4, len(side) - wanted - wanted // 10)):
                self._set(side, side.price_at(-1), 0)

    def _note_touch(self) -> None:
        touch = Touch(self.sequence, *self.book.touch())
        if self._last_touch[1:] != touch[1:]:
            self._tick.touches.append(touch)
            self._last_touch = touch

    _last_touch = Touch(0, 0, 0, 0, 0)

    def _size(self) -> int:
        drawn = self._random.gauss(0.0, 1.3)
        return 1 + int(math.exp((drawn if drawn < 8.0 else 8.0) + self._size_mu))

    def _fill(self, side: Side, fair: int) -> None:
        """The first levels of a side. Most of the prices drawn are taken already: what does not depend on the draw is
        worked out once."""
        random, size, wanted, sizes = self._random.random, self._size, self.profile.levels, dict[int, int]()
        first, sign, near, left = self._limit(side), side.sign, wanted // 5, wanted
        for attempt in range(wanted * 20):
            u = 1.0 - random()
            distance = FAR * (u**FAR_POWER - 1) if attempt >= near else NEAR * (1 / u - 1)
            price = first + sign * int(fair * distance)
            if price in sizes or distance > WIDEST or price <= 0:
                continue
            sizes[price] = size()
            left -= 1
            if not left:
                break
        side.fill(sizes)
        self.sequence += len(sizes)

    def _found(self, time_us: int) -> None:
        """Build the first book and the first candle."""
        fair = self._fair(self._view)
        self._edges = self._limits(fair)
        for side in (self.book.bids, self.book.asks):
            self._fill(side, fair)
        self._quote()
        self._note_touch()
        self.marks.clear()
        self.marks.append((time_us, self.sequence))
        self.log.clear()
        self.history.begin(self._random.getrandbits(64), fair, int(math.exp(self._size_mu)), time_us)
