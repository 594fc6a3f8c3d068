"""Candles as rows of the history."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Protocol

from ..analytics.candles.candle import Candle
from ..history.candle_row import CandleRow, Comparison
from ..history.markets import Market
from ..model import Pair


class Markets(Protocol):
    """Gives rows their market; see RowMarkets and FixedMarkets."""

    def of(
        self, pair: Pair, venue: str, prices: Iterable[Decimal] = (), quantities: Iterable[Decimal] = ()
    ) -> Market: ...


def candle_row(markets: Markets, pair: Pair, venue: str, candle: Candle) -> CandleRow:
    """The row of a closed candle. Raises NumberError: no scale holds its prices."""
    prices = [each for each in (candle.open, candle.high, candle.low, candle.close) if each is not None]
    row_market = markets.of(pair, venue, prices)

    def price(value: Decimal | None) -> int | None:
        return None if value is None else row_market.price(value)

    return CandleRow(
        row_market, candle.interval.name, candle.open_time, candle.close_time, price(candle.open), price(candle.high),
        price(candle.low), price(candle.close), candle.volume, candle.quote_volume, candle.trades, int(candle.state),
        int(candle.source), candle.revision, _comparison(candle), candle.open_interest,
    )  # fmt: skip


def _comparison(candle: Candle) -> Comparison | None:
    made = candle.reconciliation
    if made is None:
        return None
    return Comparison(
        made.time, made.open, made.high, made.low, made.close, made.volume, made.quote_volume, made.alarm
    )  # fmt: skip
