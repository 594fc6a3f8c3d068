"""Sliding trade VWAPs against sums over all trades in the window."""

from __future__ import annotations

import gc
import sys
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.analytics.vwap.compute import TradeWindow
from server.errors import ConfigError
from server.model import Side, Trade
from server.units import SECOND

from ..model import half_even, trade

NUMBER = st.decimals("0.00000001", "1000000", places=8)
TRADES = st.lists(
    st.tuples(st.integers(0, 40), NUMBER, st.one_of(st.just(Decimal(0)), NUMBER)).map(
        lambda row: (row[0] * SECOND // 4, row[1], row[2])
    ),
    max_size=60,
).map(
    lambda rows: [
        Trade("S", str(9 + place), price, size, Side.SELL, time) for place, (time, price, size) in enumerate(rows)
    ]
)


def mean(trades: list[Trade]) -> Decimal | None:
    volume = sum((Fraction(each.size) for each in trades), Fraction(0))
    return half_even(notional(trades) / volume, 12) if volume else None


def notional(trades: list[Trade]) -> Fraction:
    return sum((Fraction(each.size) * Fraction(each.price) for each in trades), Fraction(0))


@given(TRADES, st.sampled_from([0, 1, 3, 200]))
def test_count_window_equals_brute_force_after_every_trade(trades: list[Trade], size: int) -> None:
    window = TradeWindow(size)
    for place, each in enumerate(trades):
        window.add(each)
        inside = trades[max(0, place + 1 - size) : place + 1]
        value = window.value()
        assert (value.trades, value.vwap) == (len(inside), mean(inside))
        assert value.volume == sum(each.size for each in inside)
        assert Fraction(value.quote_volume) == notional(inside)
        if inside:
            assert (value.first_time, value.last_time) == (inside[0].exchange_time, inside[-1].exchange_time)
            assert value.last_id == inside[-1].trade_id


@given(TRADES, st.sampled_from([1, SECOND, 3 * SECOND]))
def test_time_window_equals_brute_force_whatever_the_order(trades: list[Trade], nanos: int) -> None:
    window = TradeWindow(nanos=nanos)
    for place, each in enumerate(trades):
        window.add(each)
        seen = trades[: place + 1]
        newest = max(each.exchange_time for each in seen)
        inside = sorted(
            (each for each in seen if each.exchange_time > newest - nanos),
            key=lambda each: (each.exchange_time, int(each.trade_id)),
        )
        value = window.value()
        assert (value.trades, value.vwap) == (len(inside), mean(inside))
        assert (value.first_time, value.last_time) == (inside[0].exchange_time, newest)
        assert value.last_id == inside[-1].trade_id


def test_no_window_and_no_trades_are_no_price() -> None:
    for window in (TradeWindow(0), TradeWindow(-5), TradeWindow(), TradeWindow(nanos=SECOND)):
        value = window.value()
        assert (value.vwap, value.trades, value.volume, value.last_id) == (None, 0, 0, "")
    closed = TradeWindow(0)
    closed.add(trade(0, "10"))
    assert closed.value().vwap is None


def test_the_first_trades_average_what_is_there() -> None:
    window = TradeWindow()
    window.add(trade(0, "10", "1"))
    window.add(trade(1, "20", "3"))
    assert window.value().vwap == Decimal("17.5")


def test_volume_zero_is_no_price_and_no_error() -> None:
    window = TradeWindow(2)
    window.add(trade(0, "10", "0"))
    assert (window.value().vwap, window.value().trades) == (None, 1)


def test_nothing_drifts_after_one_enormous_trade() -> None:
    """Sums of floats were wrong by more than a tick after a print of a billion times the usual size."""
    window = TradeWindow(2)
    window.add(trade(0, "61837.63", "1000000000.00000001"))
    for second in range(1, 4):
        window.add(trade(second, "61837.63", "0.00000001"))
    assert window.value().vwap == Decimal("61837.63")
    assert window.value().volume == Decimal("0.00000002")


def test_the_mean_is_rounded_once_and_half_to_even() -> None:
    window = TradeWindow(2)
    window.add(trade(0, "0.000000000001", "1"))
    window.add(trade(1, "0.000000000002", "1"))
    assert window.value().vwap == Decimal("0.000000000002")
    window.add(trade(2, "0.000000000003", "1"))
    assert window.value().vwap == Decimal("0.000000000002")


def test_scales_are_widened_by_what_comes() -> None:
    window = TradeWindow(3)
    window.add(trade(0, "1e3", "1e3"))
    window.add(trade(1, "0.000000000000000001", "0.000000000000000001"))
    assert window.value().volume == Decimal("1000.000000000000000001")
    assert window.value().quote_volume == Decimal("1000000.000000000000000000000000000000000001")


@pytest.mark.parametrize(
    ("price", "size"),
    [
        *(("0", "1"), ("-1", "1"), ("1", "-1"), ("NaN", "1"), ("Infinity", "1"), ("1", "Infinity"), ("1", "NaN")),
        *(("1e90", "1e-90"), ("1", "1e-40"), ("1." + 60 * "1", "1." + 60 * "1")),
    ],
)
def test_what_is_no_trade_is_counted_and_changes_nothing(price: str, size: str) -> None:
    window = TradeWindow(1)
    window.add(trade(0, "10"))
    before = window.value()
    window.add(trade(1, price, size))
    assert (window.refused, window.value()) == (1, before)
    window.add(trade(2, "11"))
    assert window.value().vwap == 11


def test_a_gap_is_told_while_both_its_sides_are_in_the_window() -> None:
    window = TradeWindow(3)
    window.gap()
    window.add(trade(0, "10"))
    assert not window.value().has_gap, "before the first trade nothing is known to be missing"
    window.add(trade(1, "10"))
    window.gap()
    assert not window.value().has_gap, "no trade behind it yet"
    told = []
    for second in range(2, 6):
        window.add(trade(second, "10"))
        told.append(window.value().has_gap)
    assert told == [True, True, False, False]


def test_a_window_of_a_time_has_a_gap_until_the_trade_behind_it_has_left() -> None:
    window = TradeWindow(nanos=3 * SECOND)
    window.add(trade(0, "10"))
    window.gap()
    told = []
    for second in range(4, 9):
        window.add(trade(second, "10"))
        told.append(window.value().has_gap)
    assert told == [True, True, True, False, False]


def test_a_window_is_of_trades_or_of_a_time() -> None:
    for trades, nanos in ((5, 5), (None, 0), (None, -1)):
        with pytest.raises(ConfigError):
            TradeWindow(trades, nanos=nanos)


def test_a_trade_costs_the_same_in_a_long_window_as_in_a_short_one() -> None:
    """The origin copied a list for every trade."""

    def calls(window: TradeWindow) -> int:
        for second in range(3000):
            window.add(trade(second, "10"))
        counted = 0

        def count(_frame: object, event: str, _argument: object) -> None:
            nonlocal counted
            counted += event in ("call", "c_call")

        gc.disable()  # What hears of a collection is called, too.
        sys.setprofile(count)
        try:
            window.add(trade(3000, "10"))
            window.value()
        finally:
            sys.setprofile(None)
            gc.enable()
        return counted

    assert calls(TradeWindow(2000)) == calls(TradeWindow(10)) < 60
    assert calls(TradeWindow(nanos=2000 * SECOND)) == calls(TradeWindow(nanos=10 * SECOND)) < 60
