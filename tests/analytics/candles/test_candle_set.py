"""Candles by hand: borders, ties, late trades, gaps, empty intervals, bounds."""

from __future__ import annotations

from decimal import Decimal

import pytest

from server.analytics.candles.candle import Candle, CandleSource, CandleState, Fill
from server.analytics.candles.candle_set import CandleSet
from server.analytics.intervals import DAY, Interval
from server.units import SECOND

from ..model import NOON, intervals, trade

MINUTE, FIVE = intervals("1m", "5m")
END = NOON + 30 * DAY


def at(seconds: float) -> int:
    return NOON + int(seconds * SECOND)


def made(*names: str, started: float = 0, **options: int) -> CandleSet:
    return CandleSet(intervals(*(names or ("1m", "5m"))), started=at(started), **options)


def prices(candle: Candle) -> tuple[str, ...]:
    return tuple(str(price) for price in (candle.open, candle.high, candle.low, candle.close))


def brief(candles: list[Candle]) -> list[tuple[str, int, int, int | None]]:
    return [(each.interval.name, (each.open_time - NOON) // SECOND, each.revision, each.trades) for each in candles]


def test_open_is_the_first_trade_not_the_close_before_it() -> None:
    candles = made()
    candles.trade(trade(59, "10"))
    candles.trade(trade(60, "20"))
    closed = candles.advance(at(300))
    assert prices(closed[1]) == ("20", "20", "20", "20")


def test_intervals_are_half_open() -> None:
    candles = made()
    candles.trade(trade("59.999999999", "10"))
    candles.trade(trade(60, "11"))
    first, second = candles.advance(at(122))
    assert (first.open_time, first.close_time) == (at(0), at(60)) == (at(0), second.open_time)
    assert (prices(first)[3], prices(second)[0]) == ("10", "11")


def test_a_candle_closes_by_the_clock_not_by_the_next_trade() -> None:
    candles = made("1m")
    candles.trade(trade(10, "10"))
    assert candles.advance(at(61.9)) == []
    assert brief(candles.advance(at(62))) == [("1m", 0, 0, 1)]
    assert brief(candles.advance(at(122))) == [("1m", 60, 0, 0)], "empty ones are told too"


def test_a_candle_closes_by_the_venues_time_where_our_clock_is_slow() -> None:
    candles = made("1m")
    candles.trade(trade(10, "10"))
    candles.trade(trade(62, "10"))
    assert brief(candles.advance(at(30))) == [("1m", 0, 0, 1)]


def test_one_absurd_time_closes_nothing_and_is_counted() -> None:
    candles = made("1m")
    candles.trade(trade(10, "10"))
    candles.trade(trade(3 * 86_400, "11"))
    candles.trade(trade(20_000, "12"))
    assert (candles.too_early, candles.advance(at(1))) == (1, [])
    assert candles.latest(MINUTE).open_time == at(60), "a venue's clock is believed to be a minute ahead at most"


def test_open_and_close_are_by_time_and_then_by_number() -> None:
    for order in (("9", "10", "100"), ("100", "10", "9"), ("10", "100", "9")):
        candles = made("1m")
        for trade_id in order:
            candles.trade(trade(5, trade_id, "1", trade_id))
        (candle,) = candles.advance(at(62))
        assert prices(candle) == ("9", "100", "9", "100")


def test_names_as_ids_are_ordered_too_whatever_the_order_of_arrival() -> None:
    found = set()
    for order in (("b", "a2", "7"), ("7", "b", "a2"), ("a2", "7", "b")):
        candles = made("1m")
        for trade_id in order:
            candles.trade(trade(5, {"b": "1", "a2": "2", "7": "3"}[trade_id], "1", trade_id))
        found.add(prices(candles.advance(at(62))[0]))
    assert found == {("3", "3", "1", "1")}


def test_venues_ids_are_apart_and_their_order_is_that_of_names() -> None:
    for order in (("a", "b"), ("b", "a")):
        candles = made("1m")
        for venue in order:
            candles.trade(trade(5, "1" if venue == "a" else "2", "1", "77"), venue)
        (candle,) = candles.advance(at(62))
        assert (prices(candle), candle.trades) == (("1", "2", "1", "2"), 2)


def test_a_trade_told_twice_counts_once_even_when_its_candle_is_closed() -> None:
    candles = made("1m")
    candles.trade(trade(5, "10", "1", "1"))
    candles.trade(trade(5, "10", "1", "1"))
    assert candles.advance(at(62))[0].trades == 1
    candles.trade(trade(5, "10", "1", "1"))
    assert (candles.advance(at(63)), candles.duplicates) == ([], 2)


def test_longer_candles_are_built_of_sums_never_of_averages() -> None:
    candles = made("1m", "5m")
    candles.trade(trade(10, "100", "9"))
    candles.trade(trade(70, "200", "1"))
    five = candles.advance(at(302))[-1]
    assert (five.interval.name, five.vwap()) == ("5m", Decimal(110))


def test_closed_ones_come_in_order_of_their_ends_then_shortest_first() -> None:
    candles = made("5m", "1m", "2m", "1m")
    assert [each.name for each in candles.intervals] == ["1m", "2m", "5m"]
    told = [(each.close_time, each.interval.longest) for each in candles.advance(at(602))]
    assert told == sorted(told)
    assert len(told) == 10 + 5 + 2


def test_candles_that_nobody_hears_of_are_kept_all_the_same() -> None:
    heard, unheard = made(), made()
    unheard.heard = lambda interval: interval == "5m"
    for candles in (heard, unheard):
        candles.trade(trade(10, "10"))
        candles.trade(trade(130, "11"))
    everything, of_five = heard.advance(at(302)), unheard.advance(at(302))
    assert brief(of_five) == [each for each in brief(everything) if each[0] == "5m"]
    assert len(everything) == 6
    for interval in (MINUTE, FIVE):
        assert unheard.candles(interval, 0, END, 99) == heard.candles(interval, 0, END, 99)
    for candles in (heard, unheard):
        candles.trade(trade(11, "12"))
    assert unheard.advance(at(303)) == heard.advance(at(303)) != [], "corrections are told in any case"


def test_a_late_trade_corrects_every_candle_that_contains_it() -> None:
    candles = made("1m", "5m", "1h")
    candles.trade(trade(70, "10", "1", "2"))
    candles.advance(at(302))
    candles.trade(trade(69, "9", "1", "1"))
    candles.trade(trade(71, "12", "1", "3"))
    corrected = candles.advance(at(303))
    assert brief(corrected) == [("1m", 60, 1, 3), ("5m", 0, 1, 3)], "one correction for both trades"
    assert prices(corrected[0]) == prices(corrected[1]) == ("9", "12", "9", "12")
    assert prices(candles.latest(Interval.parse("1h"))) == ("9", "12", "9", "12")
    candles.trade(trade(59, "8", "1", "0"))
    assert brief(candles.advance(at(304))) == [("1m", 0, 1, 1), ("5m", 0, 2, 4)], "an empty one is corrected too"
    assert candles.too_late == 0


def test_a_late_trade_between_two_closings_is_counted_once() -> None:
    """Its minute is closed and was added to the hour, which is open."""
    candles = made("1m", "1h")
    candles.advance(at(122))
    candles.trade(trade(30, "10"))
    hour = candles.latest(Interval.parse("1h"))
    assert (hour.trades, hour.state) == (1, CandleState.OPEN)
    assert candles.advance(at(3602))[-1].trades == 1


def test_trades_older_than_what_is_kept_are_counted_and_longer_candles_have_them() -> None:
    candles = made("1s", "1m", keep=5)
    candles.advance(at(100))
    candles.trade(trade(30, "10"))
    assert candles.too_late == 1
    assert brief(candles.advance(at(101)))[0] == ("1m", 0, 1, 1)
    candles.trade(trade(-30, "10"))
    assert candles.too_late == 2


def test_the_candle_that_contains_the_start_is_partial_at_every_interval() -> None:
    candles = made("1m", "5m", "1d", "1w", "1mo", started=90)
    closed = candles.advance(at(302)) + candles.advance(END)
    partial = {each.interval.name: each.open_time for each in closed if each.state is CandleState.PARTIAL_START}
    today = NOON - DAY // 2
    assert partial == {"1m": at(60), "5m": at(0), "1d": today, "1w": today - 4 * DAY, "1mo": today - 8 * DAY}
    assert all(each.state is CandleState.COMPLETE for each in closed if each.open_time >= at(90))


def test_a_start_on_a_border_is_not_partial() -> None:
    assert {each.state for each in made("1m", started=60).advance(at(1000))} == {CandleState.COMPLETE}


def test_a_gap_marks_what_it_touches_open_and_closed_and_spans_borders() -> None:
    candles = made("1m", "5m")
    candles.trade(trade(50, "10"))
    candles.advance(at(182))
    candles.gap(at(110), at(250))
    corrected = candles.advance(at(183))
    assert brief(corrected) == [("1m", 60, 1, 0), ("1m", 120, 1, 0)]
    assert {each.state for each in corrected} == {CandleState.PARTIAL_GAP}
    closed = candles.advance(at(362))
    assert [each.state.name for each in closed] == ["PARTIAL_GAP", "PARTIAL_GAP", "PARTIAL_GAP", "COMPLETE"]
    assert [each.interval.name for each in closed] == ["1m", "1m", "5m", "1m"]


def test_a_gap_within_one_moment_touches_one_interval() -> None:
    candles = made("1m")
    candles.gap(at(60), at(60))
    assert [each.state.name for each in candles.advance(at(182))] == ["COMPLETE", "PARTIAL_GAP", "COMPLETE"]


def test_what_closes_while_the_connection_is_away_is_partial() -> None:
    candles = made("1m", "5m")
    candles.lost(at(100))
    assert [each.state.name for each in candles.advance(at(182))] == ["COMPLETE", "PARTIAL_GAP", "PARTIAL_GAP"]
    candles.back(at(200))
    names = [each.state.name for each in candles.advance(at(362))]
    assert names == ["PARTIAL_GAP", "COMPLETE", "PARTIAL_GAP", "COMPLETE"]


def test_one_venue_that_is_back_does_not_speak_for_another() -> None:
    candles = made("1m")
    candles.lost(at(10), "a")
    candles.lost(at(70), "b")
    candles.back(at(80), "a")
    assert [each.state.name for each in candles.advance(at(242))] == ["PARTIAL_GAP"] * 4


def test_the_latest_candle_has_the_trades_of_all_its_open_parts() -> None:
    candles = made("1s", "1m", "5m", "1d")
    for second in (10, 70, 130, 131, 132):
        candles.trade(trade(second, str(second)))
        candles.advance(at(second))
    day = candles.latest(Interval.parse("1d"))
    assert (prices(day), day.trades, day.state) == (("10", "132", "10", "132"), 5, CandleState.OPEN)
    assert candles.latest(Interval.parse("1s")).trades == 1
    candles.advance(at(190))
    empty = candles.latest(MINUTE)
    assert (empty.open_time, empty.trades, empty.open, empty.volume) == (at(180), 0, None, 0)


def test_empty_intervals_are_the_readers_choice() -> None:
    candles = made("1m")
    candles.trade(trade(70, "10", "2"))
    candles.trade(trade(190, "12", "1"))
    candles.advance(at(302))

    def opens(fill: Fill) -> list[Decimal | None]:
        return [each.open for each in candles.candles(MINUTE, NOON, END, 100, fill)]

    assert opens(Fill.NONE) == [10, 12]
    assert opens(Fill.NULL) == [None, 10, None, 12, None]
    assert opens(Fill.PREVIOUS) == [None, 10, 10, 12, 12]
    filled = candles.candles(MINUTE, at(120), at(180), 100, Fill.PREVIOUS)[0]
    assert (prices(filled), filled.volume, filled.trades) == (("10", "10", "10", "10"), 0, 0)


def test_the_close_before_outlives_the_candle_that_had_it() -> None:
    candles = made("1m", keep=3)
    candles.trade(trade(10, "10"))
    candles.advance(at(602))
    kept = candles.candles(MINUTE, 0, END, 100, Fill.PREVIOUS)
    assert [(each.open_time, each.close) for each in kept] == [(at(second), 10) for second in (420, 480, 540)]


def test_pages_begin_where_they_are_asked_to_and_hold_no_more_than_asked() -> None:
    candles = made("1m")
    for minute in range(10):
        candles.trade(trade(60 * minute + 1, "10"))
    candles.advance(at(602))
    assert [each.open_time for each in candles.candles(MINUTE, at(61), at(540), 3)] == [at(120), at(180), at(240)]
    assert len(candles.candles(MINUTE, 0, END, 100)) == 10
    assert candles.candles(MINUTE, at(540), at(540), 100) == []


def test_open_candles_come_last_if_asked_for() -> None:
    candles = made("1m")
    candles.trade(trade(59, "10"))
    candles.trade(trade(60, "11"))
    candles.advance(at(61))
    assert candles.candles(MINUTE, 0, END, 100) == []
    both = candles.candles(MINUTE, 0, END, 100, include_open=True)
    assert [(each.open, each.state) for each in both] == [(10, CandleState.OPEN), (11, CandleState.OPEN)]
    assert len(candles.candles(MINUTE, 0, at(60), 100, include_open=True)) == 1


def test_intervals_of_no_common_length_are_built_of_a_shorter_one_that_nobody_sees() -> None:
    candles = made("2m", "3m")
    candles.trade(trade(130, "10"))
    closed = candles.advance(at(362))
    assert brief(closed) == [("2m", 0, 0, 0), ("3m", 0, 0, 1), ("2m", 120, 0, 1), ("2m", 240, 0, 0), ("3m", 180, 0, 0)]
    candles.trade(trade(131, "11"))
    assert brief(candles.advance(at(363))) == [("3m", 0, 1, 2), ("2m", 120, 1, 2)]


def test_prices_of_zero_and_what_is_no_number_change_nothing() -> None:
    candles = made("1m")
    candles.trade(trade(1, "10"))
    for price, size in (("0", "1"), ("-1", "1"), ("NaN", "1"), ("10", "-1"), ("10", "Infinity")):
        candles.trade(trade(2, price, size))
    candles.trade(trade(3, "11", "0"))
    (candle,) = candles.advance(at(62))
    assert (candles.refused, prices(candle), candle.volume) == (5, ("10", "11", "10", "11"), 1)
    candles.trade(trade(4, "0"))
    assert (candles.refused, candles.advance(at(63))) == (6, [])


def test_scales_are_widened_without_rounding() -> None:
    candles = made("1m")
    candles.trade(trade(1, "1e6", "1e12"))
    candles.trade(trade(2, "0.000000000000000007", "0.000000000000000003"))
    (candle,) = candles.advance(at(62))
    assert candle.volume == Decimal("1000000000000.000000000000000003")
    assert candle.quote_volume == Decimal("1000000000000000000.000000000000000000000000000000000021")


def test_open_interest_goes_into_candles_that_end_after_it_was_told() -> None:
    candles = made("1m")
    candles.interest(Decimal(5), at(59))
    candles.interest(Decimal(6), at(61))
    closed = candles.advance(at(182))
    assert [each.open_interest for each in closed] == [5, 6, 6]
    candles.trade(trade(65, "10"))
    assert candles.advance(at(183))[0].open_interest == 6, "a correction keeps it"


def test_open_interest_that_is_not_told_is_none() -> None:
    candles = made("1m")
    candles.interest(Decimal(6), at(61))
    assert candles.advance(at(62))[0].open_interest is None


def test_a_jump_of_the_clock_costs_no_more_than_what_is_kept() -> None:
    candles = made("1s", "1m", keep=10)
    candles.trade(trade(5, "10"))
    candles.lost(at(7))
    closed = candles.advance(at(400 * 86_400))
    assert len(closed) < 30
    assert [(each.interval.name, each.trades) for each in closed if not each.empty] == [("1s", 1), ("1m", 1)]
    assert closed[-1].state is CandleState.PARTIAL_GAP
    assert len(candles.candles(Interval.parse("1s"), 0, END * 2, 100, Fill.NULL)) == 10
    candles.trade(trade(400 * 86_400, "11"))
    assert brief(candles.advance(at(400 * 86_400 + 3)))[-1][3] == 1


@pytest.mark.slow
def test_memory_is_bounded_by_what_is_kept() -> None:
    candles = made("1s", "1m", keep=20)
    for second in range(20_000):
        candles.trade(trade(second, "10", trade_id=str(second)))
        candles.advance(at(second))
    for series in candles._series:  # noqa: SLF001 - no answer shows it
        assert len(series.slots) <= 20
        assert len(series.open) <= 4
        assert not series.dirty
    assert len(candles._seen._young) + len(candles._seen._old) < 3 * 4096  # noqa: SLF001 - what is kept is bounded


def test_time_never_goes_back() -> None:
    candles = made("1m")
    candles.advance(at(122))
    assert candles.advance(at(10)) == []
    assert candles.latest(MINUTE).open_time == at(120)


def test_source_and_numbers_of_an_empty_candle() -> None:
    candle = made("1m").advance(at(62))[0]
    assert (candle.volume, candle.quote_volume, candle.trades, candle.vwap()) == (0, 0, 0, None)
    assert (candle.source, candle.state, candle.empty) == (CandleSource.TRADES, CandleState.COMPLETE, True)
    assert prices(candle.filled(Decimal(7))) == ("7",) * 4
    assert candle.filled(None) is candle


def test_no_intervals_are_refused_and_others_are_not_known() -> None:
    with pytest.raises(ValueError, match="at least one interval"):
        CandleSet([], started=0)
    with pytest.raises(KeyError):
        made("1m").latest(FIVE)
