"""The exact book of one simulated market: integer ticks to integer lots, best level first."""

from bisect import bisect_left, insort
from operator import neg

Levels = list[tuple[int, int]]


class Side:
    """One side of a book. `keys` holds sign x price ascending, so index 0 is always the best level."""

    __slots__ = ("keys", "sign", "sizes")

    def __init__(self, sign: int) -> None:
        self.sign = sign  # -1 bids, +1 asks
        self.sizes: dict[int, int] = {}
        self.keys: list[int] = []

    def __len__(self) -> int:
        return len(self.keys)

    def best(self) -> int | None:
        """The best price in ticks, None when the side is empty."""
        return self.sign * self.keys[0] if self.keys else None

    def price_at(self, index: int) -> int:
        """The price of the level `index` places behind the best."""
        return self.sign * self.keys[index]

    def set(self, price: int, size: int) -> int:
        """Set a level (0 removes it) and return the size it had before."""
        old = self.sizes.get(price, 0)
        if size:
            self.sizes[price] = size
            if not old:
                insort(self.keys, self.sign * price)
        elif old:
            del self.sizes[price]
            del self.keys[bisect_left(self.keys, self.sign * price)]
        return old

    def fill(self, sizes: dict[int, int]) -> None:
        """These levels (none of size 0) instead of all that there are."""
        self.sizes = sizes
        self.keys = sorted(self.sign * price for price in sizes)

    def top(self, count: int | None = None) -> Levels:
        """The best `count` levels as (ticks, lots); all when None."""
        keys = self.keys if count is None else self.keys[:count]
        prices = keys if self.sign > 0 else list(map(neg, keys))
        return list(zip(prices, map(self.sizes.__getitem__, prices), strict=True))


class Book:
    """Bids and asks."""

    __slots__ = ("asks", "bids")

    def __init__(self) -> None:
        self.bids = Side(-1)
        self.asks = Side(1)

    def touch(self) -> tuple[int, int, int, int]:
        """Best bid, its size, best ask, its size; zeros for an empty side."""
        bid, ask = self.bids.best(), self.asks.best()
        return bid or 0, self.bids.sizes.get(bid or 0, 0), ask or 0, self.asks.sizes.get(ask or 0, 0)

    def crossed(self) -> bool:
        """True when the best bid reaches the best ask."""
        bid, ask = self.bids.best(), self.asks.best()
        return bid is not None and ask is not None and bid >= ask


def levels_of(sizes: dict[int, int], sign: int) -> Levels:
    """Sorted levels, best first, of a price -> size mapping."""
    return [(price, sizes[price]) for price in sorted(sizes, reverse=sign < 0)]
