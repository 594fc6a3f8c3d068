"""The rows of the history: what a writer is fed with, and what a reader returns. All numbers are exact.

Times are nanoseconds UTC. `values()` gives the columns of the table behind `market_id`, in the order of the schema, and
raises NumberError for what cannot be kept; `read()` makes the row again.
"""

from __future__ import annotations

from decimal import Decimal
from hashlib import blake2b
from typing import Any, NamedTuple

from ..model import Side, VenueState
from .errors import NumberError
from .markets import Market
from .numbers import int64, optional_int64, plain, read_decimal, text

Level = tuple[int, int]
"""Mantissas of price and quantity."""
Values = tuple[Any, ...]
MOST_LEVELS = 255
"""Levels per side of one book."""


class TradeRow(NamedTuple):
    """One trade. The same trade twice is one row: market, time and id tell."""

    market: Market
    time: int
    """By the venue's clock."""
    trade_id: str
    """The venue's own id, never empty."""
    side: Side
    """Of the aggressor."""
    price: int
    """Mantissa at market.price_exp."""
    quantity: int
    """Mantissa at market.qty_exp, base units."""
    received: int

    def values(self) -> Values:
        key = trade_key(self.trade_id)
        return (
            int64(self.time, "time"),
            key,
            None if str(key) == self.trade_id else self.trade_id,
            int(self.side),
            int64(self.price, "price"),
            int64(self.quantity, "quantity"),
            int64(self.received, "received"),
        )

    @classmethod
    def read(cls, market: Market, values: Values) -> TradeRow:
        time, key, trade_id, side, price, quantity, received = values
        return cls(market, time, str(key) if trade_id is None else trade_id, Side(side), price, quantity, received)


def trade_key(trade_id: str) -> int:
    """The integer by which a trade is found: the id itself where it is the plain text of an int64, else a hash of 63
    bits. Raises NumberError for an empty id."""
    if not trade_id:
        raise NumberError("a trade without an id cannot be told from its copy")
    if len(trade_id) < 20 and trade_id.isdecimal() and trade_id.isascii():
        number = int(trade_id)
        if number < 2**63 and str(number) == trade_id:
            return number
    return int.from_bytes(blake2b(text(trade_id, "trade id").encode(), digest_size=8).digest(), "big") >> 1


class TradeGapRow(NamedTuple):
    """Trades of one venue are missing in the history at this place."""

    market: Market
    received: int
    """When the server saw that they are missing."""
    after_id: str
    """The trade before the gap; empty: not known."""
    before_id: str
    """The trade behind the gap; empty: not known."""
    missing: int
    """Number of trades; 0: not known."""

    @property
    def time(self) -> int:
        """The time that says in which day's file the gap is."""
        return self.received

    def values(self) -> Values:
        """The columns behind market_id."""
        ids = text(self.after_id, "trade id"), text(self.before_id, "trade id")
        return int64(self.received, "received"), *ids, int64(self.missing, "missing")

    @classmethod
    def read(cls, market: Market, values: Values) -> TradeGapRow:
        """The row of these columns."""
        return cls(market, *values)


class MetricRow(NamedTuple):
    """The top of one book, and the averages of its price, at one time. None: there was no such number."""

    market: Market
    time: int
    bid: int | None
    """Best bid, mantissa at market.price_exp."""
    bid_quantity: int | None
    ask: int | None
    ask_quantity: int | None
    vwap_price: Decimal | None
    """Mean of the volume-weighted average prices of both sides, as it was published."""
    average_30s: Decimal | None
    """Average price of the 30 seconds before `time`."""
    coverage_30s: int
    """Part of these 30 seconds with a price, in millionths."""
    average_60s: Decimal | None
    coverage_60s: int

    def values(self) -> Values:
        return (
            int64(self.time, "time"),
            optional_int64(self.bid, "bid"),
            optional_int64(self.bid_quantity, "bid quantity"),
            optional_int64(self.ask, "ask"),
            optional_int64(self.ask_quantity, "ask quantity"),
            plain(self.vwap_price, "vwap price"),
            plain(self.average_30s, "average of 30 s"),
            int64(self.coverage_30s, "coverage of 30 s"),
            plain(self.average_60s, "average of 60 s"),
            int64(self.coverage_60s, "coverage of 60 s"),
        )

    @classmethod
    def read(cls, market: Market, values: Values) -> MetricRow:
        time, bid, bid_quantity, ask, ask_quantity, vwap, short, short_ppm, long, long_ppm = values
        averages = (read_decimal(short), short_ppm, read_decimal(long), long_ppm)
        return cls(market, time, bid, bid_quantity, ask, ask_quantity, read_decimal(vwap), *averages)


class OpenInterestRow(NamedTuple):
    """Open interest of one contract at one time."""

    market: Market
    time: int
    value: Decimal
    """In the unit of the venue's message."""
    received: int

    def values(self) -> Values:
        return int64(self.time, "time"), plain(self.value, "open interest"), int64(self.received, "received")

    @classmethod
    def read(cls, market: Market, values: Values) -> OpenInterestRow:
        time, value, received = values
        return cls(market, time, Decimal(value), received)


class StatusRow(NamedTuple):
    """A venue's book of one pair came into a state."""

    market: Market
    time: int
    state: VenueState
    detail: str
    """Why, for people; may be empty."""

    def values(self) -> Values:
        return int64(self.time, "time"), int(self.state), text(self.detail, "detail")

    @classmethod
    def read(cls, market: Market, values: Values) -> StatusRow:
        time, state, detail = values
        return cls(market, time, VenueState(state), detail)


class BookRow(NamedTuple):
    """The best levels of one book at one time, at most MOST_LEVELS per side, best first."""

    market: Market
    time: int
    sequence: int
    """Tells books of the same time apart, and says which came first: the venue's sequence number, or a count."""
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]

    def check(self) -> None:
        """Raises NumberError for what cannot be kept."""
        int64(self.time, "time")
        int64(self.sequence, "sequence")
        if max(len(self.bids), len(self.asks)) > MOST_LEVELS:
            raise NumberError(f"a book has more than {MOST_LEVELS} levels on one side")
        for price, quantity in (*self.bids, *self.asks):
            int64(price, "price")
            int64(quantity, "quantity")
