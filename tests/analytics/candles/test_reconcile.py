"""The venue's own candles: history, comparison, replacement."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from server.analytics.candles.candle import Candle, CandleSource, CandleState, Fill, Thresholds
from server.analytics.candles.candle_set import CandleSet
from server.analytics.candles.resume import CandlePast, resumed
from server.analytics.intervals import Interval
from server.analytics.settings import AnalyticsSettings
from server.model import Trade
from server.protocol.candle_source import Candle as VenueCandle
from server.units import SECOND

from ..model import NOON, intervals, numbers, trade, venue_candles

MINUTE, FIVE, HOUR, DAY = intervals("1m", "5m", "1h", "1d")
END = NOON + 10**18
LATER = NOON + 100_000 * SECOND


def at(seconds: float) -> int:
    return NOON + int(seconds * SECOND)


def theirs(seconds: int, price: str = "10", volume: str = "1", **more: object) -> VenueCandle:
    number = Decimal(price)
    return replace(VenueCandle(at(seconds), number, number, number, number, Decimal(volume)), **more)  # type: ignore[arg-type]


def made(*names: str, started: float = 0, keep: int = 1000) -> CandleSet:
    return CandleSet(intervals(*(names or ("1m", "5m"))), started=at(started), keep=keep)


# -- history


def test_history_is_the_venues_and_complete_and_is_not_told_as_news() -> None:
    candles = made("1m", started=600)
    assert candles.load(MINUTE, [theirs(420), theirs(480, "11"), theirs(600, "99"), theirs(540, closed=False)]) == 2
    assert all(each.open_time >= at(600) for each in candles.advance(at(662)))
    kept = candles.candles(MINUTE, 0, END, 100, Fill.NULL)
    assert [(each.open, each.source.name, each.state.name) for each in kept] == [
        (10, "VENUE", "COMPLETE"),
        (11, "VENUE", "COMPLETE"),
        (None, "TRADES", "PARTIAL_START"),
        (None, "TRADES", "COMPLETE"),
    ]
    assert {each.revision for each in kept} == {0}


def test_a_candle_in_progress_begins_with_smaller_ones_of_the_venue() -> None:
    candles = made("1m", "5m", "1h", "1d", started=7200 + 130)
    candles.load(HOUR, [theirs(0, "5", "100"), theirs(3600, "30", "100")])
    candles.load(MINUTE, [theirs(7200, "10", "2"), theirs(7260, "20", "3")])
    candles.trade(trade(7200 + 131, "15", "1"))
    latest = candles.latest(FIVE)
    assert (latest.open, latest.high, latest.low, latest.close, latest.volume) == (10, 20, 10, 15, 6)
    assert candles.latest(HOUR).volume == 6
    day = candles.latest(DAY)
    assert (day.open, day.high, day.volume) == (5, 30, 206)
    closed = candles.advance(at(7502))
    assert [each.state.name for each in closed if each.interval == FIVE] == ["PARTIAL_START"]
    # The minute of the start is the only one that is not whole; the venue's makes all that are built of it whole.
    corrected = candles.compare(MINUTE, [theirs(7320, "15", "4")], LATER)
    assert [(each.interval.name, each.volume, each.state.name) for each in corrected] == [
        ("1m", 4, "COMPLETE"), ("5m", 9, "COMPLETE"),
    ]  # fmt: skip
    assert candles.latest(HOUR).volume == 9
    hour = [each for each in candles.advance(at(10_802)) if each.interval == HOUR]
    assert [(each.volume, each.state.name) for each in hour] == [(9, "COMPLETE")]
    assert candles.latest(DAY).volume == 209


def test_the_order_of_loading_does_not_matter() -> None:
    results = []
    for order in ((MINUTE, HOUR), (HOUR, MINUTE)):
        candles = made("1m", "1h", "1d", started=3700)
        for interval in order:
            if interval is MINUTE:
                candles.load(MINUTE, [theirs(3600, "7", "2")])
            else:
                candles.load(HOUR, [theirs(0, "5", "100")])
        results.append([candles.latest(HOUR).volume, candles.latest(DAY).volume])
    assert results == [[2, 102], [2, 102]]


def test_history_that_comes_when_the_candle_is_closed_corrects_it() -> None:
    candles = made("1m", "5m", started=120)
    candles.advance(at(302))
    candles.load(MINUTE, [theirs(0), theirs(60)])
    corrected = candles.advance(at(303))
    assert [(each.interval.name, each.volume, each.revision) for each in corrected] == [("5m", 2, 1)]
    assert corrected[0].state is CandleState.COMPLETE


def test_what_the_server_counted_before_it_was_restarted_stays() -> None:
    settings = AnalyticsSettings(intervals=tuple(intervals("1m", "5m")))
    price = Decimal(7)
    counted = Candle(
        MINUTE, at(60), at(120), price, price, price, price, Decimal(3), Decimal(21), 3, CandleState.COMPLETE,
        CandleSource.TRADES, 0,
    )  # fmt: skip
    partial = replace(counted, open_time=at(120), close_time=at(180), state=CandleState.PARTIAL_GAP)
    candles = resumed(settings, CandlePast(at(180), {"1m": [counted, partial]}, [], at(170)))
    candles.load(MINUTE, [theirs(0), theirs(60), theirs(120)])
    found = candles.candles(MINUTE, 0, at(180), 9)
    assert [(each.volume, each.source.name) for each in found] == [(1, "VENUE"), (3, "TRADES"), (1, "VENUE")]


def test_lengths_that_the_venue_does_not_have_are_built_of_those_that_it_has() -> None:
    candles = made("1m", "2m", started=600)
    candles.load(MINUTE, [theirs(60 * minute, str(minute + 1)) for minute in range(10)])
    two = candles.candles(Interval.parse("2m"), 0, END, 100)
    assert [(each.open, each.close, each.volume, each.source.name) for each in two] == [
        (minute, minute + 1, 2, "VENUE") for minute in range(1, 10, 2)
    ]


def test_intervals_that_the_venue_leaves_out_were_empty() -> None:
    candles = made("1m", started=600)
    candles.load(MINUTE, [theirs(300), theirs(540)])
    kept = candles.candles(MINUTE, 0, END, 100, Fill.NULL)
    assert [(each.trades, each.state.name) for each in kept[1:-1]] == [(0, "COMPLETE")] * 3


def test_flat_candles_without_volume_are_empty() -> None:
    candles = made("1m", started=600)
    candles.load(MINUTE, [theirs(480), theirs(540, "10", "0")])
    assert len(candles.candles(MINUTE, 0, END, 100)) == 1
    previous = candles.candles(MINUTE, 0, END, 100, Fill.PREVIOUS)
    assert [each.close for each in previous] == [10, 10]


def test_candles_that_begin_elsewhere_or_hold_no_numbers_are_passed_over() -> None:
    """Weeks of some venues begin on Thursday, as 1970 did."""
    candles = made("1w", started=40 * 86_400)
    week = Interval.parse("1w").floor(NOON)
    monday = replace(theirs(0), open_time=week)
    thursday = replace(theirs(0), open_time=week + 3 * 86_400 * SECOND)
    broken = replace(monday, open_time=week + 7 * 86_400 * SECOND, volume=Decimal("NaN"))
    assert candles.load(Interval.parse("1w"), [monday, thursday, broken]) == 1


def test_no_more_history_is_kept_than_is_kept() -> None:
    candles = made("1m", started=6000, keep=5)
    assert candles.load(MINUTE, [theirs(60 * minute) for minute in range(-10_000, 100)]) == 5
    assert len(candles.candles(MINUTE, 0, END, 100)) == 5
    candles.advance(at(6602))
    assert len(candles.candles(MINUTE, 0, END, 100, Fill.NULL)) == 5
    assert candles.load(MINUTE, [theirs(5940)]) == 0, "there is no room before what is kept"


def test_a_trade_from_before_the_start_is_not_counted_twice() -> None:
    candles = made("1m", "5m", started=120)
    candles.load(MINUTE, [theirs(0), theirs(60)])
    candles.trade(trade(61, "50", "7"))
    assert (candles.too_late, candles.latest(FIVE).volume) == (1, 2)


# -- comparison


def test_a_complete_candle_keeps_its_numbers_and_has_the_differences_beside() -> None:
    candles = made("1m")
    candles.trade(trade(1, "10", "2"))
    candles.trade(trade(2, "12", "2"))
    candles.advance(at(62))
    final = VenueCandle(at(0), Decimal("10.5"), Decimal(12), Decimal(10), Decimal(12), Decimal(5), Decimal(50), 3)
    (candle,) = candles.compare(MINUTE, [final], LATER)
    result = candle.reconciliation
    assert result is not None
    assert (result.open, result.high, result.low, result.close) == (Decimal("-0.5"), 0, 0, 0)
    assert (result.volume, result.quote_volume, result.time, result.alarm) == (-1, -6, LATER, True)
    assert (candle.open, candle.volume, candle.source, candle.revision) == (10, 4, CandleSource.TRADES, 1)
    assert candles.compare(MINUTE, [final], LATER + 1) == [], "the same again is no correction"


@pytest.mark.parametrize(
    ("price", "volume", "alarm"), [("0.05", "0.2", False), ("0.04", "0.2", True), ("0.05", "0.19", True)]
)
def test_thresholds_are_parts_of_the_venues_numbers(price: str, volume: str, alarm: bool) -> None:
    candles = made("1m")
    candles.trade(trade(1, "10.5", "8"))
    candles.advance(at(62))
    (candle,) = candles.compare(MINUTE, [theirs(0, "10", "10")], LATER, Thresholds(Decimal(price), Decimal(volume)))
    assert candle.reconciliation is not None
    assert candle.reconciliation.alarm is alarm


def test_trades_on_one_side_only_are_an_alarm_without_differences_of_prices() -> None:
    candles = made("1m")
    candles.advance(at(62))
    (candle,) = candles.compare(MINUTE, [theirs(0)], LATER, Thresholds(Decimal(9), Decimal(9)))
    result = candle.reconciliation
    assert result is not None
    assert (result.open, result.volume, result.quote_volume, result.alarm) == (None, -1, None, True)


def test_base_and_quote_volume_are_compared_each_with_its_own() -> None:
    """The origin compared base units with the venue's quote units: its volume was way off."""
    candles = made("1m")
    candles.trade(trade(1, "30000", "2"))
    candles.advance(at(62))
    quote_only = replace(theirs(0, "30000"), volume=None, quote_volume=Decimal(60_000))
    (candle,) = candles.compare(MINUTE, [quote_only], LATER)
    result = candle.reconciliation
    assert result is not None
    assert (result.volume, result.quote_volume, result.alarm) == (None, 0, False)


def test_only_final_candles_count() -> None:
    """The origin read the venue's candle before it was final: eight of 22 were wrong for that."""
    candles = made("1m")
    candles.advance(at(62))
    assert candles.compare(MINUTE, [theirs(0)], at(179)) == []
    assert candles.compare(MINUTE, [theirs(0, closed=False)], LATER) == []
    assert len(candles.compare(MINUTE, [theirs(0, closed=True)], at(63))) == 1
    assert len(candles.compare(MINUTE, [theirs(0, "10", "2")], at(180))) == 1


def test_a_partial_candle_is_replaced_and_longer_ones_follow() -> None:
    candles = made("1m", "5m", "1h")
    for second in (10, 70, 130):
        candles.trade(trade(second, str(second), "1"))
    candles.gap(at(75), at(125))
    candles.advance(at(302))
    answer = [theirs(0, "10"), theirs(60, "70", "9", trades=4), theirs(120, "130", "1")]
    corrected = candles.compare(MINUTE, answer, LATER)
    assert [(each.interval.name, each.volume, each.source.name, each.state.name) for each in corrected] == [
        ("1m", 1, "TRADES", "COMPLETE"),
        ("1m", 9, "VENUE", "COMPLETE"),
        ("1m", 1, "TRADES", "COMPLETE"),
        ("5m", 11, "TRADES", "COMPLETE"),
    ]
    assert {each.revision for each in corrected} == {1}
    replaced = corrected[1].reconciliation
    assert replaced is not None
    assert (replaced.volume, replaced.alarm) == (-8, False)
    assert candles.latest(HOUR).volume == 11
    assert candles.compare(MINUTE, answer, LATER) == []


def test_a_late_trade_does_not_change_a_candle_of_the_venue_nor_what_is_built_of_it() -> None:
    candles = made("1m", "5m")
    candles.lost(at(0))
    candles.advance(at(302))
    candles.back(at(302))
    candles.compare(MINUTE, [theirs(60 * minute) for minute in range(5)], LATER)
    candles.trade(trade(70, "99", "50"))
    assert candles.advance(at(303)) == []
    assert [each.volume for each in candles.candles(FIVE, 0, END, 1)] == [5]


def test_a_candle_that_was_compared_is_compared_again_when_a_late_trade_changes_it() -> None:
    candles = made("1m")
    candles.trade(trade(1, "10"))
    candles.advance(at(62))
    candles.compare(MINUTE, [theirs(0, "10", "2")], LATER)
    assert candles.unreconciled(MINUTE, LATER) is None
    candles.trade(trade(2, "10"))
    (candle,) = candles.advance(at(63))
    assert (candle.reconciliation, candle.revision) == (None, 2)
    assert candles.unreconciled(MINUTE, LATER) == (at(0), at(60))


def test_without_all_parts_a_longer_candle_stays_partial_until_the_venues_own_comes() -> None:
    candles = made("1m", "1h", keep=3)
    for minute in range(60):
        candles.trade(trade(60 * minute, "10"))
    candles.gap(at(3541), at(3542))
    candles.advance(at(3602))
    corrected = candles.compare(MINUTE, [theirs(3540, "10", "5")], LATER)
    assert [each.interval.name for each in corrected] == ["1m"]
    (hour,) = candles.compare(HOUR, [theirs(0, "10", "64")], LATER)
    assert (hour.volume, hour.state, hour.source) == (64, CandleState.COMPLETE, CandleSource.VENUE)


def test_a_partial_candle_that_the_venue_confirms_stays_ours() -> None:
    """The trades of the gap came from the venue's history in the end."""
    candles = made("1m")
    trades = [trade(1, "10", "2", "1"), trade(30, "11", "1", "2")]
    candles.lost(at(10))
    candles.back(at(20))
    for each in trades:
        candles.trade(each)
    candles.advance(at(62))
    (final,) = venue_candles(trades, MINUTE)
    rounded = replace(final, quote_volume=Decimal("31.00001"))
    (candle,) = candles.compare(MINUTE, [rounded], LATER)
    assert (candle.state, candle.source, candle.trades) == (CandleState.COMPLETE, CandleSource.TRADES, 2)


# -- what is worth asking for


def test_only_settled_candles_are_worth_asking_for() -> None:
    candles = made("1m", "1d")
    candles.advance(at(602))
    assert candles.unreconciled(MINUTE, at(179)) is None
    assert candles.unreconciled(MINUTE, at(180)) == (at(0), at(60))
    assert candles.unreconciled(MINUTE, at(602)) == (at(0), at(480))
    assert candles.unreconciled(DAY, at(602)) is None


def test_what_the_venue_left_out_is_asked_for_again_for_a_while_and_then_not() -> None:
    candles = made("1m")
    candles.advance(at(602))
    candles.unreconciled(MINUTE, at(602))
    candles.compare(MINUTE, [theirs(60)], at(602))
    assert candles.unreconciled(MINUTE, at(602)) == (at(120), at(480)), "what is before its newest answer it has not"
    assert candles.unreconciled(MINUTE, at(2000)) == (at(120), at(600))
    candles.compare(MINUTE, [], at(2000))
    assert candles.unreconciled(MINUTE, at(2000)) is None


def test_a_question_without_an_answer_is_asked_again() -> None:
    candles = made("1m")
    candles.advance(at(302))
    assert candles.unreconciled(MINUTE, LATER) == candles.unreconciled(MINUTE, LATER) == (at(0), at(300))


def test_numbers_of_the_model_are_those_of_the_candle() -> None:
    """What the other tests compare with is right itself."""
    candles = made("1m")
    trades: list[Trade] = [trade(1, "10", "1", "2"), trade(1, "9", "1", "1"), trade(30, "11", "0.5", "3")]
    for each in trades:
        candles.trade(each)
    (candle,) = candles.advance(at(62))
    result = numbers(candle)
    assert (result.open, result.high, result.low, result.close, result.trades) == (9, 11, 9, 11, 3)
    assert (result.volume, result.quote) == (Decimal("2.5"), Decimal("24.5"))


def test_a_part_that_is_still_open_keeps_its_gap_while_others_are_healed() -> None:
    candles = made("1m", "5m", started=-600)
    candles.advance(at(2))
    candles.gap(at(10), at(20))
    candles.advance(at(70))
    candles.gap(at(65), at(66))
    healed = candles.compare(MINUTE, [theirs(0, closed=True)], at(71))
    assert [(each.interval.name, each.state.name) for each in healed] == [("1m", "COMPLETE")]
    (five,) = [each for each in candles.advance(at(302)) if each.interval == FIVE]
    assert five.state is CandleState.PARTIAL_GAP


def test_a_longer_candle_whose_first_parts_are_history_closes_complete() -> None:
    """Its parts are whole though the server began to listen within it."""
    candles = made("1m", "5m", "1h", started=180)
    candles.load(MINUTE, [theirs(0), theirs(60), theirs(120)])
    candles.trade(trade(200, "10", "1"))
    closed = candles.advance(at(3602))
    assert {each.state for each in closed} == {CandleState.COMPLETE}
    assert [(each.volume, each.revision) for each in closed if each.interval == HOUR] == [(4, 0)]
