"""Candles become columns and the same candles again, and are ranked."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given

from server.history.candle_row import CandleRow, Comparison
from server.history.errors import NumberError

from . import samples
from .samples import candle


@given(samples.candles)
def test_round_trip(row: CandleRow) -> None:
    assert CandleRow.read(row.market, row.values()) == row


def test_rank() -> None:
    compared = Comparison(5, None, None, None, None, Decimal(0), None, False)
    rising = [candle(0, 3), candle(0), candle(0)._replace(comparison=compared), candle(1, 4), candle(1)]
    assert sorted(rising, key=lambda row: row.rank) == rising
    assert len({row.rank for row in rising}) == len(rising)


def test_what_cannot_be_kept_is_refused() -> None:
    with pytest.raises(NumberError):
        candle()._replace(volume=Decimal("NaN")).values()
    with pytest.raises(NumberError):
        candle()._replace(high=2**63).values()


def test_the_time_is_the_open_time() -> None:
    assert candle().time == samples.NOON
