"""Which candles are whole: those of times in which every trade was heard, by venue and for all venues together."""

from __future__ import annotations

from decimal import Decimal

import pytest

from server.analytics.candles.aggregator import CandleAggregator
from server.analytics.candles.candle import Candle, CandleState, Fill
from server.analytics.candles.resume import ALL
from server.analytics.intervals import Interval
from server.analytics.settings import AnalyticsSettings
from server.model import Side, Trade
from server.protocol.candle_source import Candle as VenueCandle
from server.units import SECOND

START = 1_795_000_000 * SECOND
ONE = Interval.parse("1s")
WHOLE, GAP = CandleState.COMPLETE, CandleState.PARTIAL_GAP


def desk(*venues: str) -> CandleAggregator:
    return CandleAggregator(venues, AnalyticsSettings(intervals=(ONE,)), START)


def trade(at: float, number: int = 1) -> Trade:
    time = START + int(at * SECOND)
    return Trade("S", str(number), Decimal(100), Decimal(1), Side.BUY, time)


def states(candles: CandleAggregator, venue: str, seconds: int) -> list[CandleState]:
    """Of the candles of the first so many seconds."""
    candles.advance(START + (seconds + 3) * SECOND)
    found: list[Candle] = candles.candles(venue, ONE, START, START + seconds * SECOND, 100, Fill.NULL, False)
    assert len(found) == seconds
    return [candle.state for candle in found]


@pytest.mark.parametrize("venue", ["a", ALL])
def test_nothing_is_whole_before_the_subscription_is_in_force(venue: str) -> None:
    candles = desk("a")
    candles.listening("a", START + int(1.5 * SECOND))
    # The venue has two seconds to confirm it.
    assert states(candles, venue, 6) == [GAP, GAP, GAP, GAP, WHOLE, WHOLE]


@pytest.mark.parametrize("venue", ["a", ALL])
def test_the_first_trade_shows_that_the_subscription_is_in_force(venue: str) -> None:
    candles = desk("a")
    candles.trade("a", trade(1.2))
    candles.listening("a", START + 5 * SECOND)
    assert states(candles, venue, 8) == [GAP, GAP, *[WHOLE] * 6], "also on a venue whose clock is fast"


def test_a_venue_that_was_never_reached_leaves_all_trades_incomplete() -> None:
    candles = desk("a", "b")
    candles.listening("a", START - 2 * SECOND)
    candles.away("b", START + SECOND)
    assert states(candles, "a", 3)[1:] == [WHOLE, WHOLE]
    assert states(candles, "b", 3) == states(candles, ALL, 3) == [GAP] * 3


def test_after_a_loss_only_a_trade_proves_that_none_is_missing() -> None:
    candles = desk("a")
    candles.listening("a", START - 2 * SECOND)
    candles.away("a", START + int(2.5 * SECOND))
    candles.listening("a", START + int(3.5 * SECOND))
    candles.trade("a", trade(5.5))
    assert states(candles, "a", 8)[1:] == [WHOLE, GAP, GAP, GAP, GAP, WHOLE, WHOLE]


def test_a_connection_that_is_lost_before_it_was_ever_heard() -> None:
    candles = desk("a")
    candles.away("a", START + SECOND)
    candles.listening("a", START + int(1.9 * SECOND))
    assert states(candles, "a", 6)[4:] == [WHOLE, WHOLE]


def test_a_venue_that_is_added_is_missing_in_what_was_before() -> None:
    candles = desk("a")
    candles.listening("a", START - 2 * SECOND)
    candles.follow(["a", "b"], START + int(2.5 * SECOND))
    candles.listening("b", START + int(2.6 * SECOND))
    assert states(candles, ALL, 8)[1:] == [WHOLE, GAP, GAP, GAP, WHOLE, WHOLE, WHOLE]
    assert states(candles, "a", 8)[1:] == [WHOLE] * 7


def test_a_venue_that_has_gone_is_not_waited_for() -> None:
    candles = desk("a", "b")
    candles.listening("a", START - 2 * SECOND)
    candles.follow(["a"], START + int(2.5 * SECOND))
    assert states(candles, ALL, 6)[3:] == [WHOLE] * 3
    candles.listening("b", START)
    candles.away("b", START)
    candles.trade("b", trade(1))
    assert states(candles, "a", 6)[1:] == [WHOLE] * 5


def test_candles_of_all_say_over_which_venues_they_are_complete() -> None:
    candles = desk("a", "b")
    candles.listening("a", START - 2 * SECOND)
    candles.trade("a", trade(1.5))
    assert states(candles, ALL, 4) == [GAP] * 4
    late = candles.candles(ALL, ONE, START + 2 * SECOND, START + 3 * SECOND, 9, Fill.NULL, False)[0]
    counted, missing = candles.coverage(ALL, late)
    assert counted == ("a",)
    assert [(each.venue, each.partly, each.ongoing) for each in missing] == [("b", False, True)]
    assert "no subscription" in missing[0].reason
    assert candles.coverage("a", candles.candles("a", ONE, START, START + 3 * SECOND, 9, Fill.NULL, False)[-1]) == (
        ("a",),
        (),
    )
    candles.trade("b", trade(4.5))
    candles.gap("a", START + int(6.5 * SECOND))
    assert states(candles, ALL, 9)[5:] == [GAP, GAP, WHOLE, WHOLE]
    fifth = candles.candles(ALL, ONE, START + 5 * SECOND, START + 6 * SECOND, 9, Fill.NULL, False)[0]
    counted, missing = candles.coverage(ALL, fifth)
    assert (counted, [(each.venue, each.partly) for each in missing]) == (("b",), [("a", False)])


def test_a_candle_that_the_venues_own_has_changed_is_told_by_the_next_advance() -> None:
    """The thread that asks the venue sends nothing: it is the dispatcher's that does."""
    candles = desk("a")
    candles.listening("a", START - 2 * SECOND)
    candles.trade("a", trade(1.5))
    candles.advance(START + 10 * SECOND)
    price = Decimal(100)
    own = VenueCandle(START + SECOND, price, price, price, price, Decimal(2), Decimal(200))
    changed = candles.compare("a", ONE, [own], START + 300 * SECOND)
    assert [candle.reconciliation is not None for candle in changed] == [True]
    told = candles.advance(START + 10 * SECOND)
    assert told == [("a", changed[0])]
    assert candles.advance(START + 10 * SECOND) == []


def test_the_last_close_is_known_though_its_candle_is_not_kept() -> None:
    candles = CandleAggregator(["a"], AnalyticsSettings(intervals=(ONE,), kept=5), START)
    assert candles.last_traded("a", ONE) is None
    candles.trade("a", trade(1.5))
    candles.advance(START + 6 * SECOND)
    assert candles.last_traded("a", ONE) == (START + SECOND, Decimal(100))
    candles.advance(START + 60 * SECOND)
    assert candles.last_traded("a", ONE) == (0, Decimal(100))
    assert candles.last_traded("b", ONE) is None
