"""Trades of one stretch of time added up so that stretches can be added up again."""

from __future__ import annotations

from decimal import Decimal

from .sums import add, is_later_id, worth


class Bucket:
    """First, last, highest and lowest price, and exact sums. One trade is a bucket; buckets add up in any order.

    First and last are by time, then by venue name (of trades of several venues), then by trade id. A sum is None where
    a part did not say it.
    """

    __slots__ = (
        "close", "first", "first_id", "first_venue", "high", "last", "last_id", "last_venue", "low", "open", "quote",
        "trades", "volume",
    )  # fmt: skip

    first: int
    """Time of the first trade, nanoseconds UTC."""
    first_venue: str
    first_id: str
    last: int
    last_venue: str
    last_id: str
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal | None
    """Base units."""
    quote: Decimal | None
    """Quote units."""
    trades: int | None

    @classmethod
    def of_trade(cls, time: int, venue: str, trade_id: str, price: Decimal, size: Decimal) -> Bucket:
        """One trade. Raises ArithmeticError for a price that is not above 0, a size below 0, or what is no number."""
        quote = worth(price, size)
        bucket = cls()
        bucket.first = bucket.last = time
        bucket.first_venue = bucket.last_venue = venue
        bucket.first_id = bucket.last_id = trade_id
        bucket.open = bucket.high = bucket.low = bucket.close = price
        bucket.volume, bucket.quote, bucket.trades = size, quote, 1
        return bucket

    @classmethod
    def of_sums(
        cls,
        times: tuple[int, int],
        prices: tuple[Decimal, Decimal, Decimal, Decimal],
        volume: Decimal | None,
        quote: Decimal | None,
        trades: int | None,
    ) -> Bucket:
        """What a venue says of the time from times[0] until before times[1]: open, high, low, close and sums."""
        bucket = cls()
        bucket.first, bucket.last = times[0], times[1] - 1
        bucket.first_venue = bucket.last_venue = bucket.first_id = bucket.last_id = ""
        bucket.open, bucket.high, bucket.low, bucket.close = prices
        bucket.volume, bucket.quote, bucket.trades = volume, quote, trades
        return bucket

    def copy(self) -> Bucket:
        """One that can be added to without changing this one."""
        other = Bucket()
        for name in Bucket.__slots__:
            setattr(other, name, getattr(self, name))
        return other

    def trade(self, time: int, venue: str, trade_id: str, price: Decimal, size: Decimal) -> None:
        """Adds one trade: merge(of_trade(...)) without the detour. Raises ArithmeticError, having changed nothing."""
        if self.volume is None or self.quote is None or self.trades is None:
            self.merge(Bucket.of_trade(time, venue, trade_id, price, size))
            return
        self.quote = add(self.quote, worth(price, size))
        self.volume = add(self.volume, size)
        self.trades += 1
        if price > self.high:
            self.high = price
        elif price < self.low:
            self.low = price
        if time > self.last or (time == self.last and _behind(venue, trade_id, self.last_venue, self.last_id)):
            self.last, self.last_venue, self.last_id, self.close = time, venue, trade_id, price
        if time <= self.first and (time < self.first or _behind(self.first_venue, self.first_id, venue, trade_id)):
            self.first, self.first_venue, self.first_id, self.open = time, venue, trade_id, price

    def merge(self, other: Bucket) -> None:
        """Adds what is in the other one."""
        self.volume = None if self.volume is None or other.volume is None else add(self.volume, other.volume)
        self.quote = None if self.quote is None or other.quote is None else add(self.quote, other.quote)
        self.trades = None if self.trades is None or other.trades is None else self.trades + other.trades
        self.high = max(self.high, other.high)
        self.low = min(self.low, other.low)
        if other.last > self.last or (
            other.last == self.last and _behind(other.last_venue, other.last_id, self.last_venue, self.last_id)
        ):
            self.last, self.last_venue, self.last_id = other.last, other.last_venue, other.last_id
            self.close = other.close
        if other.first < self.first or (
            other.first == self.first and _behind(self.first_venue, self.first_id, other.first_venue, other.first_id)
        ):
            self.first, self.first_venue, self.first_id = other.first, other.first_venue, other.first_id
            self.open = other.open

    def same(self, other: Bucket | None) -> bool:
        """Whether the other one holds the same."""
        return other is not None and all(getattr(self, name) == getattr(other, name) for name in Bucket.__slots__)


def _behind(venue: str, trade_id: str, other_venue: str, other_id: str) -> bool:
    """Whether of two trades of the same time the first one named comes later."""
    return venue > other_venue or (venue == other_venue and is_later_id(trade_id, other_id))
