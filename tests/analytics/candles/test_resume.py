"""A server that is started anew in the middle of candles ends up with the candles of one that was never stopped."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.analytics.candles.aggregator import SETTLED, CandleAggregator
from server.analytics.candles.candle import Candle, CandleState, Fill
from server.analytics.candles.resume import ALL, CandlePast, begin_of, wanted
from server.analytics.intervals import Interval
from server.analytics.settings import AnalyticsSettings
from server.model import Side, Trade
from server.units import SECOND
from tests.volume import examples

NOON = 1_796_040_000 * SECOND
SETTINGS = AnalyticsSettings(intervals=tuple(map(Interval.parse, ("1s", "15s", "1m", "5m"))))
FIVE = SETTINGS.intervals[-1]
VENUES = ("a", "b")
Traded = tuple[str, Trade]
Stored = dict[tuple[str, str, int], Candle]


def traded(venue: str, at: float, number: int, price: int = 100) -> Traded:
    return venue, Trade("S", str(number), Decimal(price), Decimal(number), Side.BUY, NOON + int(at * SECOND))


def steady(start: int, end: int) -> list[Traded]:
    """One trade per venue and second."""
    return [
        traded(venue, second + 0.3, second + 1, 100 + second * 7 % 13)
        for second in range(start, end)
        for venue in VENUES
    ]


def run(candles: CandleAggregator, trades: Sequence[Traded], start: int, end: int, stored: Stored) -> None:
    """The seconds from `start` to `end`, a trade as it happens; closed candles are stored."""
    for second in range(start, end):
        for venue, trade in trades:
            if NOON + second * SECOND <= trade.exchange_time < NOON + (second + 1) * SECOND:
                candles.trade(venue, trade)
        for venue, candle in candles.advance(NOON + (second + 1) * SECOND):
            stored[venue, candle.interval.name, candle.open_time] = candle


def past(stored: Stored, venue: str, trades: Sequence[Traded]) -> CandlePast:
    """What a history that has these candles and trades says."""
    own = [each for each in trades if venue in (ALL, each[0])]
    ordered = [each for key, each in sorted(stored.items(), key=lambda item: item[0][2]) if key[0] == venue]
    begin = begin_of(next(each for each in reversed(ordered) if each.interval.name == "1s"))
    closed = {
        name: [each for each in ordered if each.interval.name == name and since <= each.open_time < begin]
        for name, since in wanted(SETTINGS.intervals, begin).items()
    }
    closed = {name: [each for each in found if each.close_time <= begin] for name, found in closed.items()}
    tail = [each for each in own if each[1].exchange_time >= begin]
    return CandlePast(begin, closed, tail, max(trade.exchange_time for _, trade in own))


def begun(stored: Stored, trades: Sequence[Traded], at: int) -> CandleAggregator:
    candles = CandleAggregator(VENUES, SETTINGS, NOON + at * SECOND)
    if stored:
        candles.resume({venue: past(stored, venue, trades) for venue in (*VENUES, ALL)}, NOON + at * SECOND)
    return candles


def five_minutes(stored: Stored, venue: str) -> Candle:
    return stored[venue, "5m", NOON]


def numbers(candle: Candle) -> tuple[object, ...]:
    return (candle.open, candle.high, candle.low, candle.close, candle.volume, candle.quote_volume, candle.trades)


def never_stopped(trades: Sequence[Traded]) -> Stored:
    stored: Stored = {}
    candles = begun({}, (), -5)
    for venue in VENUES:
        candles.listening(venue, NOON - 4 * SECOND)
    run(candles, trades, -5, 310, stored)
    return stored


@given(
    st.lists(st.tuples(st.sampled_from(VENUES), st.integers(0, 299), st.integers(90, 110)), max_size=40),
    st.integers(20, 280),
    st.integers(0, 30),
)
@settings(max_examples=examples(30), deadline=None)
def test_the_candles_are_those_of_a_server_that_was_never_stopped(
    more: list[tuple[str, int, int]], crash: int, away: int
) -> None:
    """All trades come in the end: those of the pause are filled in by the venue."""
    trades = steady(0, 300) + [
        traded(venue, second + 0.5, 1000 + number, price) for number, (venue, second, price) in enumerate(more)
    ]
    whole = never_stopped(trades)
    stored: Stored = {}
    first = begun({}, (), -5)
    for venue in VENUES:
        first.listening(venue, NOON - 4 * SECOND)
    run(first, trades, -5, crash, stored)
    history = [each for each in trades if each[1].exchange_time < NOON + crash * SECOND]
    second = begun(stored, history, crash + away)
    missed = [each for each in trades if crash <= (each[1].exchange_time - NOON) / SECOND < crash + away]
    for venue, trade in sorted(missed, key=lambda each: each[1].exchange_time):
        second.trade(venue, trade)
    run(second, trades, crash + away, 310 + away, stored)
    assert stored.keys() >= whole.keys()
    for key, candle in whole.items():
        assert numbers(stored[key]) == numbers(candle), key
        if candle.open_time >= NOON:
            assert stored[key].state is CandleState.COMPLETE, key


@pytest.mark.parametrize("venue", VENUES)
def test_what_nobody_can_fill_makes_the_candle_partial_and_no_trade_counts_twice(venue: str) -> None:
    trades, stored = steady(0, 300), Stored()
    first = begun({}, (), -5)
    for each in VENUES:
        first.listening(each, NOON - 4 * SECOND)
    run(first, trades, -5, 100, stored)
    kept = [each for each in trades if not NOON + 100 * SECOND <= each[1].exchange_time < NOON + 110 * SECOND]
    second = begun(stored, [each for each in kept if each[1].exchange_time < NOON + 100 * SECOND], 110)
    for each in VENUES:
        second.gap(each, NOON + 110 * SECOND)
    for name, trade in trades:
        if NOON + 90 * SECOND <= trade.exchange_time < NOON + 100 * SECOND:
            second.trade(name, trade)  # As a venue's answer brings trades again that came before.
    run(second, kept, 110, 310, stored)
    for name in (venue, ALL):
        own = [trade for each, trade in kept if name in (ALL, each)]
        made = five_minutes(stored, name)
        assert (made.trades, made.volume) == (len(own), sum(trade.size for trade in own))
        assert made.state is CandleState.PARTIAL_GAP
        assert stored[name, "1m", NOON].state is CandleState.COMPLETE, "it was over before"
        assert stored[name, "1m", NOON + 180 * SECOND].state is CandleState.COMPLETE, "it began later"
    candle = second.candles(venue, FIVE, NOON, NOON + 1, 1, Fill.NULL, False)[0]
    assert [each.venue for each in second.coverage(venue, candle)[1]] == [venue]


def test_a_venue_that_says_nothing_holds_candles_up_for_a_while_only() -> None:
    trades, stored = steady(0, 100), Stored()
    first = begun({}, (), -5)
    for each in VENUES:
        first.listening(each, NOON - 4 * SECOND)
    run(first, trades, -5, 100, stored)
    second = begun(stored, trades, 100)
    second.listening("a", NOON + 101 * SECOND)
    run(second, [], 100, 106, stored)
    assert ("a", "1s", NOON + 101 * SECOND) not in stored, "nobody knows yet"
    run(second, [], 106, 100 + SETTLED // SECOND + 3, stored)
    assert stored["a", "1s", NOON + 101 * SECOND].state is CandleState.PARTIAL_GAP
    assert stored["a", "1s", NOON + 107 * SECOND].state is CandleState.COMPLETE, "its stream was confirmed long before"
    assert stored["b", "1s", NOON + 107 * SECOND].state is CandleState.PARTIAL_GAP, "its stream never was"


def test_a_candle_that_the_history_does_not_have_leaves_the_longer_one_partial() -> None:
    trades, stored = steady(0, 300), Stored()
    first = begun({}, (), -5)
    for each in VENUES:
        first.listening(each, NOON - 4 * SECOND)
    run(first, trades, -5, 100, stored)
    del stored["a", "15s", NOON + 60 * SECOND], stored["a", "1m", NOON]
    second = begun(stored, [each for each in trades if each[1].exchange_time < NOON + 100 * SECOND], 100)
    run(second, trades, 100, 310, stored)
    assert stored["a", "1m", NOON + 60 * SECOND].state is CandleState.PARTIAL_START
    assert five_minutes(stored, "a").state is CandleState.PARTIAL_START
