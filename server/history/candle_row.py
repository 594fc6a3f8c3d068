"""A candle of the history, with its revision and its comparison to the venue's own candle."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from .markets import Market
from .numbers import int64, optional_int64, plain, read_decimal, text
from .rows import Values

COMPLETE = 2
"""The number of onebook.v1.CandleState of a candle whose trades are all known."""


class Comparison(NamedTuple):
    """A candle's numbers less the numbers of the venue's own candle; None where one of the two has no such number."""

    time: int
    """When they were compared, nanoseconds UTC."""
    open: Decimal | None
    high: Decimal | None
    low: Decimal | None
    close: Decimal | None
    volume: Decimal | None
    quote_volume: Decimal | None
    alarm: bool
    """A difference is above its threshold."""


class CandleRow(NamedTuple):
    """One candle. Of several rows of one interval and open time, the one of the highest rank() is kept."""

    market: Market
    interval: str
    """Canonical name of the length: 1s, 1m, 1h, 1d, 1w, 1mo."""
    open_time: int
    """Nanoseconds UTC; the candle is of [open_time, close_time)."""
    close_time: int
    open: int | None
    """Mantissa at market.price_exp, as the other three; None where there were no trades."""
    high: int | None
    low: int | None
    close: int | None
    volume: Decimal | None
    """Base units. A decimal, as sums of a day exceed 64 bits."""
    quote_volume: Decimal | None
    """Quote units."""
    trades: int | None
    state: int
    """Number of onebook.v1.CandleState."""
    source: int
    """Number of onebook.v1.CandleSource."""
    revision: int
    """0 for the first close; each correction adds one."""
    comparison: Comparison | None = None
    open_interest: Decimal | None = None
    """At the end of the interval, in the unit of the venue's message."""

    @property
    def time(self) -> int:
        """The time that says in which day's file the candle is."""
        return self.open_time

    @property
    def rank(self) -> tuple[int, bool, int]:
        """A candle replaces a stored one unless its rank is lower: by revision, then whether it is complete, then by
        the time of the comparison."""
        return self.revision, self.state == COMPLETE, self.comparison.time if self.comparison else 0

    def values(self) -> Values:
        other = self.comparison
        return (
            text(self.interval, "interval"),
            int64(self.open_time, "open time"),
            int64(self.close_time, "close time"),
            optional_int64(self.open, "open"),
            optional_int64(self.high, "high"),
            optional_int64(self.low, "low"),
            optional_int64(self.close, "close"),
            plain(self.volume, "volume"),
            plain(self.quote_volume, "quote volume"),
            optional_int64(self.trades, "trades"),
            int64(self.state, "state"),
            int64(self.source, "source"),
            int64(self.revision, "revision"),
            plain(self.open_interest, "open interest"),
            *(_NOT_COMPARED if other is None else _compared(other)),
        )

    @classmethod
    def read(cls, market: Market, values: Values) -> CandleRow:
        interval, open_time, close_time, first, high, low, close = values[:7]
        volume, quote_volume, trades, state, source, revision, open_interest = values[7:14]
        return cls(
            market,
            interval,
            open_time,
            close_time,
            first,
            high,
            low,
            close,
            read_decimal(volume),
            read_decimal(quote_volume),
            trades,
            state,
            source,
            revision,
            _comparison(values[14:]),
            read_decimal(open_interest),
        )


_NOT_COMPARED = (None,) * 8


def _compared(other: Comparison) -> Values:
    return (
        int64(other.time, "time of the comparison"),
        plain(other.open, "difference of open"),
        plain(other.high, "difference of high"),
        plain(other.low, "difference of low"),
        plain(other.close, "difference of close"),
        plain(other.volume, "difference of volume"),
        plain(other.quote_volume, "difference of quote volume"),
        int(other.alarm),
    )


def _comparison(values: Values) -> Comparison | None:
    time, first, high, low, close, volume, quote_volume = (values[0], *map(read_decimal, values[1:7]))
    if time is None:
        return None
    return Comparison(time, first, high, low, close, volume, quote_volume, bool(values[7]))
