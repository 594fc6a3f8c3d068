"""One venue's book as its exported changes make it."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable
from itertools import islice

from orderbook_ext import BookUpdate, UpdateKind

Level = tuple[int, int]


class LevelSide:
    """The levels of one side, by price."""

    def __init__(self, *, bids: bool) -> None:
        self._sizes: dict[int, int] = {}
        self._prices: list[int] = []
        """Ascending."""
        self._bids = bids

    def __len__(self) -> int:
        return len(self._prices)

    def set(self, price: int, size: int) -> None:
        """Sets the size of a level; 0 removes the level."""
        known = price in self._sizes
        if size:
            self._sizes[price] = size
            if not known:
                insort(self._prices, price)
        elif known:
            del self._sizes[price]
            del self._prices[bisect_left(self._prices, price)]

    def replace(self, levels: Iterable[Level]) -> None:
        """Sets the whole side."""
        self._sizes = dict(levels)
        self._prices = sorted(self._sizes)

    def size(self, price: int) -> int:
        """The size at a price; 0: there is no level."""
        return self._sizes.get(price, 0)

    def best(self, count: int | None = None) -> list[Level]:
        """The best levels, best first; None: all."""
        prices = reversed(self._prices) if self._bids else iter(self._prices)
        return [(price, self._sizes[price]) for price in islice(prices, count)]


class LevelBook:
    """Takes the updates of a ChangeLog, and has the book after the last one."""

    def __init__(self) -> None:
        self.bids, self.asks = LevelSide(bids=True), LevelSide(bids=False)
        self.shown = False
        """Whether the venue's book is proved now; else there are no levels."""
        self.price_decimals = self.size_decimals = 0
        self.exchange_time = 0
        """Of the last update, nanoseconds UTC; 0 or less: the venue does not say."""

    @property
    def sides(self) -> tuple[LevelSide, LevelSide]:
        """Bids, asks."""
        return self.bids, self.asks

    def apply(self, update: BookUpdate) -> None:
        """Applies an update."""
        self.exchange_time = update.exchange_time
        self.shown = update.kind != UpdateKind.HIDDEN
        self.price_decimals, self.size_decimals = update.price_decimals, update.size_decimals
        for side, changes in zip(self.sides, (update.bids, update.asks), strict=True):
            if update.kind == UpdateKind.FRAME:
                for price, size in changes:
                    side.set(price, size)
            else:
                side.replace(changes)
