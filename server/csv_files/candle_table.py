"""Candles as the rows of a CSV file: the columns that `onebook candles --csv` has, too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from ..analytics.candles.candle import Candle
from . import csv_text

_VARIANCES = ("open", "high", "low", "close", "volume")
COLUMNS = (
    *("start", "open", "high", "low", "close", "volume", *(f"{name}_var" for name in _VARIANCES), "open_interest"),
    *("quote_volume", "quote_volume_var", "trades", "vwap", "state", "source", "revision"),
)
"""Those of candle files of older systems, in their order, and then further ones."""


def candle_table(candles: Iterable[Candle]) -> Iterator[str]:
    """The lines of a file, each with its end: the header, and one row per candle. What is not known is empty."""
    yield csv_text.row(COLUMNS)
    for candle in candles:
        yield csv_text.row(_values(candle))


def _values(candle: Candle) -> Iterator[str]:
    against = candle.reconciliation
    differences = [getattr(against, name) if against else None for name in (*_VARIANCES, "quote_volume")]
    numbers: list[Decimal | None] = [candle.open, candle.high, candle.low, candle.close, candle.volume]
    numbers += [*differences[:-1], candle.open_interest, candle.quote_volume, differences[-1]]
    yield csv_text.time_to_seconds(candle.open_time)
    yield from map(csv_text.decimal, numbers)
    yield "" if candle.trades is None else str(candle.trades)
    yield csv_text.decimal(candle.vwap())
    yield from (candle.state.name.lower(), candle.source.name.lower(), str(candle.revision))
