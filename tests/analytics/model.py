"""What candles and averages should be, worked out slowly from all trades at once; and short ways to make trades."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from server.analytics.candles.candle import Candle
from server.analytics.intervals import Interval
from server.model import Side, Trade
from server.protocol.candle_source import Candle as VenueCandle
from server.units import SECOND

NOON = 1_723_204_800 * SECOND
"""2024-08-09 12:00 UTC, a Friday: every length up to 12 hours begins here."""


def trade(seconds: float | str, price: str, size: str = "1", trade_id: str = "") -> Trade:
    """A trade so many seconds after NOON; without an id it is never a duplicate."""
    time = NOON + int(Decimal(str(seconds)) * SECOND)
    return Trade("S", trade_id, Decimal(price), Decimal(size), Side.BUY, time)


def intervals(*names: str) -> list[Interval]:
    return [Interval.parse(name) for name in names]


@dataclass(frozen=True)
class Numbers:
    """What can be said of an interval with trades."""

    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Fraction
    quote: Fraction
    trades: int


def model(trades: Iterable[Trade], interval: Interval) -> dict[int, Numbers]:
    """The candles of these trades by the time that they open. Ids are numbers."""
    parts: dict[int, list[Trade]] = {}
    for each in trades:
        parts.setdefault(interval.floor(each.exchange_time), []).append(each)
    return {open_time: _numbers(parts[open_time]) for open_time in sorted(parts)}


def _numbers(trades: Sequence[Trade]) -> Numbers:
    ordered = sorted(trades, key=lambda each: (each.exchange_time, int(each.trade_id or 0)))
    prices = [each.price for each in ordered]
    return Numbers(
        prices[0],
        max(prices),
        min(prices),
        prices[-1],
        sum((Fraction(each.size) for each in ordered), Fraction(0)),
        sum((Fraction(each.size) * Fraction(each.price) for each in ordered), Fraction(0)),
        len(ordered),
    )


def numbers(candle: Candle) -> Numbers:
    """The same of a candle that has them all."""
    assert candle.open is not None
    assert candle.high is not None
    assert candle.low is not None
    assert candle.close is not None
    assert candle.volume is not None
    assert candle.quote_volume is not None
    assert candle.trades is not None
    prices = candle.open, candle.high, candle.low, candle.close
    return Numbers(*prices, Fraction(candle.volume), Fraction(candle.quote_volume), candle.trades)


def venue_candles(trades: Iterable[Trade], interval: Interval) -> list[VenueCandle]:
    """What a venue would answer that had these trades and leaves out intervals without any."""
    return [
        VenueCandle(
            open_time,
            each.open,
            each.high,
            each.low,
            each.close,
            decimal(each.volume),
            decimal(each.quote),
            each.trades,
        )
        for open_time, each in model(trades, interval).items()
    ]


def decimal(value: Fraction) -> Decimal:
    """A fraction of tenths, exactly."""
    scaled = value * 10**30
    assert scaled.denominator == 1
    return Decimal(f"{scaled.numerator}e-30")


def half_even(value: Fraction, decimals: int) -> Decimal:
    """Rounded once, half to even."""
    return Decimal(f"{round(value * 10**decimals)}e-{decimals}")
