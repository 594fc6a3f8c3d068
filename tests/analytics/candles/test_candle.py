"""A candle as readers get it: one rounding of its VWAP, filling of empty ones, and the numbers of the contract."""

from __future__ import annotations

from decimal import Decimal
from enum import IntEnum
from fractions import Fraction

import hypothesis.strategies as st
import pytest
from hypothesis import given

from onebook.v1 import analytics_pb2 as pb
from server.analytics.candles.candle import Candle, CandleSource, CandleState, Fill

from ..model import NOON, half_even, intervals

(MINUTE,) = intervals("1m")
AMOUNTS = st.decimals("0.000001", 10**9, places=6)


def candle(price: str | None, volume: Decimal | None, quote_volume: Decimal | None) -> Candle:
    close = None if price is None else Decimal(price)
    return Candle(
        interval=MINUTE,
        open_time=NOON,
        close_time=NOON + MINUTE.longest,
        open=close,
        high=close,
        low=close,
        close=close,
        volume=volume,
        quote_volume=quote_volume,
        trades=None,
        state=CandleState.COMPLETE,
        source=CandleSource.TRADES,
        revision=0,
    )


@given(AMOUNTS, AMOUNTS, st.integers(0, 18))
def test_vwap_is_rounded_once(volume: Decimal, quote_volume: Decimal, decimals: int) -> None:
    expected = half_even(Fraction(quote_volume) / Fraction(volume), decimals)
    assert candle("1", volume, quote_volume).vwap(decimals) == expected


@pytest.mark.parametrize(
    ("volume", "quote_volume"), [(None, Decimal(1)), (Decimal(1), None), (Decimal(0), Decimal(0)), (None, None)]
)
def test_there_is_no_vwap_without_both_volumes(volume: Decimal | None, quote_volume: Decimal | None) -> None:
    assert candle("1", volume, quote_volume).vwap() is None


def test_only_an_empty_candle_is_filled() -> None:
    empty, traded = candle(None, Decimal(0), Decimal(0)), candle("5", Decimal(1), Decimal(5))
    assert (empty.empty, traded.empty) == (True, False)
    filled = empty.filled(Decimal(7))
    assert [filled.open, filled.high, filled.low, filled.close] == [7] * 4
    assert (filled.volume, filled.open_time) == (0, NOON), "the rest is as it was"
    assert empty.filled(None) is empty
    assert traded.filled(Decimal(7)) is traded


@pytest.mark.parametrize(
    ("ours", "contract", "prefix"),
    [
        (CandleState, pb.CandleState, "CANDLE_STATE_"),
        (CandleSource, pb.CandleSource, "CANDLE_SOURCE_"),
        (Fill, pb.CandleFill, "CANDLE_FILL_"),
    ],
)
def test_numbers_are_those_of_the_contract(ours: type[IntEnum], contract: type, prefix: str) -> None:
    named = {name.removeprefix(prefix): number for name, number in contract.items()}  # type: ignore[attr-defined]
    named.pop("UNSPECIFIED")
    assert {member.name: member.value for member in ours} == named
