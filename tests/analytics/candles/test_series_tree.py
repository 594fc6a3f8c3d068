"""Lengths of candles: of which shorter ones each is built, and what a part adds to the longer ones."""

from __future__ import annotations

from decimal import Decimal

from server.analytics.candles.candle_series import GAP_WITHIN, Slot
from server.analytics.candles.ohlcv_sum import OhlcvSum
from server.analytics.candles.series_tree import fold, make_series, merge_late
from server.analytics.intervals import Interval
from server.units import SECOND

START = 1_700_006_400 * SECOND
"""A full hour."""


def intervals(*names: str) -> list[Interval]:
    return [Interval.parse(name) for name in names]


def sums(time: int, price: str) -> OhlcvSum:
    return OhlcvSum.of_trade(time, "x", str(time), Decimal(price), Decimal(1))


def test_the_source_is_the_longest_that_divides() -> None:
    made = make_series(intervals("1h", "1m", "5m", "1m"), 10, START)
    assert [each.interval.name for each in made] == ["1m", "5m", "1h"]
    assert [each.source and each.source.interval.name for each in made] == [None, "1m", "5m"]
    assert [[longer.interval.name for longer in each.dependents] for each in made] == [["5m"], ["1h"], []]


def test_a_part_that_nobody_asked_for_is_not_listed() -> None:
    made = make_series(intervals("2m", "3m"), 10, START)
    assert [(each.interval.name, each.listed) for each in made] == [("1m", False), ("2m", True), ("3m", True)]
    assert all(each.source is made[0] for each in made[1:])


def test_a_closed_part_is_added_to_the_longer_ones() -> None:
    minute, hour = make_series(intervals("1m", "1h"), 10, START)
    for number, price in ((0, "5"), (1, "7")):
        open_time = START + number * 60 * SECOND
        fold(minute, minute.interval.number(open_time), Slot(0, sums(open_time, price)))
    whole = hour.opened(hour.interval.number(START))
    assert whole.sums is not None
    assert (whole.sums.high, whole.sums.low, whole.flags) == (7, 5, 0)
    fold(minute, minute.interval.number(START + 120 * SECOND), Slot(GAP_WITHIN))
    assert hour.opened(hour.interval.number(START)).flags == GAP_WITHIN


def test_a_late_trade_is_in_every_candle_that_is_kept() -> None:
    minute, hour = make_series(intervals("1m", "1h"), 10, START)
    closed = [*minute.close(START + 180 * SECOND, None, lambda _time: None)]
    for number, slot in closed:
        fold(minute, number, slot)
    late = sums(START + 61 * SECOND, "9")
    assert merge_late(minute, late)
    kept = minute.kept(minute.interval.number(START + 61 * SECOND))
    assert kept is not None
    assert kept.sums is not None
    assert kept.sums.volume == 1
    whole = hour.opened(hour.interval.number(START)).sums
    assert whole is not None
    assert whole.volume == 1
    assert minute.dirty
