"""Sums of the trades of one period, which can be merged with the sums of other periods."""

from __future__ import annotations

from decimal import Decimal

from ..sums import add, is_later_id, worth


class OhlcvSum:
    """First, last, highest and lowest price, and exact sums. One trade is a sums; buckets add up in any order.

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
    def of_trade(cls, time: int, venue: str, trade_id: str, price: Decimal, size: Decimal) -> OhlcvSum:
        """The sums of one trade. Raises ArithmeticError for a price that is not above 0, a size below 0, or a value
        that is no number."""
        quote = worth(price, size)
        sums = cls()
        sums.first = sums.last = time
        sums.first_venue = sums.last_venue = venue
        sums.first_id = sums.last_id = trade_id
        sums.open = sums.high = sums.low = sums.close = price
        sums.volume, sums.quote, sums.trades = size, quote, 1
        return sums

    @classmethod
    def of_sums(
        cls,
        times: tuple[int, int],
        prices: tuple[Decimal, Decimal, Decimal, Decimal],
        volume: Decimal | None,
        quote: Decimal | None,
        trades: int | None,
    ) -> OhlcvSum:
        """A venue's own numbers for the time from times[0] until before times[1]: open, high, low, close and sums."""
        sums = cls()
        sums.first, sums.last = times[0], times[1] - 1
        sums.first_venue = sums.last_venue = sums.first_id = sums.last_id = ""
        sums.open, sums.high, sums.low, sums.close = prices
        sums.volume, sums.quote, sums.trades = volume, quote, trades
        return sums

    def copy(self) -> OhlcvSum:
        """A copy that can be changed without changing this object."""
        other = OhlcvSum()
        for name in OhlcvSum.__slots__:
            setattr(other, name, getattr(self, name))
        return other

    def trade(self, time: int, venue: str, trade_id: str, price: Decimal, size: Decimal) -> None:
        """Adds one trade: merge(of_trade(...)) without the detour. Raises ArithmeticError, having changed nothing."""
        if self.volume is None or self.quote is None or self.trades is None:
            self.merge(OhlcvSum.of_trade(time, venue, trade_id, price, size))
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

    def merge(self, other: OhlcvSum) -> None:
        """Adds the other sums."""
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

    def same(self, other: OhlcvSum | None) -> bool:
        """Whether the other sums are equal."""
        return other is not None and all(getattr(self, name) == getattr(other, name) for name in OhlcvSum.__slots__)


def _behind(venue: str, trade_id: str, other_venue: str, other_id: str) -> bool:
    """Whether of two trades of the same time the first one named comes later."""
    return venue > other_venue or (venue == other_venue and is_later_id(trade_id, other_id))
