"""Rows as bytes, on their way from a server to the process that writes its history."""

from __future__ import annotations

import marshal
from functools import lru_cache
from typing import Any

from .candle_row import CandleRow
from .intake import Row
from .markets import Market
from .rows import BookRow, MetricRow, OpenInterestRow, StatusRow, TradeGapRow, TradeRow

_CLASSES: tuple[type[Any], ...] = (TradeRow, TradeGapRow, CandleRow, MetricRow, OpenInterestRow, StatusRow)
_NUMBERS = {kind: number for number, kind in enumerate(_CLASSES)}
_BOOK = len(_CLASSES)


def encode(row: Row) -> bytes:
    """The bytes of a row. Raises NumberError for a row that cannot be kept exactly."""
    if isinstance(row, BookRow):
        row.check()
        return marshal.dumps((_BOOK, _checked(row.market), (row.time, row.sequence, row.bids, row.asks)))
    # Plain integers and text: marshal knows no enum, and no subclass of a tuple.
    return marshal.dumps((_NUMBERS[type(row)], _checked(row.market), row.values()))


@lru_cache(maxsize=10_000)
def _checked(market: Market) -> tuple[Any, ...]:
    """The market as a plain tuple. Raises NumberError."""
    market.check()
    return tuple(market)


def decode(data: bytes) -> Row:
    """The row of these bytes, which encode() of the same onebook has made: they are trusted."""
    number, market, values = marshal.loads(data)
    if number == _BOOK:
        return BookRow(Market(*market), *values)
    row: Row = _CLASSES[number].read(Market(*market), values)
    return row
