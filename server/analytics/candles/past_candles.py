"""Candles of the history."""

from __future__ import annotations

from ...history.candle_row import CandleRow, Comparison
from ...history.day_reader import Source
from ...history.store import HistoryStore
from ...model import Pair
from ..intervals import Interval
from .candle import Candle, CandleSource, CandleState, Reconciliation


class PastCandles:
    """Reads candles of a history."""

    def __init__(self, store: HistoryStore) -> None:
        self._store = store

    def read(
        self,
        pair: Pair,
        venue: str,
        interval: Interval,
        start: int,
        end: int,
        limit: int,
        *,
        newest_first: bool = False,
    ) -> list[Candle]:
        """Closed candles that open in [start, end), at most `limit`. An empty venue stands for all venues together.
        Raises HistoryError."""
        source = Source(venue, pair.base, pair.quote)
        page = self._store.candles(source, interval.name, start, end, limit=limit, newest_first=newest_first)
        return [candle_of(row, interval) for row in page.rows]


def candle_of(row: CandleRow, interval: Interval) -> Candle:
    """The candle of a row."""

    def price(mantissa: int | None) -> object:
        return None if mantissa is None else row.market.price_of(mantissa)

    prices = {"open": price(row.open), "high": price(row.high), "low": price(row.low), "close": price(row.close)}
    return Candle(
        interval=interval,
        open_time=row.open_time,
        close_time=row.close_time,
        volume=row.volume,
        quote_volume=row.quote_volume,
        trades=row.trades,
        state=CandleState(row.state),
        source=CandleSource(row.source),
        revision=row.revision,
        reconciliation=None if row.comparison is None else _reconciliation(row.comparison),
        open_interest=row.open_interest,
        **prices,  # type: ignore[arg-type]
    )


def _reconciliation(other: Comparison) -> Reconciliation:
    return Reconciliation(*other)
